use domain::{
    Code, Problem,
    estates::{Area, BuildingForm, EstateForm, Occupancy, RegularTexts, UnitFilter},
    identity::{Grant, Role, RoleKey, Scope},
    page::PageAsk,
    problem::Flaw,
};

use super::{
    super::{create_building, create_estate, list_buildings, list_units},
    *,
};
use crate::{
    kernel::cx::Actor,
    testing::{Town, with_role},
};

async fn estate(cx: &Cx, name: &str) -> EstateId {
    let name = name.to_owned();
    create_estate(cx, EstateForm { name }).await.unwrap().id
}

/// 33 floors of four doors behind two entrances.
fn tower(name: &str) -> RegularForm {
    RegularTexts {
        name: name.to_owned(),
        entrances: "1单元、2单元".to_owned(),
        floors: "33".to_owned(),
        doors: "4".to_owned(),
        skipped_floors: "4=3A 13=12A 14=12B".to_owned(),
        areas_m2: "89.37 102.5 102.5 89.37".to_owned(),
        occupancy: "not_handed_over".to_owned(),
        ..RegularTexts::default()
    }
    .into()
}

async fn counts(town: &Town) -> (i64, i64, i64, i64) {
    sqlx::query_as(
        "SELECT (SELECT count(*) FROM building), (SELECT count(*) FROM entrance),
                (SELECT count(*) FROM unit), (SELECT count(*) FROM audit_entry)",
    )
    .fetch_one(town.db.admin())
    .await
    .unwrap()
}

#[tokio::test]
async fn a_whole_building_is_there_in_the_order_people_count_in() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let estate = estate(cx, "阳光花园").await;
    let built = build(cx, estate, tower("5号楼")).await.unwrap();
    assert_eq!(built.units, 264);
    let listed = list_buildings(cx, Some(estate), &PageAsk::default()).await;
    assert_eq!(listed.unwrap().items, std::slice::from_ref(&built));

    let filter = UnitFilter {
        building: Some(built.id),
        ..UnitFilter::default()
    };
    let ask = PageAsk::longest();
    let units = list_units(cx, &filter, &ask).await.unwrap().items;
    let address = |n: usize| units[n].address();
    assert_eq!(address(0), "5号楼 1单元 101");
    assert_eq!(address(12), "5号楼 1单元 3A01");
    assert_eq!(address(132), "5号楼 2单元 101");
    let unit = &units[13];
    assert_eq!(
        (unit.floor_label.as_deref(), unit.true_floor),
        (Some("3A"), Some(4))
    );
    assert_eq!(unit.area, Some(Area(10_250)));
    assert_eq!(unit.occupancy, Some(Occupancy::NotHandedOver));

    let view = building_view(cx, built.id).await.unwrap().unwrap();
    assert_eq!(
        (&view.building, view.estate_name.as_str()),
        (&built, "阳光花园")
    );
    assert_eq!(view.units.len(), 264);
    let (drawing, others) = domain::estates::Drawing::of(view.units);
    assert!(others.is_empty());
    let floors: Vec<_> = drawing.floors.iter().map(|floor| &*floor.label).collect();
    assert_eq!((floors[0], floors[29], floors[32]), ("33", "3A", "1"));
    assert!(
        drawing
            .floors
            .iter()
            .all(|floor| floor.units.iter().all(Option::is_some))
    );
}

#[tokio::test]
async fn a_building_without_entrances() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let estate = estate(cx, "阳光花园").await;
    let form = RegularForm {
        entrances: Vec::new(),
        ..tower("A座")
    };
    let built = build(cx, estate, form).await.unwrap();
    let view = building_view(cx, built.id).await.unwrap().unwrap();
    assert_eq!(view.units.len(), 132);
    assert!(view.units.iter().all(|unit| unit.entrance.is_none()));
}

#[tokio::test]
async fn all_of_it_or_nothing() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let estate = estate(cx, "阳光花园").await;
    let name = "5号楼".to_owned();
    let form = BuildingForm { estate, name };
    create_building(cx, form).await.unwrap();
    let before = counts(&town).await;

    let taken = build(cx, estate, tower(" 5号楼 ")).await.unwrap_err();
    assert_eq!(taken.problem, Error::taken("name").problem);
    let bad = RegularForm {
        floors: "0".to_owned(),
        doors: String::new(),
        ..tower("6号楼")
    };
    let bad = build(cx, estate, bad).await.unwrap_err().problem;
    let wanted = Problem::field(Code::Invalid, "floors", Flaw::OutOfRange);
    assert_eq!(bad, wanted.and("doors", Flaw::Required));
    assert_eq!(counts(&town).await, before);

    // One unit more than the plan has room for.
    sqlx::query("UPDATE plan SET units = 263 WHERE code = 'trial'")
        .execute(town.db.admin())
        .await
        .unwrap();
    let full = build(cx, estate, tower("6号楼")).await.unwrap_err();
    assert_eq!(full.code(), Code::OverQuota);
    assert!(full.problem.fields.contains_key("units"));
    assert_eq!(counts(&town).await, before);
    sqlx::query("UPDATE plan SET units = 264 WHERE code = 'trial'")
        .execute(town.db.admin())
        .await
        .unwrap();
    build(cx, estate, tower("6号楼")).await.unwrap();

    // Two at one moment: the name is one's.
    sqlx::query("UPDATE plan SET units = 5000 WHERE code = 'trial'")
        .execute(town.db.admin())
        .await
        .unwrap();
    let (one, two) = tokio::join!(
        build(cx, estate, tower("7号楼")),
        build(cx, estate, tower("7号楼"))
    );
    assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1);
    assert_eq!(counts(&town).await.2, 528);
}

#[tokio::test]
async fn whoever_may_not_does_not() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let (here, there) = (estate(cx, "东区").await, estate(cx, "西区").await);
    let built = build(cx, here, tower("1号楼")).await.unwrap();
    let before = counts(&town).await;
    let code = |result: Result<Building>| result.unwrap_err().code();

    // Another company: neither is there.
    let rival = &town.admin_b;
    assert_eq!(
        code(build(rival, here, tower("9号楼")).await),
        Code::NotFound
    );
    assert_eq!(building_view(rival, built.id).await.unwrap(), None);

    let guard = with_role(cx, Role::Guard);
    assert_eq!(
        code(build(&guard, here, tower("9号楼")).await),
        Code::Forbidden
    );
    assert!(building_view(&guard, built.id).await.unwrap().is_some());

    // The manager of the other estate.
    let mut manager = with_role(cx, Role::EstateManager);
    if let Actor::Staff { grants, .. } = &mut manager.actor {
        *grants = vec![Grant {
            role: RoleKey::BuiltIn(Role::EstateManager),
            actions: crate::identity::rbac::actions(Role::EstateManager),
            scope: Scope::Within {
                places: [there.0].into(),
                around: [].into(),
            },
            ..grants[0].clone()
        }];
    }
    assert_eq!(
        code(build(&manager, here, tower("9号楼")).await),
        Code::NotFound
    );
    assert_eq!(building_view(&manager, built.id).await.unwrap(), None);

    let mut suspended = cx.clone();
    suspended.tenant.suspended = true;
    assert_eq!(
        code(build(&suspended, here, tower("9号楼")).await),
        Code::Suspended
    );
    assert!(building_view(&suspended, built.id).await.unwrap().is_some());

    let owner = &town.owner_of(cx, cx.new_id()).await;
    assert_eq!(
        code(build(owner, here, tower("9号楼")).await),
        Code::Forbidden
    );
    assert_eq!(
        building_view(owner, built.id).await.unwrap_err().code(),
        Code::Forbidden
    );
    assert_eq!(counts(&town).await, before);
    build(&manager, there, tower("1号楼")).await.unwrap();
}
