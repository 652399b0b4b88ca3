use domain::{
    Code, UnitId,
    estates::{BuildingForm, EstateForm, UnitFilter, UnitForm},
    identity::Role,
};

use super::{
    super::{
        create_building, create_estate, create_unit, list_buildings, list_estates, list_units,
    },
    *,
};
use crate::testing::{Town, hire, next_click, with_role};

async fn site(cx: &Cx, name: &str) -> EstateId {
    let name = name.to_owned();
    create_estate(cx, EstateForm { name }).await.unwrap().id
}

async fn phase(cx: &Cx, estate: EstateId, name: &str) -> PhaseId {
    let name = name.to_owned();
    let made = create_phase(cx, PhaseForm { estate, name }).await;
    made.unwrap().id
}

async fn tower(cx: &Cx, estate: EstateId, name: &str) -> BuildingId {
    let name = name.to_owned();
    let made = create_building(cx, BuildingForm { estate, name }).await;
    made.unwrap().id
}

async fn door(cx: &Cx, building: BuildingId, code: &str) -> UnitId {
    let form = UnitForm {
        building,
        entrance: None,
        unit: code.to_owned(),
        area_m2: None,
    };
    create_unit(cx, form).await.unwrap().id
}

fn into(phase: Option<PhaseId>) -> BuildingChangeForm {
    BuildingChangeForm {
        phase: Some(phase.map(|id| id.to_string()).unwrap_or_default()),
        ..BuildingChangeForm::default()
    }
}

fn called(name: &str) -> BuildingChangeForm {
    BuildingChangeForm {
        name: Some(name.to_owned()),
        ..BuildingChangeForm::default()
    }
}

fn code<T>(result: Result<T>) -> Option<Code> {
    result.err().map(|error| error.code())
}

async fn units(cx: &Cx) -> Vec<UnitId> {
    let all = list_units(cx, &UnitFilter::default(), &PageAsk::default()).await;
    all.unwrap().items.into_iter().map(|unit| unit.id).collect()
}

#[tokio::test]
async fn a_building_stands_in_a_phase_of_its_own_estate() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let (x, y) = (site(cx, "甲苑").await, site(cx, "乙苑").await);
    let tenth = phase(cx, x, "十期").await;
    let second = phase(cx, x, "二期").await;
    let other = phase(cx, y, "二期").await;
    let building = tower(cx, x, "3号楼").await;

    let moved = change_building(cx, building, into(Some(second)))
        .await
        .unwrap();
    assert_eq!(
        (moved.phase, moved.phase_name.as_deref()),
        (Some(second), Some("二期"))
    );
    let all = PageAsk::default();
    assert_eq!(
        list_buildings(cx, Some(x), &all).await.unwrap().items,
        [moved]
    );
    let listed = list_phases(cx, Some(x), &all).await.unwrap().items;
    let listed: Vec<_> = listed.iter().map(|p| (p.id, p.buildings)).collect();
    assert_eq!(listed, [(second, 1), (tenth, 0)], "as people count");
    let one = PageAsk {
        limit: Some(1),
        cursor: None,
    };
    let page = list_phases(cx, Some(x), &one).await.unwrap();
    let rest = PageAsk {
        cursor: page.next,
        ..PageAsk::default()
    };
    let rest = list_phases(cx, Some(x), &rest).await.unwrap().items;
    assert_eq!(rest.iter().map(|p| p.id).collect::<Vec<_>>(), [tenth]);

    for wrong in [other, PhaseId(uuid::Uuid::from_u128(9))] {
        let refused = change_building(cx, building, into(Some(wrong)))
            .await
            .unwrap_err();
        assert_eq!(refused.problem.fields["phase"], Flaw::Unknown);
    }
    let out = change_building(cx, building, into(None)).await.unwrap();
    assert_eq!((out.phase, out.phase_name), (None, None));
    let name = "二期".to_owned();
    let taken = rename_phase(cx, tenth, NameForm { name }).await;
    assert_eq!(code(taken), Some(Code::Conflict));
    let name = "一期".to_owned();
    rename_phase(cx, tenth, NameForm { name }).await.unwrap();
    let listed = list_phases(cx, Some(x), &all).await.unwrap().items;
    assert_eq!(listed[0].id, tenth);
    assert_eq!(
        code(list_phases(cx, Some(EstateId(uuid::Uuid::from_u128(9))), &all).await),
        Some(Code::NotFound)
    );
}

#[tokio::test]
async fn units_follow_their_building_to_its_new_name() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let estate = site(cx, "甲苑").await;
    let (first, second) = (
        tower(cx, estate, "1号楼").await,
        tower(cx, estate, "2号楼").await,
    );
    let (a, b) = (door(cx, first, "101").await, door(cx, second, "101").await);
    assert_eq!(units(cx).await, [a, b]);
    let renamed = change_building(cx, first, called("10号楼")).await.unwrap();
    assert_eq!((renamed.name.as_str(), renamed.units), ("10号楼", 1));
    assert_eq!(units(cx).await, [b, a]);
    let taken = change_building(cx, first, called("2号楼")).await;
    assert_eq!(code(taken), Some(Code::Conflict));
    assert_eq!(units(cx).await, [b, a]);
}

#[tokio::test]
async fn who_has_a_phase_has_the_buildings_in_it() {
    let town = Town::new().await;
    let admin = &town.admin_a;
    let estate = site(admin, "甲苑").await;
    let first = phase(admin, estate, "一期").await;
    let (inside, outside) = (
        tower(admin, estate, "1号楼").await,
        tower(admin, estate, "2号楼").await,
    );
    let (home, other) = (
        door(admin, inside, "101").await,
        door(admin, outside, "101").await,
    );
    change_building(admin, inside, into(Some(first)))
        .await
        .unwrap();

    let role = ("estate_manager", &[first.to_string()][..]);
    let manager = hire(admin, "期经理", role).await.unwrap();
    assert_eq!(units(&manager).await, [home]);
    let all = PageAsk::default();
    let buildings = list_buildings(&manager, None, &all).await.unwrap().items;
    assert_eq!(buildings.len(), 1);
    assert_eq!(buildings[0].phase_name.as_deref(), Some("一期"));
    // They name the estate, and change what is within: units, and neither buildings nor phases.
    assert_eq!(list_estates(&manager, &all).await.unwrap().items.len(), 1);
    let occupied = domain::estates::UnitChangeForm {
        occupancy: Some("vacant".to_owned()),
        ..Default::default()
    };
    super::super::change_unit(&manager, home, occupied.clone())
        .await
        .unwrap();
    assert_eq!(
        code(super::super::change_unit(&manager, other, occupied).await),
        Some(Code::NotFound)
    );
    assert_eq!(
        code(change_building(&manager, inside, called("9号楼")).await),
        Some(Code::Forbidden)
    );
    let name = "九期".to_owned();
    assert_eq!(
        code(rename_phase(&manager, first, NameForm { name }).await),
        Some(Code::Forbidden)
    );

    change_building(admin, outside, into(Some(first)))
        .await
        .unwrap();
    change_building(admin, inside, into(None)).await.unwrap();
    assert_eq!(units(&next_click(&manager).await.unwrap()).await, [other]);
}

#[tokio::test]
async fn strangers_find_no_phase() {
    let town = Town::new().await;
    let (admin, b) = (&town.admin_a, &town.admin_b);
    let estate = site(admin, "甲苑").await;
    let first = phase(admin, estate, "一期").await;
    let building = tower(admin, estate, "1号楼").await;
    let form = || NameForm {
        name: "改名".to_owned(),
    };
    let new = || PhaseForm {
        estate,
        name: "二期".to_owned(),
    };
    assert_eq!(
        list_phases(b, None, &PageAsk::default())
            .await
            .unwrap()
            .items,
        []
    );
    assert_eq!(code(create_phase(b, new()).await), Some(Code::NotFound));
    assert_eq!(
        code(rename_phase(b, first, form()).await),
        Some(Code::NotFound)
    );
    assert_eq!(
        code(change_building(b, building, called("改")).await),
        Some(Code::NotFound)
    );
    let cashier = with_role(admin, Role::Cashier);
    assert_eq!(
        code(create_phase(&cashier, new()).await),
        Some(Code::Forbidden)
    );
    assert_eq!(
        code(rename_phase(&cashier, first, form()).await),
        Some(Code::Forbidden)
    );
    assert_eq!(
        code(change_building(&cashier, building, called("改")).await),
        Some(Code::Forbidden)
    );
}

#[tokio::test]
async fn an_empty_phase_goes_when_nobody_answers_for_it() {
    let town = Town::new().await;
    let admin = &town.admin_a;
    let estate = site(admin, "甲苑").await;
    let (first, second) = (
        phase(admin, estate, "一期").await,
        phase(admin, estate, "二期").await,
    );
    let building = tower(admin, estate, "1号楼").await;
    change_building(admin, building, into(Some(first)))
        .await
        .unwrap();
    assert_eq!(code(remove_phase(admin, first).await), Some(Code::Conflict));

    let manager = ("estate_manager", &[second.to_string()][..]);
    let manager = hire(admin, "二期经理", manager).await.unwrap();
    assert_eq!(
        code(remove_phase(admin, second).await),
        Some(Code::Conflict)
    );
    assert_eq!(
        code(remove_phase(&manager, second).await),
        Some(Code::Forbidden)
    );
    assert_eq!(
        code(remove_phase(&town.admin_b, second).await),
        Some(Code::NotFound)
    );
    change_building(admin, building, into(None)).await.unwrap();
    remove_phase(admin, first).await.unwrap();
    let left = list_phases(admin, Some(estate), &PageAsk::default()).await;
    let left: Vec<_> = left.unwrap().items.into_iter().map(|p| p.id).collect();
    assert_eq!(left, [second]);
}
