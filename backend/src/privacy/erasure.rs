//! Being forgotten: a resident asks, or staff file it for who asks at the desk; staff do it or refuse
//! with a reason.

use domain::{
    Code, ErasureId, PersonId, Problem, ResidentId,
    audit::{Deed, Subject},
    identity::{Action, Place, Scope},
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
        if store::insert(&mut tx, cx, id, &home, None).await? {
            let (asked, estate) = (Subject::Resident(home.resident), Some(home.estate));
            audit::record(&mut tx, cx, Deed::ErasureAsked, asked, estate, []).await?;
        }
    }
    tx.commit().await
}

/// Files a request for somebody who asks at the desk, whether they have a log-in or not. Where one
/// waits already, it goes on waiting.
///
/// # Errors
/// `forbidden`, also for a program, which looks at nobody's papers; `suspended`; `not_found` for
/// whoever is not to be seen, or was forgotten.
pub async fn file_erasure(cx: &Cx, resident: ResidentId) -> Result<()> {
    cx.authorize(Action::EditResidents)?;
    let scope = cx.authorize(Action::ViewResidents)?;
    let Actor::Staff { person, .. } = &cx.actor else {
        return Err(Error::forbidden());
    };
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let home = store::home(&mut tx, cx.tenant.id, resident).await?;
    let home = home.ok_or_else(Error::not_found)?;
    cx.authorize_at(Action::EditResidents, &home.place())?;
    let id: ErasureId = cx.new_id();
    if store::insert(&mut tx, cx, id, &home, Some(*person)).await? {
        let (filed, estate) = (Subject::Resident(resident), Some(home.estate));
        audit::record(&mut tx, cx, Deed::ErasureFiled, filed, estate, []).await?;
    }
    tx.commit().await
}

/// Whether the asker leaves a request to a colleague: who filed it does not carry it out as well,
/// unless nobody else may.
async fn waits_for_another(
    tx: &mut TenantTx,
    cx: &Cx,
    filed_by: Option<PersonId>,
    place: &Place,
) -> Result<bool> {
    if filed_by.is_none() || filed_by != cx.actor.person() {
        return Ok(false);
    }
    identity::staff::another_may(tx, cx, Action::EraseResidents, place).await
}

/// The requests that wait within the asker's places, oldest first; at most 200.
///
/// # Errors
/// `forbidden`.
pub async fn list_erasures(cx: &Cx) -> Result<Vec<ErasureRow>> {
    let scope = cx.authorize_to_see(Action::EraseResidents)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let mut rows = Vec::new();
    for found in store::waiting(&mut tx, cx.tenant.id).await? {
        let (filed_by, place) = (found.filed_by, &found.place);
        let waits_for_another = waits_for_another(&mut tx, cx, filed_by, place).await?;
        rows.push(ErasureRow {
            waits_for_another,
            ..found.row
        });
    }
    tx.commit().await?;
    Ok(rows)
}

/// Forgets a resident: their access ends with this, and name, phone and identity number are gone.
/// The household, its meters and what was done stay, by ids. Whoever has no home and no work left
/// anywhere is forgotten wholly, log-in and all.
///
/// # Errors
/// `forbidden`, also for whoever filed it while somebody else may do it; `suspended`; `not_found`;
/// `conflict` for a request that was decided already.
pub async fn erase(cx: &Cx, request: ErasureId) -> Result<()> {
    let (mut tx, found) = waiting(cx, request).await?;
    if waits_for_another(&mut tx, cx, found.filed_by, &found.place()).await? {
        return Err(Error::forbidden());
    }
    if let Some(person) = found.person {
        store::name(&mut tx, cx.tenant.id, request, person).await?;
    }
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
