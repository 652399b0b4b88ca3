//! Registers that pass their end. Now is 2026-11-22 14:30 in Shanghai; the day began at 16:00Z.

use domain::{
    devices::{DeviceForm, DeviceKind, NewPoint, ValidRange, ValueType},
    page::PageAsk,
    telemetry::Step,
};

use super::{Made, Scene, form, ts};
use crate::{
    devices::instruments::{instruments, withdraw_replacement},
    telemetry::{energy, home_meters, steps},
};

const M3: &str = "volume_m3";

/// A water meter of five digits and a decimal, which the first home has had since before all that it says.
async fn five_digits(s: &Scene) -> Made {
    let register = NewPoint {
        name: M3.to_owned(),
        unit: "m³".to_owned(),
        value_type: ValueType::Number,
        range: ValidRange {
            min: Some(0.0),
            max: Some(99_999.9),
        },
    };
    let form = DeviceForm {
        points: vec![register],
        ..form(DeviceKind::WaterMeter, s.place.estate, Some(s.place.unit))
    };
    let now = s.town.site.now();
    s.town.site.clock.set(ts("2026-11-10T00:00:00Z"));
    let meter = s.made(form).await;
    s.town.site.clock.set(now);
    meter
}

async fn used(s: &Scene, meter: &Made, step: Step) -> Vec<f64> {
    let span = (Some(ts("2026-11-20T16:00:00Z")), None);
    let page = steps(s.admin(), meter.points[0], step, span, &PageAsk::default()).await;
    let items = page.unwrap().unwrap().items.into_iter();
    // To the litre: registers are not exact in binary.
    items
        .filter_map(|summary| summary.used)
        .map(|used| (used * 1e3).round() / 1e3)
        .collect()
}

async fn on_record(s: &Scene, meter: &Made) -> Vec<domain::devices::instruments::Instrument> {
    let page = instruments(s.admin(), meter.device, &PageAsk::default()).await;
    page.unwrap().unwrap().items
}

#[tokio::test]
async fn consumption_goes_on_over_the_end() {
    let s = Scene::new().await;
    let meter = five_digits(&s).await;
    s.tell(&meter, M3, &[("2026-11-21T15:00:00Z", 99_998.5)])
        .await;
    assert!(on_record(&s, &meter).await.is_empty());
    // Nobody spoke while it passed; what comes then is told again, and once more in one message.
    let after = [("2026-11-22T01:00:00Z", 0.3), ("2026-11-22T03:00:00Z", 2.0)];
    s.tell(&meter, M3, &after).await;
    s.tell(&meter, M3, &after[..1]).await;
    let record = on_record(&s, &meter).await;
    let [turned] = &record[..] else {
        panic!("{record:?}");
    };
    assert!(turned.turned);
    assert_eq!(turned.last_register, Some(100_000.0));
    assert_eq!(turned.since, ts("2026-11-22T01:00:00Z"));
    assert_eq!(used(&s, &meter, Step::Day).await, [3.5]);
    assert_eq!(used(&s, &meter, Step::Hour).await, [1.8, 1.7]);
    assert_eq!(used(&s, &meter, Step::Minute).await, [1.8, 1.7]);
    let board = energy(s.admin(), s.place.estate).await.unwrap().unwrap();
    let today = board[0].whole.today.unwrap();
    assert!((today - 3.5).abs() < 1e-6, "{today}");
    let owner = s.town.owner_of(s.admin(), s.place.household).await;
    let home = home_meters(&owner, s.place.household).await.unwrap();
    let days = home.unwrap().remove(0).days;
    let today = days.last().and_then(|day| day.1).unwrap();
    assert!((today - 3.5).abs() < 1e-6, "{today}");
}

#[tokio::test]
async fn what_only_went_back_did_not_pass_its_end() {
    let s = Scene::new().await;
    let meter = five_digits(&s).await;
    let plain = s.device(DeviceKind::WaterMeter, Some(s.place.unit)).await;
    for (meter, said) in [
        // Set back in the middle of its range; late, behind what was read already; of no known range.
        (
            &meter,
            [
                ("2026-11-22T01:00:00Z", 50_000.0),
                ("2026-11-22T02:00:00Z", 0.3),
            ],
        ),
        (
            &meter,
            [
                ("2026-11-22T04:00:00Z", 99_999.0),
                ("2026-11-22T03:00:00Z", 0.4),
            ],
        ),
        (
            &plain,
            [
                ("2026-11-22T01:00:00Z", 99_999.0),
                ("2026-11-22T02:00:00Z", 0.3),
            ],
        ),
    ] {
        s.tell(meter, M3, &said).await;
        assert!(on_record(&s, meter).await.is_empty(), "{said:?}");
    }
}

/// A fault that looked like the end is taken back like any replacement.
#[tokio::test]
async fn it_is_taken_back_like_a_replacement() {
    let s = Scene::new().await;
    let meter = five_digits(&s).await;
    let said = [
        ("2026-11-22T01:00:00Z", 99_999.0),
        ("2026-11-22T02:00:00Z", 1.0),
    ];
    s.tell(&meter, M3, &said).await;
    assert_eq!(used(&s, &meter, Step::Day).await, [2.0]);
    let turned = on_record(&s, &meter).await.remove(0);
    withdraw_replacement(s.admin(), turned.id).await.unwrap();
    assert_eq!(used(&s, &meter, Step::Day).await, [0.0]);
}
