use domain::{
    estates::{ImportState, RosterColumn},
    page::PageAsk,
};

use super::{
    tests::{counts, garden, rows, upload},
    *,
};
use crate::{estates::list_units, testing::Town};

const TEXT: &str = "栋号码,室,面积数,客户\n1号楼,101,89.37,张三\n1号楼,102,90,李四\n";

fn choice(pairs: &[(&str, &str)]) -> ColumnChoice {
    ColumnChoice::read(pairs.iter().copied()).unwrap()
}

const NAMED: [(&str, &str); 4] = [
    ("栋号码", "building"),
    ("室", "unit"),
    ("面积数", "area_m2"),
    ("客户", "ignore"),
];

#[tokio::test]
async fn columns_are_asked_about_said_and_remembered() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let estate = garden(cx).await;
    // A program is refused; a page is asked.
    let refused = import_roster(cx, upload(estate, TEXT)).await.unwrap_err();
    assert_eq!(refused.problem.fields["file"], Flaw::Unknown);
    let asking = RosterUpload {
        asks: true,
        ..upload(estate, TEXT)
    };
    let asked = import_roster(cx, asking).await.unwrap();
    assert_eq!(
        (asked.state, asked.counts),
        (ImportState::Refused, counts(0, 0, 0, 0))
    );
    assert_eq!(asked.lacks(), RosterColumn::NEEDED);
    let samples: Vec<_> = asked.columns.iter().map(|c| c.sample.as_str()).collect();
    assert_eq!(samples, ["1号楼", "101", "89.37", "张*"]);
    assert_eq!(rows(&town).await, 0);
    assert_eq!(
        roster_import(cx, asked.id).await.unwrap().as_ref(),
        Some(&asked)
    );

    // Said, of the very file.
    let said = |text: &str, pairs: &[(&str, &str)]| RosterUpload {
        of: Some(asked.id),
        columns: choice(pairs),
        asks: true,
        ..upload(estate, text)
    };
    let other = import_roster(cx, said("栋号码,室\n9,9\n", &NAMED)).await;
    assert_eq!(other.unwrap_err().problem.fields["file"], Flaw::Wrong);
    let short = import_roster(cx, said(TEXT, &NAMED[..1]))
        .await
        .unwrap_err();
    let flaws: Vec<_> = short.problem.fields.into_iter().collect();
    assert_eq!(flaws, [("columns.unit".to_owned(), Flaw::Required)]);
    assert_eq!(rows(&town).await, 0);
    let done = import_roster(cx, said(TEXT, &NAMED)).await.unwrap();
    assert_eq!(
        (done.state, done.counts),
        (ImportState::Done, counts(2, 0, 0, 0))
    );
    let units = list_units(
        cx,
        &domain::estates::UnitFilter::default(),
        &PageAsk::default(),
    )
    .await
    .unwrap();
    assert_eq!(units.items[0].area.unwrap().0, 8937);

    // Next month's file is understood, however its headers are spaced, by a program too.
    let next = "栋 号码, 室 ,客户\n1号楼,101,张三\n1号楼,103,王五\n";
    let again = import_roster(cx, upload(estate, next)).await.unwrap();
    assert_eq!(again.counts, counts(1, 0, 1, 0));
    assert_eq!(again.ignored_columns, ["客户"]);
    // What is said now counts before what was; and the last word stays.
    let owners = RosterUpload {
        columns: choice(&[("客户", "owner")]),
        ..upload(estate, next)
    };
    let owned = import_roster(cx, owners).await.unwrap();
    assert_eq!(owned.counts, counts(0, 2, 0, 0));
    let again = import_roster(cx, upload(estate, next)).await.unwrap();
    assert_eq!(again.counts, counts(0, 0, 2, 0));
    assert!(again.ignored_columns.is_empty());
}

#[tokio::test]
async fn what_one_company_says_of_columns_is_nothing_to_another() {
    let town = Town::new().await;
    let (ours, theirs) = (garden(&town.admin_a).await, garden(&town.admin_b).await);
    let said = RosterUpload {
        dry_run: true,
        columns: choice(&NAMED),
        ..upload(ours, TEXT)
    };
    import_roster(&town.admin_a, said.clone()).await.unwrap();
    import_roster(&town.admin_a, upload(ours, TEXT))
        .await
        .unwrap();
    let refused = import_roster(&town.admin_b, upload(theirs, TEXT)).await;
    assert_eq!(refused.unwrap_err().problem.fields["file"], Flaw::Unknown);
    let stranger = import_roster(&town.admin_b, said).await.unwrap_err();
    assert_eq!(stranger.code(), Code::NotFound);
}

#[tokio::test]
async fn what_is_no_header_is_not_kept() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let estate = garden(cx).await;
    // No header: the first row is somebody's.
    let bare = RosterUpload {
        asks: true,
        ..upload(estate, "1号楼,101,张三,13800000001\n")
    };
    let refused = import_roster(cx, bare).await.unwrap_err();
    assert_eq!(refused.problem.fields["file"], Flaw::Unknown);
    // A header that the file has not is not remembered, and one with a number in it neither.
    let pairs = [
        ("栋号码", "building"),
        ("室", "unit"),
        ("没有这一列", "owner"),
        ("13800000001", "ignore"),
    ];
    let odd = RosterUpload {
        columns: choice(&pairs),
        ..upload(estate, "栋号码,室,13800000001\n1号楼,101,\n")
    };
    import_roster(cx, odd).await.unwrap();
    let kept: Vec<String> = sqlx::query_scalar("SELECT header FROM roster_column ORDER BY field")
        .fetch_all(town.db.admin())
        .await
        .unwrap();
    assert_eq!(kept, ["栋号码", "室"]);
}
