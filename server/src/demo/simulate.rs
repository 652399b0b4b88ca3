//! The demo's devices: one MQTT connection each, to whatever broker is named, and the meter cabinet.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use backend::kernel::clock::{self, Clock};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use rumqttc::{AsyncClient, Event, MqttOptions, Packet, QoS};
use serde_json::json;
use tokio::{
    sync::{
        Semaphore, mpsc,
        watch::{self, Receiver},
    },
    task::JoinSet,
    time::{MissedTickBehavior, sleep},
};

use super::{
    COMPANIES, cabinet,
    curves::{chance, mix},
    device_secret,
    fleet::{self, DemoDevice},
    obey::{self, Told},
};
use crate::{failure::Failure, mutex::locked};

/// Where to, and what is remembered between runs.
#[derive(Debug, Clone)]
pub struct Options {
    /// Host and port.
    pub broker: (String, u16),
    /// Keeps until when each device has told its past; none: tell it all again, which changes
    /// nothing where it is known already.
    pub memory: Option<PathBuf>,
    pub clock: Clock,
}

/// How far back half-hour steps go, and before them two a day.
const FINE: SignedDuration = SignedDuration::from_hours(24 * 8);
const COARSE: SignedDuration = SignedDuration::from_hours(24 * 64);
const HALF_HOUR_S: i64 = 1_800;
/// How many values travel in one message of the past.
const BATCH: usize = 96;
/// How many devices tell their past at a time; the others wait and stay small.
const TELLING: usize = 24;

/// Until when each device's past has been told, in seconds since 1970.
#[derive(Debug, Default)]
struct Memory {
    path: Option<PathBuf>,
    told: Mutex<BTreeMap<String, i64>>,
}

impl Memory {
    fn load(path: Option<PathBuf>) -> Self {
        let told = path
            .as_ref()
            .and_then(|path| std::fs::read(path).ok())
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        Self {
            path,
            told: Mutex::new(told),
        }
    }

    fn told(&self, name: &str) -> Option<i64> {
        locked(&self.told).get(name).copied()
    }

    fn note(&self, name: &str, until: i64) {
        locked(&self.told).insert(name.to_owned(), until);
    }

    /// A memory that cannot be written costs a repetition, nothing else.
    fn save(&self) {
        let told = locked(&self.told).clone();
        if let (Some(path), Ok(bytes)) = (&self.path, serde_json::to_vec(&told))
            && let Err(error) = std::fs::write(path, bytes)
        {
            tracing::warn!(%error, "the simulator's memory was not saved");
        }
    }
}

/// Lets all demo devices speak until the future is dropped.
///
/// # Errors
/// Only where the demo's own data cannot be read.
pub async fn simulate(options: Options) -> Result<(), Failure> {
    let memory = Arc::new(Memory::load(options.memory.clone()));
    let turns = Arc::new(Semaphore::new(TELLING));
    let zone = clock::zone("Asia/Shanghai");
    let fleets = COMPANIES.map(|company| fleet::devices(company).map(|fleet| (company, fleet)));
    let fleets = fleets.into_iter().collect::<Result<Vec<_>, _>>()?;
    let untold = Arc::new(Untold(AtomicUsize::new(
        fleets.iter().map(|(_, fleet)| fleet.len()).sum(),
    )));
    let mut all = JoinSet::new();
    for (company, fleet) in fleets {
        for device in fleet {
            let voice = Voice {
                name: format!("{}:{}", company.slug, device.key),
                topic: format!("linli/{}/{}", company.slug, device.key),
                secret: device_secret(company.slug, &device.key),
                device,
                broker: options.broker.clone(),
                clock: options.clock.clone(),
                zone: zone.clone(),
                memory: memory.clone(),
                turns: turns.clone(),
                untold: untold.clone(),
            };
            all.spawn(voice.speak());
        }
    }
    let _cabinet = cabinet::open(&options.clock).await;
    tracing::info!(devices = all.len(), broker = ?options.broker, "simulating");
    let saving = async {
        loop {
            sleep(Duration::from_secs(10)).await;
            memory.save();
        }
    };
    tokio::select! {
        () = saving => {}
        () = async { while all.join_next().await.is_some() {} } => {}
    }
    Ok(())
}

/// How many devices have still to tell their past.
struct Untold(AtomicUsize);

impl Untold {
    fn one_has_told(&self) {
        if self.0.fetch_sub(1, Ordering::Relaxed) == 1 {
            tracing::info!("the simulated devices have told their past");
        }
    }
}

/// One device on the wire.
struct Voice {
    name: String,
    topic: String,
    secret: String,
    device: DemoDevice,
    broker: (String, u16),
    clock: Clock,
    zone: TimeZone,
    memory: Arc<Memory>,
    turns: Arc<Semaphore>,
    untold: Arc<Untold>,
}

impl Voice {
    async fn speak(mut self) {
        let mut options = MqttOptions::new(&self.name, &self.broker.0, self.broker.1);
        options.set_credentials(&self.name, &self.secret);
        options.set_keep_alive(Duration::from_mins(1));
        options.set_inflight(4);
        let (client, mut events) = AsyncClient::new(options, 4);
        let name = self.name.clone();
        let (told, heard) = mpsc::unbounded_channel();
        let obeying = obey::obey(
            self.device.works(),
            client.clone(),
            self.topic.clone(),
            self.clock.clone(),
            heard,
        );
        let (acknowledged, mut acknowledgements) = watch::channel(0_usize);
        let talking = async {
            // Three hundred devices that all speak in the same instant are no estate.
            sleep(Duration::from_secs_f64(3.0 * chance(self.seed()))).await;
            if self.device.has_history() {
                // Now first: what an estate uses at this moment is then whole from the start.
                let now = self.message(self.clock.now()).to_string();
                self.send(&client, now).await;
                self.tell_past(&client, &mut acknowledgements).await;
            }
            self.untold.one_has_told();
            self.tell_present(&client).await;
        };
        let listening = async {
            let mut wait = Duration::from_secs(1);
            loop {
                match events.poll().await {
                    Ok(Event::Incoming(Packet::ConnAck(_))) => {
                        wait = Duration::from_secs(1);
                        let _ = told.send(Told::Connected);
                    }
                    Ok(Event::Incoming(Packet::Publish(command))) => {
                        let _ = told.send(Told::Command(command));
                    }
                    Ok(Event::Incoming(Packet::PubAck(_))) => {
                        acknowledged.send_modify(|count| *count += 1);
                    }
                    Ok(_) => {}
                    Err(error) => {
                        tracing::debug!(device = name, %error, "connection lost");
                        sleep(wait).await;
                        wait = (wait * 2).min(Duration::from_secs(30));
                    }
                }
            }
        };
        tokio::select! { () = talking => {}, () = listening => {}, () = obeying => {} }
    }

    fn seed(&self) -> u64 {
        self.name
            .bytes()
            .fold(7, |sum, byte| mix(sum ^ u64::from(byte)))
    }

    async fn send(&self, client: &AsyncClient, payload: String) -> bool {
        let topic = format!("{}/telemetry", self.topic);
        client
            .publish(topic, QoS::AtLeastOnce, false, payload)
            .await
            .is_ok()
    }

    fn message(&mut self, at: Timestamp) -> serde_json::Value {
        json!({ "ts": at.as_millisecond(), "values": self.device.values(at, &self.zone) })
    }

    /// Tells the last weeks in half-hour steps, and what lies before them in two steps a day, and
    /// waits until all of it has arrived: told is what was acknowledged.
    async fn tell_past(&mut self, client: &AsyncClient, acknowledgements: &mut Receiver<usize>) {
        let turns = self.turns.clone();
        let Ok(_turn) = turns.acquire().await else {
            return;
        };
        let now = self.clock.now();
        let told = self.memory.told(&self.name);
        let moments = past(now, told);
        for batch in moments.chunks(BATCH) {
            let values: Vec<_> = batch.iter().map(|at| self.message(*at)).collect();
            if !self
                .send(client, serde_json::Value::Array(values).to_string())
                .await
            {
                return;
            }
        }
        // And the one that was sent before them.
        let all = moments.len().div_ceil(BATCH) + 1;
        if acknowledgements
            .wait_for(|count| *count >= all)
            .await
            .is_ok()
        {
            self.memory.note(&self.name, now.as_second());
        }
    }

    async fn tell_present(&mut self, client: &AsyncClient) {
        let mut beat = tokio::time::interval(Duration::from_secs(self.device.every_s));
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            beat.tick().await;
            let payload = self.message(self.clock.now()).to_string();
            if !self.send(client, payload).await {
                return;
            }
            if self.device.has_history() {
                self.memory.note(&self.name, self.clock.now().as_second());
            }
        }
    }
}

/// The moments to tell of, newest days first, so that today is there at once. What was told
/// before is left out, but for half a day that may not have arrived. A second before each half hour
/// ends: what is read at midnight counts to the day that begins.
fn past(now: Timestamp, told: Option<i64>) -> Vec<Timestamp> {
    let last = now.as_second() - now.as_second().rem_euclid(HALF_HOUR_S);
    let told = told.map_or(i64::MIN, |told| told - 12 * 3_600);
    let fine = (now - FINE).as_second();
    let coarse = (now - COARSE).as_second();
    let mut moments = Vec::new();
    let mut at = last;
    while at > coarse.max(told) {
        let half_day = at.rem_euclid(12 * 3_600) == 4 * 3_600;
        if at > fine || half_day {
            moments.extend(Timestamp::from_second(at - 1));
        }
        at -= HALF_HOUR_S;
    }
    moments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_past_is_told_once() {
        let now: Timestamp = "2026-11-22T06:40:00Z".parse().unwrap();
        let all = past(now, None);
        assert_eq!(all.len(), 8 * 48 + 56 * 2);
        assert!(all.windows(2).all(|pair| pair[0] > pair[1]));
        let rest = past(now, Some(now.as_second() - 3_600));
        assert_eq!(rest.len(), 26);
    }

    #[test]
    fn the_end_of_a_day_in_shanghai_is_among_the_coarse_steps() {
        let now: Timestamp = "2026-11-22T06:40:00Z".parse().unwrap();
        let last: Timestamp = "2026-09-30T15:59:59Z".parse().unwrap();
        assert!(past(now, None).contains(&last));
    }
}
