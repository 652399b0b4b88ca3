//! The refused rows of an import, to take along.

use app::estates::words::{refusal_headers, row_refusal};
use axum::{extract::Path, http::HeaderMap, response::Response};
use backend::estates;
use domain::{Code, ImportId};

use super::{
    Language,
    inside::{Inside, XLSX, file},
    refusal::Refusal,
};

/// A workbook in the language of whoever asks.
pub(super) async fn refused_rows(
    Inside(cx): Inside,
    headers: HeaderMap,
    Path(import): Path<String>,
) -> Result<Response, Refusal> {
    let import = import.parse::<ImportId>().map_err(|_| Code::NotFound)?;
    let import = estates::roster_import(&cx, import).await?;
    let import = import.ok_or(Code::NotFound)?;
    let locale = Language::chosen(&headers).locale();
    let bytes = estates::refusal_file(&import, refusal_headers(locale), |reason| {
        row_refusal(locale, reason)
    })?;
    file(XLSX, "linli-refused.xlsx", bytes)
}
