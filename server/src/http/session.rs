//! Who is behind a browser's request, and how they leave.

use app::{routes, ui::prefs};
use axum::{
    Extension,
    extract::{Request, State},
    http::{HeaderValue, Method, header::SET_COOKIE},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use backend::{Cx, identity};
use domain::audit::Channel;

use super::{HttpState, refusal::Refusal};

/// Middleware: puts the site, the peer, the cookie maker and, behind a good cookie, the [`Cx`] into
/// the request's extensions. A cookie that is no longer good is as if it were not there.
pub(super) async fn know(
    State(state): State<HttpState>,
    mut request: Request,
    next: Next,
) -> Response {
    let cookies = state.edge.cookies();
    let peer = state.edge.peer(request.extensions(), request.headers());
    let cx = match cookies.read(request.headers()) {
        Some(token) => match identity::resume(&state.site, &token).await {
            Ok(cx) => cx,
            Err(error) => return Refusal::from(error).into_response(),
        },
        None => None,
    };
    let cx = cx.map(|cx| cx.coming_from(peer.through(Channel::Web)));
    let extensions = request.extensions_mut();
    extensions.insert(state.site);
    extensions.insert(peer);
    extensions.insert(cookies);
    if let Some(cx) = cx {
        extensions.insert(cx);
    }
    next.run(request).await
}

/// Ends the session behind the cookie and leads to the log-in page. Logging out twice is no error.
pub(super) async fn log_out(
    State(state): State<HttpState>,
    cx: Option<Extension<Cx>>,
) -> Result<Response, Refusal> {
    if let Some(Extension(cx)) = cx {
        identity::log_out(&cx).await?;
    }
    let mut response = Redirect::to(routes::LOGIN).into_response();
    match state.edge.cookies().clear() {
        Ok(gone) => response.headers_mut().insert(SET_COOKIE, gone),
        Err(error) => return Err(error.0.into()),
    };
    Ok(response)
}

/// Middleware for pages: answers a link that changes language or theme.
pub(super) async fn prefer(
    State(state): State<HttpState>,
    request: Request,
    next: Next,
) -> Response {
    let change = matches!(*request.method(), Method::GET | Method::HEAD)
        .then(|| {
            prefs::change(
                request.uri().path(),
                request.uri().query(),
                state.edge.secure(),
            )
        })
        .flatten();
    let Some(change) = change else {
        return next.run(request).await;
    };
    let mut response = Redirect::to(&change.location).into_response();
    for cookie in change.set_cookies {
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
    }
    response
}
