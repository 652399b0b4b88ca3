//! A served site with two companies, and an owner in the first one's estate.

use std::net::SocketAddr;

use axum::{Router, routing::get};
use backend::{
    Peer, Site,
    identity::{self, Kind},
    kernel::{clock::Clock, keys::Keys, tx::Db},
};
use domain::{
    ResidentId,
    identity::{AcceptForm, LoginForm},
};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, redirect::Policy};
use serde_json::{Value, json};
use server::{
    http::{EdgeSettings, HttpState, router},
    intake,
    live::Hub,
};
use testkit::TestDb;

pub(crate) const PASSWORD: &str = "correct horse battery";
/// In the name of everything that company A makes.
pub(crate) const MARKER: &str = "安居的";

/// What a call brought back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) async fn of(response: Response) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        Self {
            status,
            headers,
            text: response.text().await.unwrap(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The body as the contract shapes every refusal, checked; the fields' names.
    pub(crate) fn refused(&self, status: u16, code: &str) -> Vec<String> {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        assert!(
            self.header("content-type").starts_with("application/json"),
            "{self:?}"
        );
        let body = self.json();
        assert_eq!(body.as_object().unwrap().len(), 1, "{body}");
        let error = &body["error"];
        assert_eq!(error["code"], code, "{body}");
        assert!(
            error["message"]
                .as_str()
                .is_some_and(|text| !text.is_empty()),
            "{body}"
        );
        assert_eq!(
            error["request_id"].as_str(),
            Some(self.header("x-request-id")),
            "{body}"
        );
        assert!(!self.header("x-request-id").is_empty());
        let fields = error["fields"].as_object().unwrap();
        assert!(fields.values().all(Value::is_string), "{body}");
        fields.keys().cloned().collect()
    }
}

#[derive(Debug)]
pub(crate) struct Town {
    /// Dropped with the town.
    pub(crate) db: TestDb,
    pub(crate) site: Site,
    pub(crate) base: String,
    pub(crate) client: Client,
    /// Access tokens: of A's admin, of B's, of somebody who owns a home in A.
    pub(crate) a: String,
    pub(crate) b: String,
    pub(crate) owner: String,
    pub(crate) estate: String,
    pub(crate) building: String,
    pub(crate) unit: String,
}

impl Town {
    /// Only the site: nobody is there yet.
    pub(crate) async fn bare(settings: impl FnOnce(&str) -> EdgeSettings) -> Self {
        let db = testkit::database().await;
        let pool = Db::connect(db.app(), 8).await.unwrap();
        let site = Site::new(
            pool,
            Keys::from_master([7; 32]),
            Clock::fixed(testkit::noon()),
        );
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let intake = intake::start(site.clone(), Hub::default());
        let state = HttpState::new(site.clone(), intake, settings(&base));
        let service = router(state, Router::new(), broken());
        let service = service.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(axum::serve(listener, service).into_future());
        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        let nobody = String::new;
        Self {
            db,
            site,
            base,
            client,
            a: nobody(),
            b: nobody(),
            owner: nobody(),
            estate: nobody(),
            building: nobody(),
            unit: nobody(),
        }
    }

    pub(crate) async fn new() -> Self {
        let mut town = Self::bare(plain).await;
        town.a = town.found("anju", "安居物业").await;
        town.b = town.found("boyuan", "博远物业").await;
        town.estate = town
            .made("estates", json!({ "name": format!("{MARKER}花园") }))
            .await;
        let building = json!({ "estate": town.estate, "name": format!("{MARKER}3号楼") });
        town.building = town.made("buildings", building).await;
        let unit = json!({ "building": town.building, "entrance": "2单元", "unit": "1202", "area_m2": 89.37 });
        town.unit = town.made("units", unit).await;
        let resident = json!({ "unit": town.unit, "name": format!("{MARKER}王小明"), "phone": "138 1234 5678", "relation": "owner" });
        let resident = town.made("residents", resident).await;
        town.owner = town.settle(resident.parse().unwrap()).await;
        town
    }

    async fn found(&self, slug: &str, company: &str) -> String {
        let body = json!({
            "company": company, "slug": slug, "admin_name": "周敏",
            "login": format!("admin@{slug}"), "password": PASSWORD,
        });
        let answer = self
            .call(Method::POST, "/api/v1/signup", "", Some(&body))
            .await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    /// Accepts an invitation as that resident.
    async fn settle(&self, resident: ResidentId) -> String {
        let login = LoginForm {
            tenant: "anju".to_owned(),
            login: "admin@anju".to_owned(),
            password: PASSWORD.to_owned(),
        };
        let here = Peer::local();
        let admin = identity::log_in(&self.site, login, Kind::Client, &here)
            .await
            .unwrap();
        let invitation = backend::estates::invite(&admin.cx, resident).await.unwrap();
        let form = AcceptForm {
            token: invitation.token,
            login: "13812345678".to_owned(),
            password: PASSWORD.to_owned(),
        };
        let opened = backend::estates::accept(&self.site, form, &here)
            .await
            .unwrap();
        identity::access_token(&self.site, &opened)
            .unwrap()
            .access_token
    }

    /// Makes something as A and gives its id.
    pub(crate) async fn made(&self, what: &str, body: Value) -> String {
        let answer = self
            .call(
                Method::POST,
                &format!("/api/v1/{what}"),
                &self.a,
                Some(&body),
            )
            .await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    /// An empty token is nobody's.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: Option<&Value>,
    ) -> Answer {
        let mut request = self.ask(method, path);
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        Answer::of(request.send().await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        self.call(Method::GET, path, token, None).await
    }

    pub(crate) async fn post(&self, path: &str, token: &str, body: &Value) -> Answer {
        self.call(Method::POST, path, token, Some(body)).await
    }

    /// A browser's session cookie, as `name=value`.
    pub(crate) async fn cookie(&self) -> String {
        let login = LoginForm {
            tenant: "anju".to_owned(),
            login: "admin@anju".to_owned(),
            password: PASSWORD.to_owned(),
        };
        let opened = identity::log_in(&self.site, login, Kind::Browser, &Peer::local()).await;
        format!("linli_session={}", opened.unwrap().token)
    }
}

/// The body of a form whose values need no more escaping than this.
pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    let pairs = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", value.replace(' ', "+").replace('@', "%40")));
    pairs.collect::<Vec<_>>().join("&")
}

/// Routes that go wrong in the worst way.
fn broken() -> Router {
    async fn fail() {
        panic!("the secret of {}", 7)
    }
    Router::new()
        .route("/broken", get(fail))
        .route("/api/v1/broken", get(fail))
}

/// A site on this machine, without a built site.
pub(crate) fn plain(base: &str) -> EdgeSettings {
    EdgeSettings {
        public_url: base.to_owned(),
        site_root: std::env::temp_dir().join("linli-no-such-site"),
        stays_on_this_machine: true,
        trusted_proxies: Vec::new(),
        speaks_tls: false,
    }
}
