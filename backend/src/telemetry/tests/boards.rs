//! Equipment as its page has it, and the wall. Now is 2026-11-22 14:30 in Shanghai.

use super::{Made, Scene, reading, ts};
use crate::{
    devices::{
        self,
        tests::{form, settle},
    },
    telemetry::{Batch, doors, equipment, ingest, wall},
    testing::{hire, with_role},
};
use domain::{
    Code, DeviceId,
    devices::{DeviceForm, DeviceKind, DeviceState, NewPoint, ValueType},
    identity::Role,
    page::PageAsk,
    telemetry::{
        Quality, Reading, Value,
        equipment::{Equipment, Trouble},
    },
};

impl Scene {
    /// A device that stands somewhere in words.
    pub(super) async fn stands(
        &self,
        kind: DeviceKind,
        name: &str,
        place: &str,
        more: &[&str],
    ) -> Made {
        let points = more.iter().map(|name| NewPoint {
            name: (*name).to_owned(),
            unit: String::new(),
            value_type: ValueType::Bool,
            range: domain::devices::ValidRange::default(),
        });
        let form = DeviceForm {
            name: name.to_owned(),
            place: Some(place.to_owned()),
            points: points.collect(),
            ..form(kind, self.place.estate, None)
        };
        let device = devices::register(self.admin(), form).await.unwrap().id;
        let points = devices::points(self.admin(), device).await.unwrap();
        Made {
            device,
            estate: self.place.estate,
            points: points.unwrap().into_iter().map(|p| p.id).collect(),
        }
    }

    /// The device is heard now, or says farewell.
    pub(super) async fn hear(&self, device: DeviceId, offline: Option<bool>) {
        let batch = Batch {
            presence: vec![(device, self.town.site.now(), offline)],
            ..Batch::default()
        };
        ingest(&self.system, &self.registry, batch).await.unwrap();
    }

    pub(super) async fn switch(&self, to: &Made, point: &str, said: &[(&str, bool)]) {
        let readings = said
            .iter()
            .map(|(at, on)| reading(point, ts(at), Value::Bool(*on)));
        self.send(to, readings.collect()).await;
    }

    async fn equipment(&self, kind: Option<DeviceKind>, ask: &PageAsk) -> Equipment {
        let found = equipment(self.admin(), self.place.estate, kind, ask).await;
        found.unwrap().unwrap()
    }
}

fn names(found: &Equipment, kind: DeviceKind) -> Vec<String> {
    let kind = found.kinds.iter().find(|each| each.kind == kind).unwrap();
    kind.rows.iter().map(|row| row.name.clone()).collect()
}

#[tokio::test]
async fn what_is_wrong_comes_first_then_building_by_building() {
    let s = Scene::new().await;
    crate::devices::tests::build(s.admin(), s.place.estate, "10号楼", "101").await;
    let lift = DeviceKind::Lift;
    let far = s.stands(lift, "十号楼梯", "10号楼1单元", &[]).await;
    let near = s.stands(lift, "一号楼梯", "1号楼", &[]).await;
    let broken = s.stands(lift, "坏梯", "10号楼", &[]).await;
    let gone = s.stands(lift, "断线梯", "1号楼", &[]).await;
    let nowhere = s.stands(lift, "观光梯", "北门", &[]).await;
    for lift in [&far, &near, &broken, &nowhere] {
        s.hear(lift.device, None).await;
    }
    s.hear(gone.device, Some(true)).await;
    s.switch(&broken, "fault", &[("2026-11-22T06:29:00Z", true)])
        .await;
    s.stands(DeviceKind::Pump, "没来过的泵", "地下泵房", &[])
        .await;
    let retired = s.stands(lift, "拆掉的梯", "1号楼", &[]).await;
    let change = domain::devices::changes::DeviceChangeForm {
        retired: Some("true".to_owned()),
        ..Default::default()
    };
    devices::change(s.admin(), retired.device, change)
        .await
        .unwrap();

    let found = s.equipment(None, &PageAsk::default()).await;
    assert_eq!(
        names(&found, lift),
        ["坏梯", "断线梯", "一号楼梯", "十号楼梯", "观光梯"]
    );
    let lifts = found.kinds.iter().find(|each| each.kind == lift).unwrap();
    let told: Vec<_> = lifts
        .rows
        .iter()
        .map(|row| (row.building.as_deref(), row.state, row.trouble))
        .collect();
    let online = DeviceState::Online;
    let expected = [
        (Some("10号楼"), online, Some(Trouble::Fault)),
        (Some("1号楼"), DeviceState::Offline, Some(Trouble::Offline)),
        (Some("1号楼"), online, None),
        (Some("10号楼"), online, None),
        (None, online, None),
    ];
    assert_eq!(told, expected);
    let states = found.states();
    assert_eq!(
        (
            states.online,
            states.offline,
            states.waiting,
            states.troubled
        ),
        (4, 1, 1, 2)
    );
    // One kind alone keeps the counts of the others.
    let pumps = s
        .equipment(Some(DeviceKind::Pump), &PageAsk::default())
        .await;
    assert_eq!(pumps.states(), states);
    assert_eq!(names(&pumps, DeviceKind::Pump), ["没来过的泵"]);
    assert!(names(&pumps, lift).is_empty());
}

#[tokio::test]
async fn a_page_goes_on_where_the_one_before_ended_whatever_broke_meanwhile() {
    let s = Scene::new().await;
    let mut lifts = Vec::new();
    for name in ["1号梯", "2号梯", "3号梯", "10号梯"] {
        let lift = s.stands(DeviceKind::Lift, name, "1号楼", &[]).await;
        s.hear(lift.device, None).await;
        lifts.push(lift);
    }
    let lift = Some(DeviceKind::Lift);
    let mut ask = PageAsk {
        cursor: None,
        limit: Some(2),
    };
    let first = s.equipment(lift, &ask).await;
    assert_eq!(names(&first, DeviceKind::Lift), ["1号梯", "2号梯"]);
    ask.cursor.clone_from(&first.kinds[0].next);
    // The last row of the page moves to the top; the ones after it stay where they were.
    s.switch(&lifts[1], "fault", &[("2026-11-22T06:30:00Z", true)])
        .await;
    let second = s.equipment(lift, &ask).await;
    assert_eq!(names(&second, DeviceKind::Lift), ["3号梯", "10号梯"]);
    assert_eq!(second.kinds[0].next, None);

    let refused = async |cursor: &str| {
        let ask = PageAsk {
            cursor: Some(cursor.to_owned()),
            limit: None,
        };
        let refused = equipment(s.admin(), s.place.estate, lift, &ask).await;
        refused.unwrap_err().problem.to_string()
    };
    assert_eq!(refused("x").await, "invalid cursor=malformed");
    let gone = format!("5.{}", s.admin().new_id::<DeviceId>());
    assert_eq!(refused(&gone).await, "invalid cursor=unknown");
}

#[tokio::test]
async fn the_points_that_matter_and_a_day_of_the_first_number() {
    let s = Scene::new().await;
    let pump = s
        .stands(DeviceKind::Pump, "泵", "地下泵房", &["lid_open", "fault"])
        .await;
    s.tell(
        &pump,
        "pressure_mpa",
        &[
            ("2026-11-21T07:10:00Z", 0.5),
            ("2026-11-22T06:10:00Z", 0.4),
            ("2026-11-22T06:20:00Z", 0.2),
            // Older than the trace.
            ("2026-11-21T06:50:00Z", 9.0),
        ],
    )
    .await;
    s.switch(&pump, "running", &[("2026-11-22T06:20:00Z", true)])
        .await;
    let unread = Reading {
        quality: Quality::Failed,
        ..reading(
            "vibration_mm_s",
            ts("2026-11-22T06:21:00Z"),
            Value::Number(1.0),
        )
    };
    s.send(&pump, vec![unread]).await;
    let found = s.equipment(None, &PageAsk::default()).await;
    let row = &found.kinds[0].rows[0];
    let points: Vec<_> = row.points.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(
        points,
        ["running", "pressure_mpa", "fault", "vibration_mm_s"]
    );
    assert_eq!(row.points[1].value, Some(Value::Number(0.2)));
    assert_eq!(row.trouble, Some(Trouble::Unread));
    assert_eq!(row.trace.len(), 48);
    let told = row.trace.iter().enumerate().filter(|(_, v)| v.is_some());
    let told: Vec<_> = told.map(|(n, _)| n).collect();
    assert_eq!(told, [0, 46]);
    assert!((row.trace[46].unwrap() - 0.3).abs() < 1e-9);
}

#[tokio::test]
async fn a_wall_shows_figures_and_nobodys_name() {
    let s = Scene::new().await;
    let door = s
        .stands(DeviceKind::Door, "后门", "北门", &["held_open"])
        .await;
    s.hear(door.device, None).await;
    s.switch(&door, "open", &[("2026-11-22T06:20:00Z", true)])
        .await;
    let by = reading(
        "opened_by",
        ts("2026-11-22T06:20:00Z"),
        Value::Text("王小明".to_owned()),
    );
    s.send(&door, vec![by]).await;
    let alarm = s.stands(DeviceKind::SmokeAlarm, "烟感", "1号楼", &[]).await;
    s.hear(alarm.device, None).await;
    s.switch(&alarm, "alarm", &[("2026-11-22T06:30:00Z", true)])
        .await;
    let found = wall(s.admin(), s.place.estate).await.unwrap().unwrap();
    assert_eq!(found.utc_offset_s, 8 * 3600);
    assert_eq!(found.troubled(), 2);
    let held: Vec<_> = found.doors.held.iter().map(|door| door.id).collect();
    assert_eq!(
        (held, found.doors.held[0].name.as_str()),
        (vec![door.device], "后门")
    );
    // By the clock: the door itself has not said so.
    assert!(found.doors.say_held.is_empty());
    assert_eq!(found.troubles[0].trouble, Some(Trouble::Alarm));
    let text = serde_json::to_string(&found).unwrap();
    assert!(text.contains("烟感") && !text.contains("王小明") && !text.contains("李雷"));
}

#[tokio::test]
async fn whatever_rings_is_on_the_wall_before_anything_else() {
    let s = Scene::new().await;
    for n in 1..=2 {
        let name = format!("断线泵{n}");
        let pump = s.stands(DeviceKind::Pump, &name, "地下泵房", &[]).await;
        s.hear(pump.device, Some(true)).await;
    }
    let mut ringing = Vec::new();
    for n in 1..=12 {
        let name = format!("烟感{n}");
        let alarm = s.stands(DeviceKind::SmokeAlarm, &name, "1号楼", &[]);
        let alarm = alarm.await;
        s.hear(alarm.device, None).await;
        s.switch(&alarm, "alarm", &[("2026-11-22T06:29:00Z", true)])
            .await;
        ringing.push(alarm.device);
    }
    let found = wall(s.admin(), s.place.estate).await.unwrap().unwrap();
    let troubles = found.troubles.iter();
    let named: Vec<_> = troubles.map(|row| (row.id, row.trouble)).collect();
    let expected = ringing.into_iter().map(|id| (id, Some(Trouble::Alarm)));
    assert_eq!(named, expected.collect::<Vec<_>>());
    assert_eq!(found.troubled(), 14);
    let kinds: Vec<_> = found.equipment.iter().map(|each| each.kind).collect();
    assert_eq!(kinds, [DeviceKind::SmokeAlarm, DeviceKind::Pump]);
    assert!(found.equipment.iter().all(|each| each.rows.is_empty()));
}

#[tokio::test]
async fn strangers_see_nothing_and_managers_their_own_estate_only() {
    let s = Scene::new().await;
    let pump = s.stands(DeviceKind::Pump, "泵", "地下泵房", &[]).await;
    s.hear(pump.device, None).await;
    let here = s.place.estate;
    let there = settle(s.admin(), "月光花园").await.estate;
    let all = PageAsk::default();
    let places = [there.to_string()];
    let manager = hire(s.admin(), "项目经理", ("estate_manager", &places));
    let manager = manager.await.unwrap();
    for (cx, estate, seen) in [
        (s.admin(), here, true),
        (&s.town.admin_b, here, false),
        (&manager, here, false),
        (&manager, there, true),
    ] {
        let found = equipment(cx, estate, None, &all).await.unwrap();
        assert_eq!(found.is_some(), seen);
        assert_eq!(doors(cx, estate, &all).await.unwrap().is_some(), seen);
        assert_eq!(wall(cx, estate).await.unwrap().is_some(), seen);
    }
    let cashier = with_role(s.admin(), Role::Cashier);
    let owner = s.town.owner_of(s.admin(), s.place.household).await;
    for cx in [&cashier, &owner] {
        let refused = [
            equipment(cx, here, None, &all).await.err(),
            doors(cx, here, &all).await.err(),
            wall(cx, here).await.err(),
        ];
        for refused in refused {
            assert_eq!(refused.unwrap().code(), Code::Forbidden);
        }
    }
    // Whoever looks after one home sees what hangs in it, and nothing of the estate's own.
    let (other, _) = crate::devices::tests::build(s.admin(), here, "2号楼", "201").await;
    s.device(DeviceKind::SmokeAlarm, Some(other)).await;
    s.device(DeviceKind::SmokeAlarm, Some(s.place.unit)).await;
    let places = [s.place.unit.to_string()];
    let steward = hire(s.admin(), "管家", ("steward", &places)).await.unwrap();
    let found = equipment(&steward, here, None, &all)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.states().all(), 1);
    let everything = s.equipment(None, &all).await;
    assert_eq!(everything.states().all(), 3);
}
