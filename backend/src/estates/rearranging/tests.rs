use domain::{
    BuildingId, EstateId,
    devices::{DeviceKind, changes::DeviceChangeForm},
    estates::{
        Area, BuildingForm, Found, PartForm, Relation, ResidentForm, SplitForm, UnitFilter,
        UnitForm, VehicleForm,
    },
    identity::Role,
    page::PageAsk,
};

use super::*;
use crate::{
    devices::{
        self,
        tests::{form as device_form, settle},
    },
    estates::{
        add_resident, add_vehicle, building_view, create_building, create_unit, earlier_households,
        list_buildings, list_residents, list_units, list_vehicles, search, unit,
    },
    testing::{Town, comes_in, first_resident, next_click, with_role},
};

/// An estate with a building, and the town that they lie in.
async fn scene() -> (Town, EstateId, BuildingId) {
    let town = Town::new().await;
    let place = settle(&town.admin_a, "阳光花园").await;
    let building = raise(&town.admin_a, place.estate, "3号楼").await;
    (town, place.estate, building)
}

async fn raise(cx: &Cx, estate: EstateId, name: &str) -> BuildingId {
    let name = name.to_owned();
    let form = BuildingForm { estate, name };
    create_building(cx, form).await.unwrap().id
}

async fn door(cx: &Cx, building: BuildingId, code: &str, area: &str) -> UnitId {
    let form = UnitForm {
        building,
        entrance: Some("2单元".to_owned()),
        unit: code.to_owned(),
        area_m2: Some(area.to_owned()),
    };
    create_unit(cx, form).await.unwrap().id
}

async fn live(cx: &Cx, unit: UnitId, name: &str, relation: Relation) {
    let form = ResidentForm {
        unit,
        name: name.to_owned(),
        phone: (relation == Relation::Owner).then(|| "13812345678".to_owned()),
        id_number: None,
        relation,
    };
    add_resident(cx, form).await.unwrap();
}

fn refused<T: std::fmt::Debug>(result: Result<T>) -> domain::Problem {
    result.unwrap_err().problem
}

fn to(building: BuildingId, entrance: &str) -> MoveForm {
    MoveForm {
        building,
        entrance: entrance.to_owned(),
    }
}

async fn listed(cx: &Cx, estate: EstateId) -> Vec<String> {
    let filter = UnitFilter {
        estate: Some(estate),
        ..UnitFilter::default()
    };
    let page = list_units(cx, &filter, &PageAsk::longest()).await.unwrap();
    page.items
        .iter()
        .map(domain::estates::Unit::address)
        .collect()
}

async fn found(cx: &Cx, q: &str) -> usize {
    let page = search(cx, q, &PageAsk::longest()).await.unwrap();
    page.items
        .iter()
        .filter(|found| matches!(found, Found::Unit(_)))
        .count()
}

#[tokio::test]
async fn a_unit_moves_with_its_history() {
    let (town, estate, building) = scene().await;
    let cx = &town.admin_a;
    let id = door(cx, building, "301", "80").await;
    live(cx, id, "王五", Relation::Owner).await;
    let other = raise(cx, estate, "5号楼").await;
    let moved = move_unit(cx, id, to(other, "1单元")).await.unwrap();
    assert_eq!((moved.id, &*moved.address()), (id, "5号楼 1单元 301"));
    assert_eq!(moved.owners, "王五");
    assert_eq!(
        (found(cx, "5-1-301").await, found(cx, "3-2-301").await),
        (1, 0)
    );
    // In no entrance at all, and nothing where nothing changes.
    let moved = move_unit(cx, id, to(other, " ")).await.unwrap();
    assert_eq!(moved.address(), "5号楼 301");
    move_unit(cx, id, to(other, "")).await.unwrap();
    let deeds: i64 =
        sqlx::query_scalar("SELECT count(*) FROM audit_entry WHERE deed = 'unit.moved'")
            .fetch_one(town.db.admin())
            .await
            .unwrap();
    assert_eq!(deeds, 2);

    let there = door(cx, building, "301", "").await;
    let taken = refused(move_unit(cx, there, to(other, "")).await);
    assert_eq!(taken, Error::taken("unit").problem);
    let elsewhere = settle(cx, "月亮湾").await;
    let foreign = unit(cx, elsewhere.unit).await.unwrap().unwrap().building;
    let unknown = refused(move_unit(cx, there, to(foreign, "")).await);
    assert_eq!(unknown, Error::invalid("building", Flaw::Unknown).problem);
}

#[tokio::test]
async fn a_split_leaves_the_old_one_and_adds_new_ones() {
    let (town, estate, building) = scene().await;
    let cx = &town.admin_a;
    let id = door(cx, building, "301", "100").await;
    live(cx, id, "王五", Relation::Owner).await;
    live(cx, id, "小王", Relation::Family).await;
    let household = unit(cx, id).await.unwrap().unwrap().household.unwrap();
    let link = crate::estates::invite(cx, first_resident(cx, id).await);
    let owner = comes_in(&town.site, &link.await.unwrap().token, "13900000001").await;
    let part = |unit: &str, area_m2: &str| PartForm {
        unit: unit.to_owned(),
        area_m2: area_m2.to_owned(),
    };
    let form = SplitForm {
        area_m2: "60".to_owned(),
        parts: vec![part("301A", "25.5"), part("301B", "")],
        same_owners: "true".to_owned(),
    };
    let made = split_unit(cx, id, form.clone()).await.unwrap();
    let old = unit(cx, id).await.unwrap().unwrap();
    assert_eq!(
        (old.area, old.household),
        (Some(Area(6_000)), Some(household))
    );
    let first = unit(cx, made[0]).await.unwrap().unwrap();
    assert_eq!(
        (&*first.address(), first.area),
        ("3号楼 2单元 301A", Some(Area(2_550)))
    );
    assert_eq!(first.owners, "王五", "family stays where it is");
    let residents = list_residents(cx, Some(made[1]), &PageAsk::default()).await;
    assert_eq!(
        residents.unwrap().items[0].phone.as_deref(),
        Some("138****5678")
    );
    // The owner's next click has all three.
    let homes = crate::estates::homes(&next_click(&owner).await.unwrap())
        .await
        .unwrap();
    assert_eq!(homes.len(), 3);
    assert_eq!(listed(cx, estate).await.len(), 4);

    let again = refused(split_unit(cx, id, form).await);
    assert_eq!(again.fields["area_m2"], domain::problem::Flaw::OutOfRange);
    let taken = SplitForm {
        parts: vec![part("301A", "")],
        ..SplitForm::default()
    };
    assert_eq!(
        refused(split_unit(cx, id, taken).await),
        Error::taken("unit").problem
    );
    assert_eq!(listed(cx, estate).await.len(), 4, "nothing of it");
}

#[tokio::test]
async fn two_units_of_one_owner_become_one() {
    let (town, estate, building) = scene().await;
    let cx = &town.admin_a;
    let (id, other) = (
        door(cx, building, "301", "60").await,
        door(cx, building, "302", "40.5").await,
    );
    live(cx, id, "王五", Relation::Owner).await;
    live(cx, other, "王五", Relation::Owner).await;
    let meter = device_form(DeviceKind::WaterMeter, estate, Some(other));
    let meter = devices::register(cx, meter).await.unwrap().id;
    let car = VehicleForm {
        unit: other,
        plate: "沪A12345".to_owned(),
        about: None,
    };
    add_vehicle(cx, car).await.unwrap();
    live(cx, other, "租客", Relation::Renter).await;
    let renter = refused(merge_units(cx, id, "3-2-302").await);
    assert_eq!(renter, Error::taken("residents").problem);
    let residents = list_residents(cx, Some(other), &PageAsk::default())
        .await
        .unwrap();
    let renter = residents
        .items
        .iter()
        .find(|one| one.relation == Relation::Renter);
    crate::estates::move_out(cx, renter.unwrap().id)
        .await
        .unwrap();

    let merged = merge_units(cx, id, "3-2-302").await.unwrap();
    assert_eq!((merged.area, &*merged.owners), (Some(Area(10_050)), "王五"));
    let gone = unit(cx, other).await.unwrap().unwrap();
    assert_eq!((gone.household, gone.merged_into), (None, Some(id)));
    assert!(gone.archived_at.is_some());
    assert_eq!(
        earlier_households(cx, other).await.unwrap().len(),
        1,
        "its history stays"
    );
    assert_eq!(listed(cx, estate).await, ["1号楼 101", "3号楼 2单元 301"]);
    assert_eq!(found(cx, "3-2-302").await, 0);
    let hangs = devices::device(cx, meter).await.unwrap().unwrap();
    assert_eq!(hangs.unit, Some(id));
    assert_eq!(list_vehicles(cx, id).await.unwrap().len(), 1);

    // Its door may be given out again, and then it does not come back.
    door(cx, building, "302", "").await;
    assert_eq!(
        refused(restore_unit(cx, other).await),
        Error::taken("unit").problem
    );
}

#[tokio::test]
async fn homes_of_different_owners_stay_two() {
    let (town, _, building) = scene().await;
    let cx = &town.admin_a;
    let (id, other) = (
        door(cx, building, "301", "").await,
        door(cx, building, "302", "").await,
    );
    for (address, flaw) in [
        ("", Flaw::Required),
        ("3-2-909", Flaw::Unknown),
        ("3-2-301", Flaw::Wrong),
    ] {
        let wrong = refused(merge_units(cx, id, address).await);
        assert_eq!(wrong, Error::invalid("other", flaw).problem, "{address}");
    }
    live(cx, other, "赵六", Relation::Owner).await;
    let nobody = refused(merge_units(cx, id, "3-2-302").await);
    assert_eq!(
        nobody,
        Error::taken("owners").problem,
        "the one that stays is the one lived in"
    );
    live(cx, id, "王五", Relation::Owner).await;
    let others = refused(merge_units(cx, id, "3-2-302").await);
    assert_eq!(others, Error::taken("owners").problem);
    assert!(
        unit(cx, other)
            .await
            .unwrap()
            .unwrap()
            .archived_at
            .is_none()
    );
}

#[tokio::test]
async fn what_is_archived_is_nowhere_but_on_its_page() {
    let (town, estate, building) = scene().await;
    let cx = &town.admin_a;
    let id = door(cx, building, "301", "").await;
    let meter = device_form(DeviceKind::WaterMeter, estate, Some(id));
    let meter = devices::register(cx, meter).await.unwrap().id;
    assert_eq!(
        refused(archive_unit(cx, id).await),
        Error::taken("devices").problem
    );
    let retire = DeviceChangeForm {
        retired: Some("true".to_owned()),
        ..DeviceChangeForm::default()
    };
    devices::change(cx, meter, retire).await.unwrap();
    archive_unit(cx, id).await.unwrap();
    assert_eq!(refused(archive_unit(cx, id).await).code, Code::Conflict);
    assert_eq!(listed(cx, estate).await, ["1号楼 101"]);
    assert_eq!(found(cx, "3-2-301").await, 0);
    let drawn = building_view(cx, building).await.unwrap().unwrap();
    assert_eq!((drawn.units.len(), drawn.building.units), (0, 0));
    let form = ResidentForm {
        unit: id,
        name: "王五".to_owned(),
        phone: None,
        id_number: None,
        relation: Relation::Owner,
    };
    assert_eq!(refused(add_resident(cx, form).await).code, Code::Conflict);
    let on_it = device_form(DeviceKind::WaterMeter, estate, Some(id));
    assert_eq!(
        refused(devices::register(cx, on_it).await).code,
        Code::Invalid
    );

    restore_unit(cx, id).await.unwrap();
    assert_eq!(refused(restore_unit(cx, id).await).code, Code::Conflict);
    assert_eq!(listed(cx, estate).await.len(), 2);
    live(cx, id, "王五", Relation::Owner).await;
    assert_eq!(
        refused(archive_unit(cx, id).await),
        Error::taken("household").problem
    );
}

#[tokio::test]
async fn a_building_goes_and_comes_with_its_units() {
    let (town, estate, building) = scene().await;
    let cx = &town.admin_a;
    let early = door(cx, building, "301", "").await;
    let late = door(cx, building, "302", "").await;
    archive_unit(cx, early).await.unwrap();
    town.site
        .clock
        .set(cx.now() + jiff::SignedDuration::from_secs(60));
    live(cx, late, "王五", Relation::Owner).await;
    assert_eq!(
        refused(archive_building(cx, building).await),
        Error::taken("household").problem
    );
    let household = unit(cx, late).await.unwrap().unwrap().household.unwrap();
    let mut tx = TenantTx::begin(cx, &domain::identity::Scope::Everywhere)
        .await
        .unwrap();
    let today = cx.now().to_zoned(cx.tenant.zone.clone()).date();
    super::super::transfers::end_many(&mut tx, cx, &[household], today)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    archive_building(cx, building).await.unwrap();
    let names = async || {
        let page = list_buildings(cx, Some(estate), &PageAsk::longest())
            .await
            .unwrap();
        page.items
            .into_iter()
            .map(|one| one.name)
            .collect::<Vec<_>>()
    };
    assert_eq!(names().await, ["1号楼"]);
    assert!(
        building_view(cx, building)
            .await
            .unwrap()
            .unwrap()
            .building
            .archived
    );
    assert_eq!(
        refused(restore_unit(cx, late).await),
        Error::taken("building").problem
    );
    let form = UnitForm {
        building,
        entrance: None,
        unit: "1".to_owned(),
        area_m2: None,
    };
    assert_eq!(refused(create_unit(cx, form).await).code, Code::Conflict);

    restore_building(cx, building).await.unwrap();
    assert_eq!(names().await, ["1号楼", "3号楼"]);
    let archived = async |id| unit(cx, id).await.unwrap().unwrap().archived_at.is_some();
    assert!(
        archived(early).await && !archived(late).await,
        "what went before stays away"
    );
    // Its name was given out again.
    archive_building(cx, building).await.unwrap();
    raise(cx, estate, "3号楼").await;
    assert_eq!(
        refused(restore_building(cx, building).await),
        Error::taken("name").problem
    );
}

#[tokio::test]
async fn whoever_may_not_does_not() {
    let (town, _, building) = scene().await;
    let cx = &town.admin_a;
    let id = door(cx, building, "301", "80").await;
    let owner = town.owner_of(cx, cx.new_id()).await;
    let desk = with_role(cx, Role::FrontDesk);
    let mut suspended = cx.clone();
    suspended.tenant.suspended = true;
    for (who, code) in [
        (&town.admin_b, Code::NotFound),
        (&desk, Code::Forbidden),
        (&owner, Code::Forbidden),
        (&suspended, Code::Suspended),
    ] {
        assert_eq!(
            refused(move_unit(who, id, to(building, "")).await).code,
            code
        );
        assert_eq!(
            refused(split_unit(who, id, SplitForm::default()).await).code,
            code
        );
        assert_eq!(refused(merge_units(who, id, "3-2-302").await).code, code);
        assert_eq!(refused(archive_unit(who, id).await).code, code);
        assert_eq!(refused(restore_unit(who, id).await).code, code);
        assert_eq!(refused(archive_building(who, building).await).code, code);
        assert_eq!(refused(restore_building(who, building).await).code, code);
    }
    let manager = with_role(cx, Role::EstateManager);
    archive_unit(&manager, id).await.unwrap();
    restore_unit(&manager, id).await.unwrap();
}
