use domain::telemetry::{Newest, Quality, Value};
use jiff::Timestamp;
use uuid::Uuid;

use super::*;

const ESTATE: EstateId = EstateId(Uuid::from_u128(1));
const TENANT: TenantId = TenantId(Uuid::from_u128(2));
const OTHER: TenantId = TenantId(Uuid::from_u128(3));

fn arrived(point: u128, second: i64) -> Arrived {
    let newest = Newest {
        point: PointId(Uuid::from_u128(point)),
        device: DeviceId(Uuid::from_u128(9)),
        name: "power_w".to_owned(),
        ts: Timestamp::from_second(second).unwrap(),
        value: Value::Number(1.5),
        quality: Quality::Good,
    };
    Arrived {
        estate: ESTATE,
        newest,
    }
}

fn subscribe(hub: &Hub, source: Source) -> (Subscription, Arc<Notify>) {
    let bell = Arc::new(Notify::new());
    (
        hub.subscribe(TENANT, &[source].into(), Arc::clone(&bell)),
        bell,
    )
}

fn seconds(subscription: &mut Subscription) -> Vec<(u128, i64)> {
    match subscription.take() {
        Taken::Values(items) => items
            .iter()
            .map(|item| (item.point.0.as_u128(), item.age.ts.as_second()))
            .collect(),
        Taken::Nothing => Vec::new(),
        Taken::Overflown => panic!("overflown"),
    }
}

#[test]
fn the_newest_value_of_each_point_waits() {
    let hub = Hub::default();
    let (mut all, _bell) = subscribe(&hub, Source::Estate(ESTATE));
    let (mut one, _bell) = subscribe(&hub, Source::Point(PointId(Uuid::from_u128(7))));
    hub.publish(
        TENANT,
        &[
            arrived(7, 10),
            arrived(8, 10),
            arrived(7, 12),
            arrived(7, 11),
        ],
    );
    assert_eq!(seconds(&mut all), [(8, 10), (7, 12)]);
    assert_eq!(seconds(&mut one), [(7, 12)]);
    assert!(!all.is_waiting());
    hub.publish(TENANT, &[arrived(7, 12), arrived(7, 5)]);
    assert_eq!(seconds(&mut all), [], "no step back, and nothing twice");
}

#[test]
fn another_tenants_values_are_not_heard() {
    let hub = Hub::default();
    let (mut all, _bell) = subscribe(&hub, Source::Estate(ESTATE));
    hub.publish(OTHER, &[arrived(7, 10)]);
    assert_eq!(all.take(), Taken::Nothing);
}

#[test]
fn a_snapshot_comes_before_what_is_newer_only() {
    let hub = Hub::default();
    let (mut all, _bell) = subscribe(&hub, Source::Estate(ESTATE));
    hub.publish(TENANT, &[arrived(7, 10), arrived(8, 10), arrived(9, 10)]);
    let snapshot = [arrived(7, 10), arrived(8, 9), arrived(9, 11)];
    let items = snapshot
        .iter()
        .filter_map(|arrived| Item::of(&arrived.newest))
        .collect();
    assert_eq!(all.seen(items).len(), 3);
    assert_eq!(seconds(&mut all), [(8, 10)]);
}

#[test]
fn memory_is_bounded_and_an_overflow_is_said() {
    let hub = Hub::bounded(3);
    let (mut all, _bell) = subscribe(&hub, Source::Estate(ESTATE));
    for second in 0..1_000 {
        hub.publish(
            TENANT,
            &[arrived(1, second), arrived(2, second), arrived(3, second)],
        );
        let held = all.following[&Source::Estate(ESTATE)].tape.len();
        assert!(held < 2 * 3 + 16, "{held} values of three points");
    }
    assert_eq!(seconds(&mut all), [(1, 999), (2, 999), (3, 999)]);
    hub.publish(
        TENANT,
        &[
            arrived(1, 1_000),
            arrived(2, 1_000),
            arrived(3, 1_000),
            arrived(4, 1),
        ],
    );
    assert_eq!(all.take(), Taken::Overflown);
}

#[test]
fn each_reads_from_its_own_place() {
    let hub = Hub::default();
    let (mut early, _bell) = subscribe(&hub, Source::Estate(ESTATE));
    hub.publish(TENANT, &[arrived(1, 1), arrived(2, 1)]);
    let (mut late, _bell) = subscribe(&hub, Source::Estate(ESTATE));
    assert!(!late.is_waiting(), "the snapshot has it");
    assert_eq!(seconds(&mut early), [(1, 1), (2, 1)]);
    hub.publish(TENANT, &[arrived(1, 2)]);
    assert_eq!(seconds(&mut early), [(1, 2)]);
    hub.publish(TENANT, &[arrived(2, 2), arrived(3, 2), arrived(1, 3)]);
    assert_eq!(seconds(&mut early), [(2, 2), (3, 2), (1, 3)]);
    assert_eq!(seconds(&mut late), [(2, 2), (3, 2), (1, 3)]);
    assert_eq!(hub.listeners(), 2);
    drop(early);
    hub.publish(TENANT, &[arrived(1, 4)]);
    assert_eq!(seconds(&mut late), [(1, 4)]);
}

#[test]
fn what_is_no_longer_followed_is_not_heard_and_what_is_again_is_heard_once() {
    let hub = Hub::default();
    let [one, two] = [1, 2].map(|point| Source::Point(PointId(Uuid::from_u128(point))));
    let (mut home, _bell) = subscribe(&hub, one);
    hub.publish(TENANT, &[arrived(1, 1)]);
    home.listen_to(&[two].into());
    assert!(!home.is_waiting());
    hub.publish(TENANT, &[arrived(1, 2), arrived(2, 2)]);
    assert_eq!(seconds(&mut home), [(2, 2)]);
    home.listen_to(&[one, two].into());
    for second in 3..6 {
        hub.publish(TENANT, &[arrived(1, second), arrived(2, second)]);
        assert_eq!(seconds(&mut home), [(1, second), (2, second)]);
    }
}

/// Its own clock was wrong, and a device's past came first as the future.
#[test]
fn a_value_from_the_future_does_not_silence_its_point() {
    let hub = Hub::default();
    let (_keeps_the_tape, _bell) = subscribe(&hub, Source::Estate(ESTATE));
    hub.publish(TENANT, &[arrived(1, 1_000_000)]);
    let (mut later, _bell) = subscribe(&hub, Source::Estate(ESTATE));
    hub.publish(TENANT, &[arrived(1, 999_999)]);
    assert_eq!(seconds(&mut later), []);
    hub.publish(TENANT, &[arrived(1, 1_000)]);
    assert_eq!(seconds(&mut later), [(1, 1_000)]);
}

#[tokio::test]
async fn the_bell_rings_when_the_first_value_comes() {
    let hub = Hub::default();
    let (all, bell) = subscribe(&hub, Source::Estate(ESTATE));
    hub.publish(TENANT, &[arrived(7, 10), arrived(8, 10)]);
    bell.notified().await;
    assert!(all.is_waiting());
}

#[test]
fn nothing_is_left_behind() {
    let hub = Hub::default();
    let (mut all, _bell) = subscribe(&hub, Source::Estate(ESTATE));
    let points = [1, 2, 3].map(|n| Source::Point(PointId(Uuid::from_u128(n))));
    all.listen_to(&points.into());
    assert_eq!(hub.listeners(), 3);
    all.keep_only(&[PointId(Uuid::from_u128(1))].into());
    drop(all);
    assert_eq!(hub.listeners(), 0);
    assert!(hub.0.tenants.read().unwrap().is_empty());
}

#[test]
fn a_value_that_cannot_be_read_again_is_news_and_a_better_one_is_too() {
    let hub = Hub::default();
    let (mut all, _bell) = subscribe(&hub, Source::Estate(ESTATE));
    hub.publish(TENANT, &[arrived(7, 10)]);
    assert_eq!(seconds(&mut all), [(7, 10)]);
    let mut failed = arrived(7, 10);
    failed.newest.quality = Quality::Failed;
    hub.publish(TENANT, &[failed.clone(), arrived(7, 10)]);
    assert_eq!(seconds(&mut all), [(7, 10)], "once: it fails");
    hub.publish(TENANT, &[failed, arrived(7, 10)]);
    assert_eq!(seconds(&mut all), [], "it still does");
    hub.publish(TENANT, &[arrived(7, 11)]);
    assert_eq!(seconds(&mut all), [(7, 11)]);
}

#[test]
fn everybody_starts_over() {
    let hub = Hub::default();
    assert!(!hub.hears(TENANT));
    let (mut all, _bell) = subscribe(&hub, Source::Estate(ESTATE));
    assert!(hub.hears(TENANT) && !hub.hears(OTHER));
    hub.start_over(Some(OTHER));
    assert_eq!(all.take(), Taken::Nothing);
    hub.start_over(None);
    assert_eq!(all.take(), Taken::Overflown);
}
