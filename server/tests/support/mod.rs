//! Data directories and running programs for the tests beside this folder.
#![allow(dead_code, reason = "each test program uses a part of it")]

pub mod mosquitto;
pub mod voices;

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use server::postgres::Postgres;

pub const PATIENCE: Duration = Duration::from_mins(1);

/// A data directory of its own; whatever still runs in it ends with the test.
pub struct Dir(pub PathBuf);

impl Dir {
    pub fn new(mode: u32) -> Self {
        let outer = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("pg-{:016x}", rand::random::<u64>()));
        let dir = outer.join("data dir");
        fs::create_dir_all(&dir).unwrap();
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o711)).unwrap();
        fs::set_permissions(&outer, fs::Permissions::from_mode(mode)).unwrap();
        Self(dir)
    }

    pub fn cluster(&self) -> PathBuf {
        fs::read_to_string(self.0.join("postgres.place")).map_or_else(
            |_| self.0.join("postgres"),
            |place| PathBuf::from(place.trim()),
        )
    }

    pub fn pid_file(&self) -> PathBuf {
        self.cluster().join("data/postmaster.pid")
    }

    pub fn noted_pid(&self) -> Option<u32> {
        fs::read_to_string(self.pid_file())
            .ok()?
            .lines()
            .next()?
            .parse()
            .ok()
    }

    pub async fn start(&self) -> Postgres {
        Postgres::start(&self.0, None).await.unwrap()
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        if let Some(pid) = self.noted_pid() {
            kill("QUIT", pid);
            let since = Instant::now();
            while alive(pid) && since.elapsed() < PATIENCE {
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        let place = self.cluster();
        if place.starts_with("/var/lib/linli") {
            let _ = fs::remove_dir_all(place);
        }
        let _ = fs::remove_dir_all(self.0.parent().unwrap());
    }
}

pub fn kill(signal: &str, pid: u32) {
    let _ = Command::new("kill")
        .args([&format!("-{signal}"), &pid.to_string()])
        .status();
}

pub fn alive(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

pub fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let since = Instant::now();
    while !done() {
        assert!(
            since.elapsed() < PATIENCE,
            "waited for a minute until {what}"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// How a run of `linli` ended.
#[derive(Debug)]
pub struct Ended {
    pub status: Option<i32>,
    /// On standard output.
    pub out: String,
    /// On standard error.
    pub said: String,
}

/// A running `linli serve`, killed where a test leaves it running.
pub struct Linli {
    pub process: Child,
    pub url: String,
    /// Host and port of the broker.
    pub mqtt: String,
    /// And of its port for TLS.
    pub mqtts: Option<String>,
}

impl Drop for Linli {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Linli {
    pub fn command(dir: &Dir) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_linli"));
        command
            .current_dir(&dir.0)
            .env("LINLI_DATA_DIR", &dir.0)
            .env("LINLI_HTTP_ADDR", "127.0.0.1:0")
            .env("LINLI_MQTT_LISTEN", "127.0.0.1:0")
            .env_remove("LINLI_DATABASE_URL")
            .env_remove("LINLI_OWNER_DATABASE_URL")
            .env_remove("LINLI_MQTT_URL");
        command
    }

    /// Runs `linli` to its end; one that goes on for a minute is killed.
    pub fn run(dir: &Dir, args: &[&str], settings: &[(&str, &str)]) -> Ended {
        let mut command = Self::command(dir);
        command
            .args(args)
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut run = command.spawn().unwrap();
        let since = Instant::now();
        while run.try_wait().unwrap().is_none() {
            if since.elapsed() > PATIENCE {
                run.kill().unwrap();
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let ended = run.wait_with_output().unwrap();
        Ended {
            status: ended.status.code(),
            out: String::from_utf8(ended.stdout).unwrap(),
            said: String::from_utf8(ended.stderr).unwrap(),
        }
    }

    pub fn serve(dir: &Dir) -> Self {
        Self::serve_with(dir, &[])
    }

    pub fn serve_with(dir: &Dir, settings: &[(&str, &str)]) -> Self {
        Self::start(dir, &["serve"], settings)
    }

    pub fn start(dir: &Dir, args: &[&str], settings: &[(&str, &str)]) -> Self {
        let mut command = Self::command(dir);
        command.args(args).envs(settings.iter().copied());
        Self::spawn(command)
    }

    /// Returns once it is ready.
    pub fn spawn(mut command: Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let out = process.stdout.take().unwrap();
        let mut linli = Self {
            process,
            url: String::new(),
            mqtt: String::new(),
            mqtts: None,
        };
        // The line that says that it is ready comes last.
        for line in BufReader::new(out).lines() {
            let line = line.unwrap();
            if let Some(address) = line.strip_prefix("MQTT at mqtt://") {
                address.clone_into(&mut linli.mqtt);
            }
            if let Some(address) = line.strip_prefix("MQTT over TLS at mqtts://") {
                linli.mqtts = Some(address.to_owned());
            }
            if let Some(url) = line.strip_prefix("Linli is ready at ") {
                url.clone_into(&mut linli.url);
                return linli;
            }
        }
        panic!("no ready line");
    }

    pub fn get(&self, path: &str) -> String {
        use std::io::Write;
        let host = self.url.strip_prefix("http://").unwrap();
        let mut conn = std::net::TcpStream::connect(host).unwrap();
        write!(
            conn,
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        conn.read_to_string(&mut answer).unwrap();
        answer
    }

    pub fn interrupt(mut self) -> i32 {
        kill("INT", self.process.id());
        self.process.wait().unwrap().code().unwrap()
    }
}
