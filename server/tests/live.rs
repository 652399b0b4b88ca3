//! The live websocket over real sockets.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "these are tests, helpers included"
)]

mod current;

use std::{collections::HashMap, time::Duration};

use backend::{identity, telemetry::Arrived};
use current::{Client, PATIENCE, Town, at, calm, cookie, household, ts};
use domain::{
    DeviceId, EstateId, HouseholdId, PointId,
    devices::DeviceKind,
    telemetry::{Newest, Quality, Value as Reading},
};
use futures_util::SinkExt;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use server::live::{Hub, Pace};
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

#[tokio::test]
async fn a_frame_is_as_the_contract_says() {
    let town = Town::new().await;
    town.say(
        &town.meter,
        &json!({ "ts": at(0), "values": { "energy_kwh": 1234.5 } }),
    )
    .await
    .unwrap();
    let mut page = town.open(&town.admin).await;
    page.sub(1, &town.estate_topic()).await;
    let point = town.point(&town.meter, "energy_kwh").await;
    let value = json!({
        "point": point, "device": town.meter.device, "name": "energy_kwh",
        "ts": "2026-11-22T06:30:00Z", "value": 1234.5, "quality": "good",
    });
    assert_eq!(
        page.next().await,
        json!({ "id": 1, "seq": 0, "snapshot": [value] })
    );

    town.say(
        &town.sensor,
        &json!({ "ts": at(1), "values": { "on": true, "label": "东门" } }),
    )
    .await
    .unwrap();
    let frame = page.next().await;
    assert_eq!((&frame["id"], &frame["seq"]), (&json!(1), &json!(1)));
    let values: Vec<_> = frame["delta"]
        .as_array()
        .unwrap()
        .iter()
        .map(|value| &value["value"])
        .collect();
    assert_eq!(values.len(), 2, "one message, one frame: {frame}");
    assert!(values.contains(&&json!(true)) && values.contains(&&json!("东门")));

    page.send(json!({ "op": "unsub", "id": 1 })).await;
    page.quiet().await;
    town.say(
        &town.meter,
        &json!({ "ts": at(2), "values": { "energy_kwh": 1235 } }),
    )
    .await
    .unwrap();
    page.quiet().await;
    page.sub(7, &format!("device/{}/points", town.meter.device))
        .await;
    assert_eq!(page.next().await["snapshot"].as_array().unwrap().len(), 1);
}

/// Reads on, holding each frame to the order, until `last` has come.
async fn follow(page: &mut Client, id: u32, last: Timestamp) {
    let (mut seq, mut newest) = (0_u64, HashMap::<String, Timestamp>::new());
    loop {
        let frame = page.next().await;
        assert_eq!(frame["id"], id, "{frame}");
        assert_eq!(frame["seq"], seq, "a gap");
        let values = if seq == 0 {
            &frame["snapshot"]
        } else {
            &frame["delta"]
        };
        for value in values.as_array().unwrap() {
            let before = newest.insert(value["point"].as_str().unwrap().to_owned(), ts(value));
            assert!(
                before.is_none_or(|before| before < ts(value)),
                "a step back or a repetition"
            );
        }
        seq += 1;
        if newest.len() == 2 && newest.values().all(|ts| *ts == last) {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_gap_and_no_step_back_while_values_pour_in() {
    const LAST: i64 = 300;
    let town = Town::paced(
        Pace {
            window: Duration::from_millis(1),
            ..Pace::default()
        },
        Hub::default(),
    )
    .await;
    let pouring = async {
        for second in 1..=LAST {
            // Late ones among them, which must not be seen.
            for late in [0, 7] {
                let ts = at((second - late).max(0));
                let values = json!({ "energy_kwh": second, "power_w": 1 });
                town.say(&town.meter, &json!({ "ts": ts, "values": values }))
                    .await
                    .unwrap();
            }
        }
    };
    let last = Timestamp::from_millisecond(at(LAST)).unwrap();
    let watching = async {
        // They all come in the midst of it, each at another moment.
        let pages = (0..12).map(async |turn| {
            sleep(Duration::from_millis(turn * 37)).await;
            let mut page = town.open(&town.admin).await;
            page.sub(5, &town.estate_topic()).await;
            follow(&mut page, 5, last).await;
        });
        futures_util::future::join_all(pages).await;
    };
    timeout(PATIENCE * 2, async { tokio::join!(pouring, watching) })
        .await
        .unwrap();
}

fn arrived(estate: EstateId, point: u128, second: i64) -> Arrived {
    Arrived {
        estate,
        newest: Newest {
            point: PointId(Uuid::from_u128(point)),
            device: DeviceId(Uuid::from_u128(9)),
            name: "power_w".to_owned(),
            ts: testkit::noon() + SignedDuration::from_secs(second),
            value: Reading::Text("x".repeat(200)),
            quality: Quality::Good,
        },
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_slow_reader_gets_the_newest_values_and_no_backlog() {
    const ROUNDS: i64 = 1_000;
    // Slow, and not so slow as to be dropped.
    let town = Town::paced(
        Pace {
            patience: PATIENCE * 2,
            ..calm()
        },
        Hub::default(),
    )
    .await;
    let mut page = town.open(&town.admin).await;
    page.sub(1, &town.estate_topic()).await;
    page.next().await;
    let tenant = town.admin.cx.tenant.id;
    // 80 MB of values, and nobody reads.
    for round in 1..=ROUNDS {
        let batch: Vec<_> = (0..200)
            .map(|point| arrived(town.estate, point, round))
            .collect();
        town.hub.publish(tenant, &batch);
        if round % 100 == 0 {
            sleep(Duration::from_millis(10)).await;
        }
    }
    let (mut newest, mut values, mut seq) = (HashMap::new(), 0, 1);
    let last = testkit::noon() + SignedDuration::from_secs(ROUNDS);
    while newest.len() < 200 || newest.values().any(|ts| *ts != last) {
        let frame = page.next().await;
        assert_eq!(frame["seq"], seq, "{}", frame["seq"]);
        seq += 1;
        for value in frame["delta"].as_array().unwrap() {
            values += 1;
            newest.insert(value["point"].to_string(), ts(value));
        }
    }
    assert!(values < 200 * ROUNDS / 10, "{values} values are a backlog");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_who_takes_nothing_is_dropped() {
    let town = Town::paced(
        Pace {
            patience: Duration::from_millis(300),
            ..calm()
        },
        Hub::default(),
    )
    .await;
    let mut page = town.open(&town.admin).await;
    page.sub(1, &town.estate_topic()).await;
    page.next().await;
    let deadline = Instant::now() + PATIENCE;
    let mut second = 0;
    while town.hub.listeners() > 0 {
        assert!(Instant::now() < deadline, "still there");
        second += 1;
        let batch: Vec<_> = (0..2_000)
            .map(|point| arrived(town.estate, point, second))
            .collect();
        town.hub.publish(town.admin.cx.tenant.id, &batch);
        sleep(Duration::from_millis(25)).await;
    }
}

#[tokio::test]
async fn too_many_points_at_once_are_a_resync() {
    let times = Pace {
        window: Duration::from_millis(300),
        ..Pace::default()
    };
    let town = Town::paced(times, Hub::bounded(50)).await;
    let mut page = town.open(&town.admin).await;
    page.sub(1, &town.estate_topic()).await;
    page.next().await;
    let tenant = town.admin.cx.tenant.id;
    town.hub.publish(tenant, &[arrived(town.estate, 0, 1)]);
    assert_eq!(page.next().await["seq"], 1);
    let many: Vec<_> = (0..51)
        .map(|point| arrived(town.estate, point, 2))
        .collect();
    town.hub.publish(tenant, &many);
    assert_eq!(page.next().await, json!({ "id": 1, "resync": true }));
    assert_eq!(town.hub.listeners(), 0);
    page.sub(1, &town.estate_topic()).await;
    assert_eq!(page.next().await["seq"], 0);
    town.hub.publish(tenant, &many[..50]);
    assert_eq!(page.next().await["seq"], 1);
}

#[tokio::test]
async fn many_values_share_a_frame() {
    let times = Pace {
        window: Duration::from_millis(250),
        ..Pace::default()
    };
    let town = Town::paced(times, Hub::default()).await;
    let mut page = town.open(&town.admin).await;
    page.sub(1, &town.estate_topic()).await;
    page.next().await;
    let started = Instant::now();
    for second in 0..100 {
        town.hub.publish(
            town.admin.cx.tenant.id,
            &[arrived(
                town.estate,
                second % 10,
                i64::try_from(second).unwrap(),
            )],
        );
        sleep(Duration::from_millis(5)).await;
    }
    let most = started.elapsed().as_millis() / 250 + 2;
    let mut frames = 0;
    while let Some(Ok(_)) = page.next_within(Duration::from_millis(600)).await {
        frames += 1;
    }
    assert!(
        (2..=most).contains(&frames),
        "{frames} frames, at most {most}"
    );
}

#[tokio::test]
async fn only_what_is_ones_own() {
    let town = Town::new().await;
    let neighbour = town.neighbour("1203").await;
    let estate = town.estate_topic();
    let home = format!("home/{}/points", household(&town.owner));
    let device = format!("device/{}/points", town.meter.device);

    let mut admin = town.open(&town.admin).await;
    for topic in [
        "",
        "points",
        "estate",
        "#",
        "+/#",
        "estate/+/points",
        &format!("estate/{}/alarms", town.estate),
        &format!("estate/{}/points", town.site.new_id::<EstateId>()),
        &format!("device/{}/points", town.site.new_id::<DeviceId>()),
    ] {
        assert_eq!(admin.refusal(1, topic).await, "not_found", "{topic}");
    }
    assert_eq!(admin.refusal(2, &home).await, "forbidden");

    let mut rival = town.open(&town.rival).await;
    for topic in [&estate, &device] {
        assert_eq!(rival.refusal(1, topic).await, "not_found", "{topic}");
    }
    assert_eq!(rival.refusal(1, &home).await, "forbidden");

    let mut next_door = town.open(&neighbour).await;
    for (topic, code) in [
        (&estate, "forbidden"),
        (&device, "forbidden"),
        (&home, "not_found"),
    ] {
        assert_eq!(next_door.refusal(1, topic).await, code, "{topic}");
    }
    let nowhere = format!("home/{}/points", town.site.new_id::<HouseholdId>());
    assert_eq!(next_door.refusal(1, &nowhere).await, "not_found");
    next_door
        .sub(2, &format!("home/{}/points", household(&neighbour)))
        .await;
    assert_eq!(
        next_door.next().await,
        json!({ "id": 2, "seq": 0, "snapshot": [] })
    );

    town.say(
        &town.meter,
        &json!({ "ts": at(0), "values": { "energy_kwh": 1 } }),
    )
    .await
    .unwrap();
    let mut owner = town.open(&town.owner).await;
    owner.sub(1, &home).await;
    assert_eq!(owner.next().await["snapshot"].as_array().unwrap().len(), 1);
    town.say(
        &town.sensor,
        &json!({ "ts": at(1), "values": { "flow": 1 } }),
    )
    .await
    .unwrap();
    owner.quiet().await;
    town.say(
        &town.meter,
        &json!({ "ts": at(1), "values": { "energy_kwh": 2 } }),
    )
    .await
    .unwrap();
    let frame = owner.next().await;
    assert_eq!(
        frame["delta"][0]["device"],
        json!(town.meter.device),
        "{frame}"
    );
    next_door.quiet().await;
    rival.quiet().await;
    assert_eq!(
        town.hub.listeners(),
        1,
        "only the owner listens, to the one point that has a value"
    );
}

#[tokio::test]
async fn a_home_follows_its_meters() {
    let times = Pace {
        recheck: Duration::from_millis(200),
        ..calm()
    };
    let town = Town::paced(times, Hub::default()).await;
    let mut owner = town.open(&town.owner).await;
    owner
        .sub(1, &format!("home/{}/points", household(&town.owner)))
        .await;
    assert_eq!(owner.next().await["snapshot"], json!([]));
    let water = town.register(Some(town.unit), DeviceKind::WaterMeter).await;
    town.say(
        &water,
        &json!({ "ts": at(1), "values": { "volume_m3": 1 } }),
    )
    .await
    .unwrap();
    let frame = owner.next().await;
    assert_eq!(
        (&frame["seq"], &frame["delta"][0]["value"]),
        (&json!(1), &json!(1.0))
    );
    town.say(
        &water,
        &json!({ "ts": at(2), "values": { "volume_m3": 2 } }),
    )
    .await
    .unwrap();
    let frame = owner.next().await;
    assert_eq!(
        (&frame["seq"], &frame["delta"][0]["value"]),
        (&json!(2), &json!(2.0))
    );
}

#[tokio::test]
async fn who_may_open_one() {
    let town = Town::new().await;
    let (cookie, here) = (cookie(&town.admin), town.origin());
    let cookie = ("cookie", cookie.as_str());
    let ticket = async || {
        format!(
            "?ticket={}",
            identity::live_ticket(&town.admin.cx).await.unwrap()
        )
    };

    for elsewhere in [
        "http://evil.example",
        "null",
        "https://127.0.0.1",
        "http://127.0.0.1:1",
    ] {
        let refused = town
            .try_open("", &[cookie, ("origin", elsewhere)])
            .await
            .err();
        assert_eq!(refused, Some(403), "{elsewhere}");
        let refused = town
            .try_open(&ticket().await, &[("origin", elsewhere)])
            .await
            .err();
        assert_eq!(refused, Some(403), "{elsewhere}");
    }
    assert_eq!(
        town.try_open("", &[cookie]).await.err(),
        Some(403),
        "a cookie without an Origin"
    );
    assert_eq!(town.try_open("", &[]).await.err(), Some(403));
    assert_eq!(
        town.try_open("", &[("origin", &here)]).await.err(),
        Some(401)
    );
    let stranger = ("cookie", "linli_session=0000");
    assert_eq!(
        town.try_open("", &[stranger, ("origin", &here)])
            .await
            .err(),
        Some(401)
    );

    let once = ticket().await;
    let mut client = town.try_open(&once, &[]).await.unwrap();
    client.sub(1, &town.estate_topic()).await;
    assert_eq!(client.next().await["seq"], 0);
    assert_eq!(
        town.try_open(&once, &[]).await.err(),
        Some(401),
        "a ticket opens once"
    );
    assert_eq!(
        town.try_open("?ticket=guess", &[cookie, ("origin", &here)])
            .await
            .err(),
        Some(401)
    );

    let mut right = town
        .try_open("?tenant=anju", &[cookie, ("origin", &here)])
        .await
        .unwrap();
    right.quiet().await;
    let mut wrong = town
        .try_open("?tenant=boyuan", &[cookie, ("origin", &here)])
        .await
        .unwrap();
    assert_eq!(wrong.closed().await, 4409);
}

#[tokio::test]
async fn what_a_client_may_send() {
    let town = Town::new().await;
    let mut page = town.open(&town.admin).await;
    for text in [
        "",
        "{",
        "null",
        "[]",
        r#"{"op":"fly"}"#,
        r#"{"op":"sub","id":"x","topic":1}"#,
    ] {
        page.socket.send(Message::text(text)).await.unwrap();
        let frame = page.next().await;
        assert_eq!(frame["error"]["code"], "invalid", "{text}: {frame}");
        assert_eq!(frame.get("id"), None);
    }
    page.send(json!({ "op": "sub", "id": 9 })).await;
    assert_eq!(page.next().await["id"], 9);
    for id in 0..32 {
        page.sub(id, &town.estate_topic()).await;
        assert_eq!(page.next().await["seq"], 0);
    }
    assert_eq!(page.refusal(32, &town.estate_topic()).await, "too_many");
    page.sub(31, &town.estate_topic()).await;
    assert_eq!(
        page.next().await,
        json!({ "id": 31, "seq": 0, "snapshot": [] }),
        "the same one anew"
    );

    page.socket.send(Message::binary(vec![1])).await.unwrap();
    assert_eq!(page.closed().await, 1003);
    let mut page = town.open(&town.admin).await;
    page.socket
        .send(Message::text("x".repeat(20_000)))
        .await
        .unwrap();
    assert_eq!(page.closed().await, 1009);
    let mut page = town.open(&town.admin).await;
    // Far too large: it is cut off while it is still being sent.
    let _ = page.socket.send(Message::text("x".repeat(2_000_000))).await;
    assert_ne!(page.closed().await, 1000);
    let deadline = Instant::now() + PATIENCE;
    while town.hub.listeners() > 0 && Instant::now() < deadline {
        sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(
        town.hub.listeners(),
        0,
        "ended sockets leave nothing behind"
    );
}

#[tokio::test]
async fn an_ended_session_ends_its_sockets() {
    let times = Pace {
        recheck: Duration::from_millis(100),
        ..calm()
    };
    let town = Town::paced(times, Hub::default()).await;
    let mut page = town.open(&town.admin).await;
    page.sub(1, &town.estate_topic()).await;
    page.next().await;
    sleep(Duration::from_millis(300)).await;
    page.quiet().await;
    identity::log_out(&town.admin.cx).await.unwrap();
    assert_eq!(page.closed().await, 4401);
    let again = [
        ("cookie", &*cookie(&town.admin)),
        ("origin", &*town.origin()),
    ];
    assert_eq!(town.try_open("", &again).await.err(), Some(401));
}

/// A pace at which only a notice can end a socket.
fn patient() -> Pace {
    Pace {
        recheck: Duration::from_hours(1),
        ..calm()
    }
}

/// What closes the socket within a second.
async fn closed_soon(page: &mut Client) -> u16 {
    timeout(Duration::from_secs(1), page.closed())
        .await
        .expect("closed within a second")
}

/// By cookie and by ticket, each with a topic open.
async fn both_ways(town: &Town) -> [Client; 2] {
    let ticket = identity::live_ticket(&town.admin.cx).await.unwrap();
    let by_ticket = town.try_open(&format!("?ticket={ticket}"), &[]).await;
    let mut pages = [town.open(&town.admin).await, by_ticket.unwrap()];
    for page in &mut pages {
        page.sub(1, &town.estate_topic()).await;
        assert_eq!(page.next().await["seq"], 0);
    }
    pages
}

#[tokio::test]
async fn an_ended_session_ends_its_sockets_at_once() {
    let town = Town::paced(patient(), Hub::default()).await;
    let mut others = [town.open(&town.owner).await, town.open(&town.rival).await];
    let mut pages = both_ways(&town).await;
    identity::log_out(&town.admin.cx).await.unwrap();
    for page in &mut pages {
        assert_eq!(closed_soon(page).await, 4401);
    }
    for other in &mut others {
        other.quiet().await;
    }
}

#[tokio::test]
async fn a_role_that_is_taken_ends_its_sockets_at_once() {
    let town = Town::paced(patient(), Hub::default()).await;
    let mut rival = town.open(&town.rival).await;
    let mut pages = both_ways(&town).await;
    let admin = town.db.admin();
    sqlx::query("DELETE FROM role_grant WHERE tenant_id = $1")
        .bind(town.admin.cx.tenant.id.0)
        .execute(admin)
        .await
        .unwrap();
    for page in &mut pages {
        assert_eq!(closed_soon(page).await, 1013);
    }
    // Whoever comes back is told by the new rules.
    let mut page = town.open(&town.admin).await;
    assert_eq!(page.refusal(1, &town.estate_topic()).await, "forbidden");
    sqlx::query("UPDATE staff SET left_at = now() WHERE tenant_id = $1")
        .bind(town.admin.cx.tenant.id.0)
        .execute(admin)
        .await
        .unwrap();
    assert_eq!(closed_soon(&mut page).await, 4401);
    rival.quiet().await;
}

#[tokio::test]
async fn who_moves_out_hears_nothing_more() {
    let town = Town::paced(patient(), Hub::default()).await;
    let home = household(&town.owner);
    let mut page = town.open(&town.owner).await;
    page.sub(1, &format!("home/{home}/points")).await;
    page.next().await;
    sqlx::query("UPDATE household SET ended_on = started_on WHERE id = $1")
        .bind(home.0)
        .execute(town.db.admin())
        .await
        .unwrap();
    assert_eq!(closed_soon(&mut page).await, 4401);
}

#[tokio::test]
async fn a_suspended_company_reads_on_over_new_sockets() {
    let town = Town::paced(patient(), Hub::default()).await;
    let (mut owner, mut rival) = (town.open(&town.owner).await, town.open(&town.rival).await);
    let mut pages = both_ways(&town).await;
    sqlx::query("UPDATE tenant SET state = 'suspended' WHERE id = $1")
        .bind(town.admin.cx.tenant.id.0)
        .execute(town.db.admin())
        .await
        .unwrap();
    for page in pages.iter_mut().chain([&mut owner]) {
        assert_eq!(closed_soon(page).await, 1013);
    }
    rival.quiet().await;
    let mut page = town.open(&town.admin).await;
    page.sub(1, &town.estate_topic()).await;
    assert_eq!(page.next().await["seq"], 0);
}

#[tokio::test]
async fn what_was_told_while_nobody_listened_counts_as_well() {
    let town = Town::paced(patient(), Hub::default()).await;
    let mut page = town.open(&town.admin).await;
    page.quiet().await;
    let admin = town.db.admin();
    // The session ends without a word, as if the notice had been lost with its connection.
    sqlx::query("ALTER TABLE session DISABLE TRIGGER tell_ended")
        .execute(admin)
        .await
        .unwrap();
    identity::log_out(&town.admin.cx).await.unwrap();
    page.quiet().await;
    let cut: i64 = sqlx::query_scalar(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
         WHERE datname = current_database() AND query LIKE 'LISTEN%'",
    )
    .fetch_one(admin)
    .await
    .unwrap();
    assert_eq!(cut, 1, "one connection listens");
    assert_eq!(page.closed().await, 4401);
}

#[tokio::test]
async fn a_person_has_so_many_sockets() {
    let town = Town::paced(
        Pace {
            sockets_per_person: 2,
            ..calm()
        },
        Hub::default(),
    )
    .await;
    let headers = [
        ("cookie", &*cookie(&town.admin)),
        ("origin", &*town.origin()),
    ];
    let first = town.open(&town.admin).await;
    let _second = town.open(&town.admin).await;
    assert_eq!(town.try_open("", &headers).await.err(), Some(429));
    let _other = town.open(&town.owner).await;
    drop(first);
    let deadline = Instant::now() + PATIENCE;
    while town.try_open("", &headers).await.is_err() {
        assert!(Instant::now() < deadline, "the place is not given back");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_silent_client_is_dropped_and_a_quiet_one_is_not() {
    let times = Pace {
        ping: Duration::from_millis(100),
        silence: Duration::from_millis(400),
        ..calm()
    };
    let town = Town::paced(times, Hub::default()).await;
    let (mut quiet, mut silent) = (town.open(&town.admin).await, town.open(&town.admin).await);
    // Reading is what answers pings.
    assert_eq!(
        quiet.next_within(Duration::from_millis(1_500)).await,
        None::<Result<Value, u16>>
    );
    quiet.quiet().await;
    assert_eq!(silent.closed().await, 1008);
}

#[tokio::test]
async fn stopping_says_goodbye() {
    let town = Town::new().await;
    let mut page = town.open(&town.admin).await;
    page.sub(1, &town.estate_topic()).await;
    page.next().await;
    let (code, ()) = tokio::join!(page.closed(), async {
        timeout(Duration::from_secs(4), town.live.stop())
            .await
            .unwrap();
    });
    assert_eq!(code, 1001);
    assert_eq!(town.hub.listeners(), 0);
}
