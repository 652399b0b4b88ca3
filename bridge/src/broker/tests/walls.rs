use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::*;

#[tokio::test]
async fn connections_are_refused() {
    use ConnectReturnCode::{BadClientId, BadUserNamePassword, NotAuthorized, ServiceUnavailable};
    let house = house().await;
    let good = || house.options("demo:meter");

    let mut wrong = good();
    wrong.set_credentials("demo:meter", "guess");
    let mut anonymous = MqttOptions::new("demo:meter", "127.0.0.1", good().broker_address().1);
    anonymous.set_keep_alive(Duration::from_secs(30));
    let mut foreign_id = good();
    foreign_id.set_client_id("demo:other".into());
    let mut malformed = house.options("demo/x:meter");
    malformed.set_client_id("demo/x:meter".into());
    let mut wide = house.options("demo:+");
    wide.set_client_id("demo:+".into());
    for (options, code) in [
        (wrong, BadUserNamePassword),
        (anonymous, NotAuthorized),
        (foreign_id, BadClientId),
        (malformed, BadClientId),
        (wide, BadUserNamePassword),
    ] {
        assert_eq!(house.refusal(options.clone()).await, code, "{options:?}");
    }

    for (topic, payload, reason) in [
        ("linli/demo/other/status", "offline", Refusal::ForeignTopic),
        (
            "linli/demo/meter/telemetry",
            r#"{"a": 1}"#,
            Refusal::ForeignTopic,
        ),
        (
            "linli/demo/meter/status",
            "gone fishing",
            Refusal::Malformed,
        ),
    ] {
        let mut options = good();
        options.set_last_will(LastWill::new(topic, payload, QoS::AtLeastOnce, true));
        let before = house.store.refused(reason);
        assert_eq!(house.refusal(options).await, NotAuthorized, "{topic}");
        assert_eq!(house.store.refused(reason), before + 1, "{topic}");
    }

    house.store.away.store(true, Ordering::SeqCst);
    assert_eq!(house.refusal(good()).await, ServiceUnavailable);
    assert_eq!(house.broker.connections(), 0);
}

#[tokio::test]
async fn foreign_topics_are_dropped_and_counted() {
    let mut house = house().await;
    let mut victim = house.device("demo:meter").await;
    assert!(victim.subscribe("linli/demo/meter/#").await);
    let mut stranger = house.device("rival:meter").await;
    for (n, topic) in [
        "linli/demo/meter/telemetry",
        "linli/demo/meter/status",
        "linli/demo/meter/rpc/request/1",
        "linli/rival/meter2/telemetry",
        "$SYS/broker/uptime",
        "else",
    ]
    .into_iter()
    .enumerate()
    {
        stranger.say(topic, "online").await;
        let Said::Decoded(key, decoded) = house.said().await else {
            panic!("a status: {topic}")
        };
        assert_eq!(
            (key, decoded),
            ("meter".into(), Decoded::refusal(Refusal::ForeignTopic))
        );
        assert_eq!(
            house.store.refused(Refusal::ForeignTopic),
            u32::try_from(n).unwrap() + 1
        );
    }
    // At no acknowledgement at all it is counted as well.
    let foreign = "linli/demo/meter/telemetry";
    stranger
        .sender
        .publish(foreign, QoS::AtMostOnce, true, "{}")
        .await
        .unwrap();
    house.said().await;
    assert_eq!(house.store.refused(Refusal::ForeignTopic), 7);
    assert_eq!(house.store.stored(), 0);

    // What reaches the victim first is its own word.
    victim.publish("linli/demo/meter/status", "online").await;
    assert_eq!(
        victim.delivered().await,
        ("linli/demo/meter/status".into(), b"online".to_vec())
    );
}

#[tokio::test]
async fn foreign_filters_are_refused_and_counted() {
    let house = house().await;
    let mut stranger = house.device("rival:meter").await;
    let filters = [
        "#",
        "+/demo/meter/#",
        "linli/+/meter/telemetry",
        "linli/demo/meter/#",
        "linli/demo/meter/status",
        "linli/rival/meter2/#",
        "$SYS/#",
        "$share/g/linli/rival/meter/#",
        "$linli/#",
    ];
    for filter in filters {
        assert!(!stranger.subscribe(filter).await, "{filter}");
    }
    let counted = house.store.refused(Refusal::ForeignTopic);
    assert_eq!(counted, u32::try_from(filters.len()).unwrap());
    assert!(stranger.subscribe("linli/rival/meter/#").await);

    let mut neighbour = house.device("demo:meter").await;
    neighbour.say("linli/demo/meter/status", "online").await;
    neighbour
        .say("linli/demo/meter/telemetry", r#"{"a": 1}"#)
        .await;
    stranger
        .publish("linli/rival/meter/status", "offline")
        .await;
    assert_eq!(stranger.delivered().await.0, "linli/rival/meter/status");
}

async fn raw(house: &House, bytes: &[u8]) -> Vec<u8> {
    let mut socket = TcpStream::connect(house.broker.local_addr()).await.unwrap();
    let mut answer = Vec::new();
    // The broker may hang up before it has read everything.
    let _ = socket.write_all(bytes).await;
    let _ = socket.shutdown().await;
    let _ = soon(socket.read_to_end(&mut answer)).await;
    answer
}

#[tokio::test]
async fn garbage_harms_only_its_sender() {
    let house = house().await;
    for bytes in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        &[0xff; 64],
        &[0x10, 0xff, 0xff, 0xff, 0xff, 0xff],
        &[0x10, 0x00],
        &[0x30, 0x02, 0x00, 0x00],
        &[
            0x10, 0x0a, 0x00, 0x04, b'M', b'Q', b'T', b'T', 0x04, 0xff, 0x00, 0x00,
        ],
        &[],
    ] {
        let answer = raw(&house, bytes).await;
        assert_ne!(answer, [0x20, 0x02, 0x00, 0x00], "{bytes:?} was let in");
    }
    let mut meter = house.device("demo:meter").await;
    meter.say("linli/demo/meter/telemetry", r#"{"a": 1}"#).await;
    assert_eq!(house.store.stored(), 1);
}

#[tokio::test]
async fn an_oversized_packet_ends_its_connection() {
    let house = house().await;
    let mut options = house.options("demo:meter");
    options.set_max_packet_size(4 << 20, 4 << 20);
    let mut meter = Client::start(options);
    meter.connected().await;
    meter
        .publish("linli/demo/meter/telemetry", &" ".repeat(2 << 20))
        .await;
    assert!(meter.next().await.is_none());

    let mut other = house.device("demo:other").await;
    other.say("linli/demo/other/telemetry", r#"{"a": 1}"#).await;
    assert_eq!(house.store.stored(), 1);
}

#[tokio::test]
async fn version_5_is_told_why() {
    use rumqttc::v5::{
        AsyncClient, Event, MqttOptions,
        mqttbytes::{
            QoS,
            v5::{Packet, PubAckReason},
        },
    };
    let house = house().await;
    let port = house.broker.local_addr().port();
    let mut options = MqttOptions::new("demo:meter", "127.0.0.1", port);
    options
        .set_credentials("demo:meter", "secret")
        .set_keep_alive(Duration::from_secs(30));
    let (meter, mut events) = AsyncClient::new(options, 10);
    let foreign = "linli/demo/other/telemetry";
    meter
        .publish(foreign, QoS::AtLeastOnce, false, "{}")
        .await
        .unwrap();
    let own = "linli/demo/meter/telemetry";
    meter
        .publish(own, QoS::AtLeastOnce, false, r#"{"a": 1}"#)
        .await
        .unwrap();
    let mut reasons = Vec::new();
    while reasons.len() < 2 {
        match soon(events.poll()).await.unwrap() {
            Event::Incoming(Packet::ConnAck(ack)) => {
                let told = ack.properties.unwrap();
                assert_eq!(told.max_packet_size, Some(1 << 20));
                assert_eq!(told.receive_max, Some(RECEIVE_MAXIMUM));
            }
            Event::Incoming(Packet::PubAck(ack)) => reasons.push(ack.reason),
            _ => {}
        }
    }
    assert_eq!(
        reasons,
        [PubAckReason::NotAuthorized, PubAckReason::Success]
    );
    assert_eq!(
        (
            house.store.refused(Refusal::ForeignTopic),
            house.store.stored()
        ),
        (1, 1)
    );
}
