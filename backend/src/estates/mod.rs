//! Estates, buildings, units and the people in them.
//!
//! A unit's household is who is responsible for it now. It starts with the first resident that is
//! written down for the unit, by hand or by a roster, and ends with a sale.

mod buildings;
mod changes;
mod claims;
mod contacts;
mod forgetting;
mod invitations;
mod order;
mod phases;
mod rearranging;
mod regions;
mod residents;
mod roster;
mod search;
mod sharing;
#[cfg(test)]
mod sorted_tests;
mod store;
mod takeout;
#[cfg(test)]
mod tests;
mod transfers;
mod vehicles;

use domain::{
    Code, EstateId, ResidentId, UnitId,
    audit::{Deed, Subject},
    estates::{
        Building, BuildingForm, Estate, EstateBrief, EstateForm, EstateSummary, Home, IdNumber,
        NewBuilding, NewEstate, NewResident, NewUnit, Resident, ResidentForm, Unit, UnitFilter,
        UnitForm, UnitSort,
    },
    identity::{Action, Phone, Place, Scope, mask_phone},
    page::{Mark, Page, PageAsk},
    problem::Flaw,
    tenancy::Counted,
};

#[cfg(fuzzing)]
pub use self::roster::read_upload;
use self::store::people::{ResidentRow, SealedIdNumber, SealedPhone};
pub use self::{
    buildings::{build, building_view},
    changes::change_unit,
    claims::{
        Claimed, accept_claim, claim, claim_status, code_homes, home_notices, list_claims,
        print_codes, refuse_claim, see_notice,
    },
    contacts::{MOST_REVEALED, reveal_contact},
    invitations::{accept, accept_with, invitation, invite, print_reset},
    phases::{change_building, create_phase, list_phases, remove_phase, rename_phase},
    rearranging::{
        archive_building, archive_unit, merge_units, move_unit, restore_building, restore_unit,
        split_unit,
    },
    regions::{change_estate, create_region, list_regions, remove_region, rename_region},
    residents::{change_resident, move_out, resident},
    roster::{
        RefusalHeaders, RosterUpload, import_roster, import_standing, list_imports, refusal_file,
        roster_header, roster_import, roster_template, start_import,
    },
    search::{find_residents, search, units_addressed},
    sharing::{end_sharing, home_people, share_home, show_meters},
    transfers::{earlier_households, transfer},
    vehicles::{
        VehicleBatch, add_vehicle, import_vehicles, list_vehicles, remove_vehicle, vehicle_template,
    },
};
pub(crate) use self::{
    forgetting::{forget_claims, forget_resident},
    search::{homes_addressed, only},
    store::estate_exists,
    takeout::{cars, people},
};
use crate::{
    audit, devices,
    kernel::{
        cx::Cx,
        error::{Error, Result},
        tx::TenantTx,
    },
    tenancy,
};

/// A phone number as it is stored.
fn seal(cx: &Cx, phone: &Phone) -> Result<SealedPhone> {
    let keys = &cx.site.keys;
    Ok(SealedPhone {
        cipher: keys.seal_phone(cx.tenant.id, cx.site.random(), phone.as_str())?,
        index: keys.phone_index(cx.tenant.id, phone.as_str()),
        tail: keys.phone_tail(cx.tenant.id, phone.as_str()),
    })
}

/// An identity number as it is stored.
fn seal_id_number(cx: &Cx, number: &IdNumber) -> Result<SealedIdNumber> {
    let keys = &cx.site.keys;
    Ok(SealedIdNumber {
        cipher: keys.seal_id_number(cx.tenant.id, cx.site.random(), number)?,
        index: keys.id_number_index(cx.tenant.id, number),
    })
}

/// The estates of the company, oldest first, with what is counted on each.
///
/// # Errors
/// `forbidden`; `invalid` for a bad cursor.
pub async fn list_estates(cx: &Cx, ask: &PageAsk) -> Result<Page<EstateSummary>> {
    let scope = cx.authorize(Action::ViewEstates)?;
    let after = ask.after()?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let rows = store::estates(tx.conn(), cx.tenant.id, after, None, ask.rows()).await?;
    tx.commit().await?;
    Ok(Page::cut(rows, ask.limit(), |row| row.id.to_string()))
}

/// The estates that the asker may see, oldest first, for whoever chooses one: at most as many as the
/// longest page has.
///
/// # Errors
/// `forbidden`.
pub async fn estates_in_brief(cx: &Cx) -> Result<Vec<EstateBrief>> {
    let scope = cx.authorize(Action::ViewEstates)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let most = i64::from(PageAsk::longest().limit());
    let rows = store::briefs(tx.conn(), cx.tenant.id, most).await?;
    tx.commit().await?;
    Ok(rows)
}

/// An estate with what is counted on it.
///
/// # Errors
/// `forbidden`.
pub async fn estate(cx: &Cx, estate: EstateId) -> Result<Option<EstateSummary>> {
    let scope = cx.authorize(Action::ViewEstates)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let mut rows = store::estates(tx.conn(), cx.tenant.id, None, Some(estate), 1).await?;
    tx.commit().await?;
    Ok(rows.pop())
}

/// What an estate is called.
///
/// # Errors
/// `forbidden`; `not_found` for one that is not to be seen.
pub async fn estate_name(cx: &Cx, estate: EstateId) -> Result<String> {
    let scope = cx.authorize(Action::ViewEstates)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let name = store::estate_name(tx.conn(), cx.tenant.id, estate).await?;
    tx.commit().await?;
    name.ok_or_else(Error::not_found)
}

/// # Errors
/// `forbidden`, `suspended`, `invalid`; `conflict` on `name` where the company has it already.
pub async fn create_estate(cx: &Cx, form: EstateForm) -> Result<Estate> {
    let scope = cx.authorize(Action::EditEstates)?;
    // A new estate lies in nobody's part of the company.
    if scope != Scope::Everywhere {
        return Err(Error::forbidden());
    }
    let NewEstate { name } = form.try_into()?;
    let estate = Estate {
        id: cx.new_id(),
        name,
    };
    let mut tx = TenantTx::begin(cx, &scope).await?;
    tenancy::make_room(&mut tx, Counted::Estates, 1, cx.now()).await?;
    store::insert_estate(tx.conn(), cx.tenant.id, &estate, cx.now()).await?;
    let made = Subject::Estate(estate.id);
    audit::record(
        &mut tx,
        cx,
        Deed::EstateCreated,
        made,
        Some(estate.id),
        ["name"],
    )
    .await?;
    tx.commit().await?;
    Ok(estate)
}

/// Buildings in the order that people count them in: 2号楼 before 10号楼.
///
/// # Errors
/// `forbidden`; `not_found` for an estate that is not to be seen; `invalid` for a bad cursor.
pub async fn list_buildings(
    cx: &Cx,
    estate: Option<EstateId>,
    ask: &PageAsk,
) -> Result<Page<Building>> {
    let scope = cx.authorize(Action::ViewEstates)?;
    let after = ask.after()?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let rows = store::buildings(tx.conn(), cx.tenant.id, estate, after, ask.rows()).await?;
    // Only an empty page leaves open whether the estate is there at all.
    if let (Some(estate), true) = (estate, rows.is_empty()) {
        seen(store::estate_exists(tx.conn(), cx.tenant.id, estate).await?)?;
    }
    tx.commit().await?;
    Ok(Page::cut(rows, ask.limit(), |row| row.id.to_string()))
}

fn seen(there: bool) -> Result<()> {
    if there {
        Ok(())
    } else {
        Err(Error::not_found())
    }
}

/// # Errors
/// `forbidden`, `suspended`, `invalid`; `not_found` for an estate that is not to be seen;
/// `conflict` on `name` where the estate has it already.
pub async fn create_building(cx: &Cx, form: BuildingForm) -> Result<Building> {
    cx.authorize(Action::EditEstates)?;
    let scope = cx.authorize(Action::ViewEstates)?;
    let NewBuilding { estate, name } = form.try_into()?;
    let building = Building {
        id: cx.new_id(),
        estate,
        name,
        phase: None,
        phase_name: None,
        units: 0,
        archived: false,
    };
    let mut tx = TenantTx::begin(cx, &scope).await?;
    store::lock_estate(tx.conn(), cx.tenant.id, estate)
        .await?
        .ok_or_else(Error::not_found)?;
    cx.authorize_at(Action::EditEstates, &Place::estate(estate))?;
    let key = order::name_key(&building.name);
    store::insert_building(tx.conn(), cx.tenant.id, &building, &key, cx.now()).await?;
    let made = Subject::Building(building.id);
    audit::record(
        &mut tx,
        cx,
        Deed::BuildingCreated,
        made,
        Some(estate),
        ["name"],
    )
    .await?;
    tx.commit().await?;
    Ok(building)
}

/// Units in the order that is asked for, else that people count in, with the owners of their running
/// household.
///
/// # Errors
/// `forbidden`; `not_found` for an estate or a building that is not to be seen; `invalid` for a
/// bad cursor, with `unknown` for one whose unit is there no more.
pub async fn list_units(cx: &Cx, filter: &UnitFilter, ask: &PageAsk) -> Result<Page<Unit>> {
    let scope = cx.authorize(Action::ViewEstates)?;
    // What else they are sorted by travels in the cursor.
    let by_value = filter.sort.is_some_and(|sort| sort.by != UnitSort::Address);
    let after = if by_value {
        ask.after::<Mark<UnitId>>()?
    } else {
        ask.after()?.map(|id| Mark { value: 0, id })
    };
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let tenant = cx.tenant.id;
    let after = match after {
        Some(mark) => {
            let stand = store::units::stand(tx.conn(), tenant, mark.id).await?;
            let gone = || Error::invalid("cursor", Flaw::Unknown);
            Some((mark, stand.ok_or_else(gone)?))
        }
        None => None,
    };
    let rows = store::units::units(tx.conn(), tenant, filter, after, ask.rows()).await?;
    if rows.is_empty() {
        if let Some(estate) = filter.estate {
            seen(store::estate_exists(tx.conn(), tenant, estate).await?)?;
        }
        if let Some(building) = filter.building {
            seen(
                store::building(tx.conn(), tenant, building)
                    .await?
                    .is_some(),
            )?;
        }
    }
    tx.commit().await?;
    let page = Page::cut(rows, ask.limit(), |(value, unit)| {
        let (value, id) = (*value, unit.id);
        if by_value {
            Mark { value, id }.to_string()
        } else {
            id.to_string()
        }
    });
    let mut page = page.map(|(_, unit)| unit);
    hide_owners(cx, &mut page.items);
    Ok(page)
}

fn place(unit: &Unit) -> Place {
    Place {
        estate: unit.estate,
        building: Some(unit.building),
        unit: Some(unit.id),
    }
}

/// Takes the owners' names off the units whose residents the asker may not read.
fn hide_owners(cx: &Cx, units: &mut [Unit]) {
    for unit in units {
        if cx
            .authorize_at(Action::ViewResidents, &place(unit))
            .is_err()
        {
            unit.owners.clear();
        }
    }
}

/// # Errors
/// `forbidden`.
pub async fn unit(cx: &Cx, unit: UnitId) -> Result<Option<Unit>> {
    let scope = cx.authorize(Action::ViewEstates)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let mut found = store::unit(tx.conn(), cx.tenant.id, unit).await?;
    tx.commit().await?;
    hide_owners(cx, found.as_mut_slice());
    Ok(found)
}

/// Adds a unit, and its entrance where that is new too.
///
/// # Errors
/// `forbidden`, `suspended`, `invalid`; `not_found` for a building that is not to be seen;
/// `conflict` on `unit` where the entrance has that code already, and for a building that is archived.
pub async fn create_unit(cx: &Cx, form: UnitForm) -> Result<Unit> {
    cx.authorize(Action::EditEstates)?;
    let scope = cx.authorize(Action::ViewEstates)?;
    let NewUnit {
        building,
        entrance,
        unit: code,
        area,
    } = form.try_into()?;
    let tenant = cx.tenant.id;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let building = store::building(tx.conn(), tenant, building)
        .await?
        .ok_or_else(Error::not_found)?;
    if building.archived {
        return Err(Error::new(Code::Conflict));
    }
    store::lock_estate(tx.conn(), tenant, building.estate)
        .await?
        .ok_or_else(Error::not_found)?;
    // Not for the building's own people: a unit that is new lies in nobody's grant.
    cx.authorize_at(Action::EditEstates, &Place::estate(building.estate))?;
    tenancy::make_room(&mut tx, Counted::Units, 1, cx.now()).await?;
    let entrance_id = match &entrance {
        Some(name) => {
            Some(store::entrance_named(tx.conn(), tenant, &building, cx.new_id(), name).await?)
        }
        None => None,
    };
    let insert = store::UnitInsert {
        id: cx.new_id(),
        building: &building,
        entrance: entrance_id,
        code: &code,
        area,
        sort_key: &order::unit_key(&building.name, entrance.as_deref(), &code),
        at: cx.now(),
    };
    let id = insert.id;
    store::insert_unit(tx.conn(), tenant, insert).await?;
    let unit = store::unit(tx.conn(), tenant, id).await?;
    let unit = unit.ok_or_else(|| Error::internal("a unit is gone as soon as it is stored"))?;
    let fields = audit::given([
        ("building", true),
        ("entrance", entrance.is_some()),
        ("unit", true),
        ("area_m2", area.is_some()),
    ]);
    let (made, estate) = (Subject::Unit(id), Some(unit.estate));
    audit::record(&mut tx, cx, Deed::UnitCreated, made, estate, fields).await?;
    tx.commit().await?;
    Ok(unit)
}

/// The residents of running households, with masked phone numbers; of one unit where it is named.
///
/// # Errors
/// `forbidden`; `not_found` for a unit that is not to be seen; `invalid` for a bad cursor.
pub async fn list_residents(
    cx: &Cx,
    unit: Option<UnitId>,
    ask: &PageAsk,
) -> Result<Page<Resident>> {
    let scope = cx.authorize(Action::ViewResidents)?;
    let after = ask.after()?;
    let tenant = cx.tenant.id;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let rows =
        store::people::residents(tx.conn(), tenant, unit, after, cx.now(), ask.rows()).await?;
    if let (Some(unit), true) = (unit, rows.is_empty()) {
        seen(store::unit(tx.conn(), tenant, unit).await?.is_some())?;
    }
    tx.commit().await?;
    let rows: Result<Vec<Resident>> = rows.into_iter().map(|row| shown(cx, row)).collect();
    Ok(Page::cut(rows?, ask.limit(), |row| row.id.to_string()))
}

fn shown(cx: &Cx, row: ResidentRow) -> Result<Resident> {
    let open = |sealed: &Vec<u8>| cx.site.keys.open_phone(cx.tenant.id, sealed);
    let phone = row.phone_cipher.as_ref().map(open).transpose()?;
    Ok(Resident {
        relation: row.relation()?,
        id: row.id,
        household: row.household,
        unit: row.unit,
        name: row.name,
        phone: phone.map(|phone| mask_phone(&phone)),
        claimed: row.claimed,
        invited: row.invited,
    })
}

/// Writes somebody down for a unit. Where nobody was yet, their household starts today in the
/// tenant's zone, and the meters of the unit become theirs to read.
///
/// # Errors
/// `forbidden`, `suspended`, `invalid`; `not_found` for a unit that is not to be seen; `conflict` for one
/// that is archived.
pub async fn add_resident(cx: &Cx, form: ResidentForm) -> Result<Resident> {
    cx.authorize(Action::EditResidents)?;
    let scope = cx.authorize(Action::ViewEstates)?;
    let new = NewResident::try_from(form)?;
    let (tenant, now) = (cx.tenant.id, cx.now());
    let mut tx = TenantTx::begin(cx, &scope).await?;
    // Locked first and read after: two forms at the same moment start one household.
    store::lock_estate_of(tx.conn(), tenant, new.unit)
        .await?
        .ok_or_else(Error::not_found)?;
    let unit = store::unit(tx.conn(), tenant, new.unit)
        .await?
        .ok_or_else(Error::not_found)?;
    cx.authorize_at(Action::EditResidents, &place(&unit))?;
    if unit.archived_at.is_some() {
        return Err(Error::new(Code::Conflict));
    }
    let household = if let Some(household) = unit.household {
        household
    } else {
        let household = cx.new_id();
        let today = now.to_zoned(cx.tenant.zone.clone()).date();
        store::people::start_household(tx.conn(), tenant, household, &unit, today).await?;
        devices::tenure_started(&mut tx, &[(unit.id, household)], now).await?;
        household
    };
    let id: ResidentId = cx.new_id();
    let phone = new
        .phone
        .as_ref()
        .map(|phone| seal(cx, phone))
        .transpose()?;
    let id_number = new.id_number.as_ref();
    let id_number = id_number.map(|number| seal_id_number(cx, number));
    let numbers = (phone, id_number.transpose()?);
    let place = (id, household, &unit);
    store::people::insert_resident(tx.conn(), tenant, place, &new, numbers, now).await?;
    let fields = audit::given([
        ("unit", true),
        ("name", true),
        ("phone", new.phone.is_some()),
        ("id_number", new.id_number.is_some()),
        ("relation", true),
    ]);
    let (added, estate) = (Subject::Resident(id), Some(unit.estate));
    audit::record(&mut tx, cx, Deed::ResidentAdded, added, estate, fields).await?;
    tx.commit().await?;
    Ok(Resident {
        id,
        household,
        unit: unit.id,
        name: new.name,
        phone: new.phone.map(|phone| phone.masked()),
        relation: new.relation,
        claimed: false,
        invited: false,
    })
}

/// The homes of the resident who asks.
///
/// # Errors
/// `forbidden` for staff, who have no home here.
pub async fn homes(cx: &Cx) -> Result<Vec<Home>> {
    let scope = cx.authorize(Action::ViewHome)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let homes = store::people::homes(tx.conn()).await?;
    tx.commit().await?;
    Ok(homes)
}
