//! Equipment as it is shown: all of an estate's in a few columns, and more of those on the page.

use domain::{
    DeviceId, EstateId, PointId, TenantId,
    devices::{DeviceKind, DeviceState, ValueType},
    estates,
    telemetry::equipment::{MachinePoint, Said},
};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;

use super::super::stands::Building;
use crate::{
    devices::stored::{quality, rhythm, state_of, value},
    kernel::{
        cx::Cx,
        error::{Error, Result},
        tx::TenantTx,
    },
};

/// In their order, each with its entrances. What is archived is among them: it may have a device left.
pub(in super::super) async fn buildings(
    tx: &mut TenantTx,
    tenant: TenantId,
    estate: EstateId,
) -> Result<Vec<Building>> {
    let rows = sqlx::query!(
        r#"SELECT b.name,
                  ARRAY(SELECT n.name FROM entrance n WHERE n.tenant_id = $1 AND n.building_id = b.id
                        ORDER BY linli.counted_name(n.name), n.id) AS "entrances!"
           FROM building b
           WHERE b.tenant_id = $1 AND b.estate_id = $2
           ORDER BY b.sort_key, b.id"#,
        tenant.0,
        estate.0
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Building {
            name: row.name,
            entrances: row.entrances,
        })
        .collect())
}

/// A device in use.
#[derive(Debug)]
pub(in super::super) struct Found {
    pub(in super::super) id: DeviceId,
    pub(in super::super) name: String,
    pub(in super::super) sort_key: String,
    pub(in super::super) kind: DeviceKind,
    pub(in super::super) place: Option<String>,
    /// Of its unit, where it has one.
    pub(in super::super) building: Option<String>,
    pub(in super::super) entrance: Option<String>,
    unit_code: Option<String>,
    pub(in super::super) state: DeviceState,
    pub(in super::super) last_seen: Option<Timestamp>,
    pub(in super::super) rhythm_s: Option<u32>,
    pub(in super::super) said: Said,
}

impl Found {
    /// The unit's address, or else the place in words.
    pub(in super::super) fn address(&self) -> Option<String> {
        match (&self.building, &self.unit_code) {
            (Some(building), Some(unit)) => {
                Some(estates::address(building, self.entrance.as_deref(), unit))
            }
            _ => self.place.clone(),
        }
    }
}

/// All devices of these kinds. What they say of themselves is looked up by the names of the points,
/// and by the estate's newest values, once for all of them.
pub(in super::super) async fn devices(
    tx: &mut TenantTx,
    cx: &Cx,
    estate: EstateId,
    kinds: &[DeviceKind],
) -> Result<Vec<Found>> {
    let kinds: Vec<String> = kinds.iter().map(|kind| kind.as_str().to_owned()).collect();
    let rows = sqlx::query!(
        r#"WITH said AS MATERIALIZED (
               SELECT p.device_id, bool_or(p.name = 'alarm') AS alarm, bool_or(p.name = 'fault') AS fault
               FROM point p
               JOIN point_newest w ON w.tenant_id = $1 AND w.point_id = p.id AND w.num = 1
               WHERE p.tenant_id = $1 AND p.estate_id = $2 AND p.name IN ('alarm', 'fault') AND p.value_type = 'bool'
               GROUP BY p.device_id
           ), unread AS MATERIALIZED (
               SELECT DISTINCT w.device_id FROM point_newest w
               WHERE w.tenant_id = $1 AND w.estate_id = $2 AND w.quality = 2
           )
           SELECT d.id AS "id: DeviceId", d.name, d.sort_key AS "sort_key!", d.kind, d.place,
                  b.name AS "building?", n.name AS "entrance?", u.code AS "unit_code?",
                  linli.device_state(s.last_seen, s.said_offline, linli.device_rhythm(d.transport, s.rhythm_s), $4) AS "state!",
                  s.last_seen AS "last_seen?: jiff_sqlx::Timestamp",
                  linli.device_rhythm(d.transport, s.rhythm_s) AS rhythm_s,
                  coalesce(a.alarm, false) AS "alarm!", coalesce(a.fault, false) AS "fault!",
                  f.device_id IS NOT NULL AS "unread!"
           FROM device d
           LEFT JOIN device_presence s ON s.tenant_id = $1 AND s.device_id = d.id
           LEFT JOIN unit u ON u.tenant_id = $1 AND u.id = d.unit_id
           LEFT JOIN building b ON b.tenant_id = $1 AND b.id = u.building_id
           LEFT JOIN entrance n ON n.tenant_id = $1 AND n.id = u.entrance_id
           LEFT JOIN said a ON a.device_id = d.id
           LEFT JOIN unread f ON f.device_id = d.id
           WHERE d.tenant_id = $1 AND d.estate_id = $2 AND d.kind = ANY ($3) AND d.retired_at IS NULL"#,
        cx.tenant.id.0,
        estate.0,
        &kinds,
        cx.now().to_sqlx() as _
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let kind = DeviceKind::parse(&row.kind);
            Ok(Found {
                id: row.id,
                name: row.name,
                sort_key: row.sort_key,
                kind: kind.ok_or_else(|| Error::internal("unknown kind of device"))?,
                place: row.place,
                building: row.building,
                entrance: row.entrance,
                unit_code: row.unit_code,
                state: state_of(&row.state),
                last_seen: row.last_seen.map(jiff_sqlx::Timestamp::to_jiff),
                rhythm_s: rhythm(row.rhythm_s),
                said: Said {
                    alarm: row.alarm,
                    fault: row.fault,
                    unread: row.unread,
                },
            })
        })
        .collect()
}

/// A point with its newest value.
#[derive(Debug)]
pub(in super::super) struct PointRow {
    pub(in super::super) device: DeviceId,
    pub(in super::super) number: bool,
    pub(in super::super) point: MachinePoint,
}

/// The points of some devices, in each device's own order.
pub(in super::super) async fn points(
    tx: &mut TenantTx,
    tenant: TenantId,
    devices: &[DeviceId],
) -> Result<Vec<PointRow>> {
    let rows = sqlx::query!(
        r#"SELECT p.device_id AS "device: DeviceId", p.id AS "id: PointId", p.name, p.unit, p.value_type,
                  w.num, w.txt, w.quality AS "quality?"
           FROM point p
           LEFT JOIN point_newest w ON w.tenant_id = $1 AND w.point_id = p.id
           WHERE p.tenant_id = $1 AND p.device_id = ANY ($2)
           ORDER BY p.device_id, p.place"#,
        tenant.0,
        devices as _
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| PointRow {
            device: row.device,
            number: row.value_type == ValueType::Number.as_str(),
            point: MachinePoint {
                id: row.id,
                value: value(Some(&row.value_type), row.num, row.txt),
                name: row.name,
                unit: row.unit,
                quality: row.quality.map(quality),
            },
        })
        .collect())
}

/// The means of some points in the half hours from `since` on, each with the number of its half hour.
pub(in super::super) async fn traces(
    tx: &mut TenantTx,
    tenant: TenantId,
    points: &[PointId],
    since: Timestamp,
) -> Result<Vec<(PointId, i32, f64)>> {
    let rows = sqlx::query!(
        r#"SELECT s.point_id AS "point: PointId",
                  (extract(epoch FROM s.slot - $3) / 1800)::integer AS "half!", s.total / s.n AS "mean!"
           FROM reading_half_hour s
           WHERE s.tenant_id = $1 AND s.point_id = ANY ($2) AND s.slot >= $3"#,
        tenant.0,
        points as _,
        since.to_sqlx() as _
    )
    .fetch_all(tx.conn())
    .await?;
    let rows = rows.into_iter();
    Ok(rows.map(|row| (row.point, row.half, row.mean)).collect())
}
