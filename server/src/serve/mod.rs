//! The parts of a running site, started in order and stopped in the reverse.
//!
//! One process is all of them. Past one machine, `--only` makes a process one part, of which there
//! may be many: they share a database and a broker, and nothing else.

mod asked;
mod bridging;
mod mqtts;
mod web;

use std::{
    io::Write,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use app::devices::BrokerPlace;
use axum::Extension;
use backend::{
    kernel::{background::Background, clock::Clock},
    telemetry,
};
use bridge::dial::Dialer;
use clap::ValueEnum;
use tokio::task::JoinHandle;

pub use self::{asked::Asked, web::listen};
use self::{
    bridging::{Bridging, Reaching},
    web::Web,
};
use crate::{
    config::{Config, Database},
    demo,
    failure::Failure,
    ground::Ground,
    http::{self, EdgeSettings, HttpState},
    intake::{self, Intake},
    keys,
    live::{self, Hub, Live},
    mail, observe, open_files,
    ops::{self, Dependency, Ops},
    tls::Tls,
};

/// How long work that no request waits for may take to end, such as an import.
const DRAIN: Duration = Duration::from_secs(10);
/// How often the partitions ahead are looked after.
const PARTITIONS: Duration = Duration::from_hours(6);

/// What may be a process of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Pages, REST and websockets
    Web,
    /// What is done on a schedule
    Worker,
    /// What devices say, and what they are told
    Bridge,
}

/// What this process serves.
#[derive(Debug, Clone, Copy, Default)]
pub struct Serving {
    /// With the demo, its companies are seeded before the ready line and its devices speak after it.
    pub with_demo: bool,
    /// One part; else all of them.
    pub only: Option<Part>,
}

impl Serving {
    fn has(self, part: Part) -> bool {
        self.only.is_none_or(|only| only == part)
    }

    /// # Errors
    /// What the settings lack for it, with status 2.
    fn check(self, config: &Config) -> Result<(), Failure> {
        let outside = config.mqtt_outside.as_ref();
        if self.only.is_some() && !matches!(config.database, Database::Outside { .. }) {
            return Err(Failure::setting(
                "--only needs a database that processes can share: LINLI_DATABASE_URL is not set",
            ));
        }
        if self.only.is_some() && outside.is_none() {
            return Err(Failure::setting(
                "--only needs a broker that processes can share: LINLI_MQTT_URL is not set",
            ));
        }
        if let Some(server) = outside {
            if self.with_demo && server.has_tls() {
                return Err(Failure::setting(
                    "LINLI_MQTT_URL: the demo's devices speak plain MQTT, so linli demo takes no mqtts://",
                ));
            }
            if server.is_plain_text() {
                tracing::warn!(
                    ?server,
                    "what devices say and are told crosses the network in the clear: mqtts:// does not"
                );
            }
        }
        Ok(())
    }
}

/// Serves until asked to stop.
///
/// # Errors
/// The part that failed, in one line.
pub async fn run(config: &Config, serving: Serving) -> Result<(), Failure> {
    serving.check(config)?;
    let mut asked = Asked::listen()?;
    let mut starting = std::pin::pin!(Site::start(config, serving));
    let site = tokio::select! {
        site = &mut starting => site?,
        () = asked.to_stop() => {
            tracing::info!("stopping as soon as everything has started; ask again to leave at once");
            // Left in the middle, PostgreSQL goes on by itself and the next start adopts it.
            tokio::select! {
                site = &mut starting => site?.stop().await,
                () = asked.to_stop() => {}
            }
            return Ok(());
        }
    };
    let announced = site.announce(serving.with_demo);
    if announced.is_ok() {
        let simulating = serving
            .with_demo
            .then(|| tokio::spawn(demo::simulate(site.devices(config))));
        asked.to_stop().await;
        tracing::info!("stopping");
        if let Some(simulating) = simulating {
            simulating.abort();
        }
    }
    tokio::select! {
        () = site.stop() => {}
        () = asked.to_stop() => tracing::warn!("asked again: stopping without waiting"),
    }
    announced
}

/// A running site.
#[derive(Debug)]
pub struct Site {
    /// Where HTTP listens, with its real port.
    pub http: SocketAddr,
    /// What browsers call the site, without a trailing slash.
    pub public_url: String,
    ground: Ground,
    parts: Parts,
}

impl Site {
    /// Starts every part in order.
    ///
    /// # Errors
    /// The part that failed, in one line; what was started before it is stopped again.
    pub async fn start(config: &Config, serving: Serving) -> Result<Self, Failure> {
        observe::metrics();
        open_files::take_all_that_are_allowed();
        let clock = Clock::system();
        let tls = config.tls.as_ref().map(|files| Tls::load(files, &clock));
        let tls = tls.transpose()?;
        // First, because a taken port is the commonest failure, and making a database only to say
        // so would waste a minute. Nothing is accepted from them until the end.
        let listener = listen("LINLI_HTTP_ADDR", config.http_addr)?;
        let http = address(&listener)?;
        let mqtt = match config.mqtt_outside {
            Some(_) => config.mqtt_listen,
            None => address(&listen("LINLI_MQTT_LISTEN", config.mqtt_listen)?)?,
        };
        let mqtts = config
            .mqtts_listen
            .map(|addr| listen("LINLI_MQTTS_LISTEN", addr))
            .transpose()?;
        let public_url = config.public_url_at(http);
        let ground = Ground::start(config).await?;
        let front = Front {
            listener,
            tls,
            mqtt,
            mqtts,
        };
        match Parts::start(config, serving, front, &public_url, &ground).await {
            Ok(parts) => Ok(Self {
                http,
                public_url,
                ground,
                parts,
            }),
            Err(e) => {
                ground.stop().await;
                Err(e)
            }
        }
    }

    /// Says on standard output that the site can be used.
    ///
    /// # Errors
    /// Standard output is closed.
    pub fn announce(&self, with_demo: bool) -> Result<(), Failure> {
        let say = || {
            let mut out = std::io::stdout().lock();
            writeln!(out, "MQTT at {}", self.parts.mqtt)?;
            if let Some(mqtts) = self.parts.mqtts {
                writeln!(out, "MQTT over TLS at mqtts://{mqtts}")?;
            }
            if with_demo {
                for login in demo::log_ins() {
                    writeln!(out, "log in as {login:<13} with {}", demo::PASSWORD)?;
                }
            }
            writeln!(out, "Linli is ready at {}", self.public_url)?;
            out.flush()
        };
        say().map_err(|e: std::io::Error| {
            Failure::work(format!("cannot write to standard output: {e}"))
        })
    }

    /// How the demo's devices reach this site.
    fn devices(&self, config: &Config) -> demo::Options {
        demo::Options {
            broker: self.parts.devices_at.clone(),
            memory: Some(config.data_dir.join("simulated.json")),
            clock: Clock::system(),
        }
    }

    /// Stops accepting, lets requests finish, then stops the other parts in reverse order.
    pub async fn stop(self) {
        self.parts.stop().await;
        self.ground.stop().await;
    }
}

/// What faces the world, before anything answers there.
struct Front {
    listener: TcpListener,
    tls: Option<Tls>,
    /// Where our own broker will listen, if there is one.
    mqtt: SocketAddr,
    /// Where it listens for TLS.
    mqtts: Option<TcpListener>,
}

/// What stands on the ground.
#[derive(Debug)]
struct Parts {
    web: Web,
    background: Arc<Background>,
    live: Live,
    bridging: Option<Bridging>,
    intake: Intake,
    /// Where devices connect: as a URL, and as host and port.
    mqtt: String,
    mqtts: Option<SocketAddr>,
    devices_at: (String, u16),
    upkeep: Vec<JoinHandle<()>>,
}

impl Parts {
    async fn start(
        config: &Config,
        serving: Serving,
        front: Front,
        public_url: &str,
        ground: &Ground,
    ) -> Result<Self, Failure> {
        let site = site(config, public_url, ground)?;
        open_partitions(&site).await?;
        if serving.with_demo && demo::seed(&site).await? == demo::Seeded::Refused {
            return Err(Failure::setting(
                "LINLI_DATA_DIR holds companies but not the demo, which is not put beside them: use `linli serve`, or another folder",
            ));
        }
        let hub = Hub::default();
        let background = Arc::clone(&site.background);
        let intake = intake::start(site.clone(), hub.clone());
        let intake = if config.stays_on_this_machine() {
            intake
        } else {
            intake.without_demo()
        };
        let live = Live::new(site.clone(), hub.clone(), public_url);
        let mut upkeep = vec![
            tokio::spawn(observe::keep_metrics()),
            tokio::spawn(intake.clone().hear(live.changes())),
            tokio::spawn(live.clone().hear_changes()),
            tokio::spawn(keys::follow(config.key_file.clone(), ground.keys.clone())),
        ];
        if serving.has(Part::Worker) {
            upkeep.push(tokio::spawn(keep_partitions(
                site.clone(),
                config.readings_kept,
            )));
        }
        if config.may_be_shared() && serving.has(Part::Web) {
            upkeep.push(tokio::spawn(live::feed(site.clone(), hub)));
        }
        let bridging = if serving.has(Part::Bridge) {
            let dialer = Dialer::new(config.egress(serving.with_demo));
            let reaching = Reaching {
                site: site.clone(),
                intake: intake.clone(),
                dialer,
            };
            Some(Bridging::start(config, front.mqtt, reaching, &live).await?)
        } else {
            None
        };
        let own = bridging.as_ref().and_then(Bridging::local_addr);
        let (mqtt, devices_at) = if let Some(server) = &config.mqtt_outside {
            let (host, port) = server.place();
            (format!("{server:?}"), (host.to_owned(), port))
        } else {
            let addr = own.unwrap_or(front.mqtt);
            (
                format!("mqtt://{addr}"),
                (addr.ip().to_string(), addr.port()),
            )
        };
        let mut mqtts = None;
        if let (Some(listener), Some(tls), Some(broker)) = (front.mqtts, &front.tls, own) {
            mqtts = Some(address(&listener)?);
            let listener = tokio::net::TcpListener::from_std(listener)
                .map_err(|e| Failure::work(format!("cannot serve MQTT over TLS: {e}")))?;
            let relaying = mqtts::relay(tls.mqtt_listener(listener), broker);
            upkeep.push(tokio::spawn(relaying));
        }
        let ops = Ops {
            dependencies: dependencies(ground, bridging.is_some().then(|| devices_at.clone())),
            devices: bridging.as_ref().and_then(Bridging::census),
            metrics_token: config.metrics_token.clone(),
        };
        let router = if serving.has(Part::Web) {
            let state = HttpState::new(site, intake.clone(), EdgeSettings::of(config, public_url));
            // Whoever reaches this machine by another name reaches its own broker by that, too.
            let host = config.mqtt_outside.is_some().then(|| devices_at.0.clone());
            let place = BrokerPlace {
                host,
                port: devices_at.1,
                site: config.public_url.clone(),
                secure: public_url.starts_with("https://"),
            };
            http::router(state, live::routes(live.clone()), ops::routes(ops))
                .layer(Extension(place))
        } else {
            ops::routes(ops)
        };
        upkeep.extend(front.tls.clone().map(|tls| tokio::spawn(tls.keep_fresh())));
        let web = Web::start(front.listener, front.tls, router)?;
        Ok(Self {
            web,
            background,
            live,
            bridging,
            intake,
            mqtt,
            mqtts,
            devices_at,
            upkeep,
        })
    }

    async fn stop(self) {
        self.live.stop().await;
        self.web.stop().await;
        if !self.background.finish(DRAIN).await {
            tracing::warn!("an import did not end in time: nothing of it was written");
        }
        if let Some(bridging) = self.bridging {
            bridging.stop().await;
        }
        self.intake.stop().await;
        for task in self.upkeep {
            task.abort();
        }
    }
}

/// What the whole process shares.
fn site(config: &Config, public_url: &str, ground: &Ground) -> Result<backend::Site, Failure> {
    let mut site = backend::Site::new(ground.db.clone(), ground.keys.clone(), Clock::system())
        .telling(mail::channels(config, public_url)?);
    if config.mqtt_outside.is_some() {
        site = site.telling_a_broker();
    }
    if config.may_be_shared() {
        site = site.telling_others();
    }
    Ok(site)
}

/// What `/readyz` asks: the database, and the broker where this process bridges.
fn dependencies(ground: &Ground, broker: Option<(String, u16)>) -> Vec<Dependency> {
    let db = ground.db.clone();
    let database = Dependency::new("database", move || {
        let db = db.clone();
        async move { db.ping().await.map_err(|e| e.to_string()) }
    });
    let broker = broker.map(|place| {
        Dependency::new("broker", move || {
            let place = place.clone();
            async move {
                tokio::net::TcpStream::connect(place)
                    .await
                    .map(drop)
                    .map_err(|e| e.to_string())
            }
        })
    });
    std::iter::once(database).chain(broker).collect()
}

async fn open_partitions(site: &backend::Site) -> Result<(), Failure> {
    let made = telemetry::open_partitions(site).await.map_err(|e| {
        e.log();
        Failure::work(format!("the partitions of readings could not be made: {e}"))
    })?;
    if made > 0 {
        tracing::info!(made, "opened partitions of readings");
    }
    Ok(())
}

/// Keeps partitions open ahead of time for as long as the site runs, and drops what is older than is
/// kept.
async fn keep_partitions(site: backend::Site, kept_months: Option<u16>) {
    loop {
        if let Some(months) = kept_months {
            match telemetry::drop_partitions(&site, months).await {
                Ok(0) => {}
                Ok(dropped) => tracing::info!(dropped, "dropped old partitions of readings"),
                Err(e) => e.log(),
            }
        }
        tokio::time::sleep(PARTITIONS).await;
        if let Err(e) = open_partitions(&site).await {
            tracing::error!(error = %e, "will try again");
        }
    }
}

fn address(listener: &TcpListener) -> Result<SocketAddr, Failure> {
    listener
        .local_addr()
        .map_err(|e| Failure::work(format!("the listening address is unknown: {e}")))
}
