//! Changing what the register says of a unit.

mod store;
#[cfg(test)]
mod tests;

use domain::{
    UnitId,
    audit::{Deed, Subject},
    estates::{Unit, UnitChangeForm, UnitFacts},
    identity::Action,
};

use super::{hide_owners, order, place, store as places};
use crate::{
    audit,
    kernel::{
        cx::Cx,
        error::{Error, Result},
        tx::TenantTx,
    },
};

/// Changes a unit as the form says, and gives it as it is then. What changes nothing leaves no
/// trace.
///
/// # Errors
/// `forbidden`, `suspended`, `invalid` with every flawed field; `not_found` for a unit that is not
/// to be seen; `conflict` on `unit` where the entrance has that code already.
pub async fn change_unit(cx: &Cx, unit: UnitId, form: UnitChangeForm) -> Result<Unit> {
    cx.authorize(Action::EditEstates)?;
    let scope = cx.authorize(Action::ViewEstates)?;
    let tenant = cx.tenant.id;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    // Locked first and read after: an import or another form may be changing it right now.
    places::lock_estate_of(tx.conn(), tenant, unit)
        .await?
        .ok_or_else(Error::not_found)?;
    let mut found = places::unit(tx.conn(), tenant, unit)
        .await?
        .ok_or_else(Error::not_found)?;
    cx.authorize_at(Action::EditEstates, &place(&found))?;
    let before = UnitFacts::from(&found);
    let after = before.with(&form)?;
    let changed = after.changed(&before);
    if changed.iter().any(|(_, changed)| *changed) {
        let entrance = found.entrance.as_deref();
        let key = order::unit_key(&found.building_name, entrance, &after.unit);
        store::update(tx.conn(), tenant, unit, &after, &key).await?;
        let (subject, estate) = (Subject::Unit(unit), Some(found.estate));
        let fields = audit::given(changed);
        audit::record(&mut tx, cx, Deed::UnitChanged, subject, estate, fields).await?;
    }
    tx.commit().await?;
    found.unit = after.unit;
    found.floor_label = after.floor_label;
    found.true_floor = after.true_floor;
    found.area = after.area;
    found.inner_area = after.inner_area;
    found.use_ = after.use_;
    found.occupancy = after.occupancy;
    found.fee_start = after.fee_start;
    hide_owners(cx, std::slice::from_mut(&mut found));
    Ok(found)
}
