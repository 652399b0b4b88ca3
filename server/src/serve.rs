//! The parts of a running site, started in order and stopped in the reverse.

use std::{
    io::Write,
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use axum::Router;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
    task::JoinHandle,
    time::timeout,
};

use crate::{
    config::Config,
    failure::Failure,
    ground::Ground,
    holder, observe,
    ops::{self, Dependency, Ops},
};

/// How long requests that are under way may take to finish.
const DRAIN: Duration = Duration::from_secs(10);

/// Serves until asked to stop.
///
/// # Errors
/// The part that failed, in one line.
pub async fn run(config: &Config) -> Result<(), Failure> {
    let mut asked = Asked::listen()?;
    let mut starting = std::pin::pin!(Site::start(config));
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
    let announced = site.announce();
    if announced.is_ok() {
        asked.to_stop().await;
        tracing::info!("stopping");
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
    web: Web,
    upkeep: JoinHandle<()>,
}

impl Site {
    /// Starts every part in order.
    ///
    /// # Errors
    /// The part that failed, in one line; what was started before it is stopped again.
    pub async fn start(config: &Config) -> Result<Self, Failure> {
        observe::metrics();
        // First, because a taken port is the commonest failure, and making a database only to say
        // so would waste a minute. Nothing is accepted from it until the end.
        let listener = listen("LINLI_HTTP_ADDR", config.http_addr)?;
        let http = listener
            .local_addr()
            .map_err(|e| Failure::work(format!("the listening address is unknown: {e}")))?;
        let public_url = config
            .public_url
            .clone()
            .unwrap_or_else(|| format!("http://{http}"));

        let ground = Ground::start(config).await?;
        let db = ground.db.clone();
        let database = Dependency::new("database", move || {
            let db = db.clone();
            async move { db.ping().await.map_err(|e| e.to_string()) }
        });
        let ops = Ops {
            dependencies: vec![database],
            metrics_token: config.metrics_token.clone(),
        };
        let web = match Web::start(listener, router(ops)) {
            Ok(web) => web,
            Err(e) => {
                ground.stop().await;
                return Err(e);
            }
        };
        let upkeep = tokio::spawn(observe::keep_metrics());
        Ok(Self {
            http,
            public_url,
            ground,
            web,
            upkeep,
        })
    }

    /// Says on standard output that the site can be used.
    ///
    /// # Errors
    /// Standard output is closed.
    pub fn announce(&self) -> Result<(), Failure> {
        let mut out = std::io::stdout().lock();
        writeln!(out, "Linli is ready at {}", self.public_url)
            .and_then(|()| out.flush())
            .map_err(|e| Failure::work(format!("cannot write to standard output: {e}")))
    }

    /// Stops accepting, lets requests finish, then stops the other parts in reverse order.
    pub async fn stop(self) {
        self.web.stop().await;
        self.upkeep.abort();
        self.ground.stop().await;
    }
}

fn router(ops: Ops) -> Router {
    Router::new()
        .merge(ops::routes(ops))
        .layer(axum::middleware::from_fn(observe::record))
}

/// The HTTP server.
#[derive(Debug)]
struct Web {
    stopping: watch::Sender<bool>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Web {
    fn start(listener: TcpListener, router: Router) -> Result<Self, Failure> {
        let listener = tokio::net::TcpListener::from_std(listener)
            .map_err(|e| Failure::work(format!("cannot serve HTTP: {e}")))?;
        let (stopping, mut stop) = watch::channel(false);
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let served = axum::serve(listener, service).with_graceful_shutdown(async move {
            // An error means that the site was dropped, which is a stop as well.
            let _ = stop.wait_for(|stop| *stop).await;
        });
        Ok(Self {
            stopping,
            task: tokio::spawn(served.into_future()),
        })
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
