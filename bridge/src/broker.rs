//! The embedded MQTT broker, 3.1.1 and 5.
//!
//! It is a way in, not a message bus: an acknowledgement (PUBACK, or PUBREC at `QoS` 2) is sent
//! after [`Intake`] has stored what the message said, or durably counted why not.
//!
//! ```text
//! device --PUBLISH--> hook --accept--> Postgres --commit--> hook returns --PUBACK--> device
//! ```
//!
//! - **Who**: the client id is the user name, `{slug}:{key}`, and the password is right, or CONNECT
//!   is refused. A will may only be `offline` on the device's own status topic: wills bypass the
//!   publish hook, so any other is refused at CONNECT, and counted.
//! - **Where**: below the own prefix only. A foreign publish is counted and dropped (refused by
//!   name in MQTT 5; MQTT 3.1.1 knows no such answer and gets a plain PUBACK), a foreign filter is
//!   refused in the SUBACK and counted. A publish to an own topic that nothing reads is counted
//!   as a foreign one: it goes nowhere.
//! - **What stays**: of telemetry nothing is routed, queued or retained. Only `online` / `offline`
//!   is: one retained word a device.
//! - **What goes down**: commands, by [`Courier`], to the connection that is there; a device's
//!   answer is acknowledged as its readings are. One to a command that it was never sent, and one
//!   that is no answer, are counted and acknowledged.
//! - **When the store is away**: the hook tries again for up to the [`Config::patience`] or half
//!   the client's keep-alive, whichever is shorter, since the connection's pings are not answered
//!   in the meantime. Then the connection is closed without the acknowledgement, and the client
//!   sends again once it is back: sessions are kept, so that clients know that they should. A
//!   message may thus be stored twice, which its `ts` makes one. At `QoS` 0 it is lost, as `QoS` 0
//!   says, and logged.
//! - **Bounds**: packets of 1 MiB, a number of connections, small queues and windows per
//!   connection; the hook takes one message of a connection at a time, so a store that is slow
//!   slows its senders. A client that asks for no keep-alive is dropped after five silent minutes.
//!
//! What the library cannot do: an acknowledgement cannot be sent later than the hook returns, so
//! "withheld, but still pinging" is not possible beyond the patience above; a refusal carries no
//! reason over MQTT 3.1.1; connections that have not sent their CONNECT yet are bounded only by
//! their rate and a time-out of ten seconds; and a connection that was taken over publishes its
//! will, though the device is there.

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use domain::TenantId;
use mqtt5::{
    MqttError,
    broker::{
        BrokerConfig, BrokerShutdownHandle, MqttBroker, ResourceLimits, StorageBackendType,
        StorageConfig,
    },
};
use tokio::task::JoinHandle;

mod hooks;
mod hub;
#[cfg(test)]
mod tests;

use hooks::Hooks;
pub use hooks::Rules;
use hub::{Devices, Hub};

use crate::{
    intake::{DeviceSession, Intake},
    payload::MAX_PAYLOAD,
    rpc::Request,
};

/// How the broker listens and what it allows.
#[derive(Debug, Clone)]
pub struct Config {
    /// Port 0 takes a free one: see [`Broker::local_addr`].
    pub listen: SocketAddr,
    /// Where sessions are kept over a restart. Without one they are kept in memory only.
    pub storage: Option<PathBuf>,
    /// Connections at a time.
    pub max_connections: usize,
    /// How long one message may wait for a store that is away.
    pub patience: Duration,
}

impl Config {
    #[must_use]
    pub fn new(listen: SocketAddr) -> Self {
        Self {
            listen,
            storage: None,
            max_connections: 10_000,
            patience: Duration::from_secs(10),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the MQTT broker cannot start on {listen}: {source}")]
    Start {
        listen: SocketAddr,
        source: MqttError,
    },
}

/// A running broker. Dropping it stops it without waiting.
pub struct Broker {
    addr: SocketAddr,
    hub: Arc<dyn Devices>,
    handle: BrokerShutdownHandle,
    running: JoinHandle<Result<(), MqttError>>,
}

impl std::fmt::Debug for Broker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Broker")
            .field("addr", &self.addr)
            .finish_non_exhaustive()
    }
}

/// Turns devices away, one or a company's; clones are the same one.
#[derive(Clone)]
pub struct Gate(Arc<dyn Devices>);

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Gate(…)")
    }
}

impl Gate {
    /// The devices that are connected or connecting.
    #[must_use]
    pub fn sessions(&self) -> Vec<DeviceSession> {
        self.0.sessions()
    }

    /// Ends the live connection of a device whose secret is no longer good, and forgets its session
    /// and its retained status. Call it after the revocation is committed: a CONNECT that is under
    /// way at this moment is checked again.
    pub async fn revoke(&self, username: &str) {
        self.0.revoke(username).await;
    }

    /// Ends the connections of all of a company's devices. What they say from this moment on is not
    /// acknowledged, so they keep it and their sessions stay. Whether they may come back, the intake
    /// says: call this after it was decided, since a CONNECT that is under way is checked again.
    pub async fn shut(&self, tenant: TenantId) {
        self.0.shut(tenant).await;
    }
}

/// Carries commands to devices; clones are the same one.
#[derive(Clone)]
pub struct Courier(Arc<dyn Devices>);

impl std::fmt::Debug for Courier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Courier(…)")
    }
}

impl Courier {
    /// Hands a command to a device's connection, at `QoS` 1 and not retained. False where it is not
    /// connected now, or the command's time is up: nothing is kept for it. True does not say that
    /// the device listens: its answer does.
    pub async fn carry(&self, username: &str, request: &Request) -> bool {
        self.0.carry(username, request).await
    }
}

/// Sessions of devices that never come back are dropped after this.
const SESSION_EXPIRY: Duration = Duration::from_hours(7 * 24);
/// Messages at `QoS` 2 that a client may have open.
const RECEIVE_MAXIMUM: u16 = 256;

impl Broker {
    /// Binds, and returns once connections are accepted.
    ///
    /// # Errors
    /// Where the address is taken or the session storage cannot be opened.
    pub async fn start<I: Intake>(config: Config, intake: Arc<I>) -> Result<Self, Error> {
        Self::start_with(config, intake, Rules::OWN).await
    }

    /// Starts with other rules than a site has: a test that looks for leaks takes them away to see
    /// that it would find one.
    ///
    /// # Errors
    /// Those of [`Broker::start`].
    #[doc(hidden)]
    pub async fn start_with<I: Intake>(
        config: Config,
        intake: Arc<I>,
        rules: Rules,
    ) -> Result<Self, Error> {
        let listen = config.listen;
        let failed = |source| Error::Start { listen, source };
        let hub = Arc::new(Hub::new(intake, config.patience));
        let hooks = Arc::new(Hooks(Arc::clone(&hub), rules));

        let mut settings = settings(&config);
        settings.event_handler = Some(hooks.clone());
        let mut mqtt = MqttBroker::with_config(settings)
            .await
            .map_err(failed)?
            .with_auth_provider(hooks);
        mqtt.resource_monitor().update_limits(ResourceLimits {
            max_connections: config.max_connections,
            // Many sites sit behind one address.
            max_connections_per_ip: config.max_connections,
            // Zero is unlimited. A message over these limits would be acknowledged and dropped.
            max_message_rate_per_client: 0,
            max_bandwidth_per_client: 0,
            // With ten seconds to say CONNECT, at most as many are half open as may be open.
            max_connection_rate: u32::try_from(config.max_connections / 10)
                .unwrap_or(u32::MAX)
                .max(100),
            rate_limit_window: Duration::from_secs(1),
        });
        hub.attach(&mqtt.router(), mqtt.storage().as_ref());

        let addr = mqtt.local_addr().unwrap_or(listen);
        let handle = mqtt.shutdown_handle();
        let mut ready = mqtt.ready_receiver();
        let running = tokio::spawn(async move { mqtt.run().await });
        if ready.wait_for(|ready| *ready).await.is_err() {
            let source = match running.await {
                Ok(Err(source)) => source,
                _ => MqttError::InvalidState("stopped before it was ready".to_owned()),
            };
            return Err(failed(source));
        }
        tracing::info!(%addr, "the MQTT broker accepts connections");
        Ok(Self {
            addr,
            hub,
            handle,
            running,
        })
    }

    /// The address with the real port.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.addr
    }

    /// Devices that are connected now.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.hub.connections()
    }

    /// [`Broker::connections`] for whoever asks without holding the broker.
    pub fn census(&self) -> impl Fn() -> usize + Send + Sync + use<> {
        let hub = Arc::clone(&self.hub);
        move || hub.connections()
    }

    /// The way to turn a company's devices away, for whoever hears of it without holding the broker.
    #[must_use]
    pub fn gate(&self) -> Gate {
        Gate(Arc::clone(&self.hub))
    }

    /// The way to devices, for whoever sends commands without holding the broker.
    #[must_use]
    pub fn courier(&self) -> Courier {
        Courier(Arc::clone(&self.hub))
    }

    /// Stops accepting, ends all connections and waits for them, for some seconds at most.
    pub async fn shutdown(mut self) {
        self.hub.stop();
        self.handle.shutdown();
        if let Ok(Err(error)) = (&mut self.running).await {
            tracing::warn!(%error, "the MQTT broker did not stop cleanly");
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.hub.stop();
        self.handle.shutdown();
    }
}

fn settings(config: &Config) -> BrokerConfig {
    let mut storage = StorageConfig::new()
        // A command is never queued for a device that is away: only status words could be, and what
        // was under way to one that is just lost, until it expires.
        .with_max_queued_messages_per_client(16)
        .with_max_queued_bytes_per_client(64 * 1024);
    storage = match &config.storage {
        Some(dir) => storage
            .with_backend(StorageBackendType::File)
            .with_base_dir(dir.clone()),
        None => storage.with_backend(StorageBackendType::Memory),
    };
    let mut settings = BrokerConfig::new()
        .with_bind_address(config.listen)
        .with_max_clients(config.max_connections)
        .with_max_packet_size(MAX_PAYLOAD)
        .with_session_expiry(SESSION_EXPIRY)
        // All of them: a publish at a level that is not supported is refused, and over MQTT 3.1.1
        // a refusal looks like an acknowledgement.
        .with_maximum_qos(2)
        .with_max_subscriptions_per_client(32)
        .with_client_channel_capacity(64)
        .with_server_receive_maximum(RECEIVE_MAXIMUM)
        .with_sys_topics_enabled(false)
        .with_storage(storage);
    settings.topic_alias_maximum = 16;
    settings.shared_subscription_available = false;
    settings
}
