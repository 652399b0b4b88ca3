//! One estate's points to many live sockets, beside a bare loop that sends a frame of the same size
//! to as many.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use futures_util::{SinkExt, StreamExt, stream};
use serde::{Deserialize, Serialize};
use tokio::{
    net::TcpListener,
    sync::mpsc,
    task::JoinSet,
    time::{Instant, sleep},
};
use tokio_tungstenite::{
    accept_async, connect_async,
    tungstenite::{Message, Utf8Bytes},
};

use crate::{
    Failed,
    crowd::{Crowd, Tasks, failure},
    figures::{Process, between, cpu},
    live::{self, Socket, Watcher},
    speaking::{Login, Manner},
};

/// Sockets that are opened at a time.
const AT_A_TIME: usize = 16;
/// Frames that may wait for a socket of the bare loop.
const WAITING: usize = 4;
const WARM_UP: Duration = Duration::from_secs(1);

#[derive(Debug, Deserialize)]
pub struct Job {
    http: String,
    /// One for each socket.
    watchers: Vec<Watcher>,
    /// Of each socket to its topic. One has four frames a second at most.
    subscriptions: u32,
    mqtt: Broker,
    devices: Vec<Login>,
    /// Messages a second of all devices.
    rate: f64,
    seconds: f64,
    rounds: usize,
    #[serde(default)]
    processes: Vec<Process>,
}

#[derive(Debug, Deserialize)]
struct Broker {
    host: String,
    port: u16,
}

#[derive(Debug, Serialize)]
pub struct Outcome {
    live: Vec<Round>,
    bare: Vec<Round>,
    /// The frame that the bare loop sends, in bytes.
    frame: usize,
}

#[derive(Debug, Serialize)]
struct Round {
    frames_a_second: f64,
    bytes_a_second: f64,
    seconds: f64,
    cpu: BTreeMap<String, f64>,
}

/// What came in at all sockets.
#[derive(Debug, Default)]
struct Tally {
    frames: AtomicU64,
    bytes: AtomicU64,
    last: Mutex<Option<Utf8Bytes>>,
}

impl Tally {
    fn look(&self) -> (u64, u64) {
        (self.frames.load(Relaxed), self.bytes.load(Relaxed))
    }

    fn take(&self, frame: Utf8Bytes) {
        self.bytes.fetch_add(frame.len() as u64, Relaxed);
        if self.frames.fetch_add(1, Relaxed) % 64 == 0 {
            *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(frame);
        }
    }
}

pub async fn measure(job: Job) -> Result<Outcome, Failed> {
    let tally = Arc::new(Tally::default());
    let mut reading = JoinSet::new();
    let opening = job
        .watchers
        .iter()
        .map(|watcher| live::open(&job.http, watcher, job.subscriptions));
    let mut opened = stream::iter(opening).buffer_unordered(AT_A_TIME);
    while let Some(socket) = opened.next().await {
        reading.spawn(count(socket?, Arc::clone(&tally)));
    }
    let manner = Manner {
        host: job.mqtt.host.clone(),
        port: job.mqtt.port,
        in_flight: 8,
        every: Some(Duration::from_secs_f64(job.devices.len() as f64 / job.rate)),
        loyal: false,
        bad_every: None,
    };
    let time = Duration::from_secs_f64(job.seconds);
    let mut outcome = Outcome {
        live: Vec::new(),
        bare: Vec::new(),
        frame: 0,
    };
    for _ in 0..job.rounds {
        let mut devices = Crowd::start(&job.devices, &manner).await?;
        outcome
            .live
            .push(window(&tally, &mut reading, &job.processes, time).await?);
        devices.end().await?;
        let frame = tally
            .last
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let frame = frame.ok_or("no frame came")?;
        outcome.frame = frame.len();
        outcome
            .bare
            .push(bare(frame, job.watchers.len(), &job.processes, time).await?);
    }
    Ok(outcome)
}

async fn count(mut socket: Socket, tally: Arc<Tally>) -> Result<(), Failed> {
    loop {
        let frame = live::frame(&mut socket).await?;
        if frame.contains(r#""resync""#) {
            return Err("a socket was told to begin anew".into());
        }
        tally.take(frame);
    }
}

/// Counts for a while. Whoever ends meanwhile fails the whole.
async fn window(
    tally: &Tally,
    reading: &mut Tasks,
    processes: &[Process],
    time: Duration,
) -> Result<Round, Failed> {
    let counting = async {
        sleep(WARM_UP).await;
        let (began, before, used) = (Instant::now(), tally.look(), cpu(processes));
        sleep(time).await;
        let (seconds, after) = (began.elapsed().as_secs_f64(), tally.look());
        Round {
            frames_a_second: (after.0 - before.0) as f64 / seconds,
            bytes_a_second: (after.1 - before.1) as f64 / seconds,
            seconds,
            cpu: between(&used, &cpu(processes)),
        }
    };
    tokio::select! {
        round = counting => Ok(round),
        Some(done) = reading.join_next() => Err(failure(done)),
    }
}

/// A frame to each socket in turn, as fast as all of them take it, by a server of nothing else.
async fn bare(
    frame: Utf8Bytes,
    sockets: usize,
    processes: &[Process],
    time: Duration,
) -> Result<Round, Failed> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("ws://{}", listener.local_addr()?);
    let tally = Arc::new(Tally::default());
    let going = Arc::new(AtomicBool::new(true));
    let (mut senders, mut serving, mut reading) = (Vec::new(), JoinSet::new(), JoinSet::new());
    for _ in 0..sockets {
        let accepting = async {
            accept_async(listener.accept().await?.0)
                .await
                .map_err(Failed::from)
        };
        let connecting = async { Ok::<_, Failed>(connect_async(&url).await?.0) };
        let (mut here, there) = tokio::try_join!(accepting, connecting)?;
        let (sender, mut frames) = mpsc::channel::<Utf8Bytes>(WAITING);
        senders.push(sender);
        serving.spawn(async move {
            while let Some(frame) = frames.recv().await {
                here.send(Message::Text(frame)).await?;
            }
            Ok::<_, Failed>(())
        });
        reading.spawn(count(there, Arc::clone(&tally)));
    }
    let sending = {
        let going = Arc::clone(&going);
        tokio::spawn(async move {
            while going.load(Relaxed) {
                for sender in &senders {
                    if sender.send(frame.clone()).await.is_err() {
                        return;
                    }
                }
            }
        })
    };
    let round = window(&tally, &mut reading, processes, time).await;
    going.store(false, Relaxed);
    reading.abort_all();
    serving.abort_all();
    let _ = sending.await;
    round
}
