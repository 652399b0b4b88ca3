//! Phases (期): the parts of an estate that were built and handed over together.
//!
//! A grant at a phase holds at each building that stands in it. Making phases and putting buildings
//! into them is for whoever may change the whole estate.

mod store;
#[cfg(test)]
mod tests;

use domain::{
    BuildingId, Code, EstateId, PhaseId,
    audit::{Deed, Subject},
    estates::{Building, BuildingChangeForm, NameForm, Named, Phase, PhaseForm},
    identity::{Action, Place, PlaceId},
    page::{Page, PageAsk},
    problem::Flaw,
};

use super::{buildings, order, seen, store as places};
use crate::{
    audit, identity,
    kernel::{
        cx::Cx,
        error::{Error, Result},
        tx::TenantTx,
    },
};

/// The phases of an estate in the order that people count them in: 二期 before 十期.
///
/// # Errors
/// `forbidden`; `not_found` for an estate that is not to be seen; `invalid` for a bad cursor.
pub async fn list_phases(cx: &Cx, estate: Option<EstateId>, ask: &PageAsk) -> Result<Page<Phase>> {
    let scope = cx.authorize(Action::ViewEstates)?;
    let after = ask.after()?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let rows = store::phases(tx.conn(), cx.tenant.id, (estate, None), after, ask.rows()).await?;
    if let (Some(estate), true) = (estate, rows.is_empty()) {
        seen(places::estate_exists(tx.conn(), cx.tenant.id, estate).await?)?;
    }
    tx.commit().await?;
    Ok(Page::cut(rows, ask.limit(), |row| row.id.to_string()))
}

/// Makes a phase, with no building in it yet.
///
/// # Errors
/// `forbidden`, `suspended`, `invalid`; `not_found` for an estate that is not to be seen;
/// `conflict` on `name` where the estate has it already.
pub async fn create_phase(cx: &Cx, form: PhaseForm) -> Result<Phase> {
    cx.authorize(Action::EditEstates)?;
    let scope = cx.authorize(Action::ViewEstates)?;
    let phase = Phase {
        id: cx.new_id(),
        estate: form.estate,
        name: form.name()?,
        buildings: 0,
    };
    let mut tx = TenantTx::begin(cx, &scope).await?;
    places::lock_estate(tx.conn(), cx.tenant.id, phase.estate)
        .await?
        .ok_or_else(Error::not_found)?;
    cx.authorize_at(Action::EditEstates, &Place::estate(phase.estate))?;
    let key = order::name_key(&phase.name);
    store::insert(tx.conn(), cx.tenant.id, &phase, &key, cx.now()).await?;
    let (made, estate) = (Subject::Phase(phase.id), Some(phase.estate));
    audit::record(&mut tx, cx, Deed::PhaseCreated, made, estate, ["name"]).await?;
    tx.commit().await?;
    Ok(phase)
}

/// Gives a phase another name. What changes nothing leaves no trace.
///
/// # Errors
/// `forbidden`, `suspended`, `invalid`; `not_found` for a phase that is not to be seen; `conflict`
/// on `name` where the estate has it already.
pub async fn rename_phase(cx: &Cx, phase: PhaseId, form: NameForm) -> Result<Phase> {
    cx.authorize(Action::EditEstates)?;
    let scope = cx.authorize(Action::ViewEstates)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let found = store::phase(tx.conn(), cx.tenant.id, phase).await?;
    let mut found = found.ok_or_else(Error::not_found)?;
    cx.authorize_at(Action::EditEstates, &Place::estate(found.estate))?;
    let name = form.name()?;
    if name != found.name {
        let key = order::name_key(&name);
        store::rename(tx.conn(), cx.tenant.id, phase, &name, &key).await?;
        let (changed, estate) = (Subject::Phase(phase), Some(found.estate));
        audit::record(&mut tx, cx, Deed::PhaseChanged, changed, estate, ["name"]).await?;
        found.name = name;
    }
    tx.commit().await?;
    Ok(found)
}

/// Removes a phase that no building stands in.
///
/// # Errors
/// `forbidden`, `suspended`; `not_found` for a phase that is not to be seen; `conflict` while a
/// building stands in it, or somebody has a role or an invitation there.
pub async fn remove_phase(cx: &Cx, phase: PhaseId) -> Result<Phase> {
    cx.authorize(Action::EditEstates)?;
    let scope = cx.authorize(Action::ViewEstates)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let found = store::phase(tx.conn(), cx.tenant.id, phase).await?;
    let found = found.ok_or_else(Error::not_found)?;
    cx.authorize_at(Action::EditEstates, &Place::estate(found.estate))?;
    if identity::staff::anybody_at(&mut tx, cx, PlaceId::Phase(phase)).await? {
        return Err(Error::new(Code::Conflict));
    }
    store::remove(tx.conn(), cx.tenant.id, phase).await?;
    let (gone, estate) = (Subject::Phase(phase), Some(found.estate));
    audit::record(&mut tx, cx, Deed::PhaseRemoved, gone, estate, []).await?;
    tx.commit().await?;
    Ok(found)
}

/// Gives a building another name, or puts it into another phase of its estate or into none.
///
/// # Errors
/// `forbidden`, `suspended`; `invalid` with the flawed fields, `unknown` for a phase that is not to
/// be seen or is another estate's; `not_found` for a building that is not to be seen; `conflict` on
/// `name` where the estate has it already.
pub async fn change_building(
    cx: &Cx,
    building: BuildingId,
    form: BuildingChangeForm,
) -> Result<Building> {
    cx.authorize(Action::EditEstates)?;
    let scope = cx.authorize(Action::ViewEstates)?;
    let tenant = cx.tenant.id;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let row = places::building(tx.conn(), tenant, building).await?;
    let estate = row.ok_or_else(Error::not_found)?.estate;
    // Locked first and read after: units that are added meanwhile are named after the building.
    places::lock_estate(tx.conn(), tenant, estate)
        .await?
        .ok_or_else(Error::not_found)?;
    cx.authorize_at(Action::EditEstates, &Place::estate(estate))?;
    let found = buildings::counted(&mut tx, cx, building).await?;
    let mut found = found.ok_or_else(Error::not_found)?;
    let before = Named {
        name: found.name.clone(),
        within: found.phase,
    };
    let after = before.changed_by(&form)?;
    let (renamed, moved) = (after.name != before.name, after.within != before.within);
    if moved {
        found.phase_name = match after.within {
            Some(phase) => {
                let phase = store::phase(tx.conn(), tenant, phase).await?;
                let phase = phase.filter(|phase| phase.estate == estate);
                Some(
                    phase
                        .ok_or_else(|| Error::invalid("phase", Flaw::Unknown))?
                        .name,
                )
            }
            None => None,
        };
    }
    if renamed || moved {
        let key = order::name_key(&after.name);
        store::update_building(tx.conn(), tenant, building, &after, &key).await?;
        let fields = audit::given([("name", renamed), ("phase", moved)]);
        let (deed, subject) = (Deed::BuildingChanged, Subject::Building(building));
        audit::record(&mut tx, cx, deed, subject, Some(estate), fields).await?;
    }
    if renamed {
        // A unit's place in a list begins with its building's name.
        let doors = store::doors(tx.conn(), tenant, building).await?;
        let keys = doors.iter().map(|door| {
            let entrance = door.entrance.as_deref();
            (door.id, order::unit_key(&after.name, entrance, &door.code))
        });
        store::sort_units(tx.conn(), tenant, &keys.collect::<Vec<_>>()).await?;
    }
    tx.commit().await?;
    found.name = after.name;
    found.phase = after.within;
    Ok(found)
}
