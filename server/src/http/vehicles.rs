//! A sheet of cars.

use app::{estates::cars, routes};
use axum::{
    extract::Multipart,
    http::{HeaderMap, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use backend::estates::{self, VehicleBatch};
use domain::Code;

use super::{
    Language,
    inside::{Inside, XLSX, file},
    posted::Posted,
    refusal::Refusal,
};

/// Writes down what stands in the sheet, and leads back with how many of it were new; or answers with
/// what is wrong.
pub(super) async fn import(
    Inside(cx): Inside,
    headers: HeaderMap,
    parts: Multipart,
) -> Result<Response, Refusal> {
    let posted = Posted::read(&cx, parts).await?;
    let estate = posted.estate.ok_or(Code::NotFound)?;
    let back = routes::import(estate);
    match estates::import_vehicles(&cx, estate, posted.sheet).await {
        Ok(VehicleBatch::Imported { new, changed, same }) => {
            let done = format!("{back}&cars={new}.{changed}.{same}");
            Ok(Redirect::to(&done).into_response())
        }
        Ok(VehicleBatch::Refused(bad)) => {
            let english = Language::chosen(&headers) == Language::En;
            let told = cars::refused(english, &back, &bad);
            Ok(([(header::CACHE_CONTROL, "no-store")], Html(told)).into_response())
        }
        Err(error) => match error.problem.fields.get("file") {
            Some(flaw) => {
                let back = format!("{back}&cars_flaw={}", flaw.as_str());
                Ok(Redirect::to(&back).into_response())
            }
            None => Err(error.into()),
        },
    }
}

/// The empty sheet.
pub(super) async fn template() -> Result<Response, Refusal> {
    let bytes = estates::vehicle_template()?;
    file(XLSX, "linli-vehicles-template.xlsx", bytes)
}
