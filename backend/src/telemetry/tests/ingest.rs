//! What is stored and what follows from it.

use std::collections::BTreeMap;

use domain::{
    devices::DeviceKind,
    telemetry::{Quality, Refusal, Value},
};
use jiff::{SignedDuration, Timestamp};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::SliceRandom};

use super::{Made, Scene, reading, ts};
use crate::{
    devices,
    telemetry::{Batch, Incoming, ingest, open_partitions},
};

const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// Count, sum, least, greatest, last, and the last's time in µs.
type Half = (i32, f64, f64, f64, f64, i64);
/// As stored: point and start of the half hour (s) before them.
type HalfRow = (uuid::Uuid, i64, i32, f64, f64, f64, f64, i64);

#[tokio::test]
async fn stores_all_types_and_tells_what_is_newest() {
    let s = Scene::new().await;
    let door = s.device(DeviceKind::Door, None).await;
    let now = s.town.site.now();
    let arrived = s
        .send(
            &door,
            vec![
                reading("open", now - SECOND, Value::Bool(false)),
                reading("open", now, Value::Bool(true)),
                reading("opened_by", now, Value::Text("访客 A-17".into())),
            ],
        )
        .await;
    let mut told: Vec<_> = arrived
        .iter()
        .map(|a| (a.newest.name.as_str(), a.newest.value.clone()))
        .collect();
    told.sort_by_key(|told| told.0);
    assert_eq!(
        told,
        [
            ("open", Value::Bool(true)),
            ("opened_by", Value::Text("访客 A-17".into()))
        ]
    );
    assert!(
        arrived
            .iter()
            .all(|a| a.estate == door.estate && a.newest.device == door.device)
    );

    let points = devices::points(s.admin(), door.device)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(points[0].value, Some(Value::Bool(true)));
    assert_eq!(points[0].quality, Some(Quality::Good));
    assert_eq!(points[1].ts, Some(now));
    // Switches and texts have no half hours.
    assert_eq!(s.count("SELECT count(*) FROM reading_half_hour").await, 0);
    assert_eq!(s.count("SELECT count(*) FROM reading").await, 3);
}

#[tokio::test]
async fn newest_is_by_ts_and_a_stored_reading_never_changes() {
    let s = Scene::new().await;
    let meter = s.device(DeviceKind::WaterMeter, None).await;
    let now = s.town.site.now();
    let volume = |at, value| vec![reading("volume_m3", at, Value::Number(value))];
    assert_eq!(s.send(&meter, volume(now, 5.0)).await.len(), 1);
    assert_eq!(s.send(&meter, volume(now - SECOND, 4.0)).await, [], "late");
    assert_eq!(
        s.send(&meter, volume(now, 9.0)).await,
        [],
        "another value for a stored time"
    );
    // Finer than a microsecond is the same time.
    let finer = now + SignedDuration::from_nanos(300);
    assert_eq!(s.send(&meter, volume(finer, 9.0)).await, []);
    let value = devices::points(s.admin(), meter.device)
        .await
        .unwrap()
        .unwrap()
        .remove(0)
        .value;
    assert_eq!(value, Some(Value::Number(5.0)));
    let half: (i32, f64, f64) =
        sqlx::query_as("SELECT n, total, last FROM reading_half_hour WHERE high = 5")
            .fetch_one(s.town.db.admin())
            .await
            .unwrap();
    assert!((half.2 - 5.0).abs() < f64::EPSILON);
    assert_eq!(s.count("SELECT count(*) FROM reading").await, 2);
}

#[tokio::test]
async fn the_same_time_twice_in_a_batch_is_one_reading() {
    let s = Scene::new().await;
    let meter = s.device(DeviceKind::WaterMeter, None).await;
    let now = s.town.site.now();
    let twice = vec![
        reading("volume_m3", now, Value::Number(1.0)),
        reading("volume_m3", now, Value::Number(2.0)),
    ];
    let arrived = s.send(&meter, twice).await;
    assert_eq!(arrived.len(), 1);
    assert_eq!(arrived[0].newest.value, Value::Number(2.0));
    assert_eq!(s.count("SELECT n::bigint FROM reading_half_hour").await, 1);
    // And once more, with one that is new: two of the three were there.
    let more = vec![
        reading("volume_m3", now, Value::Number(2.0)),
        reading("volume_m3", now + SECOND, Value::Number(3.0)),
    ];
    s.send(&meter, more).await;
    let shown = devices::device(s.admin(), meter.device).await.unwrap();
    let counted = shown.unwrap().refused.into_iter();
    let counted: Vec<_> = counted.map(|each| (each.reason, each.count)).collect();
    assert_eq!(counted, [(Refusal::Duplicate, 2)]);
}

/// Whatever order, however often, in whatever batches: the half hours and the newest values are
/// those of the distinct readings.
#[tokio::test]
async fn rollups_equal_a_naive_reckoning() {
    let s = Scene::new().await;
    let meters = [
        s.device(DeviceKind::ElectricityMeter, None).await,
        s.device(DeviceKind::WaterMeter, None).await,
    ];
    let mut chance = StdRng::seed_from_u64(20_261_122);
    let now = s.town.site.now();
    let mut sent: Vec<(usize, &str, Timestamp, f64, Quality)> = Vec::new();
    for n in 0..600_u32 {
        let meter = n as usize % 2;
        let name = if meter == 1 {
            "volume_m3"
        } else {
            ["energy_kwh", "power_w"][(n / 2) as usize % 2]
        };
        let at = now - SECOND * chance.random_range(0..20_000);
        let quality = if n % 23 == 0 {
            Quality::Failed
        } else {
            Quality::Good
        };
        // Powers of two add up to the same sum in any order.
        sent.push((meter, name, at, f64::from(n % 64) * 0.5, quality));
    }
    sent.sort_by_key(|r| (r.0, r.1, r.2));
    sent.dedup_by_key(|r| (r.0, r.1, r.2));
    let mut stream: Vec<_> = sent.iter().chain(&sent).copied().collect();
    stream.shuffle(&mut chance);
    for part in stream.chunks(37) {
        let mut batch = Batch::default();
        for (index, name, at, number, quality) in part {
            let mut reading = reading(name, *at, Value::Number(*number));
            reading.quality = *quality;
            let Made { device, estate, .. } = meters[*index];
            batch.items.push(Incoming {
                device,
                estate,
                readings: vec![reading],
            });
        }
        ingest(&s.system, &s.registry, batch).await.unwrap();
    }

    let mut naive: BTreeMap<(uuid::Uuid, i64), Half> = BTreeMap::new();
    let mut newest: BTreeMap<uuid::Uuid, (i64, f64)> = BTreeMap::new();
    for (meter, name, at, number, quality) in &sent {
        let point = meters[*meter].points[usize::from(*name == "power_w")].0;
        let at = at.as_microsecond();
        newest.insert(point, (at, *number));
        if *quality == Quality::Good {
            let slot = at.div_euclid(1_800_000_000) * 1800;
            let half = naive
                .entry((point, slot))
                .or_insert((0, 0.0, f64::MAX, f64::MIN, 0.0, 0));
            *half = (
                half.0 + 1,
                half.1 + number,
                half.2.min(*number),
                half.3.max(*number),
                *number,
                at,
            );
        }
    }
    let rows: Vec<HalfRow> = sqlx::query_as(
        "SELECT point_id, extract(epoch FROM slot)::bigint, n, total, low, high, last,
                (extract(epoch FROM last_ts) * 1000000)::bigint
         FROM reading_half_hour ORDER BY point_id, slot",
    )
    .fetch_all(s.town.db.admin())
    .await
    .unwrap();
    let kept: BTreeMap<_, Half> = rows
        .into_iter()
        .map(|r| ((r.0, r.1), (r.2, r.3, r.4, r.5, r.6, r.7)))
        .collect();
    assert_eq!(kept, naive);
    let rows: Vec<(uuid::Uuid, i64, f64)> = sqlx::query_as(
        "SELECT point_id, (extract(epoch FROM ts) * 1000000)::bigint, num FROM point_newest",
    )
    .fetch_all(s.town.db.admin())
    .await
    .unwrap();
    let kept: BTreeMap<_, _> = rows.into_iter().map(|r| (r.0, (r.1, r.2))).collect();
    assert_eq!(kept, newest);
    assert_eq!(
        s.count("SELECT count(*) FROM reading").await,
        i64::try_from(sent.len()).unwrap()
    );
}

#[tokio::test]
async fn a_thousand_readings_go_in_one_statement() {
    let s = Scene::new().await;
    let meter = s.device(DeviceKind::WaterMeter, None).await;
    let now = s.town.site.now();
    let some = |n: i32| {
        (0..n)
            .map(|i| reading("volume_m3", now - SECOND * i, Value::Number(f64::from(i))))
            .collect()
    };
    s.send(&meter, some(1000)).await;
    assert_eq!(s.count("SELECT count(*) FROM reading").await, 1000);
    // One transaction and one command in it wrote every row.
    let commands = "SELECT count(*) FROM (
        SELECT xmin::text, cmin::text FROM reading UNION SELECT xmin::text, cmin::text FROM point_newest
        UNION SELECT xmin::text, cmin::text FROM reading_half_hour
        UNION SELECT xmin::text, cmin::text FROM device_presence) c";
    assert_eq!(s.count(commands).await, 1);
    // More are several statements and still one commit.
    s.town.site.clock.set(now + SECOND);
    let arrived = s.send(&meter, {
        let at = now + SECOND;
        (0..2500)
            .map(|i| reading("volume_m3", at - SECOND * (3000 + i), Value::Number(1.0)))
            .collect()
    });
    assert_eq!(arrived.await, []);
    assert_eq!(s.count("SELECT count(*) FROM reading").await, 3500);
    assert_eq!(
        s.count("SELECT count(DISTINCT xmin::text) FROM reading")
            .await,
        2
    );
}

#[tokio::test]
async fn two_processes_that_store_the_same_do_not_stop_each_other() {
    let s = Scene::new().await;
    let meters = [
        s.device(DeviceKind::WaterMeter, None).await,
        s.device(DeviceKind::WaterMeter, None).await,
    ];
    let now = s.town.site.now();
    let mut all = Vec::new();
    for turn in 0..20_i32 {
        let mut batch = Batch::default();
        for meter in if turn % 2 == 0 { [0, 1] } else { [1, 0] } {
            let readings = (0..50).map(|i| {
                reading(
                    "volume_m3",
                    now - SECOND * (i + turn / 4),
                    Value::Number(1.0),
                )
            });
            let Made { device, estate, .. } = meters[meter];
            batch.items.push(Incoming {
                device,
                estate,
                readings: readings.collect(),
            });
        }
        all.push(batch);
    }
    let mut running = tokio::task::JoinSet::new();
    let shared = std::sync::Arc::new(crate::telemetry::Registry::default());
    for batch in all {
        let (cx, registry) = (s.system.clone(), shared.clone());
        running.spawn(async move { ingest(&cx, &registry, batch).await.map(|_| ()) });
    }
    while let Some(done) = running.join_next().await {
        done.unwrap().unwrap();
    }
    assert_eq!(s.count("SELECT count(*) FROM reading").await, 108);
    assert_eq!(
        s.count("SELECT sum(n)::bigint FROM reading_half_hour")
            .await,
        108
    );
}

#[tokio::test]
async fn partitions_are_made_ahead_and_once() {
    let s = Scene::new().await;
    assert_eq!(open_partitions(&s.town.site).await.unwrap(), 0);
    let meter = s.device(DeviceKind::WaterMeter, None).await;
    let now = s.town.site.now();
    let edges = [
        now - SignedDuration::from_hours(24 * 400),
        now + SignedDuration::from_hours(24),
    ];
    let readings = edges.map(|at| reading("volume_m3", at, Value::Number(1.0)));
    s.send(&meter, readings.to_vec()).await;
    assert_eq!(s.count("SELECT count(*) FROM reading").await, 2);
    // Two months' partitions are to be made by then, and the end of December is no end of anything.
    s.town.site.clock.set(ts("2026-12-31T15:59:59Z"));
    assert_eq!(open_partitions(&s.town.site).await.unwrap(), 2);
    s.tell(
        &meter,
        "volume_m3",
        &[
            ("2026-12-31T23:59:59.999999Z", 2.0),
            ("2027-01-01T00:00:00Z", 3.0),
        ],
    )
    .await;
    assert_eq!(
        s.count("SELECT count(*) FROM vault.reading_2026_12").await,
        1
    );
    assert_eq!(
        s.count("SELECT count(*) FROM vault.reading_2027_01").await,
        1
    );
    assert_eq!(s.count("SELECT count(*) FROM pg_class WHERE relnamespace = 'vault'::regnamespace AND relkind = 'r' AND NOT (relrowsecurity AND relforcerowsecurity)").await, 0);
}
