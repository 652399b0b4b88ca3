//! What registers showed before they passed their end.

use std::collections::HashMap;

use domain::{PointId, TenantId};
use jiff::Timestamp;

use crate::kernel::{error::Result, tx::TenantTx};

/// What some registers showed last, and when.
pub(in super::super) async fn newest(
    tx: &mut TenantTx,
    tenant: TenantId,
    points: &[PointId],
) -> Result<HashMap<PointId, (Timestamp, f64)>> {
    let rows = sqlx::query!(
        r#"SELECT point_id AS "point: PointId", ts AS "ts: jiff_sqlx::Timestamp", num AS "num!"
           FROM point_newest WHERE tenant_id = $1 AND point_id = ANY ($2) AND num IS NOT NULL"#,
        tenant.0,
        points as _
    )
    .fetch_all(tx.conn())
    .await?;
    let rows = rows.into_iter();
    Ok(rows
        .map(|row| (row.point, (row.ts.to_jiff(), row.num)))
        .collect())
}
