//! From a register to a reading and from a command to a register, over real sockets.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "these are tests, helpers included"
)]

mod current;

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bridge::{
    broker::{Broker, Config},
    dial::{Dialer, IpNet},
    modbus::{Framing, Simulated, Simulator},
};
use current::{PATIENCE, Town};
use domain::devices::register_map::RegisterMap;
use jiff::SignedDuration;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use server::{
    commands::{self, Mqtt, Ways},
    polling::Polling,
};
use tokio::{
    task::JoinHandle,
    time::{sleep, timeout},
};

/// A meter whose floats come with the low word first, with a switch that may be told.
fn map() -> Value {
    json!({
        "id": "test-meter",
        "registers": [
            { "name": "energy", "point": "energy_kwh", "address": 0, "function": 3, "type": "f32",
              "word_order": "little", "unit": "kWh" },
            { "name": "power", "point": "power_w", "address": 10, "function": 4, "type": "i32", "unit": "W" },
            { "name": "frequency", "address": 20, "function": 4, "type": "u16", "scale": 0.01, "unit": "Hz" },
            { "name": "relay", "address": 0, "function": 1, "type": "bool" }
        ],
        "writes": { "switch": { "function": 5, "address": 0, "type": "bool", "values": [0, 1] } }
    })
}

/// A cabinet with one such meter, which can be told to fail in one register.
struct Cabinet {
    simulator: Simulator,
    failing: Arc<AtomicBool>,
}

impl Cabinet {
    async fn open() -> Self {
        let failing = Arc::new(AtomicBool::new(false));
        let fails = Arc::clone(&failing);
        let value = move |point: &str| match point {
            "energy_kwh" => 8_412.5,
            "power_w" if fails.load(Ordering::Relaxed) => f64::NAN,
            "power_w" => -420.0,
            "frequency" => 49.98,
            _ => 0.0,
        };
        let meter = Simulated {
            id: 7,
            map: Arc::new(RegisterMap::read(&map()).unwrap()),
            value: Arc::new(value),
        };
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let simulator = Simulator::start(any, Framing::Tcp, vec![meter]).await;
        Self {
            simulator: simulator.unwrap(),
            failing,
        }
    }

    fn transport(&self) -> Value {
        json!({ "modbus": {
            "host": "127.0.0.1", "port": self.simulator.local_addr().port(), "unit_id": 7, "map": map(), "every_s": 1,
        } })
    }
}

/// A site that polls.
struct Site {
    town: Town,
    _broker: Broker,
    tasks: Vec<JoinHandle<()>>,
}

impl Drop for Site {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Site {
    async fn new(allow: &[IpAddr]) -> Self {
        let town = Town::new().await;
        let allow = allow.iter().copied().map(IpNet::from).collect();
        let polling = Polling::new(town.site.clone(), town.intake.clone(), Dialer::new(allow));
        let config = Config::new("127.0.0.1:0".parse().unwrap());
        let broker = Broker::start(config, Arc::new(town.intake.clone()))
            .await
            .unwrap();
        let ways = Ways {
            mqtt: Arc::new(Mqtt::new(broker.courier())),
            polling: polling.clone(),
        };
        let tasks = vec![
            tokio::spawn(polling.keep(town.live.changes())),
            tokio::spawn(town.intake.clone().hear(town.live.changes())),
            tokio::spawn(commands::keep(town.site.clone(), ways)),
        ];
        Self {
            town,
            _broker: broker,
            tasks,
        }
    }

    async fn here() -> Self {
        Self::new(&[Ipv4Addr::LOCALHOST.into()]).await
    }

    async fn register(&self, transport: Value) -> (u16, Value) {
        let body = json!({
            "name": "总电表", "kind": "electricity_meter", "estate": self.town.estate, "transport": transport,
        });
        self.town
            .call(&self.town.admin, Method::POST, "devices", Some(body))
            .await
    }

    async fn registered(&self, transport: Value) -> String {
        let (status, made) = self.register(transport).await;
        assert_eq!(status, 201, "{made}");
        made["id"].as_str().unwrap().to_owned()
    }

    /// What a form of the console is answered.
    async fn form(&self, path: &str, body: String) -> u16 {
        let answer = Client::new()
            .post(format!("http://{}/fn/{path}", self.town.address))
            .header("cookie", current::cookie(&self.town.admin))
            .header("origin", self.town.origin())
            .header("accept", "application/json")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        answer.send().await.unwrap().status().as_u16()
    }

    /// What is there once it is as wanted.
    async fn becomes(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let looking = async {
            loop {
                let (status, body) = self
                    .town
                    .call(&self.town.admin, Method::GET, path, None)
                    .await;
                assert_eq!(status, 200, "{body}");
                if wanted(&body) {
                    return body;
                }
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, looking).await.unwrap()
    }

    /// The point of a device once it is as wanted.
    async fn point(&self, device: &str, name: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let find = |body: &Value| {
            let mut items = body["items"].as_array().unwrap().iter();
            items.find(|point| point["name"] == name).cloned().unwrap()
        };
        let path = format!("devices/{device}/points");
        find(&self.becomes(&path, |body| wanted(&find(body))).await)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_register_becomes_a_reading() {
    let (site, cabinet) = (Site::here().await, Cabinet::open().await);
    let device = site.registered(cabinet.transport()).await;
    let there = |point: &Value| !point["value"].is_null();
    let energy = site.point(&device, "energy_kwh", there).await;
    assert_eq!(
        (&energy["value"], &energy["unit"]),
        (&json!(8_412.5), &json!("kWh"))
    );
    let power = site.point(&device, "power_w", there).await;
    assert_eq!(
        (&power["value"], &power["quality"]),
        (&json!(-420.0), &json!("good"))
    );
    // Beside the kind's own points are those of its map.
    let frequency = site.point(&device, "frequency", there).await;
    assert_eq!(
        (&frequency["value"], &frequency["unit"]),
        (&json!(49.98), &json!("Hz"))
    );
    let relay = site.point(&device, "relay", there).await;
    assert_eq!(
        (&relay["value"], &relay["type"]),
        (&json!(false), &json!("bool"))
    );
    let path = format!("devices/{device}");
    let shown = site
        .becomes(&path, |shown| shown["state"] == "online")
        .await;
    assert_eq!(shown["transport"]["modbus"]["unit_id"], 7);
    assert_eq!(shown["refused"], json!([]));
}

/// A device that moved to another address goes on there, with all that it has said.
#[tokio::test(flavor = "multi_thread")]
async fn it_is_asked_where_it_is_now() {
    let (site, cabinet) = (Site::here().await, Cabinet::open().await);
    let mut wrong = cabinet.transport();
    wrong["modbus"]["unit_id"] = json!(8);
    let device = site.registered(wrong).await;
    let path = format!("devices/{device}");
    let counted = |shown: &Value| shown["refused"][0]["count"].as_i64() > Some(0);
    site.becomes(&path, counted).await;

    let change = async |transport: Value| {
        let body = Some(json!({ "transport": transport }));
        let admin = &site.town.admin;
        site.town.call(admin, Method::PATCH, &path, body).await
    };
    let (status, changed) = change(json!({ "modbus": { "unit_id": 7 } })).await;
    assert_eq!(status, 200, "{changed}");
    let (now, then) = (
        &changed["transport"]["modbus"],
        &cabinet.transport()["modbus"],
    );
    for field in ["host", "port", "unit_id", "map", "every_s"] {
        assert_eq!(now[field], then[field], "{field}");
    }
    let there = |point: &Value| !point["value"].is_null();
    let energy = site.point(&device, "energy_kwh", there).await;
    assert_eq!(energy["value"], 8_412.5);

    let odd = json!({ "modbus": { "host": "http://x", "port": 0, "unit_id": 300, "every_s": 0 } });
    let (status, refused) = change(odd).await;
    assert_eq!(status, 422, "{refused}");
    let fields = refused["error"]["fields"].as_object().unwrap();
    let fields: Vec<_> = fields.keys().map(String::as_str).collect();
    let wanted = ["every_s", "host", "port", "unit_id"];
    assert_eq!(
        fields,
        wanted.map(|field| format!("transport.modbus.{field}"))
    );
    for other in [
        json!({ "mqtt": {} }),
        json!({ "modbus": { "port": "x" } }),
        json!(5),
    ] {
        let (status, refused) = change(other).await;
        assert_eq!(status, 422, "{refused}");
        assert!(
            refused["error"]["fields"]["transport"].is_string(),
            "{refused}"
        );
    }

    // The same by the form, which shows what is, so that a blank field is none.
    let form = async |rest: &str| {
        let body = format!("device={device}&asked[host]=localhost&asked[framing]=tcp{rest}");
        site.form("devices/change", body).await
    };
    let port = cabinet.simulator.local_addr().port();
    let said = format!("&asked[port]={port}&asked[unit_id]=7&asked[every_s]=2");
    assert!(form(&said).await < 400);
    let (_, shown) = site
        .town
        .call(&site.town.admin, Method::GET, &path, None)
        .await;
    let modbus = &shown["transport"]["modbus"];
    assert_eq!(
        (&modbus["host"], &modbus["every_s"]),
        (&json!("localhost"), &json!(2))
    );
    assert_eq!(
        form("&asked[port]=&asked[unit_id]=7&asked[every_s]=2").await,
        422
    );
    assert_eq!(
        form("&asked[port]=x&asked[unit_id]=7&asked[every_s]=2").await,
        422
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_is_told_with_its_reason_and_what_was_there_stays() {
    let (site, cabinet) = (Site::here().await, Cabinet::open().await);
    let device = site.registered(cabinet.transport()).await;
    let good = |point: &Value| point["quality"] == "good";
    site.point(&device, "power_w", good).await;
    cabinet.failing.store(true, Ordering::Relaxed);
    let failed = |point: &Value| point["quality"] == "failed";
    let power = site.point(&device, "power_w", failed).await;
    assert_eq!(power["value"], -420.0);
    // The registers beside it are as good as before.
    site.point(&device, "energy_kwh", good).await;
    let counted = |shown: &Value| shown["refused"][0]["count"].as_i64() > Some(0);
    let shown = site.becomes(&format!("devices/{device}"), counted).await;
    assert_eq!(shown["refused"][0]["reason"], "device_failure");
    assert_eq!(shown["state"], "online");

    cabinet.failing.store(false, Ordering::Relaxed);
    let later = site.town.site.now() + SignedDuration::from_secs(5);
    site.town.site.clock.set(later);
    site.point(&device, "power_w", good).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_never_read_says_why() {
    let (site, cabinet) = (Site::here().await, Cabinet::open().await);
    cabinet.failing.store(true, Ordering::Relaxed);
    let device = site.registered(cabinet.transport()).await;
    let failed = |point: &Value| point["quality"] == "failed";
    let power = site.point(&device, "power_w", failed).await;
    assert_eq!(power["reason"], "device_failure");
    assert_eq!(
        (&power["value"], &power["ts"]),
        (&Value::Null, &Value::Null)
    );
    let good = |point: &Value| point["quality"] == "good" && point["reason"].is_null();
    site.point(&device, "energy_kwh", good).await;

    cabinet.failing.store(false, Ordering::Relaxed);
    let later = site.town.site.now() + SignedDuration::from_secs(5);
    site.town.site.clock.set(later);
    site.point(&device, "power_w", good).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_is_a_register_that_the_map_lists() {
    let (site, cabinet) = (Site::here().await, Cabinet::open().await);
    let device = site.registered(cabinet.transport()).await;
    site.becomes(&format!("devices/{device}"), |shown| {
        shown["state"] == "online"
    })
    .await;
    let path = format!("devices/{device}/commands");
    let tell = async |body: Value| {
        site.town
            .call(&site.town.admin, Method::POST, &path, Some(body))
            .await
    };
    let (status, told) = tell(json!({ "method": "switch", "params": { "value": true } })).await;
    assert_eq!(status, 202, "{told}");
    let command = format!("commands/{}", told["id"].as_str().unwrap());
    let done = site
        .becomes(&command, |command| command["state"] == "done")
        .await;
    assert_eq!(done["answer"], json!({ "ok": true }));
    let later = site.town.site.now() + SignedDuration::from_secs(5);
    site.town.site.clock.set(later);
    site.point(&device, "relay", |relay| relay["value"] == true)
        .await;

    for (body, field) in [
        (json!({ "method": "reset" }), "method"),
        (json!({ "method": "switch" }), "params"),
        (
            json!({ "method": "switch", "params": { "value": 2 } }),
            "params",
        ),
        (
            json!({ "method": "switch", "params": { "value": "1" } }),
            "params",
        ),
    ] {
        let (status, refused) = tell(body).await;
        assert_eq!(status, 422, "{refused}");
        assert!(refused["error"]["fields"][field].is_string(), "{refused}");
    }
}

/// What is put right in a model is put right for the device that follows it, while it is polled.
#[tokio::test(flavor = "multi_thread")]
async fn a_device_follows_its_model() {
    let (site, cabinet) = (Site::here().await, Cabinet::open().await);
    let admin = &site.town.admin;
    let call = async |method: Method, path: &str, body: Value| {
        let (status, body) = site.town.call(admin, method, path, Some(body)).await;
        assert!(status < 300, "{body}");
        body
    };
    let mut wrong = map();
    wrong["registers"][0]["scale"] = json!(10);
    let model =
        json!({ "id": "test-meter", "name": "表", "kind": "electricity_meter", "map": wrong });
    call(Method::POST, "device-models", model).await;
    let mut transport = cabinet.transport();
    transport["modbus"]["map"] = json!("test-meter");
    let device = site.registered(transport).await;
    let is = |value: f64| move |point: &Value| point["value"] == value;
    site.point(&device, "energy_kwh", is(84_125.0)).await;

    let later = |seconds| {
        let later = site.town.site.now() + SignedDuration::from_secs(seconds);
        site.town.site.clock.set(later);
    };
    later(5);
    call(
        Method::PATCH,
        "device-models/test-meter",
        json!({ "map": map() }),
    )
    .await;
    site.point(&device, "energy_kwh", is(8_412.5)).await;

    // What the meter says cannot be true by its model: it is counted, and what is there is of before.
    let mut narrow = map();
    narrow["registers"][0]["max"] = json!(8_000);
    later(5);
    call(
        Method::PATCH,
        "device-models/test-meter",
        json!({ "map": narrow }),
    )
    .await;
    later(5);
    let failed = |point: &Value| point["quality"] == "failed";
    let energy = site.point(&device, "energy_kwh", failed).await;
    assert_eq!(
        (&energy["value"], &energy["max"]),
        (&json!(8_412.5), &json!(8_000.0))
    );
    let counted = |shown: &Value| shown["refused"][0]["reason"] == "out_of_range";
    let shown = site.becomes(&format!("devices/{device}"), counted).await;
    assert_eq!(
        (&shown["model"], &shown["state"]),
        (&json!("test-meter"), &json!("online"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_reaches_what_the_operator_does_not_open() {
    let (site, cabinet) = (Site::new(&[]).await, Cabinet::open().await);
    let device = site.registered(cabinet.transport()).await;
    let counted = |shown: &Value| shown["refused"][0]["count"].as_i64() > Some(0);
    let shown = site.becomes(&format!("devices/{device}"), counted).await;
    assert_eq!(shown["refused"][0]["reason"], "unreachable");
    // It was asked, and not heard.
    assert_eq!(
        (&shown["state"], &shown["last_seen"]),
        (&json!("waiting"), &Value::Null)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_company_is_not_polled_and_nobody_elses_poll_ends() {
    let (site, cabinet) = (Site::here().await, Cabinet::open().await);
    site.registered(cabinet.transport()).await;
    assert_eq!(
        backend::devices::polled(&site.town.site)
            .await
            .unwrap()
            .len(),
        1
    );
    sqlx::query("UPDATE tenant SET state = 'suspended' WHERE slug = 'anju'")
        .execute(site.town.db.admin())
        .await
        .unwrap();
    assert_eq!(backend::devices::polled(&site.town.site).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn flaws_stand_beside_their_fields() {
    let site = Site::here().await;
    let before = site.town.count("device").await;
    let odd = json!({ "modbus": { "host": "http://x", "port": 0, "unit_id": 300, "every_s": 0, "map": "nobody-knows" } });
    let (status, refused) = site.register(odd).await;
    assert_eq!(status, 422, "{refused}");
    let fields = refused["error"]["fields"].as_object().unwrap();
    let fields: Vec<_> = fields.keys().map(String::as_str).collect();
    let wanted = ["every_s", "host", "map", "port", "unit_id"];
    assert_eq!(
        fields,
        wanted.map(|field| format!("transport.modbus.{field}"))
    );
    assert_eq!(site.town.count("device").await, before);
}

/// What a browser's form sends badly is the form's fault, too.
#[tokio::test(flavor = "multi_thread")]
async fn a_form_with_flaws_is_no_failure_of_ours() {
    let site = Site::here().await;
    let estate = site.town.estate;
    for (rest, status) in [
        ("&kind=nothing", 422),
        ("&kind=door&says[transport]=smoke", 422),
        (
            "&kind=door&says[transport]=modbus&says[modbus][port]=x",
            422,
        ),
        (
            "&kind=door&says[transport]=modbus&says[modbus][model]=own&says[modbus][own]={",
            422,
        ),
        ("", 422),
    ] {
        let body = format!("name=a&key=&place=&estate={estate}{rest}");
        let answer = site.form("devices/register", body).await;
        assert_eq!(answer, status, "{rest}");
    }
}
