//! `PATCH /api/v1/devices/{id}`.

use axum::Json;
use backend::devices;
use domain::{
    DeviceId, UnitId,
    devices::changes::{DeviceChangeForm, TransportChange},
    problem::Check,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    accept::{Asker, Given, Named, Patched, Sent},
    devices::DeviceOut,
    schema::{DeviceRef, FramingWord, UnitRef},
};
use crate::http::Refusal;

/// Where and how often a device is asked from now on; what is not there stays as it is.
#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(
    dead_code,
    reason = "describes domain::devices::changes::TransportChange"
)]
pub(super) enum TransportPatch {
    /// Of a device that is asked. Its map stays: other registers make another device.
    Modbus {
        #[schema(required = false)]
        host: String,
        #[schema(minimum = 1, maximum = 65535, required = false)]
        port: u16,
        #[schema(value_type = FramingWord, required = false)]
        framing: String,
        #[schema(minimum = 0, maximum = 255, required = false)]
        unit_id: u8,
        #[schema(minimum = 1, maximum = 86400, required = false)]
        every_s: u32,
    },
}

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
    #[serde(default)]
    #[schema(value_type = TransportPatch, required = false)]
    transport: Given<TransportChange>,
}

/// Rename, move, retire or take back a device, or ask it elsewhere
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
    let transport = check.take("transport", sent.transport.maybe());
    let form = (|| {
        Some(DeviceChangeForm {
            name: name?,
            unit: unit?,
            retired: retired?,
            transport: transport?,
        })
    })();
    let form = check.done(form)?;
    Ok(Json(devices::change(&cx, id, form).await?.into()))
}
