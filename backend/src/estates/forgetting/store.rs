//! The SQL of forgetting a resident.

use domain::{HouseholdId, PersonId, ResidentId, TenantId, privacy::ERASED};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;

use crate::{
    estates::{invitations, vehicles},
    kernel::{cx::Cx, error::Result, tx::TenantTx},
};

/// The links come first: whoever is going through one just now is waited for.
pub(super) async fn forget_resident(
    tx: &mut TenantTx,
    tenant: TenantId,
    resident: ResidentId,
    now: Timestamp,
) -> Result<()> {
    invitations::store::revoke(tx, tenant, resident, now).await?;
    let household = sqlx::query_scalar!(
        r#"UPDATE resident
         SET name = $3, phone_cipher = NULL, phone_index = NULL, phone_tail = NULL, id_number_cipher = NULL,
             id_number_index = NULL, agent = NULL, spelt = NULL, person_id = NULL, ended_at = coalesce(ended_at, $4), erased_at = $4
         WHERE tenant_id = $1 AND id = $2
         RETURNING household_id AS "household: HouseholdId""#,
        tenant.0,
        resident.0,
        ERASED,
        now.to_sqlx() as _
    )
    .fetch_optional(tx.conn())
    .await?;
    if let Some(household) = household {
        vehicles::forget_with(tx, tenant, household).await?;
    }
    Ok(())
}

pub(super) async fn refuse_claims(tx: &mut TenantTx, cx: &Cx, person: PersonId) -> Result<()> {
    sqlx::query!(
        "UPDATE claim_request SET state = 'refused', decided_at = $3, decided_by = $4
         WHERE tenant_id = $1 AND person_id = $2 AND state = 'waiting'",
        cx.tenant.id.0,
        person.0,
        cx.now().to_sqlx() as _,
        cx.actor.person().map(|person| person.0)
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
