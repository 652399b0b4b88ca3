//! Units that move, are split, are made one, or are there no more (房屋调整).
//!
//! A unit's id is its history: households, cars, devices and readings hang on it. So a unit that moves
//! or is renamed stays itself, a split leaves it where it was and adds new ones, of two that are made
//! one the other is archived with all that it was, and nothing is ever deleted.

mod buildings;
mod merging;
mod splitting;
mod store;
#[cfg(test)]
mod tests;

use domain::{
    Code, UnitId,
    audit::{Deed, Subject},
    estates::{MoveForm, Unit},
    identity::{Action, Place},
    problem::Flaw,
    tenancy::Counted,
};

pub use self::{
    buildings::{archive_building, restore_building},
    merging::merge_units,
    splitting::split_unit,
};
use super::{order, store as register};
use crate::{
    audit,
    kernel::{
        cx::Cx,
        error::{Error, Result},
        tx::TenantTx,
    },
    tenancy,
};

/// Puts a unit into another building or entrance of its estate, which is made where it is new. Whoever
/// answers for buildings sees it where it is then.
///
/// # Errors
/// `forbidden`, `suspended`; `invalid` on `entrance`, and on `building` (`unknown`) for one of another
/// estate; `not_found` for a unit that is not to be seen; `conflict` on `unit` where that door is there
/// already, and for a unit that is archived.
pub async fn move_unit(cx: &Cx, unit: UnitId, form: MoveForm) -> Result<Unit> {
    let (mut tx, unit) = held(cx, unit).await?;
    let tenant = cx.tenant.id;
    let entrance = form.entrance()?;
    let building = register::building(tx.conn(), tenant, form.building).await?;
    let building = building
        .filter(|building| building.estate == unit.estate && !building.archived)
        .ok_or_else(|| Error::invalid("building", Flaw::Unknown))?;
    let moved = [
        ("building", building.id != unit.building),
        ("entrance", entrance != unit.entrance),
    ];
    if moved.iter().any(|(_, moved)| *moved) {
        let entrance_id = match &entrance {
            Some(name) => Some(
                register::entrance_named(tx.conn(), tenant, &building, cx.new_id(), name).await?,
            ),
            None => None,
        };
        let key = order::unit_key(&building.name, entrance.as_deref(), &unit.unit);
        store::place(&mut tx, tenant, unit.id, (building.id, entrance_id, &key)).await?;
        let (subject, estate) = (Subject::Unit(unit.id), Some(unit.estate));
        let fields = audit::given(moved);
        audit::record(&mut tx, cx, Deed::UnitMoved, subject, estate, fields).await?;
    }
    let after = register::unit(tx.conn(), tenant, unit.id).await?;
    tx.commit().await?;
    after.ok_or_else(Error::not_found)
}

/// Archives a unit in which nobody lives and nothing is in use any more. Its history stays, its door may
/// be given out again.
///
/// # Errors
/// `forbidden`, `suspended`; `not_found` for a unit that is not to be seen; `conflict` on `household`
/// while somebody lives there, on `devices` while one of it is in use, and for a unit that is archived.
pub async fn archive_unit(cx: &Cx, unit: UnitId) -> Result<()> {
    let (mut tx, unit) = held(cx, unit).await?;
    if unit.household.is_some() {
        return Err(Error::taken("household"));
    }
    if store::devices_in_use(&mut tx, cx.tenant.id, unit.id).await? {
        return Err(Error::taken("devices"));
    }
    store::archive(&mut tx, cx.tenant.id, unit.id, None, cx.now()).await?;
    let (subject, estate) = (Subject::Unit(unit.id), Some(unit.estate));
    audit::record(&mut tx, cx, Deed::UnitArchived, subject, estate, []).await?;
    tx.commit().await
}

/// Takes an archived unit back as it was. Of one that became a part of another this undoes the merging
/// of the two only as far as the register of places goes: nobody lives there.
///
/// # Errors
/// `forbidden`, `suspended`; `over_quota`; `not_found` for a unit that is not to be seen; `conflict` on
/// `unit` where its door was given out again, on `building` where the building is archived as well, and
/// for a unit that is not archived.
pub async fn restore_unit(cx: &Cx, unit: UnitId) -> Result<()> {
    let (mut tx, unit) = found(cx, unit).await?;
    if unit.archived_at.is_none() {
        return Err(Error::new(Code::Conflict));
    }
    let tenant = cx.tenant.id;
    if store::building_archived(&mut tx, tenant, unit.building).await? {
        return Err(Error::taken("building"));
    }
    tenancy::make_room(&mut tx, Counted::Units, 1, cx.now()).await?;
    store::restore(&mut tx, tenant, unit.id).await?;
    let (subject, estate) = (Subject::Unit(unit.id), Some(unit.estate));
    audit::record(&mut tx, cx, Deed::UnitRestored, subject, estate, []).await?;
    tx.commit().await
}

/// A unit that the asker may rearrange, in a transaction in which nobody else writes its estate's places
/// and people.
async fn found(cx: &Cx, unit: UnitId) -> Result<(TenantTx, Unit)> {
    cx.authorize(Action::EditEstates)?;
    let scope = cx.authorize(Action::ViewEstates)?;
    let tenant = cx.tenant.id;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    register::lock_estate_of(tx.conn(), tenant, unit)
        .await?
        .ok_or_else(Error::not_found)?;
    let unit = register::unit(tx.conn(), tenant, unit).await?;
    let unit = unit.ok_or_else(Error::not_found)?;
    // Not for a building's own people: what comes of it lies in nobody's grant, or in another's.
    cx.authorize_at(Action::EditEstates, &Place::estate(unit.estate))?;
    Ok((tx, unit))
}

/// The same, and it is not archived.
async fn held(cx: &Cx, unit: UnitId) -> Result<(TenantTx, Unit)> {
    let (tx, unit) = found(cx, unit).await?;
    if unit.archived_at.is_some() {
        return Err(Error::new(Code::Conflict));
    }
    Ok((tx, unit))
}
