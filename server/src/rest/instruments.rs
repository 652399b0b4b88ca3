//! `/api/v1/devices/{id}/replacements` and `/api/v1/replacements`.

use axum::{Json, http::StatusCode};
use backend::devices::instruments;
use domain::{
    Code, DeviceId, InstrumentId,
    devices::instruments::{Instrument, ReplacementForm},
    problem::Check,
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    accept::{Asked, Asker, Figure, Given, Named, Sent},
    estates::PageParams,
    schema::{Created, Day, DeviceRef, InstrumentRef, PageOut, Time},
};
use crate::http::Refusal;

#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct ReplacementIn {
    /// When the new one began to count; now where it is not given. A time without an offset is one on
    /// the company's own clocks.
    #[serde(default)]
    #[schema(value_type = Time, required = false)]
    at: Given<String>,
    /// The maker's number of the new one.
    #[serde(default)]
    #[schema(value_type = String, required = true, max_length = 40)]
    serial: Given<String>,
    #[serde(default)]
    #[schema(value_type = Day, required = false)]
    verified_on: Given<String>,
    #[serde(default)]
    #[schema(value_type = Day, required = false)]
    valid_until: Given<String>,
    /// Of the current transformers: what one unit of the register stands for. At most four decimals.
    #[serde(default)]
    #[schema(value_type = f64, required = false, minimum = 0.0001, maximum = 1_000_000, default = 1)]
    ratio: Given<Figure>,
    /// What the old one stood at, with at most six decimals. Needed where anything was read before.
    #[serde(default)]
    #[schema(value_type = f64, required = false, minimum = 0)]
    last_register: Given<Figure>,
    /// What the new one began with.
    #[serde(default)]
    #[schema(value_type = f64, required = true, minimum = 0)]
    first_register: Given<Figure>,
}

/// A replacement that is on record now.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReplacementMade {
    #[schema(value_type = InstrumentRef)]
    id: InstrumentId,
    #[schema(value_type = DeviceRef)]
    device: DeviceId,
    serial: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReplacementOut {
    #[schema(value_type = InstrumentRef)]
    id: InstrumentId,
    serial: String,
    #[schema(value_type = Option<Day>, required = true)]
    verified_on: Option<Date>,
    #[schema(value_type = Option<Day>, required = true)]
    valid_until: Option<Date>,
    ratio: f64,
    /// Since when it counts.
    #[schema(value_type = Time)]
    since: Timestamp,
    /// What the one before it stood at then; null where nothing had been read before.
    #[schema(required = true)]
    last_register: Option<f64>,
    /// What it stood at itself then.
    first_register: f64,
    /// Who put it on record; null for a program.
    #[schema(required = true)]
    by: Option<String>,
    /// It is the one from before, whose register passed its end; it then stood at `last_register`.
    turned: bool,
}

impl From<Instrument> for ReplacementOut {
    fn from(instrument: Instrument) -> Self {
        let Instrument {
            id,
            serial,
            verified_on,
            valid_until,
            ratio,
            since,
            last_register,
            first_register,
            by,
            turned,
        } = instrument;
        Self {
            id,
            serial,
            verified_on,
            valid_until,
            ratio,
            since,
            last_register,
            first_register,
            by,
            turned,
        }
    }
}

/// Put a replaced meter on record
///
/// Consumption goes on over it: what the old one counted up to its last register, and what the new one
/// counts from its first, times the ratio. Readings are not changed, and late ones come out right as
/// well. Where the readings speak against it, the field says which one.
#[utoipa::path(post, path = "/api/v1/devices/{id}/replacements", operation_id = "replace_meter", tag = "devices",
    params(("id" = DeviceRef, Path)), request_body = ReplacementIn, responses((status = 201, body = ReplacementMade)))]
pub(super) async fn replace(
    Asker(cx): Asker,
    Named(device): Named<DeviceId>,
    Sent(sent): Sent<ReplacementIn>,
) -> Result<Created<ReplacementMade>, Refusal> {
    let mut check = Check::default();
    let at = check.take("at", sent.at.maybe());
    let serial = check.take("serial", sent.serial.need());
    let verified_on = check.take("verified_on", sent.verified_on.maybe());
    let valid_until = check.take("valid_until", sent.valid_until.maybe());
    let ratio = check.take("ratio", sent.ratio.maybe());
    let last_register = check.take("last_register", sent.last_register.maybe());
    let first_register = check.take("first_register", sent.first_register.need());
    let typed =
        |figure: Option<Figure>| figure.map(|figure| figure.to_string()).unwrap_or_default();
    let form = (|| {
        Some(ReplacementForm {
            at: at?.unwrap_or_default(),
            serial: serial?,
            verified_on: verified_on?.unwrap_or_default(),
            valid_until: valid_until?.unwrap_or_default(),
            ratio: typed(ratio?),
            last_register: typed(last_register?),
            first_register: first_register?.to_string(),
        })
    })();
    let form = check.done(form)?;
    let serial = form.serial.trim().to_owned();
    let id = instruments::replace_meter(&cx, device, form).await?;
    Ok(Created(ReplacementMade { id, device, serial }))
}

/// Take the newest replacement of a meter back
///
/// It was put on record by mistake, or with a slip. Readings are not changed. One that another came
/// after is a conflict: that one is taken back first.
#[utoipa::path(delete, path = "/api/v1/replacements/{id}", operation_id = "withdraw_replacement", tag = "devices",
    params(("id" = InstrumentRef, Path)), responses((status = 204)))]
pub(super) async fn withdraw(
    Asker(cx): Asker,
    Named(replacement): Named<InstrumentId>,
) -> Result<StatusCode, Refusal> {
    instruments::withdraw_replacement(&cx, replacement).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List the replacements of a meter, newest first
#[utoipa::path(get, path = "/api/v1/devices/{id}/replacements", operation_id = "list_replacements", tag = "devices",
    params(("id" = DeviceRef, Path), PageParams), responses((status = 200, body = PageOut<ReplacementOut>)))]
pub(super) async fn list(
    Asker(cx): Asker,
    Named(device): Named<DeviceId>,
    mut asked: Asked,
) -> Result<Json<PageOut<ReplacementOut>>, Refusal> {
    let page = asked.page();
    asked.done()?;
    let page = instruments::instruments(&cx, device, &page).await?;
    Ok(Json(page.ok_or(Code::NotFound)?.into()))
}
