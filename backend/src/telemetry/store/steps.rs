//! Steps of a point's history.

use domain::{
    PointId, TenantId,
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
    pub(in super::super) value_type: ValueType,
    pub(in super::super) kind: DeviceKind,
}

pub(in super::super) async fn point(
    tx: &mut TenantTx,
    tenant: TenantId,
    point: PointId,
) -> Result<Option<PointRow>> {
    let row = sqlx::query!(
        "SELECT p.name, p.value_type, d.kind
         FROM point p JOIN device d ON d.tenant_id = p.tenant_id AND d.id = p.device_id
         WHERE p.tenant_id = $1 AND p.id = $2",
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
        value_type,
        kind,
    }))
}

/// Which steps are asked for.
pub(in super::super) struct Span<'a> {
    /// The step, as `date_trunc` calls it.
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
/// register counted is by the instrument of the reading's own time.
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
           ), halves AS (
               (SELECT h.* FROM reading_half_hour h, bounds
                WHERE h.tenant_id = $1 AND h.point_id = $2 AND h.slot < bounds.first
                ORDER BY h.slot DESC LIMIT 1)
               UNION ALL
               SELECT h.* FROM reading_half_hour h, bounds
               WHERE h.tenant_id = $1 AND h.point_id = $2
                 AND h.slot >= bounds.first AND h.slot < $6::timestamptz + interval '25 hours'
           ), stepped AS (
               SELECT h.*, date_trunc($3, h.slot, $4) AS step,
                      greatest(h.counted, lag(h.counted) OVER before) - lag(h.counted) OVER before AS used
               FROM (SELECT v.*, coalesce(i.carried + i.ratio * v.last, v.last) AS counted
                     FROM halves v LEFT JOIN LATERAL (
                         SELECT t.carried, t.ratio FROM instrument t
                         WHERE t.tenant_id = $1 AND t.point_id = $2 AND t.since <= v.last_ts
                         ORDER BY t.since DESC LIMIT 1) i ON true) h
               WINDOW before AS (ORDER BY h.slot)
           )
           SELECT s.step AS "step!: jiff_sqlx::Timestamp", min(s.low) AS "low!", max(s.high) AS "high!",
                  sum(s.total) / sum(s.n) AS "mean!",
                  (array_agg(s.last ORDER BY s.slot DESC))[1] AS "last!", sum(s.used) AS used
           FROM stepped s, bounds
           WHERE s.step >= bounds.first AND s.step > $7 AND s.step < $6
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

/// From the readings themselves.
pub(in super::super) async fn of_readings(
    tx: &mut TenantTx,
    tenant: TenantId,
    point: PointId,
    span: &Span<'_>,
) -> Result<Vec<Summary>> {
    let rows = sqlx::query_as!(
        Row,
        r#"WITH bounds AS (
               SELECT date_trunc($3::text, greatest($5::timestamptz, $7::timestamptz), $4::text) AS first
           ), said AS (
               (SELECT r.ts, r.num FROM reading r, bounds
                WHERE r.tenant_id = $1 AND r.point_id = $2 AND r.quality = 0 AND r.num IS NOT NULL
                  AND r.ts < bounds.first AND r.ts >= bounds.first - interval '31 days'
                ORDER BY r.ts DESC LIMIT 1)
               UNION ALL
               SELECT r.ts, r.num FROM reading r, bounds
               WHERE r.tenant_id = $1 AND r.point_id = $2 AND r.quality = 0 AND r.num IS NOT NULL
                 AND r.ts >= bounds.first AND r.ts < $6::timestamptz + interval '25 hours'
           ), stepped AS (
               SELECT s.ts, s.num, date_trunc($3, s.ts, $4) AS step,
                      greatest(s.counted, lag(s.counted) OVER before) - lag(s.counted) OVER before AS used
               FROM (SELECT v.*, coalesce(i.carried + i.ratio * v.num, v.num) AS counted
                     FROM said v LEFT JOIN LATERAL (
                         SELECT t.carried, t.ratio FROM instrument t
                         WHERE t.tenant_id = $1 AND t.point_id = $2 AND t.since <= v.ts
                         ORDER BY t.since DESC LIMIT 1) i ON true) s
               WINDOW before AS (ORDER BY s.ts)
           )
           SELECT s.step AS "step!: jiff_sqlx::Timestamp", min(s.num) AS "low!", max(s.num) AS "high!",
                  avg(s.num) AS "mean!",
                  (array_agg(s.num ORDER BY s.ts DESC))[1] AS "last!", sum(s.used) AS used
           FROM stepped s, bounds
           WHERE s.step >= bounds.first AND s.step > $7 AND s.step < $6
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
