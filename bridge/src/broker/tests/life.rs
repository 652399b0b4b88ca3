use super::*;

fn with_will(mut options: MqttOptions, name: &str) -> MqttOptions {
    let topic = format!("linli/{}/status", name.replace(':', "/"));
    options.set_last_will(LastWill::new(topic, "offline", QoS::AtLeastOnce, true));
    options
}

#[tokio::test]
async fn a_lost_connection_is_offline() {
    let mut house = house().await;
    for options in [
        house.options("demo:meter"),
        with_will(house.options("demo:meter"), "demo:meter"),
    ] {
        let mut meter = Client::start(options);
        meter.connected().await;
        meter.say("linli/demo/meter/status", "online").await;
        assert_eq!(house.said().await, Said::Status("meter".into(), true));
        meter.vanish().await;
        assert_eq!(house.said().await, Said::Status("meter".into(), false));
        until(|| house.broker.connections() == 0).await;
    }
}

#[tokio::test]
async fn a_clean_goodbye_says_nothing() {
    let mut house = house().await;
    let mut meter = Client::start(with_will(house.options("demo:meter"), "demo:meter"));
    meter.connected().await;
    meter.say("linli/demo/meter/status", "online").await;
    meter.sender.disconnect().await.unwrap();
    until(|| house.broker.connections() == 0).await;
    meter.vanish().await;
    assert_eq!(house.said().await, Said::Status("meter".into(), true));

    house.device("demo:other").await.vanish().await;
    assert_eq!(house.said().await, Said::Status("other".into(), false));
    assert!(house.said.try_recv().is_err());
}

#[tokio::test]
async fn a_take_over_is_not_a_loss() {
    let mut house = house().await;
    let (first, mut events) = AsyncClient::new(house.options("demo:meter"), 10);
    assert!(matches!(
        soon(events.poll()).await,
        Ok(Event::Incoming(Packet::ConnAck(_)))
    ));
    let mut second = house.device("demo:meter").await;
    soon(async { while events.poll().await.is_ok() {} }).await;
    drop(first);
    until(|| house.broker.connections() == 1).await;
    second.say("linli/demo/meter/status", "online").await;
    assert_eq!(house.said().await, Said::Status("meter".into(), true));
    assert!(house.said.try_recv().is_err());
}

#[tokio::test]
async fn the_status_is_retained_and_telemetry_is_not() {
    let house = house().await;
    let mut meter = house.device("demo:meter").await;
    let retained = |topic: &'static str, payload: &'static str| {
        meter.sender.publish(topic, QoS::AtLeastOnce, true, payload)
    };
    retained("linli/demo/meter/telemetry", r#"{"a": 1}"#)
        .await
        .unwrap();
    retained("linli/demo/meter/status", "online").await.unwrap();
    meter.acknowledged().await;
    meter.acknowledged().await;
    assert!(meter.subscribe("linli/demo/meter/#").await);
    assert_eq!(meter.delivered().await.1, b"online");
    meter.say("linli/demo/meter/telemetry", r#"{"a": 2}"#).await;
    assert!(meter.events.try_recv().is_err(), "telemetry came back");
}

#[tokio::test]
async fn a_revoked_device_is_thrown_out() {
    let mut house = house().await;
    let mut meter = Client::start(with_will(house.options("demo:meter"), "demo:meter"));
    meter.connected().await;
    let mut other = house.device("demo:other").await;
    meter
        .sender
        .publish("linli/demo/meter/status", QoS::AtLeastOnce, true, "online")
        .await
        .unwrap();
    meter.acknowledged().await;

    house.store.revoked.store(true, Ordering::SeqCst);
    soon(house.broker.gate().revoke("demo:meter")).await;
    assert!(meter.next().await.is_none());
    until(|| house.broker.connections() == 1).await;
    assert!(meter.next().await.is_none(), "it came back");
    other.say("linli/demo/other/telemetry", r#"{"a": 1}"#).await;
    assert_eq!(house.said().await, Said::Status("meter".into(), true));
    meter.vanish().await;

    house.store.revoked.store(false, Ordering::SeqCst);
    let mut again = house.device("demo:meter").await;
    assert!(again.subscribe("linli/demo/meter/#").await);
    again.publish("linli/demo/meter/status", "online").await;
    let (topic, payload) = again.delivered().await;
    assert_eq!(
        (topic.as_str(), &payload[..]),
        ("linli/demo/meter/status", &b"online"[..])
    );
}

#[tokio::test]
async fn a_company_that_is_shut_out_says_nothing_more() {
    let mut house = house().await;
    let mut options = house.options("demo:meter");
    options.set_clean_session(false);
    let mut meter = Client::start(options);
    meter.connected().await;
    let mut other = house.device("demo:other").await;
    let gate = house.broker.gate();
    let sessions = gate.sessions();
    assert_eq!(sessions.len(), 2);
    let stranger = format!("ten_{:026}", 9).parse().unwrap();
    soon(gate.shut(stranger)).await;
    meter.say("linli/demo/meter/telemetry", r#"{"a": 1}"#).await;

    // The store takes nothing, as one that looks first would: no PUBACK, and then no connection.
    house.store.away.store(true, Ordering::SeqCst);
    let late = meter.sender.publish(
        "linli/demo/meter/telemetry",
        QoS::AtLeastOnce,
        false,
        r#"{"a": 2}"#,
    );
    late.await.unwrap();
    until(|| house.store.entered.load(Ordering::SeqCst) > 1).await;
    house.store.revoked.store(true, Ordering::SeqCst);
    soon(gate.shut(sessions[0].tenant)).await;
    house.store.away.store(false, Ordering::SeqCst);
    assert!(meter.next().await.is_none(), "no acknowledgement");
    assert!(other.next().await.is_none());
    until(|| house.broker.connections() == 0).await;
    assert!(matches!(house.said().await, Said::Decoded(..)));
    meter.vanish().await;
    other.vanish().await;

    // They come back to the sessions that they left, and nobody said that they were lost.
    house.store.revoked.store(false, Ordering::SeqCst);
    let mut options = house.options("demo:meter");
    options.set_clean_session(false);
    let mut again = Client::start(options);
    assert!(again.connected().await, "its session is there");
    again.say("linli/demo/meter/telemetry", r#"{"a": 2}"#).await;
    assert!(matches!(house.said().await, Said::Decoded(..)));
    assert!(house.said.try_recv().is_err());
}

#[tokio::test]
async fn sessions_outlive_a_restart() {
    let dir = std::env::temp_dir().join(format!("linli-broker-{}", std::process::id()));
    for expected in [false, true] {
        let house = house_with(|config| config.storage = Some(dir.clone())).await;
        let mut options = house.options("demo:meter");
        options.set_clean_session(false);
        let mut meter = Client::start(options);
        assert_eq!(meter.connected().await, expected);
        meter.say("linli/demo/meter/telemetry", r#"{"a": 1}"#).await;
        assert_eq!(house.store.stored(), 1);
        soon(house.broker.shutdown()).await;
        meter.vanish().await;
    }
    std::fs::remove_dir_all(dir).unwrap();
}

#[tokio::test]
async fn a_taken_address_is_an_error() {
    let house = house().await;
    let config = Config::new(house.broker.local_addr());
    let error = Broker::start(config, Arc::clone(&house.store))
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains(&house.broker.local_addr().to_string()),
        "{error}"
    );
}
