//! Devices that keep book of what they said and what was acknowledged, and what came of it.
#![allow(dead_code, reason = "each test program uses a part of it")]
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "these are tests, helpers included"
)]

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use backend::kernel::clock::Clock;
use jiff::Timestamp;
use reqwest::{Client, StatusCode};
use rumqttc::{AsyncClient, Event, MqttOptions, Outgoing, Packet, QoS};
use serde_json::{Value, json};
use tokio::{sync::watch, task::JoinSet, time::sleep};

use super::PATIENCE;

/// Between two readings of a device: eight of them stay within what a plan lets in.
const PAUSE: Duration = Duration::from_millis(5);
/// Messages that a device may have under way.
pub const WINDOW: u16 = 16;

/// What one device knows of its readings, by their time in milliseconds.
#[derive(Debug, Default)]
pub struct Book {
    sent: BTreeSet<i64>,
    acknowledged: BTreeSet<i64>,
}

pub type Books = Arc<Vec<Mutex<Book>>>;

pub fn acknowledged(books: &Books) -> usize {
    books
        .iter()
        .map(|book| book.lock().unwrap().acknowledged.len())
        .sum()
}

pub async fn wait_for(books: &Books, count: usize) {
    let since = Instant::now();
    while acknowledged(books) < count {
        assert!(
            since.elapsed() < PATIENCE,
            "{} of {count} are acknowledged",
            acknowledged(books)
        );
        sleep(Duration::from_millis(10)).await;
    }
}

/// A registered device and its one point.
#[derive(Debug, Clone)]
pub struct Sensor {
    pub device: String,
    pub username: String,
    pub password: String,
    pub topic: String,
    pub point: String,
}

/// REST, as an admin.
pub struct Rest {
    pub client: Client,
    pub url: String,
    pub token: String,
}

impl Rest {
    pub async fn post(&self, path: &str, body: Value) -> Value {
        let request = self
            .client
            .post(format!("{}/api/v1/{path}", self.url))
            .bearer_auth(&self.token);
        let response = request.json(&body).send().await.unwrap();
        let (status, text) = (response.status(), response.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }

    pub async fn get(&self, path: &str) -> Value {
        let request = self
            .client
            .get(format!("{}/api/v1/{path}", self.url))
            .bearer_auth(&self.token);
        let response = request.send().await.unwrap();
        let (status, text) = (response.status(), response.text().await.unwrap());
        assert_eq!(status, StatusCode::OK, "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Not logged in yet.
    pub fn at(url: &str) -> Self {
        Self {
            client: Client::new(),
            url: url.to_owned(),
            token: String::new(),
        }
    }

    /// With a company of its own.
    pub async fn found(mut self) -> Self {
        let form = json!({
            "company": "安居物业", "slug": "anju", "admin_name": "周敏",
            "login": "admin@anju", "password": "correct horse battery",
        });
        text(&self.post("signup", form).await["access_token"]).clone_into(&mut self.token);
        self
    }

    pub async fn sign_up(url: &str) -> Self {
        Self::at(url).found().await
    }

    pub async fn log_in(url: &str) -> Self {
        let mut rest = Self::at(url);
        let form =
            json!({ "tenant": "anju", "login": "admin@anju", "password": "correct horse battery" });
        text(&rest.post("auth/token", form).await["access_token"]).clone_into(&mut rest.token);
        rest
    }

    pub async fn sensor(&self, estate: &str) -> Sensor {
        let form = json!({
            "name": "计数器", "kind": "sensor", "estate": estate, "transport": { "mqtt": {} },
            "points": [{ "name": "count", "unit": "", "type": "number" }],
        });
        let made = self.post("devices", form).await;
        let points = self
            .get(&format!("devices/{}/points", text(&made["id"])))
            .await;
        let credentials = &made["credentials"];
        Sensor {
            device: text(&made["id"]).to_owned(),
            username: text(&credentials["username"]).to_owned(),
            password: text(&credentials["password"]).to_owned(),
            topic: format!("{}/telemetry", text(&credentials["topic"])),
            point: text(&points["items"][0]["id"]).to_owned(),
        }
    }

    /// Every stored reading: time in milliseconds and value, page after page.
    pub async fn readings(&self, point: &str) -> Vec<(i64, f64)> {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self
                .get(&format!("points/{point}/readings?limit=200{cursor}"))
                .await;
            for item in page["items"].as_array().unwrap() {
                let ts: Timestamp = text(&item["ts"]).parse().unwrap();
                all.push((ts.as_millisecond(), item["value"].as_f64().unwrap()));
            }
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return all,
            }
        }
    }
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

/// The value that belongs to a time.
fn value(ts: i64) -> u32 {
    u32::try_from(ts.rem_euclid(1_000_000)).unwrap()
}

/// A device on the wire: after each lost connection it sends again what was not acknowledged.
pub struct Voice {
    sensor: Sensor,
    books: Books,
    turn: usize,
    next: i64,
    broker: watch::Receiver<String>,
}

/// Lets all of them speak at once, each beginning an hour ago.
pub fn speak(sensors: &[Sensor], books: &Books, broker: &watch::Receiver<String>) -> JoinSet<()> {
    let next = Clock::system().now().as_millisecond() - 3_600_000;
    let mut voices = JoinSet::new();
    for (turn, sensor) in sensors.iter().enumerate() {
        let voice = Voice {
            sensor: sensor.clone(),
            books: Arc::clone(books),
            turn,
            next,
            broker: broker.clone(),
        };
        voices.spawn(voice.speak());
    }
    voices
}

/// Nothing is said yet.
pub fn books(devices: usize) -> Books {
    Arc::new((0..devices).map(|_| Mutex::default()).collect())
}

impl Voice {
    fn book<T>(&self, with: impl FnOnce(&mut Book) -> T) -> T {
        with(&mut self.books[self.turn].lock().unwrap())
    }

    async fn speak(mut self) {
        loop {
            self.connection().await;
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// One connection until it is lost.
    async fn connection(&mut self) {
        let address = self.broker.borrow_and_update().clone();
        let (host, port) = address.split_once(':').unwrap();
        let mut options = MqttOptions::new(&self.sensor.username, host, port.parse().unwrap());
        options
            .set_credentials(&self.sensor.username, &self.sensor.password)
            .set_keep_alive(Duration::from_secs(10))
            .set_inflight(WINDOW);
        let (client, mut events) = AsyncClient::new(options, usize::from(2 * WINDOW));
        let mut waiting: VecDeque<i64> =
            self.book(|book| book.sent.difference(&book.acknowledged).copied().collect());
        // In the order in which the client was told them, and so gives them their numbers.
        let mut told = VecDeque::new();
        let mut numbered = HashMap::new();
        let mut next = Instant::now();
        loop {
            if told.is_empty() && numbered.is_empty() && waiting.is_empty() {
                // Nothing is under way, so nobody else waits for the connection.
                sleep(next.saturating_duration_since(Instant::now())).await;
            }
            while told.len() + numbered.len() < usize::from(WINDOW)
                && (!waiting.is_empty() || next <= Instant::now())
            {
                let ts = waiting.pop_front().unwrap_or_else(|| {
                    next = Instant::now() + PAUSE;
                    self.next += 1;
                    self.next
                });
                self.book(|book| book.sent.insert(ts));
                let payload = json!({ "ts": ts, "values": { "count": value(ts) } }).to_string();
                client
                    .try_publish(&self.sensor.topic, QoS::AtLeastOnce, false, payload)
                    .unwrap();
                told.push_back(ts);
            }
            // A server that was killed may have moved to another port.
            let event = tokio::select! {
                event = events.poll() => event,
                _ = self.broker.changed() => return,
            };
            match event {
                Ok(Event::Outgoing(Outgoing::Publish(number))) => {
                    numbered.insert(number, told.pop_front().unwrap());
                }
                Ok(Event::Incoming(Packet::PubAck(ack))) => {
                    let ts = numbered.remove(&ack.pkid).unwrap();
                    self.book(|book| book.acknowledged.insert(ts));
                }
                Ok(_) => {}
                Err(_) => return,
            }
        }
    }
}

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Sum {
    pub acknowledged: usize,
    pub stored: usize,
    pub lost: usize,
    pub doubled: usize,
    /// Stored with another value, or never sent.
    pub wrong: usize,
}

pub async fn sum(rest: &Rest, sensors: &[Sensor], books: &Books) -> Sum {
    let mut sum = Sum::default();
    for (turn, sensor) in sensors.iter().enumerate() {
        let mut stored = BTreeMap::<i64, usize>::new();
        let readings = rest.readings(&sensor.point).await;
        let book = books[turn].lock().unwrap();
        for (ts, read) in readings {
            *stored.entry(ts).or_default() += 1;
            let right = book.sent.contains(&ts) && (read - f64::from(value(ts))).abs() < 0.5;
            sum.wrong += usize::from(!right);
        }
        sum.acknowledged += book.acknowledged.len();
        sum.stored += stored.values().sum::<usize>();
        sum.doubled += stored.values().filter(|times| **times > 1).count();
        sum.lost += book
            .acknowledged
            .iter()
            .filter(|ts| !stored.contains_key(ts))
            .count();
    }
    sum
}
