//! What a request may not do: be too large, take too long, come from another site, or take the
//! process down.

use std::{any::Any, convert::Infallible, time::Duration};

use axum::{
    RequestExt,
    body::Body,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::Code;
use tower::{Layer, ServiceExt, service_fn};
use tower_http::csrf::ProtectionError;

use super::{HttpState, refusal::Refusal};

/// In bytes.
const MOST: usize = 2 * 1024 * 1024;
/// For the routes that take a file.
const MOST_OF_A_FILE: usize = 20 * 1024 * 1024;
/// Until the answer begins; what streams after that is not cut.
const PATIENCE: Duration = Duration::from_secs(30);
const PATIENCE_WITH_A_FILE: Duration = Duration::from_mins(2);

fn takes_a_file(path: &str) -> bool {
    path == "/api/v1/imports/roster" || path.starts_with("/fn/estates/import")
}

/// Middleware: bounds the body, by its stated length at once and else while it is read, and the
/// time to an answer.
pub(super) async fn bound(mut request: Request, next: Next) -> Response {
    let (most, patience) = if takes_a_file(request.uri().path()) {
        (MOST_OF_A_FILE, PATIENCE_WITH_A_FILE)
    } else {
        (MOST, PATIENCE)
    };
    let stated = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<u64>().ok());
    if stated.is_some_and(|stated| stated > most as u64) {
        let mut response = Refusal::from(Code::TooLarge).into_response();
        // The body is not read: the connection cannot be used for another request.
        response.headers_mut().insert(
            header::CONNECTION,
            header::HeaderValue::from_static("close"),
        );
        return response;
    }
    DefaultBodyLimit::max(most).apply(&mut request);
    let mut request = request.with_limited_body();
    // It is limited from here on; a second limit would hide the first one's error from extractors.
    DefaultBodyLimit::disable().apply(&mut request);
    let answered = tokio::time::timeout(patience, next.run(request)).await;
    answered.unwrap_or_else(|_| {
        tracing::warn!("no answer in time");
        Refusal::from(Code::Unavailable).into_response()
    })
}

/// What says nothing of anybody, and is asked for by machines beside the proxy.
const OPS: &[&str] = &["/healthz", "/readyz"];

/// Middleware: where a proxy ends TLS in front of Linli, whoever comes around it is not answered.
pub(super) async fn through_the_proxy(
    State(state): State<HttpState>,
    request: Request,
    next: Next,
) -> Response {
    let clear = state.edge.came_in_the_clear(request.extensions());
    if clear && !OPS.contains(&request.uri().path()) {
        return Refusal::from(Code::Forbidden).into_response();
    }
    next.run(request).await
}

/// What the panic layer answers; what happened is for the log alone.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands it over")]
pub(super) fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response<Body> {
    let why = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    tracing::error!(why, "a handler panicked");
    Refusal::of_status(StatusCode::INTERNAL_SERVER_ERROR).into_response()
}

/// Callers that no browser sends with somebody's cookies: signed callbacks, and REST clients, whose
/// token is the only thing that counts there.
fn is_no_browsers(path: &str, headers: &HeaderMap) -> bool {
    let bearer = || {
        headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.as_bytes().get(..7))
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer "))
    };
    path.starts_with("/hooks/") || (path.starts_with("/api/v1/") && bearer())
}

/// Middleware: refuses what another site's page sends in a visitor's name.
pub(super) async fn same_site(
    State(state): State<HttpState>,
    request: Request,
    next: Next,
) -> Response {
    if is_no_browsers(request.uri().path(), request.headers()) {
        return next.run(request).await;
    }
    let inner = service_fn(move |request: Request| {
        let next = next.clone();
        async move { Ok::<Response, Infallible>(next.run(request).await) }
    });
    let answered = state.edge.csrf().layer(inner).oneshot(request).await;
    let response = match answered {
        Ok(response) => response,
        Err(never) => match never {},
    };
    if response.extensions().get::<ProtectionError>().is_some() {
        return Refusal::from(Code::Forbidden).into_response();
    }
    response
}
