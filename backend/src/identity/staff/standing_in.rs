//! Standing in for a colleague who is away: the same role at the same places, until a day.

use domain::{
    GrantId, PersonId,
    audit::{Deed, Subject},
    identity::{Action, StandIn, StandInForm},
    problem::Flaw,
};

use super::{actions_of, hold, last_moment, store};
use crate::{
    audit,
    kernel::{
        cx::Cx,
        error::{Error, Result},
        tx::TenantTx,
    },
};

/// Has a colleague stand in for the holder of a grant. It ends on the day, or with the grant.
///
/// # Errors
/// `forbidden` for a grant that the asker could not give, `suspended`; `not_found` for one that
/// does not run or is not to be seen; `invalid` on `deputy` for the holder and for somebody who does
/// not work here, on `until` for a day that is missing, past, or after the grant's own last.
pub async fn stand_in(cx: &Cx, grant: GrantId, form: StandInForm) -> Result<GrantId> {
    cx.authorize(Action::EditStaff)?;
    let scope = cx.authorize(Action::ViewStaff)?;
    let StandIn { deputy, until } = StandIn::try_from(form)?;
    let until = last_moment(cx, until)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let held = store::grant(&mut tx, cx.tenant.id, grant).await?;
    let (holder, mut held) = held.ok_or_else(Error::not_found)?;
    let places = store::places(&mut tx, cx.tenant.id, &held.places).await?;
    if places.len() < held.places.len() {
        return Err(Error::not_found());
    }
    if held.until.is_some_and(|end| end < until) {
        return Err(Error::invalid("until", Flaw::OutOfRange));
    }
    if deputy == holder || !store::works_here(&mut tx, cx.tenant.id, deputy).await? {
        return Err(Error::invalid("deputy", Flaw::Unknown));
    }
    let actions = actions_of(&mut tx, cx, held.role)
        .await?
        .unwrap_or_default();
    hold(
        &mut tx,
        cx,
        Action::EditStaff,
        actions,
        &places,
        Some(until),
    )
    .await?;
    held.until = Some(until);
    held.stands_in_for = Some(grant);
    let id = cx.new_id();
    store::insert_grant(&mut tx, cx, id, deputy, &held, cx.actor.person()).await?;
    given(&mut tx, cx, deputy).await?;
    tx.commit().await?;
    Ok(id)
}

async fn given(tx: &mut TenantTx, cx: &Cx, deputy: PersonId) -> Result<()> {
    let fields = ["role", "until", "stands_in_for"];
    audit::record(
        tx,
        cx,
        Deed::RoleGiven,
        Subject::Person(deputy),
        None,
        fields,
    )
    .await
}
