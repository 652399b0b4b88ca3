//! The SQL of staff invitations.

use domain::{GrantId, JoinId, PersonId, TenantId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;

use super::{Stored, columns, split};
use crate::{
    identity::InviteLink,
    kernel::{cx::Cx, error::Result, tx::TenantTx},
};

/// The grant that a staff invitation brings.
pub(in super::super) async fn grant_of_invitation(
    tx: &mut TenantTx,
    cx: &Cx,
    id: GrantId,
    person: PersonId,
    invitation: JoinId,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO role_grant (tenant_id, id, person_id, role, custom_role_id, everywhere, regions, estates, phases,
                                 buildings, units, until_at, granted_by, granted_at)
         SELECT tenant_id, $3, $4, role, custom_role_id, everywhere, regions, estates, phases, buildings, units,
                until_at, invited_by, $5
         FROM staff_invitation WHERE tenant_id = $1 AND id = $2",
        cx.tenant.id.0,
        invitation.0,
        id.0,
        person.0,
        cx.now().to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(in super::super) async fn revoke_invitations(
    tx: &mut TenantTx,
    tenant: TenantId,
    by: PersonId,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "UPDATE staff_invitation SET revoked_at = $3
         WHERE tenant_id = $1 AND invited_by = $2 AND used_at IS NULL AND revoked_at IS NULL",
        tenant.0,
        by.0,
        now.to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(in super::super) async fn insert_invitation(
    tx: &mut TenantTx,
    cx: &Cx,
    id: JoinId,
    name: &str,
    grant: &Stored,
    link: &InviteLink,
) -> Result<()> {
    let (role, custom) = columns(grant.role);
    let of = split(&grant.places);
    sqlx::query!(
        "INSERT INTO staff_invitation (tenant_id, id, name, token_hash, role, custom_role_id, everywhere, regions,
                                       estates, phases, buildings, units, until_at, invited_by, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        cx.tenant.id.0,
        id.0,
        name,
        link.digest(),
        role,
        custom,
        grant.places.is_empty(),
        of.regions as _,
        of.estates as _,
        of.phases as _,
        of.buildings as _,
        of.units as _,
        grant.until.map(ToSqlx::to_sqlx) as _,
        cx.actor.person().map(|id| id.0),
        cx.now().to_sqlx() as _,
        link.expires_at.to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(in super::super) struct InvitationRow {
    pub(in super::super) tenant: TenantId,
    pub(in super::super) id: JoinId,
    pub(in super::super) name: String,
    pub(in super::super) company: String,
    pub(in super::super) slug: String,
    pub(in super::super) time_zone: String,
    pub(in super::super) tenant_state: String,
}

/// A staff invitation that still opens. Crosses tenants: the token is all that is known.
pub(in super::super) async fn by_token(
    tx: &mut TenantTx,
    token_hash: &[u8],
    now: Timestamp,
) -> Result<Option<InvitationRow>> {
    Ok(sqlx::query_as!(
        InvitationRow,
        r#"SELECT tenant_id AS "tenant!: TenantId", id AS "id!: JoinId", name AS "name!", company AS "company!",
                  slug AS "slug!", time_zone AS "time_zone!", tenant_state AS "tenant_state!"
           FROM linli.staff_invitation_of($1, $2)"#,
        token_hash,
        now.to_sqlx() as _
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// False where somebody else was faster.
pub(in super::super) async fn use_up(
    tx: &mut TenantTx,
    tenant: TenantId,
    id: JoinId,
    now: Timestamp,
) -> Result<bool> {
    let used = sqlx::query!(
        "UPDATE staff_invitation SET used_at = $3
         WHERE tenant_id = $1 AND id = $2 AND used_at IS NULL AND revoked_at IS NULL",
        tenant.0,
        id.0,
        now.to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(used.rows_affected() == 1)
}
