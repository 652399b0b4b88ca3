//! Steps of a point's history.

use domain::{
    DeviceId, EstateId, PointId, TenantId,
    devices::{DeviceKind, ValueType},
    telemetry::Summary,
};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;

use crate::kernel::{
    error::{Error, Result},
    tx::TenantTx,
};

/// What has to be known of a point before its history is made.
pub(in super::super) struct PointRow {
    pub(in super::super) name: String,
    pub(in super::super) unit: String,
    pub(in super::super) value_type: ValueType,
    pub(in super::super) device: DeviceId,
    /// The device's.
    pub(in super::super) key: String,
    pub(in super::super) estate: EstateId,
    kind: DeviceKind,
}

impl PointRow {
    /// Only what a meter counts is used up.
    pub(in super::super) fn keep_use(&self, made: &mut [Summary]) {
        if self.kind.register() != Some(self.name.as_str()) {
            for summary in made {
                summary.used = None;
            }
        }
    }
}

pub(in super::super) async fn point(
    tx: &mut TenantTx,
    tenant: TenantId,
    point: PointId,
) -> Result<Option<PointRow>> {
    let row = sqlx::query!(
        r#"SELECT p.name, p.unit, p.value_type, d.kind, d.key,
                  d.id AS "device: DeviceId", d.estate_id AS "estate: EstateId"
           FROM point p JOIN device d ON d.tenant_id = p.tenant_id AND d.id = p.device_id
           WHERE p.tenant_id = $1 AND p.id = $2"#,
        tenant.0,
        point.0
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let known = ValueType::parse(&row.value_type).zip(DeviceKind::parse(&row.kind));
    let (value_type, kind) = known.ok_or_else(|| Error::internal("unknown kind of point"))?;
    Ok(Some(PointRow {
        name: row.name,
        unit: row.unit,
        value_type,
        device: row.device,
        key: row.key,
        estate: row.estate,
        kind,
    }))
}

/// Which steps are asked for.
pub(in super::super) struct Span<'a> {
    /// The step, as `date_trunc` calls it; of readings also `quarter_hour`. A `minute` of half hours
    /// is a half hour.
    pub(in super::super) field: &'static str,
    /// Whose calendar days are.
    pub(in super::super) zone: &'a str,
    pub(in super::super) from: Timestamp,
    pub(in super::super) to: Timestamp,
    /// The start of the last step of the page before; 1970 on the first one.
    pub(in super::super) after: Timestamp,
    pub(in super::super) rows: i64,
}

struct Row {
    step: jiff_sqlx::Timestamp,
    low: f64,
    high: f64,
    mean: f64,
    last: f64,
    used: Option<f64>,
}

impl From<Row> for Summary {
    fn from(row: Row) -> Self {
        Self {
            ts: row.step.to_jiff(),
            min: row.low,
            max: row.high,
            mean: row.mean,
            last: row.last,
            used: row.used,
        }
    }
}

/// From half hours. The one before the span tells what the register stood at when it began. What a
/// register counted is by the instrument of the reading's own time; what is read at the very moment in
/// which one step ends and the next begins was used in the one that ends, where that is there.
pub(in super::super) async fn of_half_hours(
    tx: &mut TenantTx,
    tenant: TenantId,
    point: PointId,
    span: &Span<'_>,
) -> Result<Vec<Summary>> {
    let rows = sqlx::query_as!(
        Row,
        r#"WITH bounds AS (
               SELECT date_trunc($3::text, greatest($5::timestamptz, $7::timestamptz), $4::text) AS first
           ), hung AS MATERIALIZED (
               SELECT t.since, lead(t.since) OVER (ORDER BY t.since) AS til, t.carried, t.ratio
               FROM instrument t WHERE t.tenant_id = $1 AND t.point_id = $2
           ), halves AS (
               -- Sub-selects and no join: an index takes them for a bound.
               (SELECT h.* FROM reading_half_hour h
                WHERE h.tenant_id = $1 AND h.point_id = $2 AND h.slot < (SELECT first FROM bounds)
                ORDER BY h.slot DESC LIMIT 1)
               UNION ALL
               SELECT h.* FROM reading_half_hour h
               WHERE h.tenant_id = $1 AND h.point_id = $2
                 AND h.slot >= (SELECT first FROM bounds) AND h.slot < $6::timestamptz + interval '25 hours'
           ), counted AS (
               SELECT v.*, date_trunc($3, v.slot, $4) AS step, coalesce(i.carried + i.ratio * v.last, v.last) AS counted,
                      coalesce(o.carried + o.ratio * v.opened, v.opened) AS edge
               FROM halves v
               LEFT JOIN hung i ON i.since <= v.last_ts AND (i.til IS NULL OR i.til > v.last_ts)
               LEFT JOIN hung o ON v.opened IS NOT NULL AND o.since <= v.slot AND (o.til IS NULL OR o.til > v.slot)
           ), stepped AS (
               -- What is the last of its step is seen by the next one: to sort each step once more
               -- would take longer than to read it.
               SELECT h.*, lag(h.counted) OVER course AS before, lag(h.step) OVER course AS prior,
                      lead(h.step) OVER course AS next, lead(h.edge) OVER course AS then_edge,
                      lead(h.ends) OVER course AS then_ends
               FROM (SELECT c.*, CASE WHEN c.edge IS NULL OR c.slot <> c.step THEN NULL
                                      WHEN $3 = 'minute' THEN c.slot - interval '30 minutes'
                                      ELSE date_trunc($3, c.slot - interval '1 microsecond', $4) END AS ends
                     FROM counted c) h
               WINDOW course AS (ORDER BY h.slot)
           )
           SELECT s.step AS "step!: jiff_sqlx::Timestamp", min(s.low) AS "low!", max(s.high) AS "high!",
                  sum(s.total) / sum(s.n) AS "mean!",
                  max(s.last) FILTER (WHERE s.next IS DISTINCT FROM s.step) AS "last!",
                  coalesce(sum(u.own) + sum(u.closing), sum(u.own), sum(u.closing)) AS used
           FROM stepped s
           CROSS JOIN LATERAL (
               SELECT CASE WHEN s.ends IS DISTINCT FROM s.prior OR s.ends IS NULL THEN greatest(s.counted, s.before) - s.before
                           WHEN s.last_ts > s.slot THEN greatest(s.counted, s.edge) - s.edge END AS own,
                      CASE WHEN s.then_ends = s.step THEN greatest(s.then_edge, s.counted) - s.counted END AS closing) u
           WHERE s.step >= (SELECT first FROM bounds) AND s.step > $7 AND s.step < $6
           GROUP BY s.step ORDER BY s.step LIMIT $8"#,
        tenant.0,
        point.0,
        span.field,
        span.zone,
        span.from.to_sqlx() as _,
        span.to.to_sqlx() as _,
        span.after.to_sqlx() as _,
        span.rows
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Summary::from).collect())
}

/// From the readings themselves; the same is used in the step that ends there.
pub(in super::super) async fn of_readings(
    tx: &mut TenantTx,
    tenant: TenantId,
    point: PointId,
    span: &Span<'_>,
) -> Result<Vec<Summary>> {
    let rows = sqlx::query_as!(
        Row,
        r#"WITH bounds AS (
               SELECT CASE WHEN $3::text = 'quarter_hour'
                           THEN date_bin('15 minutes', greatest($5::timestamptz, $7::timestamptz), '2000-01-01Z')
                           ELSE date_trunc($3, greatest($5, $7), $4::text) END AS first
           ), hung AS MATERIALIZED (
               SELECT t.since, lead(t.since) OVER (ORDER BY t.since) AS til, t.carried, t.ratio
               FROM instrument t WHERE t.tenant_id = $1 AND t.point_id = $2
           ), said AS (
               (SELECT r.ts, r.num FROM reading r
                WHERE r.tenant_id = $1 AND r.point_id = $2 AND r.quality = 0 AND r.num IS NOT NULL
                  AND r.ts < (SELECT first FROM bounds) AND r.ts >= (SELECT first FROM bounds) - interval '31 days'
                ORDER BY r.ts DESC LIMIT 1)
               UNION ALL
               SELECT r.ts, r.num FROM reading r
               WHERE r.tenant_id = $1 AND r.point_id = $2 AND r.quality = 0 AND r.num IS NOT NULL
                 AND r.ts >= (SELECT first FROM bounds) AND r.ts < $6::timestamptz + interval '25 hours'
           ), counted AS (
               SELECT v.ts, v.num, coalesce(i.carried + i.ratio * v.num, v.num) AS counted,
                      CASE WHEN $3 = 'quarter_hour' THEN date_bin('15 minutes', v.ts, '2000-01-01Z')
                           ELSE date_trunc($3, v.ts, $4) END AS step
               FROM said v
               LEFT JOIN hung i ON i.since <= v.ts AND (i.til IS NULL OR i.til > v.ts)
           ), stepped AS (
               SELECT s.*, lag(s.counted) OVER course AS before, lag(s.step) OVER course AS prior,
                      lead(s.step) OVER course AS next, lead(s.counted) OVER course AS then_edge,
                      lead(s.ends) OVER course AS then_ends
               FROM (SELECT c.*, CASE WHEN c.ts <> c.step THEN NULL
                                      WHEN $3 = 'quarter_hour' THEN c.ts - interval '15 minutes'
                                      ELSE date_trunc($3, c.ts - interval '1 microsecond', $4) END AS ends
                     FROM counted c) s
               WINDOW course AS (ORDER BY s.ts)
           )
           SELECT s.step AS "step!: jiff_sqlx::Timestamp", min(s.num) AS "low!", max(s.num) AS "high!",
                  avg(s.num) AS "mean!",
                  max(s.num) FILTER (WHERE s.next IS DISTINCT FROM s.step) AS "last!",
                  coalesce(sum(u.own) + sum(u.closing), sum(u.own), sum(u.closing)) AS used
           FROM stepped s
           CROSS JOIN LATERAL (
               SELECT CASE WHEN s.ends IS DISTINCT FROM s.prior OR s.ends IS NULL THEN greatest(s.counted, s.before) - s.before END AS own,
                      CASE WHEN s.then_ends = s.step THEN greatest(s.then_edge, s.counted) - s.counted END AS closing) u
           WHERE s.step >= (SELECT first FROM bounds) AND s.step > $7 AND s.step < $6
           GROUP BY s.step ORDER BY s.step LIMIT $8"#,
        tenant.0,
        point.0,
        span.field,
        span.zone,
        span.from.to_sqlx() as _,
        span.to.to_sqlx() as _,
        span.after.to_sqlx() as _,
        span.rows
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Summary::from).collect())
}
