//! The SQL of invitations.

use domain::{
    EstateId, HouseholdId, InvitationId, PersonId, ResidentId, TenantId, UnitId, estates::address,
    identity::Place,
};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;

use crate::{
    identity::InviteLink,
    kernel::{cx::Cx, error::Result, tx::TenantTx},
};

pub(super) struct Invitee {
    pub(super) household: HouseholdId,
    pub(super) estate: EstateId,
    unit: UnitId,
    /// Who came in as that resident.
    pub(super) person: Option<PersonId>,
}

impl Invitee {
    pub(super) const fn place(&self) -> Place {
        Place::hanging(self.estate, Some(self.unit))
    }
}

/// A resident of a current household.
pub(super) async fn invitee(
    tx: &mut TenantTx,
    tenant: TenantId,
    resident: ResidentId,
) -> Result<Option<Invitee>> {
    Ok(sqlx::query_as!(
        Invitee,
        r#"SELECT r.household_id AS "household: HouseholdId", r.estate_id AS "estate: EstateId",
                  r.unit_id AS "unit: UnitId", r.person_id AS "person: PersonId"
           FROM resident r
           JOIN household h ON h.tenant_id = r.tenant_id AND h.id = r.household_id AND h.ended_on IS NULL
           WHERE r.tenant_id = $1 AND r.id = $2 AND r.ended_at IS NULL"#,
        tenant.0,
        resident.0
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Ends the links of a resident that nobody has used.
pub(in crate::estates) async fn revoke(
    tx: &mut TenantTx,
    tenant: TenantId,
    resident: ResidentId,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "UPDATE invitation SET revoked_at = $3
         WHERE tenant_id = $1 AND resident_id = $2 AND used_at IS NULL AND revoked_at IS NULL",
        tenant.0,
        resident.0,
        now.to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Writes an invitation in the place of the resident's open ones.
pub(in crate::estates) async fn replace(
    tx: &mut TenantTx,
    cx: &Cx,
    id: InvitationId,
    (household, resident): (HouseholdId, ResidentId),
    link: &InviteLink,
) -> Result<()> {
    sqlx::query!(
        "WITH earlier AS (
             UPDATE invitation SET revoked_at = $6
             WHERE tenant_id = $1 AND resident_id = $4 AND used_at IS NULL AND revoked_at IS NULL
         )
         INSERT INTO invitation (tenant_id, id, household_id, resident_id, token_hash, created_at, expires_at,
                                 invited_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        cx.tenant.id.0,
        id.0,
        household.0,
        resident.0,
        link.digest(),
        cx.now().to_sqlx() as _,
        link.expires_at.to_sqlx() as _,
        cx.actor.person().map(|person| person.0)
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) struct InvitationRow {
    pub(super) tenant: TenantId,
    pub(super) id: InvitationId,
    pub(super) resident: ResidentId,
    pub(super) resident_name: String,
    pub(super) company: String,
    pub(super) slug: String,
    pub(super) suspended: bool,
    estate: String,
    building: String,
    entrance: Option<String>,
    unit: String,
}

impl InvitationRow {
    /// `阳光花园 3号楼 2单元 1202`
    pub(super) fn home(&self) -> String {
        let door = address(&self.building, self.entrance.as_deref(), &self.unit);
        format!("{} {door}", self.estate)
    }
}

/// An invitation that still opens. Crosses tenants: the token is all that is known.
pub(super) async fn by_token(
    tx: &mut TenantTx,
    token_hash: &[u8],
    now: Timestamp,
) -> Result<Option<InvitationRow>> {
    Ok(sqlx::query_as!(
        InvitationRow,
        r#"SELECT tenant_id AS "tenant!: TenantId", id AS "id!: InvitationId",
                  resident_id AS "resident!: ResidentId", resident_name AS "resident_name!",
                  company AS "company!", slug AS "slug!",
                  EXISTS (SELECT FROM linli.suspended(ARRAY[tenant_id])) AS "suspended!", estate AS "estate!",
                  building AS "building!", entrance, unit AS "unit!"
           FROM linli.invitation_of($1, $2)"#,
        token_hash,
        now.to_sqlx() as _
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// False where somebody else was faster.
pub(super) async fn use_up(
    tx: &mut TenantTx,
    tenant: TenantId,
    id: InvitationId,
    now: Timestamp,
) -> Result<bool> {
    let used = sqlx::query!(
        "UPDATE invitation SET used_at = $3
         WHERE tenant_id = $1 AND id = $2 AND used_at IS NULL AND revoked_at IS NULL",
        tenant.0,
        id.0,
        now.to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(used.rows_affected() == 1)
}

/// Makes the home the person's, and says in which estate it is.
pub(super) async fn claim(
    tx: &mut TenantTx,
    tenant: TenantId,
    resident: ResidentId,
    person: PersonId,
) -> Result<EstateId> {
    Ok(sqlx::query_scalar!(
        r#"UPDATE resident r SET person_id = $3
           FROM household h
           WHERE r.tenant_id = $1 AND r.id = $2 AND h.tenant_id = r.tenant_id AND h.id = r.household_id
           RETURNING h.estate_id AS "estate: EstateId""#,
        tenant.0,
        resident.0,
        person.0
    )
    .fetch_one(tx.conn())
    .await?)
}
