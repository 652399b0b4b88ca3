//! Raw readings by page, charts and snapshots.

use domain::{
    devices::DeviceKind,
    page::PageAsk,
    telemetry::{Step, Value},
};
use jiff::{SignedDuration, Timestamp};

use super::{Scene, reading, ts};
use crate::telemetry::{readings, snapshot_device, snapshot_estate, steps};

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
async fn days_of_a_switch_reach_as_far_as_its_readings_are_added_up() {
    let s = Scene::new().await;
    let door = s.device(DeviceKind::Door, None).await;
    let said = [
        ("2026-10-01T06:00:00Z", true),
        ("2026-10-25T06:00:00Z", true),
        ("2026-11-22T06:00:00Z", false),
    ];
    s.switch(&door, "open", &said).await;
    let all = PageAsk::default();
    let days = async |n: usize,
                      from: Option<Timestamp>,
                      to: Option<Timestamp>|
           -> Result<Vec<String>, String> {
        let page = steps(s.admin(), door.points[n], Step::Day, (from, to), &all).await;
        let items = page.map(|page| page.unwrap().items);
        let days = items.map(|days| days.iter().map(|day| day.ts.to_string()).collect());
        days.map_err(|error| error.problem.to_string())
    };
    let wanted = ["2026-10-24T16:00:00Z", "2026-11-21T16:00:00Z"];
    assert_eq!(days(0, None, None).await.unwrap(), wanted);
    let to = Some(ts("2026-10-02T00:00:00Z"));
    assert_eq!(days(0, None, to).await.unwrap(), ["2026-09-30T16:00:00Z"]);
    let text = days(1, None, None).await.unwrap();
    assert!(text.is_empty(), "{text:?}");
    let from = Some(s.town.site.now() - SignedDuration::from_hours(31 * 24 + 1));
    let refused = days(0, from, None).await;
    assert_eq!(refused.unwrap_err(), "invalid from=out_of_range");
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
