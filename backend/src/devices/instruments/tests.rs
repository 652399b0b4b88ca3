//! Replacements: who may, what speaks against one, and what is on record afterwards.

use domain::{
    Code, EstateId,
    devices::DeviceKind,
    identity::Role,
    telemetry::{Quality, Reading, Value},
};
use jiff::SignedDuration;

use super::*;
use crate::{
    devices::{
        register,
        tests::{form, settle},
    },
    telemetry::{Batch, Incoming, Registry, ingest, open_partitions},
    testing::{Town, with_role},
};

async fn meter(cx: &Cx, kind: DeviceKind) -> (EstateId, DeviceId) {
    let place = settle(cx, "阳光花园").await;
    let made = register(cx, form(kind, place.estate, Some(place.unit))).await;
    (place.estate, made.unwrap().id)
}

async fn tell(town: &Town, (estate, device): (EstateId, DeviceId), said: &[(&str, f64)]) {
    let readings = said.iter().map(|(at, register)| Reading {
        point: "volume_m3".to_owned(),
        ts: at.parse().unwrap(),
        value: Value::Number(*register),
        quality: Quality::Good,
    });
    let batch = Batch {
        items: vec![Incoming {
            device,
            estate,
            readings: readings.collect(),
        }],
        ..Batch::default()
    };
    let system = town.system(&town.admin_a);
    ingest(&system, &Registry::default(), batch).await.unwrap();
}

fn hung(at: &str, last: &str, first: &str) -> ReplacementForm {
    ReplacementForm {
        at: at.to_owned(),
        serial: " W-7 ".to_owned(),
        last_register: last.to_owned(),
        first_register: first.to_owned(),
        ..ReplacementForm::default()
    }
}

async fn refused(cx: &Cx, id: DeviceId, form: ReplacementForm) -> Problem {
    replace_meter(cx, id, form).await.unwrap_err().problem
}

#[tokio::test]
async fn each_replacement_is_on_record() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let (_, id) = meter(cx, DeviceKind::WaterMeter).await;
    let first = ReplacementForm {
        verified_on: "2026-03-01".to_owned(),
        valid_until: "2032-02-29".to_owned(),
        ratio: "2.5".to_owned(),
        ..hung("2026-11-22T10:00", "", "0.5")
    };
    let first = replace_meter(cx, id, first).await.unwrap();
    let second = hung("", "12.25", "0");
    let second = replace_meter(cx, id, second).await.unwrap();

    let all = instruments(cx, id, &PageAsk::default()).await;
    let all = all.unwrap().unwrap().items;
    assert_eq!(
        all.iter().map(|each| each.id).collect::<Vec<_>>(),
        [second, first]
    );
    assert_eq!((all[0].since, all[0].ratio), (cx.now(), 1.0));
    assert_eq!(
        (all[0].last_register, all[0].first_register),
        (Some(12.25), 0.0)
    );
    let old = &all[1];
    assert_eq!(old.since.to_string(), "2026-11-22T02:00:00Z");
    assert_eq!((old.serial.as_str(), old.ratio), ("W-7", 2.5));
    assert_eq!((old.last_register, old.first_register), (None, 0.5));
    let until = old.valid_until.map(|day| day.to_string());
    assert_eq!(until.as_deref(), Some("2032-02-29"));
    assert_eq!(old.by.as_deref(), Some("周敏"));

    let one = PageAsk {
        cursor: None,
        limit: Some(1),
    };
    let page = instruments(cx, id, &one).await.unwrap().unwrap();
    let ask = PageAsk {
        cursor: page.next,
        ..one
    };
    let page = instruments(cx, id, &ask).await.unwrap().unwrap();
    assert_eq!((page.items[0].id, page.next), (first, None));
}

#[tokio::test]
async fn what_was_read_speaks_against_slips() {
    let town = Town::new().await;
    open_partitions(&town.site).await.unwrap();
    let cx = &town.admin_a;
    let (estate, id) = meter(cx, DeviceKind::WaterMeter).await;
    // Really replaced at 03:00, when it stood at 301.5; the new one began at 2.
    let said = [
        ("2026-11-22T01:00:00Z", 300.0),
        ("2026-11-22T02:00:00Z", 301.0),
        ("2026-11-22T04:00:00Z", 2.5),
        ("2026-11-22T05:00:00Z", 3.0),
    ];
    tell(&town, (estate, id), &said).await;
    let blank = Problem::field(Code::Invalid, "last_register", Flaw::Required);
    let none = hung("2026-11-22T03:00:00Z", "", "2");
    assert_eq!(refused(cx, id, none).await, blank);

    let clash = |field: &str, register: f64, at: &str| {
        Problem::new(Code::Invalid).clashes(field, register, at.parse().unwrap())
    };
    for (at, last, first, field, read) in [
        ("03:00", "300.9", "2", "last_register", said[1]),
        ("03:00", "301.5", "20", "first_register", said[2]),
        // An hour and a half too late, and too early.
        ("04:30", "301.5", "2", "at", said[1]),
        ("01:30", "301.5", "2", "at", said[2]),
    ] {
        let form = hung(&format!("2026-11-22T{at}:00Z"), last, first);
        let wanted = clash(field, read.1, read.0);
        assert_eq!(refused(cx, id, form).await, wanted, "{at} {last} {first}");
    }
    let form = hung("2026-11-22T03:00:00Z", "301.5", "2");
    replace_meter(cx, id, form).await.unwrap();
    // Again, and before that one.
    for at in ["2026-11-22T03:00:00Z", "2026-11-22T02:30:00Z"] {
        let early = Problem::field(Code::Invalid, "at", Flaw::OutOfRange);
        assert_eq!(refused(cx, id, hung(at, "302", "2")).await, early);
    }
    let blank = hung("2026-11-22T03:30:00Z", "", "2");
    let problem = refused(cx, id, blank).await;
    assert_eq!(problem.fields["last_register"], Flaw::Required);
}

/// Two that nobody put on record: the older one can be, though the register fell once more.
#[tokio::test]
async fn two_in_one_month_are_put_on_record_afterwards() {
    let town = Town::new().await;
    open_partitions(&town.site).await.unwrap();
    let cx = &town.admin_a;
    let (estate, id) = meter(cx, DeviceKind::WaterMeter).await;
    let said = [
        ("2026-11-22T01:00:00Z", 300.0),
        ("2026-11-22T03:00:00Z", 20.0),
        ("2026-11-22T05:00:00Z", 0.5),
    ];
    tell(&town, (estate, id), &said).await;
    for (at, last, first) in [("02:00", "301", "19"), ("04:00", "21", "0")] {
        let form = hung(&format!("2026-11-22T{at}:00Z"), last, first);
        replace_meter(cx, id, form).await.unwrap();
    }
}

#[tokio::test]
async fn whoever_may_not_does_not() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let (_, id) = meter(cx, DeviceKind::WaterMeter).await;
    let now = || hung("", "", "0");
    let code = async |cx: &Cx| replace_meter(cx, id, now()).await.unwrap_err().code();
    assert_eq!(code(&town.admin_b).await, Code::NotFound);
    let seen = instruments(&town.admin_b, id, &PageAsk::default()).await;
    assert_eq!(seen.unwrap(), None);
    assert_eq!(code(&with_role(cx, Role::FrontDesk)).await, Code::Forbidden);
    let owner = &town.owner_of(cx, cx.new_id()).await;
    assert_eq!(code(owner).await, Code::Forbidden);
    let seen = instruments(owner, id, &PageAsk::default()).await;
    assert_eq!(seen.unwrap_err().code(), Code::Forbidden);
    let mut suspended = cx.clone();
    suspended.tenant.suspended = true;
    assert_eq!(code(&suspended).await, Code::Suspended);
    let nothing = instruments(cx, id, &PageAsk::default()).await.unwrap();
    assert_eq!(nothing.unwrap().items, []);
    replace_meter(cx, id, now()).await.unwrap();
}

#[tokio::test]
async fn only_what_counts_up_has_instruments() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let (_, id) = meter(cx, DeviceKind::Door).await;
    let wanted = Problem::field(Code::Invalid, "device", Flaw::Unknown);
    assert_eq!(refused(cx, id, hung("", "", "0")).await, wanted);
    let later = (cx.now() + SignedDuration::from_secs(1)).to_string();
    let wanted = Problem::field(Code::Invalid, "at", Flaw::OutOfRange);
    assert_eq!(refused(cx, id, hung(&later, "", "0")).await, wanted);
}

#[tokio::test]
async fn only_the_newest_is_taken_back_and_by_who_may() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let (_, id) = meter(cx, DeviceKind::WaterMeter).await;
    let first = hung("2026-11-20T00:00:00Z", "", "0");
    let first = replace_meter(cx, id, first).await.unwrap();
    let second = hung("2026-11-21T00:00:00Z", "9", "0");
    let second = replace_meter(cx, id, second).await.unwrap();
    let code = async |cx: &Cx, which| {
        let refusal = withdraw_replacement(cx, which).await.unwrap_err();
        refusal.code()
    };
    assert_eq!(code(&town.admin_b, second).await, Code::NotFound);
    let desk = with_role(cx, Role::FrontDesk);
    assert_eq!(code(&desk, second).await, Code::Forbidden);
    let owner = town.owner_of(cx, cx.new_id()).await;
    assert_eq!(code(&owner, second).await, Code::Forbidden);
    let mut suspended = cx.clone();
    suspended.tenant.suspended = true;
    assert_eq!(code(&suspended, second).await, Code::Suspended);
    assert_eq!(code(cx, cx.new_id()).await, Code::NotFound);
    assert_eq!(code(cx, first).await, Code::Conflict);

    let there = async || {
        let all = instruments(cx, id, &PageAsk::default()).await.unwrap();
        let all = all.unwrap().items.into_iter();
        all.map(|each| each.id).collect::<Vec<_>>()
    };
    assert_eq!(there().await, [second, first]);
    assert_eq!(withdraw_replacement(cx, second).await.unwrap(), id);
    assert_eq!(there().await, [first]);
    assert_eq!(code(cx, second).await, Code::NotFound);
    assert_eq!(withdraw_replacement(cx, first).await.unwrap(), id);
    assert_eq!(there().await, []);
}
