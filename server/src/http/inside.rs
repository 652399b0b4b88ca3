//! What the pages beside the rendered ones share: who asks, and files that a browser saves.

use app::routes;
use axum::{
    body::Body,
    extract::FromRequestParts,
    http::{HeaderValue, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use backend::Cx;
use domain::Code;

use super::refusal::Refusal;

pub(super) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Who asks; nobody is led to the log-in.
pub(super) struct Inside(pub(super) Cx);

impl<S: Sync> FromRequestParts<S> for Inside {
    type Rejection = Redirect;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Redirect> {
        let cx = parts.extensions.get::<Cx>().cloned();
        cx.map(Self).ok_or_else(|| Redirect::to(routes::LOGIN))
    }
}

/// A file to be saved under a name of plain letters, and kept nowhere else.
///
/// # Errors
/// Internal, and only for a name that no header holds.
pub(super) fn file(
    kind: &'static str,
    name: &str,
    body: impl Into<Body>,
) -> Result<Response, Refusal> {
    let name = HeaderValue::try_from(format!("attachment; filename=\"{name}\""));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (
            header::CONTENT_DISPOSITION,
            name.map_err(|_| Refusal::from(Code::Internal))?,
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, body.into()).into_response())
}
