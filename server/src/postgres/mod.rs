//! The embedded PostgreSQL: a private cluster that starts, stops and recovers with Linli.
//!
//! Nobody but Linli talks to it: one free loopback port, no socket files, random passwords. When
//! Linli is killed the postmaster goes on by itself, and the next start adopts it. When the
//! postmaster is killed it is started again on the same port, so that pools find it.

mod cluster;
mod process;
mod server;
mod sight;

use std::{ffi::OsString, path::Path, sync::Arc, time::Duration};

use sqlx::postgres::PgConnectOptions;
use tokio::{sync::watch, task::JoinHandle, time::sleep};

pub use self::sight::Sight;
use self::{
    cluster::{Passwords, Place},
    process::Programs,
    server::{Cluster, NotUp, Server},
};
use crate::{config::Secret, failure::Failure, lock::Lock, observe};

/// Name of the database that holds the tables.
pub const DATABASE: &str = "linli";

/// Log-ins of the embedded cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Login {
    /// Makes roles and the database, and nothing else.
    Superuser,
    /// `linli_owner`: migrates.
    Owner,
    /// `linli_app`: serves.
    App,
}

/// A running cluster. Dropping it leaves PostgreSQL running for the next start to adopt; see
/// [`Postgres::stop`].
#[derive(Debug)]
pub struct Postgres {
    cluster: Arc<Cluster>,
    port: u16,
    pid: watch::Receiver<u32>,
    stopping: watch::Sender<bool>,
    supervisor: JoinHandle<()>,
}

impl Postgres {
    /// Finds or makes the cluster of `data_dir` (absolute, existing), and adopts or starts it.
    ///
    /// # Errors
    /// What is missing or in the way, in one line.
    pub async fn start(data_dir: &Path, search_path: Option<OsString>) -> Result<Self, Failure> {
        let place = Place::find(data_dir)?;
        // Two data directories may name one place: a copy of a folder does.
        let lock = Lock::take(&place.folder.join("lock"))?;
        let programs = Programs::find(place.version().as_deref(), search_path.as_deref())?;
        let passwords = Passwords::load_or_make(&place)?;
        let cluster = Arc::new(Cluster {
            place,
            programs,
            passwords,
            _lock: lock,
        });
        let making = Arc::clone(&cluster);
        tokio::task::spawn_blocking(move || making.place.init(&making.programs, &making.passwords))
            .await
            .map_err(|e| Failure::work(format!("making the database failed: {e}")))??;

        let (stopping, stop) = watch::channel(false);
        let server = match cluster.adopt().await? {
            Some(server) => server,
            None => cluster.start_on_free_port(&stop).await?,
        };
        let port = server.port;
        let (tell_pid, pid) = watch::channel(server.pid);
        let supervisor = tokio::spawn(supervise(Arc::clone(&cluster), server, tell_pid, stop));
        Ok(Self {
            cluster,
            port,
            pid,
            stopping,
            supervisor,
        })
    }

    /// How to connect as `login` to `database`.
    #[must_use]
    pub fn options(&self, login: Login, database: &str) -> PgConnectOptions {
        self.cluster.options(self.port, login, database)
    }

    /// The password that `login` is to have; hexadecimal.
    #[must_use]
    pub fn password(&self, login: Login) -> &Secret {
        self.cluster.passwords.of(login)
    }

    /// The loopback port; it stays the same until [`Postgres::stop`].
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The postmaster's process number at the moment.
    #[must_use]
    pub fn pid(&self) -> u32 {
        *self.pid.borrow()
    }

    /// Shuts the cluster down: clients are cut off, what was committed is on disk.
    pub async fn stop(self) {
        let _ = self.stopping.send(true);
        if let Err(e) = self.supervisor.await {
            tracing::error!(error = %e, "the supervisor of PostgreSQL failed");
        }
    }
}

/// Restarts the postmaster whenever it ends by itself, on the same port; ends it when asked to.
async fn supervise(
    cluster: Arc<Cluster>,
    mut server: Server,
    tell_pid: watch::Sender<u32>,
    mut stop: watch::Receiver<bool>,
) {
    const LONGEST: Duration = Duration::from_secs(10);
    let data = cluster.place.data();
    loop {
        tokio::select! {
            () = server.ended(&data) => {}
            asked = asked_to_stop(&mut stop) => {
                if asked {
                    cluster.shut_down(&mut server).await;
                    tracing::info!("PostgreSQL has stopped");
                }
                return;
            }
        }
        tracing::error!(
            pid = server.pid,
            port = server.port,
            "PostgreSQL ended: starting it again"
        );
        let mut pause = Duration::from_millis(250);
        server = loop {
            match cluster.launch(server.port, &stop).await {
                Ok(server) => break server,
                Err(NotUp::Stopping) => return,
                Err(NotUp::Died(why)) => {
                    tracing::error!(%why, again_in = ?pause, "PostgreSQL did not start");
                }
            }
            tokio::select! {
                () = sleep(pause) => {}
                _ = asked_to_stop(&mut stop) => return,
            }
            pause = (pause * 2).min(LONGEST);
        };
        observe::postgres_restarted();
        tell_pid.send_replace(server.pid);
    }
}

/// Waits for the end: true when asked for, false when the handle was dropped, which leaves
/// PostgreSQL running.
async fn asked_to_stop(stop: &mut watch::Receiver<bool>) -> bool {
    stop.wait_for(|stop| *stop).await.is_ok()
}
