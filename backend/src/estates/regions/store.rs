//! The SQL of regions.

use domain::{
    EstateId, RegionId, TenantId,
    estates::{Named, Region},
};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;

use super::super::store::{first, or_held, or_taken};
use crate::kernel::error::Result;

pub(super) async fn regions(
    conn: &mut PgConnection,
    tenant: TenantId,
    only: Option<RegionId>,
    after: Option<RegionId>,
    most: i64,
) -> Result<Vec<Region>> {
    let rows = sqlx::query_as!(
        Region,
        r#"SELECT r.id AS "id: RegionId", r.name,
                  (SELECT count(*) FROM estate e WHERE e.tenant_id = $1 AND e.region_id = r.id) AS "estates!"
           FROM region r
           WHERE r.tenant_id = $1 AND ($2::uuid IS NULL OR r.id = $2) AND r.id > $3
           ORDER BY r.id LIMIT $4"#,
        tenant.0,
        only.map(|id| id.0),
        first(after.map(|id| id.0)),
        most
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

pub(super) async fn region(
    conn: &mut PgConnection,
    tenant: TenantId,
    region: RegionId,
) -> Result<Option<Region>> {
    Ok(regions(conn, tenant, Some(region), None, 1).await?.pop())
}

pub(super) async fn insert(
    conn: &mut PgConnection,
    tenant: TenantId,
    region: &Region,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO region (tenant_id, id, name, created_at) VALUES ($1, $2, $3, $4)",
        tenant.0,
        region.id.0,
        region.name,
        now.to_sqlx()
    )
    .execute(conn)
    .await
    .map_err(|error| or_taken(error, "name"))?;
    Ok(())
}

pub(super) async fn rename(
    conn: &mut PgConnection,
    tenant: TenantId,
    region: RegionId,
    name: &str,
) -> Result<()> {
    sqlx::query!(
        "UPDATE region SET name = $3 WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        region.0,
        name
    )
    .execute(conn)
    .await
    .map_err(|error| or_taken(error, "name"))?;
    Ok(())
}

pub(super) async fn remove(
    conn: &mut PgConnection,
    tenant: TenantId,
    region: RegionId,
) -> Result<()> {
    sqlx::query!(
        "DELETE FROM region WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        region.0
    )
    .execute(conn)
    .await
    .map_err(or_held)?;
    Ok(())
}

pub(super) async fn update_estate(
    conn: &mut PgConnection,
    tenant: TenantId,
    estate: EstateId,
    now: &Named<RegionId>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE estate SET name = $3, region_id = $4 WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        estate.0,
        now.name,
        now.within.map(|id| id.0)
    )
    .execute(conn)
    .await
    .map_err(|error| or_taken(error, "name"))?;
    Ok(())
}
