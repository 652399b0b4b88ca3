//! What is refused and counted, who is heard, and whose devices are whose.

use std::collections::BTreeMap;

use domain::{
    Code,
    devices::{DeviceFilter, DeviceKind, DeviceState},
    page::PageAsk,
    telemetry::{Refusal, Value},
};
use jiff::{SignedDuration, Timestamp};

use super::{Scene, reading, ts};
use crate::{
    devices,
    telemetry::{Batch, Incoming, ingest},
};

const SECOND: SignedDuration = SignedDuration::from_secs(1);

#[tokio::test]
async fn refusals_are_counted_by_reason_and_the_good_part_is_kept() {
    let s = Scene::new().await;
    let meter = s.device(DeviceKind::ElectricityMeter, None).await;
    let door = s.device(DeviceKind::Door, None).await;
    let now = s.town.site.now();
    let hours = SignedDuration::from_hours;
    let number = Value::Number(1.0);
    let mut batch = meter.batch(vec![
        reading("power_w", now, number.clone()),
        reading("volts", now, number.clone()),
        reading("volts", now - SECOND, number.clone()),
        reading("power_w", now, Value::Text("one".into())),
        reading("power_w", now - SECOND, Value::Bool(true)),
        reading("power_w", now, Value::Number(f64::NAN)),
        reading("power_w", now, Value::Number(f64::MAX)),
        reading("power_w", now + hours(25), number.clone()),
        reading("power_w", now - hours(24 * 401), number),
    ]);
    batch.items.push(Incoming {
        device: door.device,
        estate: door.estate,
        readings: vec![
            reading("opened_by", now, Value::Text("长".repeat(257))),
            reading("opened_by", now, Value::Text("a\0b".into())),
        ],
    });
    batch.refusals = vec![
        (meter.device, Refusal::Malformed, 3),
        (meter.device, Refusal::ForeignTopic, 1),
    ];
    let arrived = ingest(&s.system, &s.registry, batch.clone()).await.unwrap();
    assert_eq!(arrived.len(), 1);

    let refused = async |device| -> BTreeMap<&'static str, i64> {
        let shown = devices::device(s.admin(), device).await.unwrap().unwrap();
        shown
            .refused
            .into_iter()
            .map(|count| (count.reason.as_str(), count.count))
            .collect()
    };
    let expected = [
        ("foreign_topic", 1),
        ("future", 1),
        ("malformed", 3),
        ("not_finite", 2),
        ("too_old", 1),
        ("unknown_point", 2),
        ("wrong_type", 2),
    ];
    assert_eq!(refused(meter.device).await, BTreeMap::from(expected));
    assert_eq!(
        refused(door.device).await,
        BTreeMap::from([("malformed", 1), ("too_long", 1)])
    );
    ingest(&s.system, &s.registry, batch).await.unwrap();
    assert_eq!(refused(meter.device).await["malformed"], 6);
    let row = devices::list(s.admin(), &DeviceFilter::default(), &PageAsk::default())
        .await
        .unwrap()
        .items
        .into_iter()
        .find(|row| row.id == meter.device)
        .unwrap();
    assert_eq!(row.refused, 24);
    assert_eq!(s.count("SELECT count(*) FROM reading").await, 1);
}

#[tokio::test]
async fn points_that_come_later_are_found_within_a_minute() {
    let s = Scene::new().await;
    let meter = s.device(DeviceKind::WaterMeter, None).await;
    let now = s.town.site.now();
    s.tell(&meter, "volume_m3", &[("2026-11-22T06:00:00Z", 1.0)])
        .await;
    sqlx::query(
        "INSERT INTO point (tenant_id, id, device_id, estate_id, name, unit, value_type, place)
         SELECT tenant_id, gen_random_uuid(), device_id, estate_id, 'flow', '', 'number', 1 FROM point",
    )
    .execute(s.town.db.admin())
    .await
    .unwrap();
    s.tell(&meter, "flow", &[("2026-11-22T06:00:00Z", 1.0)])
        .await;
    assert_eq!(s.count("SELECT count(*) FROM reading").await, 1);
    s.town.site.clock.set(now + SignedDuration::from_secs(60));
    s.tell(&meter, "flow", &[("2026-11-22T06:00:00Z", 1.0)])
        .await;
    assert_eq!(s.count("SELECT count(*) FROM reading").await, 2);
    assert_eq!(s.count("SELECT count FROM refusal").await, 1);
}

#[tokio::test]
async fn foreign_devices_and_other_actors() {
    let s = Scene::new().await;
    let meter = s.device(DeviceKind::WaterMeter, None).await;
    let batch = || {
        let mut batch = meter.batch(vec![reading(
            "volume_m3",
            ts("2026-11-22T06:00:00Z"),
            Value::Number(1.0),
        )]);
        batch.presence = vec![(meter.device, s.town.site.now(), Some(true))];
        batch.refusals = vec![(meter.device, Refusal::Malformed, 1)];
        batch
    };
    // Another company's context knows no such device, and nothing of it is stored.
    let other = s.town.system(&s.town.admin_b);
    assert_eq!(ingest(&other, &s.registry, batch()).await.unwrap(), []);
    for table in [
        "SELECT count(*) FROM reading",
        "SELECT count(*) FROM refusal",
        "SELECT count(*) FROM device_presence",
    ] {
        assert_eq!(s.count(table).await, 0, "{table}");
    }
    assert_eq!(
        ingest(s.admin(), &s.registry, batch())
            .await
            .unwrap_err()
            .code(),
        Code::Forbidden
    );
    assert_eq!(
        ingest(&s.system, &s.registry, Batch::default())
            .await
            .unwrap(),
        []
    );
    assert_eq!(
        ingest(&s.system, &s.registry, batch()).await.unwrap().len(),
        1
    );
}

#[tokio::test]
async fn who_was_heard() {
    let s = Scene::new().await;
    let meter = s.device(DeviceKind::WaterMeter, None).await;
    let now = s.town.site.now();
    let state = async || {
        devices::device(s.admin(), meter.device)
            .await
            .unwrap()
            .unwrap()
            .state
    };
    let say = async |at: Timestamp, said: Option<bool>| {
        let batch = Batch {
            presence: vec![(meter.device, at, said)],
            ..Batch::default()
        };
        ingest(&s.system, &s.registry, batch).await.unwrap();
    };
    assert_eq!(state().await, DeviceState::Waiting);
    say(now, Some(false)).await;
    assert_eq!(state().await, DeviceState::Online);
    say(now + SECOND, Some(true)).await;
    assert_eq!(state().await, DeviceState::Offline);
    say(now, Some(false)).await;
    assert_eq!(
        state().await,
        DeviceState::Offline,
        "an earlier word that came later"
    );
    say(now + SECOND * 2, None).await;
    assert_eq!(state().await, DeviceState::Online);
    s.town
        .site
        .clock
        .set(now + SECOND * 2 + SignedDuration::from_mins(5));
    // It speaks every two seconds.
    assert_eq!(state().await, DeviceState::Stale);
    // Readings are a word too, even refused ones.
    s.send(&meter, vec![reading("nothing", now, Value::Bool(true))])
        .await;
    assert_eq!(state().await, DeviceState::Online);
    // Readings and the will of one connection in one batch.
    let mut batch = meter.batch(vec![reading("volume_m3", now, Value::Number(1.0))]);
    batch.presence = vec![
        (meter.device, s.town.site.now(), None),
        (meter.device, s.town.site.now(), Some(true)),
    ];
    ingest(&s.system, &s.registry, batch).await.unwrap();
    assert_eq!(state().await, DeviceState::Offline);
}
