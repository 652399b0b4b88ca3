//! From a call to a device and back, over real sockets.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "these are tests, helpers included"
)]

mod current;

use std::{sync::Arc, time::Duration};

use bridge::{
    broker::{Broker, Config},
    dial::Dialer,
};
use current::{PATIENCE, Town, at};
use domain::devices::{DeviceForm, DeviceKind, Registered, Transport, TransportForm};
use jiff::SignedDuration;
use reqwest::Method;
use rumqttc::{AsyncClient, Event, MqttOptions, Packet, QoS};
use serde_json::{Value, json};
use server::{
    commands::{Mqtt, Ways, Wire, Wires, keep},
    polling::Polling,
};
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{sleep, timeout},
};

/// A site that sends commands, and a door of A's.
struct Site {
    town: Town,
    broker: Broker,
    door: Registered,
    keeping: JoinHandle<()>,
}

/// No way to any device.
struct Nowhere;

impl Wires for Nowhere {
    fn of(&self, _: &Transport) -> Option<Arc<dyn Wire>> {
        None
    }
}

impl Site {
    async fn new() -> Self {
        Self::wired(|town, broker| Ways {
            mqtt: std::sync::Arc::new(Mqtt::new(broker.courier())),
            polling: Polling::new(
                town.site.clone(),
                town.intake.clone(),
                Dialer::new(Vec::new()),
            ),
        })
        .await
    }

    async fn wired<W: Wires>(wires: impl FnOnce(&Town, &Broker) -> W) -> Self {
        let town = Town::new().await;
        let config = Config::new("127.0.0.1:0".parse().unwrap());
        let broker = Broker::start(config, Arc::new(town.intake.clone()))
            .await
            .unwrap();
        let keeping = tokio::spawn(keep(town.site.clone(), wires(&town, &broker)));
        let form = DeviceForm {
            name: "大门".to_owned(),
            key: Some("gate".to_owned()),
            kind: DeviceKind::Door,
            estate: town.estate,
            unit: None,
            place: None,
            transport: TransportForm::Mqtt {},
            gateway: None,
            model: None,
            points: Vec::new(),
        };
        let door = backend::devices::register(&town.admin.cx, form)
            .await
            .unwrap();
        Self {
            town,
            broker,
            door,
            keeping,
        }
    }

    async fn tell(&self, body: Value) -> (u16, Value) {
        let path = format!("devices/{}/commands", self.door.id);
        self.town
            .call(&self.town.admin, Method::POST, &path, Some(body))
            .await
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self
            .town
            .call(&self.town.admin, Method::GET, path, None)
            .await;
        assert_eq!(status, 200, "{body}");
        body
    }

    /// The command once it is in that state.
    async fn becomes(&self, command: &Value, state: &str) -> Value {
        let path = format!("commands/{}", command["id"].as_str().unwrap());
        let looking = async {
            loop {
                let command = self.get(&path).await;
                if command["state"] == state {
                    return command;
                }
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, looking).await.unwrap()
    }

    fn later(&self, seconds: i64) {
        let now = self.town.site.now() + SignedDuration::from_secs(seconds);
        self.town.site.clock.set(now);
    }

    /// The door, connected and listening, after its first word is stored.
    async fn connect(&self) -> Door {
        let credentials = &self.door.credentials;
        let port = self.broker.local_addr().port();
        let mut options = MqttOptions::new(&credentials.username, "127.0.0.1", port);
        options.set_credentials(&credentials.username, &credentials.password);
        let (client, mut events) = AsyncClient::new(options, 10);
        let (heard, packets) = mpsc::unbounded_channel();
        let polling = tokio::spawn(async move {
            while let Ok(event) = events.poll().await {
                if let Event::Incoming(packet) = event {
                    let _ = heard.send(packet);
                }
            }
        });
        let mut door = Door {
            client,
            packets,
            polling,
            topic: credentials.topic.clone(),
        };
        let commands = format!("{}/rpc/request/+", door.topic);
        let subscribed = door.client.subscribe(commands, QoS::AtLeastOnce).await;
        subscribed.unwrap();
        door.find(|packet| matches!(packet, Packet::SubAck(_)).then_some(()))
            .await;
        door
    }

    async fn stop(self) {
        self.keeping.abort();
        self.broker.shutdown().await;
        self.town.intake.stop().await;
    }
}

struct Door {
    client: AsyncClient,
    packets: mpsc::UnboundedReceiver<Packet>,
    polling: JoinHandle<()>,
    topic: String,
}

impl Door {
    async fn find<T>(&mut self, pick: impl Fn(Packet) -> Option<T>) -> T {
        let finding = async {
            loop {
                if let Some(found) = pick(self.packets.recv().await.unwrap()) {
                    return found;
                }
            }
        };
        timeout(PATIENCE, finding).await.unwrap()
    }

    /// The next command: its topic below the door's own, and what it says.
    async fn told(&mut self) -> (String, Value) {
        let (topic, payload) = self
            .find(|packet| match packet {
                Packet::Publish(publish) => Some((publish.topic, publish.payload)),
                _ => None,
            })
            .await;
        let below = topic.strip_prefix(&format!("{}/", self.topic)).unwrap();
        (below.to_owned(), serde_json::from_slice(&payload).unwrap())
    }

    /// Until it is acknowledged, and so stored.
    async fn say(&mut self, below: &str, payload: &Value) {
        let topic = format!("{}/{below}", self.topic);
        let payload = payload.to_string();
        let said = self.client.publish(topic, QoS::AtLeastOnce, false, payload);
        said.await.unwrap();
        self.find(|packet| matches!(packet, Packet::PubAck(_)).then_some(()))
            .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_door_opens_and_says_so() {
    let site = Site::new().await;
    let mut door = site.connect().await;
    let body = json!({ "method": "open", "params": { "seconds": 5 }, "timeout_s": 20 });
    let (status, taken) = site.tell(body.clone()).await;
    assert_eq!(status, 202, "{taken}");
    for field in ["method", "params", "timeout_s"] {
        assert_eq!(taken[field], body[field], "{field}");
    }
    assert!(taken["id"].as_str().unwrap().starts_with("cmd_"));
    assert_eq!(taken["device"], site.door.id.to_string());

    let (topic, told) = door.told().await;
    assert_eq!(topic, "rpc/request/1");
    let expected = json!({ "method": "open", "params": { "seconds": 5 }, "expires": at(20) });
    assert_eq!(told, expected);
    assert_eq!(site.becomes(&taken, "sent").await["answer"], json!(null));

    // What is acknowledged is there.
    let yes = json!({ "ok": true, "by": "motor" });
    door.say("rpc/response/1", &yes).await;
    let command = site
        .get(&format!("commands/{}", taken["id"].as_str().unwrap()))
        .await;
    let expected = json!({
        "id": taken["id"], "device": taken["device"], "method": "open", "state": "done",
        "asked_at": "2026-11-22T06:30:00Z", "expires_at": "2026-11-22T06:30:20Z",
        "answered_at": "2026-11-22T06:30:00Z", "answer": yes, "late": false,
    });
    assert_eq!(command, expected);

    // A number that is no command's is counted, and the connection stays.
    door.say("rpc/response/2", &yes).await;
    let (_, second) = site.tell(json!({ "method": "close" })).await;
    assert_eq!(door.told().await.0, "rpc/request/2");
    door.say("rpc/response/2", &json!({ "ok": false })).await;
    let command = site.becomes(&second, "failed").await;
    assert_eq!(command["answer"], json!({ "ok": false }));
    let device = site.get(&format!("devices/{}", site.door.id)).await;
    assert_eq!(device["refused"][0]["reason"], "unknown_command");
    assert_eq!(device["refused"][0]["count"], 1);

    let path = format!("devices/{}/commands", site.door.id);
    let first = site.get(&format!("{path}?limit=1")).await;
    assert_eq!(first["items"][0]["id"], second["id"]);
    let cursor = first["next"].as_str().unwrap();
    let last = site.get(&format!("{path}?limit=1&cursor={cursor}")).await;
    assert_eq!(
        (&last["items"][0]["id"], &last["next"]),
        (&taken["id"], &json!(null))
    );
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_door_that_says_nothing_in_time_is_late() {
    let site = Site::new().await;
    let mut door = site.connect().await;
    let (_, taken) = site.tell(json!({ "method": "open" })).await;
    door.told().await;
    site.later(10);
    let command = site.becomes(&taken, "expired").await;
    assert_eq!(
        (&command["late"], &command["answer"]),
        (&json!(false), &json!(null))
    );
    door.say("rpc/response/1", &json!({ "ok": true })).await;
    let command = site.becomes(&taken, "expired").await;
    assert_eq!(
        (&command["late"], &command["answer"]),
        (&json!(true), &json!({ "ok": true }))
    );
    assert_eq!(command["answered_at"], "2026-11-22T06:30:10Z");
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_not_there_is_told_nothing() {
    let site = Site::new().await;
    let open = json!({ "method": "open" });
    let (status, refused) = site.tell(open.clone()).await;
    assert_eq!(
        (status, &refused["error"]["code"]),
        (409, &json!("device_offline"))
    );
    assert_eq!(site.town.count("command").await, 0);

    // It was heard a moment ago, and said goodbye: nobody knows until it is tried.
    let door = site.connect().await;
    door.client.disconnect().await.unwrap();
    let gone = async {
        while site.broker.connections() > 0 {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, gone).await.unwrap();
    door.polling.abort();
    let (status, taken) = site.tell(open).await;
    assert_eq!(status, 202, "{taken}");
    let command = site.becomes(&taken, "failed").await;
    assert_eq!(
        command["answer"],
        json!({ "ok": false, "error": "device_offline" })
    );

    // What it is told next is the first that it hears: nothing was kept.
    let mut door = site.connect().await;
    site.tell(json!({ "method": "close" })).await;
    let (topic, told) = door.told().await;
    assert_eq!(
        (topic.as_str(), &told["method"]),
        ("rpc/request/2", &json!("close"))
    );
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_speaks_another_way_fails_and_says_why() {
    let site = Site::wired(|_, _| Nowhere).await;
    let _door = site.connect().await;
    let (_, taken) = site.tell(json!({ "method": "open" })).await;
    let command = site.becomes(&taken, "failed").await;
    assert_eq!(
        command["answer"],
        json!({ "ok": false, "error": "transport_unsupported" })
    );
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_bad_call_names_its_flaws() {
    let site = Site::new().await;
    let _door = site.connect().await;
    for (body, fields) in [
        (json!({}), vec!["method"]),
        (
            json!({ "method": 1, "params": [], "timeout_s": "10" }),
            vec!["method", "params", "timeout_s"],
        ),
        (
            json!({ "method": "Open!", "timeout_s": 301 }),
            vec!["method", "timeout_s"],
        ),
        (
            json!({ "method": "open", "params": { "x": "\0" } }),
            vec!["params"],
        ),
        (
            json!({ "method": "open", "params": { "x": "a".repeat(4096) } }),
            vec!["params"],
        ),
        // No reason is taken: this one is not even read.
        (
            json!({ "method": "cut!", "reason": "arrears" }),
            vec!["method"],
        ),
    ] {
        let (status, refused) = site.tell(body.clone()).await;
        assert_eq!(status, 422, "{body}");
        let named = refused["error"]["fields"].as_object().unwrap();
        assert_eq!(named.keys().collect::<Vec<_>>(), fields, "{body}");
    }
    assert_eq!(site.town.count("command").await, 0);
    let path = format!("devices/{}/commands", site.door.id);
    for (by, status) in [(&site.town.rival, 404), (&site.town.owner, 403)] {
        for (method, body) in [
            (Method::POST, Some(json!({ "method": "open" }))),
            (Method::GET, None),
        ] {
            let (found, answer) = site.town.call(by, method, &path, body).await;
            assert_eq!(found, status, "{answer}");
        }
    }
    for path in [
        "commands/cmd_1",
        "commands/cmd_01JA0000000000000000000000",
        "devices/x/commands",
    ] {
        let (status, _) = site
            .town
            .call(&site.town.admin, Method::GET, path, None)
            .await;
        assert_eq!(status, 404, "{path}");
    }
    site.stop().await;
}
