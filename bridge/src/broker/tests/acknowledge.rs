use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::*;

const READING: &str = r#"{"ts": 1763812800000, "values": {"energy_kwh": 1.5}}"#;

#[tokio::test]
async fn the_acknowledgement_follows_the_store() {
    let house = house().await;
    let permits = house.store.gate.available_permits();
    house.store.gate.forget_permits(permits);
    let mut meter = house.device("demo:meter").await;

    meter.publish("linli/demo/meter/telemetry", READING).await;
    until(|| house.store.entered.load(Ordering::SeqCst) == 1).await;
    // Time for an acknowledgement that does not wait.
    assert!(
        timeout(Duration::from_millis(300), meter.events.recv())
            .await
            .is_err()
    );
    assert_eq!(house.store.stored(), 0);

    house.store.gate.add_permits(1);
    meter.acknowledged().await;
    assert_eq!(house.store.stored(), 1);
}

#[tokio::test]
async fn what_is_not_stored_is_sent_again_and_acknowledged_once() {
    let house = house_with(|config| config.patience = Duration::from_millis(200)).await;
    let mut options = house.options("demo:meter");
    options.set_clean_session(false);
    let mut meter = Client::start(options);
    assert!(!meter.connected().await);

    house.store.away.store(true, Ordering::SeqCst);
    for _ in 0..5 {
        meter.publish("linli/demo/meter/telemetry", READING).await;
    }
    loop {
        match meter.next().await {
            None => break,
            Some(packet) => assert!(!matches!(packet, Packet::PubAck(_)), "{packet:?}"),
        }
    }
    assert_eq!(house.store.stored(), 0);

    house.store.away.store(false, Ordering::SeqCst);
    assert!(
        meter.connected().await,
        "the session is kept, or the client would forget"
    );
    for _ in 0..5 {
        meter.acknowledged().await;
    }
    assert_eq!(house.store.stored(), 5);
    meter.say("linli/demo/meter/telemetry", "{}").await;
    assert_eq!(house.store.stored(), 5);
}

#[tokio::test]
async fn a_short_absence_is_waited_out() {
    let mut house = house().await;
    let mut meter = house.device("demo:meter").await;
    house.store.away.store(true, Ordering::SeqCst);
    meter.publish("linli/demo/meter/telemetry", READING).await;
    until(|| house.store.entered.load(Ordering::SeqCst) >= 2).await;
    house.store.away.store(false, Ordering::SeqCst);
    // The first thing that comes is the acknowledgement, over the same connection.
    assert!(matches!(meter.next().await, Some(Packet::PubAck(_))));
    assert!(matches!(house.said().await, Said::Decoded(..)));
    assert_eq!(house.store.stored(), 1);
}

/// Length-prefixed text, as packets have it.
fn field(text: &str) -> Vec<u8> {
    let mut field = u16::try_from(text.len()).unwrap().to_be_bytes().to_vec();
    field.extend(text.bytes());
    field
}

fn packet(kind: u8, body: &[Vec<u8>]) -> Vec<u8> {
    let body = body.concat();
    // One length byte is enough for less than 128.
    let mut packet = vec![kind, u8::try_from(body.len()).unwrap()];
    assert!(body.len() < 128);
    packet.extend(body);
    packet
}

/// Byte by byte, because a client library may swallow what comes just before the end.
#[tokio::test]
async fn a_store_that_does_not_answer_blocks_nobody_for_ever() {
    let house = house_with(|config| config.patience = Duration::from_millis(200)).await;
    let permits = house.store.gate.available_permits();
    house.store.gate.forget_permits(permits);
    let (name, topic) = ("demo:meter", "linli/demo/meter/telemetry");
    for qos in [1, 2] {
        let mut socket = TcpStream::connect(house.broker.local_addr()).await.unwrap();
        // Version 4, clean session with name and password, 30 s keep-alive.
        let settings = vec![4, 0xc2, 0, 30];
        let connect = packet(
            0x10,
            &[
                field("MQTT"),
                settings,
                field(name),
                field(name),
                field("secret"),
            ],
        );
        socket.write_all(&connect).await.unwrap();
        let reading = br#"{"a": 1}"#.to_vec();
        for id in [1, 2, 3] {
            let publish = packet(
                0x30 | qos << 1,
                &[field(topic), vec![0, id], reading.clone()],
            );
            socket.write_all(&publish).await.unwrap();
        }
        let mut answer = Vec::new();
        // The end may be a reset, since some of what was sent is never read.
        let _ = soon(socket.read_to_end(&mut answer)).await;
        assert_eq!(answer, [0x20, 2, 0, 0], "nothing but the CONNACK");
    }
    assert_eq!(house.store.stored(), 0);
}

#[tokio::test]
async fn every_level_of_service_is_stored_and_bad_parts_are_counted() {
    let mut house = house().await;
    let mut meter = house.device("demo:meter").await;
    for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
        meter
            .sender
            .publish("linli/demo/meter/telemetry", qos, true, READING)
            .await
            .unwrap();
        let Said::Decoded(key, decoded) = house.said().await else {
            panic!("no readings")
        };
        assert_eq!((key.as_str(), decoded.readings.len()), ("meter", 1));
    }
    meter
        .find(|packet| matches!(packet, Packet::PubComp(_)).then_some(()))
        .await;

    meter.say("linli/demo/meter/telemetry", "not JSON").await;
    meter
        .say("linli/demo/meter/telemetry", r#"{"a": 1e999, "b": 1}"#)
        .await;
    meter.say("linli/demo/meter/status", "asleep").await;
    meter.say("linli/demo/meter/ack", "{}").await;
    assert_eq!(house.store.refused(Refusal::Malformed), 2);
    assert_eq!(house.store.refused(Refusal::NotFinite), 1);
    assert_eq!(house.store.refused(Refusal::ForeignTopic), 1);
    assert_eq!(house.store.stored(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_at_once() {
    let house = house().await;
    let devices = (0..50).map(|n| {
        let options = house.options(&format!("demo:m{n}"));
        tokio::spawn(async move {
            let mut client = Client::start(options);
            client.connected().await;
            let topic = format!("linli/demo/m{n}/telemetry");
            for ts in 0..20 {
                client
                    .publish(&topic, &format!(r#"{{"ts": {ts}, "values": {{"a": 1}}}}"#))
                    .await;
            }
            for _ in 0..20 {
                client.acknowledged().await;
            }
            client.sender.disconnect().await.unwrap();
        })
    });
    for device in devices.collect::<Vec<_>>() {
        soon(device).await.unwrap();
    }
    assert_eq!(house.store.stored(), 1000);
    until(|| house.broker.connections() == 0).await;
}
