//! The registry as it is taken along.

use domain::{DeviceId, EstateId, PointId, TenantId, UnitId};
use uuid::Uuid;

use super::super::takeout::{Kept, KeptPoint};
use crate::kernel::{error::Result, tx::TenantTx};

pub(in super::super) async fn devices(
    tx: &mut TenantTx,
    tenant: TenantId,
    estate: EstateId,
    after: Option<DeviceId>,
    most: i64,
) -> Result<Vec<Kept>> {
    Ok(sqlx::query_as!(
        Kept,
        r#"SELECT d.id AS "id: DeviceId", d.unit_id AS "unit: UnitId", d.gateway_id AS "gateway: DeviceId", d.key, d.name,
                  d.kind, d.place, (SELECT min(k) FROM jsonb_object_keys(d.transport) k) AS "transport!", d.model,
                  d.retired_at IS NOT NULL AS "retired!"
           FROM device d
           WHERE d.tenant_id = $1 AND d.estate_id = $2 AND d.id > $3
           ORDER BY d.id LIMIT $4"#,
        tenant.0,
        estate.0,
        after.map_or(Uuid::nil(), |id| id.0),
        most
    )
    .fetch_all(tx.conn())
    .await?)
}

pub(in super::super) async fn points(
    tx: &mut TenantTx,
    tenant: TenantId,
    devices: &[DeviceId],
) -> Result<Vec<KeptPoint>> {
    let ids: Vec<Uuid> = devices.iter().map(|id| id.0).collect();
    Ok(sqlx::query_as!(
        KeptPoint,
        r#"SELECT p.id AS "id: PointId", p.device_id AS "device: DeviceId", p.name, p.unit, p.value_type,
                  p.valid_min AS min, p.valid_max AS max
           FROM point p
           WHERE p.tenant_id = $1 AND p.device_id = ANY ($2)
           ORDER BY p.device_id, p.place"#,
        tenant.0,
        &ids
    )
    .fetch_all(tx.conn())
    .await?)
}
