//! The SQL of roles that a company makes for itself.

use domain::{
    RoleId, TenantId,
    identity::{Action, Actions, NewRole, RoleKey},
};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;

use super::role_key;
use crate::kernel::{
    error::{Error, Result},
    tx::TenantTx,
};

fn actions(words: &[String]) -> Actions {
    words
        .iter()
        .filter_map(|word| Action::parse(word))
        .collect()
}

/// How many members hold each role.
pub(in super::super) async fn holders(
    tx: &mut TenantTx,
    tenant: TenantId,
    now: Timestamp,
) -> Result<Vec<(RoleKey, i64)>> {
    let rows = sqlx::query!(
        r#"SELECT role, custom_role_id AS "custom_role: RoleId", count(DISTINCT person_id) AS "holders!"
           FROM role_grant
           WHERE tenant_id = $1 AND ended_at IS NULL AND (until_at IS NULL OR until_at > $2)
           GROUP BY role, custom_role_id"#,
        tenant.0,
        now.to_sqlx() as _
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| Ok((role_key(&row.role, row.custom_role)?, row.holders)))
        .collect()
}

pub(in super::super) async fn own_roles(
    tx: &mut TenantTx,
    tenant: TenantId,
) -> Result<Vec<(RoleId, String, Actions)>> {
    let rows = sqlx::query!(
        r#"SELECT id AS "id: RoleId", name, actions FROM custom_role
           WHERE tenant_id = $1 AND ended_at IS NULL ORDER BY id"#,
        tenant.0
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.id, row.name, actions(&row.actions)))
        .collect())
}

/// What a role of the company's own allows, held as it is to the end of the transaction.
pub(in super::super) async fn role_actions(
    tx: &mut TenantTx,
    tenant: TenantId,
    id: RoleId,
) -> Result<Option<Actions>> {
    let row = sqlx::query_scalar!(
        "SELECT actions FROM custom_role WHERE tenant_id = $1 AND id = $2 AND ended_at IS NULL FOR SHARE",
        tenant.0,
        id.0
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|words| actions(&words)))
}

/// The same, for whoever is about to change it.
pub(in super::super) async fn lock_role(
    tx: &mut TenantTx,
    tenant: TenantId,
    id: RoleId,
) -> Result<Option<Actions>> {
    let row = sqlx::query_scalar!(
        "SELECT actions FROM custom_role WHERE tenant_id = $1 AND id = $2 AND ended_at IS NULL FOR UPDATE",
        tenant.0,
        id.0
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|words| actions(&words)))
}

fn words(role: &NewRole) -> Vec<String> {
    let word = |action: Action| action.as_str().to_owned();
    role.actions.iter().map(word).collect()
}

fn or_taken(error: sqlx::Error) -> Error {
    match &error {
        sqlx::Error::Database(db) if db.is_unique_violation() => Error::taken("name"),
        _ => error.into(),
    }
}

pub(in super::super) async fn insert_role(
    tx: &mut TenantTx,
    tenant: TenantId,
    id: RoleId,
    role: &NewRole,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO custom_role (tenant_id, id, name, actions, created_at) VALUES ($1, $2, $3, $4, $5)",
        tenant.0,
        id.0,
        role.name,
        &words(role),
        now.to_sqlx() as _
    )
    .execute(tx.conn())
    .await
    .map_err(or_taken)?;
    Ok(())
}

pub(in super::super) async fn update_role(
    tx: &mut TenantTx,
    tenant: TenantId,
    id: RoleId,
    role: &NewRole,
) -> Result<()> {
    sqlx::query!(
        "WITH changed AS (
             UPDATE custom_role SET name = $3, actions = $4 WHERE tenant_id = $1 AND id = $2 RETURNING tenant_id
         )
         SELECT linli.tell_changed('tenant', tenant_id) FROM changed",
        tenant.0,
        id.0,
        role.name,
        &words(role)
    )
    .execute(tx.conn())
    .await
    .map_err(or_taken)?;
    Ok(())
}

/// Revokes the links that holders of a role have sent out: they might give what the role no longer
/// allows.
pub(in super::super) async fn revoke_invitations_of_holders(
    tx: &mut TenantTx,
    tenant: TenantId,
    role: RoleId,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "UPDATE staff_invitation i SET revoked_at = $3
         WHERE i.tenant_id = $1 AND i.used_at IS NULL AND i.revoked_at IS NULL
           AND EXISTS (SELECT FROM role_grant g
                       WHERE g.tenant_id = $1 AND g.person_id = i.invited_by AND g.custom_role_id = $2
                         AND g.ended_at IS NULL)",
        tenant.0,
        role.0,
        now.to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Ends a role, its running grants and keys, and the links that would bring it.
pub(in super::super) async fn end_role(
    tx: &mut TenantTx,
    tenant: TenantId,
    id: RoleId,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "WITH granted AS (
             UPDATE role_grant SET ended_at = $3 WHERE tenant_id = $1 AND custom_role_id = $2 AND ended_at IS NULL
         ), invited AS (
             UPDATE staff_invitation SET revoked_at = $3
             WHERE tenant_id = $1 AND custom_role_id = $2 AND used_at IS NULL AND revoked_at IS NULL
         ), keyed AS (
             UPDATE api_key SET ended_at = $3 WHERE tenant_id = $1 AND custom_role_id = $2 AND ended_at IS NULL
         )
         UPDATE custom_role SET ended_at = $3 WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        id.0,
        now.to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
