//! One unit becomes several (分割).

use domain::{
    HouseholdId, ResidentId, UnitId,
    audit::{Deed, Subject},
    estates::{Split, SplitForm, Unit},
    identity::Action,
    tenancy::Counted,
};

use super::{
    super::{order, place, store as register},
    held, store,
};
use crate::{
    audit,
    kernel::{
        cx::Cx,
        error::{Error, Result},
        tx::TenantTx,
    },
    tenancy,
};

/// Splits a unit: it stays, with its household, its devices and its history, and new ones stand beside it,
/// on its floor and for its use. Where they are its owners' too, a household of theirs starts in each, and
/// a log-in that opens the old home opens the new ones.
///
/// # Errors
/// `forbidden`, also where owners are taken along by somebody who may not write residents down;
/// `suspended`; `invalid` with the flawed fields; `over_quota`; `not_found` for a unit that is not to be
/// seen; `conflict` on `unit` where a door is there already, and for a unit that is archived.
pub async fn split_unit(cx: &Cx, unit: UnitId, form: SplitForm) -> Result<Vec<UnitId>> {
    let (mut tx, whole) = held(cx, unit).await?;
    let (tenant, now) = (cx.tenant.id, cx.now());
    let split = Split::read(&form, whole.area)?;
    let owners = split.same_owners.then_some(whole.household).flatten();
    if owners.is_some() {
        cx.authorize_at(Action::EditResidents, &place(&whole))?;
    }
    tenancy::make_room(&mut tx, Counted::Units, split.parts.len(), now).await?;
    if let Some(keeps) = split.keeps {
        store::resize(&mut tx, tenant, whole.id, keeps).await?;
    }
    let mut made = Vec::with_capacity(split.parts.len());
    for (door, area) in split.parts {
        let entrance = whole.entrance.as_deref();
        let part = store::Part {
            id: cx.new_id(),
            of: whole.id,
            code: &door,
            area,
            sort_key: &order::unit_key(&whole.building_name, entrance, &door),
            at: now,
        };
        let id = part.id;
        store::insert_part(&mut tx, tenant, part).await?;
        if let Some(owners) = owners {
            settle(
                &mut tx,
                cx,
                &Unit {
                    id,
                    ..whole.clone()
                },
                owners,
            )
            .await?;
        }
        let (subject, estate) = (Subject::Unit(id), Some(whole.estate));
        let fields = audit::given([("unit", true), ("area_m2", area.is_some())]);
        audit::record(&mut tx, cx, Deed::UnitCreated, subject, estate, fields).await?;
        made.push(id);
    }
    let (subject, estate) = (Subject::Unit(whole.id), Some(whole.estate));
    let fields = audit::given([
        ("area_m2", split.keeps.is_some()),
        ("owners", owners.is_some()),
    ]);
    audit::record(&mut tx, cx, Deed::UnitSplit, subject, estate, fields).await?;
    tx.commit().await?;
    Ok(made)
}

/// Starts a household of another's owners, today in the tenant's zone.
async fn settle(tx: &mut TenantTx, cx: &Cx, unit: &Unit, of: HouseholdId) -> Result<()> {
    let (tenant, now) = (cx.tenant.id, cx.now());
    let owners = store::owners(tx, tenant, of).await?;
    if owners.is_empty() {
        return Ok(());
    }
    let household: HouseholdId = cx.new_id();
    let today = now.to_zoned(cx.tenant.zone.clone()).date();
    register::people::start_household(tx.conn(), tenant, household, unit, today).await?;
    let copies: Vec<(ResidentId, ResidentId)> = owners
        .into_iter()
        .map(|owner| (owner, cx.new_id()))
        .collect();
    let written = store::copy_owners(tx, tenant, (household, unit.id), &copies, now).await?;
    if written == copies.len() {
        Ok(())
    } else {
        Err(Error::internal("an owner of a split unit was not copied"))
    }
}
