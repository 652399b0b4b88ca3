use domain::{
    UnitId,
    audit::{Deed, EntryFilter},
    devices::DeviceKind,
    estates::{FieldChange, ImportCounts, ImportState, PossibleSale, RosterField, UnitFilter},
    page::PageAsk,
};

use super::{
    tests::{counts, garden, import, rows, upload},
    *,
};
use crate::{
    devices::{self, tests::form as device_form},
    estates::{earlier_households, find_residents, list_units},
    testing::Town,
};

const HEADER: &str = "building,entrance,unit,area_m2,owner,phone,occupancy";

async fn units(cx: &Cx) -> Vec<(UnitId, String)> {
    let units = list_units(cx, &UnitFilter::default(), &PageAsk::default()).await;
    let units = units.unwrap().items.into_iter();
    units.map(|unit| (unit.id, unit.owners)).collect()
}

/// An estate with 张三 at 101 and 李四 at 102.
async fn sold_to_be() -> (Town, EstateId, Vec<(UnitId, String)>) {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let estate = garden(cx).await;
    let text = format!("{HEADER}\n1号楼,,101,89.37,张三,13800000001,\n1号楼,,102,90,李四,,\n");
    assert_eq!(import(cx, estate, &text).await.counts, counts(2, 0, 0, 0));
    let before = units(cx).await;
    (town, estate, before)
}

fn confirming(estate: EstateId, text: &str, confirmed: &[u32]) -> RosterUpload {
    RosterUpload {
        confirmed: confirmed.iter().copied().collect(),
        ..upload(estate, text)
    }
}

#[tokio::test]
async fn a_confirmed_sale_is_one() {
    let (town, estate, before) = sold_to_be().await;
    let cx = &town.admin_a;
    let home = before[0].0;
    let meter = device_form(DeviceKind::WaterMeter, estate, Some(home));
    devices::register(cx, meter).await.unwrap();
    let text = format!(
        "{HEADER}\n1号楼,,101,89.37,王五、赵六,13800000002,自住\n1号楼,,102,90,李四,,\n1号楼,,103,,,,\n"
    );
    let asked = import(cx, estate, &text).await;
    assert_eq!(asked.state, ImportState::Refused);
    let listed = PossibleSale {
        row: 2,
        unit: home,
        address: "1号楼 101".into(),
        from: "张**".into(),
        to: "王**、赵**".into(),
        confirmed: false,
    };
    assert_eq!(asked.possible_sales.first(), Some(&listed));
    assert_eq!(units(cx).await, before, "nothing of the file was written");

    let confirmed = RosterUpload {
        of: Some(asked.id),
        ..confirming(estate, &text, &[2, 57])
    };
    let done = import_roster(cx, confirmed.clone()).await.unwrap();
    let sold = ImportCounts {
        sales: 1,
        ..counts(1, 0, 1, 0)
    };
    assert_eq!((done.state, done.counts), (ImportState::Done, sold));
    let listed = PossibleSale {
        confirmed: true,
        ..listed
    };
    assert_eq!(done.possible_sales, [listed]);
    assert_eq!(roster_import(cx, done.id).await.unwrap(), Some(done));
    let after = units(cx).await;
    assert_eq!(after[0].1, "王五、赵六");
    let earlier = earlier_households(cx, home).await.unwrap();
    assert_eq!((earlier.len(), &*earlier[0].owners), (1, "张三"));
    let tenures: (i64, i64) = sqlx::query_as(
        "SELECT count(*) FILTER (WHERE to_at IS NULL), count(*) FILTER (WHERE to_at IS NOT NULL) FROM point_tenure",
    )
    .fetch_one(town.db.admin())
    .await
    .unwrap();
    assert!(tenures.0 > 0 && tenures.0 == tenures.1, "{tenures:?}");
    for (who, many) in [("zs", 0), ("ww", 1), ("wangwu", 1), ("zhaoliu", 1)] {
        let found = crate::estates::search(cx, who, &PageAsk::default())
            .await
            .unwrap();
        assert_eq!(found.items.len(), many, "{who}");
    }
    let entries = crate::audit::list(cx, &EntryFilter::default(), &PageAsk::default()).await;
    let deeds: Vec<_> = entries.unwrap().items.into_iter().map(|e| e.deed).collect();
    assert_eq!(
        deeds
            .iter()
            .filter(|deed| **deed == Deed::HomeTransferred)
            .count(),
        1
    );

    // Once more it is no sale any more, and a confirmation of what is none does nothing.
    let again = import_roster(cx, confirmed).await.unwrap();
    assert_eq!(again.counts, counts(0, 0, 3, 0));
    assert_eq!(earlier_households(cx, home).await.unwrap().len(), 1);
}

#[tokio::test]
async fn one_sale_that_nobody_confirmed_stops_them_all() {
    let (town, estate, before) = sold_to_be().await;
    let cx = &town.admin_a;
    let text = format!("{HEADER}\n1号楼,,101,,王五,,\n1号楼,,102,,赵六,,\n");
    let stood = rows(&town).await;
    let half = import_roster(cx, confirming(estate, &text, &[2]))
        .await
        .unwrap();
    assert_eq!(half.state, ImportState::Refused);
    let confirmed: Vec<_> = half
        .possible_sales
        .iter()
        .map(|sale| sale.confirmed)
        .collect();
    assert_eq!(confirmed, [true, false]);
    // A refused row stops a sale that is confirmed, too.
    let text = format!("{HEADER}\n1号楼,,101,,王五,,\n1号楼,,102,x,李四,,\n");
    let refused = import_roster(cx, confirming(estate, &text, &[2]))
        .await
        .unwrap();
    assert_eq!(
        (refused.state, refused.counts.refused),
        (ImportState::Refused, 1)
    );
    // And a dry run writes none.
    let text = format!("{HEADER}\n1号楼,,101,,王五,,\n");
    let dry = RosterUpload {
        dry_run: true,
        ..confirming(estate, &text, &[2])
    };
    assert_eq!(
        import_roster(cx, dry).await.unwrap().state,
        ImportState::Done
    );
    assert_eq!((units(cx).await, rows(&town).await), (before, stood));
}

#[tokio::test]
async fn sales_are_confirmed_of_the_file_that_listed_them() {
    let (town, estate, _) = sold_to_be().await;
    let cx = &town.admin_a;
    let text = format!("{HEADER}\n1号楼,,101,,王五,,\n");
    let asked = import(cx, estate, &text).await;
    let other = format!("{HEADER}\n1号楼,,102,,王五,,\n");
    let swapped = RosterUpload {
        of: Some(asked.id),
        ..confirming(estate, &other, &[2])
    };
    let refused = import_roster(cx, swapped).await.unwrap_err();
    assert_eq!(refused.problem.fields["file"], Flaw::Wrong);
    // Another estate's import, and another company's, list nothing here.
    let far = super::super::create_estate(
        cx,
        domain::estates::EstateForm {
            name: "月亮湾".into(),
        },
    );
    let far = far.await.unwrap().id;
    for (who, estate) in [(cx, far), (&town.admin_b, estate)] {
        let stray = RosterUpload {
            of: Some(asked.id),
            ..confirming(estate, &text, &[2])
        };
        let refused = import_roster(who, stray).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound);
    }
    assert!(
        find_residents(cx, "王五", &PageAsk::default())
            .await
            .unwrap()
            .items
            .is_empty()
    );
}

#[tokio::test]
async fn a_dry_run_says_what_would_change() {
    let (town, estate, _) = sold_to_be().await;
    let cx = &town.admin_a;
    let text = format!(
        "{HEADER}\n1号楼,,101,91,张三,13800000009,自住\n1号楼,,102,90,李四,,\n2号楼,2单元,101,,,,\n"
    );
    let dry = RosterUpload {
        dry_run: true,
        ..upload(estate, text)
    };
    let dry = import_roster(cx, dry).await.unwrap();
    assert_eq!(dry.counts, counts(1, 1, 1, 0));
    let said = |field, from: Option<&str>, to: Option<&str>| FieldChange {
        field,
        from: from.map(str::to_owned),
        to: to.map(str::to_owned),
    };
    assert_eq!(dry.changes.len(), 2);
    assert_eq!(
        dry.changes[0].fields,
        [
            said(RosterField::Area, Some("89.37"), Some("91.00")),
            said(RosterField::Occupancy, None, Some("lived_in")),
            said(RosterField::Phone, None, None),
        ]
    );
    assert!(dry.changes[1].new && dry.changes[1].address == "2号楼 2单元 101");
    // What is kept says neither names nor numbers.
    let kept: String = sqlx::query_scalar(
        "SELECT string_agg(changes::text || possible_sales::text, '') FROM roster_import",
    )
    .fetch_one(town.db.admin())
    .await
    .unwrap();
    assert!(
        !kept.contains("张三") && !kept.contains("1380000"),
        "{kept}"
    );
    let listed = list_imports(cx, estate, &PageAsk::default()).await.unwrap();
    assert!(listed.items.iter().all(|import| import.changes.is_empty()));
}
