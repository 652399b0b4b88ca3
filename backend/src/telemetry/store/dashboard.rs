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
               SELECT d.id, d.unit_id IS NOT NULL AS home, d.kind = 'electricity_meter' AS metered,
                      s.last_seen, s.said_offline, linli.device_rhythm(d.transport, s.rhythm_s) AS rhythm_s
               FROM device d
               LEFT JOIN device_presence s ON s.tenant_id = d.tenant_id AND s.device_id = d.id
               WHERE d.tenant_id = $1 AND d.estate_id = $2 AND d.retired_at IS NULL
           )
           SELECT e.name AS estate_name,
                  (SELECT count(*) FROM household h
                   WHERE h.tenant_id = $1 AND h.estate_id = $2 AND h.ended_on IS NULL) AS "households!",
                  (SELECT count(*) FROM heard) AS "devices!",
                  (SELECT count(*) FROM heard
                   WHERE linli.device_state(last_seen, said_offline, rhythm_s, $3) = 'online') AS "online!",
                  (SELECT sum(w.num)
                   FROM point_newest w
                   JOIN point p ON p.tenant_id = w.tenant_id AND p.id = w.point_id
                   JOIN heard m ON m.id = w.device_id
                   WHERE w.tenant_id = $1 AND w.estate_id = $2 AND p.name = 'power_w' AND m.metered
                     AND (m.home OR NOT EXISTS (SELECT FROM heard o WHERE o.metered AND o.home))
                     AND m.last_seen >= $4 AND NOT m.said_offline AND w.ts >= $4 AND w.quality = 0) AS power_w,
                  ARRAY(SELECT p.id
                        FROM point p JOIN heard m ON m.id = p.device_id
                        WHERE p.tenant_id = $1 AND p.name = 'power_w' AND m.metered
                          AND (m.home OR NOT EXISTS (SELECT FROM heard o WHERE o.metered AND o.home))) AS "power_points!"
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
                device d
                JOIN point p ON p.tenant_id = d.tenant_id AND p.device_id = d.id AND p.name = 'power_w',
                reading_half_hour s
           WHERE d.tenant_id = $1 AND d.estate_id = $2 AND d.kind = 'electricity_meter'
             AND (d.unit_id IS NOT NULL
                  OR NOT EXISTS (SELECT FROM device o WHERE o.tenant_id = $1 AND o.estate_id = $2
                                 AND o.kind = 'electricity_meter' AND o.unit_id IS NOT NULL))
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

/// In the buildings' order; what is read at midnight itself closes the day before. A few short looks into indexes a meter; the steps of a day are walked
/// only where the count went back or there is nothing to count from. Then the first half hour counts
/// from its own least, and where an instrument was replaced in it, from no less than the new one's
/// first: what the old one counted before it is not known.
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
           FROM (SELECT d.kind, p.id AS point_id, d.unit_id, bool_or(d.unit_id IS NOT NULL) OVER (PARTITION BY d.kind) AS homes
                 FROM device d
                 JOIN point p ON p.tenant_id = d.tenant_id AND p.device_id = d.id
                      AND p.name = CASE d.kind WHEN 'water_meter' THEN 'volume_m3' ELSE 'energy_kwh' END
                 WHERE d.tenant_id = $1 AND d.estate_id = $2 AND d.kind IN ('electricity_meter', 'water_meter')) m
           LEFT JOIN unit u ON u.tenant_id = $1 AND u.id = m.unit_id
           LEFT JOIN building b ON b.tenant_id = $1 AND b.id = u.building_id
           LEFT JOIN LATERAL (
               SELECT coalesce(i.carried + i.ratio * s.last, s.last) AS counted
               FROM (SELECT h.last, h.last_ts FROM reading_half_hour h
                     WHERE h.tenant_id = $1 AND h.point_id = m.point_id AND h.slot >= $3 AND h.slot < $4
                       AND h.last_ts > $3
                     ORDER BY h.slot DESC LIMIT 1) s
               LEFT JOIN LATERAL (
                   SELECT t.carried, t.ratio FROM instrument t
                   WHERE t.tenant_id = $1 AND t.point_id = m.point_id AND t.since <= s.last_ts
                   ORDER BY t.since DESC LIMIT 1) i ON true) newest ON true
           LEFT JOIN LATERAL (
               SELECT coalesce(i.carried + i.ratio * s.last, s.last) AS counted
               FROM (SELECT CASE WHEN h.slot = $3 THEN h.opened ELSE h.last END AS last,
                            least(h.last_ts, $3) AS read_at
                     FROM reading_half_hour h
                     WHERE h.tenant_id = $1 AND h.point_id = m.point_id AND h.slot >= $5 AND h.slot <= $3
                       AND (h.slot < $3 OR h.opened IS NOT NULL)
                     ORDER BY h.slot DESC LIMIT 1) s
               LEFT JOIN LATERAL (
                   SELECT t.carried, t.ratio FROM instrument t
                   WHERE t.tenant_id = $1 AND t.point_id = m.point_id AND t.since <= s.read_at
                   ORDER BY t.since DESC LIMIT 1) i ON true) before ON true
           WHERE m.unit_id IS NOT NULL OR NOT m.homes
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
