//! A resident who is changed, and one who moves out.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::town::{Answer, Town};

async fn call(town: &Town, method: Method, token: &str, id: &str, body: &Value) -> Answer {
    let path = format!("/api/v1/residents/{id}");
    let body = (method == Method::PATCH).then_some(body);
    town.call(method, &path, token, body).await
}

async fn added(town: &Town, relation: &str) -> String {
    let body = json!({ "unit": town.unit, "name": "李四", "phone": "13912344321",
                       "id_number": "E12345678", "relation": relation });
    let added = town.post("/api/v1/residents", &town.a, &body).await.json();
    added["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_resident_is_changed_in_parts() {
    let town = Town::new().await;
    let id = added(&town, "renter").await;
    let patch =
        async |token: &str, body: &Value| call(&town, Method::PATCH, token, &id, body).await;
    let body = json!({ "name": "李斯", "phone": "+86 138 0000 0001", "relation": "family" });
    let changed = patch(&town.a, &body).await;
    assert_eq!(changed.status, StatusCode::OK, "{changed:?}");
    let changed = changed.json();
    assert_eq!(
        (&changed["name"], &changed["phone"], &changed["relation"]),
        (&json!("李斯"), &json!("13800000001"), &json!("family"))
    );
    // What is not there stays, and shows masked again; null empties.
    let after = patch(&town.a, &json!({ "id_number": null })).await.json();
    assert_eq!(
        (&after["name"], &after["phone"]),
        (&json!("李斯"), &json!("138****0001"))
    );
    let reveal = format!("/api/v1/residents/{id}/reveal");
    let whole = town.post(&reveal, &town.a, &json!({})).await.json();
    assert_eq!(whole, json!({ "phone": "13800000001", "id_number": null }));

    patch(&town.b, &body).await.refused(404, "not_found");
    for (body, fields) in [
        (json!({ "name": null }), vec!["name"]),
        (json!({ "relation": "owner" }), vec!["relation"]),
        (
            json!({ "relation": null, "phone": "12", "id_number": ["E1"] }),
            vec!["id_number"],
        ),
        (
            json!({ "relation": null, "phone": "12", "id_number": "1" }),
            vec!["id_number", "phone", "relation"],
        ),
    ] {
        let answer = patch(&town.a, &body).await;
        assert_eq!(answer.refused(422, "invalid"), fields, "{body}");
    }
}

#[tokio::test]
async fn who_moves_out_is_gone_and_an_owner_is_not() {
    let town = Town::new().await;
    let (renter, owner) = (added(&town, "renter").await, added(&town, "owner").await);
    let none = json!(null);
    let take_off =
        async |token: &str, id: &str| call(&town, Method::DELETE, token, id, &none).await;
    take_off(&town.b, &renter).await.refused(404, "not_found");
    take_off(&town.a, &owner).await.refused(409, "conflict");
    let gone = take_off(&town.a, &renter).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{gone:?}");
    take_off(&town.a, &renter).await.refused(404, "not_found");
    let path = format!("/api/v1/residents?unit={}", town.unit);
    let left = town.get(&path, &town.a).await;
    assert!(!left.text.contains(&renter) && left.text.contains(&owner));
}
