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
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("mosquitto-{:016x}", rand::random::<u64>()));
        fs::create_dir_all(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let shipped = repository().join("deploy/mosquitto/mosquitto.conf");
        let shipped = fs::read_to_string(shipped).unwrap();
        let place = |text: &str| folder.join(text).display().to_string();
        let plugin = installed("usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so");
        let plugin = plugin.display().to_string();
        // The rest is as it is shipped. Started by root, it would become somebody who may not come here.
        let mut conf = "user root\n".to_owned();
        for line in shipped.lines() {
            let line = match line.split_once(' ') {
                Some(("listener", _)) => format!("listener {port} 127.0.0.1"),
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
