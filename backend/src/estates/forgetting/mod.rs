//! Steps of forgetting somebody: what the register of homes knows about them.

mod store;

use domain::{PersonId, ResidentId};

use crate::kernel::{cx::Cx, error::Result, tx::TenantTx};

/// Ends a resident's time at a home and leaves nothing but its place: links to it stop opening,
/// name, numbers and log-in are gone.
pub(crate) async fn forget_resident(
    tx: &mut TenantTx,
    cx: &Cx,
    resident: ResidentId,
) -> Result<()> {
    store::forget_resident(tx, cx.tenant.id, resident, cx.now()).await
}

/// Refuses what somebody still asks for here: nobody is behind it any more.
pub(crate) async fn forget_claims(tx: &mut TenantTx, cx: &Cx, person: PersonId) -> Result<()> {
    store::refuse_claims(tx, cx, person).await
}
