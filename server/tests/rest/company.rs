//! The company about itself: over REST, on its page, and its logo.

use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::{Value, json};

use crate::town::{Answer, Town};

const PATH: &str = "/api/v1/tenant";
const LOGO: &str = "/console/company/logo";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x40\0\0\0\x20\x08\x06\0\0\0";

async fn patch(town: &Town, token: &str, body: &Value) -> Answer {
    town.call(Method::PATCH, PATH, token, Some(body)).await
}

#[tokio::test]
async fn a_company_is_shown_and_changed_in_part() {
    let town = Town::new().await;
    let shown = town.get(PATH, &town.a).await.json();
    assert_eq!(
        (&shown["slug"], &shown["plan"]),
        (&json!("anju"), &json!("trial"))
    );
    assert_eq!(
        (&shown["currency"], &shown["suspended"]),
        (&json!("CNY"), &json!(false))
    );
    assert_eq!(shown["usage"]["units"]["used"], 1);
    assert!(shown["usage"]["storage"]["most"].as_i64().unwrap() > 1_000_000_000);

    let changed = patch(
        &town,
        &town.a,
        &json!({ "currency": "HKD", "colour": "red" }),
    )
    .await;
    assert_eq!(changed.status, 200, "{changed:?}");
    let changed = changed.json();
    assert_eq!(changed["currency"], "HKD");
    assert_eq!(changed["name"], shown["name"]);
    assert_eq!(patch(&town, &town.a, &json!({})).await.status, 200);

    for (body, fields) in [
        (json!({ "name": "x" }), vec!["name"]),
        (
            json!({ "name": 7, "time_zone": [], "currency": {}, "language": true }),
            vec!["currency", "language", "name", "time_zone"],
        ),
        (
            json!({ "time_zone": "Mars/Olympus", "currency": "CNY" }),
            vec!["time_zone"],
        ),
        (
            json!({ "currency": "XAU", "language": "zh" }),
            vec!["currency", "language"],
        ),
    ] {
        let refused = patch(&town, &town.a, &body).await;
        assert_eq!(refused.refused(422, "invalid"), fields, "{body}");
    }
    assert_eq!(town.get(PATH, &town.a).await.json(), changed);

    patch(&town, &town.owner, &json!({}))
        .await
        .refused(403, "forbidden");
    town.get(PATH, &town.owner).await.refused(403, "forbidden");
    patch(&town, "", &json!({}))
        .await
        .refused(401, "unauthenticated");
    let other = town.get(PATH, &town.b).await.json();
    assert_eq!(
        (&other["slug"], &other["currency"]),
        (&json!("boyuan"), &json!("CNY"))
    );
}

async fn upload(town: &Town, cookie: &str, bytes: &[u8], called: &str) -> String {
    let part = Part::bytes(bytes.to_vec()).file_name(called.to_owned());
    let sent = town
        .ask(Method::POST, "/fn/tenancy/set_logo")
        .header("cookie", cookie)
        .header("origin", &town.base)
        .header("accept", "text/html")
        .multipart(Form::new().part("logo", part));
    let answer = Answer::of(sent.send().await.unwrap()).await;
    assert!(answer.status.is_redirection(), "{answer:?}");
    answer.header("location").to_owned()
}

#[tokio::test]
async fn a_logo_is_shown_as_what_it_is_and_to_its_own() {
    let town = Town::new().await;
    let cookie = town.cookie().await;
    let show = async |cookie: &str| {
        let asked = town.ask(Method::GET, LOGO).header("cookie", cookie);
        Answer::of(asked.send().await.unwrap()).await
    };
    assert_eq!(show(&cookie).await.status, 404);
    for (bytes, called, flaw) in [
        (
            &b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"[..],
            "logo.png",
            "unreadable",
        ),
        (b"", "logo.png", "required"),
        (&vec![0x89; 200 * 1024 + 1], "logo.png", "too_long"),
    ] {
        let led = upload(&town, &cookie, bytes, called).await;
        assert_eq!(led, format!("/console/company?flaw={flaw}"));
    }
    assert_eq!(show(&cookie).await.status, 404);
    // Whatever it is called.
    assert_eq!(
        upload(&town, &cookie, PNG, "logo.svg").await,
        "/console/company"
    );
    let shown = show(&cookie).await;
    assert_eq!(shown.status, 200, "{shown:?}");
    for (header, value) in [
        ("content-type", "image/png"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "private, max-age=86400"),
    ] {
        assert_eq!(shown.header(header), value);
    }
    assert_eq!(show("").await.status, 401);
}

#[tokio::test]
async fn pages_speak_the_companys_language_to_whoever_chose_none() {
    let town = Town::new().await;
    let cookie = town.cookie().await;
    let page = async |cookies: String| {
        let asked = town
            .ask(Method::GET, "/console/company")
            .header("cookie", cookies)
            .header("accept-language", "zh-CN");
        Answer::of(asked.send().await.unwrap()).await.text
    };
    assert!(page(cookie.clone()).await.contains("lang=\"zh-CN\""));
    let english = json!({ "language": "en", "time_zone": "Europe/London" });
    assert_eq!(patch(&town, &town.a, &english).await.status, 200);
    let text = page(cookie.clone()).await;
    assert!(
        text.contains("lang=\"en\"") && text.contains("Europe/London"),
        "{text}"
    );
    // The steps that are left, all five bars, and what is chosen.
    for words in [
        "First steps",
        "Readings today",
        "Storage",
        "Set the company",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert_eq!(text.matches("<meter").count(), 5);
    let chosen = format!("{cookie}; linli_lang=zh-CN");
    assert!(page(chosen).await.contains("lang=\"zh-CN\""));
}
