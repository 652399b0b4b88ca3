//! One device: connects, publishes at QoS 1 as it is told, and counts what was acknowledged.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use rumqttc::{
    AsyncClient, ConnectionError, Event, EventLoop, MqttOptions, NetworkOptions, Packet, QoS,
};
use serde::Deserialize;
use tokio::{
    select,
    sync::{OwnedSemaphorePermit, mpsc, watch},
    time::{Instant, interval_at, sleep, timeout},
};

use crate::{Failed, figures::now_ms};

/// Each message says these, all the time of its sending in ms: whoever sees one knows how old it is.
pub const POINTS: [&str; 3] = ["flow", "level", "pressure"];
/// How long a broker may take to let a device in, or to acknowledge what is left at the end.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// Between two tries to come in, or to come back.
const AGAIN: Duration = Duration::from_millis(100);

#[derive(Debug, Clone, Deserialize)]
pub struct Login {
    pub username: String,
    pub password: String,
    /// What its topics start with.
    pub topic: String,
    /// Its id on the live websocket; nothing at a bare broker.
    #[serde(default)]
    pub device: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Connecting,
    Speaking,
    Ending,
}

/// How devices speak.
#[derive(Debug, Clone)]
pub struct Manner {
    pub host: String,
    pub port: u16,
    /// Messages that wait for their acknowledgement.
    pub in_flight: u16,
    /// From one message to the next; nothing: as soon as one is acknowledged.
    pub every: Option<Duration>,
    /// Whether they come back where the broker went away.
    pub loyal: bool,
    /// Of so many messages one is no JSON; nothing: all are.
    pub bad_every: Option<u64>,
}

#[derive(Debug, Default)]
pub struct Counted {
    pub sent: AtomicU64,
    pub acked: AtomicU64,
    /// When the newest message was sent, in ms.
    pub newest: AtomicI64,
}

pub fn connect(manner: &Manner, login: &Login) -> (AsyncClient, EventLoop) {
    let mut options = MqttOptions::new(&login.username, &manner.host, manner.port);
    options
        .set_credentials(&login.username, &login.password)
        .set_keep_alive(Duration::from_secs(60))
        .set_inflight(manner.in_flight);
    let (client, mut events) = AsyncClient::new(options, usize::from(manner.in_flight) + 8);
    let mut network = NetworkOptions::new();
    network.set_tcp_nodelay(true);
    events.set_network_options(network);
    (client, events)
}

pub async fn let_in(events: &mut EventLoop) -> Result<(), Failed> {
    let connected = async {
        loop {
            match events.poll().await {
                Ok(Event::Incoming(Packet::ConnAck(_))) => return Ok(()),
                Ok(_) => {}
                Err(no @ ConnectionError::ConnectionRefused(_)) => return Err(no.into()),
                // A broker lets in so many in a second; whoever is too many comes again.
                Err(_) => sleep(AGAIN).await,
            }
        }
    };
    timeout(PATIENCE, connected).await?
}

/// Speaks until the stage is over and everything is acknowledged.
pub async fn speak(
    login: Login,
    manner: Manner,
    phase: f64,
    counted: Arc<Counted>,
    (coming_in, ready): (OwnedSemaphorePermit, mpsc::Sender<()>),
    mut stage: watch::Receiver<Stage>,
) -> Result<(), Failed> {
    let (client, mut events) = connect(&manner, &login);
    let_in(&mut events).await?;
    drop(coming_in);
    ready.send(()).await?;
    wait_for_all(&mut events, &mut stage).await?;
    let voice = Voice {
        bad_every: manner.bad_every,
        client: client.clone(),
        topic: format!("{}/telemetry", login.topic),
        counted: Arc::clone(&counted),
    };
    if let Some(every) = manner.every {
        tokio::spawn(voice.clone().keep_time(every, phase, stage.clone()));
    } else {
        for _ in 0..manner.in_flight {
            voice.say()?;
        }
    }
    let all = |counted: &Counted| counted.acked.load(Relaxed) >= counted.sent.load(Relaxed);
    let mut until = None;
    loop {
        if until.is_some() && all(&counted) {
            break;
        }
        let event = select! {
            event = events.poll() => event,
            _ = stage.wait_for(|stage| *stage == Stage::Ending), if until.is_none() => {
                until = Some(Instant::now() + PATIENCE);
                continue;
            }
            () = tokio::time::sleep_until(until.unwrap_or_else(Instant::now)), if until.is_some() => {
                return Err(format!("{}: not everything was acknowledged", login.username).into());
            }
        };
        let event = match event {
            Ok(event) => event,
            Err(_) if manner.loyal => {
                sleep(AGAIN).await;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        // Of a session that is gone the client sends nothing again: what was under way was never
        // acknowledged, and is not asked for.
        if let Event::Incoming(Packet::ConnAck(_)) = event {
            counted.sent.store(counted.acked.load(Relaxed), Relaxed);
        }
        if let Event::Incoming(Packet::PubAck(_)) = event {
            counted.acked.fetch_add(1, Relaxed);
            if manner.every.is_none() && until.is_none() {
                voice.say()?;
            }
        }
    }
    // Said and not only closed: a lost connection is news of its own.
    client.try_disconnect()?;
    let _ = timeout(Duration::from_secs(2), async {
        while events.poll().await.is_ok() {}
    })
    .await;
    Ok(())
}

/// Until all are there; whoever waits says that it still is.
async fn wait_for_all(
    events: &mut EventLoop,
    stage: &mut watch::Receiver<Stage>,
) -> Result<(), Failed> {
    loop {
        select! {
            _ = stage.wait_for(|stage| *stage != Stage::Connecting) => return Ok(()),
            event = events.poll() => { event?; }
        }
    }
}

#[derive(Clone)]
struct Voice {
    bad_every: Option<u64>,
    client: AsyncClient,
    topic: String,
    counted: Arc<Counted>,
}

impl Voice {
    /// Two messages of one moment would be one reading, so times rise.
    fn message(&self) -> String {
        let nth = self.counted.sent.load(Relaxed);
        if self.bad_every.is_some_and(|every| nth % every == 0) {
            return r#"{"ts":1,"values":{"#.to_owned();
        }
        let last = self.counted.newest.load(Relaxed);
        let ts = now_ms().max(last + 1);
        self.counted.newest.store(ts, Relaxed);
        let [flow, level, pressure] = POINTS;
        format!(r#"{{"ts":{ts},"values":{{"{flow}":{ts},"{level}":{ts},"{pressure}":{ts}}}}}"#)
    }

    /// Counted before it is sent, or its acknowledgement might come first.
    fn say(&self) -> Result<(), Failed> {
        self.counted.sent.fetch_add(1, Relaxed);
        Ok(self
            .client
            .try_publish(&self.topic, QoS::AtLeastOnce, false, self.message())?)
    }

    /// At its own times, whatever is acknowledged: waiting would hide how late the others are.
    async fn keep_time(self, every: Duration, phase: f64, stage: watch::Receiver<Stage>) {
        let mut ticks = interval_at(Instant::now() + every.mul_f64(phase), every);
        while *stage.borrow() == Stage::Speaking {
            ticks.tick().await;
            if *stage.borrow() != Stage::Speaking {
                return;
            }
            self.counted.sent.fetch_add(1, Relaxed);
            let message = self.message();
            if self
                .client
                .publish(&self.topic, QoS::AtLeastOnce, false, message)
                .await
                .is_err()
            {
                return;
            }
        }
    }
}
