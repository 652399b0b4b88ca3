//! Secrets and gateways.

use std::collections::HashMap;

use domain::{DeviceId, EstateId, TenantId, UnitId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;

use super::super::doors::{DeviceLogin, Door};
use crate::kernel::{error::Result, tx::TenantTx};

pub(in super::super) async fn login(
    tx: &mut TenantTx,
    slug: &str,
    key: &str,
) -> Result<Option<(DeviceLogin, Vec<u8>)>> {
    let row = sqlx::query!(
        r#"SELECT tenant_id AS "tenant!: TenantId", device_id AS "device!: DeviceId",
                  estate_id AS "estate!: EstateId", secret_hash AS "secret_hash!",
                  since AS "since!: jiff_sqlx::Timestamp"
           FROM linli.device_login($1, $2)"#,
        slug,
        key
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| {
        let login = DeviceLogin {
            tenant: row.tenant,
            device: row.device,
            estate: row.estate,
            since: row.since.to_jiff(),
        };
        (login, row.secret_hash)
    }))
}

/// What is asked of a device before its secret changes.
pub(in super::super) struct DeviceRow {
    pub(in super::super) key: String,
    pub(in super::super) estate: EstateId,
    pub(in super::super) unit: Option<UnitId>,
    pub(in super::super) retired: bool,
}

/// Locks it until the transaction ends: a secret that is made while the device is being retired would
/// outlive it.
pub(in super::super) async fn device(
    tx: &mut TenantTx,
    tenant: TenantId,
    id: DeviceId,
) -> Result<Option<DeviceRow>> {
    Ok(sqlx::query_as!(
        DeviceRow,
        r#"SELECT key, estate_id AS "estate: EstateId", unit_id AS "unit: UnitId",
                  retired_at IS NOT NULL AS "retired!"
           FROM device WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE"#,
        tenant.0,
        id.0
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Puts a new secret in the place of the old one, or none, and tells whoever holds the connection.
pub(in super::super) async fn change(
    tx: &mut TenantTx,
    tenant: TenantId,
    id: DeviceId,
    hash: Option<&[u8; 32]>,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "WITH changed AS (
             UPDATE device_credential
             -- Nothing hashes to no bytes. (The serving login may not read the hash that is there.)
             SET secret_hash = coalesce($3, ''::bytea),
                 created_at = CASE WHEN $3 IS NULL THEN created_at ELSE $4 END,
                 revoked_at = CASE WHEN $3 IS NULL THEN coalesce(revoked_at, $4) END
             WHERE tenant_id = $1 AND device_id = $2
             RETURNING device_id
         )
         SELECT linli.tell_changed('device', $1, device_id) FROM changed",
        tenant.0,
        id.0,
        hash.map(<[u8; 32]>::as_slice),
        now.to_sqlx() as _
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(())
}

pub(in super::super) async fn out(tx: &mut TenantTx, doors: &[Door]) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar!(
        r#"SELECT username AS "username!" FROM linli.devices_out($1, $2, $3)"#,
        doors.iter().map(|door| door.tenant).collect::<Vec<_>>() as _,
        doors.iter().map(|door| door.device).collect::<Vec<_>>() as _,
        doors
            .iter()
            .map(|door| door.since.map(jiff_sqlx::Timestamp::from))
            .collect::<Vec<_>>() as _
    )
    .fetch_all(tx.conn())
    .await?)
}

pub(in super::super) async fn behind(
    tx: &mut TenantTx,
    tenant: TenantId,
    gateway: DeviceId,
    keys: &[String],
) -> Result<HashMap<String, (DeviceId, EstateId)>> {
    let rows = sqlx::query!(
        r#"SELECT key, id AS "id: DeviceId", estate_id AS "estate: EstateId"
           FROM device
           WHERE tenant_id = $1 AND gateway_id = $2 AND key = ANY ($3) AND retired_at IS NULL"#,
        tenant.0,
        gateway.0,
        keys
    )
    .fetch_all(tx.conn())
    .await?;
    let rows = rows.into_iter();
    Ok(rows.map(|row| (row.key, (row.id, row.estate))).collect())
}
