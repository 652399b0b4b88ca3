//! Devices that are renamed, moved and retired.

use domain::{
    Code,
    devices::{DeviceFilter, DeviceForm, DeviceKind, commands::CommandForm, modbus::ModbusChange},
    identity::Role,
    page::PageAsk,
    telemetry::{Quality, Reading, Value},
};
use jiff::SignedDuration;

use super::*;
use crate::{
    devices::{
        Door, behind, commands, list, log_in, out, register, rekey,
        tests::{Place as Home, build, form, settle},
    },
    telemetry::{
        Batch, Incoming, Registry, dashboard, home_meters, ingest, open_partitions, snapshot_home,
    },
    testing::{Town, with_role},
};

fn to(unit: &str) -> DeviceChangeForm {
    DeviceChangeForm {
        unit: Some(unit.to_owned()),
        ..DeviceChangeForm::default()
    }
}

fn retired(yes: bool) -> DeviceChangeForm {
    DeviceChangeForm {
        retired: Some(yes.to_string()),
        ..DeviceChangeForm::default()
    }
}

async fn water(town: &Town, home: &Home) -> domain::devices::Registered {
    let form = form(DeviceKind::WaterMeter, home.estate, Some(home.unit));
    register(&town.admin_a, form).await.unwrap()
}

/// Says a register now, and half an hour later the next.
async fn tell(town: &Town, home: &Home, device: DeviceId, registers: &[f64]) {
    for register in registers {
        let reading = Reading {
            point: "volume_m3".to_owned(),
            ts: town.site.now(),
            value: Value::Number(*register),
            quality: Quality::Good,
        };
        let batch = Batch {
            items: vec![Incoming {
                device,
                estate: home.estate,
                readings: vec![reading],
            }],
            ..Batch::default()
        };
        let system = town.system(&town.admin_a);
        ingest(&system, &Registry::default(), batch).await.unwrap();
        let later = town.site.now() + SignedDuration::from_mins(30);
        town.site.clock.set(later);
    }
}

/// What a home's only meter used in its days.
async fn used(owner: &Cx, home: domain::HouseholdId) -> f64 {
    let meters = home_meters(owner, home).await.unwrap().unwrap();
    let days = meters[0].days.iter();
    days.filter_map(|day| day.1).sum()
}

#[tokio::test]
async fn each_home_sees_its_own_time_of_a_moved_meter() {
    let town = Town::new().await;
    open_partitions(&town.site).await.unwrap();
    let cx = &town.admin_a;
    let home = settle(cx, "阳光花园").await;
    let (other, household) = build(cx, home.estate, "3号楼", "301").await;
    let meter = water(&town, &home).await.id;
    tell(&town, &home, meter, &[10.0, 11.0, 13.0]).await;
    let moved = change(cx, meter, to(" 3号楼  301")).await.unwrap();
    assert_eq!(moved.unit, Some(other));
    assert_eq!(moved.place.as_deref(), Some("3号楼 301"));
    let buyer = town.owner_of(cx, household).await;
    // Nothing yet, and none of what was before.
    assert_eq!(snapshot_home(&buyer, household).await.unwrap().unwrap(), []);
    tell(&town, &home, meter, &[20.0, 20.5]).await;
    assert!((used(&buyer, household).await - 0.5).abs() < 1e-9);
    let old = town.owner_of(cx, home.household).await;
    let meters = home_meters(&old, home.household).await.unwrap().unwrap();
    assert_eq!(meters, [], "it hangs elsewhere now");

    // Back again: each of its two times is the first home's, and what was in between is not.
    change(cx, meter, to(&home.unit.to_string())).await.unwrap();
    tell(&town, &home, meter, &[30.0, 30.25]).await;
    let meters = home_meters(&old, home.household).await.unwrap().unwrap();
    assert_eq!(meters.len(), 1);
    assert!((used(&old, home.household).await - 3.25).abs() < 1e-9);
    let meters = home_meters(&buyer, household).await.unwrap().unwrap();
    assert_eq!(meters, []);

    // The estate's own is nobody's.
    let moved = change(cx, meter, to("")).await.unwrap();
    assert_eq!((moved.unit, moved.place), (None, None));
    let meters = home_meters(&old, home.household).await.unwrap().unwrap();
    assert_eq!(meters, []);
    let open: i64 = sqlx::query_scalar("SELECT count(*) FROM point_tenure WHERE to_at IS NULL")
        .fetch_one(town.db.admin())
        .await
        .unwrap();
    assert_eq!(open, 0);
}

#[tokio::test]
async fn what_is_retired_says_nothing_and_counts_for_nothing() {
    let town = Town::new().await;
    open_partitions(&town.site).await.unwrap();
    let cx = &town.admin_a;
    let home = settle(cx, "阳光花园").await;
    let made = water(&town, &home).await;
    tell(&town, &home, made.id, &[10.0]).await;
    let password = made.credentials.password.as_bytes();
    let login = log_in(&town.site, "anju", &made.key, password).await;
    let login = login.unwrap().unwrap();
    let after = change(cx, made.id, retired(true)).await.unwrap();
    assert_eq!(
        (after.retired_at, after.password_since),
        (Some(cx.now()), None)
    );
    // The same again leaves it as it is.
    let again = change(cx, made.id, retired(true)).await.unwrap();
    assert_eq!(again.retired_at, after.retired_at);

    let refused = log_in(&town.site, "anju", &made.key, password).await;
    assert_eq!(refused.unwrap(), None);
    let door = Door {
        tenant: cx.tenant.id,
        device: made.id,
        since: Some(login.since),
    };
    assert_eq!(
        out(&town.site, &[door]).await.unwrap().len(),
        1,
        "its connection ends"
    );
    let code = rekey(cx, made.id).await.unwrap_err().code();
    assert_eq!(code, Code::Conflict);
    let form = CommandForm {
        method: "close".to_owned(),
        ..CommandForm::default()
    };
    let told = commands::command(cx, made.id, form).await;
    assert_eq!(told.unwrap_err().code(), Code::DeviceOffline);

    let listed = async |retired: bool| {
        let filter = DeviceFilter {
            retired,
            ..DeviceFilter::default()
        };
        let page = list(cx, &filter, &PageAsk::default()).await.unwrap();
        page.items.iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!(
        (listed(false).await, listed(true).await),
        (vec![], vec![made.id])
    );
    let shown = dashboard(cx, home.estate).await.unwrap().unwrap();
    assert_eq!((shown.devices, shown.online, shown.recent.len()), (0, 0, 0));
    let owner = town.owner_of(cx, home.household).await;
    let meters = home_meters(&owner, home.household).await.unwrap().unwrap();
    assert_eq!(meters, []);

    let back = change(cx, made.id, retired(false)).await.unwrap();
    assert_eq!((back.retired_at, back.password_since), (None, None));
    assert_eq!(listed(false).await, [made.id]);
    let fresh = rekey(cx, made.id).await.unwrap().password;
    let login = log_in(&town.site, "anju", &made.key, fresh.as_bytes()).await;
    assert!(login.unwrap().is_some());
}

#[tokio::test]
async fn no_gateway_speaks_for_what_is_retired() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let home = settle(cx, "阳光花园").await;
    let gateway = register(cx, form(DeviceKind::Door, home.estate, None)).await;
    let gateway = gateway.unwrap().id;
    let under = DeviceForm {
        gateway: Some(gateway),
        model: None,
        ..form(DeviceKind::WaterMeter, home.estate, None)
    };
    let under = register(cx, under).await.unwrap();
    let system = town.system(cx);
    let keys = [under.key.clone()];
    assert_eq!(behind(&system, gateway, &keys).await.unwrap().len(), 1);
    change(cx, under.id, retired(true)).await.unwrap();
    assert_eq!(behind(&system, gateway, &keys).await.unwrap().len(), 0);
}

#[tokio::test]
async fn bad_input_and_strangers_change_nothing() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let home = settle(cx, "阳光花园").await;
    let elsewhere = settle(cx, "月光花园").await;
    let theirs = settle(&town.admin_b, "阳光花园").await;
    let id = water(&town, &home).await.id;
    let before = crate::devices::device(cx, id).await.unwrap();
    for unit in [
        elsewhere.unit.to_string(),
        theirs.unit.to_string(),
        "9号楼 901".to_owned(),
    ] {
        let problem = change(cx, id, to(&unit)).await.unwrap_err().problem;
        assert_eq!(
            problem,
            Error::invalid("unit", Flaw::Unknown).problem,
            "{unit}"
        );
    }
    // Nobody asks one that speaks by itself.
    let asked = DeviceChangeForm {
        transport: Some(TransportChange::Modbus(ModbusChange::default())),
        ..DeviceChangeForm::default()
    };
    let problem = change(cx, id, asked).await.unwrap_err().problem;
    assert_eq!(problem, Error::invalid("transport", Flaw::Unknown).problem);
    let code = async |cx: &Cx| change(cx, id, retired(true)).await.unwrap_err().code();
    assert_eq!(code(&town.admin_b).await, Code::NotFound);
    assert_eq!(code(&with_role(cx, Role::FrontDesk)).await, Code::Forbidden);
    let owner = town.owner_of(cx, home.household).await;
    assert_eq!(code(&owner).await, Code::Forbidden);
    let mut suspended = cx.clone();
    suspended.tenant.suspended = true;
    assert_eq!(code(&suspended).await, Code::Suspended);
    assert_eq!(crate::devices::device(cx, id).await.unwrap(), before);
    let renamed = DeviceChangeForm {
        name: Some(" 厨房水表 ".to_owned()),
        ..DeviceChangeForm::default()
    };
    let renamed = change(cx, id, renamed).await.unwrap();
    assert_eq!(renamed.name, "厨房水表");
}
