//! That a person was shown the privacy notice, and agreed to it.

use domain::{
    PersonId,
    audit::{Deed, Subject},
    identity::Scope,
    privacy::{HeldPerson, NOTICE_VERSION},
};
use jiff::Timestamp;

use super::{account::asker, store::consents as store};
use crate::{
    audit,
    kernel::{cx::Cx, error::Result, tx::TenantTx},
};

/// Writes down that somebody agreed by coming in.
pub(super) async fn by_coming_in(
    tx: &mut TenantTx,
    person: PersonId,
    now: Timestamp,
) -> Result<()> {
    store::consent(tx, person, NOTICE_VERSION, "coming_in", now).await
}

/// The asker agrees to the privacy notice as it is now. They are not asked again before there is a
/// newer one; agreeing twice changes nothing.
///
/// # Errors
/// `unauthenticated` for the product's own context, which is nobody.
pub async fn agree(cx: &Cx) -> Result<()> {
    let (person, session) = asker(cx)?;
    let mut tx = TenantTx::begin(cx, &Scope::Everywhere).await?;
    if store::consented(&mut tx, person, NOTICE_VERSION).await? {
        return Ok(());
    }
    store::consent(&mut tx, person, NOTICE_VERSION, "asked", cx.now()).await?;
    let agreed = Subject::Session(session);
    audit::record(&mut tx, cx, Deed::ConsentGiven, agreed, None, []).await?;
    tx.commit().await
}

/// What is held about the asker beside their homes.
pub(crate) async fn held(tx: &mut TenantTx, person: PersonId) -> Result<Option<HeldPerson>> {
    store::held(tx, person).await
}

/// Forgets what somebody has of their own, as far as no hat needs it: their sessions with the
/// company as a resident, and with the last hat the log-in, the second factor and the name. Only
/// while a request of theirs to be forgotten waits in the company. True where nothing is left.
pub(crate) async fn forget(tx: &mut TenantTx, person: PersonId, now: Timestamp) -> Result<bool> {
    store::forget(tx, person, now).await
}
