//! The refused rows of an import, to take along.

use app::{
    estates::words::{refusal_headers, row_refusal},
    i18n::Locale,
    routes,
};
use axum::{
    Extension,
    extract::Path,
    http::{HeaderMap, header},
    response::{IntoResponse, Redirect, Response},
};
use backend::{Cx, estates};
use domain::{Code, ImportId};

use super::{Language, refusal::Refusal};

/// A workbook in the language of whoever asks.
pub(super) async fn refused_rows(
    cx: Option<Extension<Cx>>,
    headers: HeaderMap,
    Path(import): Path<String>,
) -> Result<Response, Refusal> {
    let Some(Extension(cx)) = cx else {
        return Ok(Redirect::to(routes::LOGIN).into_response());
    };
    let import = import.parse::<ImportId>().map_err(|_| Code::NotFound)?;
    let import = estates::roster_import(&cx, import).await?;
    let import = import.ok_or(Code::NotFound)?;
    let locale = match Language::chosen(&headers) {
        Language::En => Locale::en,
        Language::Zh => Locale::zh_CN,
    };
    let bytes = estates::refusal_file(&import, refusal_headers(locale), |reason| {
        row_refusal(locale, reason)
    })?;
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    let name = "attachment; filename=\"linli-refused.xlsx\"";
    Ok((
        [
            (header::CONTENT_TYPE, kind),
            (header::CONTENT_DISPOSITION, name),
            (header::CACHE_CONTROL, "no-store"),
        ],
        bytes,
    )
        .into_response())
}
