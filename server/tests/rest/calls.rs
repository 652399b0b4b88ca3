//! Each call, as the contract writes it, by who may make it.

use reqwest::{
    Method, StatusCode,
    multipart::{Form, Part},
};
use serde_json::json;

use crate::town::{Answer, MARKER, Town};

/// One box: units and residents.
async fn finds(town: &Town, unit: &serde_json::Value) {
    let a = &town.a;
    for (q, kinds) in [
        ("3A01", &["unit", "resident"][..]),
        ("lisi", &["resident"]),
        ("ls", &["resident"]),
        ("13987654321", &["resident"]),
        ("4321", &[]),
    ] {
        let found = town.get(&format!("/api/v1/search?q={q}"), a).await.json();
        let items = found["items"].as_array().unwrap();
        let said: Vec<_> = items
            .iter()
            .map(|item| item["kind"].as_str().unwrap())
            .collect();
        assert_eq!(said, kinds, "{q}: {found}");
        for item in items {
            assert_eq!(&item["unit"], unit);
            assert!(
                item["address"].as_str().unwrap().ends_with("3A01"),
                "{item}"
            );
        }
        let strangers = town.get(&format!("/api/v1/search?q={q}"), &town.b).await;
        assert_eq!(strangers.json(), json!({ "items": [], "next": null }));
    }
    for path in [
        "/api/v1/search",
        "/api/v1/search?q=",
        "/api/v1/search?q=a+b+c+d+e",
    ] {
        assert_eq!(town.get(path, a).await.refused(422, "invalid"), ["q"]);
    }
}

#[tokio::test]
async fn places_and_people() {
    let town = Town::new().await;
    let a = &town.a;

    let estates = town.get("/api/v1/estates", a).await.json();
    assert_eq!(estates["next"], json!(null));
    let estate = &estates["items"][0];
    assert_eq!(estate["id"], town.estate);
    assert_eq!(
        (&estate["buildings"], &estate["units"]),
        (&json!(1), &json!(1))
    );

    let path = format!("/api/v1/buildings?estate={}", town.estate);
    assert_eq!(
        town.get(&path, a).await.json()["items"][0]["id"],
        town.building
    );

    let unit = town
        .post("/api/v1/units", a, &json!({ "building": town.building, "unit": "3A01", "area_m2": "102.5", "colour": "red" }))
        .await;
    assert_eq!(unit.status, StatusCode::CREATED, "{unit:?}");
    let unit = unit.json();
    assert!(unit["id"].as_str().unwrap().starts_with("unt_"));
    assert_eq!(
        (&unit["unit"], &unit["area_m2"]),
        (&json!("3A01"), &json!(102.5))
    );
    assert_eq!(
        (&unit["entrance"], &unit["estate"]),
        (&json!(null), &json!(town.estate))
    );
    assert_eq!(
        (&unit["use"], &unit["building"]),
        (&json!("home"), &json!(town.building))
    );

    let path = format!("/api/v1/units?building={}&limit=1", town.building);
    let first = town.get(&path, a).await.json();
    assert_eq!(first["items"].as_array().unwrap().len(), 1);
    let next = first["next"].as_str().unwrap();
    let second = town.get(&format!("{path}&cursor={next}"), a).await.json();
    assert_eq!(second["items"].as_array().unwrap().len(), 1, "{second}");
    assert_ne!(first["items"][0]["id"], second["items"][0]["id"]);
    assert_eq!(second["next"], json!(null));

    let largest = format!(
        "/api/v1/units?building={}&sort=-area&use=home&limit=1",
        town.building
    );
    let first = town.get(&largest, a).await.json();
    assert_eq!(first["items"][0]["id"], unit["id"], "{first}");
    let next = first["next"].as_str().unwrap();
    let second = town
        .get(&format!("{largest}&cursor={next}"), a)
        .await
        .json();
    assert_ne!(second["items"][0]["id"], unit["id"]);
    assert_eq!(second["next"], json!(null));
    let shops = town.get("/api/v1/units?use=shop&state=let", a).await.json();
    assert_eq!(shops["items"], json!([]));

    let body = json!({ "unit": unit["id"], "name": "李四", "phone": "+86 139 8765 4321", "relation": "renter" });
    let resident = town.post("/api/v1/residents", a, &body).await;
    assert_eq!(resident.status, StatusCode::CREATED, "{resident:?}");
    let resident = resident.json();
    assert_eq!(
        (&resident["phone"], &resident["relation"]),
        (&json!("13987654321"), &json!("renter"))
    );
    let path = format!("/api/v1/residents?unit={}", unit["id"].as_str().unwrap());
    let listed = town.get(&path, a).await.json();
    assert_eq!(listed["items"][0]["id"], resident["id"]);
    assert_eq!(listed["items"][0]["phone"], "139****4321");

    for search in ["李", "4321 李四", "13987654321", "3A01"] {
        let path = format!("/api/v1/residents?search={search}");
        let found = town.get(&path, a).await.json();
        assert_eq!(found["items"][0]["id"], resident["id"], "{search}");
        assert_eq!(found["items"][0]["phone"], "139****4321");
    }
    finds(&town, &unit["id"]).await;
    let alone = town.get("/api/v1/residents?search=4321", a).await;
    assert_eq!(alone.refused(422, "invalid"), ["search"]);
    let path = format!(
        "/api/v1/residents/{}/reveal",
        resident["id"].as_str().unwrap()
    );
    let whole = town.post(&path, a, &json!({})).await.json();
    assert_eq!(whole, json!({ "phone": "13987654321", "id_number": null }));
    town.post(&path, &town.b, &json!({}))
        .await
        .refused(404, "not_found");
    let held = town.get("/api/v1/me/export", a).await;
    assert_eq!(held.header("cache-control"), "no-store");
    assert_eq!(held.json()["homes"], json!([]));
}

#[tokio::test]
async fn a_device_and_its_points() {
    let town = Town::new().await;
    let body = json!({
        "name": "总表", "key": "b3-main", "kind": "electricity_meter", "estate": town.estate,
        "unit": town.unit, "transport": { "mqtt": {} },
        "points": [{ "name": "voltage_v", "unit": "V", "type": "number" }],
    });
    let made = town.post("/api/v1/devices", &town.a, &body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let made = made.json();
    assert_eq!(made["key"], "b3-main");
    assert_eq!(made["credentials"]["username"], "anju:b3-main");
    assert_eq!(made["credentials"]["topic"], "linli/anju/b3-main");
    let password = made["credentials"]["password"].as_str().unwrap();
    assert_eq!(password.len(), 64);
    for field in ["name", "kind", "estate", "unit", "transport", "points"] {
        assert_eq!(made[field], body[field], "{field}");
    }

    let path = format!("/api/v1/devices/{}", made["id"].as_str().unwrap());
    let device = town.get(&path, &town.a).await;
    assert!(!device.text.contains(password));
    let device = device.json();
    assert_eq!(
        (&device["state"], &device["last_seen"]),
        (&json!("waiting"), &json!(null))
    );
    assert_eq!(device["refused"], json!([]));

    let points = town.get(&format!("{path}/points"), &town.a).await.json();
    let names: Vec<_> = points["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["name"].clone())
        .collect();
    assert_eq!(names, ["energy_kwh", "power_w", "voltage_v"]);
    assert_eq!(points["items"][0]["value"], json!(null));
    let point = points["items"][0]["id"].as_str().unwrap();
    let readings = town
        .get(
            &format!("/api/v1/points/{point}/readings?from=2026-11-22T00:00:00Z"),
            &town.a,
        )
        .await;
    assert_eq!(readings.json(), json!({ "items": [], "next": null }));

    let list = town
        .get(
            &format!(
                "/api/v1/devices?estate={}&kind=electricity_meter&state=waiting",
                town.estate
            ),
            &town.a,
        )
        .await;
    assert_eq!(list.json()["items"][0]["id"], made["id"], "{list:?}");

    let again = town.post("/api/v1/devices", &town.a, &body).await;
    assert_eq!(again.refused(409, "conflict"), ["key"]);
}

pub(crate) fn roster(town: &Town, csv: &str, dry_run: &str) -> Form {
    Form::new()
        .text("estate", town.estate.clone())
        .text("dry_run", dry_run.to_owned())
        .part(
            "file",
            Part::text(csv.to_owned())
                .file_name("名册.csv")
                .mime_str("text/csv")
                .unwrap(),
        )
}

pub(crate) async fn import(town: &Town, token: &str, form: Form) -> Answer {
    let request = town
        .ask(Method::POST, "/api/v1/imports/roster")
        .bearer_auth(token)
        .multipart(form);
    Answer::of(request.send().await.unwrap()).await
}

#[tokio::test]
async fn a_sale_in_a_roster() {
    let town = Town::new().await;
    let row = |owner: &str| format!("楼栋,单元,房号,业主\n5号楼,1单元,101,{owner}\n");
    let outcome = async |form: Form| {
        let started = import(&town, &town.a, form).await.json();
        let id = started["import"].as_str().unwrap();
        let path = format!("/api/v1/imports/{id}");
        town.get(&path, &town.a).await.json()
    };
    outcome(roster(&town, &row("赵六"), "")).await;
    let asked = outcome(roster(&town, &row("钱七"), "")).await;
    assert_eq!(
        (&asked["state"], &asked["counts"]["sales"]),
        (&json!("refused"), &json!(1))
    );
    let sale = &asked["possible_sales"][0];
    assert_eq!(
        (&sale["from"], &sale["to"]),
        (&json!("赵**"), &json!("钱**"))
    );
    assert_eq!(
        (&sale["row"], &sale["confirmed"]),
        (&json!(2), &json!(false))
    );

    let of = asked["id"].as_str().unwrap().to_owned();
    let confirmed = |owner: &str| {
        roster(&town, &row(owner), "")
            .text("confirm_sales", "2")
            .text("of", of.clone())
    };
    let other = import(&town, &town.a, confirmed("孙八")).await;
    assert_eq!(other.refused(422, "invalid"), ["file"]);
    let done = outcome(confirmed("钱七")).await;
    assert_eq!(
        (&done["state"], &done["counts"]["sales"]),
        (&json!("done"), &json!(1))
    );
    let found = town.get("/api/v1/search?q=qianqi", &town.a).await.json();
    assert_eq!(found["items"][0]["unit"], sale["unit"]);
    for (field, value) in [("confirm_sales", "2;3"), ("of", "x")] {
        let form = roster(&town, &row("钱七"), "").text(field, value);
        assert_eq!(
            import(&town, &town.a, form).await.refused(422, "invalid"),
            [field]
        );
    }
}

#[tokio::test]
async fn columns_of_a_roster() {
    let town = Town::new().await;
    let csv = "栋号码,室,客户\n5号楼,101,赵六\n";
    let missing = import(&town, &town.a, roster(&town, csv, "")).await;
    assert_eq!(missing.refused(422, "invalid"), ["file"]);
    let said = |columns: &str| roster(&town, csv, "").text("columns", columns.to_owned());
    for (columns, fields) in [
        (r#"["unit"]"#, ["columns"]),
        (r#"{"室":"window"}"#, ["columns"]),
        (r#"{"室":"unit","客户":"unit"}"#, ["columns.unit"]),
        (r#"{"室":"unit"}"#, ["columns.building"]),
    ] {
        let refused = import(&town, &town.a, said(columns)).await;
        assert_eq!(refused.refused(422, "invalid"), fields, "{columns}");
    }
    let named = r#"{"栋号码":"building","室":"unit","客户":"ignore"}"#;
    for form in [said(named), roster(&town, csv, "")] {
        let started = import(&town, &town.a, form).await.json();
        let path = format!("/api/v1/imports/{}", started["import"].as_str().unwrap());
        let done = town.get(&path, &town.a).await.json();
        assert_eq!(done["state"], "done", "{done}");
        assert_eq!(done["columns"][1], json!({"header": "室", "field": "unit"}));
        assert_eq!(done["columns"][2], json!({"header": "客户", "field": null}));
    }
}

#[tokio::test]
async fn a_roster() {
    let town = Town::new().await;
    let good = "楼栋,单元,房号,建筑面积,业主,手机\n5号楼,1单元,101,88.5,赵六,13711112222\n";
    for (csv, dry_run, state, new) in [(good, "true", "done", 1), (good, "false", "done", 1)] {
        let started = import(&town, &town.a, roster(&town, csv, dry_run)).await;
        assert_eq!(started.status, StatusCode::ACCEPTED, "{started:?}");
        let id = started.json()["import"].as_str().unwrap().to_owned();
        let done = town
            .get(&format!("/api/v1/imports/{id}"), &town.a)
            .await
            .json();
        assert_eq!(done["state"], state, "{done}");
        assert_eq!(done["counts"]["new"], new, "{done}");
        assert_eq!(done["refused"], json!([]));
        assert_eq!(
            town.get(&format!("/api/v1/imports/{id}"), &town.b)
                .await
                .refused(404, "not_found")
                .len(),
            0
        );
    }
    let bad = "楼栋,单元,房号,建筑面积\n6号楼,1单元,101,八十\n";
    let id = import(&town, &town.a, roster(&town, bad, "")).await.json()["import"].clone();
    let refused = town
        .get(
            &format!("/api/v1/imports/{}", id.as_str().unwrap()),
            &town.a,
        )
        .await
        .json();
    assert_eq!(
        (&refused["state"], &refused["refused"][0]["row"]),
        (&json!("refused"), &json!(2))
    );
    assert_eq!(refused["refused"][0]["reason"], "area_unreadable");

    import(&town, &town.b, roster(&town, good, ""))
        .await
        .refused(404, "not_found");
    import(&town, &town.owner, roster(&town, good, ""))
        .await
        .refused(403, "forbidden");
    import(&town, "no-token", roster(&town, good, ""))
        .await
        .refused(401, "unauthenticated");
    let empty = Form::new()
        .text("dry_run", "perhaps")
        .text("estate", "est_1");
    assert_eq!(
        import(&town, &town.a, empty).await.refused(422, "invalid"),
        ["dry_run", "estate", "file"]
    );
    let noise = Form::new()
        .text("estate", town.estate.clone())
        .part("file", Part::bytes(vec![0xff; 3000]).file_name("a.xlsx"));
    let noise = import(&town, &town.a, noise).await;
    assert_eq!(noise.refused(422, "invalid"), ["file"]);

    // Past the 2 MB of other routes, and past the 20 MB of this one.
    let large = format!("{good}{}", ",".repeat(3 << 20));
    let large = import(&town, &town.a, roster(&town, &large, "true")).await;
    assert_ne!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(large.status.as_u16() < 500, "{large:?}");
    let (_, page) = (MARKER, town.get("/api/v1/units", &town.a).await.json());
    assert_eq!(page["items"].as_array().unwrap().len(), 2, "{page}");
}

#[tokio::test]
async fn a_ticket_to_the_live_websocket() {
    let town = Town::new().await;
    let ticket = town
        .post("/api/v1/live/ticket", &town.owner, &json!({}))
        .await
        .json();
    let ticket = ticket["ticket"].as_str().unwrap();
    let cx = backend::identity::redeem_ticket(&town.site, ticket)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(cx.tenant.slug, "anju");
    town.post("/api/v1/live/ticket", "", &json!({}))
        .await
        .refused(401, "unauthenticated");
}

#[tokio::test]
async fn who_did_what_when_and_from_where() {
    let town = Town::new().await;
    let path = format!("/api/v1/audit?subject={}", town.unit);
    let page = town.get(&path, &town.a).await.json();
    assert_eq!(page["next"], json!(null));
    let entry = &page["items"][0];
    assert!(entry["id"].as_str().unwrap().starts_with("aud_"), "{page}");
    assert_eq!(entry["deed"], "unit.created");
    let subject = json!({
        "kind": "unit", "id": town.unit, "name": format!("{MARKER}3号楼 2单元 1202"),
    });
    assert_eq!(entry["subject"], subject);
    assert_eq!(entry["doer"]["acting"], "staff");
    assert_eq!(entry["doer"]["name"], "周敏");
    let fields = json!(["building", "entrance", "unit", "area_m2"]);
    assert_eq!(entry["fields"], fields);
    let origin = json!({ "channel": "api", "address": "127.0.0.1" });
    assert_eq!(entry["origin"], origin);
    assert!(entry["ts"].as_str().unwrap().ends_with('Z'), "{entry}");

    let person = entry["doer"]["person"].as_str().unwrap();
    let path = format!("/api/v1/audit?deed=places&person={person}&limit=2");
    let page = town.get(&path, &town.a).await.json();
    assert_eq!(page["items"].as_array().unwrap().len(), 2, "{page}");
    let next = format!("{path}&cursor={}", page["next"].as_str().unwrap());
    let rest = town.get(&next, &town.a).await.json();
    // All three were done at one moment, so that their order is chance; each is there once.
    let pages = [page["items"].as_array(), rest["items"].as_array()];
    let mut deeds: Vec<_> = pages
        .into_iter()
        .flat_map(|items| items.unwrap())
        .map(|entry| entry["deed"].as_str().unwrap())
        .collect();
    deeds.sort_unstable();
    assert_eq!(
        deeds,
        ["building.created", "estate.created", "unit.created"]
    );
    assert_eq!(rest["next"], json!(null));

    let own = town.get("/api/v1/audit", &town.b).await;
    assert!(!own.text.contains(MARKER) && !own.text.contains(&town.unit));
    assert_eq!(own.json()["items"].as_array().unwrap().len(), 1, "{own:?}");
    town.get("/api/v1/audit", &town.owner)
        .await
        .refused(403, "forbidden");
    town.get("/api/v1/audit", "")
        .await
        .refused(401, "unauthenticated");
}
