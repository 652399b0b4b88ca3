//! Instruments whose register passed its end.

use std::collections::HashMap;

use domain::{InstrumentId, PointId, TenantId, devices::instruments::RegisterEnd};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;

use crate::kernel::{cx::Cx, error::Result, tx::TenantTx};

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

/// The instrument that hangs there counts on from the end of its register; not where another hangs
/// there since.
pub(in super::super) async fn carry_on(
    tx: &mut TenantTx,
    cx: &Cx,
    point: PointId,
    at: Timestamp,
    end: RegisterEnd,
) -> Result<()> {
    let id: InstrumentId = cx.new_id();
    sqlx::query!(
        "INSERT INTO instrument (tenant_id, id, device_id, point_id, estate_id, unit_id, serial, verified_on,
                                 valid_until, ratio, since, last_register, first_register, carried,
                                 recorded_at, turned)
         SELECT $1, $2, p.device_id, p.id, p.estate_id, p.unit_id, coalesce(i.serial, ''), i.verified_on,
                i.valid_until, coalesce(i.ratio, 1), $4, $5, 0, coalesce(i.carried, 0) + coalesce(i.ratio, 1) * $5,
                $6, true
         FROM point p
         LEFT JOIN LATERAL (SELECT * FROM instrument t WHERE t.tenant_id = $1 AND t.point_id = p.id
                            ORDER BY t.since DESC LIMIT 1) i ON true
         WHERE p.tenant_id = $1 AND p.id = $3 AND (i.since IS NULL OR i.since < $4)
         ON CONFLICT DO NOTHING",
        cx.tenant.id.0,
        id.0,
        point.0,
        at.to_sqlx() as _,
        end.at(),
        cx.now().to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
