//! What a device saw acknowledged is there, once, whoever was killed in the meantime.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "these are tests, helpers included"
)]

mod support;

use std::time::{Duration, Instant};

use serde_json::json;
use support::{
    Dir, Linli, PATIENCE, alive, kill,
    voices::{Rest, WINDOW, acknowledged, books, speak, sum, text, wait_for},
};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

const DEVICES: usize = 32;
/// Acknowledgements to wait for before each kill, and after the last one.
const SOME: usize = 2_000;

/// So many since then, a second.
fn pace(readings: usize, since: Instant) -> u128 {
    u128::try_from(readings).unwrap_or_default() * 1000 / since.elapsed().as_millis().max(1)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_reading_is_there_once() {
    let dir = Dir::new(0o755);
    let mut linli = Linli::serve(&dir);
    let rest = Rest::sign_up(&linli.url).await;
    let estate = rest.post("estates", json!({ "name": "安居花园" })).await;
    let mut sensors = Vec::new();
    for _ in 0..DEVICES {
        sensors.push(rest.sensor(text(&estate["id"])).await);
    }

    let books = books(DEVICES);
    let (broker, address) = watch::channel(linli.mqtt.clone());
    let mut voices = speak(&sensors, &books, &address);

    wait_for(&books, DEVICES).await;
    let (before, since) = (acknowledged(&books), Instant::now());
    wait_for(&books, before + SOME).await;
    let pace = pace(acknowledged(&books) - before, since);
    linli.process.kill().unwrap();
    linli.process.wait().unwrap();
    let at_the_first = acknowledged(&books);
    linli = Linli::serve(&dir);
    broker.send_replace(linli.mqtt.clone());
    wait_for(&books, at_the_first + SOME).await;

    let postmaster = dir.noted_pid().unwrap();
    kill("KILL", postmaster);
    let since = Instant::now();
    while alive(postmaster) {
        assert!(since.elapsed() < PATIENCE, "it was killed");
        sleep(Duration::from_millis(10)).await;
    }
    // What was acknowledged in this moment may be from before; so many more cannot be.
    let at_the_second = acknowledged(&books) + DEVICES * usize::from(WINDOW);
    wait_for(&books, at_the_second + SOME).await;
    assert_ne!(dir.noted_pid(), Some(postmaster));
    voices.shutdown().await;

    let rest = Rest::log_in(&linli.url).await;
    let sum = timeout(PATIENCE, sum(&rest, &sensors, &books))
        .await
        .unwrap();
    println!(
        "killed at {pace} readings/s: acknowledged {}, stored {}, lost {}, doubled {}",
        sum.acknowledged, sum.stored, sum.lost, sum.doubled
    );
    assert_eq!((sum.lost, sum.doubled, sum.wrong), (0, 0, 0), "{sum:?}");
    assert!(
        sum.stored >= sum.acknowledged && sum.acknowledged >= 3 * SOME,
        "{sum:?}"
    );
    assert_eq!(linli.interrupt(), 0);
    assert!(dir.noted_pid().is_none(), "stopped with Linli");
}
