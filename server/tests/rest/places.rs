//! Whole buildings, and units that are changed.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::town::{Answer, Town};

const BULK: &str = "/api/v1/buildings/bulk";

fn tower(town: &Town) -> Value {
    json!({
        "estate": town.estate, "name": "5号楼", "entrances": ["1单元", "2单元"], "floors": 33,
        "doors": 4, "skipped_floors": ["4=3A", "13=12A", "14=12B"], "skipped_doors": [],
        "areas_m2": [89.37, "102.5", 102.5, 89.37], "occupancy": "unsold",
    })
}

async fn patch(town: &Town, token: &str, body: &Value) -> Answer {
    let path = format!("/api/v1/units/{}", town.unit);
    town.call(Method::PATCH, &path, token, Some(body)).await
}

#[tokio::test]
async fn a_building_comes_whole_or_not_at_all() {
    let town = Town::new().await;
    let made = town.post(BULK, &town.a, &tower(&town)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let made = made.json();
    assert_eq!(
        (&made["name"], &made["units"], &made["estate"]),
        (&json!("5号楼"), &json!(264), &json!(town.estate))
    );
    let id = made["id"].as_str().unwrap();
    let units = format!("/api/v1/units?building={id}&limit=200");
    let units = town.get(&units, &town.a).await.json();
    let unit = &units["items"][13];
    assert_eq!(unit["unit"], "3A02");
    assert_eq!(
        (&unit["floor_label"], &unit["true_floor"]),
        (&json!("3A"), &json!(4))
    );
    assert_eq!(
        (&unit["area_m2"], &unit["occupancy"]),
        (&json!(102.5), &json!("unsold"))
    );

    let again = town.post(BULK, &town.a, &tower(&town)).await;
    assert_eq!(again.refused(409, "conflict"), ["name"]);
    town.post(BULK, &town.b, &tower(&town))
        .await
        .refused(404, "not_found");
    for (body, fields) in [
        (json!({}), vec!["doors", "estate", "floors", "name"]),
        (
            json!({ "estate": town.estate, "name": "x", "floors": 0, "doors": 2.5 }),
            vec!["doors", "floors"],
        ),
        (
            json!({ "estate": town.estate, "name": "x", "floors": 2, "doors": 2, "entrances": "1单元" }),
            vec!["entrances"],
        ),
        (
            json!({ "estate": town.estate, "name": "x", "floors": 9, "doors": 2, "skipped_floors": ["4=5", 4] }),
            vec!["skipped_floors"],
        ),
        (
            json!({ "estate": town.estate, "name": "x", "floors": 9, "doors": 2, "skipped_floors": ["4=5,6"] }),
            vec!["skipped_floors"],
        ),
        (
            json!({ "estate": town.estate, "name": "x", "floors": 150, "doors": 60 }),
            vec!["floors"],
        ),
    ] {
        let answer = town.post(BULK, &town.a, &body).await;
        assert_eq!(answer.refused(422, "invalid"), fields, "{body}");
    }
    let buildings = town.get("/api/v1/buildings", &town.a).await.json();
    assert_eq!(
        buildings["items"].as_array().unwrap().len(),
        2,
        "{buildings}"
    );
}

#[tokio::test]
async fn a_unit_is_changed_in_parts() {
    let town = Town::new().await;
    let body = json!({ "floor_label": "12", "true_floor": 12, "inner_area_m2": 71.5, "area_m2": 89.37,
                       "use": "shop", "occupancy": "let", "fee_start": "2026-12-01" });
    let changed = patch(&town, &town.a, &body).await;
    assert_eq!(changed.status, StatusCode::OK, "{changed:?}");
    let changed = changed.json();
    for (field, value) in body.as_object().unwrap() {
        assert_eq!(&changed[field], value, "{field}");
    }
    let emptied = json!({ "fee_start": null, "occupancy": null });
    let emptied = patch(&town, &town.a, &emptied).await.json();
    assert_eq!(
        (&emptied["fee_start"], &emptied["occupancy"]),
        (&json!(null), &json!(null))
    );
    assert_eq!(emptied["true_floor"], 12);

    patch(&town, &town.b, &body).await.refused(404, "not_found");
    for (body, fields) in [
        (json!({ "unit": null }), vec!["unit"]),
        (
            json!({ "use": null, "true_floor": 1.5 }),
            vec!["true_floor", "use"],
        ),
        (json!({ "inner_area_m2": 89.38 }), vec!["inner_area_m2"]),
        (json!({ "occupancy": ["let"] }), vec!["occupancy"]),
        (json!({ "fee_start": "2026-02-30" }), vec!["fee_start"]),
    ] {
        let answer = patch(&town, &town.a, &body).await;
        assert_eq!(answer.refused(422, "invalid"), fields, "{body}");
    }
    let after = town.get("/api/v1/units", &town.a).await.json();
    assert_eq!(after["items"][0], emptied);
}
