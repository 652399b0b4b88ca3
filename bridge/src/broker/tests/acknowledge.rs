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

#[tokio::test]
async fn a_store_that_does_not_answer_blocks_nobody_for_ever() {
    let house = house_with(|config| config.patience = Duration::from_millis(200)).await;
    let mut meter = house.device("demo:meter").await;
    let permits = house.store.gate.available_permits();
    house.store.gate.forget_permits(permits);
    meter.publish("linli/demo/meter/telemetry", READING).await;
    assert!(meter.next().await.is_none(), "closed, and not acknowledged");
    assert_eq!(house.store.stored(), 0);
}

#[tokio::test]
async fn every_level_of_service_is_stored_and_bad_parts_are_counted() {
    let mut house = house().await;
    let mut meter = house.device("demo:meter").await;
    for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
        meter
            .client
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
    meter.say("linli/demo/meter/rpc/response/1", "{}").await;
    assert_eq!(house.store.refused(Refusal::Malformed), 2);
    assert_eq!(house.store.refused(Refusal::NotFinite), 1);
    assert_eq!(house.store.refused(Refusal::ForeignTopic), 1);
    assert_eq!(house.store.stored(), 4);
}

#[tokio::test]
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
            client.client.disconnect().await.unwrap();
        })
    });
    for device in devices.collect::<Vec<_>>() {
        soon(device).await.unwrap();
    }
    assert_eq!(house.store.stored(), 1000);
    until(|| house.broker.connections() == 0).await;
}
