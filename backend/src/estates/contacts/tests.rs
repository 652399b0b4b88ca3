use std::collections::BTreeSet;

use domain::{
    GrantId, UnitId,
    estates::{Relation, ResidentForm},
    identity::{Grant, Role, RoleKey, Scope},
};
use jiff::SignedDuration;
use uuid::Uuid;

use super::*;
use crate::{
    devices::tests::{Place, settle},
    estates::{add_resident, list_residents},
    identity::rbac,
    kernel::cx::Actor,
    testing::{Town, sale_today, with_role},
};

const CARD: &str = "11010519491231002X";

async fn somebody(cx: &Cx, unit: UnitId) -> ResidentId {
    let form = ResidentForm {
        unit,
        name: "王小明".into(),
        phone: Some("13812345678".into()),
        id_number: Some("110105 19491231 002x".into()),
        relation: Relation::Family,
    };
    add_resident(cx, form).await.unwrap().id
}

async fn scene() -> (Town, Place, ResidentId) {
    let town = Town::new().await;
    let place = settle(&town.admin_a, "阳光花园").await;
    let resident = somebody(&town.admin_a, place.unit).await;
    (town, place, resident)
}

/// The same member of staff as a front desk at one place.
fn desk_at(cx: &Cx, place: Uuid) -> Cx {
    let grant = Grant {
        id: GrantId(Uuid::from_u128(1)),
        role: RoleKey::BuiltIn(Role::FrontDesk),
        actions: rbac::actions(Role::FrontDesk),
        scope: Scope::Within {
            places: BTreeSet::from([place]),
            around: BTreeSet::new(),
        },
        until: None,
    };
    let mut cx = with_role(cx, Role::FrontDesk);
    if let Actor::Staff { grants, .. } = &mut cx.actor {
        *grants = vec![grant];
    }
    cx
}

async fn deeds(town: &Town, deed: &str) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM audit_entry WHERE deed = $1")
        .bind(deed)
        .fetch_one(town.db.admin())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_look_at_whole_numbers_is_remembered_without_them() {
    let (town, place, resident) = scene().await;
    let desk = with_role(&town.admin_a, Role::FrontDesk);
    let listed = list_residents(&desk, Some(place.unit), &domain::page::PageAsk::default()).await;
    let listed = serde_json::to_string(&listed.unwrap()).unwrap();
    assert!(listed.contains("138****5678") && !listed.contains("002X"));

    let contact = reveal_contact(&desk, resident).await.unwrap();
    assert_eq!(contact.phone.as_deref(), Some("13812345678"));
    assert_eq!(contact.id_number.as_deref(), Some(CARD));
    assert!(!format!("{contact:?}").contains("1381"));
    let (fields, all): (Vec<String>, String) = sqlx::query_as(
        "SELECT fields, regexp_replace(a::text, '[0-9a-f-]{36}', '', 'g') FROM audit_entry a WHERE deed = 'contact.revealed' AND subject_id = $1",
    )
    .bind(resident.0)
    .fetch_one(town.db.admin())
    .await
    .unwrap();
    assert_eq!(fields, ["phone", "id_number"]);
    assert!(!all.contains("5678") && !all.contains("002X"), "{all}");
    // Nor are they to be read in the table.
    let kept: String = sqlx::query_scalar("SELECT string_agg(r::text, '') FROM resident r")
        .fetch_one(town.db.admin())
        .await
        .unwrap();
    assert!(!kept.contains("12345678") && !kept.contains(CARD));
}

#[tokio::test]
async fn who_may_not_look_is_told_so_and_strangers_find_nobody() {
    let (town, place, resident) = scene().await;
    let code = async |cx: &Cx, resident| reveal_contact(cx, resident).await.unwrap_err().code();
    for role in [Role::Cashier, Role::Accountant, Role::Guard] {
        let cx = with_role(&town.admin_a, role);
        assert_eq!(code(&cx, resident).await, Code::Forbidden, "{role:?}");
    }
    let owner = town.owner_of(&town.admin_a, place.household).await;
    assert_eq!(code(&owner, resident).await, Code::Forbidden);
    assert_eq!(code(&town.admin_b, resident).await, Code::NotFound);
    let here = desk_at(&town.admin_a, place.estate.0);
    assert!(reveal_contact(&here, resident).await.is_ok());
    let elsewhere = desk_at(&town.admin_a, Uuid::from_u128(42));
    assert_eq!(code(&elsewhere, resident).await, Code::NotFound);
    let nobody = ResidentId(Uuid::from_u128(42));
    assert_eq!(code(&town.admin_a, nobody).await, Code::NotFound);
    assert_eq!(deeds(&town, "contact.revealed").await, 1);

    // Whoever has sold is rung up no more.
    let sale = sale_today(&town.admin_a, place.unit, place.household);
    crate::estates::transfer(&town.admin_a, sale).await.unwrap();
    assert_eq!(code(&town.admin_a, resident).await, Code::NotFound);
}

#[tokio::test]
async fn sixty_in_an_hour_are_enough() {
    let (town, _, resident) = scene().await;
    let desk = with_role(&town.admin_a, Role::FrontDesk);
    for _ in 0..MOST_REVEALED {
        reveal_contact(&desk, resident).await.unwrap();
    }
    for _ in 0..3 {
        let refused = reveal_contact(&desk, resident).await.unwrap_err();
        assert_eq!(refused.code(), Code::TooMany);
    }
    assert_eq!(deeds(&town, "contact.revealed").await, MOST_REVEALED);
    assert_eq!(deeds(&town, "reveals.limited").await, 1);
    // An hour later there is room again.
    let then = testkit::noon() + SignedDuration::from_secs(3601);
    town.site.clock.set(then);
    reveal_contact(&desk, resident).await.unwrap();
}

#[tokio::test]
async fn an_identity_number_has_to_hold_together() {
    let (town, place, _) = scene().await;
    let form = |number: &str| ResidentForm {
        unit: place.unit,
        name: "某".into(),
        phone: None,
        id_number: Some(number.into()),
        relation: Relation::Family,
    };
    for bad in ["110105194912310021", "1", "身份证"] {
        let refused = add_resident(&town.admin_a, form(bad)).await.unwrap_err();
        assert!(refused.problem.fields.contains_key("id_number"), "{bad}");
    }
    let blank = add_resident(&town.admin_a, form(" ")).await.unwrap();
    let contact = reveal_contact(&town.admin_a, blank.id).await.unwrap();
    assert_eq!((contact.phone, contact.id_number), (None, None));
}
