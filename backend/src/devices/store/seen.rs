//! Devices and points as they are shown.

use domain::{
    DeviceId, EstateId, PointId, TenantId, UnitId,
    devices::{
        Device, DeviceFilter, DeviceKind, DeviceRow, DeviceState, Point, RefusedCount, Transport,
        ValidRange, ValueType, models::title,
    },
    estates,
    telemetry::{Quality, Refusal},
};
use jiff_sqlx::ToSqlx;
use sqlx::types::Json;

use super::super::stored::{quality, rhythm, state_of, value};
use crate::kernel::{
    cx::Cx,
    error::{Error, Result},
    tx::TenantTx,
};

/// A row that breaks what its table promises.
fn broken(what: &'static str) -> Error {
    Error::internal(what)
}

/// The row that the view `device_row` gives, with the state at the time of asking.
struct Row {
    id: DeviceId,
    name: String,
    key: String,
    kind: String,
    place: Option<String>,
    building: Option<String>,
    entrance: Option<String>,
    unit_code: Option<String>,
    state: String,
    last_seen: Option<jiff_sqlx::Timestamp>,
    rhythm_s: Option<i32>,
    measure: Option<String>,
    value_type: Option<String>,
    num: Option<f64>,
    txt: Option<String>,
    refused: i64,
}

impl TryFrom<Row> for DeviceRow {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let value = value(row.value_type.as_deref(), row.num, row.txt);
        Ok(Self {
            id: row.id,
            name: row.name,
            key: row.key,
            kind: DeviceKind::parse(&row.kind).ok_or_else(|| broken("unknown kind of device"))?,
            place: place(row.building, row.entrance, row.unit_code, row.place),
            state: state_of(&row.state),
            last_seen: row.last_seen.map(jiff_sqlx::Timestamp::to_jiff),
            rhythm_s: rhythm(row.rhythm_s),
            value: value.zip(row.measure),
            refused: row.refused,
        })
    }
}

/// The unit's address, or else the place in words.
fn place(
    building: Option<String>,
    entrance: Option<String>,
    unit: Option<String>,
    place: Option<String>,
) -> Option<String> {
    match (building, unit) {
        (Some(building), Some(unit)) => {
            Some(estates::address(&building, entrance.as_deref(), &unit))
        }
        _ => place,
    }
}

/// Up to `limit + 1` rows after a cursor.
pub(in super::super) async fn list(
    tx: &mut TenantTx,
    cx: &Cx,
    filter: &DeviceFilter,
    after: Option<DeviceId>,
    limit: u32,
) -> Result<Vec<DeviceRow>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT r.id AS "id!: DeviceId", r.name AS "name!", r.key AS "key!", r.kind AS "kind!", r.place,
                  r.building, r.entrance, r.unit_code,
                  linli.device_state(r.last_seen, r.said_offline, r.rhythm_s, $2) AS "state!",
                  r.last_seen AS "last_seen: jiff_sqlx::Timestamp", r.rhythm_s, r.measure, r.value_type, r.num, r.txt,
                  r.refused AS "refused!"
           FROM device_row r
           WHERE r.tenant_id = $1
             AND ($3::uuid IS NULL OR r.id > $3)
             AND ($4::uuid IS NULL OR r.estate_id = $4)
             AND ($5::text IS NULL OR r.kind = $5)
             AND ($6::uuid IS NULL OR r.unit_id = $6)
             AND ($7::text IS NULL OR linli.device_state(r.last_seen, r.said_offline, r.rhythm_s, $2) = $7)
             AND (r.retired_at IS NOT NULL) = $9
           ORDER BY r.id
           LIMIT $8"#,
        cx.tenant.id.0,
        cx.now().to_sqlx() as _,
        after.map(|id| id.0),
        filter.estate.map(|id| id.0),
        filter.kind.map(DeviceKind::as_str),
        filter.unit.map(|id| id.0),
        filter.state.map(DeviceState::as_str),
        i64::from(limit) + 1,
        filter.retired
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(DeviceRow::try_from).collect()
}

/// These devices, in this order.
pub(in super::super) async fn these(
    tx: &mut TenantTx,
    cx: &Cx,
    ids: &[DeviceId],
) -> Result<Vec<DeviceRow>> {
    let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT r.id AS "id!: DeviceId", r.name AS "name!", r.key AS "key!", r.kind AS "kind!", r.place,
                  r.building, r.entrance, r.unit_code,
                  linli.device_state(r.last_seen, r.said_offline, r.rhythm_s, $2) AS "state!",
                  r.last_seen AS "last_seen: jiff_sqlx::Timestamp", r.rhythm_s, r.measure, r.value_type, r.num, r.txt,
                  r.refused AS "refused!"
           FROM device_row r
           WHERE r.tenant_id = $1 AND r.id = ANY ($3::uuid[])
           ORDER BY array_position($3::uuid[], r.id)"#,
        cx.tenant.id.0,
        cx.now().to_sqlx() as _,
        &ids
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(DeviceRow::try_from).collect()
}

pub(in super::super) async fn recent(
    tx: &mut TenantTx,
    cx: &Cx,
    estate: EstateId,
    most: u32,
) -> Result<Vec<DeviceRow>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT r.id AS "id!: DeviceId", r.name AS "name!", r.key AS "key!", r.kind AS "kind!", r.place,
                  r.building, r.entrance, r.unit_code,
                  linli.device_state(r.last_seen, r.said_offline, r.rhythm_s, $2) AS "state!",
                  r.last_seen AS "last_seen: jiff_sqlx::Timestamp", r.rhythm_s, r.measure, r.value_type, r.num, r.txt,
                  r.refused AS "refused!"
           FROM device_row r
           -- An array and no join: joined, the planner reads the whole view once for each of them.
           WHERE r.tenant_id = $1
             AND r.id = ANY (ARRAY(
                 SELECT d.id
                 FROM device d JOIN device_presence s ON s.tenant_id = d.tenant_id AND s.device_id = d.id
                 WHERE d.tenant_id = $1 AND d.estate_id = $3 AND d.retired_at IS NULL
                   AND s.last_seen IS NOT NULL
                 ORDER BY s.last_seen DESC, d.id LIMIT $4))
           ORDER BY r.last_seen DESC, r.id"#,
        cx.tenant.id.0,
        cx.now().to_sqlx() as _,
        estate.0,
        i64::from(most)
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(DeviceRow::try_from).collect()
}

/// The device without its refusals.
pub(in super::super) async fn device(
    tx: &mut TenantTx,
    cx: &Cx,
    id: DeviceId,
) -> Result<Option<Device>> {
    let row = sqlx::query!(
        r#"SELECT r.name AS "name!", r.key AS "key!", r.kind AS "kind!", r.estate_id AS "estate_id!: EstateId",
                  r.estate AS "estate!", r.unit_id AS "unit_id: UnitId", r.place, r.building, r.entrance, r.unit_code,
                  r.transport AS "transport!: Json<Transport>",
                  linli.device_state(r.last_seen, r.said_offline, r.rhythm_s, $3) AS "state!",
                  r.last_seen AS "last_seen: jiff_sqlx::Timestamp", r.rhythm_s,
                  g.id AS "gateway_id?: DeviceId", g.name AS "gateway_name?",
                  m.slug AS "model?", m.name AS "model_name?", m.maker AS "model_maker?",
                  c.created_at AS "password_since?: jiff_sqlx::Timestamp",
                  r.retired_at AS "retired_at: jiff_sqlx::Timestamp"
           FROM device_row r
           JOIN device d ON d.tenant_id = r.tenant_id AND d.id = r.id
           LEFT JOIN device g ON g.tenant_id = d.tenant_id AND g.id = d.gateway_id
           LEFT JOIN device_model m ON m.tenant_id = d.tenant_id AND m.slug = d.model
           LEFT JOIN device_credential c ON c.tenant_id = r.tenant_id AND c.device_id = r.id AND c.revoked_at IS NULL
           WHERE r.tenant_id = $1 AND r.id = $2"#,
        cx.tenant.id.0,
        id.0,
        cx.now().to_sqlx() as _
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let model = row.model.map(|slug| slug.parse().map_err(Error::internal));
    let called = row.model_maker.zip(row.model_name);
    let called = called.map(|(maker, name)| title(&maker, &name));
    Ok(Some(Device {
        id,
        name: row.name,
        key: row.key,
        kind: DeviceKind::parse(&row.kind).ok_or_else(|| broken("unknown kind of device"))?,
        estate: row.estate_id,
        estate_name: row.estate,
        unit: row.unit_id,
        place: place(row.building, row.entrance, row.unit_code, row.place),
        transport: row.transport.0,
        gateway: row.gateway_id.zip(row.gateway_name),
        model: model.transpose()?.zip(called),
        password_since: row.password_since.map(jiff_sqlx::Timestamp::to_jiff),
        retired_at: row.retired_at.map(jiff_sqlx::Timestamp::to_jiff),
        state: state_of(&row.state),
        last_seen: row.last_seen.map(jiff_sqlx::Timestamp::to_jiff),
        rhythm_s: rhythm(row.rhythm_s),
        refused: Vec::new(),
    }))
}

pub(in super::super) async fn refusals(
    tx: &mut TenantTx,
    tenant: TenantId,
    id: DeviceId,
) -> Result<Vec<RefusedCount>> {
    let rows = sqlx::query!(
        r#"SELECT reason, count, last_at AS "last_at: jiff_sqlx::Timestamp"
           FROM refusal WHERE tenant_id = $1 AND device_id = $2 ORDER BY last_at DESC, reason"#,
        tenant.0,
        id.0
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let reason = Refusal::parse(&row.reason)?;
            Some(RefusedCount {
                reason,
                count: row.count,
                last_at: row.last_at.to_jiff(),
            })
        })
        .collect())
}

pub(in super::super) async fn points(
    tx: &mut TenantTx,
    tenant: TenantId,
    device: DeviceId,
) -> Result<Vec<Point>> {
    let rows = sqlx::query!(
        r#"SELECT p.id AS "id: PointId", p.name, p.unit, p.value_type, p.valid_min, p.valid_max,
                  w.ts AS "ts?: jiff_sqlx::Timestamp", w.num, w.txt, w.quality AS "quality?", p.unread_as
           FROM point p LEFT JOIN point_newest w ON w.tenant_id = p.tenant_id AND w.point_id = p.id
           WHERE p.tenant_id = $1 AND p.device_id = $2
           ORDER BY p.place"#,
        tenant.0,
        device.0
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let why = row.unread_as.as_deref().and_then(Refusal::parse);
            let quality = match row.quality {
                Some(stored) => Some(quality(stored)),
                // Asked for, and never read.
                None => why.map(|_| Quality::Failed),
            };
            Ok(Point {
                id: row.id,
                device,
                name: row.name,
                unit: row.unit,
                value: value(Some(&row.value_type), row.num, row.txt),
                value_type: ValueType::parse(&row.value_type)
                    .ok_or_else(|| broken("unknown type of point"))?,
                range: ValidRange {
                    min: row.valid_min,
                    max: row.valid_max,
                },
                ts: row.ts.map(jiff_sqlx::Timestamp::to_jiff),
                quality,
                unread: why.filter(|_| quality == Some(Quality::Failed)),
            })
        })
        .collect()
}
