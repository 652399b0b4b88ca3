//! The cars of households.
//!
//! A car belongs to a household and not to a unit, so that a buyer's gate does not open for the
//! seller's: it ends with the household.

mod batch;
mod store;
#[cfg(test)]
mod tests;

use domain::{
    Code, UnitId, VehicleId,
    audit::{Deed, Subject},
    estates::{NewVehicle, Vehicle, VehicleForm},
    identity::Action,
};

pub use self::batch::{VehicleBatch, import_vehicles, vehicle_template};
pub(crate) use self::store::{Taken, taken_along};
pub(super) use self::store::{end, find, forget_with, moved};
use super::{place, store as register};
use crate::{
    audit,
    kernel::{
        cx::Cx,
        error::{Error, Result},
        tx::TenantTx,
    },
};

/// The cars of a unit's running household, those that were written down first first.
///
/// # Errors
/// `forbidden`.
pub async fn list_vehicles(cx: &Cx, unit: UnitId) -> Result<Vec<Vehicle>> {
    let scope = cx.authorize(Action::ViewResidents)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let vehicles = store::of_unit(&mut tx, cx.tenant.id, unit).await?;
    tx.commit().await?;
    Ok(vehicles)
}

/// Writes a car down for whoever lives in a unit now.
///
/// # Errors
/// `forbidden`, `suspended`, `invalid`; `not_found` for a unit that is not to be seen; `conflict`
/// where nobody lives there, and on `plate` where a home of the estate has it already.
pub async fn add_vehicle(cx: &Cx, form: VehicleForm) -> Result<Vehicle> {
    cx.authorize(Action::EditResidents)?;
    let scope = cx.authorize(Action::ViewEstates)?;
    let NewVehicle { unit, plate, about } = form.try_into()?;
    let tenant = cx.tenant.id;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    // Locked first and read after: a sale may be ending the household right now.
    register::lock_estate_of(tx.conn(), tenant, unit)
        .await?
        .ok_or_else(Error::not_found)?;
    let unit = register::unit(tx.conn(), tenant, unit)
        .await?
        .ok_or_else(Error::not_found)?;
    cx.authorize_at(Action::EditResidents, &place(&unit))?;
    let household = unit.household.ok_or_else(|| Error::new(Code::Conflict))?;
    let id: VehicleId = cx.new_id();
    let row = store::Fresh {
        id,
        unit: unit.id,
        household,
        plate: plate.as_str().to_owned(),
        about: about.clone(),
    };
    store::insert(&mut tx, tenant, unit.estate, &[row], cx.now()).await?;
    let (subject, estate) = (Subject::Unit(unit.id), Some(unit.estate));
    let fields = audit::given([("plate", true), ("about", about.is_some())]);
    audit::record(&mut tx, cx, Deed::VehicleAdded, subject, estate, fields).await?;
    tx.commit().await?;
    Ok(Vehicle {
        id,
        plate: plate.to_string(),
        about,
    })
}

/// Ends a car: it is sold, or its owner has moved. What was, is kept until its people are forgotten.
///
/// # Errors
/// `forbidden`, `suspended`; `not_found` for one that is not to be seen, or ended before.
pub async fn remove_vehicle(cx: &Cx, vehicle: VehicleId) -> Result<UnitId> {
    cx.authorize(Action::EditResidents)?;
    let scope = cx.authorize(Action::ViewResidents)?;
    let tenant = cx.tenant.id;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let unit = store::unit_of(&mut tx, tenant, vehicle)
        .await?
        .ok_or_else(Error::not_found)?;
    let unit = register::unit(tx.conn(), tenant, unit)
        .await?
        .ok_or_else(Error::not_found)?;
    cx.authorize_at(Action::EditResidents, &place(&unit))?;
    if !store::end_one(&mut tx, tenant, vehicle, cx.now()).await? {
        return Err(Error::not_found());
    }
    let (subject, estate) = (Subject::Unit(unit.id), Some(unit.estate));
    audit::record(
        &mut tx,
        cx,
        Deed::VehicleRemoved,
        subject,
        estate,
        ["plate"],
    )
    .await?;
    tx.commit().await?;
    Ok(unit.id)
}
