//! Electricity and water beside the days before, and what is lost below a main meter. Now is
//! 2026-11-22 14:30 in Shanghai; the day began at 16:00Z on the 21st.

use domain::{
    Code,
    devices::{
        DeviceKind, changes::DeviceChangeForm, instruments::ReplacementForm, mains::BelowForm,
    },
    identity::Role,
    telemetry::energy::KindUse,
};

use super::Scene;
use crate::{
    devices::{change as change_device, instruments::replace_meter, mains::hang, tests::build},
    telemetry::{dashboard, energy},
    testing::with_role,
};

const KWH: &str = "energy_kwh";

async fn told(s: &Scene) -> Vec<KindUse> {
    energy(s.admin(), s.place.estate).await.unwrap().unwrap()
}

fn close(one: Option<f64>, other: f64) -> bool {
    one.is_some_and(|one| (one - other).abs() < 1e-9)
}

#[tokio::test]
async fn today_is_compared_with_the_same_part_of_other_days() {
    let s = Scene::new().await;
    assert_eq!(told(&s).await, []);
    let (unit_2, _) = build(s.admin(), s.place.estate, "2号楼", "201").await;
    let one = s
        .device(DeviceKind::ElectricityMeter, Some(s.place.unit))
        .await;
    let two = s.device(DeviceKind::ElectricityMeter, Some(unit_2)).await;
    // The estate's own meter would count the same once more.
    let own = s.device(DeviceKind::ElectricityMeter, None).await;
    s.tell(
        &one,
        KWH,
        &[
            ("2026-11-14T15:50:00Z", 80.0),
            ("2026-11-15T06:20:00Z", 83.0),
            // After the same half hour of that day: not among it.
            ("2026-11-15T06:40:00Z", 90.0),
            ("2026-11-20T15:50:00Z", 100.0),
            ("2026-11-21T06:20:00Z", 104.0),
            ("2026-11-21T15:50:00Z", 110.0),
            ("2026-11-22T06:00:00Z", 116.0),
        ],
    )
    .await;
    s.tell(
        &two,
        KWH,
        &[("2026-11-21T15:50:00Z", 7.0), ("2026-11-22T06:00:00Z", 9.5)],
    )
    .await;
    s.tell(
        &own,
        KWH,
        &[
            ("2026-11-21T15:50:00Z", 1000.0),
            ("2026-11-22T06:00:00Z", 1100.0),
        ],
    )
    .await;

    let all = told(&s).await;
    let [power] = &all[..] else {
        panic!("{all:?}");
    };
    assert_eq!(
        (power.kind, power.unit.as_str()),
        (DeviceKind::ElectricityMeter, "kWh")
    );
    assert_eq!((power.meters, power.untold), (2, 0));
    assert!(close(power.whole.today, 8.5), "{power:?}");
    assert!(close(power.whole.yesterday, 4.0), "{power:?}");
    assert!(close(power.whole.week_ago, 3.0), "{power:?}");
    let buildings = power.buildings.iter().map(|each| {
        let (_, name) = each.building.as_ref().unwrap();
        (name.as_str(), each.used.today)
    });
    let buildings: std::collections::HashMap<_, _> = buildings.collect();
    assert_eq!(buildings.len(), 2);
    assert!(close(buildings["2号楼"], 2.5), "{buildings:?}");
    let days = &power.days;
    assert_eq!(days.len(), 15);
    assert_eq!(days[14].0.to_string(), "2026-11-21T16:00:00Z");
    assert!(close(days[14].1, 8.5) && close(days[13].1, 10.0));
    assert_eq!(days[0].1, None);
    assert!(power.mains.is_empty());
}

#[tokio::test]
async fn what_goes_back_or_is_silent_is_not_told_and_a_replacement_counts_on() {
    let s = Scene::new().await;
    let (unit_2, _) = build(s.admin(), s.place.estate, "2号楼", "201").await;
    let (unit_3, _) = build(s.admin(), s.place.estate, "3号楼", "301").await;
    let back = s
        .device(DeviceKind::ElectricityMeter, Some(s.place.unit))
        .await;
    let replaced = s.device(DeviceKind::ElectricityMeter, Some(unit_2)).await;
    s.device(DeviceKind::ElectricityMeter, Some(unit_3)).await;
    s.tell(
        &back,
        KWH,
        &[
            ("2026-11-21T15:50:00Z", 900.0),
            ("2026-11-22T06:00:00Z", 3.0),
        ],
    )
    .await;
    s.tell(
        &replaced,
        KWH,
        &[
            ("2026-11-21T15:50:00Z", 500.0),
            ("2026-11-22T02:00:00Z", 502.0),
        ],
    )
    .await;
    let form = ReplacementForm {
        at: "2026-11-22T03:00:00Z".to_owned(),
        serial: "2".to_owned(),
        last_register: "503".to_owned(),
        first_register: "0".to_owned(),
        ..ReplacementForm::default()
    };
    replace_meter(s.admin(), replaced.device, form)
        .await
        .unwrap();
    s.tell(&replaced, KWH, &[("2026-11-22T06:00:00Z", 1.5)])
        .await;

    let power = told(&s).await.remove(0);
    assert!(close(power.whole.today, 4.5), "{power:?}");
    assert_eq!((power.meters, power.untold), (3, 2));
    assert_eq!(power.whole.yesterday, None);
}

#[tokio::test]
async fn what_a_main_meter_counted_and_none_below_it_did_is_lost() {
    let s = Scene::new().await;
    let (unit_2, _) = build(s.admin(), s.place.estate, "2号楼", "201").await;
    let one = s
        .device(DeviceKind::ElectricityMeter, Some(s.place.unit))
        .await;
    let two = s.device(DeviceKind::ElectricityMeter, Some(unit_2)).await;
    let lift = s.device(DeviceKind::ElectricityMeter, None).await;
    let main = s.device(DeviceKind::ElectricityMeter, None).await;
    let may = crate::devices::mains::hangings(s.admin(), main.device).await;
    let may = may.unwrap().unwrap();
    let mut below: Vec<String> = may
        .buildings
        .iter()
        .map(|b| b.building.to_string())
        .collect();
    below.push(lift.device.to_string());
    hang(s.admin(), main.device, BelowForm { below })
        .await
        .unwrap();

    for (meter, before, after) in [
        (&one, 10.0, 15.0),
        (&two, 20.0, 22.0),
        (&main, 100.0, 110.0),
    ] {
        s.tell(
            meter,
            KWH,
            &[
                ("2026-11-20T15:50:00Z", before),
                ("2026-11-21T15:50:00Z", after),
            ],
        )
        .await;
    }
    let power = told(&s).await.remove(0);
    let [told_of] = &power.mains[..] else {
        panic!("{power:?}");
    };
    assert_eq!((told_of.device, told_of.below), (main.device, 3));
    assert!(close(told_of.yesterday.used, 10.0));
    // The lift's meter said nothing: what it used would look like a loss.
    assert_eq!(
        (told_of.yesterday.below, told_of.yesterday.lost()),
        (None, None)
    );
    s.tell(
        &lift,
        KWH,
        &[("2026-11-20T15:50:00Z", 0.0), ("2026-11-21T15:50:00Z", 2.0)],
    )
    .await;
    let power = told(&s).await.remove(0);
    let balance = power.mains[0].yesterday;
    assert!(close(balance.below, 9.0) && close(balance.lost(), 1.0));
    assert!(close(balance.share(), 0.1));
    assert_eq!(power.mains[0].week.used, None);
}

/// Where no home has a meter, what hangs below another is in that one's count already, and one out of
/// use is in none: on the energy board as on the dashboard.
#[tokio::test]
async fn nothing_is_counted_twice_anywhere() {
    let s = Scene::new().await;
    let main = s.device(DeviceKind::ElectricityMeter, None).await;
    let lift = s.device(DeviceKind::ElectricityMeter, None).await;
    let home = s
        .device(DeviceKind::ElectricityMeter, Some(s.place.unit))
        .await;
    let retired = |yes: bool| DeviceChangeForm {
        retired: Some(yes.to_string()),
        ..DeviceChangeForm::default()
    };
    let below = vec![lift.device.to_string()];
    let hung = hang(s.admin(), main.device, BelowForm { below }).await;
    hung.unwrap();
    for (meter, since) in [(&main, 100.0), (&lift, 10.0), (&home, 1.0)] {
        let midnight = ("2026-11-21T15:50:00Z", since);
        s.tell(
            meter,
            KWH,
            &[midnight, ("2026-11-22T06:00:00Z", 1.5 * since)],
        )
        .await;
        s.tell(meter, "power_w", &[("2026-11-22T06:20:00Z", since)])
            .await;
    }
    let figures = async || {
        let shown = dashboard(s.admin(), s.place.estate).await.unwrap().unwrap();
        let power: Vec<f64> = shown.power_today.iter().map(|slot| slot.value).collect();
        let energy = told(&s).await.remove(0).whole.today;
        assert_eq!(energy, shown.energy_today_kwh);
        (energy, shown.power_w, power)
    };
    assert_eq!(figures().await, (Some(0.5), Some(1.0), vec![1.0]));
    // The home's is out of use: the main meter tells of all that is left.
    let change = change_device(s.admin(), home.device, retired(true)).await;
    change.unwrap();
    assert_eq!(figures().await, (Some(50.0), Some(100.0), vec![100.0]));
    // So is the main one: what hung below it tells for itself.
    let change = change_device(s.admin(), main.device, retired(true)).await;
    change.unwrap();
    assert_eq!(figures().await, (Some(5.0), Some(10.0), vec![10.0]));
    let change = change_device(s.admin(), main.device, retired(false)).await;
    change.unwrap();
    assert_eq!(figures().await, (Some(50.0), Some(100.0), vec![100.0]));
}

#[tokio::test]
async fn strangers_and_those_who_see_no_devices_are_told_nothing() {
    let s = Scene::new().await;
    s.device(DeviceKind::WaterMeter, Some(s.place.unit)).await;
    let stranger = energy(&s.town.admin_b, s.place.estate).await.unwrap();
    assert_eq!(stranger, None);
    let cashier = with_role(s.admin(), Role::Cashier);
    let refused = energy(&cashier, s.place.estate).await.unwrap_err();
    assert_eq!(refused.code(), Code::Forbidden);
}
