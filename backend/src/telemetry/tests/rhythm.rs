//! How often a device speaks, as ingest learns it, and what follows from that.

use domain::{
    DeviceId,
    devices::{
        DeviceFilter, DeviceKind, DeviceState, TransportForm,
        modbus::{Framing, ModbusForm},
    },
    page::PageAsk,
    telemetry::Value,
};
use jiff::{SignedDuration, Timestamp};

use super::{Made, Scene, reading, ts};
use crate::{
    devices::{self, tests::form},
    telemetry::{Batch, dashboard, ingest},
};

const FROM: &str = "2026-11-01T00:00:00Z";

/// Milliseconds after the beginning.
fn at(millis: i64) -> Timestamp {
    ts(FROM) + SignedDuration::from_millis(millis)
}

impl Scene {
    /// A word of the device at each of those moments, in milliseconds.
    async fn words(&self, device: DeviceId, moments: impl IntoIterator<Item = i64>) {
        for millis in moments {
            let batch = Batch {
                presence: vec![(device, at(millis), None)],
                ..Batch::default()
            };
            ingest(&self.system, &self.registry, batch).await.unwrap();
        }
    }

    async fn seen(&self, device: DeviceId) -> domain::devices::Device {
        devices::device(self.admin(), device)
            .await
            .unwrap()
            .unwrap()
    }

    async fn rhythm(&self, device: DeviceId) -> Option<u32> {
        self.seen(device).await.rhythm_s
    }

    fn is(&self, millis: i64) {
        self.town.site.clock.set(at(millis));
    }
}

async fn meter(s: &Scene) -> Made {
    s.device(DeviceKind::WaterMeter, None).await
}

#[tokio::test]
async fn a_rhythm_is_learnt_from_arrivals() {
    let s = Scene::new().await;
    let meter = meter(&s).await;
    assert_eq!(s.rhythm(meter.device).await, None);
    s.words(meter.device, [0]).await;
    assert_eq!(s.rhythm(meter.device).await, None, "one word is no rhythm");
    // It connects and says its first value at once: that is one arrival.
    s.words(meter.device, [300, 20_000]).await;
    assert_eq!(s.rhythm(meter.device).await, Some(20));
    // Sooner and later by a quarter, and its values one by one.
    let uneven = (2..40).map(|nth| nth * 20_000 + (nth * 7_919) % 10_000 - 5_000);
    s.words(
        meter.device,
        uneven.flat_map(|at| [at, at + 200, at + 1_900]),
    )
    .await;
    let learnt = s.rhythm(meter.device).await.unwrap();
    assert!((15..=22).contains(&learnt), "{learnt}");
}

#[tokio::test]
async fn readings_own_times_make_no_rhythm() {
    let s = Scene::new().await;
    let meter = meter(&s).await;
    // Read every minute, told once an hour, by a clock that is two days behind.
    for hour in 0..4_i64 {
        s.is(hour * 3_600_000);
        let minutes = (0..60).map(|minute| at((hour - 48) * 3_600_000 + minute * 60_000));
        let readings = minutes.map(|ts| reading("volume_m3", ts, Value::Number(1.0)));
        s.send(&meter, readings.collect()).await;
    }
    assert_eq!(s.rhythm(meter.device).await, Some(3600));
    s.is(3 * 3_600_000 + 50 * 60_000);
    assert_eq!(s.seen(meter.device).await.state, DeviceState::Online);
}

#[tokio::test]
async fn what_was_kept_while_it_was_away_makes_no_rhythm() {
    const AWAY: i64 = 6 * 3_600_000;
    let s = Scene::new().await;
    let meter = meter(&s).await;
    s.words(meter.device, (0..20).map(|nth| nth * 20_000)).await;
    assert_eq!(s.rhythm(meter.device).await, Some(20));
    // Six hours of messages within twenty seconds.
    s.words(meter.device, (0..200).map(|nth| AWAY + nth * 100))
        .await;
    let burst = s.rhythm(meter.device).await.unwrap();
    assert!((20..=40).contains(&burst), "{burst}");
    s.words(meter.device, (1..60).map(|nth| AWAY + nth * 20_000))
        .await;
    let learnt = s.rhythm(meter.device).await.unwrap();
    assert!((19..=22).contains(&learnt), "{learnt}");
}

#[tokio::test]
async fn once_a_day_and_then_every_minute() {
    const DAY: i64 = 24 * 3_600_000;
    let s = Scene::new().await;
    let meter = meter(&s).await;
    s.words(meter.device, (0..4).map(|day| day * DAY)).await;
    assert_eq!(s.rhythm(meter.device).await, Some(86_400));
    s.is(3 * DAY + 30 * 3_600_000);
    let state = async || s.seen(meter.device).await.state;
    assert_eq!(state().await, DeviceState::Online);
    s.is(3 * DAY + 50 * 3_600_000);
    assert_eq!(state().await, DeviceState::Late);
    s.is(3 * DAY + 80 * 3_600_000);
    assert_eq!(state().await, DeviceState::Stale);
    s.is(8 * DAY);
    assert_eq!(state().await, DeviceState::Offline);
    // Set to every minute, it is known by the next morning.
    s.words(meter.device, (1..600).map(|nth| 4 * DAY + nth * 60_000))
        .await;
    let learnt = s.rhythm(meter.device).await.unwrap();
    assert!((60..=120).contains(&learnt), "{learnt}");
    // And slower again, within some gaps.
    let slower = (1..10).map(|nth| 5 * DAY + nth * 900_000);
    s.words(meter.device, slower).await;
    let learnt = s.rhythm(meter.device).await.unwrap();
    assert!((700..=900).contains(&learnt), "{learnt}");
}

#[tokio::test]
async fn who_is_asked_has_the_rhythm_of_asking() {
    let s = Scene::new().await;
    let asked = devices::register(
        s.admin(),
        domain::devices::DeviceForm {
            transport: TransportForm::Modbus(ModbusForm {
                host: "10.0.0.7".into(),
                port: None,
                framing: Framing::default(),
                unit_id: None,
                map: "eastron-sdm120".into(),
                every_s: Some(300),
            }),
            ..form(DeviceKind::Sensor, s.place.estate, None)
        },
    )
    .await
    .unwrap();
    assert_eq!(s.rhythm(asked.id).await, Some(300));
    s.words(asked.id, (0..9).map(|nth| nth * 10_000)).await;
    assert_eq!(s.rhythm(asked.id).await, Some(300));
    s.is(80_000 + 400_000);
    assert_eq!(s.seen(asked.id).await.state, DeviceState::Online);
}

#[tokio::test]
async fn lists_and_counts_follow_it() {
    const HOUR: i64 = 3_600_000;
    let s = Scene::new().await;
    let (daily, door) = (meter(&s).await, s.device(DeviceKind::Door, None).await);
    s.words(daily.device, [0, 24 * HOUR]).await;
    s.words(door.device, (0..5).map(|nth| 24 * HOUR + nth * 20_000))
        .await;
    let of = async |state| {
        let filter = DeviceFilter {
            state: Some(state),
            ..DeviceFilter::default()
        };
        let page = devices::list(s.admin(), &filter, &PageAsk::default()).await;
        let rows = page.unwrap().items.into_iter();
        rows.map(|row| (row.id, row.state, row.rhythm_s))
            .collect::<Vec<_>>()
    };
    s.is(25 * HOUR);
    let online = (daily.device, DeviceState::Online, Some(86_400));
    assert_eq!(of(DeviceState::Online).await, [online]);
    let silent = (door.device, DeviceState::Offline, Some(20));
    assert_eq!(of(DeviceState::Offline).await, [silent]);
    let board = dashboard(s.admin(), s.place.estate).await.unwrap().unwrap();
    assert_eq!((board.devices, board.online), (2, 1));
    s.is(24 * HOUR + 5 * 60_000);
    let stale = (door.device, DeviceState::Stale, Some(20));
    assert_eq!(of(DeviceState::Stale).await, [stale]);
}
