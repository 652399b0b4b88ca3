//! Files of the built site, and the page for what is not there.

use std::convert::Infallible;

use app::shell;
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::Response,
};
use tower::{Service, ServiceExt, service_fn};
use tower_http::services::ServeDir;

use super::{HttpState, headers, session};

/// Files as they were compressed at build time, and where there is none, the page that says so.
///
/// Browsers ask each time whether theirs is still the newest, but for what lies in a folder named
/// after its contents (`pkg/<version>/`): that may be kept for good.
pub(super) fn service(
    state: &HttpState,
) -> impl Service<Request, Response = Response, Error = Infallible, Future: Send>
+ Clone
+ Send
+ Sync
+ 'static {
    let missing = Router::new()
        .fallback(missing)
        .layer(middleware::from_fn_with_state(
            state.clone(),
            session::prefer,
        ))
        .with_state(state.clone());
    let files = ServeDir::new(state.edge.site_root())
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip()
        .call_fallback_on_method_not_allowed(true)
        .fallback(missing);
    let files = service_fn(move |request: Request| {
        let files = files.clone();
        async move {
            files
                .oneshot(request)
                .await
                .map(|response| response.map(Body::new))
        }
    });
    Router::new()
        .fallback_service(files)
        .layer(middleware::from_fn(keep))
}

async fn keep(request: Request, next: Next) -> Response {
    let versioned = request
        .uri()
        .path()
        .strip_prefix("/pkg/")
        .is_some_and(|rest| rest.contains('/'));
    let mut response = next.run(request).await;
    let is_file = response.headers().contains_key(header::LAST_MODIFIED)
        || response.status() == StatusCode::NOT_MODIFIED;
    if is_file {
        let keep = if versioned {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    }
    response
}

async fn missing(State(state): State<HttpState>, request: Request) -> Response {
    let (secure, leptos) = (state.edge.secure(), state.leptos.clone());
    let render = leptos_axum::render_app_async_with_context(
        move || headers::page_policy(secure),
        move || shell(leptos.clone()),
    );
    let mut response = render(request).await;
    // A page may have set another status, such as a redirect's.
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}
