//! The HTTP edge: which path leads where, and what surrounds every answer.
//!
//! ```text
//! request -> id and log line -> host -> headers -> words for refusals -> compression -> panics
//!         -> proxy -> size and time -> cross-site check -> route
//! ```

mod batch;
mod edge;
mod files;
mod guard;
mod headers;
mod history;
mod inside;
mod lists;
mod logo;
mod models;
mod pages;
mod posted;
mod privacy;
mod refusal;
mod refusals;
mod session;
mod slips;
mod takeout;
mod vehicles;
mod words;

use axum::{Router, extract::FromRef, middleware, routing::any};
use backend::Site;
use leptos::config::LeptosOptions;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{CompressionLayer, CompressionLevel},
};

pub use edge::{Edge, EdgeSettings};
pub use refusal::Refusal;
pub use words::Language;

use crate::{intake::Intake, observe, rest};

/// What handlers and middleware share.
#[derive(Debug, Clone)]
pub struct HttpState {
    pub site: Site,
    /// Where readings that come over HTTP go.
    pub intake: Intake,
    pub edge: Edge,
    leptos: LeptosOptions,
}

impl HttpState {
    #[must_use]
    pub fn new(site: Site, intake: Intake, settings: EdgeSettings) -> Self {
        let leptos = pages::options(&settings);
        Self {
            site,
            intake,
            edge: Edge::new(settings),
            leptos,
        }
    }
}

impl FromRef<HttpState> for LeptosOptions {
    fn from_ref(state: &HttpState) -> Self {
        state.leptos.clone()
    }
}

/// Everything that answers over HTTP. `live` gets the session of its requests; `ops` is for the
/// operator's machines and knows no sessions.
pub fn router(state: HttpState, live: Router, ops: Router) -> Router {
    let known = pages::routes(&state)
        .merge(live.with_state(()))
        .layer(middleware::from_fn(session::same_hat))
        .layer(middleware::from_fn_with_state(state.clone(), session::know));
    let api = rest::routes()
        .route("/api", any(unknown))
        .route("/api/{*rest}", any(unknown));
    Router::new()
        .merge(known)
        .merge(api)
        .merge(ops.with_state(()))
        .fallback_service(files::service(&state))
        .layer(middleware::from_fn_with_state(
            state.clone(),
            guard::same_site,
        ))
        .layer(middleware::from_fn(guard::bound))
        .layer(middleware::from_fn_with_state(
            state.clone(),
            guard::through_the_proxy,
        ))
        .layer(CatchPanicLayer::custom(guard::panicked))
        .layer(CompressionLayer::new().quality(CompressionLevel::Precise(4)))
        .layer(middleware::from_fn(refusal::word))
        .layer(middleware::from_fn_with_state(
            state.clone(),
            headers::protect,
        ))
        .layer(middleware::from_fn(headers::name_host))
        .layer(middleware::from_fn(observe::record))
        .with_state(state)
}

/// A path of ours that leads nowhere.
async fn unknown() -> Refusal {
    domain::Code::NotFound.into()
}
