//! A real Mosquitto with the configuration that is shipped, on a port and in a folder of its own.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::SystemTime,
};

use backend::kernel::clock::Clock;

use super::wait_until;

const PASSWORD: &str = "bridge secret";

/// Ends with the test.
pub struct Mosquitto {
    folder: PathBuf,
    port: u16,
    /// Where it listens for TLS as well.
    tls: Option<u16>,
    process: Child,
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Mosquitto {
    pub fn start() -> Self {
        Self::start_with(None)
    }

    /// With the listener for TLS that is shipped, by a certificate and its key, both in PEM.
    pub fn start_with_tls(cert: &str, key: &str) -> Self {
        Self::start_with(Some((cert, key)))
    }

    fn start_with(tls: Option<(&str, &str)>) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("mosquitto-{:016x}", rand::random::<u64>()));
        fs::create_dir_all(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        // Both are held until both are known, or they could be the same.
        let free = || std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let (plain, over_tls) = (free(), free());
        let port = plain.local_addr().unwrap().port();
        let tls_port = tls.map(|_| over_tls.local_addr().unwrap().port());
        drop((plain, over_tls));
        let shipped = |name: &str| {
            let path = repository().join("deploy/mosquitto").join(name);
            fs::read_to_string(path).unwrap()
        };
        let place = |text: &str| folder.join(text).display().to_string();
        let plugin = installed("usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so");
        let plugin = plugin.display().to_string();
        let mut lines = shipped("mosquitto.conf");
        if let Some((cert, key)) = tls {
            fs::write(folder.join("cert.pem"), cert).unwrap();
            fs::write(folder.join("key.pem"), key).unwrap();
            lines.push_str(&shipped("tls.conf"));
        }
        // The rest is as it is shipped. Started by root, it would become somebody who may not come here.
        let mut conf = "user root\n".to_owned();
        for line in lines.lines() {
            let line = match line.split_once(' ') {
                Some(("listener", "8883")) => format!("listener {} 127.0.0.1", tls_port.unwrap()),
                Some(("listener", _)) => format!("listener {port} 127.0.0.1"),
                Some(("certfile", _)) => format!("certfile {}", place("cert.pem")),
                Some(("keyfile", _)) => format!("keyfile {}", place("key.pem")),
                Some(("plugin", _)) => format!("plugin {plugin}"),
                Some(("plugin_opt_config_file", _)) => {
                    format!("plugin_opt_config_file {}", place("accounts.json"))
                }
                Some(("persistence_location", _)) => {
                    format!("persistence_location {}/", folder.display())
                }
                _ => line.to_owned(),
            };
            conf.push_str(&line);
            conf.push('\n');
        }
        fs::write(folder.join("mosquitto.conf"), conf).unwrap();
        let made = Command::new(installed("usr/bin/mosquitto_ctrl"))
            .args(["dynsec", "init", &place("accounts.json"), "linli", PASSWORD])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status();
        assert!(made.unwrap().success());
        let process = spawn(&folder);
        let started = Self {
            folder,
            port,
            tls: tls_port,
            process,
        };
        started.wait();
        started
    }

    fn wait(&self) {
        wait_until("Mosquitto listens", || {
            std::net::TcpStream::connect(self.address()).is_ok()
        });
    }

    /// Host and port.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// For `LINLI_MQTT_URL`.
    pub fn url(&self) -> String {
        format!("mqtt://linli:bridge%20secret@{}", self.address())
    }

    /// Host and port of the listener for TLS, by the name in its certificate.
    pub fn tls_address(&self) -> String {
        format!("localhost:{}", self.tls.unwrap())
    }

    /// For `LINLI_MQTT_URL`.
    pub fn tls_url(&self) -> String {
        format!("mqtts://linli:bridge%20secret@{}", self.tls_address())
    }

    /// What it has logged since it was started last.
    pub fn said(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap()
    }

    /// Waits until all that it knows now is on its disk.
    pub fn saved(&self) {
        let now = SystemTime::from(Clock::system().now());
        wait_until("Mosquitto has saved", || {
            let written = fs::metadata(self.folder.join("mosquitto.db"));
            written.is_ok_and(|written| written.modified().unwrap() > now)
        });
    }

    /// Ends it at once and starts it again, with what it had on disk.
    pub fn kill_and_start(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.process = spawn(&self.folder);
        self.wait();
    }
}

fn spawn(folder: &Path) -> Child {
    Command::new(installed("usr/sbin/mosquitto"))
        .arg("-c")
        .arg(folder.join("mosquitto.conf"))
        .stdout(Stdio::null())
        .stderr(fs::File::create(folder.join("log")).unwrap())
        .spawn()
        .unwrap()
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Unpacked by the set-up for tests, or installed on the machine.
fn installed(path: &str) -> PathBuf {
    let unpacked = repository().join(".tools/mosquitto").join(path);
    if unpacked.exists() {
        return unpacked;
    }
    let system = Path::new("/").join(path);
    assert!(system.exists(), "no Mosquitto: run scripts/setup test");
    system
}
