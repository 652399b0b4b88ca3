//! Staff look at who asks for a home.

use domain::{
    ClaimId, Code, Problem,
    audit::{Deed, Subject},
    estates::{ClaimRow, ClaimState},
    identity::Action,
};

use super::store;
use crate::{
    audit,
    kernel::{
        cx::Cx,
        error::{Error, Result},
        tx::TenantTx,
    },
};

/// The requests that wait, oldest first; at most 200.
///
/// # Errors
/// `forbidden`.
pub async fn list_claims(cx: &Cx) -> Result<Vec<ClaimRow>> {
    let scope = cx.authorize(Action::EditResidents)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let rows = store::waiting(&mut tx, cx.tenant.id).await?;
    tx.commit().await?;
    Ok(rows)
}

/// Lets somebody in as the owner whom they say they are. Their log-in opens the home from then on.
///
/// # Errors
/// `forbidden`, `suspended`; `not_found`; `conflict` for a request that was decided already, or
/// whose owner is somebody else by now.
pub async fn accept_claim(cx: &Cx, claim: ClaimId) -> Result<()> {
    decide(cx, claim, ClaimState::Accepted).await
}

/// # Errors
/// As [`accept_claim`].
pub async fn refuse_claim(cx: &Cx, claim: ClaimId) -> Result<()> {
    decide(cx, claim, ClaimState::Refused).await
}

async fn decide(cx: &Cx, claim: ClaimId, state: ClaimState) -> Result<()> {
    cx.authorize(Action::EditResidents)?;
    let scope = cx.authorize(Action::ViewResidents)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let found = store::lock_request(&mut tx, cx.tenant.id, claim).await?;
    let request = found.ok_or_else(Error::not_found)?;
    cx.authorize_at(Action::EditResidents, &request.place())?;
    let overtaken = || Problem::new(Code::Conflict);
    if request.state != ClaimState::Waiting.as_str() {
        return Err(overtaken().into());
    }
    if state == ClaimState::Accepted && !store::let_in(&mut tx, cx.tenant.id, &request).await? {
        return Err(overtaken().into());
    }
    store::decide(&mut tx, cx, claim, state).await?;
    let deed = match state {
        ClaimState::Accepted => Deed::ClaimAccepted,
        ClaimState::Waiting | ClaimState::Refused => Deed::ClaimRefused,
    };
    let (asked, estate) = (Subject::Resident(request.resident), Some(request.estate));
    audit::record(&mut tx, cx, deed, asked, estate, []).await?;
    tx.commit().await
}
