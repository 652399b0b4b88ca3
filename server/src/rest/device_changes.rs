//! `PATCH /api/v1/devices/{id}`.

use axum::Json;
use backend::devices;
use domain::{DeviceId, UnitId, devices::changes::DeviceChangeForm, problem::Check};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    accept::{Asker, Named, Patched, Sent},
    devices::DeviceOut,
    schema::{DeviceRef, UnitRef},
};
use crate::http::Refusal;

/// What changes; what is not there stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct DevicePatch {
    #[serde(default)]
    #[schema(value_type = String, required = false, max_length = 80)]
    name: Patched<String>,
    /// A unit of the device's own estate; null for the estate itself. What was read before stays the
    /// household's that lived there.
    #[serde(default)]
    #[schema(value_type = Option<UnitRef>, required = false)]
    unit: Patched<UnitId>,
    /// Out of use: its password and its connection end, and lists leave it out. Taken back, it needs a
    /// new password.
    #[serde(default)]
    #[schema(value_type = bool, required = false)]
    retired: Patched<bool>,
}

/// Rename, move, retire or take back a device
#[utoipa::path(patch, path = "/api/v1/devices/{id}", operation_id = "change_device", tag = "devices",
    params(("id" = DeviceRef, Path)), request_body = DevicePatch, responses((status = 200, body = DeviceOut)))]
pub(super) async fn change(
    Asker(cx): Asker,
    Named(id): Named<DeviceId>,
    Sent(sent): Sent<DevicePatch>,
) -> Result<Json<DeviceOut>, Refusal> {
    let mut check = Check::default();
    let name = check.take("name", sent.name.typed());
    let unit = check.take("unit", sent.unit.typed());
    let retired = check.take("retired", sent.retired.typed());
    let form = (|| {
        Some(DeviceChangeForm {
            name: name?,
            unit: unit?,
            retired: retired?,
        })
    })();
    let form = check.done(form)?;
    Ok(Json(devices::change(&cx, id, form).await?.into()))
}
