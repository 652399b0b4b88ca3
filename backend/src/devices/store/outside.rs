//! Devices that speak over a broker which is not ours.

use domain::{DeviceId, EstateId, TenantId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;

use super::super::doors::DeviceLogin;
use crate::kernel::{error::Result, tx::TenantTx};

pub(in super::super) async fn bridged(tx: &mut TenantTx) -> Result<Vec<(TenantId, String)>> {
    let rows = sqlx::query!(
        r#"SELECT tenant AS "tenant!: TenantId", slug AS "slug!" FROM linli.tenants_bridged()"#
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.tenant, row.slug)).collect())
}

pub(in super::super) async fn speaker(
    tx: &mut TenantTx,
    tenant: TenantId,
    key: &str,
) -> Result<Option<DeviceLogin>> {
    let row = sqlx::query!(
        r#"SELECT d.id AS "device: DeviceId", d.estate_id AS "estate: EstateId",
                  c.created_at AS "since: jiff_sqlx::Timestamp"
           FROM device d
           JOIN device_credential c ON c.tenant_id = d.tenant_id AND c.device_id = d.id
           WHERE d.tenant_id = $1 AND d.key = $2 AND d.transport ? 'mqtt' AND c.revoked_at IS NULL
             AND d.retired_at IS NULL"#,
        tenant.0,
        key
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| DeviceLogin {
        tenant,
        device: row.device,
        estate: row.estate,
        since: row.since.to_jiff(),
    }))
}

pub(in super::super) async fn with_accounts_due(
    tx: &mut TenantTx,
) -> Result<Vec<(TenantId, String)>> {
    let rows = sqlx::query!(
        r#"SELECT tenant AS "tenant!: TenantId", slug AS "slug!" FROM linli.tenants_with_accounts_due()"#
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.tenant, row.slug)).collect())
}

pub(in super::super) struct AccountRow {
    pub(in super::super) device: DeviceId,
    pub(in super::super) key: String,
    pub(in super::super) sealed: Option<Vec<u8>>,
    pub(in super::super) changed_at: Timestamp,
}

/// What ends comes first: it never waits, and the rest may.
pub(in super::super) async fn accounts_due(
    tx: &mut TenantTx,
    tenant: TenantId,
    most: i64,
) -> Result<Vec<AccountRow>> {
    let rows = sqlx::query!(
        r#"SELECT a.device_id AS "device: DeviceId", d.key, a.sealed,
                  a.changed_at AS "changed_at: jiff_sqlx::Timestamp"
           FROM broker_account a JOIN device d ON d.tenant_id = a.tenant_id AND d.id = a.device_id
           WHERE a.tenant_id = $1
           ORDER BY a.sealed IS NOT NULL, a.changed_at, a.device_id LIMIT $2"#,
        tenant.0,
        most
    )
    .fetch_all(tx.conn())
    .await?;
    let rows = rows.into_iter();
    Ok(rows
        .map(|row| AccountRow {
            device: row.device,
            key: row.key,
            sealed: row.sealed,
            changed_at: row.changed_at.to_jiff(),
        })
        .collect())
}

pub(in super::super) async fn told(
    tx: &mut TenantTx,
    tenant: TenantId,
    told: &[(DeviceId, Timestamp)],
) -> Result<()> {
    sqlx::query!(
        "DELETE FROM broker_account a
         USING UNNEST($2::uuid[], $3::timestamptz[]) AS t(device_id, changed_at)
         WHERE a.tenant_id = $1 AND a.device_id = t.device_id AND a.changed_at = t.changed_at",
        tenant.0,
        told.iter().map(|told| told.0).collect::<Vec<_>>() as _,
        told.iter().map(|told| told.1.to_sqlx()).collect::<Vec<_>>() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Of those among them that speak over MQTT, and tells of them with the commit.
pub(in super::super) async fn put_aside(
    tx: &mut TenantTx,
    tenant: TenantId,
    rows: &[(DeviceId, EstateId, Option<Vec<u8>>)],
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "WITH aside AS (
             INSERT INTO broker_account AS a (tenant_id, device_id, estate_id, sealed, changed_at)
             SELECT $1, s.device_id, s.estate_id, s.sealed, $5
             FROM UNNEST($2::uuid[], $3::uuid[], $4::bytea[]) AS s(device_id, estate_id, sealed)
             JOIN device d ON d.tenant_id = $1 AND d.id = s.device_id AND d.transport ? 'mqtt'
             ON CONFLICT (tenant_id, device_id) DO UPDATE
             -- Twice within one tick of the clock is told twice all the same.
             SET sealed = excluded.sealed,
                 changed_at = greatest(excluded.changed_at, a.changed_at + interval '1 microsecond')
             RETURNING device_id
         )
         SELECT linli.tell_changed('device', $1, device_id) FROM aside",
        tenant.0,
        rows.iter().map(|row| row.0).collect::<Vec<_>>() as _,
        rows.iter().map(|row| row.1).collect::<Vec<_>>() as _,
        rows.iter().map(|row| row.2.as_deref()).collect::<Vec<_>>() as _,
        now.to_sqlx() as _
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(())
}
