//! `/api/v1/devices`.

use axum::{Json, http::StatusCode};
use backend::devices;
use domain::{
    Code, DeviceId, EstateId, PointId, UnitId,
    devices::{
        Credentials, Device, DeviceFilter, DeviceForm, DeviceKind, DeviceRow, DeviceState,
        NewPoint, Point, RefusedCount, Transport, TransportForm, ValueType, models::ModelKey,
    },
    problem::Check,
    telemetry::{Quality, Refusal as Reason, Value},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    accept::{Asked, Asker, Given, Named, Sent},
    estates::PageParams,
    schema::{
        Created, DeviceRef, DeviceSortWord, EstateRef, FramingWord, ItemsOut, KindWord, ModelRef,
        PageOut, PointRef, QualityWord, ReadingValue, RefusalWord, StateWord, Time, TypeWord,
        UnitRef,
    },
};
use crate::http::Refusal;

/// How a device speaks.
#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "describes domain::devices::TransportForm")]
pub(super) enum TransportIn {
    Mqtt {},
    Http {},
    /// It says nothing by itself, and is asked.
    Modbus {
        /// A name or an address, without a port. One that is not of the open internet is dialled
        /// only where the operator allows it.
        host: String,
        #[schema(minimum = 1, maximum = 65535, default = 502, required = false)]
        port: u16,
        #[schema(value_type = FramingWord, required = false)]
        framing: String,
        /// Its number on the line.
        #[schema(minimum = 0, maximum = 255, default = 1, required = false)]
        unit_id: u8,
        /// The id of a model, one of Linli's such as `eastron-sdm630` or one of the company's own, or a
        /// register map of its own. The points that it feeds are made with the device.
        #[schema(example = "eastron-sdm630")]
        map: serde_json::Value,
        /// From one poll to the next.
        #[schema(minimum = 1, maximum = 86400, default = 60, required = false)]
        every_s: u32,
    },
}

/// A point beside those that every device of the kind has.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes domain::devices::NewPoint")]
pub(super) struct PointForm {
    /// The name that payloads use, unique on its device.
    #[schema(pattern = "^[A-Za-z][A-Za-z0-9_]{0,39}$")]
    name: String,
    /// As people write it: `kWh`, `m³`, `°C`.
    #[schema(required = false)]
    unit: String,
    #[schema(value_type = TypeWord)]
    r#type: String,
    /// A number below it cannot be true, and is refused as `out_of_range`.
    #[schema(required = false)]
    min: f64,
    /// So is one above this.
    #[schema(required = false)]
    max: f64,
}

#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct DeviceIn {
    #[serde(default)]
    #[schema(value_type = String, required = true)]
    name: Given<String>,
    /// The device's name in topics: `[a-z0-9-]{1,40}`. Made where it is not given.
    #[serde(default)]
    #[schema(value_type = String, required = false)]
    key: Given<String>,
    #[serde(default)]
    #[schema(value_type = KindWord, required = true)]
    kind: Given<DeviceKind>,
    #[serde(default)]
    #[schema(value_type = EstateRef, required = true)]
    estate: Given<EstateId>,
    #[serde(default)]
    #[schema(value_type = UnitRef, required = false)]
    unit: Given<UnitId>,
    /// Where it stands, in words.
    #[serde(default)]
    #[schema(value_type = String, required = false)]
    place: Given<String>,
    #[serde(default)]
    #[schema(value_type = TransportIn, required = true)]
    transport: Given<TransportForm>,
    /// The device that speaks for this one over `…/gateway/telemetry`.
    #[serde(default)]
    #[schema(value_type = DeviceRef, required = false)]
    gateway: Given<DeviceId>,
    /// A model of the company's own, or one of Linli's, whose points the device has. It follows one of the
    /// company's own from then on. A Modbus device may name it as its map instead.
    #[serde(default)]
    #[schema(value_type = ModelRef, required = false)]
    model: Given<String>,
    #[serde(default)]
    #[schema(value_type = Vec<PointForm>, required = false)]
    points: Given<Vec<NewPoint>>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct CredentialsOut {
    username: String,
    /// Shown this once.
    password: String,
    /// What its topics start with.
    topic: String,
}

impl From<Credentials> for CredentialsOut {
    fn from(credentials: Credentials) -> Self {
        let Credentials {
            username,
            password,
            topic,
        } = credentials;
        Self {
            username,
            password,
            topic,
        }
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct DeviceCreated {
    #[schema(value_type = DeviceRef)]
    id: DeviceId,
    key: String,
    credentials: CredentialsOut,
    name: String,
    #[schema(value_type = KindWord)]
    kind: DeviceKind,
    #[schema(value_type = EstateRef)]
    estate: EstateId,
    #[schema(value_type = Option<UnitRef>, required = true)]
    unit: Option<UnitId>,
    #[schema(required = true)]
    place: Option<String>,
    #[schema(value_type = TransportIn)]
    transport: TransportForm,
    #[schema(value_type = Option<DeviceRef>, required = true)]
    gateway: Option<DeviceId>,
    #[schema(value_type = Option<ModelRef>, required = true)]
    model: Option<String>,
    #[schema(value_type = Vec<PointForm>)]
    points: Vec<NewPoint>,
}

#[derive(Debug, Serialize, ToSchema)]
struct RefusedOut {
    #[schema(value_type = RefusalWord)]
    reason: Reason,
    count: i64,
    #[schema(value_type = Time)]
    last_at: Timestamp,
}

impl From<RefusedCount> for RefusedOut {
    fn from(refused: RefusedCount) -> Self {
        let RefusedCount {
            reason,
            count,
            last_at,
        } = refused;
        Self {
            reason,
            count,
            last_at,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeviceOut {
    #[schema(value_type = DeviceRef)]
    id: DeviceId,
    name: String,
    key: String,
    #[schema(value_type = KindWord)]
    kind: DeviceKind,
    #[schema(value_type = EstateRef)]
    estate: EstateId,
    estate_name: String,
    #[schema(value_type = Option<UnitRef>, required = true)]
    unit: Option<UnitId>,
    /// The unit's address, or the place in words.
    #[schema(required = true)]
    place: Option<String>,
    #[schema(value_type = TransportIn)]
    transport: Transport,
    /// The device that speaks for it.
    #[schema(value_type = Option<DeviceRef>, required = true)]
    gateway: Option<DeviceId>,
    /// The company's own model that it follows.
    #[schema(value_type = Option<ModelRef>, required = true)]
    model: Option<ModelKey>,
    /// Since when its password is good; null once that is revoked.
    #[schema(value_type = Option<Time>, required = true)]
    password_since: Option<Timestamp>,
    /// Since when it is out of use; null for one in use.
    #[schema(value_type = Option<Time>, required = true)]
    retired_at: Option<Timestamp>,
    #[schema(value_type = StateWord)]
    state: DeviceState,
    #[schema(value_type = Option<Time>, required = true)]
    last_seen: Option<Timestamp>,
    /// Seconds that usually lie between two words of it; null until that is known. The state
    /// follows it.
    #[schema(required = true)]
    rhythm_s: Option<u32>,
    /// Readings that were not stored, by reason.
    refused: Vec<RefusedOut>,
}

impl From<Device> for DeviceOut {
    fn from(device: Device) -> Self {
        Self {
            id: device.id,
            name: device.name,
            key: device.key,
            kind: device.kind,
            estate: device.estate,
            estate_name: device.estate_name,
            unit: device.unit,
            place: device.place,
            transport: device.transport,
            gateway: device.gateway.map(|(id, _)| id),
            model: device.model.map(|(id, _)| id),
            password_since: device.password_since,
            retired_at: device.retired_at,
            state: device.state,
            last_seen: device.last_seen,
            rhythm_s: device.rhythm_s,
            refused: device.refused.into_iter().map(RefusedOut::from).collect(),
        }
    }
}

/// A device in a list, with the newest value of its first point.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeviceRowOut {
    #[schema(value_type = DeviceRef)]
    id: DeviceId,
    name: String,
    key: String,
    #[schema(value_type = KindWord)]
    kind: DeviceKind,
    #[schema(required = true)]
    place: Option<String>,
    #[schema(value_type = StateWord)]
    state: DeviceState,
    #[schema(value_type = Option<Time>, required = true)]
    last_seen: Option<Timestamp>,
    /// Seconds that usually lie between two words of it; null until that is known.
    #[schema(required = true)]
    rhythm_s: Option<u32>,
    #[schema(value_type = Option<ReadingValue>, required = true)]
    value: Option<Value>,
    /// The value's unit.
    #[schema(required = true)]
    value_unit: Option<String>,
    /// How many readings were refused.
    refused: i64,
}

impl From<DeviceRow> for DeviceRowOut {
    fn from(row: DeviceRow) -> Self {
        let (value, value_unit) = row.value.unzip();
        Self {
            id: row.id,
            name: row.name,
            key: row.key,
            kind: row.kind,
            place: row.place,
            state: row.state,
            last_seen: row.last_seen,
            rhythm_s: row.rhythm_s,
            value,
            value_unit,
            refused: row.refused,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PointOut {
    #[schema(value_type = PointRef)]
    id: PointId,
    name: String,
    /// As people write it; may be empty.
    unit: String,
    #[serde(rename = "type")]
    #[schema(value_type = TypeWord)]
    value_type: ValueType,
    /// What is below it cannot be true, and is refused as `out_of_range`.
    #[schema(required = true)]
    min: Option<f64>,
    /// So is what is above this.
    #[schema(required = true)]
    max: Option<f64>,
    #[schema(value_type = Option<ReadingValue>, required = true)]
    value: Option<Value>,
    #[schema(value_type = Option<Time>, required = true)]
    ts: Option<Timestamp>,
    /// `failed` as well where it is asked for and was never read.
    #[schema(value_type = Option<QualityWord>, required = true)]
    quality: Option<Quality>,
    /// Why it could not be read, where its quality is `failed`.
    #[schema(value_type = Option<RefusalWord>, required = true)]
    reason: Option<Reason>,
}

impl From<Point> for PointOut {
    fn from(point: Point) -> Self {
        let Point {
            id,
            device: _,
            name,
            unit,
            value_type,
            range,
            value,
            ts,
            quality,
            unread,
        } = point;
        Self {
            id,
            name,
            unit,
            value_type,
            min: range.min,
            max: range.max,
            value,
            ts,
            quality,
            reason: unread,
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what Asked reads")]
pub(super) struct DeviceParams {
    #[param(value_type = Option<EstateRef>)]
    estate: Option<String>,
    #[param(value_type = Option<KindWord>)]
    kind: Option<String>,
    #[param(value_type = Option<StateWord>)]
    state: Option<String>,
    #[param(value_type = Option<UnitRef>)]
    unit: Option<String>,
    /// Those out of use, instead of those in use.
    #[param(value_type = Option<bool>)]
    retired: Option<String>,
    /// As registered where nothing is said. What was never heard comes last either way.
    #[param(value_type = Option<DeviceSortWord>)]
    sort: Option<String>,
}

/// List devices
#[utoipa::path(get, path = "/api/v1/devices", operation_id = "list_devices", tag = "devices", params(DeviceParams, PageParams),
    responses((status = 200, body = PageOut<DeviceRowOut>)))]
pub(super) async fn list(
    Asker(cx): Asker,
    mut asked: Asked,
) -> Result<Json<PageOut<DeviceRowOut>>, Refusal> {
    let filter = DeviceFilter {
        estate: asked.parse("estate"),
        kind: asked.by("kind", DeviceKind::parse),
        state: asked.by("state", DeviceState::parse),
        unit: asked.parse("unit"),
        retired: asked.parse("retired").unwrap_or_default(),
        sort: asked.sort(),
    };
    let page = asked.page();
    asked.done()?;
    Ok(Json(devices::list(&cx, &filter, &page).await?.into()))
}

/// Register a device
///
/// The answer holds its password, which is shown this once.
#[utoipa::path(post, path = "/api/v1/devices", operation_id = "register_device", tag = "devices", request_body = DeviceIn,
    responses((status = 201, body = DeviceCreated)))]
pub(super) async fn register(
    Asker(cx): Asker,
    Sent(sent): Sent<DeviceIn>,
) -> Result<Created<DeviceCreated>, Refusal> {
    let mut check = Check::default();
    let name = check.take("name", sent.name.need());
    let key = check.take("key", sent.key.maybe());
    let kind = check.take("kind", sent.kind.need());
    let estate = check.take("estate", sent.estate.need());
    let unit = check.take("unit", sent.unit.maybe());
    let place = check.take("place", sent.place.maybe());
    let transport = check.take("transport", sent.transport.need());
    let gateway = check.take("gateway", sent.gateway.maybe());
    let model = check.take("model", sent.model.maybe());
    let points = check.take("points", sent.points.maybe());
    let form = (|| {
        Some(DeviceForm {
            name: name?,
            key: key?,
            kind: kind?,
            estate: estate?,
            unit: unit?,
            place: place?,
            transport: transport?,
            gateway: gateway?,
            model: model?,
            points: points?.unwrap_or_default(),
        })
    })();
    let form = check.done(form)?;
    let made = devices::register(&cx, form.clone()).await?;
    Ok(Created(DeviceCreated {
        id: made.id,
        key: made.key,
        credentials: made.credentials.into(),
        name: form.name.trim().to_owned(),
        kind: form.kind,
        estate: form.estate,
        unit: form.unit,
        place: form.place,
        transport: form.transport,
        gateway: form.gateway,
        model: form.model,
        points: form.points,
    }))
}

/// See a device: its state, when it was last heard, and what was refused
#[utoipa::path(get, path = "/api/v1/devices/{id}", operation_id = "get_device", tag = "devices", params(("id" = DeviceRef, Path)),
    responses((status = 200, body = DeviceOut)))]
pub(super) async fn device(
    Asker(cx): Asker,
    Named(id): Named<DeviceId>,
) -> Result<Json<DeviceOut>, Refusal> {
    let device = devices::device(&cx, id).await?;
    device
        .map(|device| Json(device.into()))
        .ok_or_else(|| Code::NotFound.into())
}

/// See the points of a device, each with its newest value by the device's own time
#[utoipa::path(get, path = "/api/v1/devices/{id}/points", operation_id = "list_device_points", tag = "devices",
    params(("id" = DeviceRef, Path)), responses((status = 200, body = ItemsOut<PointOut>)))]
pub(super) async fn points(
    Asker(cx): Asker,
    Named(id): Named<DeviceId>,
) -> Result<Json<ItemsOut<PointOut>>, Refusal> {
    let points = devices::points(&cx, id).await?.ok_or(Code::NotFound)?;
    Ok(Json(ItemsOut {
        items: points.into_iter().map(PointOut::from).collect(),
    }))
}

/// Give a device a new password
///
/// The old one is good for nothing from then on, and the connection that it let in ends. The new one
/// is shown this once.
#[utoipa::path(post, path = "/api/v1/devices/{id}/credentials", operation_id = "rekey_device", tag = "devices",
    params(("id" = DeviceRef, Path)), responses((status = 201, body = CredentialsOut)))]
pub(super) async fn rekey(
    Asker(cx): Asker,
    Named(id): Named<DeviceId>,
) -> Result<Created<CredentialsOut>, Refusal> {
    Ok(Created(devices::rekey(&cx, id).await?.into()))
}

/// Revoke a device's password
///
/// Its connection ends at once. It may speak again with the next one.
#[utoipa::path(delete, path = "/api/v1/devices/{id}/credentials", operation_id = "revoke_device", tag = "devices",
    params(("id" = DeviceRef, Path)), responses((status = 204)))]
pub(super) async fn revoke(
    Asker(cx): Asker,
    Named(id): Named<DeviceId>,
) -> Result<StatusCode, Refusal> {
    devices::revoke(&cx, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
