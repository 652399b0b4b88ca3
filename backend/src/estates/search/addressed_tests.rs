use domain::{
    BuildingId, EstateId, UnitId,
    estates::{BuildingForm, EstateForm, UnitForm},
    problem::Flaw,
};

use super::{
    super::{create_building, create_estate, create_unit},
    units_addressed,
};
use crate::{
    Cx,
    testing::{Town, hire},
};

async fn site(cx: &Cx, name: &str) -> EstateId {
    let name = name.to_owned();
    create_estate(cx, EstateForm { name }).await.unwrap().id
}

async fn tower(cx: &Cx, estate: EstateId, name: &str) -> BuildingId {
    let name = name.to_owned();
    let made = create_building(cx, BuildingForm { estate, name }).await;
    made.unwrap().id
}

async fn door(cx: &Cx, building: BuildingId, entrance: &str, code: &str) -> UnitId {
    let form = UnitForm {
        building,
        entrance: Some(entrance.to_owned()).filter(|name| !name.is_empty()),
        unit: code.to_owned(),
        area_m2: None,
    };
    create_unit(cx, form).await.unwrap().id
}

async fn flaws(cx: &Cx, text: &str) -> Vec<(String, Flaw)> {
    let refused = units_addressed(cx, "homes", text).await.unwrap_err();
    refused.problem.fields.into_iter().collect()
}

#[tokio::test]
async fn homes_are_found_as_people_write_them() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let (x, y) = (site(cx, "阳光花园").await, site(cx, "翠湖里").await);
    let third = tower(cx, x, "3号楼").await;
    let (home, upper) = (
        door(cx, third, "2单元", "1702").await,
        door(cx, third, "1单元", "3A01").await,
    );
    let plain = door(cx, tower(cx, x, "12栋").await, "", "101").await;
    let other = door(cx, tower(cx, y, "3号楼").await, "2单元", "101").await;

    for (text, wanted) in [
        ("3-2-1702", vec![home]),
        ("  3号楼 2单元 1702室 ", vec![home]),
        ("三栋二单元\t1702", vec![home]),
        ("三栋九单元1702", vec![]),
        ("三栋 二单元 1702\n\n３－１－3a01", vec![home, upper]),
        ("阳光花园 3-2-１７０２\n3-1702", vec![home]),
        ("12-101\n翠湖里-3-2-101", vec![plain, other]),
        ("1702", vec![home]),
    ] {
        let found = units_addressed(cx, "homes", text).await;
        if wanted.is_empty() {
            assert!(found.is_err(), "{text}");
        } else {
            assert_eq!(found.unwrap(), wanted.into_iter().collect(), "{text}");
        }
    }
}

#[tokio::test]
async fn each_line_that_names_none_or_several_is_told() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let (x, y) = (site(cx, "甲苑").await, site(cx, "乙苑").await);
    for estate in [x, y] {
        door(cx, tower(cx, estate, "3号楼").await, "2单元", "101").await;
    }
    let told = flaws(cx, "3-2-101\n\n甲苑 3-2-101\n9-9-101\n2-3-101").await;
    assert_eq!(
        told,
        [
            ("homes.1".to_owned(), Flaw::Ambiguous),
            ("homes.4".to_owned(), Flaw::Unknown),
            ("homes.5".to_owned(), Flaw::Unknown)
        ]
    );
    assert_eq!(
        flaws(cx, &"3-2-101\n".repeat(501)).await,
        [("homes".to_owned(), Flaw::TooLong)]
    );
    assert_eq!(units_addressed(cx, "homes", " \n").await.unwrap().len(), 0);
    // Whoever has one estate means that one, and a stranger has none.
    let manager = hire(cx, "经理", ("estate_manager", &[x.to_string()])).await;
    let found = units_addressed(&manager.unwrap(), "homes", "3-2-101").await;
    assert_eq!(found.unwrap().len(), 1);
    assert_eq!(
        flaws(&town.admin_b, "3-2-101").await,
        [("homes.1".to_owned(), Flaw::Unknown)]
    );
}
