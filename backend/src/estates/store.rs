//! The SQL of estates, buildings and units.
//!
//! Every statement filters by tenant beside the policies: they are the wall, not the plan.

use domain::{
    BuildingId, Code, EntranceId, EstateId, PhaseId, RegionId, TenantId, UnitId,
    estates::{Area, Building, Estate, EstateBrief, EstateSummary},
};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::kernel::error::{Error, Result};

pub(super) mod imports;
pub(super) mod people;
pub(super) mod roster;
pub(super) mod units;

pub(super) use units::unit;

/// A word in a column that its CHECK should have kept out.
pub(super) fn broken(column: &'static str) -> Error {
    Error::internal(format!("unknown word in {column}"))
}

/// Where a key starts from, and where it ends. An optional filter is written as a range and an
/// optional cursor as a smallest key, because `$1 IS NULL OR …` would keep the index from use.
pub(super) fn first(id: Option<Uuid>) -> Uuid {
    id.unwrap_or_default()
}

pub(super) fn last(id: Option<Uuid>) -> Uuid {
    id.unwrap_or(Uuid::max())
}

/// A clash with a unique constraint becomes the field's `taken`.
pub(super) fn or_taken(error: sqlx::Error, field: &str) -> Error {
    match &error {
        sqlx::Error::Database(db) if db.is_unique_violation() => Error::taken(field),
        _ => error.into(),
    }
}

/// What still lies in a place holds it there: a conflict.
pub(super) fn or_held(error: sqlx::Error) -> Error {
    match &error {
        sqlx::Error::Database(db) if db.is_foreign_key_violation() => Error::new(Code::Conflict),
        _ => error.into(),
    }
}

pub(super) async fn estates(
    conn: &mut PgConnection,
    tenant: TenantId,
    after: Option<EstateId>,
    only: Option<EstateId>,
    most: i64,
) -> Result<Vec<EstateSummary>> {
    let rows = sqlx::query_as!(
        EstateSummary,
        r#"SELECT e.id AS "id: EstateId", e.name, e.region_id AS "region: RegionId", r.name AS "region_name?",
                  (SELECT count(*) FROM building b
                   WHERE b.tenant_id = $1 AND b.estate_id = e.id AND b.archived_at IS NULL) AS "buildings!",
                  (SELECT count(*) FROM unit u
                   WHERE u.tenant_id = $1 AND u.estate_id = e.id AND u.archived_at IS NULL) AS "units!",
                  (SELECT count(*) FROM household h
                   WHERE h.tenant_id = $1 AND h.estate_id = e.id AND h.ended_on IS NULL) AS "households!",
                  (SELECT count(*) FROM device d
                   WHERE d.tenant_id = $1 AND d.estate_id = e.id AND d.retired_at IS NULL) AS "devices!"
           FROM estate e LEFT JOIN region r ON r.tenant_id = $1 AND r.id = e.region_id
           WHERE e.tenant_id = $1 AND e.id > $2 AND ($3::uuid IS NULL OR e.id = $3)
           ORDER BY e.id
           LIMIT $4"#,
        tenant.0,
        first(after.map(|id| id.0)),
        only.map(|id| id.0),
        most
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

/// Without counting homes.
pub(super) async fn briefs(
    conn: &mut PgConnection,
    tenant: TenantId,
    most: i64,
) -> Result<Vec<EstateBrief>> {
    let rows = sqlx::query_as!(
        EstateBrief,
        r#"SELECT e.id AS "id: EstateId", e.name,
                  EXISTS (SELECT FROM unit u
                          WHERE u.tenant_id = $1 AND u.estate_id = e.id AND u.archived_at IS NULL) AS "has_units!",
                  (SELECT count(*) FROM device d
                   WHERE d.tenant_id = $1 AND d.estate_id = e.id AND d.retired_at IS NULL) AS "devices!"
           FROM estate e WHERE e.tenant_id = $1 ORDER BY e.id LIMIT $2"#,
        tenant.0,
        most
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

pub(super) async fn insert_estate(
    conn: &mut PgConnection,
    tenant: TenantId,
    estate: &Estate,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO estate (tenant_id, id, name, created_at) VALUES ($1, $2, $3, $4)",
        tenant.0,
        estate.id.0,
        estate.name,
        now.to_sqlx()
    )
    .execute(conn)
    .await
    .map_err(|error| or_taken(error, "name"))?;
    Ok(())
}

pub(crate) async fn estate_exists(
    conn: &mut PgConnection,
    tenant: TenantId,
    estate: EstateId,
) -> Result<bool> {
    let found = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM estate WHERE tenant_id = $1 AND id = $2) AS "there!""#,
        tenant.0,
        estate.0
    )
    .fetch_one(conn)
    .await?;
    Ok(found)
}

pub(super) async fn estate_name(
    conn: &mut PgConnection,
    tenant: TenantId,
    estate: EstateId,
) -> Result<Option<String>> {
    let name = sqlx::query_scalar!(
        "SELECT name FROM estate WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        estate.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(name)
}

/// Locks an estate for whoever writes its buildings, units and households, so that an import and
/// a form never add the same one twice. `None` where there is no such estate to be seen.
pub(super) async fn lock_estate(
    conn: &mut PgConnection,
    tenant: TenantId,
    estate: EstateId,
) -> Result<Option<EstateId>> {
    let found = sqlx::query_scalar!(
        r#"SELECT id AS "id: EstateId" FROM estate WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE"#,
        tenant.0,
        estate.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(found)
}

/// The same lock by one of the estate's units.
pub(super) async fn lock_estate_of(
    conn: &mut PgConnection,
    tenant: TenantId,
    unit: UnitId,
) -> Result<Option<EstateId>> {
    let found = sqlx::query_scalar!(
        r#"SELECT e.id AS "id: EstateId"
           FROM unit u JOIN estate e ON e.tenant_id = u.tenant_id AND e.id = u.estate_id
           WHERE u.tenant_id = $1 AND u.id = $2
           FOR NO KEY UPDATE OF e"#,
        tenant.0,
        unit.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(found)
}

/// Buildings by estate, then in the order that people count them in.
pub(super) async fn buildings(
    conn: &mut PgConnection,
    tenant: TenantId,
    estate: Option<EstateId>,
    after: Option<BuildingId>,
    most: i64,
) -> Result<Vec<Building>> {
    let estate = estate.map(|id| id.0);
    let rows = sqlx::query_as!(
        Building,
        r#"SELECT b.id AS "id: BuildingId", b.estate_id AS "estate: EstateId", b.name,
                  b.phase_id AS "phase: PhaseId", p.name AS "phase_name?",
                  b.archived_at IS NOT NULL AS "archived!",
                  (SELECT count(*) FROM unit u
                   WHERE u.tenant_id = $1 AND u.estate_id = b.estate_id AND u.building_id = b.id
                     AND u.archived_at IS NULL) AS "units!"
           FROM building b LEFT JOIN phase p ON p.tenant_id = $1 AND p.id = b.phase_id
           WHERE b.tenant_id = $1 AND b.estate_id BETWEEN $2 AND $3 AND b.archived_at IS NULL
             AND (b.estate_id, b.sort_key, b.id) >
                 (CASE WHEN $4::uuid = '00000000-0000-0000-0000-000000000000' THEN $4
                       ELSE (SELECT c.estate_id FROM building c WHERE c.tenant_id = $1 AND c.id = $4) END,
                  CASE WHEN $4::uuid = '00000000-0000-0000-0000-000000000000' THEN ''
                       ELSE (SELECT c.sort_key FROM building c WHERE c.tenant_id = $1 AND c.id = $4) END, $4)
           ORDER BY b.estate_id, b.sort_key, b.id
           LIMIT $5"#,
        tenant.0,
        first(estate),
        last(estate),
        first(after.map(|id| id.0)),
        most
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

pub(super) struct BuildingRow {
    pub(super) id: BuildingId,
    pub(super) estate: EstateId,
    pub(super) name: String,
    pub(super) archived: bool,
}

pub(super) async fn building(
    conn: &mut PgConnection,
    tenant: TenantId,
    building: BuildingId,
) -> Result<Option<BuildingRow>> {
    let row = sqlx::query_as!(
        BuildingRow,
        r#"SELECT id AS "id: BuildingId", estate_id AS "estate: EstateId", name,
                  archived_at IS NOT NULL AS "archived!"
           FROM building WHERE tenant_id = $1 AND id = $2"#,
        tenant.0,
        building.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(row)
}

pub(super) async fn insert_building(
    conn: &mut PgConnection,
    tenant: TenantId,
    building: &Building,
    sort_key: &str,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO building (tenant_id, id, estate_id, name, sort_key, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        tenant.0,
        building.id.0,
        building.estate.0,
        building.name,
        sort_key,
        now.to_sqlx()
    )
    .execute(conn)
    .await
    .map_err(|error| or_taken(error, "name"))?;
    Ok(())
}

/// The entrance of that name, made if it is not there yet.
pub(super) async fn entrance_named(
    conn: &mut PgConnection,
    tenant: TenantId,
    building: &BuildingRow,
    fresh: EntranceId,
    name: &str,
) -> Result<EntranceId> {
    // The update changes nothing; it is what makes RETURNING answer for a row that was there.
    let id = sqlx::query_scalar!(
        r#"INSERT INTO entrance (tenant_id, id, estate_id, building_id, name) VALUES ($1, $2, $5, $3, $4)
           ON CONFLICT (tenant_id, building_id, name) DO UPDATE SET name = EXCLUDED.name
           RETURNING id AS "id: EntranceId""#,
        tenant.0,
        fresh.0,
        building.id.0,
        name,
        building.estate.0
    )
    .fetch_one(conn)
    .await?;
    Ok(id)
}

/// What a new unit is stored with.
pub(super) struct UnitInsert<'a> {
    pub(super) id: UnitId,
    pub(super) building: &'a BuildingRow,
    pub(super) entrance: Option<EntranceId>,
    pub(super) code: &'a str,
    pub(super) area: Option<Area>,
    pub(super) sort_key: &'a str,
    pub(super) at: Timestamp,
}

pub(super) async fn insert_unit(
    conn: &mut PgConnection,
    tenant: TenantId,
    unit: UnitInsert<'_>,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO unit (tenant_id, id, estate_id, building_id, entrance_id, code, gross_area, sort_key, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tenant.0,
        unit.id.0,
        unit.building.estate.0,
        unit.building.id.0,
        unit.entrance.map(|id| id.0),
        unit.code,
        unit.area.map(|area| area.0),
        unit.sort_key,
        unit.at.to_sqlx()
    )
    .execute(conn)
    .await
    .map_err(|error| or_taken(error, "unit"))?;
    Ok(())
}
