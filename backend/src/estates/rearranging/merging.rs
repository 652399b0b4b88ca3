//! Two units become one (合并).

use domain::{
    UnitId,
    audit::{Deed, Subject},
    estates::{Area, Unit},
    identity::Action,
    problem::Flaw,
};

use super::{
    super::{place, search, store as register, transfers, vehicles},
    held, store,
};
use crate::{
    audit, devices,
    kernel::{
        cx::Cx,
        error::{Error, Result},
        tx::TenantTx,
    },
};

/// Makes another unit a part of this one. Its devices and its owners' cars go over, its area is added, and
/// it is archived with its history. Who lived there is kept: two homes become one only where both have
/// the same owners, or nobody owns the other; anything else is a sale first.
///
/// `other` is its address within the estate (`3-2-1703`).
///
/// # Errors
/// `forbidden`, also where a household ends and the asker may not write residents down; `suspended`;
/// `invalid` on `other`: `unknown`, `ambiguous`, `wrong` for the unit itself; `not_found` for a unit that
/// is not to be seen; `conflict` on `owners` where they are others, on `residents` while somebody else
/// than its owners lives there, and for a unit that is archived.
pub async fn merge_units(cx: &Cx, unit: UnitId, other: &str) -> Result<Unit> {
    let (mut tx, whole) = held(cx, unit).await?;
    let (tenant, now) = (cx.tenant.id, cx.now());
    let other = named(&mut tx, cx, &whole, other).await?;
    if let Some(leaving) = other.household {
        cx.authorize_at(Action::EditResidents, &place(&other))?;
        let staying = whole.household.ok_or_else(|| Error::taken("owners"))?;
        if !store::same_owners(&mut tx, tenant, staying, leaving).await? {
            return Err(Error::taken("owners"));
        }
        if store::others_living(&mut tx, tenant, leaving, now).await? {
            return Err(Error::taken("residents"));
        }
        vehicles::moved(&mut tx, tenant, leaving, (whole.id, staying)).await?;
        let today = now.to_zoned(cx.tenant.zone.clone()).date();
        transfers::end_many(&mut tx, cx, &[leaving], today).await?;
    }
    devices::move_all(&mut tx, cx, other.id, whole.id).await?;
    if let (Some(one), Some(more)) = (whole.area, other.area) {
        store::resize(
            &mut tx,
            tenant,
            whole.id,
            Area(one.0.saturating_add(more.0)),
        )
        .await?;
    }
    store::archive(&mut tx, tenant, other.id, Some(whole.id), now).await?;
    let estate = Some(whole.estate);
    let (merged, gone) = (Subject::Unit(whole.id), Subject::Unit(other.id));
    let fields = audit::given([("area_m2", whole.area.is_some() && other.area.is_some())]);
    audit::record(&mut tx, cx, Deed::UnitsMerged, merged, estate, fields).await?;
    audit::record(&mut tx, cx, Deed::UnitArchived, gone, estate, []).await?;
    let after = register::unit(tx.conn(), tenant, whole.id).await?;
    tx.commit().await?;
    after.ok_or_else(Error::not_found)
}

/// The other unit, by its address.
async fn named(tx: &mut TenantTx, cx: &Cx, whole: &Unit, address: &str) -> Result<Unit> {
    let wrong = |flaw| Error::invalid("other", flaw);
    if address.trim().is_empty() {
        return Err(wrong(Flaw::Required));
    }
    let tenant = cx.tenant.id;
    let estate = register::estate_name(tx.conn(), tenant, whole.estate)
        .await?
        .ok_or_else(Error::not_found)?;
    let said = std::iter::once((1, address.trim()));
    let found = search::homes_addressed(tx, tenant, &estate, said).await?;
    let id = search::only(found.get(&1)).map_err(wrong)?;
    if id == whole.id {
        return Err(wrong(Flaw::Wrong));
    }
    let other = register::unit(tx.conn(), tenant, id).await?;
    other.ok_or_else(|| wrong(Flaw::Unknown))
}
