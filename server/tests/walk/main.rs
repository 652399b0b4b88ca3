//! The stranger walk: what succeeds as its owner is done again, byte for byte, by everyone who has
//! no business there.
//!
//! Targets are found, not listed: tables from the catalogue, calls from the OpenAPI document and
//! the registry of server functions, pages from the router, topics from the two tables that topics
//! are read by. A target without a recorded call that succeeded as its owner fails the walk.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "these are tests, helpers included"
)]

mod broker;
#[path = "../current/mod.rs"]
mod current;
mod functions;
mod house;
mod http;
mod live;
mod pages;
mod rest;
mod roles;
mod suspended;
mod tables;

use std::{collections::BTreeSet, fmt};

use bridge::{broker::Rules, topic};
use house::{House, Who};
use sqlx::Executor;

/// A stranger got what is not theirs.
#[derive(Debug)]
struct Leak {
    target: String,
    by: Who,
    what: String,
}

impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} by {:?}: {}", self.target, self.by, self.what)
    }
}

/// Holds what was found against what was recorded.
fn complete(kind: &str, found: impl IntoIterator<Item = String>, recorded: BTreeSet<String>) {
    let found: BTreeSet<_> = found.into_iter().collect();
    assert!(!found.is_empty(), "no {kind} was found at all");
    let missing: Vec<_> = found.difference(&recorded).collect();
    assert!(
        missing.is_empty(),
        "{kind} without a call that succeeded as its owner: {missing:#?}"
    );
    let gone: Vec<_> = recorded.difference(&found).collect();
    assert!(
        gone.is_empty(),
        "recorded, and no {kind} any more: {gone:#?}"
    );
}

/// Everything that a stranger got.
async fn walk(house: &House) -> Vec<Leak> {
    let mut record = http::Record::new(house);
    rest::record(&mut record).await;
    functions::record(&mut record).await;
    pages::record(&mut record).await;
    let (calls, ids) = record.done();
    let mut leaks = tables::walk(house).await;
    leaks.extend(http::replay(house, &calls, &ids, http::strangers).await);
    leaks.extend(live::walk(house, &ids).await);
    leaks.extend(broker::walk(house, Rules::OWN).await);
    leaks
}

fn show(leaks: &[Leak]) -> String {
    leaks
        .iter()
        .map(Leak::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_see_nothing_and_change_nothing() {
    let leaks = walk(&House::new().await).await;
    assert!(leaks.is_empty(), "{}", show(&leaks));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_policy_fails_the_walk() {
    let house = House::new().await;
    house
        .town
        .db
        .admin()
        .execute("DROP POLICY tenant_wall ON device; CREATE POLICY tenant_wall ON device TO linli_app USING (true)")
        .await
        .unwrap();
    let leaks = walk(&house).await;
    let through: BTreeSet<_> = leaks.iter().map(|leak| leak.target.as_str()).collect();
    assert!(through.contains("table device"), "{}", show(&leaks));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_check_that_is_taken_out_fails_the_walk() {
    let house = House::new().await;
    let open = Rules {
        publish: |own, name| {
            own.topic(name)
                .or_else(|| topic::parse(name).map(|(_, _, topic)| topic))
        },
        ..Rules::OWN
    };
    let leaks = broker::walk(&house, open).await;
    let published = |leak: &Leak| leak.target == "publish status";
    assert!(leaks.iter().any(published), "{}", show(&leaks));

    let open = Rules {
        subscribe: |_, _| true,
        ..Rules::OWN
    };
    let leaks = broker::walk(&house, open).await;
    for (target, what) in [("subscribe status", "granted"), ("messages", "received")] {
        let found = |leak: &Leak| leak.target == target && leak.what.contains(what);
        assert!(leaks.iter().any(found), "{target}: {}", show(&leaks));
    }
}

/// Whoever may do everything must be found out at every call: the replay can see.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_replay_would_notice() {
    let house = House::new().await;
    let mut record = http::Record::new(&house);
    rest::record(&mut record).await;
    functions::record(&mut record).await;
    let (calls, ids) = record.done();
    let insider = |_: Who| vec![Who::Admin];
    let leaks = http::replay(&house, &calls, &ids, insider).await;
    let noticed: BTreeSet<_> = leaks.iter().map(|leak| leak.target.as_str()).collect();
    let known = [
        http::OPEN.as_slice(),
        http::MAKES_ONES_OWN.as_slice(),
        http::ENDED.as_slice(),
    ]
    .concat();
    for call in calls.iter().filter(|call| call.by == Who::Admin) {
        let target = call.target.as_str();
        assert!(
            known.contains(&target) || noticed.contains(target),
            "{target}"
        );
    }
}
