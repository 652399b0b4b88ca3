//! Which devices are connected, and how their words reach the intake.

use std::{
    collections::HashMap,
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use domain::{TenantId, telemetry::Refusal};
use mqtt5::{
    QoS,
    broker::{DynamicStorage, StorageBackend, router::MessageRouter},
    packet::publish::PublishPacket,
};
use tokio::{
    select,
    sync::watch,
    time::{Instant, sleep, timeout_at},
};

use crate::{
    intake::{Away, DeviceSession, Intake},
    payload::Decoded,
    rpc::Request,
    topic::Prefix,
    word::Word,
};

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// How long a command may wait for room on its way to a slow device.
const ROUTING: Duration = Duration::from_secs(1);

/// Why a connection is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Something could not be stored, and must not be acknowledged; or nothing is stored for its
    /// company any more.
    Away,
    Revoked,
}

/// A device that has shown its credentials.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) username: String,
    pub(super) device: DeviceSession,
    pub(super) prefix: Prefix,
    patience: Duration,
    end: watch::Sender<Option<End>>,
    /// Status words are stored in the order in which they came, also over a reconnect.
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl Link {
    pub(super) fn end(&self) -> Option<End> {
        *self.end.borrow()
    }
}

struct Entry {
    link: Arc<Link>,
    /// Two while one connection takes over from another.
    connections: usize,
}

pub(super) struct Hub<I> {
    pub(super) intake: Arc<I>,
    patience: Duration,
    devices: Mutex<HashMap<String, Entry>>,
    /// Rises with each revocation, so that a CONNECT under way notices.
    revocations: AtomicU64,
    stopping: watch::Sender<bool>,
    /// Weak, because the broker holds the hub: a cycle would keep the storage locked for ever.
    broker: OnceLock<(Weak<MessageRouter>, Weak<DynamicStorage>)>,
}

impl<I: Intake> Hub<I> {
    pub(super) fn new(intake: Arc<I>, patience: Duration) -> Self {
        Self {
            intake,
            patience,
            devices: Mutex::default(),
            revocations: AtomicU64::new(0),
            stopping: watch::Sender::new(false),
            broker: OnceLock::new(),
        }
    }

    pub(super) fn attach(
        &self,
        router: &Arc<MessageRouter>,
        storage: Option<&Arc<DynamicStorage>>,
    ) {
        let storage = storage.map(Arc::downgrade).unwrap_or_default();
        // Only ever called once, by `Broker::start`.
        let _ = self.broker.set((Arc::downgrade(router), storage));
    }

    fn router(&self) -> Option<Arc<MessageRouter>> {
        self.broker.get()?.0.upgrade()
    }

    fn devices(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.devices.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Checks credentials. `None` refuses them.
    pub(super) async fn admit(
        &self,
        username: &str,
        password: &[u8],
        keep_alive: Duration,
    ) -> Result<Option<Arc<Link>>, Away> {
        loop {
            let before = self.revocations.load(Ordering::SeqCst);
            let Some(device) = self.intake.connect(username, password).await? else {
                return Ok(None);
            };
            let Some(prefix) = Prefix::new(&device.slug, &device.key)
                .filter(|_| username == format!("{}:{}", device.slug, device.key))
            else {
                return Ok(None);
            };
            // A client gives up when a ping stays unanswered for about its keep-alive.
            let patience = if keep_alive.is_zero() {
                self.patience
            } else {
                self.patience.min(keep_alive / 2)
            };
            let link = self.remember(username, device, prefix, patience);
            if self.revocations.load(Ordering::SeqCst) == before {
                return Ok(Some(link));
            }
            self.forget(&link);
        }
    }

    fn remember(
        &self,
        username: &str,
        device: DeviceSession,
        prefix: Prefix,
        patience: Duration,
    ) -> Arc<Link> {
        let mut devices = self.devices();
        let turn = devices
            .get(username)
            .map(|entry| Arc::clone(&entry.link.turn));
        let link = Arc::new(Link {
            username: username.to_owned(),
            device,
            prefix,
            patience,
            end: watch::Sender::new(None),
            turn: turn.unwrap_or_default(),
        });
        devices
            .entry(username.to_owned())
            .and_modify(|entry| entry.link = Arc::clone(&link))
            .or_insert_with(|| Entry {
                link: Arc::clone(&link),
                connections: 0,
            });
        link
    }

    /// Drops what is known of a device, unless it is connected or connecting anew.
    pub(super) fn forget(&self, link: &Arc<Link>) {
        let mut devices = self.devices();
        let idle = devices
            .get(&link.username)
            .is_some_and(|entry| entry.connections == 0 && Arc::ptr_eq(&entry.link, link));
        if idle {
            devices.remove(&link.username);
        }
    }

    pub(super) fn link(&self, client_id: &str) -> Option<Arc<Link>> {
        self.devices()
            .get(client_id)
            .map(|entry| Arc::clone(&entry.link))
    }

    /// A connection is up. Ends it again if its credentials were revoked in the meantime.
    pub(super) async fn join(&self, client_id: &str) {
        let link = {
            let mut devices = self.devices();
            devices.get_mut(client_id).and_then(|entry| {
                entry.connections += 1;
                entry.link.end().is_none().then(|| Arc::clone(&entry.link))
            })
        };
        match link {
            Some(link) => drop(self.keep(&link, Word::Came).await),
            None => self.cut(client_id).await,
        }
    }

    /// A connection is gone. The link, and whether that was the device's last connection.
    pub(super) fn leave(&self, client_id: &str) -> Option<(Arc<Link>, bool)> {
        let mut devices = self.devices();
        let entry = devices.get_mut(client_id)?;
        entry.connections = entry.connections.saturating_sub(1);
        Some((Arc::clone(&entry.link), entry.connections == 0))
    }

    fn is_connected(&self, client_id: &str) -> bool {
        self.devices()
            .get(client_id)
            .is_some_and(|entry| entry.connections > 0)
    }

    pub(super) fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Closes a connection whose last message must not be acknowledged.
    pub(super) async fn close(&self, link: &Link) {
        link.end
            .send_if_modified(|end| end.is_none() && end.replace(End::Away).is_none());
        // While one connection takes over from another, the old one has its notice already.
        let one = self
            .devices()
            .get(&link.username)
            .is_some_and(|entry| entry.connections <= 1);
        if one {
            self.cut(&link.username).await;
        }
    }

    /// Makes the connection's loop end: it notices that the router has dropped it.
    async fn cut(&self, client_id: &str) {
        if let Some(router) = self.router() {
            router.unregister_client(client_id).await;
        }
    }

    pub(super) async fn clear_retained(&self, prefix: &Prefix) {
        if let Some(router) = self.router() {
            let mut empty = PublishPacket::new(prefix.status(), Vec::new(), QoS::AtMostOnce);
            empty.retain = true;
            router.route_message(&empty, None).await;
        }
    }

    /// Brings a word to the store, trying again while patience lasts. False where it may not be
    /// acknowledged.
    pub(super) async fn keep(&self, link: &Link, word: Word) -> bool {
        let deadline = Instant::now() + link.patience;
        let mut pause = FIRST_PAUSE;
        let mut end = link.end.subscribe();
        let mut stopping = self.stopping.subscribe();
        loop {
            let reason = match timeout_at(deadline, self.say(link, &word)).await {
                Ok(Ok(())) => return true,
                Ok(Err(away)) => away.to_string(),
                Err(_) => "no answer in time".to_owned(),
            };
            if Instant::now() + pause >= deadline {
                tracing::warn!(device = %link.device.device, reason, "a message was not stored");
                return false;
            }
            select! {
                () = sleep(pause) => {}
                _ = end.wait_for(Option::is_some) => return false,
                _ = stopping.wait_for(|stopping| *stopping) => return false,
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn say(&self, link: &Link, word: &Word) -> Result<(), Away> {
        let _turn = match word {
            Word::Status(_) | Word::Came | Word::Lost => Some(link.turn.lock().await),
            _ => None,
        };
        // It may have come back, or gone again, before this is stored.
        let connected = || self.is_connected(&link.username);
        if matches!(word, Word::Lost) && connected() || matches!(word, Word::Came) && !connected() {
            return Ok(());
        }
        word.tell(&*self.intake, &link.device).await
    }

    /// Counts a refusal durably.
    pub(super) async fn count(&self, link: &Link, reason: Refusal) -> bool {
        self.keep(link, Word::Decoded(Decoded::refusal(reason)))
            .await
    }
}

type Boxed<'a, T = ()> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What [`super::Broker`] needs of a hub, whatever its intake.
pub(super) trait Devices: Send + Sync {
    fn connections(&self) -> usize;
    /// The devices that are connected or connecting.
    fn sessions(&self) -> Vec<DeviceSession>;
    fn shut(&self, tenant: TenantId) -> Boxed<'_>;
    fn revoke<'a>(&'a self, username: &'a str) -> Boxed<'a>;
    /// See [`super::Courier::carry`].
    fn carry<'a>(&'a self, username: &'a str, request: &'a Request) -> Boxed<'a, bool>;
    fn stop(&self);
}

impl<I: Intake> Devices for Hub<I> {
    fn connections(&self) -> usize {
        self.devices().values().map(|entry| entry.connections).sum()
    }

    fn sessions(&self) -> Vec<DeviceSession> {
        let devices = self.devices();
        devices
            .values()
            .map(|entry| entry.link.device.clone())
            .collect()
    }

    fn shut(&self, tenant: TenantId) -> Boxed<'_> {
        Box::pin(async move {
            // A CONNECT that is under way is checked again.
            self.revocations.fetch_add(1, Ordering::SeqCst);
            let links: Vec<Arc<Link>> = self
                .devices()
                .values()
                .filter(|entry| entry.link.device.tenant == tenant)
                .map(|entry| Arc::clone(&entry.link))
                .collect();
            for link in links {
                // First, so that what it says in this moment is not acknowledged.
                link.end
                    .send_if_modified(|end| end.is_none() && end.replace(End::Away).is_none());
                self.cut(&link.username).await;
            }
        })
    }

    fn revoke<'a>(&'a self, username: &'a str) -> Boxed<'a> {
        Box::pin(async move {
            self.revocations.fetch_add(1, Ordering::SeqCst);
            if let Some(link) = self.link(username) {
                link.end.send_replace(Some(End::Revoked));
            }
            self.cut(username).await;
            if let Some(storage) = self.broker.get().and_then(|(_, storage)| storage.upgrade())
                && let Err(error) = storage.remove_session(username).await
            {
                tracing::warn!(%error, "the session of a revoked device stays on disk");
            }
            if let Some(prefix) = Prefix::of_username(username) {
                self.clear_retained(&prefix).await;
            }
        })
    }

    fn carry<'a>(&'a self, username: &'a str, request: &'a Request) -> Boxed<'a, bool> {
        Box::pin(async move {
            let link = self.link(username).filter(|link| link.end().is_none());
            let (Some(link), Some(router)) = (link, self.router()) else {
                return false;
            };
            let left = request.expires_at.duration_since(self.intake.now());
            if left.is_zero() || left.is_negative() || !self.is_connected(username) {
                return false;
            }
            let topic = link.prefix.request(request.number);
            let mut packet = PublishPacket::new(topic, request.payload(), QoS::AtLeastOnce);
            // What the device has not taken by then is dropped, also where its connection is lost in
            // this moment and its session stays.
            let seconds = u32::try_from(left.as_secs()).unwrap_or(u32::MAX).max(1);
            packet.properties.set_message_expiry_interval(seconds);
            // Only so long, where the device does not take what it has already.
            let deadline = Instant::now() + ROUTING;
            router
                .route_message_with_deadline(&packet, None, deadline)
                .await;
            true
        })
    }

    fn stop(&self) {
        self.stopping.send_replace(true);
    }
}
