//! PostgreSQL is away for a minute: devices wait, the memory of the server stays where it was, and
//! then everything is there, once.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "these are tests, helpers included"
)]

mod support;

use std::{
    fs,
    time::{Duration, Instant},
};

use rumqttc::{AsyncClient, Event, MqttOptions, Outgoing, QoS};
use serde_json::json;
use server::postgres::{Login, Postgres};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use support::{
    Dir, Linli,
    voices::{Rest, Sensor, WINDOW, acknowledged, books, speak, sum, text, wait_for},
};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    time::sleep,
};

const AWAY: Duration = Duration::from_mins(1);
const DEVICES: usize = 8;
/// Acknowledgements to wait for before PostgreSQL goes, and after it is back.
const SOME: usize = 400;
/// How much more memory the server may take meanwhile, in KB.
const MOST_MORE_KB: usize = 64 << 10;

/// The way to a database, which can be shut: then whoever is on it is cut off, and so is whoever comes.
struct Gate {
    port: u16,
    open: watch::Sender<bool>,
}

impl Gate {
    async fn before(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (open, mut seen) = watch::channel(true);
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                if !*seen.borrow_and_update() {
                    continue;
                }
                let mut shut = seen.clone();
                tokio::spawn(async move {
                    let mut there = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
                    tokio::select! {
                        _ = copy_bidirectional(&mut client, &mut there) => {}
                        _ = shut.changed() => {}
                    }
                });
            }
        });
        Self { port, open }
    }
}

/// The URLs of the owner and of the serving login, through that port.
async fn logins(server: &Postgres, port: u16) -> (String, String) {
    let options = server.options(Login::Superuser, "postgres");
    let mut conn = PgConnection::connect_with(&options).await.unwrap();
    for sql in [
        "CREATE ROLE maker LOGIN CREATEROLE CREATEDB PASSWORD 'secret'",
        "CREATE DATABASE linli OWNER maker",
    ] {
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut conn)
            .await
            .unwrap();
    }
    conn.close().await.unwrap();
    let url =
        |login: &str| format!("postgres://{login}:secret@127.0.0.1:{port}/linli?sslmode=disable");
    (url("maker"), url("linli_app"))
}

fn memory_kb(process: u32) -> usize {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.unwrap().split_whitespace().next().unwrap();
    number.parse().unwrap()
}

/// A device that waits for nothing: it sends as fast as the connection takes it.
async fn floods(sensor: Sensor, broker: String, sent: watch::Sender<usize>) {
    let (host, port) = broker.split_once(':').unwrap();
    let mut options = MqttOptions::new(&sensor.username, host, port.parse().unwrap());
    options
        .set_credentials(&sensor.username, &sensor.password)
        .set_keep_alive(Duration::from_mins(5))
        .set_inflight(u16::MAX);
    let (client, mut events) = AsyncClient::new(options, 1000);
    let reading = json!({ "ts": 1_700_000_000_000_i64, "values": { "count": 1 } });
    let payload = serde_json::Value::from(vec![reading; 200]).to_string();
    loop {
        while client
            .try_publish(&sensor.topic, QoS::AtLeastOnce, false, payload.clone())
            .is_ok()
        {}
        match events.poll().await {
            Ok(Event::Outgoing(Outgoing::Publish(_))) => {
                sent.send_modify(|bytes| *bytes += payload.len());
            }
            Ok(_) => {}
            Err(_) => sleep(Duration::from_millis(50)).await,
        }
    }
}

/// A sensor of a second company, whose noise takes nothing of the first one's quota.
async fn noisy(url: &str) -> Sensor {
    let form = json!({
        "company": "喧嚣物业", "slug": "xuanxiao", "admin_name": "郑阳",
        "login": "admin@xuanxiao", "password": "correct horse battery",
    });
    let mut rest = Rest::at(url);
    text(&rest.post("signup", form).await["access_token"]).clone_into(&mut rest.token);
    let estate = rest.post("estates", json!({ "name": "喧嚣里" })).await;
    rest.sensor(text(&estate["id"])).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_minute_without_postgres_loses_nothing() {
    let (elsewhere, dir) = (Dir::new(0o755), Dir::new(0o755));
    let server = elsewhere.start().await;
    let gate = Gate::before(server.port()).await;
    let (owner, app) = logins(&server, gate.port).await;
    let both = [
        ("LINLI_OWNER_DATABASE_URL", &*owner),
        ("LINLI_DATABASE_URL", &*app),
    ];
    let migrated = tokio::task::block_in_place(|| Linli::run(&dir, &["migrate"], &both));
    assert_eq!(migrated.status, Some(0), "{}", migrated.said);
    let linli = tokio::task::block_in_place(|| Linli::serve_with(&dir, &[both[1]]));

    let rest = Rest::sign_up(&linli.url).await;
    let estate = rest.post("estates", json!({ "name": "安居花园" })).await;
    let mut sensors = Vec::new();
    for _ in 0..DEVICES {
        sensors.push(rest.sensor(text(&estate["id"])).await);
    }
    let noisy = noisy(&linli.url).await;
    let books = books(DEVICES);
    let (_broker, address) = watch::channel(linli.mqtt.clone());
    let mut voices = speak(&sensors, &books, &address);
    wait_for(&books, SOME).await;

    let process = linli.process.id();
    let before = memory_kb(process);
    gate.open.send_replace(false);
    let since = Instant::now();
    let (counter, sent) = watch::channel(0);
    let flood = tokio::spawn(floods(noisy, linli.mqtt.clone(), counter));
    let (mut most, mut unready) = (before, 0);
    // What was stored and not yet acknowledged may still be.
    let at_most = acknowledged(&books) + DEVICES * usize::from(WINDOW);
    while since.elapsed() < AWAY {
        most = most.max(memory_kb(process));
        let readyz = tokio::task::block_in_place(|| linli.get("/readyz"));
        unready += usize::from(readyz.starts_with("HTTP/1.1 503") && readyz.contains("database"));
        sleep(Duration::from_secs(1)).await;
    }
    assert!(acknowledged(&books) <= at_most, "nothing can be stored");
    assert!(unready > 10, "it says that its database is away");
    let flooded = *sent.borrow();
    flood.abort();
    gate.open.send_replace(true);
    let back = Instant::now();
    wait_for(&books, at_most + SOME).await;
    let after = back.elapsed();
    voices.shutdown().await;

    let sum = sum(&rest, &sensors, &books).await;
    println!(
        "away for {AWAY:?}: {} more KB at the most, {} KB taken from a device that waits for nothing; \
         storing again after {after:?}; acknowledged {}, stored {}, lost {}, doubled {}",
        most - before,
        flooded >> 10,
        sum.acknowledged,
        sum.stored,
        sum.lost,
        sum.doubled
    );
    assert!(most - before < MOST_MORE_KB, "{} KB more", most - before);
    assert_eq!((sum.lost, sum.doubled, sum.wrong), (0, 0, 0), "{sum:?}");
    assert_eq!(linli.interrupt(), 0);
    server.stop().await;
}
