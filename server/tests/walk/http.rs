//! Calls over HTTP: made and kept as their owner, then made again as everyone else.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use backend::identity::{self, Opened};
use domain::{audit::EntryFilter, page::PageAsk};
use reqwest::{Client, Method, RequestBuilder, header::HeaderMap, redirect::Policy};
use serde_json::Value;

use crate::{
    Leak, current,
    house::{House, MARK, OWN, Who},
};

/// Doors: whoever knows the secret that is in the call, or needs none, may go through. What they
/// answer is searched for marks all the same. This list may only become shorter.
pub(crate) const OPEN: [&str; 22] = [
    "POST /api/v1/auth/refresh",
    "POST /api/v1/auth/token",
    "POST /api/v1/signup",
    "POST /api/v1/staff/join",
    "POST /fn/estates/claim",
    "POST /fn/estates/claim_status",
    "POST /fn/identity/accept",
    "POST /fn/identity/check_slug",
    "POST /fn/identity/codes_by_sms",
    "POST /fn/identity/confirm_second_factor",
    "POST /fn/identity/drop_second_factor",
    "POST /fn/identity/forgot",
    "POST /fn/identity/invitation",
    "POST /fn/identity/join",
    "POST /fn/identity/join_invitation",
    "POST /fn/identity/log_in",
    "POST /fn/identity/log_in_code",
    "POST /fn/identity/log_in_sms",
    "POST /fn/identity/me",
    "POST /fn/identity/reset_password",
    "POST /fn/identity/send_code",
    "POST /fn/identity/sign_up",
];

/// Calls that name nothing of anybody's and give nothing but what they make, or what every company
/// has. A device model goes by a word that any company may give one of its own.
pub(crate) const MAKES_ONES_OWN: [&str; 37] = [
    "DELETE /api/v1/device-models/{id}",
    "GET /api/v1/device-models",
    "GET /api/v1/device-models/{id}",
    "GET /api/v1/roles",
    "GET /api/v1/tenant",
    "PATCH /api/v1/device-models/{id}",
    "PATCH /api/v1/tenant",
    "POST /api/v1/device-models",
    "POST /api/v1/estates",
    "POST /api/v1/keys",
    "POST /api/v1/live/ticket",
    "POST /api/v1/regions",
    "POST /api/v1/roles",
    "POST /api/v1/staff/invitations",
    "POST /console/company/export",
    "POST /console/device-models/import/file",
    "POST /console/device-models/import/sheet",
    "POST /fn/devices/archive_model",
    "POST /fn/devices/broker",
    "POST /fn/devices/change_model",
    "POST /fn/devices/make_model",
    "POST /fn/devices/model",
    "POST /fn/devices/model_list",
    "POST /fn/devices/models",
    "POST /fn/devices/remove_model",
    "POST /fn/estates/create",
    "POST /fn/estates/create_region",
    "POST /fn/identity/invite_staff",
    "POST /fn/identity/make_key",
    "POST /fn/identity/make_role",
    "POST /fn/identity/roles",
    "POST /fn/identity/want_second_factor",
    "POST /fn/tenancy/change_company",
    "POST /fn/tenancy/company",
    "POST /fn/tenancy/drop_logo",
    "POST /fn/tenancy/put_steps_away",
    "POST /fn/tenancy/set_logo",
];

/// Calls about somebody or something that is gone by the time they are made again.
pub(crate) const ENDED: [&str; 23] = [
    "DELETE /api/v1/grants/{id}",
    "DELETE /api/v1/keys/{id}",
    "DELETE /api/v1/phases/{id}",
    "DELETE /api/v1/regions/{id}",
    "DELETE /api/v1/replacements/{id}",
    "DELETE /api/v1/residents/{id}",
    "DELETE /api/v1/roles/{id}",
    "DELETE /api/v1/staff/{id}",
    "POST /api/v1/staff/{id}/grants",
    "POST /fn/devices/withdraw_replacement",
    "POST /fn/estates/move_out",
    "POST /fn/estates/remove_place",
    "POST /fn/estates/remove_vehicle",
    "POST /fn/identity/change_role",
    "POST /fn/identity/dismiss",
    "POST /fn/identity/end_key",
    "POST /fn/identity/end_role",
    "POST /fn/identity/give_role",
    "POST /fn/identity/member",
    "POST /fn/identity/stand_in",
    "POST /fn/identity/take_role",
    "POST /fn/privacy/erasures",
    "PUT /api/v1/roles/{id}",
];

/// Refusals that say nothing.
const REFUSED: [&str; 3] = ["unauthenticated", "forbidden", "not_found"];

/// A page of a list that holds nothing.
const EMPTY: &str = r#"{"items":[],"next":null}"#;

pub(crate) const JSON: &str = "application/json";
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
pub(crate) const PARTS: &str = "multipart/form-data; boundary=linli";

static CLIENT: LazyLock<Client> =
    LazyLock::new(|| Client::builder().redirect(Policy::none()).build().unwrap());

/// A call that succeeded, as it went over the wire.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// The method and the path with its parameters' names.
    pub(crate) target: String,
    pub(crate) by: Who,
    method: Method,
    path: String,
    kind: &'static str,
    /// Beside the session's.
    cookie: Option<String>,
    body: Vec<u8>,
}

impl Call {
    fn mentions(&self, id: &str) -> bool {
        self.path.contains(id)
            || self
                .body
                .windows(id.len())
                .any(|part| part == id.as_bytes())
    }

    fn is_page(&self) -> bool {
        !self.path.starts_with("/api/") && !self.path.starts_with("/fn/")
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    /// The code of a refusal: REST has it in an envelope, a server function bare, and one that is
    /// posted as a plain form in the address that it leads to.
    pub(crate) fn code(&self) -> Option<String> {
        if let Some((_, code)) = self.header("location").split_once("flaw=") {
            return Some(code.to_owned());
        }
        if self.status < 400 {
            return None;
        }
        let body: Value = serde_json::from_str(&self.text).ok()?;
        let code = body.pointer("/error/code").or_else(|| body.get("code"))?;
        code.as_str().map(str::to_owned)
    }

    /// Where a server function leads.
    pub(crate) fn led_to(&self) -> &str {
        self.header("location")
    }

    fn succeeded(&self) -> bool {
        self.status < 400 && self.code().is_none()
    }

    /// Says no, or is the list that it would be if there were nothing.
    fn refused(&self) -> bool {
        match self.code() {
            Some(code) => REFUSED.contains(&code.as_str()),
            None => self.is_empty_list(),
        }
    }

    /// A page that holds nothing, by itself or beside the columns that the asker has chosen.
    fn is_empty_list(&self) -> bool {
        let nothing: Value = serde_json::from_str(EMPTY).unwrap();
        let body: Value = serde_json::from_str(&self.text).unwrap_or_default();
        let alone = body
            .as_object()
            .is_some_and(|body| body.keys().all(|key| key == "page" || key == "columns"));
        body == nothing || (alone && body.get("page") == Some(&nothing))
    }
}

async fn send(house: &House, call: &Call, by: Who) -> Answer {
    if by != Who::Meter {
        return send_as(house, call, house.of(by)).await;
    }
    let credentials = &house.meter.credentials;
    let shown = format!("Device {}:{}", credentials.username, credentials.password);
    let request = request(house, call).header("authorization", shown);
    answer(request).await
}

fn request(house: &House, call: &Call) -> RequestBuilder {
    let url = format!("http://{}{}", house.town.address, call.path);
    let mut request = CLIENT.request(call.method.clone(), url);
    if !call.body.is_empty() || call.method != Method::GET {
        request = request
            .header("content-type", call.kind)
            .body(call.body.clone());
    }
    request
}

/// The call with somebody's token or cookie.
pub(crate) async fn send_as(house: &House, call: &Call, by: Option<&Opened>) -> Answer {
    let mut request = request(house, call);
    if let Some(opened) = by {
        request = if call.path.starts_with("/api/") {
            let token = identity::access_token(&house.town.site, opened).unwrap();
            request.bearer_auth(token.access_token)
        } else {
            request
                .header("cookie", current::cookie(opened))
                .header("origin", house.town.origin())
        };
    }
    if let Some(cookie) = &call.cookie {
        request = request.header("cookie", cookie);
    }
    answer(request).await
}

async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer {
        status,
        headers,
        text: response.text().await.unwrap(),
    }
}

/// The ids in a text.
fn ids(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| {
            word.split_once('_').is_some_and(|(prefix, rest)| {
                (2..=3).contains(&prefix.len())
                    && rest.len() == 26
                    && rest
                        .bytes()
                        .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
            })
        })
}

fn filled(template: &str, id: &str) -> String {
    match template
        .split_once('{')
        .and_then(|(before, rest)| Some((before, rest.split_once('}')?.1)))
    {
        Some((before, after)) => format!("{before}{id}{after}"),
        None => template.to_owned(),
    }
}

/// Makes calls as their owner and keeps them.
pub(crate) struct Record<'a> {
    pub(crate) house: &'a House,
    calls: Vec<Call>,
    ids: BTreeSet<String>,
}

impl<'a> Record<'a> {
    pub(crate) fn new(house: &'a House) -> Self {
        Self {
            house,
            calls: Vec::new(),
            ids: BTreeSet::new(),
        }
    }

    /// `template` is a path, in which what stands in braces is `id`; a query may follow.
    pub(crate) async fn call(
        &mut self,
        by: Who,
        template: &str,
        id: &str,
        request: (Method, &'static str, String),
    ) -> Answer {
        self.call_with(by, template, id, request, None).await
    }

    /// As [`Self::call`], with one cookie more.
    pub(crate) async fn call_with(
        &mut self,
        by: Who,
        template: &str,
        id: &str,
        (method, kind, body): (Method, &'static str, String),
        cookie: Option<String>,
    ) -> Answer {
        let name = template.split('?').next().unwrap();
        let call = Call {
            target: format!("{method} {name}"),
            by,
            method,
            path: filled(template, id),
            kind,
            cookie,
            body: body.into_bytes(),
        };
        let answer = send(self.house, &call, by).await;
        assert!(
            answer.succeeded(),
            "{} as its owner: {answer:?}",
            call.target
        );
        self.ids
            .extend(ids(&answer.text).chain(ids(id)).map(str::to_owned));
        self.calls.push(call);
        answer
    }

    pub(crate) async fn get(&mut self, by: Who, template: &str, id: &str) -> Answer {
        self.call(by, template, id, (Method::GET, JSON, String::new()))
            .await
    }

    pub(crate) async fn post(&mut self, by: Who, path: &str, body: Value) -> Answer {
        self.call(by, path, "", (Method::POST, JSON, body.to_string()))
            .await
    }

    /// A server function with its arguments as a form.
    pub(crate) async fn form(&mut self, by: Who, name: &str, body: impl Into<String>) -> Answer {
        self.call(
            by,
            &format!("/fn/{name}"),
            "",
            (Method::POST, FORM, body.into()),
        )
        .await
    }

    pub(crate) fn recorded(&self, under: &str) -> BTreeSet<String> {
        let targets = self.calls.iter().map(|call| &call.target);
        targets
            .filter(|target| target.contains(under))
            .cloned()
            .collect()
    }

    /// The calls, and every id that A has seen.
    pub(crate) fn done(self) -> (Vec<Call>, BTreeSet<String>) {
        for target in OPEN {
            assert!(
                self.calls.iter().any(|call| call.target == target),
                "{target} is gone: strike it out"
            );
        }
        (self.calls, self.ids)
    }
}

/// Who is a stranger to what somebody may do.
pub(crate) fn strangers(_: Who) -> Vec<Who> {
    vec![Who::Rival, Who::Elsewhere, Who::Neighbour, Who::Nobody]
}

/// A's rows, table by table.
pub(crate) async fn rows(house: &House) -> BTreeMap<String, (i64, String)> {
    let admin = house.town.db.admin();
    // Sessions and tickets belong to those who asked, whichever company they are in.
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attname = 'tenant_id'
           AND c.relname <> ALL ('{session,live_ticket,half_open,password_reset}')",
    )
    .fetch_all(admin)
    .await
    .unwrap();
    let mut rows = BTreeMap::new();
    for table in tables {
        // Nor is it a change of A's that somebody with a log-in there has used it, looked after it,
        // or looked at a number, which leaves a trace: whether they may, the answer shows.
        let but = match table.as_str() {
            "audit_entry" => {
                "AND deed <> ALL ('{session.opened,session.ended,password.changed,second_factor.on,second_factor.off,contact.revealed,data.exported,erasure.asked,units.exported,residents.exported,devices.exported,company.exported,contact.exported}'::text[])"
            }
            // Nor that they ask to be forgotten themselves.
            "erasure_request" => "AND state <> 'waiting'",
            _ => "",
        };
        let sql = format!(
            "SELECT count(*), md5(coalesce(string_agg(t::text, '' ORDER BY t::text), '')) FROM {table} t WHERE tenant_id = $1 {but}"
        );
        let sum = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(house.town.admin.cx.tenant.id.0);
        rows.insert(table, sum.fetch_one(admin).await.unwrap());
    }
    rows
}

/// The ids that the neighbour has a right to: their own, and those of what both live in.
async fn shared(house: &House) -> BTreeSet<String> {
    let cx = &house.of(Who::Neighbour).unwrap().cx;
    let homes = backend::estates::homes(cx).await.unwrap();
    let people = backend::estates::home_people(cx, homes[0].household).await;
    let known = (identity::me(cx).unwrap(), homes, people.unwrap());
    let known = serde_json::to_string(&known).unwrap();
    ids(&known).map(str::to_owned).collect()
}

/// The ids that the manager of another estate has a right to: their own estate, those who work
/// everywhere, what was done at their estate, and the company's roles.
async fn known_elsewhere(house: &House) -> BTreeSet<String> {
    let cx = &house.of(Who::Elsewhere).unwrap().cx;
    let ask = PageAsk::default();
    let estates = backend::estates::list_estates(cx, &ask).await.unwrap();
    let staff = identity::staff::list(cx, &ask).await.unwrap();
    let roles = identity::staff::roles(cx).await.unwrap();
    let done = backend::audit::list(cx, &EntryFilter::default(), &ask)
        .await
        .unwrap();
    assert_eq!(estates.items.len(), 1, "one estate is theirs");
    let me = identity::me(cx).unwrap();
    let known = serde_json::to_string(&(me, estates, staff, roles, done)).unwrap();
    ids(&known).map(str::to_owned).collect()
}

/// Makes every call again as those whom it is none of the business of.
pub(crate) async fn replay(
    house: &House,
    calls: &[Call],
    ids: &BTreeSet<String>,
    strangers: impl Fn(Who) -> Vec<Who>,
) -> Vec<Leak> {
    let mut leaks = Vec::new();
    let before = rows(house).await;
    let (shared, elsewhere) = (shared(house).await, known_elsewhere(house).await);
    for call in calls {
        let open = OPEN.contains(&call.target.as_str()) || call.is_page();
        let names = ids.iter().any(|id| call.mentions(id));
        for by in strangers(call.by) {
            let answer = send(house, call, by).await;
            let mut found = |what: String| {
                leaks.push(Leak {
                    target: call.target.clone(),
                    by,
                    what,
                });
            };
            let next_door = by == Who::Neighbour;
            let mut marks = ids
                .iter()
                .filter(|id| !(next_door && shared.contains(*id)))
                .filter(|id| !(by == Who::Elsewhere && elsewhere.contains(*id)))
                .map(String::as_str)
                .collect::<Vec<_>>();
            marks.push(OWN);
            // Whoever lives in the same building may read its name at home.
            if !(next_door && call.by == Who::Owner) {
                marks.push(MARK);
            }
            let shown = |mark: &&&str| answer.text.contains(**mark) && !call.mentions(mark);
            if let Some(mark) = marks.iter().find(shown) {
                found(format!("shows {mark}: {} {}", answer.status, call.path));
            }
            // A page says no in words, which are a page too; a file is handed out or is not.
            let file = answer.headers.contains_key("content-disposition");
            if names && call.is_page() && file {
                found(format!("hands out a file: {}", call.path));
            }
            // One that leads on to a place of A's has done what it was asked.
            let led = answer.code().is_none() && ids.iter().any(|id| answer.led_to().contains(id));
            if names && call.is_page() && led {
                found(format!("leads on to {}", answer.led_to()));
            }
            if open || answer.refused() {
                continue;
            }
            if names || by == Who::Nobody || !answer.succeeded() {
                found(format!("not refused: {answer:?}"));
            }
        }
    }
    for (table, after) in rows(house).await {
        if before.get(&table) != Some(&after) {
            let (target, by) = (format!("table {table}"), Who::Nobody);
            leaks.push(Leak {
                target,
                by,
                what: "was changed by somebody's replay".to_owned(),
            });
        }
    }
    leaks
}
