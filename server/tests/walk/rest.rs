//! Every operation of the OpenAPI document.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    complete,
    current::at,
    house::{MARK, PASSWORD, Who},
    http::{JSON, PARTS, Record},
};

fn found() -> Vec<String> {
    let document: Value = serde_json::from_str(&server::rest::openapi_json()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let methods = [
        "get", "post", "put", "patch", "delete", "head", "options", "trace",
    ];
    paths
        .iter()
        .flat_map(|(path, item)| {
            let there = methods.iter().filter(|method| item.get(method).is_some());
            there.map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect()
}

/// A roster as a form of several parts.
pub(crate) fn roster(estate: &str) -> String {
    let text = |name: &str, value: &str| {
        format!("--linli\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    format!(
        "{}{}{}--linli\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\
         Content-Type: text/csv\r\n\r\n楼栋,房号\n7号楼,701\n\r\n--linli--\r\n",
        text("estate", estate),
        text("dry_run", "true"),
        // Remembered, and so a row of a table.
        text("columns", r#"{"房号":"unit"}"#),
    )
}

/// Whoever is let in, given a role and let go again.
async fn staff(record: &mut Record<'_>) {
    let (admin, nobody) = (Who::Admin, Who::Nobody);
    let role = json!({ "name": "夜班", "actions": ["view_devices"] });
    let role = record.post(admin, "/api/v1/roles", role).await.json();
    let role = role["id"].as_str().unwrap().to_owned();
    let changed = json!({ "name": "白班", "actions": ["view_devices"] }).to_string();
    record
        .call(
            admin,
            "/api/v1/roles/{id}",
            &role,
            (Method::PUT, JSON, changed),
        )
        .await;
    record.get(admin, "/api/v1/roles", "").await;

    let form = json!({ "name": "小周", "role": "cleaner", "everywhere": true });
    let invited = record
        .post(admin, "/api/v1/staff/invitations", form)
        .await
        .json();
    let joining =
        json!({ "token": invited["token"], "login": "zhou@marked", "password": PASSWORD });
    record.post(nobody, "/api/v1/staff/join", joining).await;
    let listed = record.get(admin, "/api/v1/staff", "").await.json();
    let joined = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|member| member["name"] == "小周")
        .unwrap();
    let person = joined["id"].as_str().unwrap().to_owned();
    let form = json!({ "role": "guard", "everywhere": true }).to_string();
    let given = record
        .call(
            admin,
            "/api/v1/staff/{id}/grants",
            &person,
            (Method::POST, JSON, form),
        )
        .await
        .json();
    for (path, id) in [
        ("/api/v1/grants/{id}", given["id"].as_str().unwrap()),
        ("/api/v1/roles/{id}", &role),
        ("/api/v1/staff/{id}", &person),
    ] {
        record
            .call(admin, path, id, (Method::DELETE, JSON, String::new()))
            .await;
    }
}

/// A key for a program of the company's own.
async fn keys(record: &mut Record<'_>) {
    let admin = Who::Admin;
    let form = json!({ "name": "收费系统", "role": "accountant", "everywhere": true });
    let made = record.post(admin, "/api/v1/keys", form).await.json();
    let listed = record.get(admin, "/api/v1/keys", "").await;
    assert!(listed.text.contains(MARK), "{listed:?}");
    let ending = (Method::DELETE, JSON, String::new());
    let id = made["id"].as_str().unwrap();
    record.call(admin, "/api/v1/keys/{id}", id, ending).await;
}

/// Models of the company's own: one that stays, and one that goes.
async fn models(record: &mut Record<'_>) {
    let (admin, all) = (Who::Admin, "/api/v1/device-models");
    let one = "/api/v1/device-models/{id}";
    for id in ["acme-1", "acme-2"] {
        let register = json!({ "name": "volume_m3", "address": 0, "function": 3, "type": "u32", "unit": "m3", "min": 0 });
        let form = json!({ "id": id, "name": "水表", "kind": "water_meter", "map": { "registers": [register] } });
        let made = record.post(admin, all, form).await.json();
        assert_eq!(made["id"], id);
    }
    let change = json!({ "maker": "Acme" }).to_string();
    record
        .call(admin, one, "acme-1", (Method::PATCH, JSON, change))
        .await;
    let shown = record.get(admin, one, "acme-1").await.json();
    assert_eq!(shown["maker"], "Acme");
    record.get(admin, "/api/v1/device-models?q=acme", "").await;
    let gone = (Method::DELETE, JSON, String::new());
    record.call(admin, one, "acme-2", gone).await;
}

/// Something that the meter is told, which is never sent here.
async fn commands(record: &mut Record<'_>, device: &str) {
    let (admin, path) = (Who::Admin, "/api/v1/devices/{id}/commands");
    let told = json!({ "method": "read", "params": { "note": MARK } }).to_string();
    let told = (Method::POST, JSON, told);
    let told = record.call(admin, path, device, told).await.json();
    let command = told["id"].as_str().unwrap();
    for (path, id) in [(path, device), ("/api/v1/commands/{id}", command)] {
        let answer = record.get(admin, path, id).await;
        assert!(answer.text.contains(command), "{answer:?}");
    }
}

/// A meter that was replaced by one with the mark, after a slip that was taken back.
async fn replacements(record: &mut Record<'_>, device: &str) {
    let (admin, path) = (Who::Admin, "/api/v1/devices/{id}/replacements");
    let form = |serial: &str| {
        let form = json!({ "serial": serial, "last_register": 5000, "first_register": 0 });
        (Method::POST, JSON, form.to_string())
    };
    let slip = record.call(admin, path, device, form("W-0")).await.json();
    let (slip, gone) = (slip["id"].as_str().unwrap(), Method::DELETE);
    let gone = (gone, JSON, String::new());
    record
        .call(admin, "/api/v1/replacements/{id}", slip, gone)
        .await;
    let made = record.call(admin, path, device, form(MARK)).await.json();
    let listed = record.get(admin, path, device).await;
    let made = made["id"].as_str().unwrap();
    assert!(
        listed.text.contains(made) && listed.text.contains(MARK),
        "{listed:?}"
    );
}

/// What nobody in particular may do: found a company, log in, go on.
async fn doors(record: &mut Record<'_>) {
    let (nobody, unit) = (Who::Nobody, record.house.unit);
    let founding = json!({ "company": "新家物业", "slug": "xinjia", "admin_name": "周敏", "login": "zhou@xinjia", "password": PASSWORD });
    record.post(nobody, "/api/v1/signup", founding).await;
    let login = json!({ "tenant": "anju", "login": "admin@anju", "password": PASSWORD });
    let tokens = record
        .post(nobody, "/api/v1/auth/token", login)
        .await
        .json();
    let token = json!({ "refresh_token": tokens["refresh_token"] });
    record.post(nobody, "/api/v1/auth/refresh", token).await;

    let login = json!({ "login": format!("{unit}@marked"), "password": PASSWORD });
    record.post(nobody, "/api/v1/auth/token", login).await;
    let sessions = record.get(Who::Owner, "/api/v1/sessions", "").await.json();
    let mut others = sessions["items"].as_array().unwrap().iter();
    let other = others.find(|each| each["current"] == false).unwrap();
    let ending = (Method::DELETE, JSON, String::new());
    record
        .call(
            Who::Owner,
            "/api/v1/sessions/{id}",
            other["id"].as_str().unwrap(),
            ending,
        )
        .await;
}

/// A device that comes and goes.
async fn devices(record: &mut Record<'_>) {
    let (admin, house) = (Who::Admin, record.house);
    let (estate, unit) = (house.estate, house.unit);
    let device = json!({ "name": "表", "key": "w-1", "kind": "water_meter", "estate": estate, "unit": unit, "transport": { "mqtt": {} } });
    let made = record.post(admin, "/api/v1/devices", device).await.json();
    let made = made["id"].as_str().unwrap();
    for method in [Method::POST, Method::DELETE] {
        let call = (method, JSON, String::new());
        record
            .call(admin, "/api/v1/devices/{id}/credentials", made, call)
            .await;
    }
    for change in [
        json!({ "unit": null, "name": "总表" }),
        json!({ "retired": true }),
    ] {
        let change = (Method::PATCH, JSON, change.to_string());
        record
            .call(admin, "/api/v1/devices/{id}", made, change)
            .await;
    }
}

/// Regions and phases, and what lies in them.
async fn divisions(record: &mut Record<'_>, estate: &str, building: &str) {
    let admin = Who::Admin;
    // Without the mark: whoever sends the same founds a region of their own.
    let region = json!({ "name": "南区" });
    let region = record.post(admin, "/api/v1/regions", region).await.json();
    let phase = json!({ "estate": estate, "name": format!("{MARK}期") });
    let phase = record.post(admin, "/api/v1/phases", phase).await.json();
    let (region, phase) = (
        region["id"].as_str().unwrap(),
        phase["id"].as_str().unwrap(),
    );
    for (path, id, body) in [
        (
            "regions/{id}",
            region,
            json!({ "name": format!("{MARK}大区") }),
        ),
        (
            "phases/{id}",
            phase,
            json!({ "name": format!("{MARK}一期") }),
        ),
        ("estates/{id}", estate, json!({ "region": region })),
        ("buildings/{id}", building, json!({ "phase": phase })),
    ] {
        let patch = (Method::PATCH, JSON, body.to_string());
        record
            .call(admin, &format!("/api/v1/{path}"), id, patch)
            .await;
    }
    // Empty ones go.
    for (list, body) in [
        ("regions", json!({ "name": "空区" })),
        ("phases", json!({ "estate": estate, "name": "空期" })),
    ] {
        let path = format!("/api/v1/{list}");
        let empty = record.post(admin, &path, body).await.json();
        let gone = (Method::DELETE, JSON, String::new());
        record
            .call(
                admin,
                &format!("{path}/{{id}}"),
                empty["id"].as_str().unwrap(),
                gone,
            )
            .await;
    }
    for list in ["regions", "phases"] {
        let listed = record.get(admin, &format!("/api/v1/{list}"), "").await;
        assert!(listed.text.contains(MARK), "{listed:?}");
    }
    record
        .get(admin, "/api/v1/phases?estate={id}", estate)
        .await;
}

async fn places(record: &mut Record<'_>) {
    let (admin, house) = (Who::Admin, record.house);
    let (estate, building) = (house.estate.to_string(), house.building.to_string());
    let unit = house.unit.to_string();
    divisions(record, &estate, &building).await;
    for (path, body) in [
        ("estates", json!({ "name": "二期" })),
        ("buildings", json!({ "estate": estate, "name": "9号楼" })),
        ("units", json!({ "building": building, "unit": "901" })),
        (
            "buildings/bulk",
            json!({ "estate": estate, "name": "5号楼", "floors": 2, "doors": 2 }),
        ),
    ] {
        record.post(admin, &format!("/api/v1/{path}"), body).await;
    }
    let patch = json!({ "occupancy": "decorating" }).to_string();
    let patch = (Method::PATCH, JSON, patch);
    record.call(admin, "/api/v1/units/{id}", &unit, patch).await;
}

/// Who lives somewhere: written down, looked at, changed, taken off and found.
async fn people(record: &mut Record<'_>) {
    let (admin, house) = (Who::Admin, record.house);
    let unit = house.unit.to_string();
    let resident = json!({ "unit": unit, "name": "某人", "relation": "family" });
    record.post(admin, "/api/v1/residents", resident).await;
    let resident = house.resident.to_string();
    let bare = (Method::POST, JSON, String::new());
    record
        .call(admin, "/api/v1/residents/{id}/reveal", &resident, bare)
        .await;
    let change = (
        Method::PATCH,
        JSON,
        json!({ "id_number": "E12345678" }).to_string(),
    );
    record
        .call(admin, "/api/v1/residents/{id}", &resident, change)
        .await;
    let leaving = json!({ "unit": unit, "name": "某客", "relation": "renter" });
    let leaving = record
        .post(admin, "/api/v1/residents", leaving)
        .await
        .json();
    let leaving = leaving["id"].as_str().unwrap().to_owned();
    let gone = (Method::DELETE, JSON, String::new());
    record
        .call(admin, "/api/v1/residents/{id}", &leaving, gone)
        .await;
    let page = record.get(admin, "/api/v1/residents?search=王", "").await;
    assert!(page.text.contains("res_"), "{page:?}");
    for (q, kind) in [("王", "resident"), ("901", "unit")] {
        let path = format!("/api/v1/search?q={q}");
        let page = record.get(admin, &path, "").await.json();
        assert_eq!(page["items"][0]["kind"], kind, "{page}");
    }
}

pub(crate) async fn record(record: &mut Record<'_>) {
    let house = record.house;
    let (estate, building, unit) = (
        house.estate.to_string(),
        house.building.to_string(),
        house.unit.to_string(),
    );
    let (admin, device) = (Who::Admin, house.meter.id.to_string());

    for list in [
        "estates",
        "buildings",
        "units",
        "residents",
        "devices",
        "audit",
    ] {
        record.get(admin, &format!("/api/v1/{list}"), "").await;
    }
    for (narrowed, id) in [
        ("buildings?estate={id}", &estate),
        ("units?estate={id}", &estate),
        ("units?building={id}", &building),
        ("residents?unit={id}", &unit),
        ("devices?estate={id}", &estate),
        ("devices/{id}", &device),
        ("devices/{id}/points", &device),
        ("audit?subject={id}", &unit),
        ("audit?subject={id}", &device),
    ] {
        let answer = record.get(admin, &format!("/api/v1/{narrowed}"), id).await;
        assert!(
            answer.text.contains('_'),
            "an empty answer proves nothing: {answer:?}"
        );
    }
    commands(record, &device).await;
    replacements(record, &device).await;
    for name in ["note", "energy_kwh"] {
        let point = house.point(name).await.to_string();
        let answer = record
            .get(admin, "/api/v1/points/{id}/readings", &point)
            .await;
        assert_eq!(answer.json()["items"].as_array().unwrap().len(), 1);
    }
    let said = json!({ "ts": at(3), "values": { "energy_kwh": 814 } });
    record.post(Who::Meter, "/api/v1/telemetry", said).await;

    places(record).await;
    people(record).await;
    record.get(Who::Owner, "/api/v1/me/export", "").await;
    devices(record).await;
    let import = (Method::POST, PARTS, roster(&estate));
    let import = record
        .call(admin, "/api/v1/imports/roster", "", import)
        .await
        .json();
    record
        .get(
            admin,
            "/api/v1/imports/{id}",
            import["import"].as_str().unwrap(),
        )
        .await;
    record.post(admin, "/api/v1/live/ticket", json!({})).await;
    record.get(admin, "/api/v1/tenant", "").await;
    let patch = (
        Method::PATCH,
        JSON,
        json!({ "currency": "CNY" }).to_string(),
    );
    record.call(admin, "/api/v1/tenant", "", patch).await;
    staff(record).await;
    keys(record).await;
    models(record).await;

    doors(record).await;

    complete("REST operation", found(), record.recorded(" /api/"));
}
