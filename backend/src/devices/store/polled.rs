//! Devices that are asked.

use domain::{DeviceId, EstateId, TenantId, devices::Transport};
use sqlx::types::Json;

use super::super::polled::Polled;
use crate::kernel::{cx::Cx, error::Result, tx::TenantTx};

pub(in super::super) async fn tenants(tx: &mut TenantTx) -> Result<Vec<(TenantId, String)>> {
    let rows = sqlx::query!(
        r#"SELECT tenant AS "tenant!: TenantId", slug AS "slug!" FROM linli.tenants_polled()"#
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.tenant, row.slug)).collect())
}

pub(in super::super) async fn of(tx: &mut TenantTx, cx: &Cx) -> Result<Vec<Polled>> {
    let rows = sqlx::query!(
        r#"SELECT d.id AS "id: DeviceId", d.estate_id AS "estate: EstateId",
                  linli.transport_with(d.transport, m.map) AS "transport!: Json<Transport>"
           FROM device d LEFT JOIN device_model m ON m.tenant_id = d.tenant_id AND m.slug = d.model
           WHERE d.tenant_id = $1 AND d.transport ? 'modbus' AND d.retired_at IS NULL
           ORDER BY d.id"#,
        cx.tenant.id.0
    )
    .fetch_all(tx.conn())
    .await?;
    let rows = rows.into_iter();
    Ok(rows
        .filter_map(|row| match row.transport.0 {
            Transport::Modbus(modbus) => Some(Polled {
                tenant: cx.tenant.id,
                slug: cx.tenant.slug.clone(),
                device: row.id,
                estate: row.estate,
                modbus,
            }),
            Transport::Mqtt {} | Transport::Http {} => None,
        })
        .collect())
}

/// Tells with the commit that there are more or fewer of them.
pub(in super::super) async fn tell(
    tx: &mut TenantTx,
    tenant: TenantId,
    devices: &[DeviceId],
) -> Result<()> {
    sqlx::query!(
        "SELECT linli.tell_changed('device', $1, id) FROM UNNEST($2::uuid[]) AS d(id)",
        tenant.0,
        devices as _
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(())
}
