//! Lines over real sockets, against simulated cabinets and servers that misbehave.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use domain::{
    DeviceId,
    devices::register_map::RegisterMap,
    telemetry::{Quality, Value},
};
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use tokio::{sync::mpsc, time::timeout};

use super::*;
use crate::dial::Dialer;

mod models;
mod reading;
mod trouble;
mod writing;

const NOW: Timestamp = Timestamp::constant(1_763_812_800, 0);
const ANY: &str = "127.0.0.1:0";
/// Polls that nobody has received yet.
const ROOM: usize = 4;
/// Longer than a test lasts: a unit is polled once.
const ONCE: Duration = Duration::from_hours(1);

async fn soon<F: Future>(future: F) -> F::Output {
    timeout(Duration::from_secs(20), future)
        .await
        .expect("in time")
}

fn map(json: Json) -> Arc<RegisterMap> {
    Arc::new(RegisterMap::read(&json).unwrap())
}

fn known(id: &str) -> Arc<RegisterMap> {
    Arc::new(RegisterMap::known(id).unwrap().clone())
}

fn device(n: u8) -> DeviceId {
    format!("dev_{n:026}").parse().unwrap()
}

fn unit(id: u8, map: &Arc<RegisterMap>, every: Duration) -> Unit {
    Unit {
        device: device(id),
        id,
        map: Arc::clone(map),
        every,
    }
}

fn simulated(
    id: u8,
    map: &Arc<RegisterMap>,
    value: impl Fn(&str) -> f64 + Send + Sync + 'static,
) -> Simulated {
    Simulated {
        id,
        map: Arc::clone(map),
        value: Arc::new(value),
    }
}

async fn cabinet(devices: Vec<Simulated>) -> Simulator {
    let listen = ANY.parse().unwrap();
    Simulator::start(listen, Framing::Tcp, devices)
        .await
        .unwrap()
}

/// A line to `addr` with its polls.
struct Watched {
    line: Line,
    polled: mpsc::Receiver<Polled>,
}

impl Watched {
    async fn next(&mut self) -> Polled {
        soon(self.polled.recv()).await.unwrap()
    }

    /// Waits until nothing is polled any more, since nobody receives.
    async fn full(&self) {
        soon(async {
            while self.polled.len() < ROOM {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
    }

    /// Skips polls that are not the wanted kind.
    async fn find(&mut self, wanted: impl Fn(&Polled) -> bool) -> Polled {
        loop {
            let polled = self.next().await;
            if wanted(&polled) {
                return polled;
            }
        }
    }
}

fn settings(addr: SocketAddr) -> Settings {
    Settings {
        pause: Duration::ZERO,
        ..Settings::new(&addr.ip().to_string(), addr.port())
    }
}

async fn watch(settings: Settings, units: Vec<Unit>) -> Watched {
    let dialer = Dialer::new(vec!["127.0.0.0/8".parse().unwrap()]);
    let (sender, polled) = mpsc::channel(ROOM);
    let line = Line::open(settings, dialer, Arc::new(|| NOW), sender);
    line.watch(units).await;
    Watched { line, polled }
}

fn value(polled: &Polled, point: &str) -> Option<f64> {
    let mut readings = polled.readings.iter();
    let reading = readings.find(|reading| reading.point == point)?;
    assert_eq!((reading.quality, reading.ts), (Quality::Good, NOW));
    match reading.value {
        Value::Number(number) => Some(number),
        Value::Bool(on) => Some(on.into()),
        Value::Text(_) => None,
    }
}

fn failed(polled: &Polled) -> Vec<(&str, &str)> {
    let failures = polled.failures.iter();
    failures
        .map(|failure| (failure.point.as_str(), failure.reason.as_str()))
        .collect()
}
