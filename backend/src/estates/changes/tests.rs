use domain::{
    BuildingId, Code, EstateId,
    estates::{Area, BuildingForm, EstateForm, Occupancy, UnitFilter, UnitForm, UnitUse},
    identity::Role,
    page::PageAsk,
    problem::Flaw,
};
use jiff::civil::date;

use super::{
    super::{create_building, create_estate, create_unit, list_units, unit},
    *,
};
use crate::testing::{Town, with_role};

async fn building(cx: &Cx) -> (EstateId, BuildingId) {
    let name = "阳光花园".to_owned();
    let estate = create_estate(cx, EstateForm { name }).await.unwrap().id;
    let name = "3号楼".to_owned();
    let form = BuildingForm { estate, name };
    (estate, create_building(cx, form).await.unwrap().id)
}

async fn door(cx: &Cx, building: BuildingId, code: &str) -> UnitId {
    let form = UnitForm {
        building,
        entrance: Some("2单元".to_owned()),
        unit: code.to_owned(),
        area_m2: None,
    };
    create_unit(cx, form).await.unwrap().id
}

fn state(word: &str) -> UnitChangeForm {
    UnitChangeForm {
        occupancy: Some(word.to_owned()),
        ..UnitChangeForm::default()
    }
}

async fn deeds(town: &Town) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM audit_entry WHERE deed = 'unit.changed'")
        .fetch_one(town.db.admin())
        .await
        .unwrap()
}

#[tokio::test]
async fn what_is_given_changes_and_the_rest_stays() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let (estate, building) = building(cx).await;
    let id = door(cx, building, "104").await;
    let (above, below) = (
        door(cx, building, "301").await,
        door(cx, building, "101").await,
    );

    let form = UnitChangeForm {
        unit: Some("3A01".to_owned()),
        floor_label: Some("3A".to_owned()),
        true_floor: Some("4".to_owned()),
        area_m2: Some("89.37".to_owned()),
        inner_area_m2: Some("71.5".to_owned()),
        use_: Some("shop".to_owned()),
        occupancy: Some("let".to_owned()),
        fee_start: Some("2026-12-01".to_owned()),
    };
    let changed = change_unit(cx, id, form.clone()).await.unwrap();
    assert_eq!(changed.address(), "3号楼 2单元 3A01");
    assert_eq!(
        (changed.floor_label.as_deref(), changed.true_floor),
        (Some("3A"), Some(4))
    );
    let areas = (changed.area, changed.inner_area);
    assert_eq!(areas, (Some(Area(8_937)), Some(Area(7_150))));
    assert_eq!(
        (changed.use_, changed.occupancy),
        (UnitUse::Shop, Some(Occupancy::Let))
    );
    assert_eq!(changed.fee_start, Some(date(2026, 12, 1)));
    assert_eq!(unit(cx, id).await.unwrap(), Some(changed.clone()));

    // Its place in the list is that of its new code.
    let filter = UnitFilter {
        estate: Some(estate),
        ..UnitFilter::default()
    };
    let listed = list_units(cx, &filter, &PageAsk::default()).await.unwrap();
    let order: Vec<_> = listed.items.iter().map(|unit| unit.id).collect();
    assert_eq!(order, [below, above, id]);

    // The same again changes nothing, and leaves no trace.
    assert_eq!(change_unit(cx, id, form).await.unwrap(), changed);
    assert_eq!(deeds(&town).await, 1);

    let emptied = change_unit(cx, id, state("")).await.unwrap();
    assert_eq!(emptied.occupancy, None);
    assert_eq!(
        Unit {
            occupancy: changed.occupancy,
            ..emptied
        },
        changed,
        "the rest stays"
    );
    assert_eq!(deeds(&town).await, 2);
}

#[tokio::test]
async fn bad_input_and_taken_codes_change_nothing() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let (_, building) = building(cx).await;
    let id = door(cx, building, "101").await;
    door(cx, building, "102").await;
    let before = unit(cx, id).await.unwrap();

    let bad = UnitChangeForm {
        unit: Some(" ".to_owned()),
        true_floor: Some("four".to_owned()),
        ..state("full")
    };
    let bad = change_unit(cx, id, bad).await.unwrap_err().problem;
    let wanted = Error::invalid("unit", Flaw::Required).problem;
    let wanted = wanted.and("true_floor", Flaw::Malformed);
    assert_eq!(bad, wanted.and("occupancy", Flaw::Unknown));

    let taken = UnitChangeForm {
        unit: Some("102".to_owned()),
        ..state("let")
    };
    let taken = change_unit(cx, id, taken).await.unwrap_err().problem;
    assert_eq!(taken, Error::taken("unit").problem);
    assert_eq!(unit(cx, id).await.unwrap(), before);
    assert_eq!(deeds(&town).await, 0);
}

#[tokio::test]
async fn whoever_may_not_does_not() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let (_, building) = building(cx).await;
    let id = door(cx, building, "101").await;
    let code = |result: Result<Unit>| result.unwrap_err().code();

    let rival = &town.admin_b;
    assert_eq!(
        code(change_unit(rival, id, state("let")).await),
        Code::NotFound
    );
    let nothing = UnitId(uuid::Uuid::nil());
    assert_eq!(
        code(change_unit(cx, nothing, state("let")).await),
        Code::NotFound
    );
    // The front desk writes people down, and not places.
    let desk = with_role(cx, Role::FrontDesk);
    assert_eq!(
        code(change_unit(&desk, id, state("let")).await),
        Code::Forbidden
    );
    let owner = &town.owner_of(cx, cx.new_id()).await;
    assert_eq!(
        code(change_unit(owner, id, state("let")).await),
        Code::Forbidden
    );
    let mut suspended = cx.clone();
    suspended.tenant.suspended = true;
    assert_eq!(
        code(change_unit(&suspended, id, state("let")).await),
        Code::Suspended
    );
    assert_eq!(unit(cx, id).await.unwrap().unwrap().occupancy, None);
    let manager = with_role(cx, Role::EstateManager);
    change_unit(&manager, id, state("let")).await.unwrap();
}
