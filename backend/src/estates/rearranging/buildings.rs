//! Buildings that are there no more.

use domain::{
    BuildingId, Code,
    audit::{Deed, Subject},
    identity::{Action, Place},
    tenancy::Counted,
};

use super::{super::store as register, store};
use crate::{
    audit,
    kernel::{
        cx::Cx,
        error::{Error, Result},
        tx::TenantTx,
    },
    tenancy,
};

/// Archives a building with all its units, once nobody lives in them and nothing in them is in use.
///
/// # Errors
/// `forbidden`, `suspended`; `not_found` for a building that is not to be seen; `conflict` on `household`
/// while somebody lives there, on `devices` while one is in use there, and for one that is archived.
pub async fn archive_building(cx: &Cx, building: BuildingId) -> Result<()> {
    let (mut tx, building) = found(cx, building).await?;
    let tenant = cx.tenant.id;
    if store::building_archived(&mut tx, tenant, building.id).await? {
        return Err(Error::new(Code::Conflict));
    }
    let (lived_in, equipped) = store::building_in_use(&mut tx, tenant, building.id).await?;
    if lived_in {
        return Err(Error::taken("household"));
    }
    if equipped {
        return Err(Error::taken("devices"));
    }
    store::archive_building(&mut tx, tenant, building.id, cx.now()).await?;
    let (subject, estate) = (Subject::Building(building.id), Some(building.estate));
    audit::record(&mut tx, cx, Deed::BuildingArchived, subject, estate, []).await?;
    tx.commit().await
}

/// Takes an archived building back, with the units that were archived with it.
///
/// # Errors
/// `forbidden`, `suspended`; `over_quota`; `not_found` for a building that is not to be seen; `conflict`
/// on `name` where another is called so by now, and for one that is not archived.
pub async fn restore_building(cx: &Cx, building: BuildingId) -> Result<()> {
    let (mut tx, building) = found(cx, building).await?;
    let tenant = cx.tenant.id;
    if !store::building_archived(&mut tx, tenant, building.id).await? {
        return Err(Error::new(Code::Conflict));
    }
    let units = store::restore_building(&mut tx, tenant, building.id).await?;
    // Counted with the units that are back.
    tenancy::make_room(&mut tx, Counted::Units, 0, cx.now()).await?;
    let (subject, estate) = (Subject::Building(building.id), Some(building.estate));
    let fields = audit::given([("unit", units > 0)]);
    audit::record(&mut tx, cx, Deed::BuildingRestored, subject, estate, fields).await?;
    tx.commit().await
}

async fn found(cx: &Cx, building: BuildingId) -> Result<(TenantTx, register::BuildingRow)> {
    cx.authorize(Action::EditEstates)?;
    let scope = cx.authorize(Action::ViewEstates)?;
    let tenant = cx.tenant.id;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let row = register::building(tx.conn(), tenant, building).await?;
    let row = row.ok_or_else(Error::not_found)?;
    register::lock_estate(tx.conn(), tenant, row.estate)
        .await?
        .ok_or_else(Error::not_found)?;
    cx.authorize_at(Action::EditEstates, &Place::estate(row.estate))?;
    Ok((tx, row))
}
