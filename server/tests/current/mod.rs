//! A site with two companies, devices that speak, and websockets that listen.
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use backend::{
    Cx, Peer, Site, devices, estates,
    identity::{self, Kind, Opened},
    kernel::{clock::Clock, keys::Keys, tx::Db},
    notify::{Channel, Channels, Handing, Letter},
    telemetry, tenancy,
};
use bridge::{
    intake::{Away, DeviceSession, Intake as _},
    payload::decode,
};
use domain::{
    EstateId, PointId, UnitId,
    devices::{DeviceForm, DeviceKind, NewPoint, Registered, TransportForm, ValueType},
    estates::{BuildingForm, EstateForm, Relation, ResidentForm, UnitForm},
    identity::AcceptForm,
    tenancy::SignupForm,
};
use futures_util::{SinkExt, StreamExt};
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};
use server::{
    http::{EdgeSettings, HttpState, router},
    intake::{self, Intake},
    live::{self, Hub, Live, Pace},
};
use testkit::TestDb;
use tokio::{
    net::TcpStream,
    sync::{
        Mutex,
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    },
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest},
};

const PASSWORD: &str = "correct horse battery";
/// Longer than anything here may take.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Keeps what goes to phones instead of sending it.
#[derive(Debug)]
struct Letters(UnboundedSender<Letter>);

impl Channel for Letters {
    fn send<'a>(&'a self, letter: &'a Letter) -> Handing<'a> {
        drop(self.0.send(letter.clone()));
        Box::pin(async { Ok(()) })
    }
}

pub struct Town {
    pub db: TestDb,
    /// What went to phones.
    pub letters: Mutex<UnboundedReceiver<Letter>>,
    pub site: Site,
    pub hub: Hub,
    pub live: Live,
    pub intake: Intake,
    pub address: SocketAddr,
    pub admin: Opened,
    pub rival: Opened,
    pub owner: Opened,
    pub estate: EstateId,
    pub building: domain::BuildingId,
    pub unit: UnitId,
    /// The owner's, with `energy_kwh` and `power_w`.
    pub meter: DeviceSession,
    pub registered: Registered,
    /// Nobody's, with `flow`, `label` and `on`.
    pub sensor: DeviceSession,
}

/// A pace at which nothing happens by itself during a test.
pub fn calm() -> Pace {
    Pace {
        window: Duration::from_millis(20),
        ..Pace::default()
    }
}

impl Town {
    pub async fn new() -> Self {
        Self::paced(calm(), Hub::default()).await
    }

    pub async fn paced(pace: Pace, hub: Hub) -> Self {
        let db = testkit::database().await;
        let pool = Db::connect(db.app(), 8).await.unwrap();
        let site = Site::new(
            pool,
            Keys::from_master([7; 32]),
            Clock::fixed(testkit::noon()),
        );
        let (letters, received) = unbounded_channel();
        let site = site.telling(Channels {
            sms: Some(Arc::new(Letters(letters))),
            ..Channels::default()
        });
        telemetry::open_partitions(&site).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let public_url = format!("http://{address}");
        let live = Live::paced(site.clone(), hub.clone(), &public_url, pace);
        tokio::spawn(live.clone().hear_changes());
        let settings = EdgeSettings {
            public_url,
            site_root: std::env::temp_dir().join("linli-no-such-site"),
            stays_on_this_machine: true,
            trusted_proxies: Vec::new(),
            speaks_tls: false,
        };
        let intake = intake::start(site.clone(), hub.clone());
        let state = HttpState::new(site.clone(), intake.clone(), settings);
        let service = router(state, live::routes(live.clone()), Router::new());
        let service = service.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(axum::serve(listener, service).into_future());

        let admin = found(&site, "anju").await;
        let rival = found(&site, "boyuan").await;
        let estate = EstateForm {
            name: "安居花园".to_owned(),
        };
        let estate = estates::create_estate(&admin.cx, estate).await.unwrap().id;
        let building = BuildingForm {
            estate,
            name: "3号楼".to_owned(),
        };
        let building = estates::create_building(&admin.cx, building)
            .await
            .unwrap()
            .id;
        let (unit, owner) = home(&site, &admin.cx, building, "1202").await;
        let registered =
            register(&admin.cx, estate, Some(unit), DeviceKind::ElectricityMeter).await;
        let sensor = register(&admin.cx, estate, None, DeviceKind::Sensor).await;
        let meter = log_in(&intake, &registered).await;
        let sensor = log_in(&intake, &sensor).await;
        Self {
            db,
            letters: Mutex::new(received),
            site,
            hub,
            live,
            intake,
            address,
            admin,
            rival,
            owner,
            estate,
            building,
            unit,
            meter,
            registered,
            sensor,
        }
    }

    /// One more home in the same building, with somebody in it.
    pub async fn neighbour(&self, code: &str) -> Opened {
        home(&self.site, &self.admin.cx, self.building, code)
            .await
            .1
    }

    pub async fn register(&self, unit: Option<UnitId>, kind: DeviceKind) -> DeviceSession {
        let registered = register(&self.admin.cx, self.estate, unit, kind).await;
        log_in(&self.intake, &registered).await
    }

    /// What a device says, until it is acknowledged.
    pub async fn say(&self, device: &DeviceSession, payload: &Value) -> Result<(), Away> {
        let decoded = decode(payload.to_string().as_bytes(), self.site.now());
        self.intake.accept(device, decoded).await
    }

    pub async fn point(&self, device: &DeviceSession, name: &str) -> PointId {
        let points = devices::points(&self.admin.cx, device.device)
            .await
            .unwrap()
            .unwrap();
        points.iter().find(|point| point.name == name).unwrap().id
    }

    /// What REST answers: the status and the body.
    pub async fn call(
        &self,
        by: &Opened,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (u16, Value) {
        let token = identity::access_token(&self.site, by).unwrap();
        let url = format!("http://{}/api/v1/{path}", self.address);
        let mut request = reqwest::Client::new()
            .request(method, url)
            .bearer_auth(token.access_token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    pub async fn count(&self, table: &str) -> i64 {
        let sql = format!("SELECT count(*) FROM {table}");
        sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .fetch_one(self.db.admin())
            .await
            .unwrap()
    }

    /// An upgrade with these headers; an answer without an upgrade is its status.
    pub async fn try_open(
        &self,
        query: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Client, u16> {
        let mut request = format!("ws://{}/live{query}", self.address)
            .into_client_request()
            .unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        match connect_async(request).await {
            Ok((socket, _)) => Ok(Client { socket }),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// As a page of ours would.
    pub async fn open(&self, opened: &Opened) -> Client {
        let cookie = cookie(opened);
        self.try_open("", &[("cookie", &cookie), ("origin", &self.origin())])
            .await
            .unwrap()
    }

    pub fn estate_topic(&self) -> String {
        format!("estate/{}/points", self.estate)
    }
}

pub fn cookie(opened: &Opened) -> String {
    format!("linli_session={}", opened.token)
}

/// Milliseconds of the test's moment and so many seconds.
pub fn at(seconds: i64) -> i64 {
    (testkit::noon() + SignedDuration::from_secs(seconds)).as_millisecond()
}

async fn found(site: &Site, slug: &str) -> Opened {
    let form = SignupForm {
        company: format!("{slug} 物业"),
        slug: slug.to_owned(),
        admin_name: "周敏".to_owned(),
        login: format!("admin@{slug}"),
        password: PASSWORD.to_owned(),
    };
    tenancy::sign_up(site, form, Kind::Browser, &Peer::local())
        .await
        .unwrap()
}

async fn home(
    site: &Site,
    admin: &Cx,
    building: domain::BuildingId,
    code: &str,
) -> (UnitId, Opened) {
    let unit = UnitForm {
        building,
        entrance: None,
        unit: code.to_owned(),
        area_m2: None,
    };
    let unit = estates::create_unit(admin, unit).await.unwrap().id;
    let resident = ResidentForm {
        id_number: None,
        unit,
        name: "王小明".to_owned(),
        phone: None,
        relation: Relation::Owner,
    };
    let resident = estates::add_resident(admin, resident).await.unwrap().id;
    let invitation = estates::invite(admin, resident).await.unwrap();
    let form = AcceptForm {
        token: invitation.token,
        login: format!("owner-{code}@anju"),
        password: PASSWORD.to_owned(),
    };
    (
        unit,
        estates::accept(site, form, &Peer::local()).await.unwrap(),
    )
}

async fn register(
    admin: &Cx,
    estate: EstateId,
    unit: Option<UnitId>,
    kind: DeviceKind,
) -> Registered {
    let point = |name: &str, value_type| NewPoint {
        name: name.to_owned(),
        unit: String::new(),
        value_type,
        range: domain::devices::ValidRange::default(),
    };
    let points = match kind {
        DeviceKind::Sensor => vec![
            point("flow", ValueType::Number),
            point("label", ValueType::Text),
            point("on", ValueType::Bool),
        ],
        _ => Vec::new(),
    };
    let form = DeviceForm {
        name: "设备".to_owned(),
        key: None,
        kind,
        estate,
        unit,
        place: None,
        transport: TransportForm::Mqtt {},
        gateway: None,
        model: None,
        points,
    };
    devices::register(admin, form).await.unwrap()
}

pub async fn log_in(intake: &Intake, registered: &Registered) -> DeviceSession {
    let credentials = &registered.credentials;
    let session = intake
        .connect(&credentials.username, credentials.password.as_bytes())
        .await;
    session.unwrap().unwrap()
}

/// The household that somebody lives in.
pub fn household(opened: &Opened) -> domain::HouseholdId {
    identity::me(&opened.cx).unwrap().households[0]
}

pub struct Client {
    pub socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Client {
    pub async fn send(&mut self, message: Value) {
        self.socket
            .send(Message::text(message.to_string()))
            .await
            .unwrap();
    }

    pub async fn sub(&mut self, id: u32, topic: &str) {
        self.send(json!({ "op": "sub", "id": id, "topic": topic }))
            .await;
    }

    /// The next text frame within `wait`, or the close code.
    pub async fn next_within(&mut self, wait: Duration) -> Option<Result<Value, u16>> {
        let next = async {
            loop {
                match self.socket.next().await {
                    Some(Ok(Message::Text(text))) => {
                        return Ok(serde_json::from_str(&text).unwrap());
                    }
                    Some(Ok(Message::Close(frame))) => {
                        return Err(frame.map_or(1005, |frame| frame.code.into()));
                    }
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return Err(1006),
                }
            }
        };
        tokio::time::timeout(wait, next).await.ok()
    }

    pub async fn next(&mut self) -> Value {
        self.next_within(PATIENCE).await.unwrap().unwrap()
    }

    /// Reads on until the server closes.
    pub async fn closed(&mut self) -> u16 {
        loop {
            if let Err(code) = self.next_within(PATIENCE).await.unwrap() {
                return code;
            }
        }
    }

    pub async fn refusal(&mut self, id: u32, topic: &str) -> String {
        self.sub(id, topic).await;
        let frame = self.next().await;
        assert_eq!(frame["id"], id, "{frame}");
        assert!(
            frame["error"]["message"]
                .as_str()
                .is_some_and(|text| !text.is_empty()),
            "{frame}"
        );
        frame["error"]["code"].as_str().unwrap().to_owned()
    }

    /// Nothing but a pong comes back to a ping now.
    pub async fn quiet(&mut self) {
        self.send(json!({ "op": "ping" })).await;
        assert_eq!(self.next().await, json!({ "op": "pong" }));
    }
}

/// The time of a value in a frame.
pub fn ts(value: &Value) -> Timestamp {
    value["ts"].as_str().unwrap().parse().unwrap()
}
