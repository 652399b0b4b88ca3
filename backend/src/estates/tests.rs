use domain::{
    BuildingId, Code,
    estates::{Area, Relation, UnitUse},
    identity::Hat,
    problem::Flaw,
};
use uuid::Uuid;

use super::*;
use crate::testing::Town;

/// An estate with one building, a unit and an owner in it.
struct Place {
    estate: Estate,
    building: Building,
    unit: Unit,
    owner: Resident,
}

async fn place(cx: &Cx, name: &str) -> Place {
    let estate = create_estate(
        cx,
        EstateForm {
            name: name.to_owned(),
        },
    )
    .await
    .unwrap();
    let form = BuildingForm {
        estate: estate.id,
        name: "3号楼".to_owned(),
    };
    let building = create_building(cx, form).await.unwrap();
    let unit = create_unit(cx, unit_form(building.id, Some("2单元"), "1202"))
        .await
        .unwrap();
    let owner = add_resident(cx, resident_form(unit.id, "张三", Relation::Owner))
        .await
        .unwrap();
    Place {
        estate,
        building,
        unit,
        owner,
    }
}

fn unit_form(building: BuildingId, entrance: Option<&str>, code: &str) -> UnitForm {
    UnitForm {
        building,
        entrance: entrance.map(str::to_owned),
        unit: code.to_owned(),
        area_m2: Some("89.37".to_owned()),
    }
}

fn resident_form(unit: UnitId, name: &str, relation: Relation) -> ResidentForm {
    let phone = Some("138 1234 5678".to_owned());
    ResidentForm {
        id_number: None,
        unit,
        name: name.to_owned(),
        phone,
        relation,
    }
}

fn in_estate(estate: EstateId) -> UnitFilter {
    UnitFilter {
        estate: Some(estate),
        ..UnitFilter::default()
    }
}

fn ask(limit: u32, cursor: Option<String>) -> PageAsk {
    PageAsk {
        cursor,
        limit: Some(limit),
    }
}

#[tokio::test]
async fn what_is_made_is_there() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let place = place(cx, "阳光花园").await;
    let all = PageAsk::default();

    let listed = list_estates(cx, &all).await.unwrap().items;
    assert_eq!(
        listed,
        [estate(cx, place.estate.id).await.unwrap().unwrap()]
    );
    let summary = &listed[0];
    assert_eq!(
        (
            summary.buildings,
            summary.units,
            summary.households,
            summary.devices
        ),
        (1, 1, 1, 0)
    );
    let brief = EstateBrief {
        id: place.estate.id,
        name: "阳光花园".to_owned(),
        has_units: true,
        devices: 0,
    };
    assert_eq!(estates_in_brief(cx).await.unwrap(), [brief]);

    let buildings = list_buildings(cx, Some(place.estate.id), &all)
        .await
        .unwrap()
        .items;
    assert_eq!(
        buildings,
        [Building {
            units: 1,
            ..place.building.clone()
        }]
    );

    let units = list_units(cx, &in_estate(place.estate.id), &all)
        .await
        .unwrap()
        .items;
    assert_eq!(units, [unit(cx, place.unit.id).await.unwrap().unwrap()]);
    assert_eq!(units[0].address(), "3号楼 2单元 1202");
    assert_eq!(
        (units[0].area, units[0].use_),
        (Some(Area(8_937)), UnitUse::Home)
    );
    assert_eq!(
        (units[0].household, units[0].owners.as_str()),
        (Some(place.owner.household), "张三")
    );

    let people = list_residents(cx, Some(place.unit.id), &all)
        .await
        .unwrap()
        .items;
    assert_eq!(people, [place.owner]);
    assert_eq!(people[0].phone.as_deref(), Some("138****5678"));
    assert_eq!(list_residents(cx, None, &all).await.unwrap().items, people);
}

#[tokio::test]
async fn the_phone_is_stored_sealed() {
    let town = Town::new().await;
    place(&town.admin_a, "阳光花园").await;
    let (cipher, index): (Vec<u8>, Vec<u8>) =
        sqlx::query_as("SELECT phone_cipher, phone_index FROM resident")
            .fetch_one(town.db.admin())
            .await
            .unwrap();
    assert!(!cipher.windows(4).any(|part| part == b"5678"));
    let tenant = town.admin_a.tenant.id;
    assert_eq!(
        town.site.keys.open_phone(tenant, &cipher).unwrap(),
        "13812345678"
    );
    assert_eq!(index, town.site.keys.phone_index(tenant, "13812345678"));
}

#[tokio::test]
async fn a_second_resident_joins_the_household() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let place = place(cx, "阳光花园").await;
    let wife = add_resident(cx, resident_form(place.unit.id, "李四", Relation::Owner))
        .await
        .unwrap();
    let child = add_resident(cx, resident_form(place.unit.id, "张小", Relation::Family))
        .await
        .unwrap();
    assert_eq!(
        (wife.household, child.household),
        (place.owner.household, place.owner.household)
    );
    let owners = unit(cx, place.unit.id).await.unwrap().unwrap().owners;
    assert_eq!(owners.split('、').count(), 2);

    // Two forms at the same moment on an empty unit start one household.
    let empty = create_unit(cx, unit_form(place.building.id, None, "B1"))
        .await
        .unwrap();
    let (one, two) = tokio::join!(
        add_resident(cx, resident_form(empty.id, "甲", Relation::Owner)),
        add_resident(cx, resident_form(empty.id, "乙", Relation::Owner)),
    );
    assert_eq!(one.unwrap().household, two.unwrap().household);
}

#[tokio::test]
async fn taken_names_and_bad_input() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let place = place(cx, "阳光花园").await;
    let taken = |field| Error::taken(field).problem;
    let invalid = |field, flaw| Error::invalid(field, flaw).problem;

    let named = |name: &str| EstateForm {
        name: name.to_owned(),
    };
    assert_eq!(
        create_estate(cx, named(" 阳光花园 "))
            .await
            .unwrap_err()
            .problem,
        taken("name")
    );
    assert_eq!(
        create_estate(cx, named("  ")).await.unwrap_err().problem,
        invalid("name", Flaw::Required)
    );
    create_estate(&town.admin_b, named("阳光花园"))
        .await
        .unwrap();

    let form = |name: &str| BuildingForm {
        estate: place.estate.id,
        name: name.to_owned(),
    };
    assert_eq!(
        create_building(cx, form("3号楼"))
            .await
            .unwrap_err()
            .problem,
        taken("name")
    );
    assert_eq!(
        create_building(cx, form(&"楼".repeat(41)))
            .await
            .unwrap_err()
            .problem,
        invalid("name", Flaw::TooLong)
    );

    let again = unit_form(place.building.id, Some("2单元"), "1202");
    assert_eq!(
        create_unit(cx, again).await.unwrap_err().problem,
        taken("unit")
    );
    for free in [None, Some("1单元")] {
        create_unit(cx, unit_form(place.building.id, free, "1202"))
            .await
            .unwrap();
    }
    let again = unit_form(place.building.id, None, "1202");
    assert_eq!(
        create_unit(cx, again).await.unwrap_err().problem,
        taken("unit")
    );
    let bad = UnitForm {
        area_m2: Some("大".to_owned()),
        ..unit_form(place.building.id, None, "")
    };
    assert_eq!(
        create_unit(cx, bad).await.unwrap_err().problem,
        invalid("unit", Flaw::Required).and("area_m2", Flaw::Malformed)
    );

    let bad = ResidentForm {
        id_number: None,
        phone: Some("12".to_owned()),
        ..resident_form(place.unit.id, "", Relation::Owner)
    };
    assert_eq!(
        add_resident(cx, bad).await.unwrap_err().problem,
        invalid("name", Flaw::Required).and("phone", Flaw::Malformed)
    );
}

#[tokio::test]
async fn what_is_named_and_not_there() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let nil = Uuid::nil();
    let all = PageAsk::default();
    let building = BuildingForm {
        estate: EstateId(nil),
        name: "1号楼".to_owned(),
    };
    let of_building = UnitFilter {
        building: Some(BuildingId(nil)),
        ..UnitFilter::default()
    };
    let codes = [
        create_building(cx, building).await.unwrap_err().code(),
        create_unit(cx, unit_form(BuildingId(nil), None, "101"))
            .await
            .unwrap_err()
            .code(),
        add_resident(cx, resident_form(UnitId(nil), "张三", Relation::Owner))
            .await
            .unwrap_err()
            .code(),
        list_buildings(cx, Some(EstateId(nil)), &all)
            .await
            .unwrap_err()
            .code(),
        list_units(cx, &in_estate(EstateId(nil)), &all)
            .await
            .unwrap_err()
            .code(),
        list_units(cx, &of_building, &all).await.unwrap_err().code(),
        list_residents(cx, Some(UnitId(nil)), &all)
            .await
            .unwrap_err()
            .code(),
    ];
    assert_eq!(codes, [Code::NotFound; 7]);
    assert_eq!(estate(cx, EstateId(nil)).await.unwrap(), None);
    assert_eq!(unit(cx, UnitId(nil)).await.unwrap(), None);
    assert!(
        list_units(cx, &UnitFilter::default(), &all)
            .await
            .unwrap()
            .items
            .is_empty()
    );
}

#[tokio::test]
async fn a_stranger_sees_nothing() {
    let town = Town::new().await;
    let place = place(&town.admin_a, "阳光花园").await;
    let cx = &town.admin_b;
    let all = PageAsk::default();
    assert!(list_estates(cx, &all).await.unwrap().items.is_empty());
    assert!(estates_in_brief(cx).await.unwrap().is_empty());
    assert!(
        list_buildings(cx, None, &all)
            .await
            .unwrap()
            .items
            .is_empty()
    );
    assert!(
        list_units(cx, &UnitFilter::default(), &all)
            .await
            .unwrap()
            .items
            .is_empty()
    );
    assert!(
        list_residents(cx, None, &all)
            .await
            .unwrap()
            .items
            .is_empty()
    );
    assert_eq!(estate(cx, place.estate.id).await.unwrap(), None);
    assert_eq!(unit(cx, place.unit.id).await.unwrap(), None);
    let of_building = UnitFilter {
        building: Some(place.building.id),
        ..UnitFilter::default()
    };
    let building = BuildingForm {
        estate: place.estate.id,
        name: "9号楼".to_owned(),
    };
    let codes = [
        list_buildings(cx, Some(place.estate.id), &all)
            .await
            .unwrap_err()
            .code(),
        list_units(cx, &in_estate(place.estate.id), &all)
            .await
            .unwrap_err()
            .code(),
        list_units(cx, &of_building, &all).await.unwrap_err().code(),
        list_residents(cx, Some(place.unit.id), &all)
            .await
            .unwrap_err()
            .code(),
        create_building(cx, building).await.unwrap_err().code(),
        create_unit(cx, unit_form(place.building.id, None, "9"))
            .await
            .unwrap_err()
            .code(),
        add_resident(cx, resident_form(place.unit.id, "贼", Relation::Owner))
            .await
            .unwrap_err()
            .code(),
    ];
    assert_eq!(codes, [Code::NotFound; 7]);

    // Somebody else's id as a cursor leads nowhere either.
    let cursor = Some(place.unit.id.to_string());
    let refused = list_units(cx, &UnitFilter::default(), &ask(5, cursor)).await;
    let unknown = Error::invalid("cursor", Flaw::Unknown);
    assert_eq!(refused.unwrap_err().problem, unknown.problem);
}

#[tokio::test]
async fn an_owner_has_homes_and_no_lists() {
    let town = Town::new().await;
    let here = place(&town.admin_a, "阳光花园").await;
    let other = create_unit(&town.admin_a, unit_form(here.building.id, None, "901"))
        .await
        .unwrap();
    let neighbour = add_resident(
        &town.admin_a,
        resident_form(other.id, "李四", Relation::Owner),
    )
    .await
    .unwrap();
    let cx = &town.owner_of(&town.admin_a, here.owner.household).await;
    assert_eq!(cx.actor.hat(), Some(Hat::Resident));

    let found = homes(cx).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].household, found[0].estate),
        (here.owner.household, here.estate.id)
    );
    assert_eq!(
        (found[0].address.as_str(), found[0].estate_name.as_str()),
        ("3号楼 2单元 1202", "阳光花园")
    );
    assert_eq!(found[0].area, Some(Area(8_937)));
    assert_ne!(neighbour.household, here.owner.household);
    let elsewhere = town.owner_of(&town.admin_b, here.owner.household).await;
    assert!(homes(&elsewhere).await.unwrap().is_empty());
    assert_eq!(
        homes(&town.admin_a).await.unwrap_err().code(),
        Code::Forbidden
    );

    let all = PageAsk::default();
    let building = BuildingForm {
        estate: here.estate.id,
        name: "9号楼".to_owned(),
    };
    let codes = [
        list_estates(cx, &all).await.unwrap_err().code(),
        estates_in_brief(cx).await.unwrap_err().code(),
        estate(cx, here.estate.id).await.unwrap_err().code(),
        create_estate(
            cx,
            EstateForm {
                name: "我的".to_owned(),
            },
        )
        .await
        .unwrap_err()
        .code(),
        list_buildings(cx, None, &all).await.unwrap_err().code(),
        create_building(cx, building).await.unwrap_err().code(),
        list_units(cx, &UnitFilter::default(), &all)
            .await
            .unwrap_err()
            .code(),
        unit(cx, here.unit.id).await.unwrap_err().code(),
        create_unit(cx, unit_form(here.building.id, None, "9"))
            .await
            .unwrap_err()
            .code(),
        list_residents(cx, None, &all).await.unwrap_err().code(),
        add_resident(cx, resident_form(here.unit.id, "友", Relation::Owner))
            .await
            .unwrap_err()
            .code(),
    ];
    assert_eq!(codes, [Code::Forbidden; 11]);
}

#[tokio::test]
async fn a_suspended_company_reads_and_changes_nothing() {
    let town = Town::new().await;
    let place = place(&town.admin_a, "阳光花园").await;
    let mut cx = town.admin_a.clone();
    cx.tenant.suspended = true;
    assert!(estate(&cx, place.estate.id).await.unwrap().is_some());
    let building = BuildingForm {
        estate: place.estate.id,
        name: "9号楼".to_owned(),
    };
    let codes = [
        create_estate(
            &cx,
            EstateForm {
                name: "新".to_owned(),
            },
        )
        .await
        .unwrap_err()
        .code(),
        create_building(&cx, building).await.unwrap_err().code(),
        create_unit(&cx, unit_form(place.building.id, None, "9"))
            .await
            .unwrap_err()
            .code(),
        add_resident(&cx, resident_form(place.unit.id, "友", Relation::Owner))
            .await
            .unwrap_err()
            .code(),
    ];
    assert_eq!(codes, [Code::Suspended; 4]);
}

#[tokio::test]
async fn lists_page_in_the_order_people_count_in() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let mut wanted = Vec::new();
    for name in ["东区", "西区"] {
        let estate = create_estate(
            cx,
            EstateForm {
                name: name.to_owned(),
            },
        )
        .await
        .unwrap();
        town.site
            .clock
            .set(town.site.now() + jiff::SignedDuration::from_secs(1));
        for building in ["2号楼", "10号楼"] {
            let form = BuildingForm {
                estate: estate.id,
                name: building.to_owned(),
            };
            let id = create_building(cx, form).await.unwrap().id;
            for (entrance, code) in [
                (Some("1单元"), "302"),
                (Some("1单元"), "3A01"),
                (Some("2单元"), "101"),
            ] {
                create_unit(cx, unit_form(id, entrance, code))
                    .await
                    .unwrap();
            }
            wanted.extend(
                ["1单元 302", "1单元 3A01", "2单元 101"].map(|rest| format!("{building} {rest}")),
            );
        }
    }
    for limit in [1, 2, 5, 12, 50] {
        let (mut found, mut cursor) = (Vec::new(), None);
        loop {
            let page = list_units(cx, &UnitFilter::default(), &ask(limit, cursor))
                .await
                .unwrap();
            assert!(page.items.len() <= limit as usize);
            found.extend(page.items.iter().map(Unit::address));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(found, wanted, "{limit}");
    }

    let first = list_buildings(cx, None, &ask(3, None)).await.unwrap();
    let rest = list_buildings(cx, None, &ask(3, first.next)).await.unwrap();
    let names: Vec<_> = first
        .items
        .iter()
        .chain(&rest.items)
        .map(|building| building.name.as_str())
        .collect();
    assert_eq!(names, ["2号楼", "10号楼", "2号楼", "10号楼"]);
    assert_eq!(rest.next, None);

    let first = list_estates(cx, &ask(1, None)).await.unwrap();
    let rest = list_estates(cx, &ask(1, first.next)).await.unwrap();
    assert_eq!(
        (first.items[0].name.as_str(), rest.items[0].name.as_str()),
        ("东区", "西区")
    );

    let by_code = UnitFilter {
        code: Some("3".to_owned()),
        ..in_estate(first.items[0].id)
    };
    let found = list_units(cx, &by_code, &ask(50, None))
        .await
        .unwrap()
        .items;
    assert_eq!(
        found
            .iter()
            .map(|unit| unit.unit.as_str())
            .collect::<Vec<_>>(),
        ["302", "3A01", "302", "3A01"]
    );

    for cursor in ["x", "bld_00000000000000000000000000", "unt_", "%"] {
        let error = list_units(cx, &UnitFilter::default(), &ask(5, Some(cursor.to_owned())))
            .await
            .unwrap_err();
        assert_eq!(
            error.problem,
            Error::invalid("cursor", Flaw::Malformed).problem
        );
    }
    assert_eq!(
        list_estates(cx, &ask(5, Some("est_'".to_owned())))
            .await
            .unwrap_err()
            .problem,
        Error::invalid("cursor", Flaw::Malformed).problem
    );
}
