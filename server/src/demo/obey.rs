//! What the demo's devices do when they are told to: doors open, pumps start and stop.

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use backend::kernel::clock::Clock;
use jiff::Timestamp;
use rumqttc::{AsyncClient, Publish, QoS};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    sync::mpsc::UnboundedReceiver,
    time::{Instant, sleep_until},
};

/// How long a door stays open.
const OPEN: Duration = Duration::from_secs(5);

/// What a device can be told to do.
#[derive(Debug, Clone)]
pub(super) enum Works {
    Door,
    /// Its switch, which what it says of itself follows.
    Pump(Arc<AtomicBool>),
}

/// What its connection hears.
#[derive(Debug)]
pub(super) enum Told {
    /// The session is a new one, without subscriptions.
    Connected,
    Command(Publish),
}

#[derive(Deserialize)]
struct Request {
    method: String,
    expires: i64,
}

impl Works {
    /// The answer, and what changes. Nothing at all once its time is up: a door that opens then
    /// opens for nobody.
    fn act(&self, payload: &[u8], now: Timestamp) -> Option<(Value, Option<Value>)> {
        let request: Request = serde_json::from_slice(payload).ok()?;
        if request.expires <= now.as_millisecond() {
            return None;
        }
        let changed = match (self, request.method.as_str()) {
            (Self::Door, "open") => json!({ "open": true, "opened_by": "远程" }),
            (Self::Pump(on), method @ ("start" | "stop")) => {
                on.store(method == "start", Ordering::Relaxed);
                json!({ "running": method == "start" })
            }
            _ => {
                let refused = json!({ "ok": false, "error": "unknown_method" });
                return Some((refused, None));
            }
        };
        Some((json!({ "ok": true }), Some(changed)))
    }
}

/// Does what the device is told, for as long as it is there. Apart from the loop that polls the
/// connection, which must not wait for room in its own queue.
pub(super) async fn obey(
    works: Option<Works>,
    client: AsyncClient,
    topic: String,
    clock: Clock,
    mut told: UnboundedReceiver<Told>,
) {
    let Some(works) = works else {
        return pending().await;
    };
    let requests = format!("{topic}/rpc/request/");
    let publish = async |below: &str, payload: &Value| {
        let topic = format!("{topic}/{below}");
        // An error means that the simulation ends.
        let _ = client
            .publish(topic, QoS::AtLeastOnce, false, payload.to_string())
            .await;
    };
    let mut shuts_at: Option<Instant> = None;
    loop {
        let shutting = async {
            match shuts_at {
                Some(at) => sleep_until(at).await,
                None => pending().await,
            }
        };
        let heard = tokio::select! {
            heard = told.recv() => heard,
            () = shutting => {
                shuts_at = None;
                publish("telemetry", &json!({ "open": false })).await;
                continue;
            }
        };
        let command = match heard {
            None => return,
            Some(Told::Connected) => {
                let _ = client
                    .subscribe(format!("{requests}+"), QoS::AtLeastOnce)
                    .await;
                continue;
            }
            Some(Told::Command(command)) => command,
        };
        let Some(number) = command.topic.strip_prefix(&requests) else {
            continue;
        };
        let Some((answer, changed)) = works.act(&command.payload, clock.now()) else {
            continue;
        };
        publish(&format!("rpc/response/{number}"), &answer).await;
        if let Some(changed) = changed {
            publish("telemetry", &changed).await;
            shuts_at = matches!(works, Works::Door).then(|| Instant::now() + OPEN);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doors_open_and_pumps_turn_while_there_is_time() {
        let now: Timestamp = "2026-11-22T06:30:00Z".parse().unwrap();
        let told = |works: &Works, method: &str, in_ms: i64| {
            let request =
                json!({ "method": method, "params": {}, "expires": now.as_millisecond() + in_ms });
            works.act(request.to_string().as_bytes(), now)
        };
        let (answer, changed) = told(&Works::Door, "open", 1).unwrap();
        assert_eq!(answer, json!({ "ok": true }));
        assert_eq!(changed.unwrap()["open"], true);
        assert_eq!(told(&Works::Door, "open", 0), None);
        let (answer, changed) = told(&Works::Door, "start", 1).unwrap();
        assert_eq!((&answer["ok"], changed), (&json!(false), None));

        let on = Arc::new(AtomicBool::new(false));
        let pump = Works::Pump(Arc::clone(&on));
        for (method, running) in [("start", true), ("stop", false)] {
            let (_, changed) = told(&pump, method, 1).unwrap();
            assert_eq!(changed, Some(json!({ "running": running })));
            assert_eq!(on.load(Ordering::Relaxed), running);
        }
        assert_eq!(pump.act(b"open", now), None);
    }
}
