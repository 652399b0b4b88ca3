//! Who is behind a browser's request, and how they leave.

use app::{routes, ui::prefs, worn};
use axum::{
    Extension,
    body::{self, Body},
    extract::{Request, State},
    http::{
        HeaderValue, Method,
        header::{CONTENT_TYPE, SET_COOKIE},
    },
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use backend::{Cx, identity};
use domain::{Code, audit::Channel};

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

/// Middleware: refuses what a page asks for that was made under another hat than the session wears
/// by now. Pages that belong to nobody carry none.
pub(super) async fn same_hat(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    // Whoever leaves leaves, under whatever hat the page was made.
    let asks =
        path.starts_with("/fn/") || (request.method() == Method::POST && path != routes::LOGOUT);
    let cx = request.extensions().get::<Cx>().filter(|_| asks);
    let Some(now) = cx.and_then(Cx::worn) else {
        return next.run(request).await;
    };
    let header = request.headers().get(worn::HEADER).cloned();
    let (request, made_under) = match header {
        Some(header) => (request, Some(header.as_bytes().to_vec())),
        None => match carried(request).await {
            Ok(read) => read,
            Err(refusal) => return refusal.into_response(),
        },
    };
    if made_under.is_some_and(|hat| hat != now.as_bytes()) {
        return Refusal::from(Code::WrongHat).into_response();
    }
    next.run(request).await
}

const FORM: &[u8] = b"application/x-www-form-urlencoded";

/// The hat that a form carries, and the request as it was.
async fn carried(request: Request) -> Result<(Request, Option<Vec<u8>>), Refusal> {
    let kind = request.headers().get(CONTENT_TYPE);
    if !kind.is_some_and(|kind| kind.as_bytes().starts_with(FORM)) {
        return Ok((request, None));
    }
    let (parts, body) = request.into_parts();
    // The router has bounded it already.
    let body = body::to_bytes(body, usize::MAX).await;
    let body = body.map_err(|_| Refusal::from(Code::TooLarge))?;
    let found = form_urlencoded::parse(&body).find(|(name, _)| name == worn::FIELD);
    let found = found.map(|(_, hat)| hat.into_owned().into_bytes());
    Ok((Request::from_parts(parts, Body::from(body)), found))
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
