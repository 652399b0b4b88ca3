use std::collections::BTreeSet;

use domain::{
    Code, GrantId, UnitId,
    estates::{BuildingForm, EstateForm, Relation, ResidentForm, UnitForm},
    identity::{Grant, Role, RoleKey, Scope},
    problem::Flaw,
};
use sqlx::Executor;
use uuid::Uuid;

use super::*;
use crate::{
    estates::{add_resident, create_building, create_estate, create_unit, transfer},
    identity::rbac,
    kernel::cx::Actor,
    testing::{Town, sale_today, with_role},
};

pub(super) async fn home(
    cx: &Cx,
    building: domain::BuildingId,
    door: &str,
    who: &[(&str, &str)],
) -> UnitId {
    let form = UnitForm {
        building,
        entrance: None,
        unit: door.into(),
        area_m2: None,
    };
    let unit = create_unit(cx, form).await.unwrap().id;
    for (name, phone) in who {
        let form = ResidentForm {
            unit,
            name: (*name).into(),
            phone: Some((*phone).into()),
            id_number: None,
            relation: Relation::Owner,
        };
        add_resident(cx, form).await.unwrap();
    }
    unit
}

/// 3号楼 with 王小明 and 李王氏, and 5号楼 with 王大明.
pub(super) async fn scene() -> (Town, domain::EstateId, [UnitId; 2]) {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let form = EstateForm {
        name: "阳光花园".into(),
    };
    let estate = create_estate(cx, form).await.unwrap().id;
    let building = async |name: &str| {
        let form = BuildingForm {
            estate,
            name: name.into(),
        };
        create_building(cx, form).await.unwrap().id
    };
    let (three, five) = (building("3号楼").await, building("5号楼").await);
    let couple = [("王小明", "13812345678"), ("李王氏", "13900001202")];
    let first = home(cx, three, "1202", &couple).await;
    let second = home(cx, five, "301", &[("王大明", "13800005678")]).await;
    (town, estate, [first, second])
}

async fn names(cx: &Cx, search: &str) -> Vec<String> {
    let found = find_residents(cx, search, &PageAsk::default()).await;
    let found = found.unwrap_or_else(|error| panic!("{search}: {error}"));
    let mut names: Vec<_> = found.items.into_iter().map(|f| f.resident.name).collect();
    names.sort();
    names
}

#[tokio::test]
async fn people_are_found_by_name_by_place_and_by_number() {
    let (town, _, _) = scene().await;
    let cx = &town.admin_a;
    for (search, found) in [
        ("王", &["李王氏", "王大明", "王小明"][..]),
        ("小明", &["王小明"]),
        ("王 5678", &["王大明", "王小明"]),
        ("5678 3", &["王小明"]),
        ("3号楼 5678", &["王小明"]),
        // Whatever the word for a building.
        ("5栋", &["王大明"]),
        ("五号楼", &["王大明"]),
        ("6栋", &[]),
        ("5号楼", &["王大明"]),
        ("301 5678", &["王大明"]),
        // The digits are a door as well.
        ("3号楼 1202", &["李王氏", "王小明"]),
        ("王 1202", &["李王氏", "王小明"]),
        // Two times the same is not two things.
        ("5678 5678", &[]),
        ("+86 138 1234 5678", &["王小明"]),
        ("13812345679", &[]),
        ("%", &[]),
        ("王小明 李", &[]),
    ] {
        assert_eq!(names(cx, search).await, found, "{search}");
    }
    let found = find_residents(cx, "小明", &PageAsk::default())
        .await
        .unwrap();
    assert_eq!(found.items[0].home, "阳光花园 3号楼 1202");
    assert_eq!(
        found.items[0].resident.phone.as_deref(),
        Some("138****5678")
    );
}

#[tokio::test]
async fn digits_alone_are_refused() {
    let (town, _, _) = scene().await;
    for (search, flaw) in [
        ("5678", Flaw::NotAlone),
        (" ", Flaw::Required),
        ("a b c d e", Flaw::TooLong),
    ] {
        let refused = find_residents(&town.admin_a, search, &PageAsk::default()).await;
        let refused = refused.unwrap_err();
        assert_eq!(
            refused.problem.fields.get("search"),
            Some(&flaw),
            "{search}"
        );
    }
    let ask = PageAsk {
        cursor: Some("x".into()),
        limit: None,
    };
    let refused = find_residents(&town.admin_a, "王", &ask).await.unwrap_err();
    assert!(refused.problem.fields.contains_key("cursor"));
}

#[tokio::test]
async fn nobody_is_found_past_the_walls() {
    let (town, estate, [first, _]) = scene().await;
    let guard = with_role(&town.admin_a, Role::Guard);
    let refused = find_residents(&guard, "王", &PageAsk::default()).await;
    assert_eq!(refused.unwrap_err().code(), Code::Forbidden);
    let at = |place: Uuid| {
        let mut cx = with_role(&town.admin_a, Role::Steward);
        let grant = Grant {
            id: GrantId(Uuid::from_u128(1)),
            role: RoleKey::BuiltIn(Role::Steward),
            actions: rbac::actions(Role::Steward),
            scope: Scope::Within {
                places: BTreeSet::from([place]),
                around: BTreeSet::new(),
            },
            until: None,
        };
        if let Actor::Staff { grants, .. } = &mut cx.actor {
            *grants = vec![grant];
        }
        cx
    };
    for search in ["王", "王 5678", "13812345678", "3号楼"] {
        assert_eq!(names(&town.admin_b, search).await, [""; 0], "{search}");
        assert_eq!(
            names(&at(Uuid::from_u128(42)), search).await,
            [""; 0],
            "{search}"
        );
    }
    assert_eq!(names(&at(estate.0), "王").await.len(), 3);
    // The unit's own steward may not name the estate that it lies in here, so is not told of it.
    let mut steward = at(first.0);
    if let Actor::Staff { grants, .. } = &mut steward.actor {
        let unit: (Uuid, Uuid) =
            sqlx::query_as("SELECT estate_id, building_id FROM unit WHERE id = $1")
                .bind(first.0)
                .fetch_one(town.db.admin())
                .await
                .unwrap();
        grants[0].scope = Scope::Within {
            places: BTreeSet::from([first.0]),
            around: BTreeSet::from([unit.0, unit.1]),
        };
    }
    assert_eq!(names(&steward, "王").await, ["李王氏", "王小明"]);

    // The function itself answers nobody who is not staff of a company.
    let mut bare = town.site.db.open().await.unwrap();
    let sql = "SELECT count(*) FROM linli.find_residents('{王}', ARRAY[''], ARRAY[''], ARRAY[''], NULL, NULL, NULL, now(), gen_random_uuid(), 10)";
    let none: i64 = sqlx::query_scalar(sql)
        .fetch_one(bare.conn())
        .await
        .unwrap();
    assert_eq!(none, 0);
}

#[tokio::test]
async fn whoever_has_sold_is_not_found() {
    let (town, _, [first, _]) = scene().await;
    let cx = &town.admin_a;
    let household = crate::estates::unit(cx, first).await.unwrap().unwrap();
    let sale = sale_today(cx, first, household.household.unwrap());
    transfer(cx, sale).await.unwrap();
    assert_eq!(names(cx, "小明").await, [""; 0]);
    // The buyer has the seller's old number: it is theirs now.
    assert_eq!(names(cx, "13812345678").await, ["王买家"]);
    assert_eq!(names(cx, "买家 5678").await, ["王买家"]);
}

#[tokio::test]
async fn numbers_from_before_are_found_by_their_end_too() {
    let (town, _, _) = scene().await;
    town.db
        .admin()
        .execute("UPDATE resident SET phone_tail = NULL")
        .await
        .unwrap();
    assert_eq!(names(&town.admin_a, "王 5678").await, ["王大明", "王小明"]);
    let left = "SELECT count(*) FROM resident WHERE phone_tail IS NULL";
    let left: i64 = sqlx::query_scalar(left)
        .fetch_one(town.db.admin())
        .await
        .unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_search_pages() {
    let (town, _, _) = scene().await;
    let mut ask = PageAsk {
        cursor: None,
        limit: Some(2),
    };
    let first = find_residents(&town.admin_a, "王", &ask).await.unwrap();
    assert_eq!(first.items.len(), 2);
    ask.cursor = first.next;
    let second = find_residents(&town.admin_a, "王", &ask).await.unwrap();
    assert_eq!((second.items.len(), second.next), (1, None));
}
