//! The parts of a running site, started in order and stopped in the reverse.

use std::{
    io::Write,
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use app::devices::BrokerPort;
use axum::{
    Extension, Router,
    serve::{Listener, ListenerExt},
};
use backend::{kernel::clock::Clock, telemetry};
use bridge::{
    broker::{self, Broker},
    dial::Dialer,
};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
    task::JoinHandle,
    time::timeout,
};

use crate::{
    commands,
    config::Config,
    demo,
    failure::Failure,
    ground::Ground,
    holder,
    http::{self, EdgeSettings, HttpState},
    intake::{self, Intake},
    keys,
    live::{self, Hub, Live},
    mail, observe,
    ops::{self, Census, Dependency, Ops},
    polling::Polling,
    tls::Tls,
};

/// How long requests that are under way may take to finish.
const DRAIN: Duration = Duration::from_secs(10);

/// How often the partitions ahead are looked after.
const PARTITIONS: Duration = Duration::from_hours(6);

/// Serves until asked to stop. With the demo, its companies are seeded before the ready line and
/// its devices speak after it.
///
/// # Errors
/// The part that failed, in one line.
pub async fn run(config: &Config, with_demo: bool) -> Result<(), Failure> {
    let mut asked = Asked::listen()?;
    let mut starting = std::pin::pin!(Site::start(config, with_demo));
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
    let announced = site.announce(with_demo);
    if announced.is_ok() {
        let simulating = with_demo.then(|| tokio::spawn(demo::simulate(site.devices(config))));
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
    /// Where devices connect, with the real port.
    pub mqtt: SocketAddr,
    ground: Ground,
    web: Web,
    live: Live,
    broker: Broker,
    intake: Intake,
    upkeep: Vec<JoinHandle<()>>,
}

impl Site {
    /// Starts every part in order.
    ///
    /// # Errors
    /// The part that failed, in one line; what was started before it is stopped again.
    pub async fn start(config: &Config, with_demo: bool) -> Result<Self, Failure> {
        observe::metrics();
        let clock = Clock::system();
        let tls = config.tls.as_ref().map(|files| Tls::load(files, &clock));
        let tls = tls.transpose()?;
        // First, because a taken port is the commonest failure, and making a database only to say
        // so would waste a minute. Nothing is accepted from them until the end.
        let listener = listen("LINLI_HTTP_ADDR", config.http_addr)?;
        let http = address(&listener)?;
        let mqtt = address(&listen("LINLI_MQTT_LISTEN", config.mqtt_listen)?)?;
        let public_url = config.public_url_at(http);
        let ground = Ground::start(config).await?;
        match Self::on(
            config,
            with_demo,
            (listener, tls),
            mqtt,
            &public_url,
            &ground,
        )
        .await
        {
            Ok((web, live, broker, intake, upkeep)) => {
                let mqtt = broker.local_addr();
                Ok(Self {
                    http,
                    public_url,
                    mqtt,
                    ground,
                    web,
                    live,
                    broker,
                    intake,
                    upkeep,
                })
            }
            Err(e) => {
                ground.stop().await;
                Err(e)
            }
        }
    }

    /// The parts that stand on the ground.
    async fn on(
        config: &Config,
        with_demo: bool,
        (listener, tls): (TcpListener, Option<Tls>),
        mqtt: SocketAddr,
        public_url: &str,
        ground: &Ground,
    ) -> Result<(Web, Live, Broker, Intake, Vec<JoinHandle<()>>), Failure> {
        let site = backend::Site::new(ground.db.clone(), ground.keys.clone(), Clock::system())
            .telling(mail::channels(config, public_url)?);
        open_partitions(&site).await?;
        if with_demo && demo::seed(&site).await? == demo::Seeded::Refused {
            return Err(Failure::setting(
                "LINLI_DATA_DIR holds companies but not the demo, which is not put beside them: use `linli serve`, or another folder",
            ));
        }
        let hub = Hub::default();
        let intake = intake::start(site.clone(), hub.clone());
        let intake = if config.stays_on_this_machine() {
            intake
        } else {
            intake.without_demo()
        };
        let mut settings = broker::Config::new(mqtt);
        settings.storage = Some(config.data_dir.join("broker"));
        let broker = Broker::start(settings, std::sync::Arc::new(intake.clone()))
            .await
            .map_err(|e| Failure::work(format!("the broker does not start: {e}")))?;
        let live = Live::new(site.clone(), hub, public_url);

        let db = ground.db.clone();
        let database = Dependency::new("database", move || {
            let db = db.clone();
            async move { db.ping().await.map_err(|e| e.to_string()) }
        });
        let port = broker.local_addr();
        let listening = Dependency::new("broker", move || async move {
            tokio::net::TcpStream::connect(port)
                .await
                .map(drop)
                .map_err(|e| e.to_string())
        });
        let ops = Ops {
            dependencies: vec![database, listening],
            devices: Census::new(broker.census()),
            metrics_token: config.metrics_token.clone(),
        };
        let state = HttpState::new(
            site.clone(),
            intake.clone(),
            EdgeSettings::of(config, public_url),
        );
        let router = http::router(state, live::routes(live.clone()), ops::routes(ops))
            .layer(Extension(BrokerPort(broker.local_addr().port())));
        let dialer = Dialer::new(config.egress(with_demo));
        let polling = Polling::new(site.clone(), intake.clone(), dialer);
        let ways = commands::Ways {
            mqtt: commands::Mqtt::new(broker.courier()),
            polling: polling.clone(),
        };
        let turning_away = intake::gate::keep(site.clone(), broker.gate(), live.changes());
        let mut upkeep = vec![
            tokio::spawn(observe::keep_metrics()),
            tokio::spawn(keep_partitions(site.clone())),
            tokio::spawn(turning_away),
            tokio::spawn(polling.keep(live.changes())),
            tokio::spawn(commands::keep(site.clone(), ways)),
            tokio::spawn(live.clone().hear_changes()),
            tokio::spawn(keys::follow(config.key_file.clone(), ground.keys.clone())),
        ];
        upkeep.extend(tls.clone().map(|tls| tokio::spawn(tls.keep_fresh())));
        let web = Web::start(listener, tls, router)?;
        Ok((web, live, broker, intake, upkeep))
    }

    /// Says on standard output that the site can be used.
    ///
    /// # Errors
    /// Standard output is closed.
    pub fn announce(&self, with_demo: bool) -> Result<(), Failure> {
        let say = || {
            let mut out = std::io::stdout().lock();
            writeln!(out, "MQTT at mqtt://{}", self.mqtt)?;
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
            broker: self.mqtt,
            memory: Some(config.data_dir.join("simulated.json")),
            clock: Clock::system(),
        }
    }

    /// Stops accepting, lets requests finish, then stops the other parts in reverse order.
    pub async fn stop(self) {
        self.live.stop().await;
        self.web.stop().await;
        self.broker.shutdown().await;
        self.intake.stop().await;
        for task in self.upkeep {
            task.abort();
        }
        self.ground.stop().await;
    }
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

/// Keeps partitions open ahead of time for as long as the site runs.
async fn keep_partitions(site: backend::Site) {
    loop {
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

/// The HTTP server.
#[derive(Debug)]
struct Web {
    stopping: watch::Sender<bool>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Web {
    fn start(listener: TcpListener, tls: Option<Tls>, router: Router) -> Result<Self, Failure> {
        let listener = tokio::net::TcpListener::from_std(listener)
            .map_err(|e| Failure::work(format!("cannot serve HTTP: {e}")))?;
        let (stopping, stop) = watch::channel(false);
        let task = match tls {
            Some(tls) => tokio::spawn(answer(tls.listener(listener), router, stop)),
            None => tokio::spawn(answer(listener, router, stop)),
        };
        Ok(Self { stopping, task })
    }

    async fn stop(mut self) {
        self.stopping.send_replace(true);
        match timeout(DRAIN, &mut self.task).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(e))) => tracing::error!(error = %e, "HTTP ended badly"),
            Ok(Err(e)) => tracing::error!(error = %e, "HTTP ended badly"),
            Err(_) => {
                tracing::warn!("requests did not finish in time: they are cut off");
                self.task.abort();
            }
        }
    }
}

/// Answers what comes in by `listener` until `stop` says so, then lets requests finish.
async fn answer<L>(
    listener: L,
    router: Router,
    mut stop: watch::Receiver<bool>,
) -> std::io::Result<()>
where
    L: Listener<Addr = SocketAddr> + std::fmt::Debug,
{
    // axum knows the peer's address of its own listeners only, and a tapped one counts as such.
    let listener = listener.tap_io(|_| {});
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service)
        .with_graceful_shutdown(async move {
            // An error means that the site was dropped, which is a stop as well.
            let _ = stop.wait_for(|stop| *stop).await;
        })
        .await
}

/// Binds `addr`; a taken one is named with its holder.
///
/// # Errors
/// Names the setting; status 2.
pub fn listen(setting: &str, addr: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(addr)
        .and_then(|listener| listener.set_nonblocking(true).map(|()| listener))
        .map_err(|e| Failure::setting(holder::explain(setting, addr, &e)))
}

/// Ctrl-C, a supervisor's TERM, or the terminal going away.
#[derive(Debug)]
pub struct Asked {
    signals: [tokio::signal::unix::Signal; 3],
}

impl Asked {
    /// From here on these signals no longer end the process by themselves.
    ///
    /// # Errors
    /// The kernel refused a handler.
    pub fn listen() -> Result<Self, Failure> {
        let on = |kind| {
            signal(kind).map_err(|e| Failure::work(format!("signals cannot be handled: {e}")))
        };
        let signals = [
            on(SignalKind::interrupt())?,
            on(SignalKind::terminate())?,
            on(SignalKind::hangup())?,
        ];
        Ok(Self { signals })
    }

    /// Waits for the next one.
    pub async fn to_stop(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.signals;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}
