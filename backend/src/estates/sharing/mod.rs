//! Family and renters: let into a home, and out again, by its owners.
//!
//! Being an owner is asked of the home itself and not of the session: who owns one home may rent
//! another.

mod store;
#[cfg(test)]
mod tests;

use domain::{
    Code, HouseholdId, InvitationId, PersonId, Problem, ResidentId,
    audit::{Deed, Subject},
    estates::{HomePeople, NewSharer, Relation, ShareForm},
    identity::Action,
    problem::Flaw,
};
use jiff::{Timestamp, ToSpan, civil::Date};

use self::store::Standing;
use super::invitations::{self, LIFE};
use crate::{
    audit,
    identity::InviteLink,
    kernel::{
        clock,
        cx::{Actor, Cx},
        error::{Error, Result},
        tx::TenantTx,
    },
};

/// The resident who asks.
fn asker(cx: &Cx) -> Result<PersonId> {
    match &cx.actor {
        Actor::Resident { person, .. } => Ok(*person),
        Actor::Staff { .. } | Actor::Key { .. } | Actor::System => Err(Error::forbidden()),
    }
}

/// Who shares a home: all of them for its owners, oneself for everybody else. `None` for a home
/// that is not the asker's.
///
/// # Errors
/// `forbidden` for staff, who have no home here.
pub async fn home_people(cx: &Cx, household: HouseholdId) -> Result<Option<HomePeople>> {
    let scope = cx.authorize(Action::ViewHome)?;
    let you = asker(cx)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let standing = store::standing(&mut tx, cx.tenant.id, household, you).await?;
    let Some(Standing { owns, .. }) = standing else {
        return Ok(None);
    };
    let mut people = store::people(&mut tx, cx, household, you).await?;
    tx.commit().await?;
    if !owns {
        people.retain(|sharer| sharer.you);
    }
    Ok(Some(HomePeople {
        household,
        manages: owns,
        people,
    }))
}

/// Lets family or a renter into a home: writes them down, and makes the link that they come in by.
///
/// # Errors
/// `forbidden` for those who do not own the home, `suspended`; `not_found` for a home that is not
/// the asker's; `invalid` with the flawed fields, a lease that is over already among them.
pub async fn share_home(cx: &Cx, form: ShareForm) -> Result<(ResidentId, InviteLink)> {
    let scope = cx.authorize(Action::ManageHome)?;
    let you = asker(cx)?;
    let new = NewSharer::try_from(form)?;
    let until = new.until.map(|day| lease_end(cx, day)).transpose()?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let home = owned(&mut tx, cx, new.household, you).await?;
    let resident: ResidentId = cx.new_id();
    store::insert(&mut tx, cx, resident, &home, &new, until).await?;
    let link = InviteLink::fresh(&cx.site, LIFE);
    let invitation: InvitationId = cx.new_id();
    let invited = (new.household, resident);
    invitations::store::replace(&mut tx, cx, invitation, invited, &link).await?;
    let fields = audit::given([
        ("name", true),
        ("relation", true),
        ("until", until.is_some()),
    ]);
    let shared = Subject::Resident(resident);
    audit::record(
        &mut tx,
        cx,
        Deed::HomeShared,
        shared,
        Some(home.estate),
        fields,
    )
    .await?;
    tx.commit().await?;
    Ok((resident, link))
}

/// The home, if the asker owns it. It stays theirs to the end of the transaction.
async fn owned(
    tx: &mut TenantTx,
    cx: &Cx,
    household: HouseholdId,
    you: PersonId,
) -> Result<Standing> {
    match store::standing(tx, cx.tenant.id, household, you).await? {
        Some(home) if home.owns => Ok(home),
        Some(_) => Err(Error::forbidden()),
        None => Err(Error::not_found()),
    }
}

/// The midnight that ends the last day of a lease.
fn lease_end(cx: &Cx, day: Date) -> Result<Timestamp> {
    let wrong = || Error::invalid("until", Flaw::OutOfRange);
    let end = clock::end_of(day, &cx.tenant.zone).ok_or_else(wrong)?;
    if end <= cx.now() || end > cx.now() + (24 * 366 * 20).hours() {
        return Err(wrong());
    }
    Ok(end)
}

/// Ends somebody's access to a home. Their next click is refused, and a link that is still out
/// opens nothing.
///
/// # Errors
/// `forbidden` for those who do not own the home, and of an owner: that is a matter of the deed;
/// `suspended`; `not_found` for somebody of another home.
pub async fn end_sharing(cx: &Cx, resident: ResidentId) -> Result<()> {
    let scope = cx.authorize(Action::ManageHome)?;
    let you = asker(cx)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let found = store::sharer(&mut tx, cx.tenant.id, resident).await?;
    let (household, relation) = found.ok_or_else(Error::not_found)?;
    let home = owned(&mut tx, cx, household, you).await?;
    if relation == Relation::Owner {
        return Err(Error::forbidden());
    }
    store::end(&mut tx, cx.tenant.id, resident, cx.now()).await?;
    let ended = Subject::Resident(resident);
    audit::record(
        &mut tx,
        cx,
        Deed::SharingEnded,
        ended,
        Some(home.estate),
        [],
    )
    .await?;
    tx.commit().await
}

/// Lets a renter read the meters, or not.
///
/// # Errors
/// As [`end_sharing`]; `conflict` for family, who always do.
pub async fn show_meters(cx: &Cx, resident: ResidentId, sees: bool) -> Result<()> {
    let scope = cx.authorize(Action::ManageHome)?;
    let you = asker(cx)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let found = store::sharer(&mut tx, cx.tenant.id, resident).await?;
    let (household, relation) = found.ok_or_else(Error::not_found)?;
    let home = owned(&mut tx, cx, household, you).await?;
    if relation != Relation::Renter {
        return Err(Problem::new(Code::Conflict).into());
    }
    store::show_meters(&mut tx, cx.tenant.id, resident, sees).await?;
    let (shown, fields) = (Subject::Resident(resident), ["sees_meters"]);
    audit::record(
        &mut tx,
        cx,
        Deed::MetersShown,
        shown,
        Some(home.estate),
        fields,
    )
    .await?;
    tx.commit().await
}

/// A step: somebody's time in a home is over.
pub(in crate::estates) async fn end(
    tx: &mut TenantTx,
    cx: &Cx,
    resident: ResidentId,
) -> Result<()> {
    store::end(tx, cx.tenant.id, resident, cx.now()).await
}
