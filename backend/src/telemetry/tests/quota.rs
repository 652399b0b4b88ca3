//! How much a company stores in a day, and that a suspended one stores nothing.

use std::collections::BTreeMap;

use domain::{
    Code, DeviceId,
    devices::DeviceKind,
    telemetry::{Reading, Refusal, Value},
};
use jiff::{SignedDuration, Timestamp};

use super::{Made, Scene, reading};
use crate::{
    devices,
    kernel::cx::Cx,
    telemetry::{Batch, ingest},
    tenancy,
};

const SECOND: SignedDuration = SignedDuration::from_secs(1);

async fn allow(s: &Scene, readings: i64) {
    sqlx::query("UPDATE plan SET readings_a_day = $1 WHERE code = 'trial'")
        .bind(readings)
        .execute(s.town.db.admin())
        .await
        .unwrap();
}

async fn refused(cx: &Cx, device: DeviceId) -> BTreeMap<&'static str, i64> {
    let shown = devices::device(cx, device).await.unwrap().unwrap();
    let counts = shown.refused.into_iter();
    counts
        .map(|count| (count.reason.as_str(), count.count))
        .collect()
}

fn some(from: Timestamp, count: i32) -> Vec<Reading> {
    (0..count)
        .map(|n| reading("power_w", from + SECOND * n, Value::Number(f64::from(n))))
        .collect()
}

async fn days(s: &Scene) -> Vec<(String, i64)> {
    sqlx::query_as("SELECT day::text, readings FROM usage_day ORDER BY day")
        .fetch_all(s.town.db.admin())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_day_has_room_for_so_many_readings() {
    let s = Scene::new().await;
    let meter = s.device(DeviceKind::ElectricityMeter, None).await;
    let now = s.town.site.now();
    allow(&s, 5).await;
    s.send(&meter, some(now, 3)).await;
    // Sent again they are the same readings, and cost nothing.
    s.send(&meter, some(now, 3)).await;
    assert_eq!(days(&s).await, [("2026-11-22".to_owned(), 3)]);

    let arrived = s.send(&meter, some(now + SECOND * 10, 5)).await;
    assert_eq!(
        arrived[0].newest.ts,
        now + SECOND * 11,
        "the last that was stored"
    );
    assert_eq!(refused(s.admin(), meter.device).await["over_quota"], 3);
    assert_eq!(s.count("SELECT count(*) FROM reading").await, 5);
    assert_eq!(s.count("SELECT sum(n) FROM reading_half_hour").await, 5);
    s.send(&meter, some(now + SECOND * 20, 4)).await;
    assert_eq!(refused(s.admin(), meter.device).await["over_quota"], 7);
    assert_eq!(days(&s).await, [("2026-11-22".to_owned(), 5)]);
    let tally = s.registry.take_tally();
    assert_eq!(tally.taken, 3 + 2);
    assert_eq!(tally.refused[&Refusal::Duplicate], 3);
    assert_eq!(refused(s.admin(), meter.device).await["duplicate"], 3);
    let usage = tenancy::company(s.admin()).await.unwrap().usage;
    assert_eq!((usage.readings.used, usage.readings.most), (5, 5));

    // Another company has its own, and tomorrow is another day.
    let mut theirs = s.town.system(&s.town.admin_b);
    theirs.tenant.zone = jiff::tz::TimeZone::UTC;
    let other = super::settle(&s.town.admin_b, "阳光花园").await;
    let form = super::form(DeviceKind::ElectricityMeter, other.estate, None);
    let made = devices::register(&s.town.admin_b, form).await.unwrap();
    let there = Made {
        device: made.id,
        estate: other.estate,
        points: Vec::new(),
    };
    ingest(&theirs, &s.registry, there.batch(some(now, 2)))
        .await
        .unwrap();
    assert!(refused(&s.town.admin_b, made.id).await.is_empty());
    s.town.site.clock.set(now + SignedDuration::from_hours(10));
    s.send(&meter, some(now + SECOND * 30, 1)).await;
    assert_eq!(s.count("SELECT count(*) FROM reading").await, 5 + 2 + 1);
}

#[tokio::test]
async fn a_day_is_the_companys_own() {
    let s = Scene::new().await;
    let meter = s.device(DeviceKind::ElectricityMeter, None).await;
    // 14:30 in Shanghai is still the evening before in Los Angeles.
    sqlx::query("UPDATE tenant SET time_zone = 'America/Los_Angeles' WHERE slug = 'anju'")
        .execute(s.town.db.admin())
        .await
        .unwrap();
    s.send(&meter, some(s.town.site.now(), 2)).await;
    assert_eq!(days(&s).await, [("2026-11-21".to_owned(), 2)]);
}

#[tokio::test]
async fn a_long_message_is_cut_where_the_day_ends() {
    let s = Scene::new().await;
    let meter = s.device(DeviceKind::ElectricityMeter, None).await;
    allow(&s, 1_500).await;
    s.send(&meter, some(s.town.site.now() - SECOND * 2_500, 2_500))
        .await;
    assert_eq!(s.count("SELECT count(*) FROM reading").await, 1_500);
    assert_eq!(days(&s).await, [("2026-11-22".to_owned(), 1_500)]);
    assert_eq!(refused(s.admin(), meter.device).await["over_quota"], 1_000);
}

#[tokio::test]
async fn a_suspended_company_stores_nothing_whoever_is_connected() {
    let s = Scene::new().await;
    let meter = s.device(DeviceKind::ElectricityMeter, None).await;
    let now = s.town.site.now();
    s.send(&meter, some(now, 1)).await;
    sqlx::query("UPDATE tenant SET state = 'suspended' WHERE slug = 'anju'")
        .execute(s.town.db.admin())
        .await
        .unwrap();
    let heard = Batch {
        presence: vec![(meter.device, now + SECOND, Some(true))],
        refusals: vec![(meter.device, domain::telemetry::Refusal::Malformed, 1)],
        ..Batch::default()
    };
    // Its context says that it is not: a connection outlives many changes.
    assert!(!s.system.tenant.suspended);
    for batch in [meter.batch(some(now + SECOND, 2)), heard] {
        let refusal = ingest(&s.system, &s.registry, batch).await.unwrap_err();
        assert_eq!(refusal.code(), Code::Suspended);
    }
    assert_eq!(s.count("SELECT count(*) FROM reading").await, 1);
    assert_eq!(s.count("SELECT count(*) FROM refusal").await, 0);
    assert_eq!(
        s.count("SELECT count(*) FROM device_presence WHERE said_offline")
            .await,
        0
    );
    sqlx::query("UPDATE tenant SET state = 'trial' WHERE slug = 'anju'")
        .execute(s.town.db.admin())
        .await
        .unwrap();
    s.send(&meter, some(now + SECOND, 2)).await;
    assert_eq!(s.count("SELECT count(*) FROM reading").await, 3);
}
