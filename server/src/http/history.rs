//! What a point said, as a file to take along.

use app::devices::words::history_headers;
use axum::{Form, http::HeaderMap, response::Response};
use backend::telemetry::{self, FileKind};
use domain::{
    Code, PointId, Problem,
    problem::Flaw,
    telemetry::course::{CourseForm, Span},
};

use super::{
    Language,
    inside::{Inside, XLSX, file},
    refusal::Refusal,
};

/// The course that the page shows, in the language of whoever asks. Posted, and so never asked for
/// by a link from elsewhere: it leaves an audit entry.
pub(super) async fn export(
    Inside(cx): Inside,
    headers: HeaderMap,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Refusal> {
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
    let columns = history_headers(Language::chosen(&headers).locale());
    let made = telemetry::export_course(&cx, point, &form, kind, columns).await?;
    let (name, bytes) = made.ok_or(Code::NotFound)?;
    let kind = match kind {
        FileKind::Csv => "text/csv; charset=utf-8",
        FileKind::Xlsx => XLSX,
    };
    file(kind, &name, bytes)
}
