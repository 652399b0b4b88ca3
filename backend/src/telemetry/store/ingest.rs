//! The one statement that stores, and what it needs beforehand.

use std::collections::HashMap;

use domain::{
    DeviceId, EstateId, PointId, TenantId,
    devices::{DeviceKind, ValidRange, ValueType, instruments::RegisterEnd},
    telemetry::{Newest, Quality, Refusal, Value},
};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;

use super::super::{
    ingest::{Arrived, Good, Unread},
    registry::{Known, KnownPoint},
};
use crate::{
    devices,
    kernel::{error::Result, tx::TenantTx},
};

pub(in super::super) async fn make_partitions(
    tx: &mut TenantTx,
    from: Timestamp,
    to: Timestamp,
) -> Result<i32> {
    Ok(sqlx::query_scalar!(
        r#"SELECT linli.make_reading_partitions($1, $2) AS "made!""#,
        from.to_sqlx() as _,
        to.to_sqlx() as _
    )
    .fetch_one(tx.conn())
    .await?)
}

pub(in super::super) async fn drop_partitions(
    tx: &mut TenantTx,
    kept_months: u16,
    now: Timestamp,
) -> Result<i32> {
    Ok(sqlx::query_scalar!(
        r#"SELECT linli.drop_reading_partitions($1, $2) AS "dropped!""#,
        i32::from(kept_months),
        now.to_sqlx() as _
    )
    .fetch_one(tx.conn())
    .await?)
}

/// The points of some devices by name. A device that is not there is not in the answer.
pub(in super::super) async fn points_of(
    tx: &mut TenantTx,
    tenant: TenantId,
    devices: &[DeviceId],
    now: Timestamp,
) -> Result<HashMap<DeviceId, Known>> {
    let rows = sqlx::query!(
        r#"SELECT d.id AS "device: DeviceId", p.id AS "point?: PointId", p.name AS "name?", p.value_type AS "value_type?",
                  p.valid_min AS "min?", p.valid_max AS "max?", d.kind
           FROM device d LEFT JOIN point p ON p.tenant_id = d.tenant_id AND p.device_id = d.id
           WHERE d.tenant_id = $1 AND d.id = ANY ($2)"#,
        tenant.0,
        devices as _
    )
    .fetch_all(tx.conn())
    .await?;
    let mut found = HashMap::new();
    for row in rows {
        let known = found.entry(row.device).or_insert_with(|| Known::new(now));
        let value_type = row.value_type.as_deref().and_then(ValueType::parse);
        if let (Some(point), Some(name), Some(value_type)) = (row.point, row.name, value_type) {
            let range = ValidRange {
                min: row.min,
                max: row.max,
            };
            let register = DeviceKind::parse(&row.kind).and_then(DeviceKind::register);
            let point = KnownPoint {
                id: point,
                value_type,
                range,
                end: range
                    .max
                    .filter(|_| register == Some(name.as_str()))
                    .and_then(RegisterEnd::after),
            };
            known.points.insert(name, point);
        }
    }
    Ok(found)
}

/// What became of a batch.
#[derive(Debug, Default)]
pub(in super::super) struct Stored {
    /// What became the newest of its point.
    pub(in super::super) newest: Vec<(PointId, Timestamp)>,
    /// For how many readings the day had no room, and how many were there already; counted among the
    /// refusals.
    pub(in super::super) over: i64,
    pub(in super::super) twice: i64,
    /// The company is suspended: the transaction must not be committed.
    pub(in super::super) suspended: bool,
}

/// Stores readings and all that follows from them, for as many as the company's day has room for.
/// All three lists are in the order of their keys and without repetition.
///
/// Room and count are of this one statement: it costs no round trip, and what is counted is what is
/// stored, whatever dies in between. Two processes that store for one company at the same moment
/// may both see the same room: then a day takes a batch too much.
#[expect(clippy::too_many_lines, reason = "one statement, and what it is given")]
pub(in super::super) async fn store(
    tx: &mut TenantTx,
    tenant: TenantId,
    readings: &[Good],
    presence: &[(DeviceId, Timestamp, bool)],
    refused: &[(DeviceId, Refusal, i64)],
    now: Timestamp,
) -> Result<Stored> {
    let nums = readings.iter().map(|good| match &good.value {
        Value::Number(number) => Some(*number),
        Value::Bool(on) => Some(f64::from(u8::from(*on))),
        Value::Text(_) => None,
    });
    let texts = readings.iter().map(|good| match &good.value {
        Value::Text(text) => Some(text.as_str()),
        _ => None,
    });
    let summed = readings
        .iter()
        .map(|good| good.quality == Quality::Good && matches!(good.value, Value::Number(_)));
    let rows = sqlx::query!(
        r#"WITH allowed AS MATERIALIZED (
               SELECT * FROM linli.allowance($16)
           ), sent AS (
               SELECT * FROM UNNEST($2::uuid[], $3::timestamptz[], $4::uuid[], $5::uuid[],
                                    $6::float8[], $7::text[], $8::smallint[], $9::bool[]) WITH ORDINALITY
                        AS s(point_id, ts, device_id, estate_id, num, txt, quality, summed, nth)
           ), stored AS (
               INSERT INTO reading (tenant_id, point_id, ts, num, txt, quality)
               SELECT $1, s.point_id, s.ts, s.num, s.txt, s.quality
               FROM sent s, allowed a WHERE s.nth <= a.room
               ON CONFLICT DO NOTHING
               RETURNING point_id, ts
           ), over AS (
               -- What was there already is no loss.
               SELECT s.device_id FROM sent s, allowed a
               WHERE s.nth > a.room
                 AND NOT EXISTS (SELECT FROM reading r
                                 WHERE r.tenant_id = $1 AND r.point_id = s.point_id AND r.ts = s.ts)
           ), fresh AS (
               -- What was there already goes no further.
               SELECT s.* FROM sent s JOIN stored USING (point_id, ts)
           ), twice AS (
               -- What is left of what was sent. To look for each one would compare all with all.
               SELECT t.device_id, sum(t.n) AS count
               FROM (SELECT s.device_id, 1 AS n FROM sent s
                     UNION ALL SELECT f.device_id, -1 FROM fresh f
                     UNION ALL SELECT o.device_id, -1 FROM over o) t
               GROUP BY t.device_id HAVING sum(t.n) > 0
           ), newest AS (
               INSERT INTO point_newest AS w (tenant_id, point_id, device_id, estate_id, ts, num, txt, quality)
               SELECT DISTINCT ON (f.point_id)
                      $1, f.point_id, f.device_id, f.estate_id, f.ts, f.num, f.txt, f.quality
               FROM fresh f ORDER BY f.point_id, f.ts DESC
               ON CONFLICT (tenant_id, point_id) DO UPDATE
               SET ts = excluded.ts, num = excluded.num, txt = excluded.txt, quality = excluded.quality,
                   estate_id = excluded.estate_id
               -- What is from further ahead than is taken was stored while our own clock was wrong.
               WHERE excluded.ts > w.ts OR w.ts > $16 + interval '1 day'
               RETURNING point_id, ts
           ), slots AS (
               INSERT INTO reading_half_hour AS h (tenant_id, point_id, slot, n, total, low, high, last, last_ts, opened)
               SELECT $1, f.point_id, date_bin('30 minutes', f.ts, '2000-01-01Z') AS slot, count(*), sum(f.num),
                      min(f.num), max(f.num), (array_agg(f.num ORDER BY f.ts DESC))[1], max(f.ts),
                      max(f.num) FILTER (WHERE f.ts = date_bin('30 minutes', f.ts, '2000-01-01Z'))
               FROM fresh f WHERE f.summed
               GROUP BY f.point_id, date_bin('30 minutes', f.ts, '2000-01-01Z')
               ORDER BY f.point_id, slot
               ON CONFLICT (tenant_id, point_id, slot) DO UPDATE
               SET n = h.n + excluded.n,
                   total = h.total + excluded.total,
                   low = least(h.low, excluded.low),
                   high = greatest(h.high, excluded.high),
                   last = CASE WHEN excluded.last_ts > h.last_ts THEN excluded.last ELSE h.last END,
                   last_ts = greatest(h.last_ts, excluded.last_ts),
                   opened = coalesce(excluded.opened, h.opened)
           ), heard AS (
               -- The rhythm is that of arrivals, and not of the readings' own times: a meter that reads
               -- itself every minute and tells it once an hour is well when it is heard once an hour,
               -- and a device's clock may stand still. Who says farewell does not speak to be heard.
               INSERT INTO device_presence AS o (tenant_id, device_id, last_seen, said_offline, beat_at)
               SELECT $1, p.device_id, p.heard, p.offline, CASE WHEN NOT p.offline THEN p.heard END
               FROM UNNEST($10::uuid[], $11::timestamptz[], $12::bool[]) AS p(device_id, heard, offline)
               -- Whoever speaks many times a second, a gateway for all that is behind it, is written once. A
               -- value and no EXISTS, which would be joined with all that are there.
               WHERE NOT coalesce((SELECT NOT o.said_offline AND NOT p.offline
                                          AND o.last_seen > p.heard - interval '1 second' AND o.last_seen <= p.heard
                                          AND o.beat_at > p.heard - interval '1 second'
                                   FROM device_presence o
                                   WHERE o.tenant_id = $1 AND o.device_id = p.device_id), false)
               ON CONFLICT (tenant_id, device_id) DO UPDATE
               -- Nobody was heard later than now, and a moment for clocks of two machines, unless ours was wrong.
               SET said_offline = CASE WHEN o.last_seen > excluded.last_seen AND o.last_seen <= $16 + interval '1 minute' THEN o.said_offline
                                       ELSE excluded.said_offline END,
                   last_seen = CASE WHEN o.last_seen > $16 + interval '1 minute' THEN excluded.last_seen
                                    ELSE greatest(o.last_seen, excluded.last_seen) END,
                   rhythm_s = CASE WHEN excluded.beat_at >= o.beat_at + interval '1 second'
                                   THEN linli.rhythm_after(o.rhythm_s, extract(epoch FROM excluded.beat_at - o.beat_at)::float8)
                                   ELSE o.rhythm_s END,
                   beat_at = CASE WHEN o.beat_at IS NULL OR o.beat_at > $16 + interval '1 minute'
                                       OR excluded.beat_at >= o.beat_at + interval '1 second'
                                  THEN excluded.beat_at ELSE o.beat_at END
           ), counted AS (
               INSERT INTO refusal AS c (tenant_id, device_id, reason, count, last_at)
               SELECT $1, r.device_id, r.reason, sum(r.count)::bigint, $16
               FROM (SELECT * FROM UNNEST($13::uuid[], $14::text[], $15::bigint[]) AS r(device_id, reason, count)
                     UNION ALL
                     SELECT o.device_id, $17, count(*) FROM over o GROUP BY o.device_id
                     UNION ALL
                     SELECT t.device_id, $18, t.count FROM twice t
                    ) r
               GROUP BY r.device_id, r.reason ORDER BY r.device_id, r.reason
               ON CONFLICT (tenant_id, device_id, reason) DO UPDATE
               SET count = c.count + excluded.count, last_at = greatest(c.last_at, excluded.last_at)
           ), today AS (
               INSERT INTO usage_day AS d (tenant_id, day, readings)
               SELECT $1, a.day, f.readings
               FROM allowed a, (SELECT count(*) AS readings FROM stored) f WHERE f.readings > 0
               ON CONFLICT (tenant_id, day) DO UPDATE SET readings = d.readings + excluded.readings
           )
           SELECT point_id AS "point?: PointId", ts AS "ts?: jiff_sqlx::Timestamp",
                  0::bigint AS "over!", 0::bigint AS "twice!", false AS "suspended!"
           FROM newest
           UNION ALL
           SELECT NULL, NULL, (SELECT count(*) FROM over), (SELECT coalesce(sum(count), 0)::bigint FROM twice), a.suspended FROM allowed a"#,
        tenant.0,
        readings.iter().map(|good| good.point).collect::<Vec<_>>() as _,
        readings.iter().map(|good| good.ts.to_sqlx()).collect::<Vec<_>>() as _,
        readings.iter().map(|good| good.device).collect::<Vec<_>>() as _,
        readings.iter().map(|good| good.estate).collect::<Vec<_>>() as _,
        nums.collect::<Vec<_>>() as _,
        texts.collect::<Vec<_>>() as _,
        readings.iter().map(|good| stored(good.quality)).collect::<Vec<_>>() as _,
        summed.collect::<Vec<_>>() as _,
        presence.iter().map(|entry| entry.0).collect::<Vec<_>>() as _,
        presence.iter().map(|entry| entry.1.to_sqlx()).collect::<Vec<_>>() as _,
        presence.iter().map(|entry| entry.2).collect::<Vec<_>>() as _,
        refused.iter().map(|entry| entry.0).collect::<Vec<_>>() as _,
        refused.iter().map(|entry| entry.1.as_str()).collect::<Vec<_>>() as _,
        refused.iter().map(|entry| entry.2).collect::<Vec<_>>() as _,
        now.to_sqlx() as _,
        Refusal::OverQuota.as_str(),
        Refusal::Duplicate.as_str()
    )
    .fetch_all(tx.conn())
    .await?;
    let mut stored = Stored::default();
    for row in rows {
        stored.over += row.over;
        stored.twice += row.twice;
        stored.suspended |= row.suspended;
        stored
            .newest
            .extend(row.point.zip(row.ts.map(jiff_sqlx::Timestamp::to_jiff)));
    }
    Ok(stored)
}

/// Lets the newest values of some points count as failed, where nothing newer was read than what failed;
/// answers those that did not before.
pub(in super::super) async fn fail(
    tx: &mut TenantTx,
    tenant: TenantId,
    unread: &[Unread],
) -> Result<Vec<Arrived>> {
    let rows = sqlx::query!(
        r#"WITH failed AS (
               -- In the order in which ingest locks them.
               SELECT n.point_id FROM point_newest n
               JOIN UNNEST($2::uuid[], $4::timestamptz[]) AS w(point_id, ts) ON w.point_id = n.point_id
               WHERE n.tenant_id = $1 AND n.quality <> $3 AND (w.ts IS NULL OR n.ts <= w.ts)
               ORDER BY n.point_id FOR UPDATE OF n
           )
           UPDATE point_newest n SET quality = $3
           FROM failed f, point p
           WHERE n.tenant_id = $1 AND n.point_id = f.point_id AND p.tenant_id = $1 AND p.id = f.point_id
           RETURNING n.point_id AS "point: PointId", n.device_id AS "device: DeviceId",
                     n.estate_id AS "estate: EstateId", n.ts AS "ts: jiff_sqlx::Timestamp", n.num, n.txt,
                     p.name, p.value_type"#,
        tenant.0,
        unread.iter().map(|unread| unread.point).collect::<Vec<_>>() as _,
        stored(Quality::Failed),
        unread.iter().map(|unread| unread.ts.map(jiff_sqlx::Timestamp::from)).collect::<Vec<_>>() as _
    )
    .fetch_all(tx.conn())
    .await?;
    let rows = rows.into_iter();
    Ok(rows
        .filter_map(|row| {
            let value = devices::stored::value(Some(&row.value_type), row.num, row.txt)?;
            Some(Arrived {
                estate: row.estate,
                newest: Newest {
                    point: row.point,
                    device: row.device,
                    name: row.name,
                    ts: row.ts.to_jiff(),
                    value,
                    quality: Quality::Failed,
                },
            })
        })
        .collect())
}

/// Keeps why points could not be read, where that was not known: a register that fails in each poll is
/// written once. In the order of their keys, as [`fail`] locks them.
pub(in super::super) async fn say_why(
    tx: &mut TenantTx,
    tenant: TenantId,
    unread: &[Unread],
) -> Result<()> {
    sqlx::query!(
        r#"WITH failed AS (
               SELECT p.id, w.reason FROM point p
               JOIN UNNEST($2::uuid[], $3::text[]) AS w(point_id, reason) ON w.point_id = p.id
               WHERE p.tenant_id = $1 AND p.unread_as IS DISTINCT FROM w.reason
               ORDER BY p.id FOR NO KEY UPDATE OF p
           )
           UPDATE point p SET unread_as = f.reason FROM failed f
           WHERE p.tenant_id = $1 AND p.id = f.id"#,
        tenant.0,
        unread.iter().map(|unread| unread.point).collect::<Vec<_>>() as _,
        unread
            .iter()
            .map(|unread| unread.reason.as_str())
            .collect::<Vec<_>>() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The other way round of [`crate::devices::stored::quality`].
const fn stored(quality: Quality) -> i16 {
    match quality {
        Quality::Good => 0,
        Quality::Stale => 1,
        Quality::Failed => 2,
    }
}
