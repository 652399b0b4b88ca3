//! Being forgotten: a resident asks, staff do it or refuse with a reason.

use domain::{
    Code, ErasureId, Problem,
    audit::{Deed, Subject},
    identity::{Action, Scope},
    privacy::{ErasureRow, ErasureState, KeepReason},
    problem::Flaw,
};

use super::{asker, store};
use crate::{
    audit, estates, identity,
    kernel::{
        cx::{Actor, Cx},
        error::{Error, Result},
        tx::TenantTx,
    },
};

/// Asks the company to forget the asker at each of their homes with it, past ones too. Where a
/// request waits already, it goes on waiting.
///
/// # Errors
/// `forbidden` for staff, who ask whoever employs them.
pub async fn ask_erasure(cx: &Cx) -> Result<()> {
    let Actor::Resident { .. } = &cx.actor else {
        return Err(Error::forbidden());
    };
    let person = asker(cx)?;
    cx.authorize_to_see(Action::ViewHome)?;
    // A resident's own transaction sees the homes that they live in now; they have just shown who
    // they are, and what is asked for is looked up by that alone.
    let inside = Cx::system(&cx.site, cx.tenant.clone());
    let mut tx = TenantTx::begin(&inside, &Scope::Everywhere).await?;
    for home in store::homes_here(&mut tx, cx.tenant.id, person).await? {
        let id: ErasureId = cx.new_id();
        if store::insert(&mut tx, cx, id, &home, person).await? {
            let (asked, estate) = (Subject::Resident(home.resident), Some(home.estate));
            audit::record(&mut tx, cx, Deed::ErasureAsked, asked, estate, []).await?;
        }
    }
    tx.commit().await
}

/// The requests that wait within the asker's places, oldest first; at most 200.
///
/// # Errors
/// `forbidden`.
pub async fn list_erasures(cx: &Cx) -> Result<Vec<ErasureRow>> {
    let scope = cx.authorize_to_see(Action::EraseResidents)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let rows = store::waiting(&mut tx, cx.tenant.id).await?;
    tx.commit().await?;
    Ok(rows)
}

/// Forgets a resident: their access ends with this, and name, phone and identity number are gone.
/// The household, its meters and what was done stay, by ids. Whoever has no home and no work left
/// anywhere is forgotten wholly, log-in and all.
///
/// # Errors
/// `forbidden`, `suspended`; `not_found`; `conflict` for a request that was decided already.
pub async fn erase(cx: &Cx, request: ErasureId) -> Result<()> {
    let (mut tx, found) = waiting(cx, request).await?;
    estates::forget_resident(&mut tx, cx, found.resident).await?;
    if let Some(person) = found.person {
        estates::forget_claims(&mut tx, cx, person).await?;
        identity::forget(&mut tx, person, cx.now()).await?;
    }
    store::decide(&mut tx, cx, request, ErasureState::Done, None).await?;
    let (gone, estate) = (Subject::Resident(found.resident), Some(found.estate));
    let fields = ["name", "phone", "id_number", "login"];
    audit::record(&mut tx, cx, Deed::ResidentErased, gone, estate, fields).await?;
    tx.commit().await
}

/// Keeps what somebody asked to have forgotten, and says why.
///
/// # Errors
/// As [`erase`]; `invalid` on `reason` for a word that is none of [`KeepReason`]'s.
pub async fn refuse_erasure(cx: &Cx, request: ErasureId, reason: &str) -> Result<()> {
    let (mut tx, found) = waiting(cx, request).await?;
    let reason = match reason.trim() {
        "" => Err(Flaw::Required),
        word => KeepReason::parse(word).ok_or(Flaw::Unknown),
    };
    let reason = reason.map_err(|flaw| Error::invalid("reason", flaw))?;
    store::decide(&mut tx, cx, request, ErasureState::Refused, Some(reason)).await?;
    let (kept, estate) = (Subject::Resident(found.resident), Some(found.estate));
    audit::record(&mut tx, cx, Deed::ErasureRefused, kept, estate, ["reason"]).await?;
    tx.commit().await
}

/// A request that the asker may decide on, locked.
async fn waiting(cx: &Cx, request: ErasureId) -> Result<(TenantTx, store::Request)> {
    cx.authorize(Action::EraseResidents)?;
    let scope = cx.authorize(Action::ViewResidents)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let found = store::lock(&mut tx, cx.tenant.id, request).await?;
    let found = found.ok_or_else(Error::not_found)?;
    cx.authorize_at(Action::EraseResidents, &found.place())?;
    if found.state != ErasureState::Waiting.as_str() {
        return Err(Problem::new(Code::Conflict).into());
    }
    Ok((tx, found))
}
