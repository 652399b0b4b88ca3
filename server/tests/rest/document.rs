//! The OpenAPI document: committed, served, and complete.

use server::rest::{openapi, openapi_json};

use crate::town::{Town, plain};

#[test]
fn the_committed_document_is_the_routers() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == openapi_json(),
        "write it anew: linli openapi > docs/openapi.json"
    );
}

/// Calls that say all in their path.
const BARE: [&str; 3] = [
    "/api/v1/devices/{id}/credentials",
    "/api/v1/live/ticket",
    "/api/v1/residents/{id}/reveal",
];

/// All there are, by path.
const CALLS: [&str; 69] = [
    "get /api/v1/audit",
    "post /api/v1/auth/refresh",
    "post /api/v1/auth/token",
    "get /api/v1/buildings",
    "post /api/v1/buildings",
    "post /api/v1/buildings/bulk",
    "patch /api/v1/buildings/{id}",
    "get /api/v1/commands/{id}",
    "get /api/v1/device-models",
    "post /api/v1/device-models",
    "delete /api/v1/device-models/{id}",
    "get /api/v1/device-models/{id}",
    "patch /api/v1/device-models/{id}",
    "get /api/v1/devices",
    "post /api/v1/devices",
    "get /api/v1/devices/{id}",
    "patch /api/v1/devices/{id}",
    "get /api/v1/devices/{id}/commands",
    "post /api/v1/devices/{id}/commands",
    "delete /api/v1/devices/{id}/credentials",
    "post /api/v1/devices/{id}/credentials",
    "get /api/v1/devices/{id}/points",
    "get /api/v1/devices/{id}/replacements",
    "post /api/v1/devices/{id}/replacements",
    "get /api/v1/estates",
    "post /api/v1/estates",
    "patch /api/v1/estates/{id}",
    "delete /api/v1/grants/{id}",
    "post /api/v1/imports/roster",
    "get /api/v1/imports/{id}",
    "get /api/v1/keys",
    "post /api/v1/keys",
    "delete /api/v1/keys/{id}",
    "post /api/v1/live/ticket",
    "get /api/v1/me/export",
    "get /api/v1/phases",
    "post /api/v1/phases",
    "delete /api/v1/phases/{id}",
    "patch /api/v1/phases/{id}",
    "get /api/v1/points/{id}/readings",
    "get /api/v1/regions",
    "post /api/v1/regions",
    "delete /api/v1/regions/{id}",
    "patch /api/v1/regions/{id}",
    "delete /api/v1/replacements/{id}",
    "get /api/v1/residents",
    "post /api/v1/residents",
    "delete /api/v1/residents/{id}",
    "patch /api/v1/residents/{id}",
    "post /api/v1/residents/{id}/reveal",
    "get /api/v1/roles",
    "post /api/v1/roles",
    "delete /api/v1/roles/{id}",
    "put /api/v1/roles/{id}",
    "get /api/v1/search",
    "get /api/v1/sessions",
    "delete /api/v1/sessions/{id}",
    "post /api/v1/signup",
    "get /api/v1/staff",
    "post /api/v1/staff/invitations",
    "post /api/v1/staff/join",
    "delete /api/v1/staff/{id}",
    "post /api/v1/staff/{id}/grants",
    "post /api/v1/telemetry",
    "get /api/v1/tenant",
    "patch /api/v1/tenant",
    "get /api/v1/units",
    "post /api/v1/units",
    "patch /api/v1/units/{id}",
];

#[test]
fn every_call_says_how_it_can_end() {
    let document = serde_json::to_value(openapi()).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let mut calls = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let responses = operation["responses"].as_object().unwrap();
            assert!(
                responses.keys().any(|status| status.starts_with('2')),
                "{method} {path}"
            );
            assert!(
                responses.contains_key("401") && responses.contains_key("500"),
                "{method} {path}"
            );
            assert!(operation["summary"].is_string(), "{method} {path}");
            assert_eq!(
                ["post", "put", "patch"].contains(&method.as_str())
                    && !BARE.contains(&path.as_str()),
                operation["requestBody"].is_object(),
                "{method} {path}"
            );
            calls.push(format!("{method} {path}"));
        }
    }
    assert_eq!(calls, CALLS);
    let text = openapi_json();
    for reference in text.split("\"$ref\": \"#").skip(1) {
        let pointer = reference.split('"').next().unwrap();
        assert!(
            document.pointer(pointer).is_some(),
            "{pointer} leads nowhere"
        );
    }
}

#[tokio::test]
async fn it_is_served() {
    let town = Town::bare(plain).await;
    let served = town.get("/api/openapi.json", "").await;
    assert_eq!(served.text, openapi_json());
    assert_eq!(served.header("content-type"), "application/json");
}
