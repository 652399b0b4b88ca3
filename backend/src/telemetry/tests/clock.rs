//! The server's own clock jumps: nothing is lost by it, nothing is twice, and once it is right again
//! so is what is shown.

use domain::{
    Code, DeviceId,
    devices::{DeviceKind, DeviceState},
    telemetry::Value,
};
use jiff::{SignedDuration, Timestamp};

use super::{Made, Scene, reading};
use crate::{
    devices,
    telemetry::{Batch, drop_partitions, ingest, open_partitions},
};

const DAY: SignedDuration = SignedDuration::from_hours(24);

impl Scene {
    fn jump(&self, by: SignedDuration) {
        let clock = &self.town.site.clock;
        clock.set(clock.now() + by);
    }

    /// The device is heard now, and says one number of that moment.
    async fn beat(&self, meter: &Made, number: f64) {
        let now = self.town.site.now();
        let readings = vec![reading("volume_m3", now, Value::Number(number))];
        let batch = Batch {
            presence: vec![(meter.device, now, Some(false))],
            ..meter.batch(readings)
        };
        ingest(&self.system, &self.registry, batch).await.unwrap();
    }

    /// What is shown of it: its state, when it was heard last, and its newest number.
    async fn shown(&self, device: DeviceId) -> (DeviceState, Option<Timestamp>, Option<Value>) {
        let found = devices::device(self.admin(), device)
            .await
            .unwrap()
            .unwrap();
        let points = devices::points(self.admin(), device)
            .await
            .unwrap()
            .unwrap();
        let newest = points.into_iter().next().and_then(|point| point.value);
        (found.state, found.last_seen, newest)
    }
}

#[tokio::test]
async fn a_jump_ahead_and_back_leaves_no_trace_in_what_is_shown() {
    let s = Scene::new().await;
    let meter = s.device(DeviceKind::WaterMeter, None).await;
    let right = s.town.site.now();
    s.beat(&meter, 1.0).await;
    // Three days ahead, somebody else's mistake: the meter speaks, and says farewell.
    s.jump(DAY * 3);
    s.beat(&meter, 2.0).await;
    let farewell = Batch {
        presence: vec![(meter.device, s.town.site.now(), Some(true))],
        ..Batch::default()
    };
    ingest(&s.system, &s.registry, farewell).await.unwrap();
    // Set right again, before anything is heard: nobody knows how it is.
    s.town.site.clock.set(right + SignedDuration::from_secs(30));
    assert_eq!(s.shown(meter.device).await.0, DeviceState::Offline);
    let quiet = s.device(DeviceKind::WaterMeter, None).await;
    s.jump(DAY * 3);
    s.beat(&quiet, 7.0).await;
    s.jump(-DAY * 3);
    assert_eq!(s.shown(quiet.device).await.0, DeviceState::Stale);

    for (number, seconds) in [(3.0, 60), (4.0, 90)] {
        let now = right + SignedDuration::from_secs(seconds);
        s.town.site.clock.set(now);
        s.beat(&meter, number).await;
        assert_eq!(
            s.shown(meter.device).await,
            (DeviceState::Online, Some(now), Some(Value::Number(number)))
        );
    }
    // All of it is there, once; the same again is not.
    s.beat(&meter, 4.0).await;
    let stored = s.count("SELECT count(*) FROM reading").await;
    println!("a jump of three days: 5 said, {stored} stored");
    assert_eq!(stored, 5);
    let refused = "SELECT count(*) FROM refusal WHERE reason <> 'duplicate'";
    assert_eq!(s.count(refused).await, 0);
}

#[tokio::test]
async fn old_months_are_dropped_and_a_jump_ahead_drops_none() {
    let s = Scene::new().await;
    let site = &s.town.site;
    let meter = s.device(DeviceKind::WaterMeter, None).await;
    s.beat(&meter, 1.0).await;
    let months = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'public.reading'::regclass";
    let open = s.count(months).await;
    sqlx::query("SELECT linli.make_reading_partitions('2024-09-03Z', '2024-11-30Z')")
        .execute(s.town.db.admin())
        .await
        .unwrap();
    assert_eq!(s.count(months).await, open + 3);
    // It is November 2026: of two years, September and October 2024 are none.
    assert_eq!(drop_partitions(site, 36).await.unwrap(), 0);
    assert_eq!(drop_partitions(site, 24).await.unwrap(), 2);
    assert_eq!(drop_partitions(site, 24).await.unwrap(), 0);
    assert_eq!(s.count(months).await, open + 1);

    s.jump(DAY * 3650);
    assert_eq!(drop_partitions(site, 24).await.unwrap(), 0);
    assert_eq!(s.count("SELECT count(*) FROM reading").await, 1);
    let refusal = drop_partitions(site, 23).await.unwrap_err();
    assert_eq!(refusal.code(), Code::Internal);
    s.jump(-DAY * 3650);
    assert_eq!(open_partitions(site).await.unwrap(), 0);
}
