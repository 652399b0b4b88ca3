//! The company's logo, for those who work there.

use axum::{
    Extension,
    http::{HeaderName, header},
    response::{IntoResponse, Response},
};
use backend::{Cx, tenancy};
use domain::Code;

use super::refusal::Refusal;

/// The picture, as what it is by its own header and whatever it was called when it came. Another
/// one has another address, so this one need not be asked for again; but only in this browser.
pub(super) async fn show(cx: Option<Extension<Cx>>) -> Result<Response, Refusal> {
    let Some(Extension(cx)) = cx else {
        return Err(Code::Unauthenticated.into());
    };
    let (kind, bytes) = tenancy::logo(&cx)
        .await?
        .ok_or(Refusal::from(Code::NotFound))?;
    let headers: [(HeaderName, &str); 3] = [
        (header::CONTENT_TYPE, kind.media_type()),
        (header::CACHE_CONTROL, "private, max-age=86400"),
        (header::VARY, "Cookie"),
    ];
    Ok((headers, bytes).into_response())
}
