//! What meters had counted at the edges of spans.

use domain::{BuildingId, DeviceId, EstateId, TenantId, devices::DeviceKind};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;

use super::super::dashboard::BEFORE;
use crate::kernel::{
    error::{Error, Result},
    tx::TenantTx,
};

/// A meter in use.
pub(in super::super) struct Meter {
    pub(in super::super) device: DeviceId,
    pub(in super::super) name: String,
    pub(in super::super) kind: DeviceKind,
    pub(in super::super) unit: String,
    /// Whether it is a unit's, and in which building that is.
    pub(in super::super) home: bool,
    pub(in super::super) building: Option<(BuildingId, String)>,
    pub(in super::super) main: Option<DeviceId>,
    /// What it had counted at each edge, that moment included, over replacements on record; `None` where
    /// nothing was read in the two days before.
    pub(in super::super) counted: Vec<Option<f64>>,
}

/// In the buildings' order. A short look into an index a meter and edge, however much was read between.
pub(in super::super) async fn meters(
    tx: &mut TenantTx,
    tenant: TenantId,
    estate: EstateId,
    edges: &[Timestamp],
) -> Result<Vec<Meter>> {
    let rows = sqlx::query!(
        r#"SELECT d.id AS "id: DeviceId", d.name, d.kind, p.unit, d.unit_id IS NOT NULL AS "home!",
                  b.id AS "building_id?: BuildingId", b.name AS "building?", d.main_id AS "main: DeviceId",
                  ARRAY(SELECT (SELECT coalesce(i.carried + i.ratio * s.last, s.last)
                                FROM (SELECT CASE WHEN h.slot = e.at THEN h.opened ELSE h.last END AS last,
                                             least(h.last_ts, e.at) AS read_at
                                      FROM reading_half_hour h
                                      WHERE h.tenant_id = $1 AND h.point_id = p.id
                                        AND h.slot >= e.at - $4::interval AND h.slot <= e.at
                                        AND (h.slot < e.at OR h.opened IS NOT NULL)
                                      ORDER BY h.slot DESC LIMIT 1) s
                                LEFT JOIN LATERAL (
                                    SELECT t.carried, t.ratio FROM instrument t
                                    WHERE t.tenant_id = $1 AND t.point_id = p.id AND t.since <= s.read_at
                                    ORDER BY t.since DESC LIMIT 1) i ON true)
                        FROM unnest($3::timestamptz[]) WITH ORDINALITY e(at, n)
                        ORDER BY e.n) AS "counted!: Vec<Option<f64>>"
           FROM device d
           JOIN point p ON p.tenant_id = d.tenant_id AND p.device_id = d.id
                AND p.name = CASE d.kind WHEN 'electricity_meter' THEN 'energy_kwh' ELSE 'volume_m3' END
           LEFT JOIN unit u ON u.tenant_id = $1 AND u.id = d.unit_id
           LEFT JOIN building b ON b.tenant_id = $1 AND b.id = u.building_id
           WHERE d.tenant_id = $1 AND d.estate_id = $2 AND d.retired_at IS NULL
             AND d.kind IN ('electricity_meter', 'water_meter', 'gas_meter')
           ORDER BY b.sort_key, b.id, d.id"#,
        tenant.0,
        estate.0,
        edges.iter().map(|edge| edge.to_sqlx()).collect::<Vec<_>>() as _,
        sqlx::postgres::types::PgInterval {
            months: 0,
            days: 0,
            microseconds: BEFORE.as_secs() * 1_000_000,
        }
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let kind = DeviceKind::parse(&row.kind);
            Ok(Meter {
                device: row.id,
                name: row.name,
                kind: kind.ok_or_else(|| Error::internal("unknown kind of device"))?,
                unit: row.unit,
                home: row.home,
                building: row.building_id.zip(row.building),
                main: row.main,
                counted: row.counted,
            })
        })
        .collect()
}
