//! Real clients over real sockets, and a store in memory that can be held up or taken away.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use domain::{devices::commands::Answer, telemetry::Refusal};
use jiff::Timestamp;
use rumqttc::{
    AsyncClient, ConnectReturnCode, ConnectionError, Event, LastWill, MqttOptions, Packet, QoS,
};
use tokio::{
    sync::{Semaphore, mpsc},
    task::JoinHandle,
    time::timeout,
};

use super::*;
use crate::{
    intake::Away,
    payload::{Behind, Decoded},
};

mod acknowledge;
mod commands;
mod life;
mod walls;

const LONG: Duration = Duration::from_secs(20);

async fn soon<F: Future>(future: F) -> F::Output {
    timeout(LONG, future).await.expect("in time")
}

/// Waits for something that has no event of its own.
async fn until(what: impl Fn() -> bool) {
    soon(async {
        while !what() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

#[derive(Debug, Clone, PartialEq)]
enum Said {
    Decoded(String, Decoded),
    Status(String, bool),
    Answer(String, u64, Answer),
}

/// Devices are `{anything}:{anything}` with the password `secret`.
struct Store {
    said: mpsc::UnboundedSender<Said>,
    /// Taken by each `accept`.
    gate: Semaphore,
    entered: AtomicUsize,
    stored: AtomicUsize,
    refused: Mutex<BTreeMap<Refusal, u32>>,
    away: AtomicBool,
    revoked: AtomicBool,
    /// Devices that connect and have not been told of.
    coming: Mutex<BTreeSet<String>>,
    came: AtomicUsize,
}

impl Intake for Store {
    async fn connect(&self, name: &str, password: &[u8]) -> Result<Option<DeviceSession>, Away> {
        if self.away.load(Ordering::SeqCst) {
            return Err(Away("taken away".into()));
        }
        let (slug, key) = name.split_once(':').unwrap();
        let good = password == b"secret" && !self.revoked.load(Ordering::SeqCst);
        if good {
            self.coming.lock().unwrap().insert(key.to_owned());
        }
        Ok(good.then(|| DeviceSession {
            tenant: format!("ten_{:026}", 1).parse().unwrap(),
            device: format!("dev_{:026}", 2).parse().unwrap(),
            estate: format!("est_{:026}", 3).parse().unwrap(),
            slug: slug.into(),
            key: key.into(),
            since: Timestamp::UNIX_EPOCH,
        }))
    }

    async fn accept(&self, device: &DeviceSession, decoded: Decoded) -> Result<(), Away> {
        self.entered.fetch_add(1, Ordering::SeqCst);
        self.gate.acquire().await.unwrap().forget();
        if self.away.load(Ordering::SeqCst) {
            self.gate.add_permits(1);
            return Err(Away("taken away".into()));
        }
        for (reason, count) in &decoded.refused {
            *self.refused.lock().unwrap().entry(*reason).or_default() += count;
        }
        self.stored
            .fetch_add(decoded.readings.len(), Ordering::SeqCst);
        self.said
            .send(Said::Decoded(device.key.clone(), decoded))
            .unwrap();
        Ok(())
    }

    async fn accept_behind(&self, gateway: &DeviceSession, behind: Behind) -> Result<(), Away> {
        for (key, decoded) in behind.said {
            let device = DeviceSession {
                key: key.as_str().to_owned(),
                ..gateway.clone()
            };
            self.accept(&device, decoded).await?;
        }
        Ok(())
    }

    async fn status(&self, device: &DeviceSession, online: bool) -> Result<(), Away> {
        // The first that is told of a connection is that it is there.
        if online && self.coming.lock().unwrap().remove(&device.key) {
            self.came.fetch_add(1, Ordering::SeqCst);
            return Ok(());
        }
        self.said
            .send(Said::Status(device.key.clone(), online))
            .unwrap();
        Ok(())
    }

    /// Commands up to 9 were sent.
    async fn answered(
        &self,
        device: &DeviceSession,
        number: u64,
        answer: Answer,
    ) -> Result<bool, Away> {
        self.entered.fetch_add(1, Ordering::SeqCst);
        self.gate.acquire().await.unwrap().forget();
        if number > 9 {
            return Ok(false);
        }
        let said = Said::Answer(device.key.clone(), number, answer);
        self.said.send(said).unwrap();
        Ok(true)
    }

    fn now(&self) -> Timestamp {
        Timestamp::constant(1_763_812_800, 0)
    }
}

impl Store {
    fn refused(&self, reason: Refusal) -> u32 {
        self.refused
            .lock()
            .unwrap()
            .get(&reason)
            .copied()
            .unwrap_or_default()
    }

    fn stored(&self) -> usize {
        self.stored.load(Ordering::SeqCst)
    }
}

struct House {
    broker: Broker,
    store: Arc<Store>,
    said: mpsc::UnboundedReceiver<Said>,
}

async fn house_with(change: impl FnOnce(&mut Config)) -> House {
    let (sender, said) = mpsc::unbounded_channel();
    let store = Arc::new(Store {
        said: sender,
        gate: Semaphore::new(1_000_000),
        entered: AtomicUsize::new(0),
        stored: AtomicUsize::new(0),
        refused: Mutex::default(),
        away: AtomicBool::new(false),
        revoked: AtomicBool::new(false),
        coming: Mutex::default(),
        came: AtomicUsize::new(0),
    });
    let mut config = Config::new("127.0.0.1:0".parse().unwrap());
    change(&mut config);
    let broker = Broker::start(config, Arc::clone(&store)).await.unwrap();
    House {
        broker,
        store,
        said,
    }
}

async fn house() -> House {
    house_with(|_| ()).await
}

impl House {
    fn options(&self, name: &str) -> MqttOptions {
        let addr = self.broker.local_addr();
        let mut options = MqttOptions::new(name, addr.ip().to_string(), addr.port());
        options
            .set_credentials(name, "secret")
            .set_keep_alive(Duration::from_secs(30));
        options
    }

    async fn device(&self, name: &str) -> Client {
        let mut client = Client::start(self.options(name));
        client.connected().await;
        client
    }

    async fn said(&mut self) -> Said {
        soon(self.said.recv()).await.unwrap()
    }

    /// The code with which a CONNECT is refused.
    async fn refusal(&self, options: MqttOptions) -> ConnectReturnCode {
        let (_client, mut events) = AsyncClient::new(options, 10);
        match soon(events.poll()).await {
            Err(ConnectionError::ConnectionRefused(code)) => code,
            other => panic!("not refused: {other:?}"),
        }
    }
}

/// A client that reconnects by itself, as devices do.
struct Client {
    sender: AsyncClient,
    /// `None` is a lost connection.
    events: mpsc::UnboundedReceiver<Option<Packet>>,
    task: JoinHandle<()>,
}

impl Client {
    fn start(options: MqttOptions) -> Self {
        let (sender, mut polled) = AsyncClient::new(options, 100);
        let (seen, events) = mpsc::unbounded_channel();
        let task = tokio::spawn(async move {
            loop {
                let event = match polled.poll().await {
                    Ok(Event::Incoming(packet)) => Some(packet),
                    Ok(Event::Outgoing(_)) => continue,
                    Err(_) => {
                        tokio::time::sleep(Duration::from_millis(20)).await;
                        None
                    }
                };
                if seen.send(event).is_err() {
                    return;
                }
            }
        });
        Self {
            sender,
            events,
            task,
        }
    }

    async fn next(&mut self) -> Option<Packet> {
        soon(self.events.recv()).await.unwrap()
    }

    /// Skips what comes before a packet of the wanted kind.
    async fn find<T>(&mut self, pick: impl Fn(Packet) -> Option<T>) -> T {
        loop {
            if let Some(found) = self.next().await.and_then(&pick) {
                return found;
            }
        }
    }

    async fn connected(&mut self) -> bool {
        self.find(|packet| match packet {
            Packet::ConnAck(ack) => Some(ack.session_present),
            _ => None,
        })
        .await
    }

    async fn acknowledged(&mut self) {
        self.find(|packet| matches!(packet, Packet::PubAck(_)).then_some(()))
            .await;
    }

    async fn delivered(&mut self) -> (String, Vec<u8>) {
        self.find(|packet| match packet {
            Packet::Publish(publish) => Some((publish.topic, publish.payload.to_vec())),
            _ => None,
        })
        .await
    }

    async fn publish(&self, topic: &str, payload: &str) {
        self.sender
            .publish(topic, QoS::AtLeastOnce, false, payload)
            .await
            .unwrap();
    }

    /// Publishes at `QoS` 1 and waits for the acknowledgement.
    async fn say(&mut self, topic: &str, payload: &str) {
        self.publish(topic, payload).await;
        self.acknowledged().await;
    }

    async fn subscribe(&mut self, filter: &str) -> bool {
        self.sender
            .subscribe(filter, QoS::AtLeastOnce)
            .await
            .unwrap();
        self.find(|packet| match packet {
            Packet::SubAck(ack) => Some(
                ack.return_codes
                    .iter()
                    .all(|code| matches!(code, rumqttc::SubscribeReasonCode::Success(_))),
            ),
            _ => None,
        })
        .await
    }

    /// Goes without a word.
    async fn vanish(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}
