//! What a roster of the largest size costs.

use std::{
    fmt::Write,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use domain::{estates::UnitFilter, page::PageAsk};
use tracing::{Event, Metadata, Subscriber, span};

use super::{
    tests::{counts, garden, rows, upload},
    *,
};
use crate::{
    estates::{self, list_residents, list_units},
    testing::{Height, Town},
};

/// Counts what is sent to the database on this thread: the library tells of each statement, BEGIN with
/// its scope as one.
#[derive(Clone, Default)]
struct Statements(Arc<AtomicUsize>);

impl Subscriber for Statements {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }

    fn event(&self, _: &Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

fn large() -> String {
    let mut text = String::from("楼栋,单元,房号,建筑面积,业主,手机\n");
    for row in 0..20_000 {
        let (building, entrance, door) = (row / 400 + 1, row / 100 % 4 + 1, row % 100);
        let code = format!("{}{:02}", door / 4 + 1, door % 4 + 1);
        writeln!(
            text,
            "{building}号楼,{entrance}单元,{code},89.37,业主{row},138{row:08}"
        )
        .unwrap();
    }
    text
}

#[tokio::test]
async fn twenty_thousand_rows() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let estate = garden(cx).await;
    let text = large();
    let moved = text.replace("89.37", "90").replace(",138", ",139");
    let rounds = [
        ("new", &text, counts(20_000, 0, 0, 0)),
        ("the same", &text, counts(0, 0, 20_000, 0)),
        ("all changed", &moved, counts(0, 20_000, 0, 0)),
    ];
    let statements = Statements::default();
    let counting = tracing::subscriber::set_default(statements.clone());
    for (what, text, expected) in rounds {
        let (file, before) = (upload(estate, text.clone()), rows(&town).await);
        let (start, height) = (Instant::now(), Height::watch());
        statements.0.store(0, Ordering::Relaxed);
        let import = import_roster(cx, file).await.unwrap();
        let (took, sent) = (start.elapsed(), statements.0.load(Ordering::Relaxed));
        println!("20,000 rows, {what}: {took:?}, {sent} statements, {height}");
        // A plan that loops over all rows for each row takes minutes.
        assert!(took.as_secs() < 45, "{what}");
        assert!((1..=30).contains(&sent), "{what}: {sent} statements");
        assert_eq!(import.counts, expected);
        if expected.same == 20_000 {
            assert_eq!(rows(&town).await, before, "nothing came or went");
        }
    }
    drop(counting);
    // Far into the list, with nobody having counted the rows for the planner.
    let ask = |cursor| PageAsk {
        limit: Some(200),
        cursor,
    };
    let all = UnitFilter::default();
    let mut page = list_units(cx, &all, &ask(None)).await.unwrap();
    let start = Instant::now();
    for _ in 0..20 {
        page = list_units(cx, &all, &ask(page.next)).await.unwrap();
    }
    println!(
        "a page of 200 units among 20,000: {:?}",
        start.elapsed() / 20
    );
    let start = Instant::now();
    list_residents(cx, Some(page.items[0].id), &ask(None))
        .await
        .unwrap();
    list_residents(cx, None, &ask(None)).await.unwrap();
    println!("residents of a unit, and of all: {:?}", start.elapsed());
    assert!(start.elapsed().as_secs() < 10);
    let summary = estates::estate(cx, estate).await.unwrap().unwrap();
    assert_eq!(
        (summary.buildings, summary.units, summary.households),
        (50, 20_000, 20_000)
    );
}
