//! The second factor: in a browser without scripts, and over REST.

use backend::identity;
use domain::session::{Enrolling, SecondFactor};
use jiff::ToSpan;
use reqwest::{Method, StatusCode};
use serde_json::json;
use totp_rs::{Builder, Secret};

use crate::town::{Answer, PASSWORD, Town, form};

/// A form as a browser without scripts sends it.
async fn send(
    town: &Town,
    name: &str,
    from: &str,
    cookies: &str,
    fields: &[(&str, &str)],
) -> Answer {
    let request = town
        .ask(Method::POST, &format!("/fn/identity/{name}"))
        .header("accept", "text/html")
        .header("origin", &town.base)
        .header("referer", format!("{}{from}", town.base))
        .header("cookie", cookies)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form(fields));
    Answer::of(request.send().await.unwrap()).await
}

async fn page(town: &Town, path: &str, cookies: &str) -> Answer {
    let request = town.ask(Method::GET, path).header("cookie", cookies);
    Answer::of(request.send().await.unwrap()).await
}

/// The cookie of that name that an answer sets, as `name=value`.
fn cookie(answer: &Answer, name: &str) -> Option<String> {
    let mut set = answer.headers.get_all("set-cookie").iter();
    set.find_map(|value| {
        let pair = value.to_str().unwrap().split(';').next().unwrap();
        let (found, value) = pair.split_once('=').unwrap();
        (found == name && !value.is_empty()).then(|| pair.to_owned())
    })
}

/// Where a plain form led without complaint.
fn led(answer: &Answer) -> &str {
    assert_eq!(answer.status, StatusCode::FOUND, "{answer:?}");
    answer.header("location").trim_end_matches('?')
}

async fn shown(town: &Town, cookies: &str) -> Enrolling {
    let token = cookies.split_once('=').unwrap().1;
    let cx = identity::resume(&town.site, token).await.unwrap().unwrap();
    match identity::account(&cx).await.unwrap().second_factor {
        SecondFactor::Pending(enrolling) => enrolling,
        other => panic!("{other:?}"),
    }
}

fn code(town: &Town, enrolling: &Enrolling) -> String {
    let secret = Secret::try_from_base32(enrolling.secret.replace(' ', "")).unwrap();
    let totp = Builder::new().with_secret(secret).build_noncompliant();
    let now = u64::try_from(town.site.now().as_second()).unwrap();
    totp.generate(now).to_string()
}

/// A's admin with a second factor, all of it by plain forms.
async fn enrolled(town: &Town) -> (String, Enrolling) {
    let session = town.cookie().await;
    let me = "/console/me";
    assert!(
        page(town, me, &session)
            .await
            .text
            .contains("name=\"password\"")
    );
    let start = [("password", PASSWORD)];
    let started = send(town, "start_second_factor", me, &session, &start).await;
    assert!(led(&started).ends_with(me), "{started:?}");
    let enrolling = shown(town, &session).await;
    let setting_up = page(town, me, &session).await;
    assert_eq!(setting_up.header("cache-control"), "no-store");
    for wanted in [
        "<svg viewBox",
        enrolling.secret.as_str(),
        enrolling.codes[9].as_str(),
    ] {
        assert!(setting_up.text.contains(wanted), "{wanted}");
    }
    let code = code(town, &enrolling);
    let confirmed = send(
        town,
        "confirm_second_factor",
        me,
        &session,
        &[("otp", &code)],
    )
    .await;
    assert!(led(&confirmed).ends_with(me), "{confirmed:?}");
    let on = page(town, me, &session).await;
    assert!(!on.text.contains(&enrolling.secret) && !on.text.contains(&enrolling.codes[9]));
    (session, enrolling)
}

#[tokio::test]
async fn a_browser_without_scripts_logs_in_with_a_code() {
    let town = Town::new().await;
    let (_, enrolling) = enrolled(&town).await;
    let password = [("login", "admin@anju"), ("password", PASSWORD)];
    let half = send(&town, "log_in", "/login", "", &password).await;
    assert_eq!(led(&half), "/login?step=code");
    assert_eq!(cookie(&half, "linli_session"), None);
    let half = cookie(&half, "linli_half").unwrap();
    let asks = page(&town, "/login?step=code", &half).await;
    assert!(asks.text.contains("name=\"otp\""), "{}", asks.text);
    assert!(!asks.text.contains(half.split_once('=').unwrap().1) && !asks.text.contains(PASSWORD));

    // What is only half open opens nothing.
    let stolen = half.replace("linli_half", "linli_session");
    assert_eq!(
        page(&town, "/console/dashboard", &stolen).await.status,
        StatusCode::FOUND
    );

    let step = "/login?step=code";
    let wrong = send(&town, "log_in_code", step, &half, &[("otp", "000000")]).await;
    let back = led(&wrong).to_owned();
    assert!(back.contains("step=code") && back.contains("err"), "{back}");
    assert_eq!(cookie(&wrong, "linli_session"), None);
    let back = back.strip_prefix(&town.base).unwrap_or(&back);
    let told = page(&town, back, &half).await;
    assert!(told.text.contains("field-error"), "{}", told.text);

    town.site.clock.set(testkit::noon() + 1.minute());
    let right = code(&town, &enrolling);
    let entered = send(&town, "log_in_code", step, &half, &[("otp", &right)]).await;
    assert_eq!(led(&entered), "/console/dashboard");
    let session = cookie(&entered, "linli_session").unwrap();
    assert_eq!(
        page(&town, "/console/dashboard", &session).await.status,
        StatusCode::OK
    );
    let again = send(
        &town,
        "log_in_code",
        step,
        &half,
        &[("otp", &enrolling.codes[0])],
    )
    .await;
    assert_eq!(cookie(&again, "linli_session"), None, "half open only once");
}

#[tokio::test]
async fn a_client_sends_the_code_along() {
    let town = Town::new().await;
    let (_, enrolling) = enrolled(&town).await;
    let ask = async |password: &str, otp: serde_json::Value| {
        let body =
            json!({ "tenant": "anju", "login": "admin@anju", "password": password, "otp": otp });
        town.post("/api/v1/auth/token", "", &body).await
    };
    let missing = ask(PASSWORD, json!(null)).await;
    assert_eq!(missing.refused(401, "otp_required"), ["otp"]);
    let wrong = ask(PASSWORD, json!("000000")).await;
    assert_eq!(wrong.refused(401, "bad_credentials"), ["otp"]);
    let number = ask(PASSWORD, json!(123_456)).await;
    assert_eq!(number.refused(422, "invalid"), ["otp"]);
    // Without the right password nothing tells whether there is a second factor.
    for otp in [json!(null), json!(enrolling.codes[0])] {
        let guess = ask("wrong horse battery", otp).await;
        assert_eq!(guess.refused(401, "bad_credentials").len(), 0);
    }
    let token = ask(PASSWORD, json!(enrolling.codes[0])).await;
    assert_eq!(token.status, StatusCode::OK, "{token:?}");
    let used = ask(PASSWORD, json!(enrolling.codes[0])).await;
    assert_eq!(used.refused(401, "bad_credentials"), ["otp"]);
}

#[tokio::test]
async fn a_company_that_wants_it_lets_its_staff_do_nothing_before() {
    let town = Town::new().await;
    let session = town.cookie().await;
    let want = [("wanted", "true")];
    let wanted = send(&town, "want_second_factor", "/console/me", &session, &want).await;
    assert!(led(&wanted).ends_with("/console/me"), "{wanted:?}");

    let refused = town.get("/api/v1/estates", &town.a).await;
    refused.refused(403, "second_factor_required");
    let estate = json!({ "name": "二期" });
    let refused = town.post("/api/v1/estates", &town.a, &estate).await;
    refused.refused(403, "second_factor_required");
    town.post("/api/v1/live/ticket", &town.a, &json!({}))
        .await
        .refused(403, "second_factor_required");
    for path in ["/console/dashboard", "/console/estates"] {
        let away = page(&town, path, &session).await;
        assert_eq!((led(&away), path != led(&away)), ("/console/me", true));
    }
    let me = page(&town, "/console/me", &session).await;
    assert_eq!(me.status, StatusCode::OK);
    assert!(
        !me.text.contains("name=\"wanted\""),
        "not theirs to lift before"
    );

    // Neither the owners nor another company are meant.
    assert_eq!(
        town.get("/api/v1/estates", &town.b).await.status,
        StatusCode::OK
    );
    let owner = town.get("/api/v1/sessions", &town.owner).await;
    assert_eq!(owner.status, StatusCode::OK);

    let (session, _) = enrolled(&town).await;
    let open = page(&town, "/console/dashboard", &session).await;
    assert_eq!(open.status, StatusCode::OK);
    assert!(
        page(&town, "/console/me", &session)
            .await
            .text
            .contains("name=\"wanted\"")
    );
}
