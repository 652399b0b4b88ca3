//! What a point said, as a file to take along.

use app::{devices::words::history_headers, i18n::Locale, routes};
use axum::{
    Extension, Form,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
};
use backend::{
    Cx,
    telemetry::{self, FileKind},
};
use domain::{
    Code, PointId, Problem,
    problem::Flaw,
    telemetry::course::{CourseForm, Span},
};

use super::{Language, refusal::Refusal};

/// The course that the page shows, in the language of whoever asks. Posted, and so never asked for
/// by a link from elsewhere: it leaves an audit entry.
pub(super) async fn export(
    cx: Option<Extension<Cx>>,
    headers: HeaderMap,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Refusal> {
    let Some(Extension(cx)) = cx else {
        return Ok(Redirect::to(routes::LOGIN).into_response());
    };
    let named = |name: &str| {
        let found = fields.iter().find(|(field, _)| field == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    };
    let point = named("point").parse::<PointId>();
    let point = point.map_err(|_| Code::NotFound)?;
    let unknown = || Problem::field(Code::Invalid, "kind", Flaw::Unknown);
    let kind = FileKind::parse(named("kind")).ok_or_else(unknown)?;
    let form = CourseForm {
        span: Span::parse(named("span")).unwrap_or_default(),
        from: named("from").to_owned(),
        to: named("to").to_owned(),
    };
    let locale = match Language::chosen(&headers) {
        Language::En => Locale::en,
        Language::Zh => Locale::zh_CN,
    };
    let columns = history_headers(locale);
    let made = telemetry::export_course(&cx, point, &form, kind, columns).await?;
    let (name, bytes) = made.ok_or(Code::NotFound)?;
    let mime = match kind {
        FileKind::Csv => "text/csv; charset=utf-8",
        FileKind::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    };
    // A key and a point's name are plain letters.
    let name = format!("attachment; filename=\"{name}\"");
    let name = HeaderValue::from_str(&name).map_err(|_| Code::Internal)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(mime)),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, bytes).into_response())
}
