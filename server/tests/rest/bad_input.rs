//! Whatever is sent, the answer is a refusal in one shape, and never our own failure.

use reqwest::Method;
use serde_json::{Value, json};

use crate::town::{Answer, Town};

const POSTS: &[&str] = &[
    "signup",
    "auth/token",
    "auth/refresh",
    "estates",
    "buildings",
    "buildings/bulk",
    "units",
    "residents",
    "imports/roster",
    "devices",
    "keys",
    "live/ticket",
];

#[tokio::test]
async fn each_flawed_field_is_named() {
    let town = Town::new().await;
    for (path, body, fields) in [
        ("estates", json!({}), vec!["name"]),
        ("estates", json!({ "name": "  " }), vec!["name"]),
        ("estates", json!({ "name": 7 }), vec!["name"]),
        ("estates", json!({ "name": "a\u{0}b" }), vec!["name"]),
        (
            "buildings",
            json!({ "estate": "nonsense" }),
            vec!["estate", "name"],
        ),
        (
            "units",
            json!({ "building": town.estate, "unit": [] }),
            vec!["building", "unit"],
        ),
        (
            "units",
            json!({ "building": town.building, "unit": "1", "area_m2": 89.375 }),
            vec!["area_m2"],
        ),
        (
            "units",
            json!({ "building": town.building, "unit": "1", "area_m2": -1 }),
            vec!["area_m2"],
        ),
        (
            "units",
            json!({ "building": town.building, "unit": "1", "area_m2": {} }),
            vec!["area_m2"],
        ),
        (
            "residents",
            json!({ "unit": town.unit, "name": "x", "relation": "cousin" }),
            vec!["relation"],
        ),
        (
            "residents",
            json!({ "unit": town.unit, "name": "x", "phone": "123", "relation": "owner" }),
            vec!["phone"],
        ),
        (
            "devices",
            json!({ "kind": "toaster" }),
            vec!["estate", "kind", "name", "transport"],
        ),
        (
            "devices",
            json!({ "name": "x", "kind": "sensor", "estate": town.estate, "transport": { "pigeon": {} } }),
            vec!["transport"],
        ),
        (
            "devices",
            json!({ "name": "x", "kind": "sensor", "estate": town.estate, "transport": { "mqtt": {} } }),
            vec!["points"],
        ),
        (
            "devices",
            json!({ "name": "x", "key": "No!", "kind": "door", "estate": town.estate, "transport": { "mqtt": {} } }),
            vec!["key"],
        ),
    ] {
        let answer = town.post(&format!("/api/v1/{path}"), &town.a, &body).await;
        assert_eq!(answer.refused(422, "invalid"), fields, "{path} {body}");
    }
}

#[tokio::test]
async fn bad_queries_and_paths() {
    let town = Town::new().await;
    for (path, fields) in [
        ("estates?limit=many", vec!["limit"]),
        ("estates?limit=0", vec!["limit"]),
        ("estates?cursor=%00%ff", vec!["cursor"]),
        ("units?estate=est_1&building=x", vec!["building", "estate"]),
        (
            "units?sort=colour&state=dead&use=castle",
            vec!["sort", "state", "use"],
        ),
        ("units?sort=-area&cursor=unt_1", vec!["cursor"]),
        ("devices?kind=toaster&state=dead", vec!["kind", "state"]),
        ("devices?sort=--seen", vec!["sort"]),
        (
            "audit?deed=theft&person=per_1&subject=planet&from=yesterday&to=2026-02-30",
            vec!["deed", "from", "person", "subject", "to"],
        ),
        ("audit?from=2026-11-22&to=2026-11-21", vec!["to"]),
        ("audit?cursor=est_1", vec!["cursor"]),
    ] {
        let answer = town.get(&format!("/api/v1/{path}"), &town.a).await;
        assert_eq!(answer.refused(422, "invalid"), fields, "{path}");
    }
    assert!(
        town.get("/api/v1/estates?limit=100000&unknown=1", &town.a)
            .await
            .status
            .is_success()
    );

    let device = json!({ "name": "x", "kind": "gas_meter", "estate": town.estate, "transport": { "mqtt": {} } });
    let device = town.made("devices", device).await;
    let points = town
        .get(&format!("/api/v1/devices/{device}/points"), &town.a)
        .await
        .json();
    let point = points["items"][0]["id"].as_str().unwrap();
    for (query, fields) in [
        ("step=2h", vec!["step"]),
        ("from=yesterday&to=2026-13-01", vec!["from", "to"]),
        (
            "from=2026-11-22T01:00:00Z&to=2026-11-22T00:00:00Z",
            vec!["to"],
        ),
    ] {
        let answer = town
            .get(&format!("/api/v1/points/{point}/readings?{query}"), &town.a)
            .await;
        assert_eq!(answer.refused(422, "invalid"), fields, "{query}");
    }
    for path in [
        "devices/x",
        "devices/%ff",
        "devices/dev_1/points",
        "points/x/readings",
        "imports/x",
        "nothing",
        "../v1",
    ] {
        town.get(&format!("/api/v1/{path}"), &town.a)
            .await
            .refused(404, "not_found");
    }
    for path in ["/api/v1", "/api/v2/estates", "/api", "/api/v1/estates/"] {
        town.get(path, &town.a).await.refused(404, "not_found");
    }
    let deleted = town
        .call(Method::DELETE, "/api/v1/estates", &town.a, None)
        .await;
    deleted.refused(405, "method_not_allowed");
    assert!(deleted.header("allow").contains("POST"), "{deleted:?}");
}

async fn send(town: &Town, path: &str, kind: &str, body: Vec<u8>) -> Answer {
    let request = town
        .ask(Method::POST, &format!("/api/v1/{path}"))
        .bearer_auth(&town.a);
    Answer::of(
        request
            .header("content-type", kind)
            .body(body)
            .send()
            .await
            .unwrap(),
    )
    .await
}

#[tokio::test]
async fn bodies_that_are_not_what_they_say() {
    let town = Town::new().await;
    send(&town, "estates", "application/json", b"{\"name\":".to_vec())
        .await
        .refused(400, "invalid");
    send(&town, "estates", "application/json", Vec::new())
        .await
        .refused(400, "invalid");
    send(&town, "estates", "application/json", b"[\"x\"]".to_vec())
        .await
        .refused(422, "invalid");
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ] {
        send(&town, "estates", kind, b"name=x".to_vec())
            .await
            .refused(415, "unsupported_media_type");
        send(&town, "signup", kind, b"slug=x".to_vec())
            .await
            .refused(415, "unsupported_media_type");
    }
    send(&town, "imports/roster", "application/json", b"{}".to_vec())
        .await
        .refused(415, "unsupported_media_type");
    send(
        &town,
        "imports/roster",
        "multipart/form-data",
        b"x".to_vec(),
    )
    .await
    .refused(400, "invalid");
    let truncated = b"--x\r\nContent-Disposition: form-data; name=\"estate\"\r\n\r\nes".to_vec();
    send(
        &town,
        "imports/roster",
        "multipart/form-data; boundary=x",
        truncated,
    )
    .await
    .refused(400, "invalid");

    let large = vec![b' '; (2 << 20) + 1];
    send(&town, "estates", "application/json", large.clone())
        .await
        .refused(413, "too_large");
    // Without a stated length it is found out while reading.
    let status = chunked(&town, &large).await;
    assert!(status.starts_with("HTTP/1.1 413"), "{status}");
}

/// Sends a body in chunks, which says nothing of its length, and gives the status line.
async fn chunked(town: &Town, body: &[u8]) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let host = town.base.trim_start_matches("http://");
    let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
    let head = format!(
        "POST /api/v1/estates HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
        town.a
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    for chunk in body.chunks(1 << 16) {
        let sent = [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat();
        // The server may have answered and gone before it has read all.
        if stream.write_all(&sent).await.is_err() {
            break;
        }
    }
    let _ = stream.write_all(b"0\r\n\r\n").await;
    let mut answer = vec![0; 100];
    let read = stream.read(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer[..read])
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned()
}

#[tokio::test]
async fn garbage_is_never_our_failure() {
    let town = Town::new().await;
    let deep = format!("{}1{}", "[".repeat(5000), "]".repeat(5000));
    let long = "长".repeat(100_000);
    let mut bodies: Vec<Vec<u8>> = vec![
        b"null".to_vec(),
        b"5".to_vec(),
        vec![0xff, 0xfe, 0x00],
        deep.clone().into_bytes(),
        format!("{{\"name\":{deep}}}").into_bytes(),
        b"{\"name\":1e999}".to_vec(),
        b"{\"name\":\"\\ud800\"}".to_vec(),
    ];
    let values = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1e300),
        json!(""),
        json!("\u{0}"),
        json!("\u{202e}'; --"),
        json!(long),
        json!([]),
        json!({}),
        json!("est_7ZZZZZZZZZZZZZZZZZZZZZZZZZ"),
        json!(town.unit),
    ];
    for value in &values {
        let names = [
            "company",
            "slug",
            "admin_name",
            "login",
            "password",
            "tenant",
            "refresh_token",
            "name",
            "estate",
            "building",
            "entrance",
            "unit",
            "area_m2",
            "phone",
            "relation",
            "key",
            "kind",
            "place",
            "transport",
            "points",
        ];
        let all: serde_json::Map<String, Value> = names
            .iter()
            .map(|name| ((*name).to_owned(), value.clone()))
            .collect();
        bodies.push(serde_json::to_vec(&all).unwrap());
        // One bad field among good ones reaches deeper.
        for name in names {
            let mut body = json!({
                "company": "新家物业", "slug": "xinjia", "admin_name": "周敏", "login": "zhou@xinjia", "password": "short",
                "tenant": "xinjia", "refresh_token": "x", "name": "n", "estate": town.estate, "building": town.building,
                "unit": town.unit, "relation": "owner", "kind": "door", "transport": { "mqtt": {} },
            });
            body[name] = value.clone();
            bodies.push(serde_json::to_vec(&body).unwrap());
        }
    }
    for path in POSTS {
        for body in &bodies {
            let answer = send(&town, path, "application/json", body.clone()).await;
            assert!(
                answer.status.as_u16() < 500,
                "{path} {}: {answer:?}",
                String::from_utf8_lossy(&body[..body.len().min(300)])
            );
            if !answer.status.is_success() {
                answer.refused(
                    answer.status.as_u16(),
                    answer.json()["error"]["code"].as_str().unwrap(),
                );
            }
        }
    }
}

#[tokio::test]
async fn words_come_in_the_readers_language() {
    let town = Town::new().await;
    for (language, tag, message, field) in [
        (
            "en-GB, zh;q=0.5",
            "en",
            "The request is not valid; see the fields.",
            "is required",
        ),
        ("zh-CN", "zh-CN", "请求内容有误，请检查所列字段。", "必填"),
    ] {
        let request = town
            .ask(Method::POST, "/api/v1/estates")
            .bearer_auth(&town.a);
        let request = request.header("accept-language", language).json(&json!({}));
        let answer = Answer::of(request.send().await.unwrap()).await;
        assert_eq!(answer.refused(422, "invalid"), ["name"]);
        let error = answer.json()["error"].clone();
        assert_eq!(
            (&error["message"], &error["fields"]["name"]),
            (&json!(message), &json!(field))
        );
        assert_eq!(answer.header("content-language"), tag);
    }
}
