//! Keys of a company's own programs, as programs use them.

use jiff::SignedDuration;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::town::{Answer, MARKER, PASSWORD, Town};

async fn made(town: &Town, token: &str, body: &Value) -> (String, String) {
    let answer = town.post("/api/v1/keys", token, body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    assert_eq!(answer.header("cache-control"), "no-store");
    let made = answer.json();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (text("id"), text("key"))
}

fn everywhere(name: &str, role: &str) -> Value {
    json!({ "name": name, "role": role, "everywhere": true })
}

async fn end(town: &Town, token: &str, id: &str) -> Answer {
    let path = format!("/api/v1/keys/{id}");
    town.call(Method::DELETE, &path, token, None).await
}

#[tokio::test]
async fn a_program_reads_and_writes_with_its_key() {
    let town = Town::new().await;
    let far = town.made("estates", json!({ "name": "远苑" })).await;
    let here = json!({ "name": "门禁", "role": "estate_manager", "places": [town.estate], "until": "2027-06-30" });
    let (id, key) = made(&town, &town.a, &here).await;
    assert!(id.starts_with("key_") && key.starts_with("lk_"));

    let seen = town.get("/api/v1/estates", &key).await.json();
    assert_eq!(seen["items"].as_array().unwrap().len(), 1, "{seen}");
    let building = |estate: &str| json!({ "estate": estate, "name": "9号楼" });
    let built = town
        .post("/api/v1/buildings", &key, &building(&town.estate))
        .await;
    assert_eq!(built.status, StatusCode::CREATED, "{built:?}");
    // Outside its place there is nothing; a role that does not write writes nothing.
    town.post("/api/v1/buildings", &key, &building(&far))
        .await
        .refused(404, "not_found");
    let (_, reader) = made(&town, &town.a, &everywhere("收费系统", "accountant")).await;
    let residents = town.get("/api/v1/residents", &reader).await;
    assert!(residents.text.contains(MARKER), "{residents:?}");
    town.post("/api/v1/buildings", &reader, &building(&far))
        .await
        .refused(403, "forbidden");

    // All in one moment of a clock that stands still: which is the newest would be chance.
    let audit = town.get("/api/v1/audit?deed=building.created", &town.a);
    let audit = audit.await.json();
    let entries = audit["items"].as_array().unwrap();
    let mut doer = entries.iter().map(|entry| &entry["doer"]);
    let doer = doer.find(|doer| doer["acting"] == "key");
    let doer = doer.cloned().unwrap_or_default();
    let by_key = json!({ "acting": "key", "person": null, "key": id, "name": "门禁" });
    assert_eq!(doer, by_key);

    let list = town.get("/api/v1/keys", &town.a).await;
    assert!(!list.text.contains(&key), "it is told once");
    let list = list.json();
    let mut rows = list["items"].as_array().unwrap().iter();
    let row = rows.find(|row| row["id"] == json!(id)).unwrap();
    assert_eq!(row["name"], "门禁");
    assert_eq!(row["starts_with"], key[..8]);
    assert_eq!(
        (&row["role"], &row["until"]),
        (&json!("estate_manager"), &json!("2027-06-30"))
    );
    assert_eq!(
        (&row["used_from"], &row["expired"]),
        (&json!("127.0.0.1"), &json!(false))
    );
    assert_eq!(row["used_at"], "2026-11-22T06:30:00Z");
}

#[tokio::test]
async fn what_is_a_persons_is_no_keys() {
    let town = Town::new().await;
    let (id, key) = made(&town, &town.a, &everywhere("全部", "tenant_admin")).await;
    for path in ["sessions", "keys"] {
        town.get(&format!("/api/v1/{path}"), &key)
            .await
            .refused(403, "forbidden");
    }
    let role = json!({ "name": "新", "actions": ["view_devices"] });
    let staff = json!({ "name": "他", "role": "guard", "everywhere": true });
    for (path, body) in [
        ("live/ticket", json!({})),
        ("keys", everywhere("第二把", "guard")),
        ("roles", role),
        ("staff/invitations", staff),
    ] {
        town.post(&format!("/api/v1/{path}"), &key, &body)
            .await
            .refused(403, "forbidden");
    }
    end(&town, &key, &id).await.refused(403, "forbidden");
    // It opens no page, as a header or as a cookie.
    let asked = town
        .ask(Method::POST, "/fn/identity/me")
        .header("origin", &town.base)
        .header("cookie", format!("linli_session={key}"))
        .bearer_auth(&key)
        .send();
    let me = Answer::of(asked.await.unwrap()).await;
    assert!(!me.text.contains("anju"), "{me:?}");
}

#[tokio::test]
async fn a_key_that_is_over_is_nobody() {
    let town = Town::new().await;
    let read = async |key: &str| town.get("/api/v1/estates", key).await;
    let (id, key) = made(&town, &town.a, &everywhere("停用", "guard")).await;
    for stranger in [&town.b, &town.owner] {
        let refused = end(&town, stranger, &id).await;
        assert!(matches!(refused.status.as_u16(), 403 | 404), "{refused:?}");
    }
    end(&town, &town.b, &id).await.refused(404, "not_found");
    assert_eq!(read(&key).await.status, StatusCode::OK);
    assert_eq!(
        end(&town, &town.a, &id).await.status,
        StatusCode::NO_CONTENT
    );
    let ended = read(&key).await;
    ended.refused(401, "unauthenticated");
    assert!(ended.header("www-authenticate").contains("invalid_token"));
    end(&town, &town.a, &id).await.refused(404, "not_found");

    // Its maker is let go.
    let keeper = json!({ "name": "钥匙", "actions": ["edit_keys"] });
    let role = town.made("roles", keeper).await;
    let form = json!({ "name": "小周", "role": role, "everywhere": true });
    let invited = town.post("/api/v1/staff/invitations", &town.a, &form).await;
    let joining =
        json!({ "token": invited.json()["token"], "login": "zhou@anju", "password": PASSWORD });
    let joined = town.post("/api/v1/staff/join", "", &joining).await.json();
    let theirs = joined["access_token"].as_str().unwrap();
    let (_, key) = made(&town, theirs, &everywhere("临时", &role)).await;
    assert_eq!(read(&key).await.status, StatusCode::OK);
    let more = everywhere("更多", "accountant");
    let more = town.post("/api/v1/keys", theirs, &more).await;
    more.refused(403, "forbidden");
    let staff = town.get("/api/v1/staff", &town.a).await.json();
    let mut members = staff["items"].as_array().unwrap().iter();
    let member = members.find(|member| member["name"] == "小周").unwrap();
    let path = format!("/api/v1/staff/{}", member["id"].as_str().unwrap());
    let dismissed = town.call(Method::DELETE, &path, &town.a, None).await;
    assert_eq!(dismissed.status, StatusCode::NO_CONTENT);
    read(&key).await.refused(401, "unauthenticated");

    // A suspended company's keys read, and change nothing.
    let (_, key) = made(&town, &town.a, &everywhere("对接", "regional_manager")).await;
    sqlx::query("UPDATE tenant SET state = 'suspended' WHERE slug = 'anju'")
        .execute(town.db.admin())
        .await
        .unwrap();
    assert_eq!(read(&key).await.status, StatusCode::OK);
    let name = json!({ "name": "新苑" });
    town.post("/api/v1/estates", &key, &name)
        .await
        .refused(403, "suspended");

    town.site
        .clock
        .set(town.site.now() + SignedDuration::from_hours(24 * 367));
    read(&key).await.refused(401, "unauthenticated");
}

#[tokio::test]
async fn each_flaw_is_named_and_guesses_are_slowed_down() {
    let town = Town::new().await;
    let post = async |body: &Value| town.post("/api/v1/keys", &town.a, body).await;
    let fields = post(&json!({})).await.refused(422, "invalid");
    assert_eq!(fields, ["name", "role"]);
    let wrong = json!({ "name": " ", "role": "owner", "places": [town.building], "until": 7 });
    let fields = post(&wrong).await.refused(422, "invalid");
    assert_eq!(fields, ["until"]);
    let wrong =
        json!({ "name": " ", "role": "guard", "places": [town.building], "until": "2027-01-31" });
    let fields = post(&wrong).await.refused(422, "invalid");
    assert_eq!(fields, ["name", "places"]);
    let late = json!({ "name": "x", "role": "guard", "everywhere": true, "until": "2030-01-01" });
    assert_eq!(post(&late).await.refused(422, "invalid"), ["until"]);
    let (_, key) = made(&town, &town.a, &everywhere("门禁", "guard")).await;
    let taken = post(&everywhere("门禁", "guard")).await;
    assert_eq!(taken.refused(409, "conflict"), ["name"]);

    let guess = format!("lk_{}", "7".repeat(32));
    let mut slow = town.get("/api/v1/estates", &guess).await;
    // A hundred at once, and more as time passes.
    for tries in 1..1000 {
        if slow.status == StatusCode::TOO_MANY_REQUESTS {
            assert!(tries > 100, "{tries}");
            break;
        }
        slow.refused(401, "unauthenticated");
        slow = town.get("/api/v1/estates", &guess).await;
    }
    slow.refused(429, "too_many");
    assert_eq!(slow.header("retry-after"), "30");
    let good = town.get("/api/v1/estates", &key).await;
    assert_eq!(good.status, StatusCode::OK);
}
