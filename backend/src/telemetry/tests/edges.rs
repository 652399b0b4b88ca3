//! Registers that are read at the very moment in which one span ends and the next begins. Now is
//! 2026-11-22 14:30 in Shanghai, where the day begins at 16:00Z.

use domain::{
    PointId,
    devices::{DeviceKind, instruments::ReplacementForm},
    page::PageAsk,
    telemetry::{Step, Value},
};
use jiff::SignedDuration;

use super::{Made, Scene, reading, ts};
use crate::{
    devices::instruments::replace_meter,
    telemetry::{dashboard, energy, home_meters, steps},
};

const M3: &str = "volume_m3";

/// A water meter of the home, which its household has had since before all that it says.
async fn meter(s: &Scene) -> Made {
    let now = s.town.site.now();
    s.town.site.clock.set(ts("2026-11-10T00:00:00Z"));
    let meter = s.device(DeviceKind::WaterMeter, Some(s.place.unit)).await;
    s.town.site.clock.set(now);
    meter
}

/// What was used step by step, a page of three after the other.
async fn used(s: &Scene, point: PointId, step: Step, from: &str) -> Vec<(String, Option<f64>)> {
    let mut ask = PageAsk {
        cursor: None,
        limit: Some(3),
    };
    let mut all = Vec::new();
    loop {
        let page = steps(s.admin(), point, step, (Some(ts(from)), None), &ask).await;
        let page = page.unwrap().unwrap();
        let items = page.items.iter();
        all.extend(items.map(|summary| (summary.ts.to_string(), summary.used)));
        ask.cursor = page.next;
        if ask.cursor.is_none() {
            return all;
        }
    }
}

fn row(at: &str, used: Option<f64>) -> (String, Option<f64>) {
    (at.to_owned(), used)
}

/// 日冻结: all that such a meter says of a day is its register at the midnight that ends it.
#[tokio::test]
async fn a_register_frozen_at_midnight_tells_the_day_that_ended() {
    let s = Scene::new().await;
    let meter = meter(&s).await;
    let frozen = [
        ("2026-11-17T16:00:00Z", 100.0),
        ("2026-11-18T16:00:00Z", 101.0),
        // Nothing of the 20th: what was used in both days is told on the day of return.
        ("2026-11-20T16:00:00Z", 104.0),
        ("2026-11-21T16:00:00Z", 108.0),
    ];
    s.tell(&meter, M3, &frozen).await;
    let days = used(&s, meter.points[0], Step::Day, "2026-11-17T16:00:00Z").await;
    let wanted = [
        row("2026-11-17T16:00:00Z", Some(1.0)),
        row("2026-11-18T16:00:00Z", None),
        row("2026-11-20T16:00:00Z", Some(7.0)),
        row("2026-11-21T16:00:00Z", None),
    ];
    assert_eq!(days, wanted);

    // Nothing was told of today.
    let shown = dashboard(s.admin(), s.place.estate).await.unwrap().unwrap();
    assert_eq!(shown.water_today_m3, None);
    let water = energy(s.admin(), s.place.estate).await.unwrap().unwrap();
    let days = &water[0].days;
    assert_eq!((days[13].1, days[14].1), (Some(4.0), Some(0.0)));

    let owner = s.town.owner_of(s.admin(), s.place.household).await;
    let home = home_meters(&owner, s.place.household).await.unwrap();
    let days = home.unwrap()[0].days.clone();
    let last: Vec<_> = days[25..].iter().map(|day| day.1).collect();
    // At home it falls on the day that the return ended.
    assert_eq!(last, [Some(1.0), None, Some(3.0), Some(4.0), None]);
}

/// Six readings an hour, at :00, :10 and so on, in whatever order they come: each hour used what lies
/// between its two ends, and so did each half of it.
#[tokio::test]
async fn an_hour_used_what_lies_between_its_ends() {
    let s = Scene::new().await;
    let meter = meter(&s).await;
    let start = ts("2026-11-21T12:00:00Z");
    let at = |n: u32| start + SignedDuration::from_mins(i64::from(n) * 10);
    let mut register = 40.0;
    let registers: Vec<f64> = (0..=72_u32)
        .map(|n| {
            register += f64::from(n * 37 % 11);
            register
        })
        .collect();
    // Every fifth first, then the others, the newest before the oldest.
    let mut order: Vec<u32> = (0..=72).collect();
    order.sort_by_key(|n| (n % 5 != 0, 72 - n));
    for some in order.chunks(7) {
        let said = some.iter().map(|n| {
            let register = registers[usize::try_from(*n).unwrap()];
            reading(M3, at(*n), Value::Number(register))
        });
        s.send(&meter, said.collect()).await;
    }
    let hours = used(&s, meter.points[0], Step::Hour, "2026-11-21T12:00:00Z").await;
    assert_eq!(hours.len(), 13);
    for (hour, (begun, used)) in hours[..12].iter().enumerate() {
        let really = registers[hour * 6 + 6] - registers[hour * 6];
        // The first has nothing before it: it is known from its first half hour's last reading on.
        let known = if hour == 0 {
            registers[2] - registers[0]
        } else {
            0.0
        };
        assert_eq!(*used, Some(really - known), "{begun}");
    }
    // The reading that closed the hour before is all that this one has.
    assert_eq!(hours[12].1, None);
    let minutes = used(&s, meter.points[0], Step::Minute, "2026-11-21T12:00:00Z").await;
    let sum: f64 = minutes.iter().filter_map(|minute| minute.1).sum();
    assert!((sum - (registers[72] - registers[0])).abs() < 1e-9, "{sum}");
}

/// The new meter is read in the very moment in which it begins to hang there, at midnight.
#[tokio::test]
async fn a_replacement_at_midnight_counts_on() {
    let s = Scene::new().await;
    let meter = meter(&s).await;
    let midnight = "2026-11-20T16:00:00Z";
    s.tell(&meter, M3, &[("2026-11-19T16:00:00Z", 300.0)]).await;
    let form = ReplacementForm {
        at: midnight.to_owned(),
        serial: "2".to_owned(),
        last_register: "302".to_owned(),
        first_register: "5".to_owned(),
        ..ReplacementForm::default()
    };
    replace_meter(s.admin(), meter.device, form).await.unwrap();
    s.tell(
        &meter,
        M3,
        &[(midnight, 5.0), ("2026-11-21T16:00:00Z", 8.5)],
    )
    .await;
    let days = used(&s, meter.points[0], Step::Day, "2026-11-19T16:00:00Z").await;
    let wanted = [
        row("2026-11-19T16:00:00Z", Some(2.0)),
        row(midnight, Some(3.5)),
        row("2026-11-21T16:00:00Z", None),
    ];
    assert_eq!(days, wanted);
    let water = energy(s.admin(), s.place.estate).await.unwrap().unwrap();
    let days = &water[0].days;
    assert_eq!((days[12].1, days[13].1), (Some(2.0), Some(3.5)));
}

#[tokio::test]
async fn what_opens_a_half_hour_is_kept_and_late_ones_do_not_lose_it() {
    let s = Scene::new().await;
    let meter = meter(&s).await;
    let opened = async || -> Vec<(f64, Option<f64>)> {
        sqlx::query_as("SELECT last, opened FROM reading_half_hour ORDER BY slot")
            .fetch_all(s.town.db.admin())
            .await
            .unwrap()
    };
    let volume = |when: &str, number| reading(M3, ts(when), Value::Number(number));
    s.send(&meter, vec![volume("2026-11-22T02:10:00Z", 2.0)])
        .await;
    assert_eq!(opened().await, [(2.0, None)]);
    s.send(&meter, vec![volume("2026-11-22T02:00:00Z", 1.0)])
        .await;
    assert_eq!(opened().await, [(2.0, Some(1.0))]);
    s.send(&meter, vec![volume("2026-11-22T02:20:00Z", 3.0)])
        .await;
    assert_eq!(opened().await, [(3.0, Some(1.0))]);
}
