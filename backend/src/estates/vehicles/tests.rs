use domain::{
    estates::{Found, VehicleColumn},
    identity::Role,
    page::PageAsk,
    problem::Flaw,
};

use super::*;
use crate::{
    devices::tests::{Place, build, settle},
    estates::{search, transfer},
    testing::{Town, hire, sale_today, with_role},
};

fn car(unit: UnitId, plate: &str, about: &str) -> VehicleForm {
    VehicleForm {
        unit,
        plate: plate.to_owned(),
        about: Some(about.to_owned()),
    }
}

async fn plates(cx: &Cx, unit: UnitId) -> Vec<String> {
    let vehicles = list_vehicles(cx, unit).await.unwrap();
    vehicles.into_iter().map(|vehicle| vehicle.plate).collect()
}

async fn found(cx: &Cx, q: &str) -> Vec<String> {
    let page = search(cx, q, &PageAsk::longest()).await.unwrap();
    let found = page.items.into_iter().filter_map(|found| match found {
        Found::Vehicle(found) => Some(format!("{} {}", found.vehicle.plate, found.home)),
        _ => None,
    });
    found.collect()
}

async fn imported(cx: &Cx, place: &Place, sheet: &str) -> VehicleBatch {
    let bytes = sheet.as_bytes().to_vec();
    import_vehicles(cx, place.estate, bytes).await.unwrap()
}

async fn bad(cx: &Cx, place: &Place, sheet: &str) -> Vec<(u32, VehicleColumn, Flaw)> {
    match imported(cx, place, sheet).await {
        VehicleBatch::Refused(bad) => bad
            .into_iter()
            .map(|cell| (cell.row, cell.column, cell.flaw))
            .collect(),
        done @ VehicleBatch::Imported { .. } => panic!("{done:?}"),
    }
}

#[tokio::test]
async fn a_car_is_found_by_its_plate_and_ends_with_its_household() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let place = settle(cx, "阳光花园").await;
    let made = add_vehicle(cx, car(place.unit, "沪a 12345", "白色 朗逸"))
        .await
        .unwrap();
    assert_eq!(
        (&*made.plate, made.about.as_deref()),
        ("沪A·12345", Some("白色 朗逸"))
    );
    assert_eq!(plates(cx, place.unit).await, ["沪A·12345"]);
    for q in ["沪A·12345", "沪a123", "A1234", "12345", "1234"] {
        assert_eq!(found(cx, q).await, ["沪A·12345 阳光花园 1号楼 101"], "{q}");
    }
    for q in ["2345", "沪B1234", "京A12345"] {
        assert!(found(cx, q).await.is_empty(), "{q}");
    }

    // The same plate once in an estate, and again in another one.
    let (next, _) = build(cx, place.estate, "2号楼", "201").await;
    let taken = add_vehicle(cx, car(next, "沪A12345", ""))
        .await
        .unwrap_err();
    assert_eq!(taken.problem, Error::taken("plate").problem);
    let other = settle(cx, "月亮湾").await;
    add_vehicle(cx, car(other.unit, "沪A12345", ""))
        .await
        .unwrap();

    transfer(cx, sale_today(cx, place.unit, place.household))
        .await
        .unwrap();
    assert!(
        plates(cx, place.unit).await.is_empty(),
        "a buyer's gate is not the seller's"
    );
    // Now it may be the neighbour's.
    let made = add_vehicle(cx, car(next, "沪A12345", "")).await.unwrap();
    assert_eq!(remove_vehicle(cx, made.id).await.unwrap(), next);
    let again = remove_vehicle(cx, made.id).await.unwrap_err();
    assert_eq!(again.code(), Code::NotFound);
    assert_eq!(found(cx, "沪A12345").await, ["沪A·12345 月亮湾 1号楼 101"]);
}

#[tokio::test]
async fn a_page_goes_on_among_cars() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let place = settle(cx, "阳光花园").await;
    for number in 0..5 {
        let number = format!("沪A8888{number}");
        add_vehicle(cx, car(place.unit, &number, "")).await.unwrap();
    }
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let ask = PageAsk {
            cursor,
            limit: Some(2),
        };
        let page = search(cx, "沪A8888", &ask).await.unwrap();
        assert!(page.items.len() <= 2);
        for found in page.items {
            let Found::Vehicle(found) = found else {
                panic!("{found:?}")
            };
            seen.push(found.vehicle.plate);
        }
        match page.next {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    let all: Vec<_> = (0..5).map(|number| format!("沪A·8888{number}")).collect();
    assert_eq!(seen, all);
}

#[tokio::test]
async fn whoever_may_not_does_not() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let place = settle(cx, "阳光花园").await;
    let made = add_vehicle(cx, car(place.unit, "沪A12345", ""))
        .await
        .unwrap();
    let rival = &town.admin_b;
    let refused = add_vehicle(rival, car(place.unit, "沪A54321", "")).await;
    assert_eq!(refused.unwrap_err().code(), Code::NotFound);
    let refused = remove_vehicle(rival, made.id).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    assert!(list_vehicles(rival, place.unit).await.unwrap().is_empty());
    assert!(found(rival, "沪A12345").await.is_empty());
    let sheet = "房屋,车牌\n1号楼 101,沪A54321\n".as_bytes().to_vec();
    let refused = import_vehicles(rival, place.estate, sheet.clone()).await;
    assert_eq!(refused.unwrap_err().code(), Code::NotFound);

    let repairer = with_role(cx, Role::Repairer);
    let owner = town.owner_of(cx, place.household).await;
    for who in [&repairer, &owner] {
        let refused = add_vehicle(who, car(place.unit, "沪A54321", "")).await;
        assert_eq!(refused.unwrap_err().code(), Code::Forbidden);
        let refused = remove_vehicle(who, made.id).await;
        assert_eq!(refused.unwrap_err().code(), Code::Forbidden);
        let refused = import_vehicles(who, place.estate, sheet.clone()).await;
        assert_eq!(refused.unwrap_err().code(), Code::Forbidden);
    }
    // The manager of another estate.
    let other = settle(cx, "月亮湾").await;
    let places = [other.estate.to_string()];
    let elsewhere = hire(cx, "周经理", ("estate_manager", &places))
        .await
        .unwrap();
    let refused = add_vehicle(&elsewhere, car(place.unit, "沪A54321", "")).await;
    assert_eq!(refused.unwrap_err().code(), Code::NotFound);
    assert!(found(&elsewhere, "沪A12345").await.is_empty());
    assert_eq!(plates(cx, place.unit).await, ["沪A·12345"]);
}

#[tokio::test]
async fn nobody_at_home_has_no_car() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let place = settle(cx, "阳光花园").await;
    let home = crate::estates::unit(cx, place.unit).await.unwrap().unwrap();
    let form = domain::estates::UnitForm {
        building: home.building,
        entrance: None,
        unit: "102".to_owned(),
        area_m2: None,
    };
    let empty = crate::estates::create_unit(cx, form).await.unwrap().id;
    let refused = add_vehicle(cx, car(empty, "沪A12345", ""))
        .await
        .unwrap_err();
    assert_eq!(
        (refused.code(), refused.problem.fields.len()),
        (Code::Conflict, 0)
    );
    let refused = add_vehicle(cx, car(place.unit, "沪A1234O", ""))
        .await
        .unwrap_err();
    assert_eq!(
        refused.problem,
        Error::invalid("plate", Flaw::Malformed).problem
    );
}

#[tokio::test]
async fn a_sheet_is_written_down_whole_or_not_at_all() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let place = settle(cx, "阳光花园").await;
    let (next, _) = build(cx, place.estate, "2号楼", "201").await;
    let sheet = "小区车辆表,,\n房屋 home,车牌 plate,车型 about\n\
        1号楼 101,沪A·12345,白色 朗逸\n2-201,沪AD12345,\n2-201,京A00001,黑色\n";
    let done = |new, changed, same| VehicleBatch::Imported { new, changed, same };
    assert_eq!(imported(cx, &place, sheet).await, done(3, 0, 0));
    assert_eq!(plates(cx, next).await, ["沪A·D12345", "京A·00001"]);
    // The same again, and one of them painted.
    assert_eq!(imported(cx, &place, sheet).await, done(0, 0, 3));
    let painted = "home,plate,about\n1-101,沪A12345,红色 朗逸\n2-201,京A00001,\n";
    assert_eq!(imported(cx, &place, painted).await, done(0, 1, 1));
    let cars = list_vehicles(cx, place.unit).await.unwrap();
    assert_eq!(cars[0].about.as_deref(), Some("红色 朗逸"));

    let wrong =
        "房屋,车牌\n1-101,沪A66666\n9-901,沪A1\n,沪A77777\n2-201,沪A12345\n1-101,沪A66666\n";
    let cells = [
        (3, VehicleColumn::Home, Flaw::Unknown),
        (3, VehicleColumn::Plate, Flaw::Malformed),
        (4, VehicleColumn::Home, Flaw::Required),
        (5, VehicleColumn::Plate, Flaw::Taken),
        (6, VehicleColumn::Plate, Flaw::Taken),
    ];
    assert_eq!(bad(cx, &place, wrong).await, cells);
    assert_eq!(plates(cx, place.unit).await, ["沪A·12345"], "nothing of it");
    for (sheet, flaw) in [
        ("", Flaw::Required),
        ("房屋,车牌\n", Flaw::Required),
        ("姓名,手机\n王,138\n", Flaw::Unknown),
    ] {
        let refused = import_vehicles(cx, place.estate, sheet.into()).await;
        let problem = refused.unwrap_err().problem;
        assert_eq!(problem, Error::invalid("file", flaw).problem, "{sheet}");
    }
}

#[tokio::test]
async fn the_template_takes_itself() {
    let town = Town::new().await;
    let place = settle(&town.admin_a, "阳光花园").await;
    let empty = vehicle_template().unwrap();
    let refused = import_vehicles(&town.admin_a, place.estate, empty).await;
    let problem = refused.unwrap_err().problem;
    assert_eq!(problem, Error::invalid("file", Flaw::Required).problem);
}
