//! Consumption over meters that were replaced: what was really used, whenever it is told of and in
//! whatever order.

use domain::{
    PointId,
    devices::{DeviceKind, instruments::ReplacementForm},
    page::PageAsk,
    telemetry::{Step, Value},
};
use jiff::{SignedDuration, Timestamp};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};

use super::{Made, Scene, reading, ts};
use crate::{
    devices::instruments::{replace_meter, withdraw_replacement},
    telemetry::{dashboard, home_meters, steps},
};

const M3: &str = "volume_m3";
const KWH: &str = "energy_kwh";

/// All that was used, step by step and page by page.
async fn used(s: &Scene, point: PointId, step: Step, from: Timestamp) -> f64 {
    let mut ask = PageAsk {
        cursor: None,
        limit: Some(7),
    };
    let mut sum = 0.0;
    loop {
        let page = steps(s.admin(), point, step, (Some(from), None), &ask).await;
        let page = page.unwrap().unwrap();
        for summary in &page.items {
            let used = summary.used.unwrap_or_default();
            assert!(used >= 0.0, "{summary:?}");
            sum += used;
        }
        ask.cursor = page.next;
        if ask.cursor.is_none() {
            return sum;
        }
    }
}

fn replacement(at: &str, last: &str, first: &str) -> ReplacementForm {
    ReplacementForm {
        at: at.to_owned(),
        serial: "20261122-1".to_owned(),
        last_register: last.to_owned(),
        first_register: first.to_owned(),
        ..ReplacementForm::default()
    }
}

/// Something that happens so many seconds after the one before, when the register has gone on by so
/// many thousandths.
#[derive(Debug, Clone)]
struct Happening {
    after_s: i64,
    went: u32,
}

/// A meter's life: what is read, where it is replaced, and in which order Linli hears of it.
#[derive(Debug, Clone)]
struct Life {
    happenings: Vec<Happening>,
    /// Before which happening, by what, beginning where.
    replaced: Vec<(usize, Happening, u32, u32)>,
    /// The order in which readings arrive.
    order: Vec<usize>,
    /// After how many readings each replacement is put on record.
    told_after: Vec<usize>,
}

fn happening() -> impl Strategy<Value = Happening> {
    (1_i64..5_400, 0_u32..5_000).prop_map(|(after_s, went)| Happening { after_s, went })
}

fn lives() -> impl Strategy<Value = Life> {
    (2_usize..30).prop_flat_map(|n| {
        let replaced = (
            1..n,
            happening(),
            prop::sample::select(vec![1_u32, 5, 30]),
            0_u32..900,
        );
        (
            prop::collection::vec(happening(), n),
            prop::collection::vec(replaced, 0..3),
            Just((0..n).collect::<Vec<_>>()).prop_shuffle(),
            prop::collection::vec(0..=n, 2),
        )
            .prop_map(|(happenings, mut replaced, order, mut told_after)| {
                replaced.sort_by_key(|each| each.0);
                told_after.sort_unstable();
                Life {
                    happenings,
                    replaced,
                    order,
                    told_after,
                }
            })
    })
}

/// What Linli is told of a life, each reading with what was really used since the first of them.
struct Told {
    readings: Vec<(Timestamp, f64, f64)>,
    replacements: Vec<ReplacementForm>,
}

impl Told {
    /// What was really used from the first reading to the last.
    fn really(&self) -> f64 {
        self.readings.last().unwrap().2
    }

    /// The same from the last reading of the first half hour on: within it half hours know no reading
    /// before.
    fn really_by_half_hours(&self) -> f64 {
        let slot = |ts: Timestamp| ts.as_second().div_euclid(1800);
        let first = slot(self.readings[0].0);
        let inside = self
            .readings
            .iter()
            .rev()
            .find(|read| slot(read.0) == first);
        self.really() - inside.unwrap().2
    }
}

fn thousandths(register: u32) -> f64 {
    f64::from(register) / 1000.0
}

fn live(life: &Life, start: Timestamp) -> Told {
    let written = |register: u32| format!("{}.{:03}", register / 1000, register % 1000);
    let (mut at, mut register, mut ratio, mut really) = (start, 5_000_000_u32, 1_u32, 0.0);
    let (mut readings, mut replacements) = (Vec::new(), Vec::new());
    for (n, what) in life.happenings.iter().enumerate() {
        for (_, what, new_ratio, first) in life.replaced.iter().filter(|each| each.0 == n) {
            at += SignedDuration::from_secs(what.after_s);
            register += what.went;
            really += thousandths(what.went) * f64::from(ratio);
            let last = written(register);
            // The second begins higher than any of them ever stood.
            register = first
                + if replacements.is_empty() {
                    0
                } else {
                    9_000_000
                };
            ratio = *new_ratio;
            replacements.push(ReplacementForm {
                ratio: ratio.to_string(),
                ..replacement(&at.to_string(), &last, &written(register))
            });
        }
        at += SignedDuration::from_secs(what.after_s);
        register += what.went;
        if n > 0 {
            really += thousandths(what.went) * f64::from(ratio);
        }
        readings.push((at, thousandths(register), really));
    }
    Told {
        readings,
        replacements,
    }
}

/// Whatever is used, whenever meters are replaced and whatever they begin at: the steps come to what
/// was really used, in whatever order readings arrive and replacements are put on record.
#[tokio::test]
async fn steps_come_to_what_was_really_used() {
    let s = Scene::new().await;
    let (now, home) = (s.town.site.now(), s.place.household);
    let start = now - SignedDuration::from_hours(60);
    let owner = s.town.owner_of(s.admin(), home).await;
    let mut runner = TestRunner::deterministic();
    for case in 0..Config::default().cases.min(40) {
        let life = lives().new_tree(&mut runner).unwrap().current();
        // The household has had it since before.
        s.town.site.clock.set(start - SignedDuration::from_hours(1));
        let meter = s
            .device(DeviceKind::ElectricityMeter, Some(s.place.unit))
            .await;
        s.town.site.clock.set(now);
        let told = live(&life, start);
        let mut records = told.replacements.iter().zip(&life.told_after).peekable();
        for arrived in 0..=life.order.len() {
            while let Some((form, _)) = records.next_if(|(_, after)| **after <= arrived) {
                let done = replace_meter(s.admin(), meter.device, form.clone()).await;
                done.unwrap_or_else(|error| panic!("{case}: {error} {life:#?}"));
            }
            if let Some(next) = life.order.get(arrived) {
                let (at, register, _) = told.readings[*next];
                s.send(&meter, vec![reading(KWH, at, Value::Number(register))])
                    .await;
            }
        }
        let point = meter.points[0];
        let halves = told.really_by_half_hours();
        for (step, really) in [
            (Step::Minute, told.really()),
            (Step::Hour, halves),
            (Step::Day, halves),
        ] {
            let sum = used(&s, point, step, start).await;
            let off = (sum - really).abs();
            assert!(off < 1e-6, "{case}: {step:?} {sum} {really} {life:#?}");
        }
        let meters = home_meters(&owner, home).await.unwrap().unwrap();
        let mine = meters.iter().find(|each| each.point == point).unwrap();
        let sum: f64 = mine.days.iter().filter_map(|day| day.1).sum();
        let off = (sum - halves).abs();
        assert!(off < 1e-6, "{case}: at home {sum} {halves} {life:#?}");
    }
}

/// A water meter of the home that was replaced at 02:10, half an hour after 301.
async fn replaced(s: &Scene) -> Made {
    let meter = s.device(DeviceKind::WaterMeter, Some(s.place.unit)).await;
    s.tell(
        &meter,
        M3,
        &[
            ("2026-11-21T15:00:00Z", 300.0),
            ("2026-11-22T01:40:00Z", 301.0),
            ("2026-11-22T02:20:00Z", 5.5),
            ("2026-11-22T05:00:00Z", 6.0),
        ],
    )
    .await;
    let form = replacement("2026-11-22T02:10:00Z", "301.25", "5");
    replace_meter(s.admin(), meter.device, form).await.unwrap();
    meter
}

async fn water(s: &Scene) -> Option<f64> {
    let shown = dashboard(s.admin(), s.place.estate).await.unwrap().unwrap();
    shown.water_today_m3
}

#[tokio::test]
async fn a_dashboard_goes_on_over_a_replacement() {
    let s = Scene::new().await;
    let meter = replaced(&s).await;
    // Before midnight 300; then 1.25 of the old, and 1 of the new.
    assert_eq!(water(&s).await, Some(2.25));
    // Late ones change nothing but when it was used: the old one's last hour, and the new one's first.
    s.tell(
        &meter,
        M3,
        &[
            ("2026-11-22T02:09:59Z", 301.25),
            ("2026-11-22T02:10:00Z", 5.0),
        ],
    )
    .await;
    assert_eq!(water(&s).await, Some(2.25));
    let hours = steps(
        s.admin(),
        meter.points[0],
        Step::Hour,
        (Some(ts("2026-11-22T01:00:00Z")), None),
        &PageAsk::default(),
    )
    .await
    .unwrap()
    .unwrap();
    let hours: Vec<_> = hours
        .items
        .iter()
        .map(|hour| (hour.last, hour.used))
        .collect();
    // The register is shown as it was read.
    assert_eq!(
        hours,
        [(301.0, Some(1.0)), (5.5, Some(0.75)), (6.0, Some(0.5))]
    );
}

/// Nothing to count from: the half hour of the replacement counts from the new one's first at most.
#[tokio::test]
async fn a_first_day_with_a_replacement_invents_nothing() {
    let s = Scene::new().await;
    let meter = s.device(DeviceKind::WaterMeter, Some(s.place.unit)).await;
    s.tell(
        &meter,
        M3,
        &[
            ("2026-11-22T02:01:00Z", 50.0),
            ("2026-11-22T02:20:00Z", 5001.0),
            ("2026-11-22T03:00:00Z", 5002.0),
        ],
    )
    .await;
    let form = replacement("2026-11-22T02:10:00Z", "50.5", "5000");
    replace_meter(s.admin(), meter.device, form).await.unwrap();
    assert_eq!(water(&s).await, Some(2.0));
}

/// What nobody put on record stays a step back that counts as nothing.
#[tokio::test]
async fn a_register_that_began_again_counts_as_before() {
    let s = Scene::new().await;
    let meter = replaced(&s).await;
    s.tell(
        &meter,
        M3,
        &[("2026-11-22T05:30:00Z", 0.0), ("2026-11-22T06:00:00Z", 0.5)],
    )
    .await;
    assert_eq!(water(&s).await, Some(2.75));
}

/// The ratio counts from its own moment on, and what is behind the transformers is not the register.
#[tokio::test]
async fn a_ratio_multiplies_from_its_own_moment_on() {
    let s = Scene::new().await;
    let meter = s
        .device(DeviceKind::ElectricityMeter, Some(s.place.unit))
        .await;
    s.tell(
        &meter,
        KWH,
        &[
            ("2026-11-21T15:00:00Z", 100.0),
            ("2026-11-22T02:00:00Z", 101.0),
            ("2026-11-22T05:00:00Z", 103.0),
        ],
    )
    .await;
    // The same instrument, whose transformers were forgotten until three o'clock.
    let form = ReplacementForm {
        ratio: "30".to_owned(),
        ..replacement("2026-11-22T03:00:00Z", "102", "102")
    };
    replace_meter(s.admin(), meter.device, form).await.unwrap();
    let shown = dashboard(s.admin(), s.place.estate).await.unwrap().unwrap();
    assert_eq!(shown.energy_today_kwh, Some(1.0 + 1.0 + 30.0));
}

#[tokio::test]
async fn a_slip_that_is_taken_back_counts_for_nothing() {
    let s = Scene::new().await;
    let meter = s.device(DeviceKind::WaterMeter, None).await;
    let said = [
        ("2026-11-22T01:00:00Z", 100.0),
        ("2026-11-22T03:00:00Z", 1.0),
        ("2026-11-22T05:00:00Z", 4.0),
    ];
    s.tell(&meter, M3, &said).await;
    let from = ts("2026-11-22T00:00:00Z");
    let point = meter.points[0];
    // 190 for 109: eighty cubic metres that nobody used.
    let slip = replacement("2026-11-22T02:00:00Z", "190", "0");
    let slip = replace_meter(s.admin(), meter.device, slip).await.unwrap();
    let counted = used(&s, point, Step::Hour, from).await;
    assert!((counted - 94.0).abs() < 1e-9, "{counted}");
    let back = withdraw_replacement(s.admin(), slip).await.unwrap();
    assert_eq!(back, meter.device);
    let right = replacement("2026-11-22T02:00:00Z", "109", "0");
    replace_meter(s.admin(), meter.device, right).await.unwrap();
    let counted = used(&s, point, Step::Hour, from).await;
    assert!((counted - 13.0).abs() < 1e-9, "{counted}");
    let stored = s.count("SELECT count(*) FROM reading").await;
    assert_eq!(stored, 3, "nothing that was read is changed");
}
