use domain::telemetry::Refusal;
use tokio::{io::AsyncReadExt, net::TcpListener};

use super::*;

fn valve() -> Arc<RegisterMap> {
    map(json!({
        "registers": [
            {"name": "valve", "address": 28, "function": 3, "type": "bits16"},
            {"name": "relay", "address": 3, "function": 1, "type": "bool"},
            {"name": "limit", "address": 40, "function": 3, "type": "f32", "word_order": "little"}
        ],
        "writes": {
            "set_valve": {"function": 6, "address": 28, "type": "u16", "values": [1, 2]},
            "close_valve": {"function": 6, "address": 28, "type": "u16", "values": [2]},
            "set_relay": {"function": 5, "address": 3, "type": "bool", "values": [0, 1]},
            "set_limit": {
                "function": 16, "address": 40, "type": "f32", "word_order": "little",
                "min": 0, "max": 60
            },
            "not_there": {"function": 6, "address": 99, "type": "u16", "values": [1]}
        }
    }))
}

/// A device that knows all of its commands but the last.
async fn with_valve() -> (Simulator, Watched) {
    let mut has = RegisterMap::clone(&valve());
    has.writes.remove("not_there");
    let cabinet = cabinet(vec![simulated(1, &Arc::new(has), |_| 0.0)]).await;
    let units = vec![unit(1, &valve(), Duration::from_millis(10))];
    let line = watch(settings(cabinet.local_addr()), units).await;
    (cabinet, line)
}

#[tokio::test]
async fn what_is_listed_is_written() {
    let (_cabinet, mut watched) = with_valve().await;
    for (method, said, point, wanted) in [
        ("close_valve", None, "valve", 2.0),
        ("set_valve", Some(1.0), "valve", 1.0),
        ("set_relay", Some(1.0), "relay", 1.0),
        ("set_limit", Some(45.5), "limit", 45.5),
    ] {
        soon(watched.line.write(device(1), method, said))
            .await
            .unwrap();
        watched
            .find(|polled| value(polled, point) == Some(wanted))
            .await;
    }
}

#[tokio::test]
async fn nothing_else_is() {
    let (_cabinet, mut watched) = with_valve().await;
    let refused = Unwritten::Failed(Refusal::IllegalAddress);
    for (n, method, said, wanted) in [
        (1, "open_all_doors", None, Unwritten::NotAllowed),
        (1, "set_valve", None, Unwritten::NotAllowed),
        (1, "set_valve", Some(3.0), Unwritten::NotAllowed),
        (1, "set_limit", Some(60.5), Unwritten::NotAllowed),
        (1, "set_limit", Some(f64::NAN), Unwritten::NotAllowed),
        (2, "close_valve", None, Unwritten::UnknownDevice),
        (1, "not_there", None, refused),
    ] {
        let written = soon(watched.line.write(device(n), method, said)).await;
        assert_eq!(written, Err(wanted), "{method} {said:?}");
    }
    let polled = watched.next().await;
    for point in ["valve", "relay", "limit"] {
        assert_eq!(value(&polled, point), Some(0.0), "{point}");
    }
}

#[tokio::test]
async fn a_command_that_nobody_waits_for_is_not_sent() {
    let listener = TcpListener::bind(ANY).await.unwrap();
    let settings = settings(listener.local_addr().unwrap());
    let map = valve();
    let mut watched = watch(settings, vec![unit(1, &map, ONCE)]).await;
    let asked = async || {
        let (mut stream, _) = soon(listener.accept()).await.unwrap();
        let mut request = [0; 12];
        soon(stream.read_exact(&mut request)).await.unwrap();
        // The function, and a connection that stays open without an answer.
        (request[7], stream)
    };
    let (read, _busy) = asked().await;
    assert_eq!(read, 1);
    let gone = watched.line.write(device(1), "close_valve", None);
    let waited = timeout(Duration::from_millis(20), gone).await;
    assert!(waited.is_err(), "{waited:?}");
    assert!(!watched.next().await.failures.is_empty());
    watched.line.watch(vec![unit(1, &map, ONCE * 2)]).await;
    let (next, _busy) = asked().await;
    assert_eq!(next, read, "the next poll, and not the command");
}

#[tokio::test]
async fn a_line_that_cannot_be_reached_writes_nothing() {
    let (cabinet, mut watched) = with_valve().await;
    watched.next().await;
    drop(cabinet);
    watched
        .find(|polled| failed(polled).contains(&("valve", "unreachable")))
        .await;
    let written = soon(watched.line.write(device(1), "close_valve", None)).await;
    assert_eq!(written, Err(Unwritten::Failed(Refusal::Unreachable)));
}
