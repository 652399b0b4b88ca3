use proptest::{collection, prelude::*};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    time::Instant,
};

use super::*;

const FAST: Duration = Duration::from_millis(10);

/// Two registers that are not read together.
fn meter() -> Arc<RegisterMap> {
    map(json!({"registers": [
        {"name": "energy_kwh", "address": 0, "function": 3, "type": "u32"},
        {"name": "power_w", "address": 20, "function": 3, "type": "u16"}
    ]}))
}

fn all(reason: &str) -> [(&str, &str); 2] {
    [("energy_kwh", reason), ("power_w", reason)]
}

#[tokio::test]
async fn a_dead_unit_does_not_hold_up_the_live_one() {
    let map = meter();
    let cabinet = cabinet(vec![simulated(1, &map, |_| 5.0)]).await;
    let units = vec![unit(2, &map, FAST), unit(1, &map, FAST)];
    let settings = Settings {
        timeout: Duration::from_millis(500),
        ..settings(cabinet.local_addr())
    };
    let mut line = watch(settings, units).await;
    let (mut good, mut dead) = (0, 0);
    while good < 40 {
        let polled = line.next().await;
        if polled.unit == 1 {
            assert_eq!(failed(&polled), []);
            good += 1;
        } else {
            assert_eq!(failed(&polled), all("timed_out"));
            dead += 1;
        }
    }
    // Left alone for 10, 20, 40 … ms after each time-out.
    assert!((1..15).contains(&dead), "{dead} beside {good}");
}

#[tokio::test]
async fn a_server_that_comes_back_is_found() {
    let map = meter();
    let first = cabinet(vec![simulated(1, &map, |_| 5.0)]).await;
    let addr = first.local_addr();
    let mut line = watch(settings(addr), vec![unit(1, &map, FAST)]).await;
    assert_eq!(failed(&line.next().await), []);
    drop(first);
    line.find(|polled| failed(polled) == all("unreachable"))
        .await;
    let _second = Simulator::start(addr, Framing::Tcp, vec![simulated(1, &map, |_| 6.0)])
        .await
        .unwrap();
    let back = line.find(|polled| polled.failures.is_empty()).await;
    assert_eq!(value(&back, "energy_kwh"), Some(6.0));
}

/// As gateways do with silent ones.
#[tokio::test]
async fn a_connection_closed_between_two_polls_costs_no_reading() {
    let map = meter();
    let first = cabinet(vec![simulated(1, &map, |_| 5.0)]).await;
    let addr = first.local_addr();
    let mut line = watch(settings(addr), vec![unit(1, &map, ONCE)]).await;
    assert_eq!(failed(&line.next().await), []);
    drop(first);
    let restarted = async {
        loop {
            let devices = vec![simulated(1, &map, |_| 6.0)];
            if let Ok(second) = Simulator::start(addr, Framing::Tcp, devices).await {
                return second;
            }
            tokio::task::yield_now().await;
        }
    };
    let _second = soon(restarted).await;
    // Another interval makes it due now.
    line.line.watch(vec![unit(1, &map, ONCE * 2)]).await;
    let polled = line.next().await;
    assert_eq!(failed(&polled), []);
    assert_eq!(value(&polled, "energy_kwh"), Some(6.0));
}

#[tokio::test]
async fn nobody_there_and_a_closed_range_look_the_same() {
    let map = meter();
    let gone = TcpListener::bind(ANY).await.unwrap().local_addr().unwrap();
    let closed = "10.0.0.1:502".parse().unwrap();
    for addr in [gone, closed] {
        let mut line = watch(settings(addr), vec![unit(1, &map, ONCE)]).await;
        assert_eq!(failed(&line.next().await), all("unreachable"));
    }
}

/// A server that answers each read with the same bytes behind a good header of Modbus TCP.
async fn parrot(pdu: impl Into<Vec<u8>>) -> SocketAddr {
    let pdu = pdu.into();
    let listener = TcpListener::bind(ANY).await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 12];
            while stream.read_exact(&mut request).await.is_ok() {
                let length = u16::try_from(pdu.len() + 1).unwrap().to_be_bytes();
                let answer = [&request[..4], &length, &request[6..7], &pdu].concat();
                // Whoever cannot read it hangs up.
                if stream.write_all(&answer).await.is_err() {
                    break;
                }
            }
        }
    });
    addr
}

#[tokio::test]
async fn strange_answers_are_no_readings() {
    let map = meter();
    for (pdu, reason) in [
        // Another length than was asked for, another function, and less than is announced.
        (&[3, 8, 0, 1, 0, 1, 0, 1, 0, 1][..], "garbled"),
        (&[4, 4, 0, 0, 0, 1], "garbled"),
        (&[3, 250, 0], "garbled"),
        (&[0x83, 0x55], "device_failure"),
        // Nobody behind the gateway, or nobody who has time: not a matter of one register.
        (&[0x83, 11], "gateway_failure"),
        (&[0x83, 6], "device_busy"),
    ] {
        let units = vec![unit(1, &map, ONCE)];
        let mut line = watch(settings(parrot(pdu).await), units).await;
        let polled = line.next().await;
        assert_eq!(polled.readings, [], "{pdu:?}");
        assert_eq!(failed(&polled), all(reason), "{pdu:?}");
    }
}

/// Whatever comes back, each register has been read or is counted with its reason.
#[test]
fn no_answer_is_too_strange() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let map = meter();
    let shaped = (0_u8..7, any::<u8>(), collection::vec(any::<u8>(), 0..12))
        .prop_map(|(function, length, rest)| [vec![function, length], rest].concat());
    let answers = prop_oneof![collection::vec(any::<u8>(), 0..300), shaped];
    proptest!(ProptestConfig::with_cases(64), |(pdu in answers)| {
        let polled = runtime.block_on(async {
            let settings = Settings {
                timeout: Duration::from_millis(50),
                ..settings(parrot(pdu).await)
            };
            watch(settings, vec![unit(1, &map, ONCE)]).await.next().await
        });
        prop_assert_eq!(polled.readings.len() + polled.failures.len(), 2);
    });
}

#[tokio::test]
async fn the_line_is_silent_between_requests() {
    let map = map(json!({
        "registers": [
            {"name": "a", "address": 0, "function": 3, "type": "u16"},
            {"name": "b", "address": 9, "function": 3, "type": "u16"},
            {"name": "c", "address": 0, "function": 4, "type": "u16"}
        ],
        "limits": {"pause_ms": 60}
    }));
    let cabinet = cabinet(vec![simulated(1, &map, |_| 5.0)]).await;
    let start = Instant::now();
    let units = vec![unit(1, &map, ONCE)];
    let mut line = watch(settings(cabinet.local_addr()), units).await;
    assert_eq!(failed(&line.next().await), []);
    assert!(start.elapsed() >= Duration::from_millis(120));
}

/// While the store is away nothing is asked, and nothing piles up.
#[tokio::test]
async fn a_full_channel_holds_the_polls_and_not_the_commands() {
    let map = map(json!({
        "registers": [{"name": "valve", "address": 28, "function": 3, "type": "u16"}],
        "writes": {"close_valve": {"function": 6, "address": 28, "type": "u16", "values": [2]}}
    }));
    let cabinet = cabinet(vec![simulated(1, &map, |_| 1.0)]).await;
    let units = vec![unit(1, &map, FAST)];
    let mut line = watch(settings(cabinet.local_addr()), units).await;
    line.full().await;
    soon(line.line.write(device(1), "close_valve", None))
        .await
        .unwrap();
    for _ in 0..ROOM {
        let polled = line.next().await;
        assert_eq!(value(&polled, "valve"), Some(1.0), "asked before");
    }
    assert_eq!(value(&line.next().await, "valve"), Some(2.0));
}
