//! Signing up, logging in, renewing; who counts as who.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::town::{Answer, PASSWORD, Town, plain};

#[tokio::test]
async fn sign_up_and_log_in() {
    let town = Town::new().await;
    let body = json!({ "company": "新家物业", "slug": "xinjia", "admin_name": "周敏", "login": "zhou@xinjia", "password": PASSWORD });
    let signed_up = town.post("/api/v1/signup", "", &body).await;
    assert_eq!(signed_up.status, StatusCode::CREATED, "{signed_up:?}");
    assert_eq!(signed_up.header("cache-control"), "no-store");
    let signed_up = signed_up.json();
    assert_eq!(
        (&signed_up["tenant"], &signed_up["company"]),
        (&json!("xinjia"), &json!("新家物业"))
    );
    assert!(signed_up["id"].as_str().unwrap().starts_with("ten_"));
    let token = signed_up["access_token"].as_str().unwrap();
    assert_eq!(
        town.get("/api/v1/estates", token).await.json()["items"],
        json!([])
    );

    let again = town.post("/api/v1/signup", "", &body).await;
    assert_eq!(again.refused(409, "conflict"), ["slug"]);
    let fields = town
        .post("/api/v1/signup", "", &json!({}))
        .await
        .refused(422, "invalid");
    assert_eq!(
        fields,
        ["admin_name", "company", "login", "password", "slug"]
    );
    let mut short = body.clone();
    short["slug"] = json!("console");
    short["password"] = json!("short");
    let fields = town
        .post("/api/v1/signup", "", &short)
        .await
        .refused(422, "invalid");
    assert_eq!(fields, ["password", "slug"]);

    let body =
        json!({ "tenant": "xinjia", "login": "Zhou@Xinjia", "password": PASSWORD, "otp": null });
    let logged_in = town.post("/api/v1/auth/token", "", &body).await.json();
    assert_eq!(logged_in["expires_in"], 900);
    let refresh = json!({ "refresh_token": logged_in["refresh_token"] });
    let renewed = town.post("/api/v1/auth/refresh", "", &refresh).await.json();
    assert_ne!(renewed["refresh_token"], logged_in["refresh_token"]);
    let token = renewed["access_token"].as_str().unwrap();
    assert_eq!(
        town.get("/api/v1/estates", token).await.status,
        StatusCode::OK
    );
    town.post("/api/v1/auth/refresh", "", &refresh)
        .await
        .refused(401, "unauthenticated");

    for (tenant, login, password) in [
        ("xinjia", "zhou@xinjia", "wrong horse battery"),
        ("anju", "zhou@xinjia", PASSWORD),
        ("xinjia", "nobody@xinjia", PASSWORD),
        ("xinjia", "?", PASSWORD),
    ] {
        let body = json!({ "tenant": tenant, "login": login, "password": password });
        town.post("/api/v1/auth/token", "", &body)
            .await
            .refused(401, "bad_credentials");
    }
}

#[tokio::test]
async fn guessing_is_slowed_down() {
    let town = Town::new().await;
    let body =
        json!({ "tenant": "boyuan", "login": "admin@boyuan", "password": "wrong horse battery" });
    let mut last = None;
    for _ in 0..12 {
        last = Some(town.post("/api/v1/auth/token", "", &body).await);
    }
    let last = last.unwrap();
    last.refused(429, "too_many");
    assert_eq!(last.header("retry-after"), "30");
}

#[tokio::test]
async fn only_a_good_token_counts() {
    let town = Town::new().await;
    let nobody = town.get("/api/v1/estates", "").await;
    nobody.refused(401, "unauthenticated");
    assert_eq!(nobody.header("www-authenticate"), "Bearer realm=\"linli\"");
    let forged = town.get("/api/v1/estates", &format!("{}x", town.a)).await;
    forged.refused(401, "unauthenticated");
    assert!(forged.header("www-authenticate").contains("invalid_token"));

    // The cookie that opens the pages opens nothing here, and does not spoil a good token.
    let cookie = town.cookie().await;
    let by_cookie = town
        .ask(Method::GET, "/api/v1/estates")
        .header("cookie", &cookie)
        .send();
    Answer::of(by_cookie.await.unwrap())
        .await
        .refused(401, "unauthenticated");
    let by_cookie = town
        .ask(Method::POST, "/api/v1/estates")
        .header("cookie", &cookie);
    let by_cookie = by_cookie
        .json(&json!({ "name": "x" }))
        .send()
        .await
        .unwrap();
    Answer::of(by_cookie).await.refused(401, "unauthenticated");
    let both = town
        .ask(Method::GET, "/api/v1/estates")
        .header("cookie", "linli_session=gone");
    assert_eq!(
        both.bearer_auth(&town.b).send().await.unwrap().status(),
        StatusCode::OK
    );
}

#[tokio::test]
async fn published_passwords_work_on_this_machine_only() {
    let body = json!({ "company": "阳光物业", "slug": "demo", "admin_name": "周敏", "login": "admin@demo", "password": PASSWORD });
    let log_in = json!({ "tenant": "demo", "login": "admin@demo", "password": PASSWORD });
    let here = Town::bare(plain).await;
    assert_eq!(
        here.post("/api/v1/signup", "", &body).await.status,
        StatusCode::CREATED
    );
    assert_eq!(
        here.post("/api/v1/auth/token", "", &log_in).await.status,
        StatusCode::OK
    );
    for (name, value) in [("host", "linli.example"), ("x-forwarded-for", "127.0.0.1")] {
        let request = here
            .ask(Method::POST, "/api/v1/auth/token")
            .header(name, value)
            .json(&log_in);
        Answer::of(request.send().await.unwrap())
            .await
            .refused(401, "bad_credentials");
    }
}
