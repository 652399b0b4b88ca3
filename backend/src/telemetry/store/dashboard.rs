//! The dashboard's figures, one statement each.

use domain::{EstateId, TenantId, telemetry::Slot};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;

use super::super::dashboard::{BEFORE, FRESH};
use crate::kernel::{cx::Cx, error::Result, tx::TenantTx};

pub(in super::super) struct Head {
    pub(in super::super) estate_name: String,
    pub(in super::super) households: i64,
    pub(in super::super) devices: i64,
    pub(in super::super) online: i64,
    pub(in super::super) power_w: Option<f64>,
    pub(in super::super) power_points: Vec<uuid::Uuid>,
}

pub(in super::super) async fn head(
    tx: &mut TenantTx,
    cx: &Cx,
    estate: EstateId,
) -> Result<Option<Head>> {
    Ok(sqlx::query_as!(
        Head,
        r#"WITH heard AS MATERIALIZED (
               SELECT d.id, s.last_seen, s.said_offline, linli.device_rhythm(d.transport, s.rhythm_s) AS rhythm_s
               FROM device d
               LEFT JOIN device_presence s ON s.tenant_id = d.tenant_id AND s.device_id = d.id
               WHERE d.tenant_id = $1 AND d.estate_id = $2 AND d.retired_at IS NULL
           ), metered AS MATERIALIZED (
               SELECT m.device_id, p.id AS point_id
               FROM linli.counting_meters($1, $2) m
               JOIN point p ON p.tenant_id = $1 AND p.device_id = m.device_id AND p.name = 'power_w'
               WHERE m.kind = 'electricity_meter'
           )
           SELECT e.name AS estate_name,
                  (SELECT count(*) FROM household h
                   WHERE h.tenant_id = $1 AND h.estate_id = $2 AND h.ended_on IS NULL) AS "households!",
                  (SELECT count(*) FROM heard) AS "devices!",
                  (SELECT count(*) FROM heard
                   WHERE linli.device_state(last_seen, said_offline, rhythm_s, $3) = 'online') AS "online!",
                  (SELECT sum(w.num)
                   FROM metered m
                   JOIN point_newest w ON w.tenant_id = $1 AND w.point_id = m.point_id
                   JOIN device_presence s ON s.tenant_id = $1 AND s.device_id = m.device_id
                   WHERE s.last_seen >= $4 AND NOT s.said_offline AND w.ts >= $4 AND w.quality = 0) AS power_w,
                  ARRAY(SELECT m.point_id FROM metered m) AS "power_points!"
           FROM estate e WHERE e.tenant_id = $1 AND e.id = $2"#,
        cx.tenant.id.0,
        estate.0,
        cx.now().to_sqlx() as _,
        (cx.now() - FRESH).to_sqlx() as _
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// The sum of the meters' mean power in each half hour of two spans.
pub(in super::super) async fn power(
    tx: &mut TenantTx,
    tenant: TenantId,
    estate: EstateId,
    today: (Timestamp, Timestamp),
    before: (Timestamp, Timestamp),
) -> Result<Vec<Slot>> {
    let rows = sqlx::query!(
        r#"SELECT s.slot AS "slot!: jiff_sqlx::Timestamp", sum(s.total / s.n) AS "watts!"
           FROM (VALUES ($3::timestamptz, $4::timestamptz), ($5::timestamptz, $6::timestamptz)) AS w(since, til),
                linli.counting_meters($1, $2) m
                JOIN point p ON p.tenant_id = $1 AND p.device_id = m.device_id AND p.name = 'power_w',
                reading_half_hour s
           WHERE m.kind = 'electricity_meter'
             AND s.tenant_id = $1 AND s.point_id = p.id AND s.slot >= w.since AND s.slot < w.til
           GROUP BY s.slot ORDER BY s.slot"#,
        tenant.0,
        estate.0,
        today.0.to_sqlx() as _,
        today.1.to_sqlx() as _,
        before.0.to_sqlx() as _,
        before.1.to_sqlx() as _
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Slot {
            ts: row.slot.to_jiff(),
            value: row.watts,
        })
        .collect())
}

/// What the meters of one kind in one building counted since midnight.
pub(in super::super) struct UsedRow {
    pub(in super::super) kind: String,
    /// `None` for the estate's own meters.
    pub(in super::super) building: Option<String>,
    /// `None` where nothing was read today.
    pub(in super::super) amount: Option<f64>,
}

/// In the buildings' order; what is read at midnight itself closes the day before. A few short looks
/// into indexes a meter; the steps of a day are walked only where the count went back or there is
/// nothing to count from. Then the first half hour counts from its own least, and where an instrument
/// was replaced in it, from no less than the new one's first: what the old one counted before it is
/// not known.
pub(in super::super) async fn uses(
    tx: &mut TenantTx,
    tenant: TenantId,
    estate: EstateId,
    (day_start, day_end): (Timestamp, Timestamp),
) -> Result<Vec<UsedRow>> {
    Ok(sqlx::query_as!(
        UsedRow,
        r#"SELECT m.kind AS "kind!", b.name AS "building?",
                  sum(CASE WHEN newest.counted >= before.counted THEN newest.counted - before.counted
                           WHEN newest.counted IS NOT NULL THEN
                               (SELECT sum(greatest(t.counted - t.before, 0))
                                FROM (SELECT c.counted,
                                             coalesce(lag(c.counted) OVER (ORDER BY s.slot), before.counted, c.least) AS before
                                      FROM reading_half_hour s
                                      LEFT JOIN LATERAL (
                                          SELECT t.carried, t.ratio, t.since, t.first_register FROM instrument t
                                          WHERE t.tenant_id = $1 AND t.point_id = m.point_id AND t.since <= s.last_ts
                                          ORDER BY t.since DESC LIMIT 1) i ON true
                                      CROSS JOIN LATERAL (
                                          SELECT coalesce(i.carried + i.ratio * s.last, s.last) AS counted,
                                                 coalesce(i.carried + i.ratio * CASE WHEN i.since > s.slot
                                                     THEN greatest(s.low, i.first_register) ELSE s.low END, s.low) AS least) c
                                      WHERE s.tenant_id = $1 AND s.point_id = m.point_id
                                        AND s.slot >= $3 AND s.slot < $4) t)
                      END) AS amount
           FROM (SELECT c.kind, p.id AS point_id, c.unit_id
                 FROM linli.counting_meters($1, $2) c
                 JOIN point p ON p.tenant_id = $1 AND p.device_id = c.device_id
                      AND p.name = CASE c.kind WHEN 'water_meter' THEN 'volume_m3' ELSE 'energy_kwh' END
                 WHERE c.kind IN ('electricity_meter', 'water_meter')) m
           LEFT JOIN unit u ON u.tenant_id = $1 AND u.id = m.unit_id
           LEFT JOIN building b ON b.tenant_id = $1 AND b.id = u.building_id
           LEFT JOIN LATERAL (
               SELECT c.counted
               FROM (SELECT h.last, h.last_ts FROM reading_half_hour h
                     WHERE h.tenant_id = $1 AND h.point_id = m.point_id AND h.slot >= $3 AND h.slot < $4
                       AND h.last_ts > $3
                     ORDER BY h.slot DESC LIMIT 1) s
               CROSS JOIN LATERAL linli.counted($1, m.point_id, s.last, s.last_ts) c) newest ON true
           LEFT JOIN LATERAL linli.counted_at($1, m.point_id, $3, $5) before ON true
           GROUP BY m.kind, b.id, b.name, b.sort_key
           ORDER BY b.sort_key, b.id, m.kind"#,
        tenant.0,
        estate.0,
        day_start.to_sqlx() as _,
        day_end.to_sqlx() as _,
        (day_start - BEFORE).to_sqlx() as _
    )
    .fetch_all(tx.conn())
    .await?)
}
