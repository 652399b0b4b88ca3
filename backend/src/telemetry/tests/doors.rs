//! Doors as their page has them. Now is 2026-11-22 14:30 in Shanghai.

use domain::{
    devices::{DeviceKind, commands::CommandForm},
    page::PageAsk,
    telemetry::{
        Reading, Value,
        doors::{Doors, Leaf},
        equipment::Trouble,
    },
};

use super::{Scene, reading, ts};
use crate::{devices::commands::command, kernel::cx::Cx, telemetry::doors, testing::hire};

impl Scene {
    async fn doors(&self, cx: &Cx) -> Doors {
        let found = doors(cx, self.place.estate, &PageAsk::default()).await;
        found.unwrap().unwrap()
    }
}

#[tokio::test]
async fn a_door_is_opened_once_however_often_it_says_so() {
    let s = Scene::new().await;
    let door = s.stands(DeviceKind::Door, "单元门", "1号楼", &[]).await;
    let brick = s
        .stands(DeviceKind::Door, "后门", "北门", &["held_open"])
        .await;
    s.stands(DeviceKind::Door, "没来过的门", "南门", &[]).await;
    for door in [&door, &brick] {
        s.hear(door.device, None).await;
    }
    s.switch(
        &door,
        "open",
        &[
            ("2026-11-15T02:00:00Z", true),
            ("2026-11-15T02:00:30Z", true),
            ("2026-11-15T02:01:00Z", false),
            // Yesterday, and still open after midnight: opened yesterday.
            ("2026-11-21T15:59:50Z", true),
            ("2026-11-21T16:00:20Z", true),
            ("2026-11-21T16:00:50Z", false),
            ("2026-11-22T01:10:00Z", true),
            ("2026-11-22T01:10:30Z", false),
            ("2026-11-22T01:20:00Z", true),
            ("2026-11-22T01:20:30Z", true),
            ("2026-11-22T01:21:00Z", false),
            ("2026-11-22T06:29:30Z", true),
        ],
    )
    .await;
    let by = Reading {
        value: Value::Text("门卡".to_owned()),
        ..reading("opened_by", ts("2026-11-22T06:29:30Z"), Value::Bool(true))
    };
    s.send(&door, vec![by]).await;
    s.switch(
        &brick,
        "open",
        &[
            ("2026-11-22T06:00:00Z", false),
            ("2026-11-22T06:20:00Z", true),
            ("2026-11-22T06:29:00Z", true),
        ],
    )
    .await;

    let found = s.doors(s.admin()).await;
    let row = |name: &str| found.rows.iter().find(|row| row.name == name).unwrap();
    let front = row("单元门");
    assert_eq!(front.building.as_deref(), Some("1号楼"));
    assert_eq!(front.leaf, Some(Leaf::Open));
    assert_eq!(front.open_since, Some(ts("2026-11-22T06:29:30Z")));
    assert_eq!(front.opened_at, front.open_since);
    assert_eq!(front.opened_by.as_deref(), Some("门卡"));
    let back = row("后门");
    assert_eq!(back.leaf, Some(Leaf::Held));
    assert_eq!(back.open_since, Some(ts("2026-11-22T06:20:00Z")));
    assert_eq!(row("没来过的门").leaf, None);
    assert_eq!((found.open, found.held), (2, 1));
    assert_eq!(found.states.troubled, 1);
    let openings: Vec<_> = found
        .openings
        .iter()
        .map(|opening| (opening.name.as_str(), opening.at.to_string()))
        .collect();
    let expected = [
        ("单元门", "2026-11-22T06:29:30Z"),
        ("后门", "2026-11-22T06:20:00Z"),
        ("单元门", "2026-11-22T01:20:00Z"),
        ("单元门", "2026-11-22T01:10:00Z"),
        ("单元门", "2026-11-21T15:59:50Z"),
    ];
    let expected = expected.map(|(name, at)| (name, at.to_owned()));
    assert_eq!(openings, expected);
    // Nine in the morning, and twice this hour: the hour that runs is the last.
    assert_eq!(found.hours.today.len(), 15);
    assert_eq!((found.hours.today[9], found.hours.today[14]), (2, 2));
    assert_eq!(found.hours.total(), Some(4));
    assert_eq!(found.hours.week_ago.len(), 24);
    assert_eq!(found.hours.week_ago[10], 1);
    assert_eq!(found.hours.total_before(), Some(1));
}

#[tokio::test]
async fn one_that_is_away_comes_first_and_says_why() {
    let s = Scene::new().await;
    crate::devices::tests::build(s.admin(), s.place.estate, "2号楼", "101").await;
    for (name, place, gone) in [
        ("前门", "1号楼", false),
        ("后门", "2号楼", false),
        ("断线门", "2号楼", true),
    ] {
        let door = s.stands(DeviceKind::Door, name, place, &[]).await;
        s.hear(door.device, gone.then_some(true)).await;
    }
    let found = s.doors(s.admin()).await;
    let told: Vec<_> = found
        .rows
        .iter()
        .map(|row| (row.name.as_str(), row.building.as_deref(), row.trouble))
        .collect();
    let expected = [
        ("断线门", Some("2号楼"), Some(Trouble::Offline)),
        ("前门", Some("1号楼"), None),
        ("后门", Some("2号楼"), None),
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn where_nothing_was_said_nothing_is_compared() {
    let s = Scene::new().await;
    let door = s.stands(DeviceKind::Door, "单元门", "1号楼", &[]).await;
    let found = s.doors(s.admin()).await;
    assert_eq!(
        (found.hours.total(), found.hours.total_before()),
        (None, None)
    );
    s.switch(&door, "open", &[("2026-11-22T06:00:00Z", false)])
        .await;
    let found = s.doors(s.admin()).await;
    assert_eq!(
        (found.hours.total(), found.hours.total_before()),
        (Some(0), None)
    );
}

#[tokio::test]
async fn who_sent_a_command_is_told_to_whoever_may_know() {
    let s = Scene::new().await;
    let door = s.stands(DeviceKind::Door, "单元门", "1号楼", &[]).await;
    s.hear(door.device, None).await;
    let lead = hire(s.admin(), "陈队", ("security_lead", &[])).await;
    let lead = lead.unwrap();
    let open = CommandForm {
        method: "open".to_owned(),
        ..CommandForm::default()
    };
    command(&lead, door.device, open).await.unwrap();
    let by = async |cx: &Cx| {
        let found = s.doors(cx).await;
        let told = found.rows[0].told.clone().unwrap();
        assert_eq!(told.command.method, "open");
        told.by
    };
    assert_eq!(by(s.admin()).await.as_deref(), Some("陈队"));
    assert_eq!(by(&lead).await.as_deref(), Some("陈队"));
    let repairer = hire(s.admin(), "小吴", ("repairer", &[])).await.unwrap();
    assert_eq!(by(&repairer).await, None);
    // The button is there for whoever may press it.
    assert_eq!(s.doors(&lead).await.rows[0].acts.len(), 1);
    assert!(s.doors(&repairer).await.rows[0].acts.is_empty());
}
