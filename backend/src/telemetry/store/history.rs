//! Readings and newest values.

use domain::{
    DeviceId, EstateId, PointId, TenantId,
    devices::ValueType,
    telemetry::{Newest, Sample},
};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;

use crate::{
    devices::stored::{quality, value},
    kernel::{error::Result, tx::TenantTx},
};

/// What a point's values are; `None` where there is no such point.
pub(in super::super) async fn value_type(
    tx: &mut TenantTx,
    tenant: TenantId,
    point: PointId,
) -> Result<Option<ValueType>> {
    let word = sqlx::query_scalar!(
        "SELECT value_type FROM point WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        point.0
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(word.and_then(|word| ValueType::parse(&word)))
}

/// Up to `limit + 1` samples.
pub(in super::super) async fn readings(
    tx: &mut TenantTx,
    tenant: TenantId,
    (point, value_type): (PointId, ValueType),
    (from, to): (Timestamp, Timestamp),
    after: Option<Timestamp>,
    limit: u32,
) -> Result<Vec<Sample>> {
    let rows = sqlx::query!(
        r#"SELECT ts AS "ts: jiff_sqlx::Timestamp", num, txt, quality
           FROM reading
           WHERE tenant_id = $1 AND point_id = $2 AND ts >= $3 AND ts < $4 AND ts > $5
           ORDER BY ts LIMIT $6"#,
        tenant.0,
        point.0,
        from.to_sqlx() as _,
        to.to_sqlx() as _,
        // Before everything that is stored, where this is the first page.
        after.unwrap_or(Timestamp::UNIX_EPOCH).to_sqlx() as _,
        i64::from(limit) + 1
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let value = value(Some(value_type.as_str()), row.num, row.txt)?;
            Some(Sample {
                ts: row.ts.to_jiff(),
                value,
                quality: quality(row.quality),
            })
        })
        .collect())
}

/// A row of `point_newest` with its point.
struct NewestRow {
    point: PointId,
    device: DeviceId,
    name: String,
    value_type: String,
    ts: jiff_sqlx::Timestamp,
    num: Option<f64>,
    txt: Option<String>,
    quality: i16,
}

impl NewestRow {
    fn newest(self) -> Option<Newest> {
        Some(Newest {
            value: value(Some(&self.value_type), self.num, self.txt)?,
            point: self.point,
            device: self.device,
            name: self.name,
            ts: self.ts.to_jiff(),
            quality: quality(self.quality),
        })
    }
}

pub(in super::super) async fn newest_of_estate(
    tx: &mut TenantTx,
    tenant: TenantId,
    estate: EstateId,
) -> Result<Vec<Newest>> {
    let rows = sqlx::query_as!(
        NewestRow,
        r#"SELECT w.point_id AS "point: PointId", w.device_id AS "device: DeviceId", p.name, p.value_type,
                  w.ts AS "ts: jiff_sqlx::Timestamp", w.num, w.txt, w.quality
           FROM point_newest w JOIN point p ON p.tenant_id = w.tenant_id AND p.id = w.point_id
           WHERE w.tenant_id = $1 AND w.estate_id = $2
           ORDER BY w.point_id"#,
        tenant.0,
        estate.0
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().filter_map(NewestRow::newest).collect())
}

pub(in super::super) async fn newest_of_device(
    tx: &mut TenantTx,
    tenant: TenantId,
    device: DeviceId,
) -> Result<Vec<Newest>> {
    let rows = sqlx::query_as!(
        NewestRow,
        r#"SELECT w.point_id AS "point: PointId", w.device_id AS "device: DeviceId", p.name, p.value_type,
                  w.ts AS "ts: jiff_sqlx::Timestamp", w.num, w.txt, w.quality
           FROM point_newest w JOIN point p ON p.tenant_id = w.tenant_id AND p.id = w.point_id
           WHERE w.tenant_id = $1 AND w.device_id = $2
           ORDER BY p.place"#,
        tenant.0,
        device.0
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().filter_map(NewestRow::newest).collect())
}
