//! The SQL of changed devices.

use domain::{
    DeviceId, EstateId, TenantId, UnitId,
    devices::{Transport, changes::Whereto},
};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::types::Json;

use crate::kernel::{error::Result, tx::TenantTx};

/// A device before it is changed.
pub(super) struct Before {
    pub(super) name: String,
    pub(super) estate: EstateId,
    pub(super) unit: Option<UnitId>,
    pub(super) retired: bool,
    pub(super) transport: Transport,
}

/// Locks it until the transaction ends.
pub(super) async fn device(
    tx: &mut TenantTx,
    tenant: TenantId,
    id: DeviceId,
) -> Result<Option<Before>> {
    let row = sqlx::query!(
        r#"SELECT name, estate_id AS "estate: EstateId", unit_id AS "unit: UnitId",
                  retired_at IS NOT NULL AS "retired!", transport AS "transport: Json<Transport>"
           FROM device WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE"#,
        tenant.0,
        id.0
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| Before {
        name: row.name,
        estate: row.estate,
        unit: row.unit,
        retired: row.retired,
        transport: row.transport.0,
    }))
}

/// A unit of the estate, by its id or its address.
pub(super) async fn unit(
    tx: &mut TenantTx,
    tenant: TenantId,
    estate: EstateId,
    to: &Whereto,
) -> Result<Option<UnitId>> {
    let (id, address) = match to {
        Whereto::Estate => return Ok(None),
        Whereto::Unit(id) => (Some(id.0), None),
        Whereto::Address(address) => (None, Some(address.as_str())),
    };
    // Names may hold spaces of their own: what is typed is compared with one between all words.
    Ok(sqlx::query_scalar!(
        r#"SELECT u.id AS "id: UnitId"
           FROM unit u
           JOIN building b ON b.tenant_id = u.tenant_id AND b.id = u.building_id
           LEFT JOIN entrance n ON n.tenant_id = u.tenant_id AND n.id = u.entrance_id
           WHERE u.tenant_id = $1 AND u.estate_id = $2 AND u.archived_at IS NULL
             AND (u.id = $3 OR regexp_replace(concat_ws(' ', b.name, n.name, u.code), '\s+', ' ', 'g') = $4)
           LIMIT 1"#,
        tenant.0,
        estate.0,
        id,
        address
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// The devices of a unit that are in use, locked until the transaction ends.
pub(super) async fn in_use(
    tx: &mut TenantTx,
    tenant: TenantId,
    unit: UnitId,
) -> Result<Vec<DeviceId>> {
    Ok(sqlx::query_scalar!(
        r#"SELECT id AS "id: DeviceId" FROM device
           WHERE tenant_id = $1 AND unit_id = $2 AND retired_at IS NULL FOR NO KEY UPDATE"#,
        tenant.0,
        unit.0
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Takes along what hangs on the unit, ends the tenures of whoever had the points, and starts those of
/// whoever lives there now.
pub(super) async fn move_to(
    tx: &mut TenantTx,
    tenant: TenantId,
    id: DeviceId,
    unit: Option<UnitId>,
    at: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "WITH moved AS (
             UPDATE device SET unit_id = $3 WHERE tenant_id = $1 AND id = $2
         ), points AS (
             UPDATE point SET unit_id = $3 WHERE tenant_id = $1 AND device_id = $2 RETURNING id
         ), hung AS (
             UPDATE instrument SET unit_id = $3 WHERE tenant_id = $1 AND device_id = $2
         ), ended AS (
             -- A tenure that began at this very moment ends empty, not before it began.
             UPDATE point_tenure o SET to_at = greatest($4, o.from_at)
             FROM points p WHERE o.tenant_id = $1 AND o.point_id = p.id AND o.to_at IS NULL
         )
         INSERT INTO point_tenure (tenant_id, point_id, household_id, from_at)
         SELECT $1, p.id, h.id, $4
         FROM points p
         JOIN household h ON h.tenant_id = $1 AND h.unit_id = $3 AND h.ended_on IS NULL
         ON CONFLICT (tenant_id, point_id, household_id, from_at) DO UPDATE SET to_at = NULL",
        tenant.0,
        id.0,
        unit.map(|unit| unit.0),
        at.to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn rename(
    tx: &mut TenantTx,
    tenant: TenantId,
    id: DeviceId,
    name: &str,
) -> Result<()> {
    sqlx::query!(
        "UPDATE device SET name = $3 WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        id.0,
        name
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn ask_at(
    tx: &mut TenantTx,
    tenant: TenantId,
    id: DeviceId,
    transport: &Transport,
) -> Result<()> {
    sqlx::query!(
        "UPDATE device SET transport = $3 WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        id.0,
        Json(transport) as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// From then on; in use again where that is nothing.
pub(super) async fn retire(
    tx: &mut TenantTx,
    tenant: TenantId,
    id: DeviceId,
    at: Option<Timestamp>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE device SET retired_at = $3 WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        id.0,
        at.map(jiff_sqlx::Timestamp::from) as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
