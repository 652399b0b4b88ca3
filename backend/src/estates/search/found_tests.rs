use domain::{
    Code, EstateId, UnitId,
    estates::{BuildingForm, UnitForm},
    identity::Role,
    problem::Flaw,
};
use sqlx::Executor;

use super::{
    tests::{home, scene},
    *,
};
use crate::{
    estates::{create_building, create_unit, transfer},
    testing::{Town, sale_today, with_role},
};

/// What a search finds, as a page shows it: the doors of units, plates and the names of people.
async fn found(cx: &Cx, q: &str) -> Vec<String> {
    let found = search(cx, q, &PageAsk::default()).await;
    let found = found.unwrap_or_else(|error| panic!("{q}: {error}"));
    found.items.iter().map(said).collect()
}

fn said(found: &Found) -> String {
    match found {
        Found::Unit(unit) => unit.address.clone(),
        Found::Vehicle(found) => found.vehicle.plate.clone(),
        Found::Resident(found) => found.resident.name.clone(),
    }
}

/// 3号楼2单元 with the doors 1702, 1703 and 17021, and beside it what `scene` has.
async fn tower() -> (Town, EstateId, UnitId) {
    let (town, estate, _) = scene().await;
    let cx = &town.admin_a;
    let three = crate::estates::list_buildings(cx, Some(estate), &PageAsk::default()).await;
    let three = three.unwrap().items[0].id;
    let mut units = Vec::new();
    for door in ["1702", "1703", "17021"] {
        let form = UnitForm {
            building: three,
            entrance: Some("2单元".into()),
            unit: door.into(),
            area_m2: None,
        };
        units.push(create_unit(cx, form).await.unwrap().id);
    }
    (town, estate, units[0])
}

#[tokio::test]
async fn units_are_found_as_people_type_them() {
    let (town, _, _) = tower().await;
    let cx = &town.admin_a;
    let exact = "阳光花园 3号楼 2单元 1702";
    let longer = "阳光花园 3号楼 2单元 17021";
    for q in [
        "3-2-1702",
        "３－２－１７０２",
        "3号楼2单元1702",
        "三号楼 二单元 1702室",
        "3 2 1702",
        "阳光花园 3-2-1702",
        "阳光 3 2 1702",
    ] {
        assert_eq!(found(cx, q).await, [exact, longer], "{q}");
    }
    for q in ["3-1702", "3号楼1702", "3栋 1702", "1702"] {
        assert_eq!(found(cx, q).await, [exact, longer], "{q}");
    }
    for (q, all) in [
        (
            "3号楼2单元",
            &[exact, longer, "阳光花园 3号楼 2单元 1703"][..],
        ),
        ("170", &[exact, longer, "阳光花园 3号楼 2单元 1703"]),
        ("3-9", &[]),
        ("月亮湾 3-2-1702", &[]),
        ("9-2-1702", &[]),
        ("%", &[]),
    ] {
        assert_eq!(found(cx, q).await, all, "{q}");
    }
    // The unit itself, who lives there, and then what only starts so.
    let all = ["阳光花园 3号楼 1202", "王小明", "李王氏"];
    for q in ["3-1202", "1202", "3号楼 1202"] {
        assert_eq!(found(cx, q).await, all, "{q}");
    }
    assert_eq!(found(cx, "120").await, [all[0]]);
}

#[tokio::test]
async fn people_are_found_in_characters_and_in_letters() {
    let (town, estate, _) = scene().await;
    let cx = &town.admin_a;
    let form = BuildingForm {
        estate,
        name: "7号楼".into(),
    };
    let seven = create_building(cx, form).await.unwrap().id;
    home(
        cx,
        seven,
        "101",
        &[("单小红", "13911110001"), ("解放", "13911110002")],
    )
    .await;
    for (q, names) in [
        ("王", &["李王氏", "王大明", "王小明"][..]),
        ("wang", &["王大明", "王小明"]),
        ("WXM", &["王小明"]),
        ("wangxiao", &["王小明"]),
        ("wdm", &["王大明"]),
        ("shan", &["单小红"]),
        ("dan", &["单小红"]),
        ("xie", &["解放"]),
        ("jie", &["解放"]),
        // The letters of a name, from its beginning.
        ("xiaoming", &[]),
        ("w", &[]),
        ("wang 5678", &["王大明", "王小明"]),
        ("wang 3号楼", &["王小明"]),
        ("wxm 5-301", &[]),
        ("13812345678", &["王小明"]),
        ("王小明 5678", &["王小明"]),
        ("小明 阳光", &[]),
        ("阳光花园 小明", &["王小明"]),
        // The end of a number is no way in, alone or beside an estate.
        ("5678", &[]),
        ("阳光花园 5678", &[]),
        ("5678 5678", &[]),
    ] {
        let mut found = found(cx, q).await;
        found.sort();
        assert_eq!(found, names, "{q}");
    }
    let page = search(cx, "wxm", &PageAsk::default()).await.unwrap();
    let Found::Resident(one) = &page.items[0] else {
        panic!("a resident")
    };
    assert_eq!(one.home, "阳光花园 3号楼 1202");
    assert_eq!(one.resident.phone.as_deref(), Some("138****5678"));
}

#[tokio::test]
async fn names_from_before_are_spelt_when_they_are_looked_for() {
    let (town, _, [first, _]) = scene().await;
    let cx = &town.admin_a;
    let sql = "UPDATE resident SET spelt = NULL";
    town.db.admin().execute(sql).await.unwrap();
    assert_eq!(found(cx, "wxm").await, ["王小明"]);
    let left = "SELECT count(*) FROM resident WHERE spelt IS NULL";
    let left: i64 = sqlx::query_scalar(left)
        .fetch_one(town.db.admin())
        .await
        .unwrap();
    assert_eq!(left, 0);
    // A buyer is found in letters too, and the seller no more.
    let unit = crate::estates::unit(cx, first).await.unwrap().unwrap();
    let sale = sale_today(cx, first, unit.household.unwrap());
    transfer(cx, sale).await.unwrap();
    assert_eq!(found(cx, "wxm").await, [""; 0]);
    assert_eq!(found(cx, "wangmaijia").await, ["王买家"]);
}

#[tokio::test]
async fn a_spelling_goes_with_its_name() {
    let (town, _, _) = scene().await;
    // The table itself refuses a spelling where nothing but the place of somebody is known.
    let sql = "UPDATE resident SET ended_at = now(), erased_at = now(), phone_cipher = NULL, phone_index = NULL,
                   phone_tail = NULL WHERE name = '王小明'";
    let refused = town.db.admin().execute(sql).await.unwrap_err();
    assert!(refused.to_string().contains("resident_erased"), "{refused}");
}

#[tokio::test]
async fn everything_is_found_once_page_by_page() {
    let (town, estate, _) = tower().await;
    let cx = &town.admin_a;
    // A building 1702, so that a lone 1702 stands on three shelves.
    let form = BuildingForm {
        estate,
        name: "1702号楼".into(),
    };
    let odd = create_building(cx, form).await.unwrap().id;
    for door in ["1702", "17022"] {
        home(
            cx,
            odd,
            door,
            &[("赵甲", "13911110003"), ("赵乙", "13911110004")],
        )
        .await;
    }
    for q in ["1702", "3", "3号楼", "赵", "17", "zhao", "1702-1702"] {
        let whole = found(cx, q).await;
        let mut seen = whole.clone();
        seen.sort();
        if q != "赵" && q != "zhao" && q != "1702" {
            seen.dedup();
        }
        assert_eq!(seen.len(), whole.len(), "{q}: {whole:?}");
        for limit in 1..4 {
            let mut ask = PageAsk {
                cursor: None,
                limit: Some(limit),
            };
            let mut paged = Vec::new();
            loop {
                let page = search(cx, q, &ask).await.unwrap();
                assert!(page.items.len() <= limit as usize);
                paged.extend(page.items.iter().map(said));
                ask.cursor = page.next;
                if ask.cursor.is_none() {
                    break;
                }
            }
            assert_eq!(paged, whole, "{q} by {limit}");
        }
    }
    assert_eq!(
        found(cx, "1702").await.len(),
        2 + 4 + 2,
        "doors, people, what starts so"
    );
}

async fn home_of(cx: &Cx, building: domain::BuildingId) -> domain::HouseholdId {
    let unit = home(cx, building, "2601", &[("孙住户", "13911110009")]).await;
    let unit = crate::estates::unit(cx, unit).await.unwrap().unwrap();
    unit.household.unwrap()
}

#[tokio::test]
async fn nothing_is_found_past_the_walls() {
    let (town, _, unit) = tower().await;
    for q in [
        "3-2-1702",
        "1702",
        "王",
        "wang",
        "13812345678",
        "阳光花园 1702",
    ] {
        assert_eq!(found(&town.admin_b, q).await, [""; 0], "{q}");
    }
    // A guard sees places and no residents.
    let guard = with_role(&town.admin_a, Role::Guard);
    assert_eq!(found(&guard, "王").await, [""; 0]);
    assert_eq!(found(&guard, "3-1202").await, ["阳光花园 3号楼 1202"]);
    // Whoever lives here looks for nobody.
    let unit = crate::estates::unit(&town.admin_a, unit)
        .await
        .unwrap()
        .unwrap();
    let household = home_of(&town.admin_a, unit.building).await;
    let owner = town.owner_of(&town.admin_a, household).await;
    let refused = search(&owner, "王", &PageAsk::default()).await.unwrap_err();
    assert_eq!(refused.code(), Code::Forbidden);
}

#[tokio::test]
async fn what_cannot_be_looked_for_is_said() {
    let (town, _, _) = scene().await;
    let cx = &town.admin_a;
    let long = "长".repeat(61);
    for (q, flaw) in [
        ("", Flaw::Required),
        ("a b c d e", Flaw::TooLong),
        (long.as_str(), Flaw::TooLong),
    ] {
        let refused = search(cx, q, &PageAsk::default()).await.unwrap_err();
        assert_eq!(refused.problem.fields.get("q"), Some(&flaw), "{q}");
    }
    for cursor in ["x", "r.x", "9.", "-1.unt_1", "r.unt_01J"] {
        let ask = PageAsk {
            cursor: Some(cursor.into()),
            limit: None,
        };
        let refused = search(cx, "王", &ask).await.unwrap_err();
        assert!(refused.problem.fields.contains_key("cursor"), "{cursor}");
    }
    // Past the last shelf there is nothing.
    let ask = PageAsk {
        cursor: Some(format!("9.{}", UnitId(uuid::Uuid::from_u128(1)))),
        limit: None,
    };
    assert!(search(cx, "1202", &ask).await.unwrap().items.is_empty());
}
