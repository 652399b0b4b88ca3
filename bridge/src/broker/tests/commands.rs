use jiff::SignedDuration;
use serde_json::{Value, json};

use super::*;

/// To open, within so many seconds.
fn opening(house: &House, number: u64, seconds: i64) -> Request {
    Request {
        number,
        method: "open".to_owned(),
        params: json!({ "seconds": 5 }).as_object().unwrap().clone(),
        expires_at: house.store.now() + SignedDuration::from_secs(seconds),
    }
}

fn answer(payload: &str) -> Answer {
    Answer::parse(payload.as_bytes()).unwrap()
}

#[tokio::test]
async fn a_command_reaches_its_device_and_nobody_else() {
    let house = house().await;
    let mut door = house.device("demo:door").await;
    let mut other = house.device("demo:other").await;
    assert!(door.subscribe("linli/demo/door/rpc/request/+").await);
    assert!(other.subscribe("linli/demo/other/#").await);

    let request = opening(&house, 7, 10);
    let courier = house.broker.courier();
    assert!(soon(courier.carry("demo:door", &request)).await);
    let (topic, payload) = door.delivered().await;
    assert_eq!(topic, "linli/demo/door/rpc/request/7");
    let payload: Value = serde_json::from_slice(&payload).unwrap();
    let expires = request.expires_at.as_millisecond();
    assert_eq!(
        payload,
        json!({ "method": "open", "params": { "seconds": 5 }, "expires": expires })
    );
    // What reaches the other one first is its own word.
    other.publish("linli/demo/other/status", "online").await;
    assert_eq!(other.delivered().await.0, "linli/demo/other/status");
}

#[tokio::test]
async fn nothing_is_kept_for_a_device_that_is_away() {
    let house = house().await;
    let courier = house.broker.courier();
    let request = opening(&house, 1, 10);
    assert!(!courier.carry("demo:door", &request).await);

    let lasting = || {
        let mut options = house.options("demo:door");
        options.set_clean_session(false);
        options
    };
    let mut door = Client::start(lasting());
    door.connected().await;
    assert!(door.subscribe("linli/demo/door/#").await);
    door.vanish().await;
    until(|| house.broker.connections() == 0).await;
    assert!(!courier.carry("demo:door", &request).await);

    let mut door = Client::start(lasting());
    assert!(door.connected().await, "its session is there");
    door.publish("linli/demo/door/status", "online").await;
    assert_eq!(door.delivered().await.0, "linli/demo/door/status");

    for (seconds, carried) in [(-1, false), (0, false), (1, true)] {
        let request = opening(&house, 2, seconds);
        let found = courier.carry("demo:door", &request).await;
        assert_eq!(found, carried, "{seconds}");
    }
    assert_eq!(door.delivered().await.0, "linli/demo/door/rpc/request/2");

    // Nor is it retained for whoever subscribes again.
    assert!(door.subscribe("linli/demo/door/rpc/request/+").await);
    door.publish("linli/demo/door/status", "online").await;
    assert_eq!(door.delivered().await.0, "linli/demo/door/status");

    soon(house.broker.gate().revoke("demo:door")).await;
    assert!(!courier.carry("demo:door", &request).await, "revoked");
}

#[tokio::test]
async fn an_answer_is_acknowledged_after_the_store() {
    let mut house = house().await;
    let permits = house.store.gate.available_permits();
    house.store.gate.forget_permits(permits);
    let mut door = house.device("demo:door").await;
    let yes = r#"{"ok": true, "by": "motor"}"#;
    door.publish("linli/demo/door/rpc/response/7", yes).await;
    until(|| house.store.entered.load(Ordering::SeqCst) == 1).await;
    // Time for an acknowledgement that does not wait.
    let early = timeout(Duration::from_millis(300), door.events.recv()).await;
    assert!(early.is_err());
    house.store.gate.add_permits(1);
    door.acknowledged().await;
    let said = Said::Answer("door".into(), 7, answer(yes));
    assert_eq!(house.said().await, said);
}

#[tokio::test]
async fn what_is_no_answer_is_counted_and_the_connection_stays() {
    let mut house = house().await;
    let mut door = house.device("demo:door").await;
    let own = "linli/demo/door/rpc/response";
    for (topic, payload, reason) in [
        ("10", r#"{"ok": true}"#, Refusal::UnknownCommand),
        (
            "18446744073709551615",
            r#"{"ok": true}"#,
            Refusal::UnknownCommand,
        ),
        ("1", "open", Refusal::Malformed),
        ("1", "[true]", Refusal::Malformed),
        ("1", r#"{"done": true}"#, Refusal::Malformed),
        ("1", r#"{"ok": "yes"}"#, Refusal::Malformed),
        ("x", r#"{"ok": true}"#, Refusal::ForeignTopic),
    ] {
        let before = house.store.refused(reason);
        door.say(&format!("{own}/{topic}"), payload).await;
        assert_eq!(house.store.refused(reason), before + 1, "{topic} {payload}");
        assert!(matches!(house.said().await, Said::Decoded(..)));
    }
    let no = r#"{"ok": false}"#;
    door.say(&format!("{own}/1"), no).await;
    let said = Said::Answer("door".into(), 1, answer(no));
    assert_eq!(house.said().await, said);
    assert_eq!(house.broker.connections(), 1);
}

#[tokio::test]
async fn a_device_commands_nobody_and_answers_for_nobody() {
    let mut house = house().await;
    let mut door = house.device("demo:door").await;
    assert!(door.subscribe("linli/demo/door/#").await);
    let mut stranger = house.device("rival:door").await;
    let open = r#"{"method": "open", "params": {}, "expires": 1763812810000}"#;
    let yes = r#"{"ok": true}"#;
    for (own, topic, payload) in [
        (false, "linli/demo/door/rpc/request/1", open),
        (false, "linli/demo/door/rpc/response/1", yes),
        (true, "linli/demo/door/rpc/request/1", open),
    ] {
        let before = house.store.refused(Refusal::ForeignTopic);
        let client = if own { &mut door } else { &mut stranger };
        client.say(topic, payload).await;
        assert_eq!(house.store.refused(Refusal::ForeignTopic), before + 1);
        assert!(matches!(house.said().await, Said::Decoded(..)));
    }
    // What reaches the door first is its own word.
    door.publish("linli/demo/door/status", "online").await;
    assert_eq!(door.delivered().await.0, "linli/demo/door/status");
}
