//! How devices come in beside MQTT under their own name: over HTTP, behind a gateway; and how a
//! password ends.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "these are tests, helpers included"
)]

mod support;

use std::time::{Duration, Instant};

use backend::kernel::clock::Clock;
use jiff::SignedDuration;
use reqwest::{Client, Method};
use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Packet, QoS};
use serde_json::{Value, json};
use support::{Dir, Linli, PATIENCE};
use tokio::time::timeout;

struct Site {
    linli: Linli,
    client: Client,
    token: String,
    estate: String,
}

impl Site {
    async fn new(dir: &Dir) -> Self {
        let mut site = Self {
            linli: Linli::serve(dir),
            client: Client::new(),
            token: String::new(),
            estate: String::new(),
        };
        let form = json!({ "company": "晨光物业", "slug": "chenguang", "admin_name": "陈晨", "login": "admin@chenguang", "password": "correct horse battery" });
        let signed = site.post("/signup", form).await;
        site.token = signed["access_token"].as_str().unwrap().to_owned();
        let estate = site.post("/estates", json!({ "name": "晨光里" })).await;
        estate["id"].as_str().unwrap().clone_into(&mut site.estate);
        site
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let url = format!("{}/api/v1{path}", self.linli.url);
        let mut request = self.client.request(method, url).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or_default())
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.ask(Method::POST, path, Some(body)).await;
        assert_eq!(status, 201, "{answer}");
        answer
    }

    async fn get(&self, path: &str) -> Value {
        self.ask(Method::GET, path, None).await.1
    }

    async fn register(&self, key: &str, transport: Value, gateway: Value) -> Value {
        let form = json!({
            "name": key, "key": key, "kind": "electricity_meter", "estate": self.estate,
            "transport": transport, "gateway": gateway,
        });
        self.post("/devices", form).await
    }

    /// What a device says over HTTP.
    async fn tell(&self, shown: &str, body: &str) -> u16 {
        let url = format!("{}/api/v1/telemetry", self.linli.url);
        let request = self.client.post(url).header("authorization", shown);
        let answer = request.body(body.to_owned()).send().await.unwrap();
        answer.status().as_u16()
    }

    /// The newest value of a point, by its name.
    async fn newest(&self, device: &Value, name: &str) -> (String, Value) {
        let path = format!("/devices/{}/points", device["id"].as_str().unwrap());
        let points = self.get(&path).await;
        let mut points = points["items"].as_array().unwrap().iter();
        let point = points.find(|point| point["name"] == name).unwrap();
        (
            point["id"].as_str().unwrap().to_owned(),
            point["value"].clone(),
        )
    }

    async fn refused(&self, device: &Value) -> Vec<(String, i64)> {
        let path = format!("/devices/{}", device["id"].as_str().unwrap());
        let device = self.get(&path).await;
        let refused = device["refused"].as_array().unwrap().iter();
        let mut refused: Vec<_> = refused
            .map(|each| {
                (
                    each["reason"].as_str().unwrap().to_owned(),
                    each["count"].as_i64().unwrap(),
                )
            })
            .collect();
        refused.sort();
        refused
    }
}

fn shown(device: &Value) -> String {
    let text = |name: &str| device["credentials"][name].as_str().unwrap().to_owned();
    format!("Device {}:{}", text("username"), text("password"))
}

fn connect(linli: &Linli, credentials: &Value) -> (AsyncClient, EventLoop) {
    let (host, port) = linli.mqtt.rsplit_once(':').unwrap();
    let name = credentials["username"].as_str().unwrap();
    let mut options = MqttOptions::new(name, host, port.parse().unwrap());
    options.set_credentials(name, credentials["password"].as_str().unwrap());
    options.set_keep_alive(Duration::from_secs(30));
    AsyncClient::new(options, 10)
}

/// Goes on until this packet comes; the connection may not be lost before.
async fn until(events: &mut EventLoop, wanted: fn(&Packet) -> bool) {
    let all = async {
        loop {
            if let Event::Incoming(packet) = events.poll().await.unwrap()
                && wanted(&packet)
            {
                return;
            }
        }
    };
    timeout(PATIENCE, all).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_http_and_in_steps() {
    let dir = Dir::new(0o755);
    let site = Site::new(&dir).await;

    // Over HTTP: the same body, the same counts, 202 after the commit.
    let meter = site
        .register("hm-1", json!({ "http": {} }), Value::Null)
        .await;
    let key = shown(&meter);
    let now = Clock::system().now();
    let past = |hours: i64| (now - SignedDuration::from_hours(hours)).as_millisecond();
    let series = json!([
        { "ts": past(4), "values": { "energy_kwh": 100.0 } },
        { "ts": past(3), "values": { "energy_kwh": 101.5 } },
        { "ts": past(2), "values": { "energy_kwh": 2.0, "volts": 230 } },
        { "ts": past(1), "values": { "energy_kwh": 4.25 } },
    ]);
    assert_eq!(site.tell(&key, &series.to_string()).await, 202);
    assert_eq!(site.tell(&key, &series.to_string()).await, 202, "again");
    assert_eq!(site.tell(&key, "{\"energy_kwh\":").await, 400);
    let (point, value) = site.newest(&meter, "energy_kwh").await;
    assert_eq!(value, json!(4.25));
    let refused = site.refused(&meter).await;
    assert_eq!(
        refused,
        [
            ("duplicate".to_owned(), 4),
            ("malformed".to_owned(), 1),
            ("unknown_point".to_owned(), 2)
        ]
    );
    for stranger in [
        String::new(),
        "Device".to_owned(),
        "Device chenguang:hm-1".to_owned(),
        "Device chenguang:hm-1:wrong".to_owned(),
        "Device chenguang:hm-2:wrong".to_owned(),
        format!("Bearer {}", site.token),
    ] {
        assert_eq!(site.tell(&stranger, "{}").await, 401, "{stranger}");
    }

    // The history in steps; what the register lost when it began again counts as nothing.
    let path = format!(
        "/points/{point}/readings?step=1h&from={}",
        now - SignedDuration::from_hours(6)
    );
    let hours = site.get(&path).await;
    let hours = hours["items"].as_array().unwrap();
    let column = |name: &str| {
        hours
            .iter()
            .map(|hour| hour[name].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(column("last"), [100.0, 101.5, 2.0, 4.25].map(Value::from));
    assert_eq!(
        column("used"),
        [Value::Null, json!(1.5), json!(0.0), json!(2.25)]
    );
    let (status, minutes) = site
        .ask(
            Method::GET,
            &format!("/points/{point}/readings?step=1m&limit=3"),
            None,
        )
        .await;
    assert_eq!(
        (status, minutes["items"].as_array().unwrap().len()),
        (200, 3)
    );
    let cursor = minutes["next"].as_str().unwrap();
    let path = format!("/points/{point}/readings?step=1m&limit=3&cursor={cursor}");
    assert_eq!(site.get(&path).await["items"][0]["used"], json!(2.25));
    let days = site.get(&format!("/points/{point}/readings?step=1d")).await;
    let days = days["items"].as_array().unwrap();
    assert!(
        days.iter()
            .all(|day| day["ts"].as_str().unwrap().contains("T16:00:00Z")),
        "{days:?}"
    );
    for bad in [
        "step=2h",
        "step=1m&from=2020-01-01T00:00:00Z",
        "step=1h&cursor=x",
    ] {
        let (status, _) = site
            .ask(
                Method::GET,
                &format!("/points/{point}/readings?{bad}"),
                None,
            )
            .await;
        assert_eq!(status, 422, "{bad}");
    }

    assert_eq!(site.linli.interrupt(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_gateway() {
    let dir = Dir::new(0o755);
    let site = Site::new(&dir).await;
    let meter = site
        .register("hm-1", json!({ "http": {} }), Value::Null)
        .await;
    assert_eq!(
        site.tell(&shown(&meter), r#"{"energy_kwh": 4.25}"#).await,
        202
    );
    let ts = Clock::system().now().as_millisecond();

    // Its own devices are heard, and whose it is not, is counted on it.
    let gateway = site
        .register("gw-1", json!({ "mqtt": {} }), Value::Null)
        .await;
    let behind = site
        .register("bm-1", json!({ "mqtt": {} }), gateway["id"].clone())
        .await;
    let (sender, mut events) = connect(&site.linli, &gateway["credentials"]);
    let topic = format!(
        "{}/gateway/telemetry",
        gateway["credentials"]["topic"].as_str().unwrap()
    );
    let said = json!({
        "bm-1": [{ "ts": ts, "values": { "energy_kwh": 7.5 } }, { "power_w": "many" }],
        "hm-1": [{ "energy_kwh": 9000 }],
        "nobody": [{ "energy_kwh": 1 }],
    });
    // Names that can be no key hold up nothing beside them, not even one that Postgres cannot take.
    let odd =
        r#"{"bm-1": {"power_w": 120.5}, "bm-1\u0000": {"power_w": 1}, "BM-1": 1, "\ud800": 1}"#;
    let said = said.to_string();
    for payload in [said.as_str(), odd, "[]", "{}"] {
        let sent = sender
            .publish(&topic, QoS::AtLeastOnce, false, payload)
            .await;
        sent.unwrap();
        until(&mut events, |packet| matches!(packet, Packet::PubAck(_))).await;
    }
    assert_eq!(site.newest(&behind, "energy_kwh").await.1, json!(7.5));
    assert_eq!(site.newest(&behind, "power_w").await.1, json!(120.5));
    assert_eq!(site.refused(&behind).await, [("wrong_type".to_owned(), 1)]);
    assert_eq!(site.newest(&meter, "energy_kwh").await.1, json!(4.25));
    let refused = site.refused(&gateway).await;
    assert_eq!(
        refused,
        [
            ("foreign_device".to_owned(), 4),
            ("malformed".to_owned(), 2)
        ]
    );
    assert_eq!(site.linli.interrupt(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_ends_with_its_connection() {
    let dir = Dir::new(0o755);
    let site = Site::new(&dir).await;
    let meter = site
        .register("em-1", json!({ "mqtt": {} }), Value::Null)
        .await;
    let path = format!("/devices/{}/credentials", meter["id"].as_str().unwrap());
    let connected = |packet: &Packet| matches!(packet, Packet::ConnAck(_));
    let cut = async |events: &mut EventLoop, since: Instant| {
        let lost = async { while events.poll().await.is_ok() {} };
        timeout(PATIENCE, lost).await.unwrap();
        assert!(
            since.elapsed() < Duration::from_secs(1),
            "{:?}",
            since.elapsed()
        );
        // Nor does it come back.
        assert!(events.poll().await.is_err());
    };

    let (_first, mut events) = connect(&site.linli, &meter["credentials"]);
    until(&mut events, connected).await;
    let since = Instant::now();
    let (status, again) = site.ask(Method::POST, &path, None).await;
    assert_eq!(status, 201, "{again}");
    cut(&mut events, since).await;
    assert_eq!(site.tell(&shown(&meter), "{\"power_w\": 1}").await, 401);

    let (_second, mut events) = connect(&site.linli, &again);
    until(&mut events, connected).await;
    let since = Instant::now();
    let (status, _) = site.ask(Method::DELETE, &path, None).await;
    assert_eq!(status, 204);
    cut(&mut events, since).await;
    let seen = site
        .get(&format!("/devices/{}", meter["id"].as_str().unwrap()))
        .await;
    assert_eq!(seen["password_since"], Value::Null);
    assert_eq!(site.linli.interrupt(), 0);
}
