//! From the broker to the store: what is acknowledged is there, whatever happens in between.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "these are tests, helpers included"
)]

mod current;

use std::{sync::Arc, time::Duration};

use backend::{devices, telemetry};
use bridge::{
    broker::{Broker, Config},
    intake::Intake as _,
    payload::decode,
};
use current::{PATIENCE, Town, at};
use domain::{devices::DeviceState, telemetry::Refusal};
use futures_util::future::join_all;
use jiff::SignedDuration;
use rumqttc::{AsyncClient, Event, MqttOptions, Packet, QoS};
use serde_json::{Value, json};
use server::live::hub::{Source, Taken};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};

fn values(second: i64, value: f64) -> Value {
    json!({ "ts": at(second), "values": { "flow": value } })
}

/// Holds up whoever wants to store a reading, until it is dropped.
async fn hold_up(town: &Town) -> sqlx::Transaction<'static, sqlx::Postgres> {
    let mut held = town.db.admin().begin().await.unwrap();
    held.execute("LOCK TABLE reading IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    held
}

#[tokio::test]
async fn nothing_is_acknowledged_or_told_before_the_commit() {
    let town = Town::new().await;
    let bell = Arc::new(Notify::new());
    let mut listener = town.hub.subscribe(
        town.admin.cx.tenant.id,
        &[Source::Estate(town.estate)].into(),
        bell,
    );
    let held = hold_up(&town).await;
    let message = values(0, 1.5);
    let mut said = std::pin::pin!(town.say(&town.sensor, &message));
    assert!(
        timeout(Duration::from_millis(700), &mut said)
            .await
            .is_err()
    );
    assert_eq!(listener.take(), Taken::Nothing);
    held.rollback().await.unwrap();
    timeout(PATIENCE, said).await.unwrap().unwrap();
    assert_eq!(town.count("reading").await, 1);
    let Taken::Values(told) = listener.take() else {
        panic!("it is told")
    };
    assert_eq!(told.len(), 1);
    // Delivered again, it is the same reading.
    town.say(&town.sensor, &values(0, 1.5)).await.unwrap();
    assert_eq!(town.count("reading").await, 1);
    assert_eq!(listener.take(), Taken::Nothing);
}

/// Makes the database refuse everybody, and throws out who is there.
async fn away(town: &Town, away: bool) {
    let server = town
        .db
        .admin()
        .connect_options()
        .as_ref()
        .clone()
        .database("postgres");
    let mut server = PgConnection::connect_with(&server).await.unwrap();
    let name = town.db.name();
    let sql = format!("ALTER DATABASE \"{name}\" ALLOW_CONNECTIONS {}", !away);
    server.execute(AssertSqlSafe(sql)).await.unwrap();
    if away {
        sqlx::query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND usename = 'linli_app'")
            .bind(name)
            .execute(&mut server)
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn while_the_database_is_away_devices_wait_and_then_all_is_there_once() {
    let town = Town::new().await;
    town.say(&town.sensor, &values(0, 0.0)).await.unwrap();
    away(&town, true).await;
    let messages: Vec<_> = (1..=200).map(|second| values(second, 1.0)).collect();
    let mut saying = std::pin::pin!(join_all(
        messages
            .iter()
            .map(|message| town.say(&town.sensor, message))
    ));
    assert!(
        timeout(Duration::from_secs(2), &mut saying).await.is_err(),
        "nothing is acknowledged"
    );
    away(&town, false).await;
    let answers = timeout(PATIENCE, saying).await.unwrap();
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(town.count("reading").await, 201);
    assert_eq!(town.count("refusal").await, 0);
}

#[tokio::test]
async fn who_stops_waiting_is_not_stored_behind_their_back() {
    let town = Town::new().await;
    town.say(&town.sensor, &values(0, 0.0)).await.unwrap();
    away(&town, true).await;
    let message = values(1, 1.0);
    assert!(
        timeout(Duration::from_millis(500), town.say(&town.sensor, &message))
            .await
            .is_err()
    );
    away(&town, false).await;
    timeout(PATIENCE, town.say(&town.sensor, &values(2, 2.0)))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(town.count("reading").await, 2);
}

/// Says `messages` so that they are stored in one batch, and gives the answers.
async fn in_one_batch(town: &Town, messages: &[Value]) -> Vec<bool> {
    let held = hold_up(town).await;
    // The first one occupies the worker, the others queue up behind it.
    let first = values(-1, 0.0);
    let saying = async {
        let first = town.say(&town.sensor, &first);
        let rest = async {
            sleep(Duration::from_millis(200)).await;
            join_all(
                messages
                    .iter()
                    .map(|message| town.say(&town.sensor, message)),
            )
            .await
        };
        let (first, rest) = tokio::join!(first, rest);
        first.unwrap();
        rest.iter().map(Result::is_ok).collect()
    };
    let release = async {
        sleep(Duration::from_millis(500)).await;
        held.rollback().await.unwrap();
    };
    timeout(PATIENCE, async { tokio::join!(saying, release).0 })
        .await
        .unwrap()
}

#[tokio::test]
async fn one_poisonous_message_does_not_hold_up_the_others() {
    let town = Town::new().await;
    // Stands for whatever the store will never take and nobody thought of.
    let sql = "ALTER TABLE reading ADD CONSTRAINT poison CHECK (num IS DISTINCT FROM 666)";
    town.db.admin().execute(sql).await.unwrap();
    let messages: Vec<_> = (0..40)
        .map(|n| values(n, if n == 13 { 666.0 } else { 1.0 }))
        .collect();
    let answers = in_one_batch(&town, &messages).await;
    assert_eq!(answers, [true; 40]);
    assert_eq!(town.count("reading").await, 40);
    let device = devices::device(&town.admin.cx, town.sensor.device)
        .await
        .unwrap()
        .unwrap();
    let refused: Vec<_> = device
        .refused
        .iter()
        .map(|refused| (refused.reason, refused.count))
        .collect();
    assert_eq!(refused, [(Refusal::Malformed, 1)]);
}

#[tokio::test]
async fn what_we_cannot_store_is_neither_refused_nor_acknowledged() {
    let town = Town::new().await;
    // Nobody made a month's partition: that is our failure and not the device's.
    town.db
        .admin()
        .execute("DROP TABLE vault.reading_2026_09")
        .await
        .unwrap();
    let stuck = -60 * 60 * 24 * 70;
    let messages: Vec<_> = (0..10)
        .map(|n| values(if n == 4 { stuck } else { n }, 1.0))
        .collect();
    let answers = in_one_batch(&town, &messages).await;
    assert_eq!(answers.iter().position(|stored| !stored), Some(4));
    assert_eq!(answers.iter().filter(|stored| **stored).count(), 9);
    assert_eq!(town.count("reading").await, 10);
    assert_eq!(town.count("refusal").await, 0);
    telemetry::open_partitions(&town.site).await.unwrap();
    town.say(&town.sensor, &values(stuck, 1.0)).await.unwrap();
    assert_eq!(town.count("reading").await, 11);
}

#[tokio::test]
async fn stopping_stores_what_is_queued() {
    let town = Town::new().await;
    let held = hold_up(&town).await;
    let messages: Vec<_> = (0..20).map(|second| values(second, 1.0)).collect();
    let saying = join_all(
        messages
            .iter()
            .map(|message| town.say(&town.sensor, message)),
    );
    let stopping = async {
        sleep(Duration::from_millis(300)).await;
        let release = async {
            sleep(Duration::from_millis(300)).await;
            held.rollback().await.unwrap();
        };
        tokio::join!(town.intake.stop(), release);
    };
    let (answers, ()) = timeout(PATIENCE, async { tokio::join!(saying, stopping) })
        .await
        .unwrap();
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(town.count("reading").await, 20);
    assert!(
        town.say(&town.sensor, &values(21, 1.0)).await.is_err(),
        "nothing is taken any more"
    );
    assert_eq!(town.count("reading").await, 20);
}

#[tokio::test]
async fn refusals_are_counted_and_status_is_kept() {
    let town = Town::new().await;
    let state = async || {
        let device = devices::device(&town.admin.cx, town.sensor.device)
            .await
            .unwrap()
            .unwrap();
        (
            device.state,
            device
                .refused
                .iter()
                .map(|refused| (refused.reason, refused.count))
                .collect::<Vec<_>>(),
        )
    };
    let later = |seconds| {
        town.site
            .clock
            .set(testkit::noon() + SignedDuration::from_secs(seconds));
    };
    assert_eq!(state().await.0, DeviceState::Waiting);
    town.intake
        .accept(&town.sensor, decode(b"{", town.site.now()))
        .await
        .unwrap();
    town.say(&town.sensor, &json!({ "flow": 1, "unheard": 2 }))
        .await
        .unwrap();
    let counted = vec![(Refusal::Malformed, 1), (Refusal::UnknownPoint, 1)];
    let (now, mut refused) = state().await;
    refused.sort();
    assert_eq!((now, refused), (DeviceState::Online, counted));
    later(1);
    town.intake.status(&town.sensor, false).await.unwrap();
    assert_eq!(state().await.0, DeviceState::Offline);
    later(2);
    town.say(&town.sensor, &json!({ "flow": 2 })).await.unwrap();
    assert_eq!(state().await.0, DeviceState::Online);
    later(3);
    town.intake.status(&town.sensor, false).await.unwrap();
    later(4);
    town.intake.status(&town.sensor, true).await.unwrap();
    assert_eq!(state().await.0, DeviceState::Online);
}

#[tokio::test]
async fn credentials() {
    let town = Town::new().await;
    let right = &town.registered.credentials;
    let secret = right.password.as_bytes();
    for (username, password) in [
        (right.username.as_str(), &secret[1..]),
        (right.username.as_str(), b""),
        (&*right.username.replace("anju", "boyuan"), secret),
        ("anju", secret),
        ("anju:", secret),
        ("anju:\0", secret),
        ("", secret),
    ] {
        assert_eq!(
            town.intake.connect(username, password).await.unwrap(),
            None,
            "{username:?}"
        );
    }
    assert_eq!(
        town.intake.connect(&right.username, secret).await.unwrap(),
        Some(town.meter.clone())
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn from_a_device_to_a_page() {
    let town = Town::new().await;
    let config = Config::new("127.0.0.1:0".parse().unwrap());
    let broker = Broker::start(config, Arc::new(town.intake.clone()))
        .await
        .unwrap();
    let mut page = town.open(&town.admin).await;
    page.sub(1, &town.estate_topic()).await;
    assert_eq!(page.next().await["snapshot"], json!([]));

    let credentials = &town.registered.credentials;
    let mut options = MqttOptions::new(
        &credentials.username,
        "127.0.0.1",
        broker.local_addr().port(),
    );
    options.set_credentials(&credentials.username, &credentials.password);
    let (device, mut events) = AsyncClient::new(options, 10);
    let payload = json!({ "ts": at(0), "values": { "power_w": 812 } }).to_string();
    device
        .publish(
            format!("{}/telemetry", credentials.topic),
            QoS::AtLeastOnce,
            false,
            payload,
        )
        .await
        .unwrap();
    let acknowledged = async {
        loop {
            if let Event::Incoming(Packet::PubAck(_)) = events.poll().await.unwrap() {
                return town.count("reading").await;
            }
        }
    };
    assert_eq!(timeout(PATIENCE, acknowledged).await.unwrap(), 1);
    let frame = page.next().await;
    assert_eq!(
        (&frame["seq"], &frame["delta"][0]["value"]),
        (&json!(1), &json!(812.0))
    );
    broker.shutdown().await;
    town.intake.stop().await;
}

#[tokio::test]
async fn what_comes_faster_than_the_plan_allows_is_counted_and_acknowledged() {
    let town = Town::new().await;
    let message = |first: i64, count: i64| {
        let readings = (first..first + count).map(|second| values(-second, 1.0));
        Value::Array(readings.collect())
    };
    for part in 0..2 {
        let kept = message(1 + part * 10_000, 10_000);
        town.say(&town.sensor, &kept).await.unwrap();
    }
    // Ten minutes of its pace came at once, and a little while it was stored; the rest is over.
    let stored = town.count("reading").await;
    assert!((12_000..12_500).contains(&stored), "{stored}");
    let device = devices::device(&town.admin.cx, town.sensor.device)
        .await
        .unwrap()
        .unwrap();
    let mut over = device.refused.iter();
    let over = over.find(|refused| refused.reason == Refusal::OverQuota);
    assert_eq!(over.unwrap().count, 20_000 - stored);
    // Its neighbour still has room, and as much as the company has left.
    town.say(&town.meter, &json!({ "energy_kwh": 1.0 }))
        .await
        .unwrap();
    assert_eq!(town.count("reading").await, stored + 1);
}
