//! Files of device models: in, and out.

use app::{devices::model_papers, routes};
use axum::{
    extract::{Multipart, Path},
    http::{HeaderMap, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use backend::devices::models::{self, MapSheet, SheetHead};
use domain::{
    Code, Problem,
    devices::models::{ModelKey, file::Instead},
};

use super::{
    Language,
    inside::{Inside, XLSX, file},
    posted::Posted,
    refusal::Refusal,
};

/// A document that is kept nowhere.
fn told(document: String) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Html(document)).into_response()
}

/// What is wrong with what was brought, in a document; anything else is a refusal as ever.
fn refused(english: bool, error: backend::Error) -> Result<Response, Refusal> {
    let problem: &Problem = &error.problem;
    let brought = matches!(
        problem.code,
        Code::Invalid | Code::Conflict | Code::OverQuota
    );
    if brought && !problem.fields.is_empty() {
        return Ok(told(model_papers::refused_places(english, problem)));
    }
    Err(error.into())
}

/// Takes the models of a file, and leads to what it brought; or answers with what is wrong.
pub(super) async fn import_file(
    Inside(cx): Inside,
    headers: HeaderMap,
    parts: Multipart,
) -> Result<Response, Refusal> {
    let posted = Posted::read(&cx, parts).await?;
    let english = Language::chosen(&headers) == Language::En;
    let instead = Instead {
        id: posted.text("id"),
        kind: posted.text("kind"),
    };
    match models::import_file(&cx, &posted.sheet, &instead).await {
        Ok(made) => {
            let there = match made.as_slice() {
                [only] => routes::device_model(only),
                _ => routes::DEVICE_MODELS.to_owned(),
            };
            Ok(Redirect::to(&there).into_response())
        }
        Err(error) => refused(english, error),
    }
}

/// Makes a model of a sheet of registers, and leads to it; or answers with what is wrong.
pub(super) async fn import_sheet(
    Inside(cx): Inside,
    headers: HeaderMap,
    parts: Multipart,
) -> Result<Response, Refusal> {
    let posted = Posted::read(&cx, parts).await?;
    let english = Language::chosen(&headers) == Language::En;
    let head = SheetHead {
        id: posted.text("id"),
        name: posted.text("name"),
        maker: posted.text("maker"),
        kind: posted.text("kind"),
        first: u16::from(posted.text("first") == "1"),
    };
    match models::import_sheet(&cx, head, posted.sheet).await {
        Ok(MapSheet::Taken(id)) => Ok(Redirect::to(&routes::device_model(&id)).into_response()),
        Ok(MapSheet::Refused(bad)) => Ok(told(model_papers::refused_cells(english, &bad))),
        Err(error) => refused(english, error),
    }
}

/// The empty sheet.
pub(super) async fn template() -> Result<Response, Refusal> {
    file(
        XLSX,
        "linli-registers-template.xlsx",
        models::register_template()?,
    )
}

/// A model as another company takes it.
pub(super) async fn export(
    Inside(cx): Inside,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let id: ModelKey = id.parse().map_err(|_| Code::NotFound)?;
    let shown = models::model(&cx, &id).await?.ok_or(Code::NotFound)?;
    let (name, json) = shown.model.file();
    file("application/json", &name, json)
}
