//! Meters that are replaced, and devices that are moved and retired.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::town::Town;

async fn device(town: &Town, kind: &str) -> String {
    let body = json!({
        "name": "水表", "kind": kind, "estate": town.estate, "unit": town.unit,
        "transport": { "mqtt": {} },
    });
    let id = town.made("devices", body).await;
    format!("/api/v1/devices/{id}")
}

#[tokio::test]
async fn a_replaced_meter() {
    let town = Town::new().await;
    let path = format!("{}/replacements", device(&town, "water_meter").await);
    let body = json!({
        "at": "2026-11-22T05:00:00Z", "serial": "W-7", "valid_until": "2032-11-21", "ratio": "2.5",
        "first_register": 0.5,
    });
    let made = town.post(&path, &town.a, &body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let made = made.json();
    let listed = town.get(&path, &town.a).await.json();
    assert_eq!(
        listed["items"],
        json!([{
            "id": made["id"], "serial": "W-7", "verified_on": null, "turned": false, "valid_until": "2032-11-21",
            "ratio": 2.5, "since": "2026-11-22T05:00:00Z", "last_register": null,
            "first_register": 0.5, "by": listed["items"][0]["by"],
        }])
    );
    assert!(listed["items"][0]["by"].is_string());

    let fields = [
        "at",
        "first_register",
        "last_register",
        "ratio",
        "serial",
        "verified_on",
    ];
    let bad = json!({
        "at": "2999-01-01T00:00:00Z", "serial": " ", "verified_on": "yesterday", "ratio": 0,
        "last_register": -1, "first_register": -0.5,
    });
    let bad = town.post(&path, &town.a, &bad).await;
    assert_eq!(bad.refused(422, "invalid"), fields);
    let shapes = json!({ "at": 5, "serial": [], "ratio": {}, "last_register": true });
    let shapes = town.post(&path, &town.a, &shapes).await;
    assert_eq!(
        shapes.refused(422, "invalid"),
        ["at", "first_register", "last_register", "ratio", "serial"]
    );
    // Put on record by mistake.
    let slip = json!({ "serial": "W-9", "last_register": 3, "first_register": 0 });
    let slip = town.post(&path, &town.a, &slip).await.json();
    let end = async |made: &Value, token: &str| {
        let path = format!("/api/v1/replacements/{}", made["id"].as_str().unwrap());
        town.call(Method::DELETE, &path, token, None).await
    };
    let older = end(&made, &town.a).await;
    assert_eq!(older.refused(409, "conflict"), [""; 0]);
    let stranger = end(&slip, &town.b).await;
    assert_eq!(stranger.refused(404, "not_found"), [""; 0]);
    let gone = end(&slip, &town.a).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);

    let early = json!({ "at": "2026-11-22T05:00:00Z", "serial": "W-8", "last_register": 3, "first_register": 0 });
    let early = town.post(&path, &town.a, &early).await;
    assert_eq!(early.refused(422, "invalid"), ["at"]);
    let door = format!("{}/replacements", device(&town, "door").await);
    let door = town.post(&door, &town.a, &body).await;
    assert_eq!(door.refused(422, "invalid"), ["device"]);
    town.post(&path, &town.b, &body)
        .await
        .refused(404, "not_found");
    town.get(&path, &town.b).await.refused(404, "not_found");
}

#[tokio::test]
async fn a_moved_and_retired_device() {
    let town = Town::new().await;
    let path = device(&town, "water_meter").await;
    let change =
        async |token: &str, body: Value| town.call(Method::PATCH, &path, token, Some(&body)).await;
    let same = change(&town.a, json!({})).await;
    assert_eq!(same.status, StatusCode::OK, "{same:?}");
    assert_eq!(same.json()["unit"], json!(town.unit));
    let moved = change(&town.a, json!({ "unit": null, "name": "总表" }))
        .await
        .json();
    assert_eq!(
        (&moved["unit"], &moved["name"]),
        (&json!(null), &json!("总表"))
    );
    let retired = change(&town.a, json!({ "retired": true })).await.json();
    assert!(retired["retired_at"].is_string() && retired["password_since"].is_null());
    for (query, count) in [("", 0), ("?retired=true", 1), ("?retired=false", 0)] {
        let listed = town.get(&format!("/api/v1/devices{query}"), &town.a).await;
        assert_eq!(
            listed.json()["items"].as_array().unwrap().len(),
            count,
            "{query}"
        );
    }
    let back = change(&town.a, json!({ "retired": false, "unit": town.unit }))
        .await
        .json();
    assert_eq!(
        (&back["retired_at"], &back["unit"]),
        (&json!(null), &json!(town.unit))
    );

    for (body, fields) in [
        (json!({ "unit": town.estate }), vec!["unit"]),
        (
            json!({ "name": null, "retired": null }),
            vec!["name", "retired"],
        ),
        (
            json!({ "name": 7, "retired": "perhaps" }),
            vec!["name", "retired"],
        ),
    ] {
        let bad = change(&town.a, body).await;
        assert_eq!(bad.refused(422, "invalid"), fields);
    }
    change(&town.b, json!({ "retired": true }))
        .await
        .refused(404, "not_found");
}
