//! An import that its request does not wait for.

use std::time::Duration;

use domain::EstateId;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::{
    calls::{import, roster},
    town::{Answer, MARKER, Town},
};

async fn page(town: &Town, path: &str, cookie: &str) -> Answer {
    let request = town.ask(Method::GET, path).header("cookie", cookie);
    Answer::of(request.send().await.unwrap()).await
}

#[tokio::test]
async fn a_slow_roster_is_seen_on_its_way() {
    let town = Town::new().await;
    let estate: EstateId = town.estate.parse().unwrap();
    // Somebody else writes to the estate, and takes their time.
    let mut other = town.db.admin().begin().await.unwrap();
    sqlx::query("SELECT FROM estate WHERE id = $1 FOR NO KEY UPDATE")
        .bind(estate.0)
        .execute(&mut *other)
        .await
        .unwrap();
    let csv = format!("楼栋,单元,房号,业主\n5号楼,1单元,101,{MARKER}赵六\n");
    let started = import(&town, &town.a, roster(&town, &csv, "")).await;
    assert_eq!(started.status, StatusCode::ACCEPTED, "{started:?}");
    let id = started.json()["import"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/imports/{id}");
    let running = town.get(&path, &town.a).await.json();
    assert_eq!(running["state"], "running", "{running}");
    assert_eq!(
        running["progress"],
        json!({ "stage": "waiting", "done": null, "total": null })
    );
    assert_eq!(running["flaw"], Value::Null);
    town.get(&path, &town.b).await.refused(404, "not_found");
    town.get(&path, &town.owner).await.refused(403, "forbidden");

    // The page shows it, asks again by itself, and is a list's latest.
    let cookie = town.cookie().await;
    let result = format!("/console/import/{id}");
    let shown = page(&town, &result, &cookie).await;
    assert!(shown.text.contains("<progress"), "{shown:?}");
    assert!(shown.text.contains("排队中") && shown.text.contains("名册.csv"));
    assert!(shown.text.contains("http-equiv=\"refresh\""));
    let list = format!("/console/import?estate={}", town.estate);
    let list = page(&town, &list, &cookie).await;
    assert!(
        list.text.contains("进行中") && list.text.contains(&result),
        "{list:?}"
    );

    other.rollback().await.unwrap();
    let end = async {
        loop {
            let import = town.get(&path, &town.a).await.json();
            if import["state"] != "running" {
                return import;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    let done = timeout(Duration::from_secs(30), end).await.unwrap();
    assert_eq!(
        (&done["state"], &done["counts"]["new"], &done["progress"]),
        (&json!("done"), &json!(1), &Value::Null)
    );
    let shown = page(&town, &result, &cookie).await;
    assert!(!shown.text.contains("http-equiv=\"refresh\""), "{shown:?}");
    assert!(shown.text.contains("已经写入"));
}
