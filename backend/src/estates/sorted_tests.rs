//! Units in each order, page after page.

use std::cmp::Reverse;

use domain::{
    Code, EstateId,
    columns::{Column, Sort},
    estates::{
        ColumnChoice, EstateForm, ImportState, Occupancy, Unit, UnitChangeForm, UnitFilter,
        UnitSort, UnitUse,
    },
    page::PageAsk,
    problem::Flaw,
};

use super::{RosterUpload, change_unit, create_estate, import_roster, list_units};
use crate::{
    kernel::{cx::Cx, error::Error},
    testing::{Town, hire},
};

const ROSTER: &str = "楼栋,单元,房号,建筑面积,用途,入住状态\n\
    10号楼,1单元,101,120,住宅,自住\n\
    10号楼,1单元,102,89.37,住宅,\n\
    2号楼,1单元,101,89.37,商铺,出租\n\
    2号楼,1单元,102,,商铺,未售\n\
    2号楼,2单元,101,45.5,住宅,自住\n\
    2号楼,2单元,3A01,45.5,车位,空置\n\
    2号楼,2单元,302,,公共,\n";

/// Two estates with the same units, so that what is the same in both is told apart by its place.
async fn town() -> (Town, [EstateId; 2]) {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let mut estates = Vec::new();
    for name in ["东区", "西区"] {
        let name = name.to_owned();
        let estate = create_estate(cx, EstateForm { name }).await.unwrap().id;
        let upload = RosterUpload {
            estate,
            dry_run: false,
            file_name: "roster.csv".to_owned(),
            bytes: ROSTER.into(),
            confirmed: std::collections::BTreeSet::default(),
            of: None,
            columns: ColumnChoice::default(),
            asks: false,
        };
        let done = import_roster(cx, upload).await.unwrap();
        assert_eq!(done.state, ImportState::Done);
        estates.push(estate);
        let clock = &town.site.clock;
        clock.set(clock.now() + jiff::SignedDuration::from_secs(1));
    }
    let days = ["2026-03-01", "1998-05-05", "", "2026-03-01", ""];
    for (unit, day) in all(cx, &UnitFilter::default(), 200)
        .await
        .iter()
        .zip(days.iter().cycle())
    {
        let form = UnitChangeForm {
            fee_start: Some((*day).to_owned()),
            ..UnitChangeForm::default()
        };
        change_unit(cx, unit.id, form).await.unwrap();
    }
    (town, [estates[0], estates[1]])
}

fn ask(limit: u32, cursor: Option<String>) -> PageAsk {
    PageAsk {
        cursor,
        limit: Some(limit),
    }
}

async fn all(cx: &Cx, filter: &UnitFilter, limit: u32) -> Vec<Unit> {
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let page = list_units(cx, filter, &ask(limit, cursor)).await.unwrap();
        assert!(page.items.len() <= limit as usize);
        found.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            return found;
        }
    }
}

fn sorts() -> impl Iterator<Item = Sort<UnitSort>> {
    let each = UnitSort::ALL.iter();
    each.flat_map(|by| [false, true].map(|down| Sort { by: *by, down }))
}

/// As a person would do it with the units in their own order.
fn by_hand(mut units: Vec<Unit>, sort: Sort<UnitSort>) -> Vec<Unit> {
    let place = |unit: &Unit| -> Option<i64> {
        match sort.by {
            UnitSort::Address => None,
            UnitSort::Use => {
                let place = UnitUse::ALL.iter().position(|each| *each == unit.use_);
                place.map(|place| i64::try_from(place).unwrap())
            }
            UnitSort::State => {
                let place = |state| Occupancy::ALL.iter().position(|each| *each == state);
                unit.occupancy
                    .and_then(place)
                    .map(|place| i64::try_from(place).unwrap())
            }
            UnitSort::Area => unit.area.map(|area| i64::from(area.0)),
            UnitSort::FeeStart => unit.fee_start.map(|day| {
                let day = day.to_zoned(jiff::tz::TimeZone::UTC).unwrap();
                day.timestamp().as_second()
            }),
        }
    };
    if sort.by == UnitSort::Address {
        if sort.down {
            units.reverse();
        }
    } else if sort.down {
        units.sort_by_key(|unit| (place(unit).is_none(), Reverse(place(unit))));
    } else {
        units.sort_by_key(|unit| (place(unit).is_none(), place(unit)));
    }
    units
}

#[tokio::test]
async fn each_order_is_total_and_pages_make_one_list() {
    let (town, [east, _]) = town().await;
    let cx = &town.admin_a;
    let whole = UnitFilter::default();
    let of_estate = UnitFilter {
        estate: Some(east),
        ..UnitFilter::default()
    };
    let building = all(cx, &of_estate, 200).await[0].building;
    let of_building = UnitFilter {
        building: Some(building),
        ..of_estate.clone()
    };
    let narrow = UnitFilter {
        use_: Some(UnitUse::Home),
        state: Some(Occupancy::LivedIn),
        ..UnitFilter::default()
    };
    for (filter, many) in [(whole, 14), (of_estate, 7), (of_building, 5), (narrow, 4)] {
        let plain = all(cx, &filter, 200).await;
        assert_eq!(plain.len(), many);
        for sort in sorts() {
            let filter = UnitFilter {
                sort: Some(sort),
                ..filter.clone()
            };
            let wanted = by_hand(plain.clone(), sort);
            for limit in [1, 2, 3, 200] {
                assert_eq!(all(cx, &filter, limit).await, wanted, "{sort} by {limit}");
            }
        }
    }
}

#[tokio::test]
async fn what_has_no_value_comes_last_both_ways() {
    let (town, _) = town().await;
    let areas = async |sort| -> Vec<_> {
        let filter = UnitFilter {
            sort: Sort::parse(sort),
            ..UnitFilter::default()
        };
        let units = all(&town.admin_a, &filter, 2).await.into_iter();
        units.map(|unit| unit.area.map(|area| area.0)).collect()
    };
    let (up, down) = (areas("area").await, areas("-area").await);
    assert_eq!((up[0], up[9], up[10]), (Some(4550), Some(12000), None));
    assert_eq!(
        (down[0], down[9], down[10]),
        (Some(12000), Some(4550), None)
    );
}

#[tokio::test]
async fn a_cursor_whose_unit_has_gone_says_so() {
    let (town, [east, west]) = town().await;
    let cx = &town.admin_a;
    let nowhere = cx.new_id::<domain::UnitId>();
    for sort in sorts() {
        let filter = UnitFilter {
            sort: Some(sort),
            ..UnitFilter::default()
        };
        let gone = if sort.by == UnitSort::Address {
            nowhere.to_string()
        } else {
            format!("5.{nowhere}")
        };
        let refused = list_units(cx, &filter, &ask(2, Some(gone)))
            .await
            .unwrap_err();
        let unknown = Error::invalid("cursor", Flaw::Unknown);
        assert_eq!(refused.problem, unknown.problem, "{sort}");
        for bad in ["x", "5.x", "x.y", "."] {
            let refused = list_units(cx, &filter, &ask(2, Some(bad.to_owned()))).await;
            let malformed = Error::invalid("cursor", Flaw::Malformed);
            assert_eq!(
                refused.unwrap_err().problem,
                malformed.problem,
                "{sort} {bad}"
            );
        }
        // Of what somebody may not see, a cursor tells nothing either.
        let places = [west.to_string()];
        let of_east = UnitFilter {
            estate: Some(east),
            ..filter.clone()
        };
        let first = list_units(cx, &of_east, &ask(2, None)).await;
        let next = first.unwrap().next;
        let name = format!("高{sort}");
        let elsewhere = hire(cx, &name, ("estate_manager", &places)).await.unwrap();
        let refused = list_units(&elsewhere, &filter, &ask(2, next))
            .await
            .unwrap_err();
        assert_eq!(refused.problem, unknown.problem, "{sort}");
    }
}

#[tokio::test]
async fn a_stranger_sees_nothing_in_any_order() {
    let (town, [east, _]) = town().await;
    for sort in sorts() {
        let everything = UnitFilter {
            sort: Some(sort),
            ..UnitFilter::default()
        };
        assert!(
            all(&town.admin_b, &everything, 2).await.is_empty(),
            "{sort}"
        );
        let theirs = UnitFilter {
            estate: Some(east),
            ..everything
        };
        let refused = list_units(&town.admin_b, &theirs, &ask(2, None)).await;
        assert_eq!(refused.unwrap_err().code(), Code::NotFound, "{sort}");
    }
}
