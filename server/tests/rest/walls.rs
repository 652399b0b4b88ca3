//! Calls that succeeded as A, replayed by those who have no business there.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::town::{Answer, MARKER, Town};

/// A call by the one who may make it, and what it needs to be made again.
struct Call {
    method: Method,
    path: String,
    body: Option<Value>,
    /// Names something of A's, and so is 404 to another company.
    names: bool,
}

async fn recorded(town: &Town) -> Vec<Call> {
    let (estate, building, unit) = (&town.estate, &town.building, &town.unit);
    let device = json!({ "name": format!("{MARKER}表"), "kind": "water_meter", "estate": estate, "transport": { "mqtt": {} } });
    let made = town.made("devices", device.clone()).await;
    let points = town
        .get(&format!("/api/v1/devices/{made}/points"), &town.a)
        .await
        .json();
    let point = points["items"][0]["id"].as_str().unwrap();

    let mut calls = Vec::new();
    let mut get = |path: String, names: bool| {
        calls.push(Call {
            method: Method::GET,
            path,
            body: None,
            names,
        });
    };
    for list in [
        "estates",
        "buildings",
        "units",
        "residents",
        "devices",
        "audit",
    ] {
        get(format!("/api/v1/{list}"), false);
    }
    get(format!("/api/v1/buildings?estate={estate}"), true);
    get(format!("/api/v1/units?building={building}"), true);
    get(format!("/api/v1/units?estate={estate}"), true);
    get(format!("/api/v1/residents?unit={unit}"), true);
    get("/api/v1/search?q=王".to_owned(), false);
    get(format!("/api/v1/devices/{made}"), true);
    get(format!("/api/v1/devices/{made}/points"), true);
    get(format!("/api/v1/points/{point}/readings"), true);
    let mut post = |what: &str, body: Value, names: bool| {
        let path = format!("/api/v1/{what}");
        calls.push(Call {
            method: Method::POST,
            path,
            body: Some(body),
            names,
        });
    };
    post("estates", json!({ "name": format!("{MARKER}二期") }), false);
    post(
        "buildings",
        json!({ "estate": estate, "name": format!("{MARKER}9号楼") }),
        true,
    );
    post(
        "buildings/bulk",
        json!({ "estate": estate, "name": format!("{MARKER}塔楼"), "floors": 2, "doors": 2 }),
        true,
    );
    post(
        "units",
        json!({ "building": building, "unit": "901" }),
        true,
    );
    post(
        "residents",
        json!({ "unit": unit, "name": format!("{MARKER}某"), "relation": "family" }),
        true,
    );
    post("devices", device, true);
    calls
}

async fn replay(town: &Town, call: &Call, token: &str) -> Answer {
    town.call(call.method.clone(), &call.path, token, call.body.as_ref())
        .await
}

#[tokio::test]
async fn strangers_see_nothing_and_change_nothing() {
    let town = Town::new().await;
    let calls = recorded(&town).await;
    for call in &calls {
        let mine = replay(&town, call, &town.a).await;
        assert!(
            mine.status.is_success(),
            "{} {} {mine:?}",
            call.method,
            call.path
        );
    }
    let before = town.get("/api/v1/estates", &town.a).await.text;
    for call in &calls {
        let shown = format!("{} {}", call.method, call.path);
        let nobody = replay(&town, call, "").await;
        nobody.refused(401, "unauthenticated");

        let owner = replay(&town, call, &town.owner).await;
        assert!(
            matches!(owner.status.as_u16(), 403 | 404),
            "{shown}: {owner:?}"
        );
        assert!(!owner.text.contains(MARKER), "{shown}");

        let rival = replay(&town, call, &town.b).await;
        assert!(
            call.method == Method::POST || !rival.text.contains(MARKER),
            "{shown}"
        );
        if call.names {
            rival.refused(404, "not_found");
            assert!(!rival.text.contains(MARKER), "{shown}");
        } else {
            assert!(rival.status.is_success(), "{shown}: {rival:?}");
        }
    }
    assert_eq!(town.get("/api/v1/estates", &town.a).await.text, before);
}

#[tokio::test]
async fn an_ended_session_ends_its_tokens() {
    let town = Town::new().await;
    let cx = backend::identity::bearer(&town.site, &town.b)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        town.get("/api/v1/estates", &town.b).await.status,
        StatusCode::OK
    );
    backend::identity::log_out(&cx).await.unwrap();
    town.get("/api/v1/estates", &town.b)
        .await
        .refused(401, "unauthenticated");
}
