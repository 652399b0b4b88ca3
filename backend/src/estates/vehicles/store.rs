//! The SQL of cars.

use domain::{
    EstateId, HouseholdId, TenantId, UnitId, VehicleId,
    estates::{FoundVehicle, Plate, Vehicle, address},
};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use uuid::Uuid;

use super::super::store::or_taken;
use crate::kernel::{error::Result, tx::TenantTx};

/// A car that is new, and one whose look changes.
pub(super) struct Fresh {
    pub(super) id: VehicleId,
    pub(super) unit: UnitId,
    pub(super) household: HouseholdId,
    pub(super) plate: String,
    pub(super) about: Option<String>,
}

fn shown(id: VehicleId, plate: String, about: Option<String>) -> Vehicle {
    Vehicle {
        id,
        plate: Plate::stored(plate).to_string(),
        about,
    }
}

pub(super) async fn of_unit(
    tx: &mut TenantTx,
    tenant: TenantId,
    unit: UnitId,
) -> Result<Vec<Vehicle>> {
    let rows = sqlx::query!(
        r#"SELECT id AS "id: VehicleId", plate, about FROM vehicle
           WHERE tenant_id = $1 AND unit_id = $2 AND ended_at IS NULL
           ORDER BY id"#,
        tenant.0,
        unit.0
    )
    .fetch_all(tx.conn())
    .await?;
    let rows = rows.into_iter();
    Ok(rows
        .map(|row| shown(row.id, row.plate, row.about))
        .collect())
}

pub(super) async fn unit_of(
    tx: &mut TenantTx,
    tenant: TenantId,
    vehicle: VehicleId,
) -> Result<Option<UnitId>> {
    Ok(sqlx::query_scalar!(
        r#"SELECT unit_id AS "unit: UnitId" FROM vehicle WHERE tenant_id = $1 AND id = $2 AND ended_at IS NULL"#,
        tenant.0,
        vehicle.0
    )
    .fetch_optional(tx.conn())
    .await?)
}

pub(super) async fn insert(
    tx: &mut TenantTx,
    tenant: TenantId,
    estate: EstateId,
    fresh: &[Fresh],
    now: Timestamp,
) -> Result<()> {
    let ids: Vec<Uuid> = fresh.iter().map(|row| row.id.0).collect();
    let units: Vec<Uuid> = fresh.iter().map(|row| row.unit.0).collect();
    let households: Vec<Uuid> = fresh.iter().map(|row| row.household.0).collect();
    let plates: Vec<&str> = fresh.iter().map(|row| &*row.plate).collect();
    let abouts: Vec<Option<&str>> = fresh.iter().map(|row| row.about.as_deref()).collect();
    sqlx::query!(
        "INSERT INTO vehicle (tenant_id, id, estate_id, unit_id, household_id, plate, about, created_at)
         SELECT $1, x.id, $2, x.unit, x.household, x.plate, x.about, $3
         FROM UNNEST($4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[]) AS x (id, unit, household, plate, about)",
        tenant.0,
        estate.0,
        now.to_sqlx() as _,
        &ids,
        &units,
        &households,
        &plates as _,
        &abouts as _
    )
    .execute(tx.conn())
    .await
    .map_err(|error| or_taken(error, "plate"))?;
    Ok(())
}

/// Rewrites what cars look like.
pub(super) async fn redescribe(
    tx: &mut TenantTx,
    tenant: TenantId,
    changed: &[(VehicleId, String)],
) -> Result<()> {
    let (ids, abouts): (Vec<Uuid>, Vec<&str>) =
        changed.iter().map(|(id, about)| (id.0, &**about)).unzip();
    sqlx::query!(
        "UPDATE vehicle v SET about = x.about FROM UNNEST($2::uuid[], $3::text[]) AS x (id, about)
         WHERE v.tenant_id = $1 AND v.id = x.id",
        tenant.0,
        &ids,
        &abouts as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn end_one(
    tx: &mut TenantTx,
    tenant: TenantId,
    vehicle: VehicleId,
    now: Timestamp,
) -> Result<bool> {
    let ended = sqlx::query!(
        "UPDATE vehicle SET ended_at = $3 WHERE tenant_id = $1 AND id = $2 AND ended_at IS NULL",
        tenant.0,
        vehicle.0,
        now.to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(ended.rows_affected() == 1)
}

/// A step of whatever ends households: their cars end with them.
pub(in super::super) async fn end(
    tx: &mut TenantTx,
    tenant: TenantId,
    households: &[HouseholdId],
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "UPDATE vehicle SET ended_at = $3
         WHERE tenant_id = $1 AND household_id = ANY ($2) AND ended_at IS NULL",
        tenant.0,
        households as _,
        now.to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A step of making one home of two: the cars of one household become the other's.
pub(in super::super) async fn moved(
    tx: &mut TenantTx,
    tenant: TenantId,
    from: HouseholdId,
    (unit, to): (UnitId, HouseholdId),
) -> Result<()> {
    sqlx::query!(
        "UPDATE vehicle SET unit_id = $3, household_id = $4
         WHERE tenant_id = $1 AND household_id = $2 AND ended_at IS NULL",
        tenant.0,
        from.0,
        unit.0,
        to.0
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A step of forgetting somebody: a car tells of whoever is left of its household, and of nobody
/// once all of them are forgotten.
pub(in super::super) async fn forget_with(
    tx: &mut TenantTx,
    tenant: TenantId,
    household: HouseholdId,
) -> Result<()> {
    sqlx::query!(
        "DELETE FROM vehicle
         WHERE tenant_id = $1 AND household_id = $2
           AND NOT EXISTS (SELECT FROM resident r
                           WHERE r.tenant_id = $1 AND r.household_id = $2 AND r.erased_at IS NULL)",
        tenant.0,
        household.0
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A car of an estate, and whose it is.
pub(super) struct Known {
    pub(super) id: VehicleId,
    pub(super) household: HouseholdId,
    pub(super) plate: String,
    pub(super) about: Option<String>,
}

pub(super) async fn of_estate(
    tx: &mut TenantTx,
    tenant: TenantId,
    estate: EstateId,
) -> Result<Vec<Known>> {
    Ok(sqlx::query_as!(
        Known,
        r#"SELECT id AS "id: VehicleId", household_id AS "household: HouseholdId", plate, about
           FROM vehicle WHERE tenant_id = $1 AND estate_id = $2 AND ended_at IS NULL"#,
        tenant.0,
        estate.0
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Who lives in which of these units.
pub(super) async fn households_of(
    tx: &mut TenantTx,
    tenant: TenantId,
    units: &[UnitId],
) -> Result<Vec<(UnitId, HouseholdId)>> {
    let rows = sqlx::query!(
        r#"SELECT unit_id AS "unit: UnitId", id AS "household: HouseholdId" FROM household
           WHERE tenant_id = $1 AND unit_id = ANY ($2) AND ended_on IS NULL"#,
        tenant.0,
        units as _
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.unit, row.household))
        .collect())
}

/// A car as it is taken along with all of a company's.
pub(crate) struct Taken {
    pub(crate) building: String,
    pub(crate) entrance: Option<String>,
    pub(crate) unit: String,
    pub(crate) plate: String,
    pub(crate) about: Option<String>,
}

/// All cars of an estate, in the order of their homes.
pub(crate) async fn taken_along(
    tx: &mut TenantTx,
    tenant: TenantId,
    estate: EstateId,
) -> Result<Vec<Taken>> {
    Ok(sqlx::query_as!(
        Taken,
        r#"SELECT b.name AS building, n.name AS "entrance?", u.code AS unit, v.plate, v.about
           FROM vehicle v
           JOIN unit u ON u.tenant_id = v.tenant_id AND u.id = v.unit_id
           JOIN building b ON b.tenant_id = v.tenant_id AND b.id = u.building_id
           LEFT JOIN entrance n ON n.tenant_id = v.tenant_id AND n.id = u.entrance_id
           WHERE v.tenant_id = $1 AND v.estate_id = $2 AND v.ended_at IS NULL
           ORDER BY u.sort_key, v.id"#,
        tenant.0,
        estate.0
    )
    .fetch_all(tx.conn())
    .await?)
}

/// The cars whose plate starts so, with where it is from, without, or without the office as well.
/// Each range has its own index, past the policies too.
pub(in super::super) async fn find(
    tx: &mut TenantTx,
    tenant: TenantId,
    part: &str,
    estates: Option<&[EstateId]>,
    after: Option<VehicleId>,
    most: i64,
) -> Result<Vec<FoundVehicle>> {
    let end = format!("{part}\u{10ffff}");
    let rows = sqlx::query!(
        r#"SELECT v.id AS "id: VehicleId", v.plate, v.about, v.unit_id AS "unit: UnitId", e.name AS estate,
                  b.name AS building, n.name AS "entrance?", u.code
           FROM (SELECT id FROM vehicle WHERE tenant_id = $1 AND plate >= $2 AND plate < $3 AND ended_at IS NULL
                 UNION
                 SELECT id FROM vehicle WHERE tenant_id = $1 AND find_letter >= $2 AND find_letter < $3 AND ended_at IS NULL
                 UNION
                 SELECT id FROM vehicle WHERE tenant_id = $1 AND find_body >= $2 AND find_body < $3 AND ended_at IS NULL) f
           JOIN vehicle v ON v.tenant_id = $1 AND v.id = f.id
           JOIN unit u ON u.tenant_id = $1 AND u.id = v.unit_id
           JOIN building b ON b.tenant_id = $1 AND b.id = u.building_id
           JOIN estate e ON e.tenant_id = $1 AND e.id = v.estate_id
           LEFT JOIN entrance n ON n.tenant_id = $1 AND n.id = u.entrance_id
           WHERE v.id > $4 AND ($5::uuid[] IS NULL OR v.estate_id = ANY ($5))
           ORDER BY v.id LIMIT $6"#,
        tenant.0,
        part,
        end,
        after.map_or(Uuid::nil(), |id| id.0),
        estates as _,
        most
    )
    .fetch_all(tx.conn())
    .await?;
    let found = rows.into_iter().map(|row| {
        let door = address(&row.building, row.entrance.as_deref(), &row.code);
        FoundVehicle {
            vehicle: shown(row.id, row.plate, row.about),
            unit: row.unit,
            home: format!("{} {door}", row.estate),
        }
    });
    Ok(found.collect())
}
