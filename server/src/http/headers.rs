//! The headers that tell a browser what pages of ours may do, and the one that tells us what it asked.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts},
    middleware::Next,
    response::Response,
};
use leptos::{nonce::use_nonce, prelude::use_context};
use leptos_axum::ResponseOptions;

use super::HttpState;

/// For everything that is not a page: nothing may run in it, and nobody may frame it.
const PLAIN: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Middleware: over HTTP/2 the host is in the request's target and not in a header, where everybody
/// who decides by it (demo log-ins, origins, policies) looks for it.
pub(super) async fn name_host(mut request: Request, next: Next) -> Response {
    let host = request
        .uri()
        .authority()
        .and_then(|authority| HeaderValue::from_str(authority.as_str()).ok());
    if let Some(host) = host {
        request.headers_mut().insert(header::HOST, host);
    }
    next.run(request).await
}

/// Middleware: sets what is not set.
///
/// The referrer goes to our own pages only. It cannot be left out altogether, not even on an
/// invitation's page: a form sent before wasm arrives is answered with a redirect to its referrer.
pub(super) async fn protect(
    State(state): State<HttpState>,
    request: Request,
    next: Next,
) -> Response {
    // Scripts, styles and wasm are no documents: what only documents obey would be a quarter of a
    // kilobyte with each of them, on every phone.
    let path = request.uri().path();
    let document =
        !path.starts_with("/pkg/") && !["/manifest.webmanifest", "/favicon.svg"].contains(&path);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let kept = headers.get(header::CACHE_CONTROL);
    if kept.is_some_and(|kept| kept.as_bytes().ends_with(b"immutable")) {
        // Nobody asks again for what is kept for ever, nor for a part of it.
        headers.remove(header::LAST_MODIFIED);
        headers.remove(header::ACCEPT_RANGES);
        set(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        return response;
    }
    let everything = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ];
    let documents = [
        (header::CONTENT_SECURITY_POLICY, PLAIN),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
    ];
    let documents = documents.into_iter().filter(|_| document);
    for (name, value) in everything.into_iter().chain(documents) {
        set(headers, name, value);
    }
    if state.edge.secure() {
        set(
            headers,
            header::STRICT_TRANSPORT_SECURITY,
            "max-age=31536000; includeSubDomains",
        );
    }
    response
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers
        .entry(name)
        .or_insert(HeaderValue::from_static(value));
}

/// The page's own policy, with the nonce that its inline scripts carry. Called while a page's
/// context is being set up.
pub(super) fn page_policy(secure: bool) {
    let (Some(nonce), Some(answer)) = (use_nonce(), use_context::<ResponseOptions>()) else {
        return;
    };
    // 'self' covers websockets, but older Safaris disagree.
    let socket = use_context::<Parts>()
        .and_then(|parts| {
            parts
                .headers
                .get(header::HOST)?
                .to_str()
                .ok()
                .map(str::to_owned)
        })
        .filter(|host| {
            host.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b".:-[]".contains(&b))
        })
        .map(|host| format!(" {}://{host}", if secure { "wss" } else { "ws" }))
        .unwrap_or_default();
    let policy = format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; \
         connect-src 'self'{socket}; img-src 'self' data:; object-src 'none'; base-uri 'none'; \
         frame-ancestors 'none'; form-action 'self'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        answer.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
}
