//! The SQL of devices that follow a model.

use domain::{
    DeviceId, EstateId, PointId, TenantId, UnitId,
    devices::{NewPoint, ValidRange, ValueType, models::ModelKey},
};
use jiff_sqlx::ToSqlx;

use crate::kernel::{
    cx::Cx,
    error::{Error, Result},
    tx::TenantTx,
};

/// How many devices follow a model, or are asked by the map of one of Linli's.
pub(in super::super) async fn followers(
    tx: &mut TenantTx,
    tenant: TenantId,
    slug: &ModelKey,
) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM device
           WHERE tenant_id = $1
             AND (model = $2 OR model IS NULL AND transport #> '{modbus,map}' = to_jsonb($2::text))"#,
        tenant.0,
        slug.as_str()
    )
    .fetch_one(tx.conn())
    .await?)
}

pub(in super::super) async fn following(
    tx: &mut TenantTx,
    tenant: TenantId,
    slug: &ModelKey,
    after: Option<DeviceId>,
    most: i64,
) -> Result<Vec<DeviceId>> {
    Ok(sqlx::query_scalar!(
        r#"SELECT id AS "id: DeviceId" FROM device
           WHERE tenant_id = $1 AND ($3::uuid IS NULL OR id > $3)
             AND (model = $2 OR model IS NULL AND transport #> '{modbus,map}' = to_jsonb($2::text))
           ORDER BY id LIMIT $4"#,
        tenant.0,
        slug.as_str(),
        after.map(|id| id.0),
        most
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Whether any device is asked by the model's map.
pub(in super::super) async fn asked(
    tx: &mut TenantTx,
    tenant: TenantId,
    slug: &ModelKey,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM device
                          WHERE tenant_id = $1 AND model = $2 AND transport ? 'modbus') AS "asked!""#,
        tenant.0,
        slug.as_str()
    )
    .fetch_one(tx.conn())
    .await?)
}

/// Each unit and type in which the devices that follow a model have a point.
pub(in super::super) async fn points_had(
    tx: &mut TenantTx,
    tenant: TenantId,
    slug: &ModelKey,
) -> Result<Vec<NewPoint>> {
    let rows = sqlx::query!(
        "SELECT DISTINCT p.name, p.unit, p.value_type
         FROM device d JOIN point p ON p.tenant_id = $1 AND p.device_id = d.id
         WHERE d.tenant_id = $1 AND d.model = $2 ORDER BY p.name",
        tenant.0,
        slug.as_str()
    )
    .fetch_all(tx.conn())
    .await?;
    let rows = rows.into_iter().map(|row| {
        let value_type = ValueType::parse(&row.value_type);
        Ok(NewPoint {
            name: row.name,
            unit: row.unit,
            value_type: value_type.ok_or_else(|| Error::internal("unknown type of point"))?,
            range: ValidRange::default(),
        })
    });
    rows.collect()
}

/// Makes the points that the devices of a model do not have yet; they are the household's that lives
/// there, from now on.
pub(in super::super) async fn add_points(
    tx: &mut TenantTx,
    cx: &Cx,
    slug: &ModelKey,
    points: &[NewPoint],
) -> Result<()> {
    let names: Vec<&str> = points.iter().map(|point| point.name.as_str()).collect();
    let missing = sqlx::query!(
        r#"SELECT d.id AS "device: DeviceId", d.estate_id AS "estate: EstateId", d.unit_id AS "home: UnitId",
                  w.nth AS "nth!"
           FROM device d CROSS JOIN UNNEST($3::text[]) WITH ORDINALITY AS w(name, nth)
           WHERE d.tenant_id = $1 AND d.model = $2
             AND NOT EXISTS (SELECT FROM point p
                             WHERE p.tenant_id = $1 AND p.device_id = d.id AND p.name = w.name)
           ORDER BY d.id, w.nth"#,
        cx.tenant.id.0,
        slug.as_str(),
        names as _
    )
    .fetch_all(tx.conn())
    .await?;
    if missing.is_empty() {
        return Ok(());
    }
    let new = |nth: i64| {
        usize::try_from(nth - 1)
            .ok()
            .and_then(|nth| points.get(nth))
    };
    let new: Vec<&NewPoint> = missing.iter().filter_map(|row| new(row.nth)).collect();
    let ids: Vec<PointId> = missing.iter().map(|_| cx.new_id()).collect();
    sqlx::query!(
        "WITH made AS (
             INSERT INTO point (tenant_id, id, device_id, estate_id, unit_id, name, unit, value_type, place)
             SELECT $1, f.id, f.device, f.estate, f.home, f.name, f.unit, f.type,
                    coalesce((SELECT max(p.place) FROM point p
                              WHERE p.tenant_id = $1 AND p.device_id = f.device), -1)
                    + row_number() OVER (PARTITION BY f.device ORDER BY f.nth)
             FROM UNNEST($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[])
                  WITH ORDINALITY AS f(id, device, estate, home, name, unit, type, nth)
             RETURNING id, unit_id
         )
         INSERT INTO point_tenure (tenant_id, point_id, household_id, from_at)
         SELECT $1, m.id, h.id, $9
         FROM made m JOIN household h ON h.tenant_id = $1 AND h.unit_id = m.unit_id AND h.ended_on IS NULL",
        cx.tenant.id.0,
        ids as _,
        missing.iter().map(|row| row.device).collect::<Vec<_>>() as _,
        missing.iter().map(|row| row.estate).collect::<Vec<_>>() as _,
        missing.iter().map(|row| row.home).collect::<Vec<_>>() as _,
        new.iter().map(|point| point.name.as_str()).collect::<Vec<_>>() as _,
        new.iter().map(|point| point.unit.as_str()).collect::<Vec<_>>() as _,
        new.iter().map(|point| point.value_type.as_str()).collect::<Vec<_>>() as _,
        cx.now().to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Says of the points of a model's devices in which range their values can be true.
pub(in super::super) async fn set_ranges(
    tx: &mut TenantTx,
    tenant: TenantId,
    slug: &ModelKey,
    points: &[NewPoint],
) -> Result<()> {
    sqlx::query!(
        "UPDATE point p SET valid_min = w.min, valid_max = w.max
         FROM device d CROSS JOIN UNNEST($3::text[], $4::float8[], $5::float8[]) AS w(name, min, max)
         WHERE d.tenant_id = $1 AND d.model = $2
           AND p.tenant_id = $1 AND p.device_id = d.id AND p.name = w.name
           AND (p.valid_min, p.valid_max) IS DISTINCT FROM (w.min, w.max)",
        tenant.0,
        slug.as_str(),
        points.iter().map(|point| point.name.as_str()).collect::<Vec<_>>() as _,
        points.iter().map(|point| point.range.min).collect::<Vec<_>>() as _,
        points.iter().map(|point| point.range.max).collect::<Vec<_>>() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Tells with the commit that devices of the company are asked for something else, and that what is known
/// of their points is old: one notice, however many they are.
pub(in super::super) async fn tell(tx: &mut TenantTx, tenant: TenantId) -> Result<()> {
    sqlx::query!("SELECT linli.tell_changed('tenant', $1)", tenant.0)
        .fetch_all(tx.conn())
        .await?;
    Ok(())
}
