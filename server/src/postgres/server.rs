//! One life of a postmaster: adopting it, starting it, ending it.

use std::{
    fs,
    io::{Read, Seek, SeekFrom},
    net::{Ipv4Addr, TcpListener},
    path::Path,
    process::Stdio,
    time::Duration,
};

use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use tokio::{
    process::{Child, Command},
    sync::watch,
    time::{Instant, sleep, timeout},
};

use super::{
    Login,
    cluster::{Passwords, Place},
    process::{PidFile, Programs, is_alive, is_postmaster, noted_pid, orphans},
};
use crate::{failure::Failure, lock::Lock};

/// What stays the same over all lives of a postmaster.
#[derive(Debug)]
pub(super) struct Cluster {
    pub(super) place: Place,
    pub(super) programs: Programs,
    pub(super) passwords: Passwords,
    pub(super) _lock: Lock,
}

/// One life of a postmaster.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) pid: u32,
    pub(super) port: u16,
    /// Unset for one that an earlier Linli started.
    child: Option<Child>,
}

impl Server {
    pub(super) async fn ended(&mut self, data: &Path) {
        if let Some(child) = &mut self.child {
            let _ = child.wait().await;
            return;
        }
        while is_postmaster(self.pid, data) {
            sleep(Duration::from_millis(250)).await;
        }
    }
}

/// Why a postmaster did not come up.
pub(super) enum NotUp {
    /// Worth another try.
    Died(String),
    /// Linli is stopping.
    Stopping,
}

impl Cluster {
    pub(super) fn options(&self, port: u16, login: Login, database: &str) -> PgConnectOptions {
        self.passwords.options(port, login, database)
    }

    /// Whether what answers on `port` is this cluster, by our password and its folder.
    async fn answers(&self, port: u16) -> Result<bool, sqlx::Error> {
        let options = self.options(port, Login::Superuser, "postgres");
        let ask = async {
            let mut conn = PgConnection::connect_with(&options).await?;
            let folder: String = sqlx::query_scalar("SELECT current_setting('data_directory')")
                .fetch_one(&mut conn)
                .await?;
            conn.close().await?;
            Ok(Path::new(&folder) == self.place.data())
        };
        match timeout(Duration::from_secs(3), ask).await {
            Ok(answer) => answer,
            Err(_) => Err(sqlx::Error::PoolTimedOut),
        }
    }

    /// Takes over the postmaster that an earlier Linli left behind, if it is there and whole.
    pub(super) async fn adopt(&self) -> Result<Option<Server>, Failure> {
        const PATIENCE: Duration = Duration::from_mins(2);
        let data = self.place.data();
        let Some(pid) = noted_pid(&data) else {
            return Ok(None);
        };
        let since = Instant::now();
        let mut last = "it is starting or stopping".to_owned();
        while is_postmaster(pid, &data) {
            if let Some(file) = PidFile::read(&data)
                && file.ready
            {
                match self.answers(file.port).await {
                    Ok(true) => {
                        tracing::info!(
                            pid,
                            port = file.port,
                            "adopted the PostgreSQL that was still running"
                        );
                        return Ok(Some(Server {
                            pid,
                            port: file.port,
                            child: None,
                        }));
                    }
                    Ok(false) => "another cluster answers on its port".clone_into(&mut last),
                    Err(e) => last = e.to_string(),
                }
            }
            if since.elapsed() > PATIENCE {
                return Err(Failure::work(format!(
                    "PostgreSQL (process {pid}) runs in {} and does not answer: {last}; its log is {}",
                    data.display(),
                    self.place.log.display()
                )));
            }
            sleep(Duration::from_millis(200)).await;
        }
        Ok(None)
    }

    /// First start. Somebody may take the port between finding and using it: then another.
    pub(super) async fn start_on_free_port(
        &self,
        stop: &watch::Receiver<bool>,
    ) -> Result<Server, Failure> {
        const TRIES: u32 = 5;
        let mut last = String::new();
        for attempt in 0..TRIES {
            if attempt > 0 {
                sleep(Duration::from_millis(200 << attempt)).await;
            }
            let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
                .and_then(|free| free.local_addr())
                .map_err(|e| Failure::work(format!("no free port on 127.0.0.1: {e}")))?
                .port();
            match self.launch(port, stop).await {
                Ok(server) => return Ok(server),
                Err(NotUp::Stopping) => break,
                Err(NotUp::Died(why)) => last = why,
            }
        }
        Err(Failure::work(format!(
            "PostgreSQL did not start: {last}; its log is {}",
            self.place.log.display()
        )))
    }

    /// Starts a postmaster on `port` and waits until it answers, recovery included.
    pub(super) async fn launch(
        &self,
        port: u16,
        stop: &watch::Receiver<bool>,
    ) -> Result<Server, NotUp> {
        let died =
            |what: &'static str| move |e: std::io::Error| NotUp::Died(format!("{what}: {e}"));
        self.clear_the_way().await;
        let mut log = self
            .place
            .open_log()
            .map_err(died("its log cannot be opened"))?;
        let before = log
            .seek(SeekFrom::End(0))
            .map_err(died("its log cannot be read"))?;
        let data = self.place.data();
        let mut command = self.programs.command("postgres", self.place.user);
        command.arg("-D").arg(&data).args(["-p", &port.to_string()]);
        for setting in [
            "listen_addresses=127.0.0.1",
            // Loopback and a password: no socket file whose path may be too long.
            "unix_socket_directories=",
            "max_connections=100",
            "max_locks_per_transaction=256",
            "logging_collector=off",
            "log_destination=stderr",
            "log_line_prefix=%m [%p] ",
            "log_timezone=UTC",
            "timezone=UTC",
            "cluster_name=linli",
        ] {
            command.args(["-c", setting]);
        }
        command.stdout(Stdio::null()).stderr(Stdio::from(log));
        let mut child = Command::from(command)
            .spawn()
            .map_err(died("postgres does not run"))?;
        let pid = child.id().unwrap_or_default();

        let since = Instant::now();
        loop {
            if let Ok(Some(status)) = child.try_wait() {
                let why = self
                    .last_words(before)
                    .unwrap_or_else(|| status.to_string());
                return Err(NotUp::Died(why));
            }
            let up = PidFile::read(&data).is_some_and(|file| file.pid == pid && file.ready);
            if up && matches!(self.answers(port).await, Ok(true)) {
                tracing::info!(
                    pid,
                    port,
                    ms = since.elapsed().as_millis(),
                    "PostgreSQL is up"
                );
                return Ok(Server {
                    pid,
                    port,
                    child: Some(child),
                });
            }
            // After a crash the log is replayed, which may take minutes and must not be cut short.
            let too_long = since.elapsed() > Duration::from_mins(10);
            let stopping = *stop.borrow();
            if too_long || stopping {
                let mut server = Server {
                    pid,
                    port,
                    child: Some(child),
                };
                self.shut_down(&mut server).await;
                return Err(if stopping {
                    NotUp::Stopping
                } else {
                    NotUp::Died("no answer within ten minutes".to_owned())
                });
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Removes what a killed postmaster leaves in the way of the next one.
    async fn clear_the_way(&self) {
        let data = self.place.data();
        let mut alive = orphans(&data);
        if !alive.is_empty() {
            tracing::warn!(
                count = alive.len(),
                "waiting for processes of the last PostgreSQL to end"
            );
        }
        let since = Instant::now();
        while !alive.is_empty() && since.elapsed() < Duration::from_secs(20) {
            // Most notice within a moment that their postmaster is gone; one amid a query does not.
            if since.elapsed() > Duration::from_secs(3) {
                for pid in &alive {
                    self.programs.signal("QUIT", *pid, self.place.user);
                }
            }
            sleep(Duration::from_millis(100)).await;
            alive = orphans(&data);
        }
        // PostgreSQL removes the file of a dead process itself, but holds a number that went to
        // somebody else, or to a zombie, for a running postmaster. The shared memory still tells
        // it when something of the old cluster is alive.
        if let Some(pid) = noted_pid(&data)
            && Path::new(&format!("/proc/{pid}")).exists()
            && !is_postmaster(pid, &data)
        {
            tracing::warn!(
                pid,
                reused = is_alive(pid),
                "removing a stale postmaster.pid"
            );
            let _ = fs::remove_file(data.join("postmaster.pid"));
        }
    }

    /// Why the postmaster ended, in its own words: the last fatal line since `before`.
    fn last_words(&self, before: u64) -> Option<String> {
        let mut log = fs::File::open(&self.place.log).ok()?;
        log.seek(SeekFrom::Start(before)).ok()?;
        let mut said = String::new();
        log.take(1 << 20).read_to_string(&mut said).ok()?;
        let fatal = |line: &&str| line.contains("FATAL:") || line.contains("PANIC:");
        let line = said.lines().rfind(fatal).or_else(|| said.lines().last())?;
        Some(line.to_owned())
    }

    /// Fast shutdown; harder where that does not end it.
    pub(super) async fn shut_down(&self, server: &mut Server) {
        let data = self.place.data();
        for (signal, patience) in [("INT", 30), ("QUIT", 10), ("KILL", 5)] {
            self.programs.signal(signal, server.pid, self.place.user);
            if timeout(Duration::from_secs(patience), server.ended(&data))
                .await
                .is_ok()
            {
                return;
            }
            tracing::warn!(pid = server.pid, signal, "PostgreSQL has not ended yet");
        }
    }
}
