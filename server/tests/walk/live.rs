//! Every topic of the live websocket.

use std::collections::BTreeSet;

use serde_json::json;
use server::live::topic::KINDS;

use crate::{
    Leak, complete,
    current::{Client, at, cookie, log_in},
    house::{House, MARK, Who},
};

async fn open(house: &House, who: Who) -> Result<Client, u16> {
    let origin = house.town.origin();
    match house.of(who) {
        Some(opened) => {
            house
                .town
                .try_open("", &[("cookie", &cookie(opened)), ("origin", &origin)])
                .await
        }
        None => house.town.try_open("", &[("origin", &origin)]).await,
    }
}

pub(crate) async fn walk(house: &House, ids: &BTreeSet<String>) -> Vec<Leak> {
    let topics = [
        ("estate", Who::Admin, house.estate.to_string()),
        ("device", Who::Admin, house.meter.id.to_string()),
        ("home", Who::Owner, house.household.to_string()),
    ];
    let recorded = topics.iter().map(|(kind, ..)| (*kind).to_owned()).collect();
    complete(
        "live topic",
        KINDS.iter().map(|(kind, _)| (*kind).to_owned()),
        recorded,
    );

    let mut listening = Vec::new();
    for (kind, owner, id) in &topics {
        let mut page = open(house, *owner).await.unwrap();
        page.sub(1, &format!("{kind}/{id}/points")).await;
        let snapshot = page.next().await;
        assert!(
            snapshot["snapshot"].to_string().contains(MARK),
            "{kind} as its owner: {snapshot}"
        );
        listening.push(page);
    }

    let mut leaks = Vec::new();
    let mut strangers = Vec::new();
    for by in [Who::Rival, Who::Elsewhere, Who::Neighbour, Who::Nobody] {
        let mut found = |target: &str, what: String| {
            leaks.push(Leak {
                target: format!("live {target}"),
                by,
                what,
            });
        };
        let mut page = match open(house, by).await {
            Ok(page) => page,
            Err(401 | 403) if by == Who::Nobody => continue,
            Err(status) => panic!("{by:?} cannot listen at all: {status}"),
        };
        if by == Who::Nobody {
            found("socket", "was opened".to_owned());
        }
        for (kind, _, id) in &topics {
            page.sub(1, &format!("{kind}/{id}/points")).await;
            let frame = page.next().await;
            let refused = matches!(
                frame["error"]["code"].as_str(),
                Some("not_found" | "forbidden")
            );
            let text = frame.to_string();
            if !refused || text.contains(MARK) || ids.iter().any(|id| text.contains(id)) {
                found(kind, format!("got {text}"));
            }
        }
        strangers.push((by, page));
    }

    // What comes later reaches those who may have it, and nobody else.
    let session = log_in(&house.town.intake, &house.meter).await;
    let values = json!({ "note": format!("{MARK}又一条"), "power_w": 813 });
    house
        .town
        .say(&session, &json!({ "ts": at(1), "values": values }))
        .await
        .unwrap();
    for page in &mut listening {
        // One message may come as several frames.
        while !page.next().await["delta"].to_string().contains(MARK) {}
    }
    for (by, mut page) in strangers {
        page.send(json!({ "op": "ping" })).await;
        let frame = page.next().await;
        if frame != json!({ "op": "pong" }) {
            leaks.push(Leak {
                target: "live delta".to_owned(),
                by,
                what: format!("got {frame}"),
            });
        }
    }
    leaks
}
