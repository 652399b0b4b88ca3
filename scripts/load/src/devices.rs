//! Many devices that publish, and whoever watches what they say.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use rumqttc::{Event, Packet, QoS};
use serde::{Deserialize, Serialize};
use tokio::{
    sync::oneshot,
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

use crate::{
    Failed,
    crowd::Crowd,
    figures::{Percentiles, Process, between, cpu, now_ms},
    live::{self, Watcher},
    speaking::{Counted, Login, Manner, PATIENCE, POINTS, connect, let_in},
};

/// Before anything is counted.
const WARM_UP: Duration = Duration::from_secs(1);
/// Within this whoever watches has seen the last of it.
const CATCH_UP: Duration = Duration::from_secs(5);

#[derive(Debug, Deserialize)]
pub struct Job {
    host: String,
    port: u16,
    devices: Vec<Login>,
    seconds: f64,
    in_flight: u16,
    /// Messages a second of all devices; nothing: as many as are acknowledged.
    rate: Option<f64>,
    /// Whether devices come back where the broker goes away; then they have a rate.
    #[serde(default)]
    loyal: bool,
    /// Of so many messages one is no JSON; nothing: all are.
    #[serde(default)]
    bad_every: Option<u64>,
    /// Host and port of the websocket.
    #[serde(default)]
    http: String,
    #[serde(default)]
    watchers: Vec<Watcher>,
    /// What a client at a bare broker subscribes to.
    #[serde(default)]
    subscriber: Option<String>,
    #[serde(default)]
    processes: Vec<Process>,
}

#[derive(Debug, Serialize)]
pub struct Outcome {
    /// Of what follows.
    seconds: f64,
    /// Acknowledged.
    readings: u64,
    /// Of the subscriber at a bare broker, readings.
    received: u64,
    frames: u64,
    /// In those frames; what was overtaken by a newer value is in none.
    values: u64,
    cpu: BTreeMap<String, f64>,
    late_ms: Option<Percentiles>,
    /// From connecting to the end: acknowledged.
    all: u64,
    /// Points whose last value nobody saw on the websocket.
    unseen: usize,
}

/// What was seen by all who watch.
#[derive(Debug, Default)]
struct Seen {
    frames: AtomicU64,
    values: AtomicU64,
    newest: Mutex<HashMap<String, f64>>,
    late: Mutex<Vec<f64>>,
}

impl Seen {
    fn late(&self) -> MutexGuard<'_, Vec<f64>> {
        self.late.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Deserialize)]
struct Frame<'f> {
    #[serde(borrow, default)]
    delta: Vec<Item<'f>>,
    #[serde(default)]
    resync: bool,
}

#[derive(Deserialize)]
struct Item<'f> {
    device: &'f str,
    name: &'f str,
    value: f64,
}

fn key(device: &str, name: &str) -> String {
    format!("{device} {name}")
}

pub async fn measure(job: Job) -> Result<Outcome, Failed> {
    let seen = Arc::new(Seen::default());
    let received = Arc::new(AtomicU64::new(0));
    // Sockets and the subscriber go on until this ends.
    let mut beside = JoinSet::new();
    for watcher in &job.watchers {
        let socket = live::open(&job.http, watcher, 1).await?;
        beside.spawn(see(socket, Arc::clone(&seen)));
    }
    let mut manner = Manner {
        host: job.host.clone(),
        port: job.port,
        in_flight: job.in_flight,
        every: None,
        loyal: job.loyal,
        bad_every: job.bad_every,
    };
    if let Some(topic) = &job.subscriber {
        let (ready, heard) = oneshot::channel();
        beside.spawn(listen(
            manner.clone(),
            topic.clone(),
            Arc::clone(&received),
            ready,
        ));
        timeout(PATIENCE, heard).await??;
    }
    let count = job.devices.len() as f64;
    manner.every = job.rate.map(|rate| Duration::from_secs_f64(count / rate));
    let mut crowd = Crowd::start(&job.devices, &manner).await?;
    crowd.go_on(&mut beside, WARM_UP).await?;

    let look = |crowd: &Crowd| Look {
        acked: crowd.acked(),
        received: received.load(Relaxed),
        frames: seen.frames.load(Relaxed),
        values: seen.values.load(Relaxed),
        at: Instant::now(),
        cpu: cpu(&job.processes),
    };
    seen.late().clear();
    let before = look(&crowd);
    crowd
        .go_on(&mut beside, Duration::from_secs_f64(job.seconds))
        .await?;
    let after = look(&crowd);
    let late = std::mem::take(&mut *seen.late());

    crowd.end().await?;
    let unseen = if job.watchers.is_empty() {
        0
    } else {
        catch_up(&job.devices, &crowd, &seen).await
    };
    let each = POINTS.len() as u64;
    Ok(Outcome {
        seconds: after.at.duration_since(before.at).as_secs_f64(),
        readings: (after.acked - before.acked) * each,
        received: (after.received - before.received) * each,
        frames: after.frames - before.frames,
        values: after.values - before.values,
        cpu: between(&before.cpu, &after.cpu),
        late_ms: Percentiles::of(late),
        all: crowd.acked() * each,
        unseen,
    })
}

/// How far everything was at a moment.
struct Look {
    acked: u64,
    received: u64,
    frames: u64,
    values: u64,
    at: Instant,
    cpu: BTreeMap<String, f64>,
}

/// How many points show something else than what was said last, in the end.
async fn catch_up(devices: &[Login], crowd: &Crowd, seen: &Seen) -> usize {
    let until = Instant::now() + CATCH_UP;
    loop {
        let unseen = {
            let newest = seen.newest.lock().unwrap_or_else(PoisonError::into_inner);
            let shown = |login: &Login, counted: &Counted, name: &str| {
                newest.get(&key(&login.device, name))
                    == Some(&(counted.newest.load(Relaxed) as f64))
            };
            let pairs = devices.iter().zip(&crowd.counted);
            pairs
                .flat_map(|(login, counted)| POINTS.map(|name| shown(login, counted, name)))
                .filter(|shown| !shown)
                .count()
        };
        if unseen == 0 || Instant::now() > until {
            return unseen;
        }
        sleep(Duration::from_millis(50)).await;
    }
}

async fn see(mut socket: live::Socket, seen: Arc<Seen>) -> Result<(), Failed> {
    loop {
        let text = live::frame(&mut socket).await?;
        let now = now_ms() as f64;
        let frame: Frame = serde_json::from_str(&text)?;
        if frame.resync {
            return Err("the websocket says that we are too slow".into());
        }
        seen.frames.fetch_add(1, Relaxed);
        seen.values.fetch_add(frame.delta.len() as u64, Relaxed);
        let mut newest = seen.newest.lock().unwrap_or_else(PoisonError::into_inner);
        let mut late = seen.late();
        for item in &frame.delta {
            newest.insert(key(item.device, item.name), item.value);
            late.push(now - item.value);
        }
    }
}

/// A subscriber that only acknowledges.
async fn listen(
    manner: Manner,
    topic: String,
    received: Arc<AtomicU64>,
    ready: oneshot::Sender<()>,
) -> Result<(), Failed> {
    let name = "subscriber".to_owned();
    let login = Login {
        username: name.clone(),
        password: name,
        topic: String::new(),
        device: String::new(),
    };
    let (client, mut events) = connect(&manner, &login);
    let_in(&mut events).await?;
    client.subscribe(topic, QoS::AtLeastOnce).await?;
    let mut ready = Some(ready);
    loop {
        match events.poll().await? {
            Event::Incoming(Packet::SubAck(_)) => {
                if let Some(ready) = ready.take() {
                    let _ = ready.send(());
                }
            }
            Event::Incoming(Packet::Publish(_)) => {
                received.fetch_add(1, Relaxed);
            }
            _ => {}
        }
    }
}
