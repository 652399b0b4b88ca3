//! Every topic of the broker, over real connections, with the real intake behind it.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use backend::{Cx, devices};
use bridge::{
    broker::{Broker, Config, Rules},
    topic,
};
use domain::{DeviceId, devices::Registered, telemetry::Refusal};
use rumqttc::{
    AsyncClient, ConnectionError, Event, EventLoop, MqttOptions, Packet, QoS, SubscribeReasonCode,
};
use serde_json::json;
use tokio::time::timeout;

use crate::{
    Leak, complete,
    current::{PATIENCE, at},
    house::{House, Who},
};

/// Own topics that nothing reads yet: their owner is refused as well.
const UNREAD: [&str; 2] = ["ack", "rpc/request/1"];

fn options(broker: &Broker, id: &str, password: &str) -> MqttOptions {
    let mut options = MqttOptions::new(id, "127.0.0.1", broker.local_addr().port());
    options
        .set_credentials(id, password)
        .set_keep_alive(Duration::from_mins(1));
    options
}

/// A connected device.
struct Device {
    client: AsyncClient,
    events: EventLoop,
    topic: String,
    /// Topic and payload of what was delivered.
    received: Vec<(String, Vec<u8>)>,
}

impl Device {
    async fn connect(broker: &Broker, registered: &Registered) -> Self {
        let credentials = &registered.credentials;
        let options = options(broker, &credentials.username, &credentials.password);
        let (client, events) = AsyncClient::new(options, 10);
        let topic = credentials.topic.clone();
        let mut device = Self {
            client,
            events,
            topic,
            received: Vec::new(),
        };
        device
            .until(|packet| matches!(packet, Packet::ConnAck(_)).then_some(()))
            .await;
        device
    }

    async fn until<T>(&mut self, pick: impl Fn(&Packet) -> Option<T>) -> T {
        let found = async {
            loop {
                if let Event::Incoming(packet) = self.events.poll().await.unwrap() {
                    if let Packet::Publish(publish) = &packet {
                        self.received
                            .push((publish.topic.clone(), publish.payload.to_vec()));
                    }
                    if let Some(found) = pick(&packet) {
                        return found;
                    }
                }
            }
        };
        timeout(PATIENCE, found).await.unwrap()
    }

    async fn say(&mut self, topic: &str, payload: &str) {
        self.client
            .publish(topic, QoS::AtLeastOnce, false, payload)
            .await
            .unwrap();
        self.until(|packet| matches!(packet, Packet::PubAck(_)).then_some(()))
            .await;
    }

    async fn subscribe(&mut self, filter: &str) -> bool {
        self.client
            .subscribe(filter, QoS::AtLeastOnce)
            .await
            .unwrap();
        self.until(|packet| match packet {
            Packet::SubAck(ack) => Some(
                ack.return_codes
                    .iter()
                    .all(|code| matches!(code, SubscribeReasonCode::Success(_))),
            ),
            _ => None,
        })
        .await
    }

    /// Says an own word and waits until it has come back so often: what was under way has come
    /// before it.
    async fn echo(&mut self, times: usize) {
        let status = format!("{}/status", self.topic);
        self.client
            .publish(&status, QoS::AtLeastOnce, false, "online")
            .await
            .unwrap();
        while self
            .received
            .iter()
            .filter(|(topic, _)| *topic == status)
            .count()
            < times
        {
            let any = |packet: &Packet| matches!(packet, Packet::Publish(_)).then_some(());
            self.until(any).await;
        }
    }
}

/// How often a device was refused for a topic.
async fn foreign(cx: &Cx, device: DeviceId) -> i64 {
    let device = devices::device(cx, device).await.unwrap().unwrap();
    let counted = device
        .refused
        .iter()
        .find(|refused| refused.reason == Refusal::ForeignTopic);
    counted.map_or(0, |refused| refused.count)
}

fn payload(name: &str, value: u32, status: &str) -> String {
    match name {
        "status" => status.to_owned(),
        "rpc/response/1" => json!({ "ok": true, "value": value }).to_string(),
        "gateway/telemetry" => json!({ "pump": { "power_w": value } }).to_string(),
        _ => json!({ "ts": at(2), "values": { "power_w": value } }).to_string(),
    }
}

pub(crate) async fn walk(house: &House, rules: Rules) -> Vec<Leak> {
    let config = Config::new("127.0.0.1:0".parse().unwrap());
    let broker = Broker::start_with(config, Arc::new(house.town.intake.clone()), rules)
        .await
        .unwrap();
    let leaks = walk_on(house, &broker).await;
    broker.shutdown().await;
    leaks
}

#[expect(clippy::too_many_lines, reason = "one walk, told from top to bottom")]
async fn walk_on(house: &House, broker: &Broker) -> Vec<Leak> {
    let (a, b) = (&house.of(Who::Admin).unwrap().cx, &house.town.rival.cx);
    let meter = house.meter.id;
    let mut leaks = Vec::new();

    // As its owner.
    let mut own = Device::connect(broker, &house.meter).await;
    let (mut heard, mut unread) = (BTreeSet::new(), BTreeSet::new());
    for name in topic::names() {
        let (topic, before) = (format!("{}/{name}", own.topic), foreign(a, meter).await);
        assert!(own.subscribe(&topic).await, "{topic} as its owner");
        own.say(&topic, &payload(&name, 814, "online")).await;
        let refused = foreign(a, meter).await > before;
        heard.insert(name.clone());
        if refused {
            unread.insert(name);
        }
    }
    complete("broker topic", topic::names(), heard);
    assert_eq!(unread, BTreeSet::from(UNREAD.map(str::to_owned)));

    // As strangers: company B's device, and another one of A's own.
    let before = house.seen(meter).await;
    let mut strangers = vec![
        (
            Who::Rival,
            Device::connect(broker, &house.foreign).await,
            b,
            house.foreign.id,
        ),
        (
            Who::Neighbour,
            Device::connect(broker, &house.pump).await,
            a,
            house.pump.id,
        ),
    ];
    for (by, device, cx, id) in &mut strangers {
        let status = format!("{}/status", device.topic);
        assert!(device.subscribe(&status).await);
        for name in topic::names() {
            let topic = format!("{}/{name}", own.topic);
            let counted = foreign(cx, *id).await;
            device.say(&topic, &payload(&name, 666, "offline")).await;
            if foreign(cx, *id).await != counted + 1 {
                let target = format!("publish {name}");
                leaks.push(Leak {
                    target,
                    by: *by,
                    what: "was not counted as a refusal".to_owned(),
                });
            }
            let (slug, key) = house.meter.credentials.username.split_once(':').unwrap();
            for filter in [
                topic.clone(),
                format!("{}/#", own.topic),
                format!("linli/{slug}/+/{name}"),
                format!("linli/+/{key}/{name}"),
                format!("+/{slug}/{key}/{name}"),
                format!("$share/g/{topic}"),
                "#".to_owned(),
            ] {
                if device.subscribe(&filter).await {
                    let target = format!("subscribe {name}");
                    leaks.push(Leak {
                        target,
                        by: *by,
                        what: format!("granted: {filter}"),
                    });
                }
            }
        }
    }
    if house.seen(meter).await != before {
        let (target, by) = ("publish".to_owned(), Who::Rival);
        leaks.push(Leak {
            target,
            by,
            what: "what A sees of its meter has changed".to_owned(),
        });
    }

    // Whatever A's device says from here on, nobody else hears.
    own.echo(2).await;
    let telemetry = format!("{}/telemetry", own.topic);
    own.say(&telemetry, &payload("telemetry", 815, "")).await;
    if own.received.iter().any(|(_, payload)| payload != b"online") {
        let (target, by) = ("publish status".to_owned(), Who::Rival);
        leaks.push(Leak {
            target,
            by,
            what: "A's device received a stranger's word".to_owned(),
        });
    }
    for (by, mut device, ..) in strangers {
        device.echo(1).await;
        for (topic, _) in &device.received {
            if !topic.starts_with(&format!("{}/", device.topic)) {
                let target = "messages".to_owned();
                leaks.push(Leak {
                    target,
                    by,
                    what: format!("received {topic}"),
                });
            }
        }
    }
    leaks.extend(connects(house, broker).await);
    leaks
}

/// A's meter is what nobody else can connect as.
async fn connects(house: &House, broker: &Broker) -> Vec<Leak> {
    let (name, foreign) = (
        &house.meter.credentials.username,
        &house.foreign.credentials,
    );
    let mut as_another = options(broker, &foreign.username, &foreign.password);
    as_another.set_client_id(name.clone());
    let anonymous = MqttOptions::new(name, "127.0.0.1", broker.local_addr().port());
    let tried = [
        (Who::Rival, options(broker, name, &foreign.password)),
        (
            Who::Neighbour,
            options(broker, name, &house.pump.credentials.password),
        ),
        (Who::Rival, as_another),
        (Who::Nobody, options(broker, name, "")),
        (Who::Nobody, anonymous),
    ];
    let mut leaks = Vec::new();
    for (by, options) in tried {
        let (_client, mut events) = AsyncClient::new(options, 10);
        let answer = timeout(PATIENCE, events.poll()).await.unwrap();
        if !matches!(answer, Err(ConnectionError::ConnectionRefused(_))) {
            leaks.push(Leak {
                target: "connect".to_owned(),
                by,
                what: format!("{answer:?}"),
            });
        }
    }
    leaks
}
