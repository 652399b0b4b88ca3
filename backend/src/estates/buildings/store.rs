//! The SQL of whole buildings.

use domain::{
    BuildingId, EstateId, PhaseId, TenantId, UnitId,
    estates::{Building, DrawnUnit, MOST_DRAWN, Occupancy, UnitUse},
};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    super::store::{broken, or_taken},
    Rows,
};
use crate::kernel::error::{Error, Result};

/// A building, its entrances and its units in one statement: keys that point from one to the other
/// are looked at when it has ended.
pub(super) async fn insert(
    conn: &mut PgConnection,
    tenant: TenantId,
    building: &Building,
    rows: &Rows,
    now: Timestamp,
) -> Result<()> {
    let (entrances, names): (Vec<Uuid>, Vec<String>) = rows
        .entrances
        .iter()
        .map(|(id, name)| (id.0, name.clone()))
        .unzip();
    let units = &rows.units;
    let ids: Vec<Uuid> = units.iter().map(|unit| unit.id.0).collect();
    let behind: Vec<Option<Uuid>> = units
        .iter()
        .map(|unit| unit.entrance.map(|id| id.0))
        .collect();
    let codes: Vec<String> = units.iter().map(|unit| unit.code.clone()).collect();
    let keys: Vec<String> = units.iter().map(|unit| unit.key.clone()).collect();
    let labels: Vec<String> = units.iter().map(|unit| unit.floor_label.clone()).collect();
    let floors: Vec<i16> = units.iter().map(|unit| unit.true_floor).collect();
    let areas: Vec<Option<i32>> = units.iter().map(|unit| unit.area).collect();
    sqlx::query!(
        "WITH made AS (
             INSERT INTO building (tenant_id, id, estate_id, name, sort_key, created_at)
             VALUES ($1, $2, $3, $4, $5, $6)
         ), doors AS (
             INSERT INTO entrance (tenant_id, id, estate_id, building_id, name)
             SELECT $1, x.id, $3, $2, x.name
             FROM UNNEST($7::uuid[], $8::text[]) AS x (id, name)
         )
         INSERT INTO unit (tenant_id, id, estate_id, building_id, entrance_id, code, sort_key, created_at,
                           floor_label, true_floor, gross_area, occupancy)
         SELECT $1, x.id, $3, $2, x.entrance_id, x.code, x.sort_key, $6,
                x.floor_label, x.true_floor, x.gross_area, $16
         FROM UNNEST($9::uuid[], $10::uuid[], $11::text[], $12::text[], $13::text[], $14::smallint[], $15::int[])
              AS x (id, entrance_id, code, sort_key, floor_label, true_floor, gross_area)",
        tenant.0,
        building.id.0,
        building.estate.0,
        building.name,
        rows.key,
        now.to_sqlx(),
        &entrances,
        &names,
        &ids,
        &behind as &[Option<Uuid>],
        &codes,
        &keys,
        &labels,
        &floors,
        &areas as &[Option<i32>],
        rows.occupancy
    )
    .execute(conn)
    .await
    .map_err(|error| or_taken(error, "name"))?;
    Ok(())
}

/// A building, counted as far as the asker sees it, and its estate's name.
pub(super) async fn building(
    conn: &mut PgConnection,
    tenant: TenantId,
    building: BuildingId,
) -> Result<Option<(Building, String)>> {
    let row = sqlx::query!(
        r#"SELECT b.id AS "id: BuildingId", b.estate_id AS "estate: EstateId", b.name, e.name AS estate_name,
                  b.phase_id AS "phase: PhaseId", p.name AS "phase_name?",
                  b.archived_at IS NOT NULL AS "archived!",
                  (SELECT count(*) FROM unit u
                   WHERE u.tenant_id = $1 AND u.building_id = b.id AND u.archived_at IS NULL) AS "units!"
           FROM building b
           JOIN estate e ON e.tenant_id = b.tenant_id AND e.id = b.estate_id
           LEFT JOIN phase p ON p.tenant_id = b.tenant_id AND p.id = b.phase_id
           WHERE b.tenant_id = $1 AND b.id = $2"#,
        tenant.0,
        building.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| {
        let building = Building {
            id: row.id,
            estate: row.estate,
            name: row.name,
            phase: row.phase,
            phase_name: row.phase_name,
            units: row.units,
            archived: row.archived,
        };
        (building, row.estate_name)
    }))
}

struct Row {
    id: UnitId,
    entrance: Option<String>,
    code: String,
    floor_label: Option<String>,
    true_floor: Option<i16>,
    use_: String,
    occupancy: Option<String>,
}

impl TryFrom<Row> for DrawnUnit {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let occupancy = row
            .occupancy
            .map(|word| Occupancy::parse(&word).ok_or_else(|| broken("occupancy")));
        Ok(Self {
            id: row.id,
            entrance: row.entrance,
            code: row.code,
            floor_label: row.floor_label,
            true_floor: row.true_floor,
            use_: UnitUse::parse(&row.use_).ok_or_else(|| broken("use"))?,
            occupancy: occupancy.transpose()?,
        })
    }
}

/// What is drawn of a building's units, in the order people count in.
pub(super) async fn drawn(
    conn: &mut PgConnection,
    tenant: TenantId,
    building: BuildingId,
) -> Result<Vec<DrawnUnit>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT u.id AS "id: UnitId", n.name AS "entrance?", u.code, u.floor_label, u.true_floor,
                  u.use AS use_, u.occupancy
           FROM unit u LEFT JOIN entrance n ON n.tenant_id = u.tenant_id AND n.id = u.entrance_id
           WHERE u.tenant_id = $1 AND u.building_id = $2 AND u.archived_at IS NULL
           ORDER BY u.sort_key, u.id
           LIMIT $3"#,
        tenant.0,
        building.0,
        i64::try_from(MOST_DRAWN).unwrap_or(i64::MAX)
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(DrawnUnit::try_from).collect()
}
