//! How doors stand, and when they were opened. A partial index (`reading_on`) holds the readings that say
//! on, so that none of this reads through a day of doors that were shut. Bounds of time are values that are
//! known beforehand, so that partitions are left out once and not for each reading.

use std::collections::HashMap;

use domain::{
    DeviceId, EstateId, PointId, UnitId,
    devices::Transport,
    identity::Place,
    telemetry::doors::{DoorPoints, LOOK_BACK},
};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::types::Json;

use crate::kernel::{cx::Cx, error::Result, tx::TenantTx};

/// How one door stands.
#[derive(Debug)]
pub(in super::super) struct Leaves {
    pub(in super::super) at: Place,
    pub(in super::super) transport: Transport,
    pub(in super::super) points: DoorPoints,
    /// `None` where it never said.
    pub(in super::super) open: Option<bool>,
    pub(in super::super) says_held: bool,
    pub(in super::super) open_since: Option<Timestamp>,
    pub(in super::super) opened_at: Option<Timestamp>,
    pub(in super::super) opened_by: Option<String>,
}

/// How some doors stand; what was before `since` is not looked for.
pub(in super::super) async fn leaves(
    tx: &mut TenantTx,
    cx: &Cx,
    doors: &[DeviceId],
    since: Timestamp,
) -> Result<HashMap<DeviceId, Leaves>> {
    let rows = sqlx::query!(
        r#"SELECT d.id AS "id: DeviceId", d.estate_id AS "estate: EstateId", d.unit_id AS "unit: UnitId",
                  d.transport AS "transport: Json<Transport>",
                  o.id AS "open_point?: PointId", h.id AS "held_point?: PointId", b.id AS "by_point?: PointId",
                  w.num = 1 AS "open?", coalesce(v.num = 1, false) AS "held!",
                  CASE WHEN w.num = 1 THEN
                      (SELECT min(r.ts) FROM reading r
                       WHERE r.tenant_id = $1 AND r.point_id = o.id AND r.num = 1 AND r.ts >= $3
                         AND r.ts > coalesce((SELECT max(c.ts) FROM reading c
                                              WHERE c.tenant_id = $1 AND c.point_id = o.id AND c.ts >= $3
                                                AND c.num <> 1), '-infinity'))
                      END AS "open_since: jiff_sqlx::Timestamp",
                  l.ts AS "opened_at?: jiff_sqlx::Timestamp",
                  (SELECT t.txt FROM reading t
                   WHERE t.tenant_id = $1 AND t.point_id = b.id AND t.ts = l.ts) AS opened_by
           FROM device d
           LEFT JOIN point o ON o.tenant_id = $1 AND o.device_id = d.id AND o.name = 'open' AND o.value_type = 'bool'
           LEFT JOIN point h ON h.tenant_id = $1 AND h.device_id = d.id AND h.name = 'held_open' AND h.value_type = 'bool'
           LEFT JOIN point b ON b.tenant_id = $1 AND b.device_id = d.id AND b.name = 'opened_by' AND b.value_type = 'text'
           LEFT JOIN point_newest w ON w.tenant_id = $1 AND w.point_id = o.id
           LEFT JOIN point_newest v ON v.tenant_id = $1 AND v.point_id = h.id
           LEFT JOIN LATERAL (
               SELECT r.ts FROM reading r
               WHERE r.tenant_id = $1 AND r.point_id = o.id AND r.num = 1 AND r.ts >= $3
                 AND coalesce((SELECT q.num FROM reading q
                               WHERE q.tenant_id = $1 AND q.point_id = o.id AND q.ts < r.ts AND q.ts >= $4
                               ORDER BY q.ts DESC LIMIT 1), 0) <> 1
               ORDER BY r.ts DESC LIMIT 1) l ON true
           WHERE d.tenant_id = $1 AND d.id = ANY ($2)"#,
        cx.tenant.id.0,
        doors as _,
        since.to_sqlx() as _,
        (since - LOOK_BACK).to_sqlx() as _
    )
    .fetch_all(tx.conn())
    .await?;
    let all = rows.into_iter().map(|row| {
        let leaves = Leaves {
            at: Place::hanging(row.estate, row.unit),
            transport: row.transport.0,
            points: DoorPoints {
                open: row.open_point,
                held_open: row.held_point,
                opened_by: row.by_point,
            },
            open: row.open,
            says_held: row.held,
            open_since: row.open_since.map(jiff_sqlx::Timestamp::to_jiff),
            opened_at: row.opened_at.map(jiff_sqlx::Timestamp::to_jiff),
            opened_by: row.opened_by,
        };
        (row.id, leaves)
    });
    Ok(all.collect())
}

/// The last openings of some doors, newest first, each with what the door said of it.
pub(in super::super) async fn openings(
    tx: &mut TenantTx,
    cx: &Cx,
    doors: &[(DeviceId, &Leaves)],
    most: usize,
) -> Result<Vec<(DeviceId, Timestamp, Option<String>)>> {
    let told: Vec<_> = doors
        .iter()
        .filter_map(|(door, leaves)| Some((door.0, leaves.points.open?.0, leaves.points.opened_by)))
        .collect();
    let ids: Vec<_> = told.iter().map(|each| each.0).collect();
    let open: Vec<_> = told.iter().map(|each| each.1).collect();
    let by: Vec<_> = told.iter().map(|each| each.2.map(|id| id.0)).collect();
    let rows = sqlx::query!(
        r#"SELECT x.door AS "door!: DeviceId", l.ts AS "at!: jiff_sqlx::Timestamp",
                  (SELECT t.txt FROM reading t
                   WHERE t.tenant_id = $1 AND t.point_id = x.by AND t.ts = l.ts) AS by
           FROM UNNEST($2::uuid[], $3::uuid[], $4::uuid[]) AS x(door, open, by)
           CROSS JOIN LATERAL (
               SELECT r.ts FROM reading r
               WHERE r.tenant_id = $1 AND r.point_id = x.open AND r.num = 1 AND r.ts >= $5
                 AND coalesce((SELECT q.num FROM reading q
                               WHERE q.tenant_id = $1 AND q.point_id = x.open AND q.ts < r.ts AND q.ts >= $7
                               ORDER BY q.ts DESC LIMIT 1), 0) <> 1
               ORDER BY r.ts DESC LIMIT $6) l
           ORDER BY l.ts DESC, x.door LIMIT $6"#,
        cx.tenant.id.0,
        &ids,
        &open,
        &by as _,
        (cx.now() - LOOK_BACK).to_sqlx() as _,
        i64::try_from(most).unwrap_or(i64::MAX),
        (cx.now() - LOOK_BACK * 2).to_sqlx() as _
    )
    .fetch_all(tx.conn())
    .await?;
    let rows = rows.into_iter();
    Ok(rows
        .map(|row| (row.door, row.at.to_jiff(), row.by))
        .collect())
}

/// How often some doors were opened in the local hours of two spans, and whether they said anything in
/// them at all.
#[derive(Debug, Default)]
pub(in super::super) struct Counted {
    pub(in super::super) today: Vec<(i32, i64)>,
    pub(in super::super) before: Vec<(i32, i64)>,
    pub(in super::super) said_today: bool,
    pub(in super::super) said_before: bool,
}

pub(in super::super) async fn hours(
    tx: &mut TenantTx,
    cx: &Cx,
    open: &[PointId],
    today: (Timestamp, Timestamp),
    before: (Timestamp, Timestamp),
) -> Result<Counted> {
    let rows = sqlx::query!(
        r#"WITH spans(before, since, til) AS (
               VALUES (false, $3::timestamptz, $4::timestamptz), (true, $5::timestamptz, $6::timestamptz)
           )
           SELECT s.before AS "before!", NULL::integer AS hour, count(*) AS "n!"
           FROM spans s, UNNEST($2::uuid[]) AS x(point)
           WHERE EXISTS (SELECT FROM reading r
                         WHERE r.tenant_id = $1 AND r.point_id = x.point AND r.ts >= s.since AND r.ts < s.til)
           GROUP BY s.before
           UNION ALL
           SELECT s.before, extract(hour FROM r.ts AT TIME ZONE $7::text)::integer, count(*)
           FROM spans s, UNNEST($2::uuid[]) AS x(point), reading r
           WHERE r.tenant_id = $1 AND r.point_id = x.point AND r.num = 1 AND r.ts >= s.since AND r.ts < s.til
             AND r.ts >= $5 AND r.ts < $4
             AND coalesce((SELECT q.num FROM reading q
                           WHERE q.tenant_id = $1 AND q.point_id = x.point
                             AND q.ts < r.ts AND q.ts >= $8 AND q.ts < $4
                           ORDER BY q.ts DESC LIMIT 1), 0) <> 1
           GROUP BY 1, 2"#,
        cx.tenant.id.0,
        open as _,
        today.0.to_sqlx() as _,
        today.1.to_sqlx() as _,
        before.0.to_sqlx() as _,
        before.1.to_sqlx() as _,
        cx.tenant.zone.iana_name().unwrap_or("UTC"),
        (before.0 - LOOK_BACK).to_sqlx() as _
    )
    .fetch_all(tx.conn())
    .await?;
    let mut counted = Counted::default();
    for row in rows {
        match (row.before, row.hour) {
            (false, None) => counted.said_today = true,
            (true, None) => counted.said_before = true,
            (false, Some(hour)) => counted.today.push((hour, row.n)),
            (true, Some(hour)) => counted.before.push((hour, row.n)),
        }
    }
    Ok(counted)
}
