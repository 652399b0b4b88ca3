//! The privacy notice, and what is held about somebody as a file.

use app::privacy::notice::document;
use axum::{
    Json,
    http::{HeaderMap, Uri, header},
    response::{Html, IntoResponse, Response},
};

use super::{Language, inside::Inside, refusal::Refusal};
use crate::rest::HeldOut;

/// The notice, in the language that its link names, else in the reader's own.
pub(super) async fn notice(uri: Uri, headers: HeaderMap) -> Html<String> {
    let english = match uri.query() {
        Some("lang=en") => true,
        Some("lang=zh-CN") => false,
        _ => Language::chosen(&headers) == Language::En,
    };
    Html(document(english))
}

/// The file that a browser saves. Posted, and so never asked for by a link from elsewhere.
pub(super) async fn export(Inside(cx): Inside) -> Result<Response, Refusal> {
    let held = HeldOut::from(backend::privacy::export(&cx).await?);
    let name = "attachment; filename=\"linli-my-data.json\"";
    let headers = [
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, Json(held)).into_response())
}
