//! A sheet of devices, and the passwords of what it registered.

use app::{
    devices::{BrokerPlace, api::Broker, parts::WORKBOOK, sheet},
    routes,
};
use axum::{
    Extension,
    extract::Multipart,
    http::{HeaderMap, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use backend::{
    devices::batch::{self, Batch},
    exports,
};
use domain::Code;

use super::{
    Language,
    inside::{Inside, XLSX, file},
    posted::Posted,
    refusal::Refusal,
};

/// Registers what stands in the sheet, and answers with the passwords, or with what is wrong.
pub(super) async fn register(
    Inside(cx): Inside,
    broker: Option<Extension<BrokerPlace>>,
    headers: HeaderMap,
    parts: Multipart,
) -> Result<Response, Refusal> {
    let posted = Posted::read(&cx, parts).await?;
    let estate = posted.estate.ok_or(Code::NotFound)?;
    let back = format!("{}?estate={estate}", routes::DEVICE_NEW);
    let english = Language::chosen(&headers) == Language::En;
    let (estate, made) = match batch::register_batch(&cx, estate, posted.sheet).await {
        Ok(Batch::Registered { estate, devices }) => (estate, devices),
        Ok(Batch::Refused(bad)) => {
            return Ok(told(sheet::refused(english, &back, &bad)));
        }
        Err(error) => {
            let Some(flaw) = error.problem.fields.get("file") else {
                return Err(error.into());
            };
            let back = format!("{back}&flaw={}", flaw.as_str());
            return Ok(Redirect::to(&back).into_response());
        }
    };
    let broker = Broker::of(broker.map(|Extension(place)| place), &headers);
    if posted.wanted == WORKBOOK {
        let bytes = exports::credentials(sheet::headers(english), &made).await?;
        return file(XLSX, "linli-device-passwords.xlsx", bytes);
    }
    Ok(told(sheet::passwords(english, &estate, &broker, made)))
}

/// A document that is kept nowhere.
fn told(document: String) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Html(document)).into_response()
}

/// The empty sheet.
pub(super) async fn template() -> Result<Response, Refusal> {
    let bytes = batch::batch_template()?;
    file(XLSX, "linli-devices-template.xlsx", bytes)
}
