//! The SQL of units that move, are split, made one, archived and taken back.

use domain::{BuildingId, EntranceId, HouseholdId, ResidentId, TenantId, UnitId, estates::Area};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use uuid::Uuid;

use super::super::store::or_taken;
use crate::kernel::{error::Result, tx::TenantTx};

/// Puts a unit into a building and an entrance, at its place in lists.
pub(super) async fn place(
    tx: &mut TenantTx,
    tenant: TenantId,
    unit: UnitId,
    (building, entrance, sort_key): (BuildingId, Option<EntranceId>, &str),
) -> Result<()> {
    sqlx::query!(
        "UPDATE unit SET building_id = $3, entrance_id = $4, sort_key = $5 WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        unit.0,
        building.0,
        entrance.map(|id| id.0),
        sort_key
    )
    .execute(tx.conn())
    .await
    .map_err(|error| or_taken(error, "unit"))?;
    Ok(())
}

pub(super) async fn resize(
    tx: &mut TenantTx,
    tenant: TenantId,
    unit: UnitId,
    area: Area,
) -> Result<()> {
    // What lies within the walls is for somebody to measure again.
    sqlx::query!(
        "UPDATE unit SET gross_area = $3, inner_area = NULL WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        unit.0,
        area.0
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn devices_in_use(
    tx: &mut TenantTx,
    tenant: TenantId,
    unit: UnitId,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM device
                          WHERE tenant_id = $1 AND unit_id = $2 AND retired_at IS NULL) AS "there!""#,
        tenant.0,
        unit.0
    )
    .fetch_one(tx.conn())
    .await?)
}

/// Archives a unit; `into` is the one that it is a part of from now on.
pub(super) async fn archive(
    tx: &mut TenantTx,
    tenant: TenantId,
    unit: UnitId,
    into: Option<UnitId>,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "UPDATE unit SET archived_at = $3, merged_into = $4 WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        unit.0,
        now.to_sqlx() as _,
        into.map(|unit| unit.0)
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn restore(tx: &mut TenantTx, tenant: TenantId, unit: UnitId) -> Result<()> {
    sqlx::query!(
        "UPDATE unit SET archived_at = NULL, merged_into = NULL WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        unit.0
    )
    .execute(tx.conn())
    .await
    .map_err(|error| or_taken(error, "unit"))?;
    Ok(())
}

/// A unit that a split makes, on the floor and for the use of the one that it was cut from.
pub(super) struct Part<'a> {
    pub(super) id: UnitId,
    pub(super) of: UnitId,
    pub(super) code: &'a str,
    pub(super) area: Option<Area>,
    pub(super) sort_key: &'a str,
    pub(super) at: Timestamp,
}

pub(super) async fn insert_part(tx: &mut TenantTx, tenant: TenantId, part: Part<'_>) -> Result<()> {
    sqlx::query!(
        "INSERT INTO unit (tenant_id, id, estate_id, building_id, entrance_id, code, floor_label, true_floor, gross_area,
                           use, occupancy, fee_start, sort_key, created_at)
         SELECT tenant_id, $3, estate_id, building_id, entrance_id, $4, floor_label, true_floor, $5,
                use, occupancy, fee_start, $6, $7
         FROM unit WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        part.of.0,
        part.id.0,
        part.code,
        part.area.map(|area| area.0),
        part.sort_key,
        part.at.to_sqlx() as _
    )
    .execute(tx.conn())
    .await
    .map_err(|error| or_taken(error, "unit"))?;
    Ok(())
}

/// The owners of a running household, in the order in which they were written down.
pub(super) async fn owners(
    tx: &mut TenantTx,
    tenant: TenantId,
    household: HouseholdId,
) -> Result<Vec<ResidentId>> {
    Ok(sqlx::query_scalar!(
        r#"SELECT id AS "id: ResidentId" FROM resident
           WHERE tenant_id = $1 AND household_id = $2 AND relation = 'owner' AND ended_at IS NULL
           ORDER BY id"#,
        tenant.0,
        household.0
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Writes owners down in another household as well, each under a new id; gives how many there were.
pub(super) async fn copy_owners(
    tx: &mut TenantTx,
    tenant: TenantId,
    (household, unit): (HouseholdId, UnitId),
    copies: &[(ResidentId, ResidentId)],
    now: Timestamp,
) -> Result<usize> {
    let (from, to): (Vec<Uuid>, Vec<Uuid>) = copies.iter().map(|(from, to)| (from.0, to.0)).unzip();
    let written = sqlx::query!(
        "INSERT INTO resident (tenant_id, id, household_id, estate_id, unit_id, name, spelt, phone_cipher, phone_index,
                               phone_tail, id_number_cipher, id_number_index, relation, share, company, agent,
                               person_id, created_at)
         SELECT r.tenant_id, x.id, $2, r.estate_id, $3, r.name, r.spelt, r.phone_cipher, r.phone_index,
                r.phone_tail, r.id_number_cipher, r.id_number_index, r.relation, r.share, r.company, r.agent,
                r.person_id, $4
         FROM UNNEST($5::uuid[], $6::uuid[]) AS x (of, id)
         JOIN resident r ON r.tenant_id = $1 AND r.id = x.of",
        tenant.0,
        household.0,
        unit.0,
        now.to_sqlx() as _,
        &from,
        &to
    )
    .execute(tx.conn())
    .await?;
    Ok(usize::try_from(written.rows_affected()).unwrap_or(usize::MAX))
}

/// Whether two households have owners of the same names, and the same numbers where both are known.
pub(super) async fn same_owners(
    tx: &mut TenantTx,
    tenant: TenantId,
    one: HouseholdId,
    other: HouseholdId,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"WITH a AS (SELECT name, phone_index FROM resident
                      WHERE tenant_id = $1 AND household_id = $2 AND relation = 'owner' AND ended_at IS NULL),
                b AS (SELECT name, phone_index FROM resident
                      WHERE tenant_id = $1 AND household_id = $3 AND relation = 'owner' AND ended_at IS NULL)
           SELECT (SELECT count(*) FROM a) = (SELECT count(*) FROM b)
              AND NOT EXISTS (
                  SELECT FROM a WHERE NOT EXISTS (
                      SELECT FROM b WHERE b.name = a.name
                                      AND (b.phone_index = a.phone_index OR b.phone_index IS NULL OR a.phone_index IS NULL)))
              AND NOT EXISTS (
                  SELECT FROM b WHERE NOT EXISTS (
                      SELECT FROM a WHERE b.name = a.name
                                      AND (b.phone_index = a.phone_index OR b.phone_index IS NULL OR a.phone_index IS NULL)))
                  AS "same!""#,
        tenant.0,
        one.0,
        other.0
    )
    .fetch_one(tx.conn())
    .await?)
}

/// Whether somebody else than its owners belongs to a household.
pub(super) async fn others_living(
    tx: &mut TenantTx,
    tenant: TenantId,
    household: HouseholdId,
    now: Timestamp,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM resident
                          WHERE tenant_id = $1 AND household_id = $2 AND relation <> 'owner' AND ended_at IS NULL
                            AND (until_at IS NULL OR until_at > $3)) AS "there!""#,
        tenant.0,
        household.0,
        now.to_sqlx() as _
    )
    .fetch_one(tx.conn())
    .await?)
}

pub(super) async fn building_archived(
    tx: &mut TenantTx,
    tenant: TenantId,
    building: BuildingId,
) -> Result<bool> {
    let archived = sqlx::query_scalar!(
        r#"SELECT archived_at IS NOT NULL AS "archived!" FROM building WHERE tenant_id = $1 AND id = $2"#,
        tenant.0,
        building.0
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(archived.unwrap_or(false))
}

/// Whether somebody lives in a building, and whether a device is in use in its units.
pub(super) async fn building_in_use(
    tx: &mut TenantTx,
    tenant: TenantId,
    building: BuildingId,
) -> Result<(bool, bool)> {
    let row = sqlx::query!(
        r#"SELECT EXISTS (SELECT FROM unit u JOIN household h ON h.tenant_id = $1 AND h.unit_id = u.id AND h.ended_on IS NULL
                          WHERE u.tenant_id = $1 AND u.building_id = $2) AS "lived_in!",
                  EXISTS (SELECT FROM unit u JOIN device d ON d.tenant_id = $1 AND d.unit_id = u.id AND d.retired_at IS NULL
                          WHERE u.tenant_id = $1 AND u.building_id = $2) AS "equipped!""#,
        tenant.0,
        building.0
    )
    .fetch_one(tx.conn())
    .await?;
    Ok((row.lived_in, row.equipped))
}

/// Archives a building and its units at one moment, by which those are known that come back with it.
pub(super) async fn archive_building(
    tx: &mut TenantTx,
    tenant: TenantId,
    building: BuildingId,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "WITH units AS (
             UPDATE unit SET archived_at = $3 WHERE tenant_id = $1 AND building_id = $2 AND archived_at IS NULL
         )
         UPDATE building SET archived_at = $3 WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        building.0,
        now.to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// How many units come back with it.
pub(super) async fn restore_building(
    tx: &mut TenantTx,
    tenant: TenantId,
    building: BuildingId,
) -> Result<i64> {
    sqlx::query_scalar!(
        r#"WITH gone AS (
               SELECT archived_at FROM building WHERE tenant_id = $1 AND id = $2
           ), back AS (
               UPDATE building SET archived_at = NULL WHERE tenant_id = $1 AND id = $2
           ), units AS (
               UPDATE unit u SET archived_at = NULL FROM gone
               WHERE u.tenant_id = $1 AND u.building_id = $2 AND u.archived_at = gone.archived_at
                 AND u.merged_into IS NULL
               RETURNING u.id
           )
           SELECT count(*) AS "count!" FROM units"#,
        tenant.0,
        building.0
    )
    .fetch_one(tx.conn())
    .await
    .map_err(|error| or_taken(error, "name"))
}
