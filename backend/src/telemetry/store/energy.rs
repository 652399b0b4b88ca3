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
    /// Whether it is added up: its use is in no other one's.
    pub(in super::super) counts: bool,
    /// Where it is a unit's.
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
        r#"SELECT d.id AS "id: DeviceId", d.name, d.kind, p.unit, c.device_id IS NOT NULL AS "counts!",
                  b.id AS "building_id?: BuildingId", b.name AS "building?", d.main_id AS "main: DeviceId",
                  ARRAY(SELECT (SELECT c.counted FROM linli.counted_at($1, p.id, e.at, e.at - $4::interval) c)
                        FROM unnest($3::timestamptz[]) WITH ORDINALITY e(at, n)
                        ORDER BY e.n) AS "counted!: Vec<Option<f64>>"
           FROM device d
           JOIN point p ON p.tenant_id = d.tenant_id AND p.device_id = d.id
                AND p.name = CASE d.kind WHEN 'electricity_meter' THEN 'energy_kwh' ELSE 'volume_m3' END
           LEFT JOIN linli.counting_meters($1, $2) c ON c.device_id = d.id
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
                counts: row.counts,
                building: row.building_id.zip(row.building),
                main: row.main,
                counted: row.counted,
            })
        })
        .collect()
}
