//! A person's own sessions over REST.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::town::{PASSWORD, Town, form};

async fn log_in(town: &Town) -> String {
    let body = json!({ "tenant": "anju", "login": "admin@anju", "password": PASSWORD });
    let answer = town.post("/api/v1/auth/token", "", &body).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

fn current(list: &Value) -> Vec<&Value> {
    let items = list["items"].as_array().unwrap().iter();
    items.filter(|item| item["current"] == true).collect()
}

#[tokio::test]
async fn ones_own_are_listed_and_ended() {
    let town = Town::new().await;
    let token = log_in(&town).await;
    let list = town.get("/api/v1/sessions", &token).await.json();
    assert_eq!(list["next"], json!(null));
    let [own] = current(&list)[..] else {
        panic!("{list}")
    };
    assert_eq!(
        (&own["company"], &own["hat"], &own["device"]),
        (&json!("安居物业"), &json!("staff"), &json!("API"))
    );
    let path = format!("/api/v1/sessions/{}", own["id"].as_str().unwrap());
    let end = async |token: &str| town.call(Method::DELETE, &path, token, None).await;
    for stranger in [&town.b, &town.owner] {
        end(stranger).await.refused(404, "not_found");
        let theirs = town.get("/api/v1/sessions", stranger).await;
        assert!(!theirs.text.contains(own["id"].as_str().unwrap()));
    }
    end("").await.refused(401, "unauthenticated");
    let nonsense = town.call(Method::DELETE, "/api/v1/sessions/x", &token, None);
    nonsense.await.refused(404, "not_found");

    assert_eq!(end(&town.a).await.status, StatusCode::NO_CONTENT);
    town.get("/api/v1/sessions", &token)
        .await
        .refused(401, "unauthenticated");
    end(&town.a).await.refused(404, "not_found");
}

#[tokio::test]
async fn a_browser_is_named_by_its_agent() {
    let town = Town::new().await;
    let entered = town
        .ask(Method::POST, "/fn/identity/log_in")
        .header("accept", "text/html")
        .header(
            "user-agent",
            "Mozilla/5.0 (Linux; Android 15) Chrome/141.0.0.0 Mobile Safari/537.36",
        )
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form(&[("login", "admin@anju"), ("password", PASSWORD)]))
        .send()
        .await
        .unwrap();
    assert_eq!(entered.status(), StatusCode::FOUND);
    let list = town.get("/api/v1/sessions", &town.a).await.json();
    let items = list["items"].as_array().unwrap();
    let phone = items
        .iter()
        .find(|item| item["device"] == "Chrome · Android");
    assert_eq!(phone.unwrap()["unusual"], true, "{list}");
    assert_eq!(phone.unwrap()["address"], "127.0.0.1");
}
