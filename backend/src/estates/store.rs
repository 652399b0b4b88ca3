//! The SQL of estates, buildings and units.
//!
//! Every statement filters by tenant beside the policies: they are the wall, not the plan.

use domain::{
    BuildingId, Code, EntranceId, EstateId, HouseholdId, PhaseId, RegionId, TenantId, UnitId,
    estates::{Area, Building, Estate, EstateSummary, Occupancy, Unit, UnitFilter, UnitUse},
};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::kernel::error::{Error, Result};

pub(super) mod imports;
pub(super) mod people;
pub(super) mod roster;

/// A word in a column that its CHECK should have kept out.
pub(super) fn broken(column: &'static str) -> Error {
    Error::internal(format!("unknown word in {column}"))
}

/// Where a key starts from, and where it ends. An optional filter is written as a range and an
/// optional cursor as a smallest key, because `$1 IS NULL OR …` would keep the index from use.
pub(super) fn first(id: Option<Uuid>) -> Uuid {
    id.unwrap_or(Uuid::nil())
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

pub(super) async fn estate_exists(
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

/// The name of an estate that the asker has seen already.
pub(super) async fn estate_name(
    conn: &mut PgConnection,
    tenant: TenantId,
    estate: EstateId,
) -> Result<String> {
    let name = sqlx::query_scalar!(
        "SELECT name FROM estate WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        estate.0
    )
    .fetch_one(conn)
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
                   WHERE u.tenant_id = $1 AND u.building_id = b.id AND u.archived_at IS NULL) AS "units!"
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

struct UnitRow {
    id: UnitId,
    estate: EstateId,
    building: BuildingId,
    entrance_id: Option<EntranceId>,
    building_name: String,
    entrance: Option<String>,
    unit: String,
    floor_label: Option<String>,
    true_floor: Option<i16>,
    gross_area: Option<i32>,
    inner_area: Option<i32>,
    use_: String,
    occupancy: Option<String>,
    fee_start: Option<jiff_sqlx::Date>,
    archived_at: Option<jiff_sqlx::Timestamp>,
    merged_into: Option<UnitId>,
    household: Option<HouseholdId>,
    owners: String,
}

impl TryFrom<UnitRow> for Unit {
    type Error = Error;

    fn try_from(row: UnitRow) -> Result<Self> {
        let occupancy = row
            .occupancy
            .map(|word| Occupancy::parse(&word).ok_or_else(|| broken("occupancy")));
        Ok(Self {
            id: row.id,
            estate: row.estate,
            building: row.building,
            entrance_id: row.entrance_id,
            building_name: row.building_name,
            entrance: row.entrance,
            unit: row.unit,
            floor_label: row.floor_label,
            true_floor: row.true_floor,
            area: row.gross_area.map(Area),
            inner_area: row.inner_area.map(Area),
            use_: UnitUse::parse(&row.use_).ok_or_else(|| broken("use"))?,
            occupancy: occupancy.transpose()?,
            fee_start: row.fee_start.map(jiff_sqlx::Date::to_jiff),
            archived_at: row.archived_at.map(jiff_sqlx::Timestamp::to_jiff),
            merged_into: row.merged_into,
            household: row.household,
            owners: row.owners,
        })
    }
}

/// The columns of a unit are the same in each list; which page of units it is comes first, alone,
/// so that an index serves it. The household is looked up for each unit of the page: as a plain
/// join, and right after an import when nothing has counted the rows yet, the planner reads all
/// households for each unit (2.3 s a page among 20,000). The owners are looked up by their unit as
/// well, or it reads all of a company's residents for each (620 ms among 30,000).
macro_rules! select_units {
    ($page:tt, $($arg:expr),+ $(,)?) => {
        sqlx::query_as!(
            UnitRow,
            r#"SELECT u.id AS "id: UnitId", u.estate_id AS "estate: EstateId", u.building_id AS "building: BuildingId",
                      u.entrance_id AS "entrance_id: EntranceId", b.name AS building_name, n.name AS "entrance?",
                      u.code AS unit, u.floor_label, u.true_floor, u.gross_area, u.inner_area,
                      u.use AS use_, u.occupancy, u.fee_start AS "fee_start: jiff_sqlx::Date",
                      u.archived_at AS "archived_at: jiff_sqlx::Timestamp", u.merged_into AS "merged_into: UnitId",
                      h.id AS "household?: HouseholdId",
                      COALESCE((SELECT string_agg(r.name, '、' ORDER BY r.id) FROM resident r
                                WHERE r.tenant_id = $1 AND r.unit_id = u.id AND r.household_id = h.id
                                  AND r.relation = 'owner' AND r.ended_at IS NULL), '') AS "owners!"
               FROM (SELECT * FROM unit u WHERE u.tenant_id = $1 "#
            + $page
            + r#") u
               JOIN building b ON b.tenant_id = u.tenant_id AND b.id = u.building_id
               LEFT JOIN entrance n ON n.tenant_id = u.tenant_id AND n.id = u.entrance_id
               LEFT JOIN LATERAL (SELECT h.id FROM household h
                                  WHERE h.tenant_id = $1 AND h.unit_id = u.id AND h.ended_on IS NULL
                                  LIMIT 1) h ON true
               ORDER BY u.estate_id, u.sort_key, u.id"#,
            $($arg),+
        )
    };
}

pub(super) async fn unit(
    conn: &mut PgConnection,
    tenant: TenantId,
    unit: UnitId,
) -> Result<Option<Unit>> {
    let row = select_units!("AND u.id = $2", tenant.0, unit.0)
        .fetch_optional(conn)
        .await?;
    row.map(Unit::try_from).transpose()
}

/// The units of a building, or else of an estate, or else all, in the order people count in.
pub(super) async fn units(
    conn: &mut PgConnection,
    tenant: TenantId,
    filter: &UnitFilter,
    after: Option<UnitId>,
    most: i64,
) -> Result<Vec<Unit>> {
    let estate = filter.estate.map(|id| id.0);
    let after = first(after.map(|id| id.0));
    let code = filter.code.as_deref().map(str::trim).unwrap_or_default();
    let rows = match filter.building {
        Some(building) => {
            select_units!(
                "AND u.building_id = $2 AND u.estate_id BETWEEN $3 AND $4 AND u.archived_at IS NULL
                   AND starts_with(u.code, $5)
                   AND (u.sort_key, u.id) >
                       (CASE WHEN $6::uuid = '00000000-0000-0000-0000-000000000000' THEN ''
                             ELSE (SELECT c.sort_key FROM unit c WHERE c.tenant_id = $1 AND c.id = $6) END, $6)
                 ORDER BY u.sort_key, u.id
                 LIMIT $7",
                tenant.0,
                building.0,
                first(estate),
                last(estate),
                code,
                after,
                most
            )
            .fetch_all(conn)
            .await?
        }
        None => {
            select_units!(
                "AND u.estate_id BETWEEN $2 AND $3 AND u.archived_at IS NULL
                   AND starts_with(u.code, $4)
                   AND (u.estate_id, u.sort_key, u.id) >
                       (CASE WHEN $5::uuid = '00000000-0000-0000-0000-000000000000' THEN $5
                             ELSE (SELECT c.estate_id FROM unit c WHERE c.tenant_id = $1 AND c.id = $5) END,
                        CASE WHEN $5::uuid = '00000000-0000-0000-0000-000000000000' THEN ''
                             ELSE (SELECT c.sort_key FROM unit c WHERE c.tenant_id = $1 AND c.id = $5) END, $5)
                 ORDER BY u.estate_id, u.sort_key, u.id
                 LIMIT $6",
                tenant.0,
                first(estate),
                last(estate),
                code,
                after,
                most
            )
            .fetch_all(conn)
            .await?
        }
    };
    rows.into_iter().map(Unit::try_from).collect()
}
