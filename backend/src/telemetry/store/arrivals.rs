//! News for other processes.

use domain::{DeviceId, EstateId, PointId, TenantId, telemetry::Newest};

use super::super::ingest::Arrived;
use crate::{
    devices::stored,
    kernel::{error::Result, tx::TenantTx},
};

pub(in super::super) async fn tell(
    tx: &mut TenantTx,
    channel: &str,
    notices: &[String],
) -> Result<()> {
    sqlx::query!(
        "SELECT pg_notify($1, n) FROM UNNEST($2::text[]) AS t(n)",
        channel,
        notices
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(())
}

pub(in super::super) async fn newest_of(
    tx: &mut TenantTx,
    tenant: TenantId,
    devices: &[DeviceId],
) -> Result<Vec<Arrived>> {
    let rows = sqlx::query!(
        r#"SELECT n.point_id AS "point: PointId", n.device_id AS "device: DeviceId",
                  n.estate_id AS "estate: EstateId", n.ts AS "ts: jiff_sqlx::Timestamp",
                  n.num, n.txt, n.quality, p.name, p.value_type
           FROM point p JOIN point_newest n ON n.tenant_id = p.tenant_id AND n.point_id = p.id
           WHERE p.tenant_id = $1 AND p.device_id = ANY ($2)"#,
        tenant.0,
        devices as _
    )
    .fetch_all(tx.conn())
    .await?;
    let rows = rows.into_iter();
    Ok(rows
        .filter_map(|row| {
            let value = stored::value(Some(&row.value_type), row.num, row.txt)?;
            Some(Arrived {
                estate: row.estate,
                newest: Newest {
                    point: row.point,
                    device: row.device,
                    name: row.name,
                    ts: row.ts.to_jiff(),
                    value,
                    quality: stored::quality(row.quality),
                },
            })
        })
        .collect())
}
