//! The way back in for a resident who forgot their password and has no mail address: the desk looks
//! at who they are, and prints a code.

use domain::{
    Code, ResidentId,
    audit::{Deed, Subject},
    identity::{Action, ResetSlip},
};

use super::store;
use crate::{
    audit, identity,
    kernel::{
        cx::Cx,
        error::{Error, Result},
        tx::TenantTx,
    },
};

/// Makes a code with which a resident sets a new password. It is told this once.
///
/// # Errors
/// `not_found` for a resident whom the asker may not see, `conflict` for one who has no log-in yet,
/// `forbidden` where the role lacks [`Action::InviteOwner`] and for a resident who is also staff
/// somewhere or lives in another company's home, `too_many` after five in a day.
pub async fn print_reset(cx: &Cx, resident: ResidentId) -> Result<ResetSlip> {
    cx.authorize(Action::InviteOwner)?;
    let scope = cx.authorize(Action::ViewResidents)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let found = store::invitee(&mut tx, cx.tenant.id, resident).await?;
    let found = found.ok_or_else(Error::not_found)?;
    cx.authorize_at(Action::InviteOwner, &found.place())?;
    let person = found.person.ok_or_else(|| Error::new(Code::Conflict))?;
    let (code, until) = identity::print_reset(&mut tx, cx, person).await?;
    let (whose, estate) = (Subject::Resident(resident), Some(found.estate));
    audit::record(&mut tx, cx, Deed::ResetPrinted, whose, estate, []).await?;
    tx.commit().await?;
    Ok(ResetSlip {
        code: code.grouped(),
        until,
    })
}
