//! Raw readings by page, charts and snapshots.

use domain::{
    devices::DeviceKind,
    page::PageAsk,
    telemetry::{Quality, Value},
};
use jiff::{SignedDuration, Timestamp};

use super::{Scene, reading, ts};
use crate::telemetry::{readings, series, snapshot_device, snapshot_estate};

#[tokio::test]
async fn pages_of_raw_readings() {
    let s = Scene::new().await;
    let lift = s.device(DeviceKind::Lift, None).await;
    let start = ts("2026-11-22T05:00:00.000001Z");
    let at = |n: i64| start + SignedDuration::from_secs(n);
    s.send(
        &lift,
        (0..25)
            .map(|n| {
                reading(
                    "floor",
                    at(n),
                    Value::Number(f64::from(i32::try_from(n).unwrap())),
                )
            })
            .collect(),
    )
    .await;
    let floor = lift.points[0];
    let mut seen: Vec<f64> = Vec::new();
    let mut ask = PageAsk {
        cursor: None,
        limit: Some(10),
    };
    loop {
        let page = readings(s.admin(), floor, None, None, &ask)
            .await
            .unwrap()
            .unwrap();
        seen.extend(page.items.iter().filter_map(|sample| sample.value.number()));
        ask.cursor = page.next;
        if ask.cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, (0..25).map(f64::from).collect::<Vec<_>>());

    let page = readings(
        s.admin(),
        floor,
        Some(at(3)),
        Some(at(5)),
        &PageAsk::default(),
    )
    .await
    .unwrap()
    .unwrap();
    let times: Vec<Timestamp> = page.items.iter().map(|sample| sample.ts).collect();
    assert_eq!(times, [at(3), at(4)], "from on, and before to");

    let bad = PageAsk {
        cursor: Some("yesterday".into()),
        limit: None,
    };
    assert_eq!(
        readings(s.admin(), floor, None, None, &bad)
            .await
            .unwrap_err()
            .problem
            .to_string(),
        "invalid cursor=malformed"
    );
    // Times that Postgres cannot reckon with.
    let page = readings(
        s.admin(),
        floor,
        Some(Timestamp::MIN),
        Some(Timestamp::MAX),
        &PageAsk::default(),
    )
    .await;
    assert_eq!(page.unwrap().unwrap().items.len(), 25);
}

#[tokio::test]
async fn charts_of_readings_and_of_half_hours() {
    let s = Scene::new().await;
    let pump = s.device(DeviceKind::Pump, None).await;
    let start = ts("2026-11-22T00:00:00Z");
    let at = |minutes: i64| start + SignedDuration::from_mins(minutes);
    let mut sent = Vec::new();
    for minute in [0, 1, 10, 11, 40] {
        sent.push(reading(
            "pressure_mpa",
            at(minute),
            Value::Number(f64::from(i32::try_from(minute).unwrap())),
        ));
        sent.push(reading("running", at(minute), Value::Bool(minute % 2 == 1)));
    }
    let mut failed = reading("pressure_mpa", at(2), Value::Number(99.0));
    failed.quality = Quality::Failed;
    sent.push(failed);
    s.send(&pump, sent).await;
    let chart = async |point: usize, to: i64, slots: u32| -> Vec<(i64, f64)> {
        let made = series(s.admin(), pump.points[point], start, at(to), slots)
            .await
            .unwrap()
            .unwrap();
        made.iter()
            .map(|slot| (slot.ts.duration_since(start).as_mins(), slot.value))
            .collect()
    };
    assert_eq!(chart(1, 60, 6).await, [(0, 0.5), (10, 10.5), (40, 40.0)]);
    assert_eq!(chart(0, 60, 6).await, [(0, 0.5), (10, 0.5), (40, 0.0)]);
    // A day in 20 slots is 72 minutes each, rounded up to half hours.
    assert_eq!(chart(1, 1440, 20).await, [(0, 62.0 / 5.0)]);
    assert_eq!(chart(1, 1440, 48).await, [(0, 5.5), (30, 40.0)]);
    assert_eq!(
        chart(0, 1440, 48).await,
        [(0, 0.5), (30, 0.0)],
        "switches have no half hours, and a chart all the same"
    );

    let flaw = async |to: Timestamp, slots: u32| {
        series(s.admin(), pump.points[1], start, to, slots)
            .await
            .unwrap_err()
            .problem
            .to_string()
    };
    assert_eq!(flaw(start, 10).await, "invalid to=out_of_range");
    assert_eq!(flaw(at(60), 0).await, "invalid slots=out_of_range");
    assert_eq!(flaw(at(60), 2001).await, "invalid slots=out_of_range");
    let door = s.device(DeviceKind::Door, None).await;
    let text = series(
        s.admin(),
        door.points[1],
        Timestamp::MIN,
        Timestamp::MAX,
        10,
    )
    .await
    .unwrap()
    .unwrap();
    assert!(text.is_empty());
    let whole = series(
        s.admin(),
        pump.points[1],
        Timestamp::MIN,
        Timestamp::MAX,
        10,
    )
    .await
    .unwrap()
    .unwrap();
    assert_eq!(whole.len(), 1);
}

#[tokio::test]
async fn snapshots() {
    let s = Scene::new().await;
    let door = s.device(DeviceKind::Door, None).await;
    let meter = s.device(DeviceKind::WaterMeter, None).await;
    assert_eq!(
        snapshot_estate(s.admin(), door.estate).await.unwrap(),
        Some(vec![])
    );
    let now = s.town.site.now();
    s.send(&door, vec![reading("open", now, Value::Bool(true))])
        .await;
    s.send(&meter, vec![reading("volume_m3", now, Value::Number(2.5))])
        .await;
    let all = snapshot_estate(s.admin(), door.estate)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(all.len(), 2);
    let one = snapshot_device(s.admin(), door.device)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(one.len(), 1);
    assert_eq!(
        (one[0].name.as_str(), &one[0].value, one[0].ts),
        ("open", &Value::Bool(true), now)
    );
    assert!(all.contains(&one[0]));
}
