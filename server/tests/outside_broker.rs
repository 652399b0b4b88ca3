//! Linli in parts, beside a real Mosquitto with the configuration that is shipped.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "these are tests, helpers included"
)]

mod support;

use std::{
    fs,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use futures_util::{SinkExt, StreamExt};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rumqttc::{
    AsyncClient, ConnectReturnCode, ConnectionError, Event, MqttOptions, Packet, QoS,
    TlsConfiguration, Transport,
};
use serde_json::{Value, json};
use server::{
    keys::MasterKey,
    postgres::{Login, Postgres},
};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use support::{
    Dir, Linli, PATIENCE,
    mosquitto::Mosquitto,
    voices::{Rest, Sensor, WINDOW, acknowledged, books, speak, sum, text, wait_for},
};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};
use tokio_tungstenite::tungstenite::Message;

/// A database and a broker that processes share, and a folder for each of them.
struct Ground {
    _server: Postgres,
    _elsewhere: Dir,
    mosquitto: Mosquitto,
    database: String,
    dirs: Vec<Dir>,
    keys: Dir,
}

impl Ground {
    async fn new() -> Self {
        Self::beside(Mosquitto::start()).await
    }

    async fn beside(mosquitto: Mosquitto) -> Self {
        let elsewhere = Dir::new(0o755);
        let server = elsewhere.start().await;
        let options = server.options(Login::Superuser, "postgres");
        let mut conn = PgConnection::connect_with(&options).await.unwrap();
        for sql in [
            "CREATE ROLE maker LOGIN CREATEROLE CREATEDB PASSWORD 'secret'",
            "CREATE DATABASE shared OWNER maker",
        ] {
            sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
                .execute(&mut conn)
                .await
                .unwrap();
        }
        conn.close().await.unwrap();
        let port = server.port();
        let url = |name: &str| {
            format!("postgres://{name}:secret@127.0.0.1:{port}/shared?sslmode=disable")
        };
        let ground = Self {
            mosquitto,
            database: url("linli_app"),
            dirs: (0..3).map(|_| Dir::new(0o755)).collect(),
            keys: Dir::new(0o755),
            _server: server,
            _elsewhere: elsewhere,
        };
        let owner = url("maker");
        let settings = [
            ("LINLI_OWNER_DATABASE_URL", &*owner),
            ("LINLI_DATABASE_URL", &*ground.database),
        ];
        let migrated = Linli::run(&ground.keys, &["migrate"], &settings);
        assert_eq!(migrated.status, Some(0), "{}", migrated.said);
        ground
    }

    /// One part, in a process of its own.
    fn start(&self, part: &str) -> Linli {
        Linli::spawn(self.command(part, &[]))
    }

    /// The same, not started yet, with settings that differ.
    fn command(&self, part: &str, settings: &[(&str, &str)]) -> Command {
        let nth = ["web", "worker", "bridge"]
            .iter()
            .position(|of| *of == part);
        let mut command = Linli::command(&self.dirs[nth.unwrap()]);
        command
            .args(["serve", "--only", part])
            .env("LINLI_DATABASE_URL", &self.database)
            .env("LINLI_MQTT_URL", self.mosquitto.url())
            .env("LINLI_KEY_FILE", self.key_file())
            .envs(settings.iter().copied());
        command
    }

    fn key_file(&self) -> PathBuf {
        self.keys.0.join("keys")
    }
}

/// A device that has not given up.
struct Device {
    client: AsyncClient,
    heard: tokio::sync::mpsc::UnboundedReceiver<(String, Value)>,
    running: tokio::task::JoinHandle<ConnectionError>,
}

fn options(id: &str, sensor: &Sensor, broker: &str) -> MqttOptions {
    let (host, port) = broker.split_once(':').unwrap();
    let mut options = MqttOptions::new(id, host, port.parse().unwrap());
    options.set_credentials(&sensor.username, &sensor.password);
    options
}

/// Connects as soon as the broker has been told of the device.
async fn connect(sensor: &Sensor, broker: &str) -> Device {
    connect_by(&options(&sensor.username, sensor, broker)).await
}

async fn connect_by(options: &MqttOptions) -> Device {
    let since = Instant::now();
    loop {
        let (client, mut events) = AsyncClient::new(options.clone(), 10);
        match events.poll().await {
            Ok(_) => {
                let (said, heard) = tokio::sync::mpsc::unbounded_channel();
                let running = tokio::spawn(async move {
                    loop {
                        match events.poll().await {
                            Ok(Event::Incoming(Packet::Publish(publish))) => {
                                let payload = serde_json::from_slice(&publish.payload).unwrap();
                                let _ = said.send((publish.topic, payload));
                            }
                            Ok(_) => {}
                            Err(error) => return error,
                        }
                    }
                });
                return Device {
                    client,
                    heard,
                    running,
                };
            }
            Err(error) => {
                assert!(since.elapsed() < PATIENCE, "never let in: {error}");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

impl Device {
    async fn say(&self, topic: &str, payload: Value) {
        let payload = payload.to_string();
        self.client
            .publish(topic, QoS::AtLeastOnce, false, payload)
            .await
            .unwrap();
    }
}

async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let since = Instant::now();
    while !holds().await {
        assert!(since.elapsed() < PATIENCE, "waited until {what}");
        sleep(Duration::from_millis(50)).await;
    }
}

async fn newest(rest: &Rest, sensor: &Sensor) -> Value {
    let points = rest.get(&format!("devices/{}/points", sensor.device)).await;
    points["items"][0]["value"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_a_device_through_mosquitto_and_three_processes_to_a_page_and_back() {
    let ground = Ground::new().await;
    let broker = ground.mosquitto.address();
    let (web, _worker, _bridge) = (
        ground.start("web"),
        ground.start("worker"),
        ground.start("bridge"),
    );
    let rest = Rest::sign_up(&web.url).await;
    let estate = rest.post("estates", json!({ "name": "安居花园" })).await;
    let sensor = rest.sensor(text(&estate["id"])).await;

    // Somebody watches at another process than the one that stores.
    let ticket = rest.post("live/ticket", json!({})).await;
    let live = format!(
        "{}/live?ticket={}",
        web.url.replace("http", "ws"),
        text(&ticket["ticket"])
    );
    let (mut live, _) = tokio_tungstenite::connect_async(live).await.unwrap();
    let topic = format!("device/{}/points", sensor.device);
    let sub = json!({ "op": "sub", "id": 1, "topic": topic }).to_string();
    live.send(Message::text(sub)).await.unwrap();
    let mut frame = async || {
        let next = async {
            loop {
                if let Message::Text(text) = live.next().await.unwrap().unwrap() {
                    return serde_json::from_str::<Value>(&text).unwrap();
                }
            }
        };
        timeout(PATIENCE, next).await.unwrap()
    };
    assert_eq!(frame().await["snapshot"], json!([]));

    let mut device = connect(&sensor, &broker).await;
    device.say(&sensor.topic, json!({ "count": 7 })).await;
    let delta = loop {
        let frame = frame().await;
        if frame["resync"] == json!(true) {
            continue;
        }
        break frame;
    };
    assert_eq!(delta["delta"][0]["value"], json!(7.0), "{delta}");
    assert_eq!(newest(&rest, &sensor).await, json!(7.0));

    // A command goes the other way, and its answer comes back.
    let prefix = sensor.topic.strip_suffix("/telemetry").unwrap();
    let requests = format!("{prefix}/rpc/request/+");
    device
        .client
        .subscribe(requests, QoS::AtLeastOnce)
        .await
        .unwrap();
    let form = json!({ "method": "reset", "params": { "to": 0 }, "timeout_s": 30 });
    let asked = rest
        .post(&format!("devices/{}/commands", sensor.device), form)
        .await;
    let (topic, request) = timeout(PATIENCE, device.heard.recv())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (&request["method"], &request["params"]),
        (&json!("reset"), &json!({ "to": 0 }))
    );
    device
        .say(&topic.replace("request", "response"), json!({ "ok": true }))
        .await;
    until("the answer is kept", async || {
        let command = rest.get(&format!("commands/{}", text(&asked["id"]))).await;
        command["state"] == "done"
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_broker_lets_each_device_be_itself_until_its_secret_ends() {
    let ground = Ground::new().await;
    let broker = ground.mosquitto.address();
    let (web, _bridge) = (ground.start("web"), ground.start("bridge"));
    let rest = Rest::sign_up(&web.url).await;
    let estate = rest.post("estates", json!({ "name": "安居花园" })).await;
    let sensor = rest.sensor(text(&estate["id"])).await;
    let other = rest.sensor(text(&estate["id"])).await;
    let device = connect(&sensor, &broker).await;

    // Nobody speaks for another, nor under another name.
    device.say(&other.topic, json!({ "count": 8 })).await;
    device.say(&sensor.topic, json!({ "count": 9 })).await;
    until("what came after it is there", async || {
        newest(&rest, &sensor).await == json!(9.0)
    })
    .await;
    assert_eq!(newest(&rest, &other).await, Value::Null);
    // Once the broker has been told of the other one its password is good, and by its own name only: for
    // a second client of a name the broker would throw the first one out.
    connect(&other, &broker).await.running.abort();
    let keys = MasterKey::load(&ground.key_file()).unwrap().unwrap().keys();
    let company = text(&rest.get("tenant").await["id"]).parse().unwrap();
    let line = keys.broker_client(Some(company));
    let accounts = format!("{}-accounts", keys.broker_client(None));
    let said = ground.mosquitto.said();
    assert!(said.contains(&format!(" as {line} (")), "{said}");
    for name in ["somebody", &sensor.username, &line, &accounts] {
        let (_client, mut events) = AsyncClient::new(options(name, &other, &broker), 10);
        let refused = timeout(PATIENCE, events.poll()).await.unwrap();
        assert!(
            matches!(
                refused,
                Err(ConnectionError::ConnectionRefused(
                    ConnectReturnCode::BadUserNamePassword | ConnectReturnCode::NotAuthorized
                ))
            ),
            "{name}: {refused:?}"
        );
    }
    let said = ground.mosquitto.said();
    for name in [&sensor.username, &line] {
        let thrown_out = said.contains(&format!("Client {name} already connected"));
        assert!(!thrown_out, "{said}");
    }
    // Over the connections that were there before.
    device.say(&sensor.topic, json!({ "count": 11 })).await;
    until("it is still heard", async || {
        newest(&rest, &sensor).await == json!(11.0)
    })
    .await;

    // A new secret ends the connection of the old one, and no secret ends all.
    let fresh = rest
        .post(&format!("devices/{}/credentials", sensor.device), json!({}))
        .await;
    timeout(PATIENCE, device.running).await.unwrap().unwrap();
    let renewed = Sensor {
        password: text(&fresh["password"]).to_owned(),
        ..sensor.clone()
    };
    let device = connect(&renewed, &broker).await;
    device.say(&sensor.topic, json!({ "count": 10 })).await;
    until("it speaks again", async || {
        newest(&rest, &sensor).await == json!(10.0)
    })
    .await;
    let path = format!("{}/api/v1/devices/{}/credentials", web.url, sensor.device);
    let ended = rest
        .client
        .delete(path)
        .bearer_auth(&rest.token)
        .send()
        .await
        .unwrap();
    assert!(ended.status().is_success());
    timeout(PATIENCE, device.running).await.unwrap().unwrap();
}

/// An authority that nobody else knows: its own certificate in PEM, and what it signs with.
fn authority() -> (String, Issuer<'static, KeyPair>) {
    let mut wanted = CertificateParams::new(Vec::<String>::new()).unwrap();
    wanted.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    wanted.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    // Not the name of what it signs, which would count as signed by itself.
    wanted
        .distinguished_name
        .push(DnType::CommonName, "an authority");
    let key = KeyPair::generate().unwrap();
    let cert = wanted.self_signed(&key).unwrap().pem();
    (cert, Issuer::new(wanted, key))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_tls_by_the_authority_that_is_named_and_by_no_other() {
    let ((ours, issuer), (other, _)) = (authority(), authority());
    let key = KeyPair::generate().unwrap();
    let cert = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let cert = cert.signed_by(&key, &issuer).unwrap();
    let mosquitto = Mosquitto::start_with_tls(&cert.pem(), &key.serialize_pem());
    let (broker, url) = (mosquitto.tls_address(), mosquitto.tls_url());
    let ground = Ground::beside(mosquitto).await;
    let dir = Dir::new(0o755);
    let (trusted, log) = (dir.0.join("trusted.pem"), dir.0.join("log"));
    let bridge = |authority: &str| {
        fs::write(&trusted, authority).unwrap();
        let trusted = trusted.display().to_string();
        let settings = [("LINLI_MQTT_URL", &*url), ("SSL_CERT_FILE", &*trusted)];
        let mut command = ground.command("bridge", &settings);
        command.stderr(fs::File::create(&log).unwrap());
        Linli::spawn(command)
    };
    let web = ground.start("web");
    let rest = Rest::sign_up(&web.url).await;
    let estate = rest.post("estates", json!({ "name": "安居花园" })).await;
    let sensor = rest.sensor(text(&estate["id"])).await;

    // The broker cannot show who it is, and is told nothing.
    let mistaken = bridge(&other);
    until("it is said why", async || {
        let said = fs::read_to_string(&log).unwrap();
        let mut lines = said.lines();
        lines.any(|line| {
            line.contains("the line to the broker is down")
                && line.contains("certificate verify failed")
        })
    })
    .await;
    let said = ground.mosquitto.said();
    assert!(!said.contains("New client connected"), "{said}");
    assert_eq!(mistaken.interrupt(), 0);

    let right = bridge(&ours);
    let mut options = options(&sensor.username, &sensor, &broker);
    options.set_transport(Transport::tls_with_config(TlsConfiguration::SimpleNative {
        ca: ours.into_bytes(),
        client_auth: None,
    }));
    let device = connect_by(&options).await;
    device.say(&sensor.topic, json!({ "count": 12 })).await;
    until("it is heard over TLS", async || {
        newest(&rest, &sensor).await == json!(12.0)
    })
    .await;
    assert_eq!(right.interrupt(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_lost_when_the_bridge_is_killed_and_when_mosquitto_is() {
    const DEVICES: usize = 6;
    const SOME: usize = 600;
    const QUIET: Duration = Duration::from_secs(10);
    let mut ground = Ground::new().await;
    let web = ground.start("web");
    let mut bridge = ground.start("bridge");
    let rest = Rest::sign_up(&web.url).await;
    let estate = rest.post("estates", json!({ "name": "安居花园" })).await;
    let mut sensors = Vec::new();
    for _ in 0..DEVICES {
        sensors.push(rest.sensor(text(&estate["id"])).await);
    }
    let books = books(DEVICES);
    let (_broker, address) = watch::channel(ground.mosquitto.address());
    let mut voices = speak(&sensors, &books, &address);

    // The bridge: what it was told and did not store, Mosquitto tells again.
    wait_for(&books, SOME).await;
    bridge.process.kill().unwrap();
    bridge.process.wait().unwrap();
    let killed = acknowledged(&books);
    wait_for(&books, killed + SOME).await;
    bridge = ground.start("bridge");
    wait_for(&books, killed + 2 * SOME).await;
    voices.shutdown().await;
    // All that is on its way has arrived once nothing more has for a while.
    let arrived = async || {
        let (mut last, mut since) = (sum(&rest, &sensors, &books).await, Instant::now());
        while last.lost > 0 && since.elapsed() < QUIET {
            sleep(Duration::from_millis(500)).await;
            let now = sum(&rest, &sensors, &books).await;
            if now.stored > last.stored {
                since = Instant::now();
            }
            last = now;
        }
        last
    };
    let sum = arrived().await;
    println!(
        "bridge killed: acknowledged {}, stored {}, lost {}, doubled {}",
        sum.acknowledged, sum.stored, sum.lost, sum.doubled
    );
    assert_eq!((sum.lost, sum.doubled, sum.wrong), (0, 0, 0), "{sum:?}");

    // Mosquitto itself: it acknowledges before anything is on disk, so what it had not passed on yet
    // may be gone. No more than what it takes in between two saves.
    ground.mosquitto.saved();
    let mut voices = speak(&sensors, &books, &address);
    let before = acknowledged(&books);
    wait_for(&books, before + SOME).await;
    let began = Instant::now();
    ground.mosquitto.kill_and_start();
    let killed = acknowledged(&books) + DEVICES * usize::from(WINDOW);
    wait_for(&books, killed + SOME).await;
    voices.shutdown().await;
    let sum = arrived().await;
    println!(
        "mosquitto killed: acknowledged {}, stored {}, lost {}, doubled {}, again after {:?}",
        sum.acknowledged,
        sum.stored,
        sum.lost,
        sum.doubled,
        began.elapsed()
    );
    assert_eq!((sum.doubled, sum.wrong), (0, 0), "{sum:?}");
    assert!(sum.lost <= killed - before, "{sum:?}");
    assert_eq!(bridge.interrupt(), 0);
}

#[test]
fn a_part_alone_needs_what_parts_share() {
    let dir = Dir::new(0o755);
    for (settings, lacking) in [
        (&[][..], "LINLI_DATABASE_URL"),
        (
            &[("LINLI_DATABASE_URL", "postgres://linli_app:x@127.0.0.1:1/x")][..],
            "LINLI_MQTT_URL",
        ),
    ] {
        for part in ["web", "worker", "bridge"] {
            let ended = Linli::run(&dir, &["serve", "--only", part], settings);
            assert_eq!(ended.status, Some(2), "{}", ended.said);
            assert!(ended.said.contains(lacking), "{}", ended.said);
        }
    }
    let ended = Linli::run(&dir, &["serve", "--only", "kitchen"], &[]);
    assert_eq!(ended.status, Some(2));
    let wrong = [("LINLI_MQTT_URL", "mqtt://linli:hidden@127.0.0.1:1883/x")];
    let ended = Linli::run(&dir, &["serve"], &wrong);
    assert_eq!(ended.status, Some(2));
    assert!(
        ended.said.contains("LINLI_MQTT_URL must be"),
        "{}",
        ended.said
    );
    assert!(!ended.said.contains("hidden"), "{}", ended.said);
}
