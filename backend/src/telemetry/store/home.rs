//! What residents read, through the definer functions that look at whose meter it is.

use domain::{DeviceId, HouseholdId, PointId, devices::DeviceKind, telemetry::Newest};
use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;

use super::super::home::{HomePoint, Used};
use crate::{
    devices::stored::{quality, value},
    kernel::{error::Result, tx::TenantTx},
};

/// How far before the first edge a register is looked for to count from: a meter that reports
/// once a day may miss one.
const BEFORE: SignedDuration = SignedDuration::from_hours(48);

pub(in super::super) async fn points(
    tx: &mut TenantTx,
    home: HouseholdId,
) -> Result<Vec<HomePoint>> {
    let rows = sqlx::query!(
        r#"SELECT device_id AS "device!: DeviceId", kind AS "kind!", point_id AS "point!: PointId", name AS "name!",
                  unit AS "unit!", value_type AS "value_type!", ts AS "ts: jiff_sqlx::Timestamp", num, txt, quality
           FROM linli.home_points($1)"#,
        home.0
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let value = value(Some(&row.value_type), row.num, row.txt);
            let newest = match (row.ts, value, row.quality) {
                (Some(ts), Some(value), Some(stored)) => Some(Newest {
                    point: row.point,
                    device: row.device,
                    name: row.name.clone(),
                    ts: ts.to_jiff(),
                    value,
                    quality: quality(stored),
                }),
                _ => None,
            };
            Some(HomePoint {
                device: row.device,
                kind: DeviceKind::parse(&row.kind)?,
                point: row.point,
                name: row.name,
                unit: row.unit,
                newest,
            })
        })
        .collect())
}

/// What was used of each register between neighbouring edges, up to now. A span in which nothing
/// was read, or nothing could be counted from, is not in the answer.
pub(in super::super) async fn uses(
    tx: &mut TenantTx,
    home: HouseholdId,
    points: &[PointId],
    edges: &[Timestamp],
    now: Timestamp,
) -> Result<Vec<Used>> {
    let Some(first) = edges.first() else {
        return Ok(Vec::new());
    };
    let rows = sqlx::query!(
        r#"SELECT s.point_id AS "point!: PointId", s.edge AS "edge!", sum(greatest(s.counted - s.before, 0)) AS "used!"
           FROM (SELECT h.point_id, width_bucket(h.at, $5::timestamptz[]) AS edge, h.counted,
                        lag(h.counted) OVER (PARTITION BY h.point_id, h.tenure ORDER BY h.at) AS before
                 FROM linli.home_slots($1, $2, $3, $4) h) s
           WHERE s.edge > 0 AND s.before IS NOT NULL
           GROUP BY s.point_id, s.edge"#,
        home.0,
        points as _,
        (*first - BEFORE).to_sqlx() as _,
        now.to_sqlx() as _,
        edges.iter().map(|edge| edge.to_sqlx()).collect::<Vec<_>>() as _
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            // Buckets are counted from one.
            let from = usize::try_from(row.edge)
                .ok()?
                .checked_sub(1)
                .and_then(|edge| edges.get(edge))?;
            Some(Used {
                point: row.point,
                from: *from,
                amount: row.used,
            })
        })
        .collect())
}
