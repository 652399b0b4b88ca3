//! The dashboard and a home's meters on small sets whose figures are known. The tenants' zone is
//! Asia/Shanghai: their midnight is 16:00 UTC of the day before.

use domain::{
    devices::{DeviceKind, DeviceState},
    telemetry::Dashboard,
};
use jiff::{SignedDuration, Timestamp};

use super::{Scene, ts};
use crate::{
    devices::tests::build,
    telemetry::{dashboard, home_meters, home_months, open_partitions},
};

const KWH: &str = "energy_kwh";
const W: &str = "power_w";
const M3: &str = "volume_m3";

async fn shown(s: &Scene) -> Dashboard {
    dashboard(s.admin(), s.place.estate).await.unwrap().unwrap()
}

fn slots(slots: &[domain::telemetry::Slot]) -> Vec<(String, f64)> {
    slots
        .iter()
        .map(|slot| (slot.ts.to_string(), slot.value))
        .collect()
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one estate, told from top to bottom")]
async fn a_known_estate() {
    // Now is 2026-11-22 14:30 in Shanghai; the day began at 16:00Z on the 21st.
    let s = Scene::new().await;
    let (unit_2, _) = build(s.admin(), s.place.estate, "2号楼", "201").await;
    let (unit_10, _) = build(s.admin(), s.place.estate, "10号楼", "1001").await;
    let one = s
        .device(DeviceKind::ElectricityMeter, Some(s.place.unit))
        .await;
    let two = s.device(DeviceKind::ElectricityMeter, Some(unit_2)).await;
    let main = s.device(DeviceKind::ElectricityMeter, None).await;
    let water = s.device(DeviceKind::WaterMeter, Some(unit_2)).await;
    let replaced = s.device(DeviceKind::WaterMeter, Some(unit_10)).await;
    let fresh = s.device(DeviceKind::WaterMeter, Some(s.place.unit)).await;
    let empty = shown(&s).await;
    assert_eq!((empty.households, empty.devices, empty.online), (3, 6, 0));
    assert_eq!(
        (empty.power_w, empty.water_today_m3, empty.energy_today_kwh),
        (None, None, None)
    );

    s.tell(
        &one,
        W,
        &[
            ("2026-11-14T16:05:00Z", 400.0),
            ("2026-11-15T15:59:00Z", 500.0),
            ("2026-11-15T16:00:00Z", 999.0),
            ("2026-11-21T15:59:00Z", 999.0),
            ("2026-11-21T16:00:00Z", 100.0),
            ("2026-11-21T16:20:00Z", 200.0),
            ("2026-11-22T06:29:00Z", 300.0),
        ],
    )
    .await;
    s.tell(
        &two,
        W,
        &[
            ("2026-11-21T16:10:00Z", 50.0),
            ("2026-11-22T06:14:00Z", 70.0),
        ],
    )
    .await;
    s.tell(&main, W, &[("2026-11-22T06:29:00Z", 10_000.0)])
        .await;
    s.tell(
        &one,
        KWH,
        &[
            ("2026-11-21T15:59:59Z", 1000.0),
            ("2026-11-21T16:00:01Z", 1000.5),
            ("2026-11-22T06:29:00Z", 1004.0),
        ],
    )
    .await;
    s.tell(
        &main,
        KWH,
        &[
            ("2026-11-21T15:00:00Z", 0.0),
            ("2026-11-22T06:00:00Z", 5000.0),
        ],
    )
    .await;
    s.tell(
        &water,
        M3,
        &[
            ("2026-11-21T02:00:00Z", 20.0),
            ("2026-11-22T02:00:00Z", 20.75),
        ],
    )
    .await;
    s.tell(
        &replaced,
        M3,
        &[
            ("2026-11-21T15:00:00Z", 300.0),
            ("2026-11-21T18:00:00Z", 301.0),
            ("2026-11-22T01:00:00Z", 0.0),
            ("2026-11-22T05:00:00Z", 0.5),
        ],
    )
    .await;
    // No register from before midnight: counted from the first of today.
    s.tell(
        &fresh,
        M3,
        &[
            ("2026-11-10T00:00:00Z", 1.0),
            ("2026-11-22T03:00:00Z", 7.0),
            ("2026-11-22T03:10:00Z", 7.25),
        ],
    )
    .await;

    let figures = shown(&s).await;
    assert_eq!(figures.estate_name, "阳光花园");
    assert_eq!(figures.day_start, ts("2026-11-21T16:00:00Z"));
    assert_eq!(figures.day_end, ts("2026-11-22T16:00:00Z"));
    assert_eq!(figures.online, 6);
    // The second's newest power is 16 minutes old, and the estate's own meter would count twice.
    assert_eq!(figures.power_w, Some(300.0));
    assert_eq!(figures.energy_today_kwh, Some(4.0));
    assert_eq!(figures.water_today_m3, Some(0.75 + 1.5 + 0.25));
    assert_eq!(
        figures.water_by_building,
        [
            ("1号楼".into(), 0.25),
            ("2号楼".into(), 0.75),
            ("10号楼".into(), 1.5)
        ]
    );
    assert_eq!(
        slots(&figures.power_today),
        [
            ("2026-11-21T16:00:00Z".to_owned(), 200.0),
            ("2026-11-22T06:00:00Z".to_owned(), 370.0),
        ]
    );
    assert_eq!(
        slots(&figures.power_week_ago),
        [
            ("2026-11-14T16:00:00Z".to_owned(), 400.0),
            ("2026-11-15T15:30:00Z".to_owned(), 500.0),
        ]
    );
    assert_eq!(figures.recent.len(), 6);
    assert!(
        figures
            .recent
            .iter()
            .all(|row| row.state == DeviceState::Online)
    );

    // Silent meters leave the sum.
    s.town
        .site
        .clock
        .set(s.town.site.now() + SignedDuration::from_mins(20));
    let later = shown(&s).await;
    assert_eq!((later.power_w, later.online), (None, 0));
}

#[tokio::test]
async fn an_estate_whose_only_meter_is_its_own() {
    let s = Scene::new().await;
    let main = s.device(DeviceKind::ElectricityMeter, None).await;
    s.tell(&main, W, &[("2026-11-22T06:29:00Z", 10_000.0)])
        .await;
    s.tell(
        &main,
        KWH,
        &[
            ("2026-11-22T06:01:00Z", 10.0),
            ("2026-11-22T06:29:00Z", 15.0),
        ],
    )
    .await;
    let figures = shown(&s).await;
    assert_eq!(figures.power_w, Some(10_000.0));
    assert_eq!(figures.energy_today_kwh, Some(5.0));
    assert_eq!(figures.power_today.len(), 1);
    assert_eq!(figures.water_by_building, []);
}

#[tokio::test]
async fn midnight_of_the_new_year() {
    let s = Scene::new().await;
    let meter = s
        .device(DeviceKind::ElectricityMeter, Some(s.place.unit))
        .await;
    // 2026-12-31 23:59:30 in Shanghai, then 2027-01-01 00:10.
    s.town.site.clock.set(ts("2026-12-31T15:59:30Z"));
    open_partitions(&s.town.site).await.unwrap();
    s.tell(
        &meter,
        KWH,
        &[
            ("2026-12-30T15:59:00Z", 90.0),
            ("2026-12-31T15:59:00Z", 100.0),
        ],
    )
    .await;
    s.tell(&meter, W, &[("2026-12-31T15:59:00Z", 800.0)]).await;
    let old = shown(&s).await;
    assert_eq!(old.day_start, ts("2026-12-30T16:00:00Z"));
    assert_eq!(old.energy_today_kwh, Some(10.0));
    assert_eq!(old.power_today.len(), 1);

    s.town.site.clock.set(ts("2026-12-31T16:10:00Z"));
    s.tell(&meter, KWH, &[("2026-12-31T16:05:00Z", 101.0)])
        .await;
    s.tell(&meter, W, &[("2026-12-31T16:05:00Z", 600.0)]).await;
    let new = shown(&s).await;
    assert_eq!(
        (new.day_start, new.day_end),
        (ts("2026-12-31T16:00:00Z"), ts("2027-01-01T16:00:00Z"))
    );
    assert_eq!(new.energy_today_kwh, Some(1.0));
    assert_eq!(
        slots(&new.power_today),
        [("2026-12-31T16:00:00Z".to_owned(), 600.0)]
    );
    assert_eq!(new.power_w, Some(600.0));

    let home = s.place.household;
    let owner = s.town.owner_of(s.admin(), home).await;
    let meters = home_meters(&owner, home).await.unwrap().unwrap();
    assert_eq!(meters.len(), 1, "one register, and no row for its power");
    assert_eq!(
        (meters[0].value, meters[0].ts),
        (Some(101.0), Some(ts("2026-12-31T16:05:00Z")))
    );
    assert_eq!(meters[0].unit, "kWh");
    assert_eq!(meters[0].used_month, Some(1.0));
    assert_eq!(meters[0].days.len(), 30);
    let days: Vec<(Timestamp, Option<f64>)> = meters[0].days[27..].to_vec();
    assert_eq!(
        days,
        [
            (ts("2026-12-29T16:00:00Z"), None),
            (ts("2026-12-30T16:00:00Z"), Some(10.0)),
            (ts("2026-12-31T16:00:00Z"), Some(1.0)),
        ]
    );
    assert_eq!(
        meters[0].used_month_before, None,
        "nothing in the first ten minutes of December"
    );
}

#[tokio::test]
async fn a_home_over_two_months() {
    let s = Scene::new().await;
    let meter = s.device(DeviceKind::WaterMeter, Some(s.place.unit)).await;
    s.town.site.clock.set(ts("2026-12-10T04:00:00Z"));
    s.tell(
        &meter,
        M3,
        &[
            ("2026-11-30T04:00:00Z", 50.0),
            ("2026-11-30T15:00:00Z", 52.0),
            ("2026-12-02T04:00:00Z", 55.0),
            ("2026-12-03T04:00:00Z", 0.0),
            ("2026-12-10T03:00:00Z", 1.5),
        ],
    )
    .await;
    let home = s.place.household;
    let owner = s.town.owner_of(s.admin(), home).await;
    let used = async || {
        let meters = home_meters(&owner, home).await.unwrap().unwrap();
        (meters[0].used_month, meters[0].used_month_before)
    };
    // The replaced register's step back counts as nothing.
    assert_eq!(used().await, (Some(3.0 + 1.5), None));
    // A month on, as far into January as the tenth: only what was used until the tenth of December.
    s.town.site.clock.set(ts("2027-01-02T03:20:00Z"));
    assert_eq!(used().await, (None, None));
    // What was read at that very moment was used before it.
    s.town.site.clock.set(ts("2027-01-02T04:00:00Z"));
    assert_eq!(used().await, (None, Some(3.0)));
    s.town.site.clock.set(ts("2027-01-31T04:00:00Z"));
    assert_eq!(used().await, (None, Some(4.5)));

    let months = home_months(&owner, home).await.unwrap().unwrap();
    assert_eq!(
        (months.len(), months[0].point),
        (1, meter.points[0]),
        "one register"
    );
    let months = &months[0].months;
    assert_eq!(months.len(), 13);
    assert_eq!(
        months[10..],
        [
            (ts("2026-10-31T16:00:00Z"), Some(2.0)),
            (ts("2026-11-30T16:00:00Z"), Some(4.5)),
            (ts("2026-12-31T16:00:00Z"), None),
        ]
    );
}
