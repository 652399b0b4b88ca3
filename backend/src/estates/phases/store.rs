//! The SQL of phases.

use domain::{
    BuildingId, EstateId, PhaseId, TenantId, UnitId,
    estates::{Named, Phase},
};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::store::{first, last, or_held, or_taken};
use crate::kernel::error::Result;

/// Phases by estate, then in the order that people count them in.
pub(super) async fn phases(
    conn: &mut PgConnection,
    tenant: TenantId,
    (estate, only): (Option<EstateId>, Option<PhaseId>),
    after: Option<PhaseId>,
    most: i64,
) -> Result<Vec<Phase>> {
    let estate = estate.map(|id| id.0);
    let rows = sqlx::query_as!(
        Phase,
        r#"SELECT p.id AS "id: PhaseId", p.estate_id AS "estate: EstateId", p.name,
                  (SELECT count(*) FROM building b WHERE b.tenant_id = $1 AND b.phase_id = p.id) AS "buildings!"
           FROM phase p
           WHERE p.tenant_id = $1 AND p.estate_id BETWEEN $2 AND $3 AND ($4::uuid IS NULL OR p.id = $4)
             AND ($5::uuid IS NULL OR (p.estate_id, p.sort_key, p.id) >
                  (SELECT c.estate_id, c.sort_key, c.id FROM phase c WHERE c.tenant_id = $1 AND c.id = $5))
           ORDER BY p.estate_id, p.sort_key, p.id
           LIMIT $6"#,
        tenant.0,
        first(estate),
        last(estate),
        only.map(|id| id.0),
        after.map(|id| id.0),
        most
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

pub(super) async fn phase(
    conn: &mut PgConnection,
    tenant: TenantId,
    phase: PhaseId,
) -> Result<Option<Phase>> {
    let mut rows = phases(conn, tenant, (None, Some(phase)), None, 1).await?;
    Ok(rows.pop())
}

pub(super) async fn insert(
    conn: &mut PgConnection,
    tenant: TenantId,
    phase: &Phase,
    sort_key: &str,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO phase (tenant_id, id, estate_id, name, sort_key, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        tenant.0,
        phase.id.0,
        phase.estate.0,
        phase.name,
        sort_key,
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
    phase: PhaseId,
    name: &str,
    sort_key: &str,
) -> Result<()> {
    sqlx::query!(
        "UPDATE phase SET name = $3, sort_key = $4 WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        phase.0,
        name,
        sort_key
    )
    .execute(conn)
    .await
    .map_err(|error| or_taken(error, "name"))?;
    Ok(())
}

pub(super) async fn remove(
    conn: &mut PgConnection,
    tenant: TenantId,
    phase: PhaseId,
) -> Result<()> {
    sqlx::query!(
        "DELETE FROM phase WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        phase.0
    )
    .execute(conn)
    .await
    .map_err(or_held)?;
    Ok(())
}

pub(super) async fn update_building(
    conn: &mut PgConnection,
    tenant: TenantId,
    building: BuildingId,
    now: &Named<PhaseId>,
    sort_key: &str,
) -> Result<()> {
    sqlx::query!(
        "UPDATE building SET name = $3, sort_key = $4, phase_id = $5 WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        building.0,
        now.name,
        sort_key,
        now.within.map(|id| id.0)
    )
    .execute(conn)
    .await
    .map_err(|error| or_taken(error, "name"))?;
    Ok(())
}

/// What a unit's sort key is made of, apart from its building's name.
pub(super) struct Door {
    pub(super) id: UnitId,
    pub(super) entrance: Option<String>,
    pub(super) code: String,
}

pub(super) async fn doors(
    conn: &mut PgConnection,
    tenant: TenantId,
    building: BuildingId,
) -> Result<Vec<Door>> {
    let rows = sqlx::query_as!(
        Door,
        r#"SELECT u.id AS "id: UnitId", n.name AS "entrance?", u.code
           FROM unit u LEFT JOIN entrance n ON n.tenant_id = u.tenant_id AND n.id = u.entrance_id
           WHERE u.tenant_id = $1 AND u.building_id = $2"#,
        tenant.0,
        building.0
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

pub(super) async fn sort_units(
    conn: &mut PgConnection,
    tenant: TenantId,
    keys: &[(UnitId, String)],
) -> Result<()> {
    let (ids, keys): (Vec<Uuid>, Vec<String>) =
        keys.iter().map(|(id, key)| (id.0, key.clone())).unzip();
    sqlx::query!(
        "UPDATE unit u SET sort_key = k.key
         FROM UNNEST($2::uuid[], $3::text[]) AS k (id, key)
         WHERE u.tenant_id = $1 AND u.id = k.id",
        tenant.0,
        &ids,
        &keys
    )
    .execute(conn)
    .await?;
    Ok(())
}
