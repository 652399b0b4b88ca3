//! Pages, their server functions, and the few addresses beside them.

use app::{App, routes, shell};
use axum::{
    Router,
    http::header,
    middleware,
    response::{IntoResponse, Redirect},
    routing::{any, get, post},
};
use leptos::config::{Env, LeptosOptions};
use leptos_axum::{LeptosRoutes, generate_route_list};

use super::{
    EdgeSettings, HttpState, batch, headers, history, inside, lists, logo, models, privacy,
    refusal::Refusal, refusals, session, slips, takeout, unknown, vehicles,
};

/// What the rendered pages ask for is what `scripts/build-site` writes: `linli.js` and its kin, in
/// a folder named after their contents, whose name is in `pkg/current`.
pub(super) fn options(settings: &EdgeSettings) -> LeptosOptions {
    let current = settings.site_root.join("pkg/current");
    let version = std::fs::read_to_string(&current).unwrap_or_else(|error| {
        tracing::warn!(path = %current.display(), %error, "pages stay as they are rendered: the site is not built");
        String::new()
    });
    LeptosOptions::builder()
        .output_name("linli")
        .site_root(settings.site_root.to_string_lossy())
        .site_pkg_dir(format!("pkg/{}", version.trim()))
        .env(Env::PROD)
        .build()
}

/// Everything that wants to know who asks.
pub(super) fn routes(state: &HttpState) -> Router<HttpState> {
    let listed = generate_route_list(App);
    let has_console = listed
        .iter()
        .any(|listing| listing.path() == routes::CONSOLE);
    let (secure, leptos) = (state.edge.secure(), state.leptos.clone());
    let pages = Router::new()
        .leptos_routes_with_context(
            state,
            listed,
            move || headers::page_policy(secure),
            move || shell(leptos.clone()),
        )
        .layer(middleware::from_fn_with_state(
            state.clone(),
            session::prefer,
        ));
    let beside = Router::new()
        .route("/fn/{*rest}", any(unknown))
        .route(routes::LOGOUT, post(session::log_out))
        .route(routes::CLAIMS_PRINT, post(slips::print))
        .route(routes::HISTORY_EXPORT, post(history::export))
        .route(routes::COMPANY_LOGO, get(logo::show))
        .route(routes::COMPANY_EXPORT, post(takeout::company))
        .route(routes::PRIVACY, get(privacy::notice))
        .route(routes::HOME_EXPORT, post(privacy::export))
        .route(routes::ROSTER_TEMPLATE, get(roster_template))
        .route(routes::DEVICES_BATCH, post(batch::register))
        .route(routes::DEVICES_TEMPLATE, get(batch::template))
        .route(routes::DEVICE_MODELS_FILE, post(models::import_file))
        .route(routes::DEVICE_MODELS_SHEET, post(models::import_sheet))
        .route(routes::REGISTERS_TEMPLATE, get(models::template))
        .route(routes::DEVICE_MODEL_FILE, get(models::export))
        .route(routes::VEHICLES_BATCH, post(vehicles::import))
        .route(routes::VEHICLES_TEMPLATE, get(vehicles::template))
        .route(routes::REFUSED_ROWS, get(refusals::refused_rows))
        .route(routes::UNITS_FILE, get(lists::units))
        .route(routes::RESIDENTS_FILE, get(lists::residents))
        .route(routes::DEVICES_FILE, get(lists::devices));
    let beside = if has_console {
        beside
    } else {
        beside.route(
            routes::CONSOLE,
            get(async || Redirect::to(routes::DASHBOARD)),
        )
    };
    pages.merge(beside)
}

/// An empty roster with the columns that the importer knows.
async fn roster_template() -> Result<impl IntoResponse, Refusal> {
    let bytes = backend::estates::roster_template()?;
    let kind = inside::XLSX;
    let name = "attachment; filename=\"linli-roster.xlsx\"; filename*=UTF-8''%E4%BD%8F%E6%88%B7%E5%90%8D%E5%86%8C.xlsx";
    Ok((
        [
            (header::CONTENT_TYPE, kind),
            (header::CONTENT_DISPOSITION, name),
        ],
        bytes,
    ))
}
