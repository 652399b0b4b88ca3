//! Who works for a company: letting them in, giving and taking roles, letting them go.
//!
//! Nobody gives more than they hold: not more actions, not more places, not for longer. The giver's
//! own grants are locked while that is checked, so that taking them away meanwhile waits, or comes
//! first and counts. Taking needs what giving would.

mod holders;
mod joining;
mod roles;
mod standing_in;
pub(super) mod store;
#[cfg(test)]
mod tests;

use domain::{
    GrantId, PersonId,
    audit::{Deed, Subject},
    identity::{
        Action, Actions, Grant, GrantForm, Member, NewGrant, Role, RoleKey, Whereabouts, may_give,
    },
    page::{Page, PageAsk},
    problem::Flaw,
};
use jiff::{Timestamp, ToSpan, civil::Date};

pub(crate) use self::holders::{another_may, anybody_at};
use self::store::Stored;
pub use self::{
    joining::{invitation, invite, join, join_with},
    roles::{change as change_role, end as end_role, list as roles, make as make_role},
    standing_in::stand_in,
};
use super::{api_keys, rbac};
use crate::{
    audit,
    kernel::{
        clock,
        cx::{Actor, Cx},
        error::{Error, Result},
        tx::TenantTx,
    },
};

/// Makes somebody the founder of the transaction's tenant: its first admin.
pub(crate) async fn found(tx: &mut TenantTx, cx: &Cx, person: PersonId, name: &str) -> Result<()> {
    store::hire(tx, cx.tenant.id, person, name, cx.now()).await?;
    let admin = Stored {
        role: RoleKey::BuiltIn(Role::TenantAdmin),
        places: Vec::new(),
        until: None,
        stands_in_for: None,
    };
    store::insert_grant(tx, cx, cx.new_id(), person, &admin, None).await
}

/// Who works here, with the roles that the asker may see: those held everywhere, and those at
/// places of the asker's own.
///
/// # Errors
/// `forbidden`; `invalid` for a bad cursor.
pub async fn list(cx: &Cx, ask: &PageAsk) -> Result<Page<Member>> {
    let scope = cx.authorize(Action::ViewStaff)?;
    let after = ask.after()?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let rows = store::members::members(&mut tx, cx, None, after, ask.rows()).await?;
    tx.commit().await?;
    Ok(Page::cut(rows, ask.limit(), |row| row.person.to_string()))
}

/// One of them.
///
/// # Errors
/// `forbidden`.
pub async fn member(cx: &Cx, person: PersonId) -> Result<Option<Member>> {
    let scope = cx.authorize(Action::ViewStaff)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let mut rows = store::members::members(&mut tx, cx, Some(person), None, 1).await?;
    tx.commit().await?;
    Ok(rows.pop())
}

/// Gives a member of staff a role more.
///
/// # Errors
/// `forbidden` for more than the giver holds themselves, `suspended`; `not_found` for somebody
/// who does not work here; `invalid` with the flawed fields: an unknown role, a place that is not
/// to be seen, a day that is past.
pub async fn give(cx: &Cx, person: PersonId, form: GrantForm) -> Result<GrantId> {
    cx.authorize(Action::EditStaff)?;
    let scope = cx.authorize(Action::ViewEstates)?;
    let new = NewGrant::try_from(form)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    if !store::works_here(&mut tx, cx.tenant.id, person).await? {
        return Err(Error::not_found());
    }
    let grant = checked(&mut tx, cx, Action::EditStaff, new).await?;
    let id = cx.new_id();
    store::insert_grant(&mut tx, cx, id, person, &grant, cx.actor.person()).await?;
    let given = audit::given([
        ("role", true),
        ("places", !grant.places.is_empty()),
        ("until", grant.until.is_some()),
    ]);
    let member = Subject::Person(person);
    audit::record(&mut tx, cx, Deed::RoleGiven, member, None, given).await?;
    tx.commit().await?;
    Ok(id)
}

/// Takes a role away. Links that its holder has sent out and nobody has used stop opening: they
/// might give what the holder could no longer.
///
/// # Errors
/// `forbidden` for a role that the asker could not give, `suspended`; `not_found`; `conflict` with
/// `last_one` where it would leave the company without an admin.
pub async fn take(cx: &Cx, grant: GrantId) -> Result<()> {
    cx.authorize(Action::EditStaff)?;
    let scope = cx.authorize(Action::ViewStaff)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let held = store::grant(&mut tx, cx.tenant.id, grant).await?;
    let (holder, held) = held.ok_or_else(Error::not_found)?;
    may_take(&mut tx, cx, &held).await?;
    store::end_grants(&mut tx, cx.tenant.id, &[grant], cx.now()).await?;
    store::invitations::revoke_invitations(&mut tx, cx.tenant.id, holder, cx.now()).await?;
    keep_an_admin(&mut tx, cx).await?;
    let member = Subject::Person(holder);
    audit::record(&mut tx, cx, Deed::RoleTaken, member, None, ["role"]).await?;
    tx.commit().await
}

/// Lets somebody go: their roles end, and neither their sessions nor the keys that they made open
/// anything from the next request on.
///
/// # Errors
/// As [`take`], for any of their roles.
pub async fn dismiss(cx: &Cx, person: PersonId) -> Result<()> {
    cx.authorize(Action::EditStaff)?;
    let scope = cx.authorize(Action::ViewStaff)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    if !store::works_here(&mut tx, cx.tenant.id, person).await? {
        return Err(Error::not_found());
    }
    let held = store::grants_of(&mut tx, cx.tenant.id, person).await?;
    for (_, grant) in &held {
        may_take(&mut tx, cx, grant).await?;
    }
    if held.is_empty() {
        // Somebody without a role is the whole company's.
        let giving = Action::EditStaff;
        hold(&mut tx, cx, giving, Actions::default(), &[], Some(cx.now())).await?;
    }
    let ids: Vec<GrantId> = held.iter().map(|(id, _)| *id).collect();
    store::end_grants(&mut tx, cx.tenant.id, &ids, cx.now()).await?;
    store::invitations::revoke_invitations(&mut tx, cx.tenant.id, person, cx.now()).await?;
    store::leave(&mut tx, cx.tenant.id, person, cx.now()).await?;
    api_keys::end_of_maker(&mut tx, cx, person).await?;
    store::end_sessions(&mut tx, person, cx.now()).await?;
    keep_an_admin(&mut tx, cx).await?;
    let member = Subject::Person(person);
    audit::record(&mut tx, cx, Deed::StaffDismissed, member, None, []).await?;
    tx.commit().await
}

/// A grant that the asker may give, with its places looked up under what the asker may see.
/// `giving` is the action that this way of giving needs.
pub(super) async fn checked(
    tx: &mut TenantTx,
    cx: &Cx,
    giving: Action,
    new: NewGrant,
) -> Result<Stored> {
    let until = new.until.map(|day| last_moment(cx, day)).transpose()?;
    if new.role == RoleKey::BuiltIn(Role::TenantAdmin) && !new.places.is_empty() {
        return Err(Error::invalid("places", Flaw::Malformed));
    }
    let actions = actions_of(tx, cx, new.role)
        .await?
        .ok_or_else(|| Error::invalid("role", Flaw::Unknown))?;
    let places = store::places(tx, cx.tenant.id, &new.places).await?;
    if places.len() < new.places.len() {
        return Err(Error::invalid("places", Flaw::Unknown));
    }
    hold(tx, cx, giving, actions, &places, until).await?;
    Ok(Stored {
        role: new.role,
        places: new.places,
        until,
        stands_in_for: None,
    })
}

/// The end of a last day: it is the tenant's, and counts until midnight.
fn last_moment(cx: &Cx, day: Date) -> Result<Timestamp> {
    let out = || Error::invalid("until", Flaw::OutOfRange);
    let end = clock::end_of(day, &cx.tenant.zone).ok_or_else(out)?;
    if end <= cx.now() || end > cx.now() + (24 * 366 * 20).hours() {
        return Err(out());
    }
    Ok(end)
}

/// What a role allows; nothing for one of the company's own that is not there any more.
async fn actions_of(tx: &mut TenantTx, cx: &Cx, role: RoleKey) -> Result<Option<Actions>> {
    match role {
        RoleKey::BuiltIn(role) => Ok(Some(rbac::actions(role))),
        RoleKey::Own(id) => store::roles::role_actions(tx, cx.tenant.id, id).await,
    }
}

/// Holds the asker's own grants to the end of the transaction, and refuses what exceeds them.
async fn hold(
    tx: &mut TenantTx,
    cx: &Cx,
    giving: Action,
    actions: Actions,
    places: &[Whereabouts],
    until: Option<Timestamp>,
) -> Result<()> {
    let own: &[Grant] = match &cx.actor {
        Actor::Staff { grants, .. } => grants,
        Actor::System => return Ok(()),
        Actor::Key { .. } | Actor::Resident { .. } => return Err(Error::forbidden()),
    };
    let ids: Vec<GrantId> = own.iter().map(|grant| grant.id).collect();
    if store::lock_running(tx, cx.tenant.id, &ids, cx.now()).await? < ids.len() {
        // One was taken away since the request began.
        return Err(Error::forbidden());
    }
    if may_give(own, giving, actions, places, until) {
        Ok(())
    } else {
        Err(Error::forbidden())
    }
}

/// Refuses to take what the asker could not give. A place that they cannot see is not theirs.
async fn may_take(tx: &mut TenantTx, cx: &Cx, held: &Stored) -> Result<()> {
    let actions = actions_of(tx, cx, held.role).await?.unwrap_or_default();
    let places = store::places(tx, cx.tenant.id, &held.places).await?;
    if places.len() < held.places.len() {
        return Err(Error::forbidden());
    }
    // Taking is over at once: how long the taker's own roles last does not matter.
    let giving = Action::EditStaff;
    hold(tx, cx, giving, actions, &places, Some(cx.now())).await
}

/// Refuses a company without an admin. Its admins' grants are locked in one order by everybody, so
/// two who take each other's role at the same moment do not both succeed.
async fn keep_an_admin(tx: &mut TenantTx, cx: &Cx) -> Result<()> {
    if store::lock_admins(tx, cx.tenant.id).await? == 0 {
        return Err(domain::Problem::field(domain::Code::Conflict, "role", Flaw::LastOne).into());
    }
    Ok(())
}
