//! Regions (区域): estates that somebody answers for together.
//!
//! A grant at a region holds at each estate that lies in it, so moving an estate moves it into and
//! out of what people may do. It takes somebody who may change estates in both regions, or in the
//! whole company where an estate lies in none.

mod store;
#[cfg(test)]
mod tests;

use domain::{
    Code, EstateId, RegionId,
    audit::{Deed, Subject},
    estates::{EstateChangeForm, EstateSummary, NameForm, Named, Region},
    identity::{Action, Place, PlaceId, Scope, Whereabouts},
    page::{Page, PageAsk},
    problem::Flaw,
};

use super::store as places;
use crate::{
    audit, identity,
    kernel::{
        cx::Cx,
        error::{Error, Result},
        tx::TenantTx,
    },
};

/// The company's regions that lie in the asker's places or around them, oldest first.
///
/// # Errors
/// `forbidden`; `invalid` for a bad cursor.
pub async fn list_regions(cx: &Cx, ask: &PageAsk) -> Result<Page<Region>> {
    let scope = cx.authorize(Action::ViewEstates)?;
    let after = ask.after()?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let rows = store::regions(tx.conn(), cx.tenant.id, None, after, ask.rows()).await?;
    tx.commit().await?;
    Ok(Page::cut(rows, ask.limit(), |row| row.id.to_string()))
}

/// Makes a region, with no estate in it yet.
///
/// # Errors
/// `forbidden` for whoever may not change estates in the whole company, `suspended`, `invalid`;
/// `conflict` on `name` where the company has it already.
pub async fn create_region(cx: &Cx, form: NameForm) -> Result<Region> {
    let scope = cx.authorize(Action::EditEstates)?;
    if scope != Scope::Everywhere {
        return Err(Error::forbidden());
    }
    let region = Region {
        id: cx.new_id(),
        name: form.name()?,
        estates: 0,
    };
    let mut tx = TenantTx::begin(cx, &scope).await?;
    store::insert(tx.conn(), cx.tenant.id, &region, cx.now()).await?;
    let made = Subject::Region(region.id);
    audit::record(&mut tx, cx, Deed::RegionCreated, made, None, ["name"]).await?;
    tx.commit().await?;
    Ok(region)
}

/// Gives a region another name. What changes nothing leaves no trace.
///
/// # Errors
/// `forbidden`, `suspended`, `invalid`; `not_found` for a region that is not to be seen; `conflict`
/// on `name` where the company has it already.
pub async fn rename_region(cx: &Cx, region: RegionId, form: NameForm) -> Result<Region> {
    cx.authorize(Action::EditEstates)?;
    let scope = cx.authorize(Action::ViewEstates)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let found = store::region(tx.conn(), cx.tenant.id, region).await?;
    let mut found = found.ok_or_else(Error::not_found)?;
    may_move(cx, Some(region))?;
    let name = form.name()?;
    if name != found.name {
        store::rename(tx.conn(), cx.tenant.id, region, &name).await?;
        let (deed, subject) = (Deed::RegionChanged, Subject::Region(region));
        audit::record(&mut tx, cx, deed, subject, None, ["name"]).await?;
        found.name = name;
    }
    tx.commit().await?;
    Ok(found)
}

/// Removes a region that no estate lies in.
///
/// # Errors
/// `forbidden` for whoever may not change estates in the whole company; `suspended`; `not_found`;
/// `conflict` while an estate lies in it, or somebody has a role or an invitation there.
pub async fn remove_region(cx: &Cx, region: RegionId) -> Result<()> {
    cx.authorize(Action::EditEstates)?;
    let scope = cx.authorize(Action::ViewEstates)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let found = store::region(tx.conn(), cx.tenant.id, region).await?;
    found.ok_or_else(Error::not_found)?;
    may_move(cx, None)?;
    if identity::staff::anybody_at(&mut tx, cx, PlaceId::Region(region)).await? {
        return Err(Error::new(Code::Conflict));
    }
    store::remove(tx.conn(), cx.tenant.id, region).await?;
    let gone = Subject::Region(region);
    audit::record(&mut tx, cx, Deed::RegionRemoved, gone, None, []).await?;
    tx.commit().await
}

/// Gives an estate another name, or moves it into another region or out of all.
///
/// # Errors
/// `forbidden` where the asker may not change the estate, or does not hold the regions that it
/// leaves and enters; `suspended`; `invalid` with the flawed fields, `unknown` for a region that is
/// not to be seen; `not_found` for an estate that is not; `conflict` on `name` where the company has
/// it already.
pub async fn change_estate(
    cx: &Cx,
    estate: EstateId,
    form: EstateChangeForm,
) -> Result<EstateSummary> {
    cx.authorize(Action::EditEstates)?;
    let scope = cx.authorize(Action::ViewEstates)?;
    let tenant = cx.tenant.id;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    places::lock_estate(tx.conn(), tenant, estate)
        .await?
        .ok_or_else(Error::not_found)?;
    let mut rows = places::estates(tx.conn(), tenant, None, Some(estate), 1).await?;
    let mut found = rows.pop().ok_or_else(Error::not_found)?;
    cx.authorize_at(Action::EditEstates, &Place::estate(estate))?;
    let before = Named {
        name: found.name.clone(),
        within: found.region,
    };
    let after = before.changed_by(&form)?;
    let moved = after.within != before.within;
    if moved {
        found.region_name = match after.within {
            Some(region) => {
                let region = store::region(tx.conn(), tenant, region).await?;
                Some(
                    region
                        .ok_or_else(|| Error::invalid("region", Flaw::Unknown))?
                        .name,
                )
            }
            None => None,
        };
        may_move(cx, before.within)?;
        may_move(cx, after.within)?;
    }
    if after != before {
        store::update_estate(tx.conn(), tenant, estate, &after).await?;
        let fields = audit::given([("name", after.name != before.name), ("region", moved)]);
        let (deed, subject) = (Deed::EstateChanged, Subject::Estate(estate));
        audit::record(&mut tx, cx, deed, subject, Some(estate), fields).await?;
    }
    tx.commit().await?;
    found.name = after.name;
    found.region = after.within;
    Ok(found)
}

/// Whether the asker may move estates into a region and out of it; of none, in the whole company.
fn may_move(cx: &Cx, region: Option<RegionId>) -> Result<()> {
    let scope = cx.authorize(Action::EditEstates)?;
    let held = match region {
        Some(region) => scope.holds(&Whereabouts(vec![region.0])),
        None => scope == Scope::Everywhere,
    };
    if held {
        Ok(())
    } else {
        Err(Error::forbidden())
    }
}
