//! A sale (过户): one household of a unit ends and the next one starts.
//!
//! What hangs on a household stays with it. So a buyer reads nothing of the seller's, and whoever
//! came in through the seller finds the door shut at their next click: a session's homes are looked
//! up on each request, and only running households count.

mod store;
#[cfg(test)]
mod tests;

use domain::{
    HouseholdId, UnitId,
    audit::{Deed, Subject},
    estates::{PastHousehold, Transfer, TransferForm},
    identity::Action,
    problem::Flaw,
};
use jiff::{Timestamp, civil::Date};

use super::{place, seal, seen, store as register};
use crate::{
    audit, devices,
    kernel::{
        cx::Cx,
        error::{Error, Result},
        tx::TenantTx,
    },
};

/// Ends the running household of a unit and starts the buyers'. Links to the old one stop opening,
/// and the meters are the new one's from then on.
///
/// # Errors
/// `forbidden`, `suspended`; `not_found` for a unit that is not to be seen; `invalid` with the
/// flawed fields, a day to come and one before the household started among them; `conflict` on
/// `household` where the unit is not that household's any more.
pub async fn transfer(cx: &Cx, form: TransferForm) -> Result<HouseholdId> {
    cx.authorize(Action::EditResidents)?;
    let scope = cx.authorize(Action::ViewEstates)?;
    let Transfer {
        unit,
        household: leaving,
        on,
        owners,
    } = form.try_into()?;
    let (tenant, now) = (cx.tenant.id, cx.now());
    let mut tx = TenantTx::begin(cx, &scope).await?;
    // Whoever writes households down waits here: two who enter one sale do not both succeed.
    register::lock_estate_of(tx.conn(), tenant, unit)
        .await?
        .ok_or_else(Error::not_found)?;
    let unit = register::unit(tx.conn(), tenant, unit)
        .await?
        .ok_or_else(Error::not_found)?;
    cx.authorize_at(Action::EditResidents, &place(&unit))?;
    if unit.household != Some(leaving) {
        return Err(Error::taken("household"));
    }
    let started = store::started_on(&mut tx, tenant, leaving).await?;
    if on < started || on > now.to_zoned(cx.tenant.zone.clone()).date() {
        return Err(Error::invalid("on", Flaw::OutOfRange));
    }

    store::end(&mut tx, tenant, &[leaving], on, now).await?;
    let household: HouseholdId = cx.new_id();
    register::people::start_household(tx.conn(), tenant, household, &unit, on).await?;
    for owner in &owners {
        let phone = owner.phone.as_ref().map(|phone| seal(cx, phone));
        let phone = phone.transpose()?;
        store::insert_owner(&mut tx, cx, (cx.new_id(), household, &unit), owner, phone).await?;
    }
    devices::tenure_started(&mut tx, &[(unit.id, household)], moment(cx, on)?).await?;
    let (sold, estate) = (Subject::Unit(unit.id), Some(unit.estate));
    audit::record(
        &mut tx,
        cx,
        Deed::HomeTransferred,
        sold,
        estate,
        ["on", "owners"],
    )
    .await?;
    tx.commit().await?;
    Ok(household)
}

/// A step of a roster whose sales somebody has confirmed: ends the households that leave.
pub(super) async fn end_many(
    tx: &mut TenantTx,
    cx: &Cx,
    leaving: &[HouseholdId],
    on: Date,
) -> Result<()> {
    if leaving.is_empty() {
        return Ok(());
    }
    store::end(tx, cx.tenant.id, leaving, on, cx.now()).await
}

/// When the meters change hands: now, or, for a day that is past, when that day began.
fn moment(cx: &Cx, on: Date) -> Result<Timestamp> {
    let midnight = on.to_zoned(cx.tenant.zone.clone());
    let midnight = midnight.map_err(Error::internal)?.timestamp();
    let (today, _) = cx.today();
    // What was read this morning is still the seller's.
    Ok(if midnight >= today {
        cx.now()
    } else {
        midnight
    })
}

/// The households that a unit had before, latest first.
///
/// # Errors
/// `forbidden`; `not_found` for a unit that is not to be seen.
pub async fn earlier_households(cx: &Cx, unit: UnitId) -> Result<Vec<PastHousehold>> {
    let scope = cx.authorize(Action::ViewResidents)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let there = register::unit(tx.conn(), cx.tenant.id, unit).await?;
    seen(there.is_some())?;
    let earlier = store::earlier(&mut tx, cx.tenant.id, unit).await?;
    tx.commit().await?;
    Ok(earlier)
}
