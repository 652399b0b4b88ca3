//! `linli company`: what the operator does to a company, beside a running site and without one.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "these are tests, helpers included"
)]

mod support;

use std::time::{Duration, Instant};

use reqwest::{Client, Method};
use rumqttc::{
    AsyncClient, ConnectReturnCode, ConnectionError, Event, EventLoop, MqttOptions, Packet, QoS,
};
use serde_json::{Value, json};
use support::{Dir, Ended, Linli, PATIENCE};
use tokio::time::{sleep, timeout};

struct Rest {
    client: Client,
    url: String,
    token: String,
}

impl Rest {
    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let mut request = self
            .client
            .request(method, format!("{}/api/v1{path}", self.url));
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.ask(Method::POST, path, Some(body)).await
    }

    async fn get(&self, path: &str) -> Value {
        self.ask(Method::GET, path, None).await.1
    }
}

fn company(dir: &Dir, args: &[&str]) -> Ended {
    Linli::run(dir, &[&["company"], args].concat(), &[])
}

fn client(linli: &Linli, credentials: &Value) -> (AsyncClient, EventLoop) {
    let (host, port) = linli.mqtt.rsplit_once(':').unwrap();
    let name = credentials["username"].as_str().unwrap();
    let mut options = MqttOptions::new(name, host, port.parse().unwrap());
    options.set_credentials(name, credentials["password"].as_str().unwrap());
    options.set_clean_session(false);
    options.set_keep_alive(Duration::from_secs(30));
    AsyncClient::new(options, 10)
}

/// Goes on until something comes that is wanted; errors of the connection are passed over.
async fn until(events: &mut EventLoop, wanted: impl Fn(&Result<Event, ConnectionError>) -> bool) {
    let all = async {
        loop {
            let event = events.poll().await;
            if wanted(&event) {
                return;
            }
            if event.is_err() {
                sleep(Duration::from_millis(200)).await;
            }
        }
    };
    timeout(PATIENCE, all).await.unwrap();
}

const fn is_acknowledged(event: &Result<Event, ConnectionError>) -> bool {
    matches!(event, Ok(Event::Incoming(Packet::PubAck(_))))
}

const fn is_refused(event: &Result<Event, ConnectionError>) -> bool {
    matches!(
        event,
        Err(ConnectionError::ConnectionRefused(
            ConnectReturnCode::BadUserNamePassword | ConnectReturnCode::NotAuthorized
        ))
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_company_is_suspended_and_goes_on() {
    let dir = Dir::new(0o755);
    let none = company(&dir, &["list"]);
    assert_eq!(none.status, Some(2), "{none:?}");
    assert!(none.said.contains("holds no database yet"), "{none:?}");

    let linli = Linli::serve(&dir);
    let mut rest = Rest {
        client: Client::new(),
        url: linli.url.clone(),
        token: String::new(),
    };
    let form = json!({ "company": "晨光物业", "slug": "chenguang", "admin_name": "陈晨", "login": "admin@chenguang", "password": "correct horse battery" });
    let (status, signed) = rest.post("/signup", form).await;
    assert_eq!(status, 201, "{signed}");
    rest.token = signed["access_token"].as_str().unwrap().to_owned();
    let estate = rest.post("/estates", json!({ "name": "晨光里" })).await.1;
    let points = json!([{ "name": "flow", "unit": "m3/h", "type": "number" }]);
    let form = json!({ "name": "流量", "kind": "sensor", "estate": estate["id"], "transport": { "mqtt": {} }, "points": points });
    let (status, device) = rest.post("/devices", form).await;
    assert_eq!(status, 201, "{device}");
    let (sender, mut events) = client(&linli, &device["credentials"]);
    let topic = format!(
        "{}/telemetry",
        device["credentials"]["topic"].as_str().unwrap()
    );
    let say = async |value: i32| {
        let text = json!({ "flow": value }).to_string();
        let sent = sender.publish(&topic, QoS::AtLeastOnce, false, text);
        sent.await.unwrap();
    };
    say(1).await;
    until(&mut events, is_acknowledged).await;

    // Beside the running site. Its devices are gone within seconds, and cannot come back.
    let bad = company(&dir, &["suspend", "chenguang", "--reason", " "]);
    assert_eq!(bad.status, Some(2), "{bad:?}");
    let done = company(&dir, &["suspend", "chenguang", "--reason", "欠费"]);
    assert_eq!(done.status, Some(0), "{done:?}");
    let since = Instant::now();
    until(&mut events, Result::is_err).await;
    assert!(
        since.elapsed() < Duration::from_secs(5),
        "{:?}",
        since.elapsed()
    );
    say(2).await;
    until(&mut events, is_refused).await;

    let tenant = rest.get("/tenant").await;
    assert_eq!(
        (&tenant["suspended"], &tenant["suspended_for"]),
        (&json!(true), &json!("欠费"))
    );
    assert_eq!(rest.get("/estates").await["items"][0]["name"], "晨光里");
    let (status, refused) = rest.post("/estates", json!({ "name": "二期" })).await;
    assert_eq!(
        (status, &refused["error"]["code"]),
        (403, &json!("suspended"))
    );
    let listed = company(&dir, &["list"]);
    assert!(
        listed.out.contains("suspended") && listed.out.contains("欠费"),
        "{listed:?}"
    );

    // What the device kept arrives once the company goes on.
    let done = company(&dir, &["resume", "chenguang"]);
    assert_eq!(done.status, Some(0), "{done:?}");
    until(&mut events, is_acknowledged).await;
    let path = format!("/devices/{}/points", device["id"].as_str().unwrap());
    let point = rest.get(&path).await["items"][0]["id"].clone();
    let path = format!("/points/{}/readings", point.as_str().unwrap());
    let readings = rest.get(&path).await;
    let mut values: Vec<_> = readings["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|reading| reading["value"].as_f64().unwrap().to_string())
        .collect();
    values.sort();
    assert_eq!(values, ["1", "2"], "{readings}");
    let twice = company(&dir, &["resume", "chenguang"]);
    assert_eq!(twice.status, Some(2), "{twice:?}");
    let log = rest.get("/audit").await;
    for deed in ["company.suspended", "company.resumed"] {
        let mut entries = log["items"].as_array().unwrap().iter();
        let entry = entries.find(|entry| entry["deed"] == deed);
        assert!(entry.unwrap().to_string().contains("operator"), "{log}");
    }

    // And without one.
    assert_eq!(linli.interrupt(), 0);
    let done = company(&dir, &["plan", "chenguang", "group"]);
    assert_eq!(done.status, Some(0), "{done:?}");
    let unknown = company(&dir, &["plan", "chenguang", "gold"]);
    assert_eq!(unknown.status, Some(2), "{unknown:?}");
    let unknown = company(&dir, &["suspend", "nobody", "--reason", "x"]);
    assert_eq!(unknown.status, Some(2), "{unknown:?}");
    assert!(unknown.said.contains("no company is called"), "{unknown:?}");
    let listed = company(&dir, &["list"]);
    assert!(
        listed.out.contains("active") && listed.out.contains("group"),
        "{listed:?}"
    );
    assert!(
        dir.noted_pid().is_none_or(|pid| !support::alive(pid)),
        "it stops what it started"
    );
}
