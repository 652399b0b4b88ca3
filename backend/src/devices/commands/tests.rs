//! Commands, as whoever may, whoever may not, and the product that carries them.

use domain::{
    EstateId, GrantId,
    devices::{DeviceForm, DeviceKind},
    identity::{Grant, Role, RoleKey},
};
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::{
    devices::{
        register,
        tests::{form, settle},
    },
    identity::rbac,
    telemetry::{self, Batch, Registry},
    testing::{Town, with_role},
};

/// A door of A's that was just heard.
struct Gate {
    town: Town,
    system: Cx,
    estate: EstateId,
    door: DeviceId,
}

impl Gate {
    async fn new() -> Self {
        let town = Town::new().await;
        let place = settle(&town.admin_a, "阳光花园").await;
        let system = town.system(&town.admin_a);
        let door = form(DeviceKind::Door, place.estate, None);
        let door = register(&town.admin_a, door).await.unwrap().id;
        let gate = Self {
            town,
            system,
            estate: place.estate,
            door,
        };
        gate.hear(None).await;
        gate
    }

    /// The door says something now.
    async fn hear(&self, offline: Option<bool>) {
        let batch = Batch {
            presence: vec![(self.door, self.town.site.now(), offline)],
            ..Batch::default()
        };
        telemetry::ingest(&self.system, &Registry::default(), batch)
            .await
            .unwrap();
    }

    fn later(&self, seconds: i64) {
        let clock = &self.town.site.clock;
        clock.set(clock.now() + SignedDuration::from_secs(seconds));
    }

    async fn open(&self) -> CommandId {
        command(&self.town.admin_a, self.door, opening())
            .await
            .unwrap()
    }

    async fn seen(&self, id: CommandId) -> Command {
        command_of(&self.town.admin_a, id).await.unwrap().unwrap()
    }

    async fn says(&self, number: u64, payload: &Value) -> Heard {
        answered(&self.system, self.door, number, said(payload))
            .await
            .unwrap()
    }

    async fn rows(&self) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM command")
            .fetch_one(self.town.db.admin())
            .await
            .unwrap()
    }

    async fn suspend(&self) {
        sqlx::query("UPDATE tenant SET state = 'suspended' WHERE slug = 'anju'")
            .execute(self.town.db.admin())
            .await
            .unwrap();
    }
}

fn opening() -> CommandForm {
    CommandForm {
        method: "open".to_owned(),
        params: Some(json!({ "seconds": 5 })),
        timeout_s: None,
    }
}

fn said(payload: &Value) -> Answer {
    Answer::parse(payload.to_string().as_bytes()).unwrap()
}

/// The admin with some roles at some places instead.
fn at(cx: &Cx, grants: &[(Role, Scope)]) -> Cx {
    let grants = grants.iter().map(|(role, scope)| Grant {
        id: GrantId(Uuid::from_u128(0x123)),
        role: RoleKey::BuiltIn(*role),
        actions: rbac::actions(*role),
        scope: scope.clone(),
        until: None,
    });
    let mut cx = with_role(cx, Role::SecurityLead);
    if let crate::Actor::Staff { grants: held, .. } = &mut cx.actor {
        *held = grants.collect();
    }
    cx
}

fn within(place: Uuid) -> Scope {
    Scope::Within {
        places: [place].into(),
        around: [].into(),
    }
}

#[tokio::test]
async fn it_is_claimed_once_and_answered_once() {
    let gate = Gate::new().await;
    let id = gate.open().await;
    let seen = gate.seen(id).await;
    assert_eq!(
        (seen.state, seen.number, seen.method.as_str(), seen.device),
        (CommandState::Waiting, 1, "open", gate.door)
    );
    let now = gate.town.site.now();
    assert_eq!(
        (seen.asked_at, seen.expires_at),
        (now, now + SignedDuration::from_secs(10))
    );
    assert_eq!((seen.answered_at, seen.answer), (None, None));
    // Nothing was asked of it yet.
    assert_eq!(gate.says(1, &json!({ "ok": true })).await, Heard::Unknown);

    let due: Vec<_> = due(&gate.town.site).await.unwrap();
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].tenant.id, gate.system.tenant.id);
    let claimed = claim(&due[0]).await.unwrap();
    let key = crate::devices::device(&gate.town.admin_a, gate.door).await;
    let expected = Claimed {
        id,
        tenant: gate.system.tenant.id,
        slug: "anju".to_owned(),
        device: gate.door,
        key: key.unwrap().unwrap().key,
        transport: Transport::Mqtt {},
        number: 1,
        method: "open".to_owned(),
        params: json!({ "seconds": 5 }).as_object().unwrap().clone(),
        expires_at: seen.expires_at,
    };
    assert_eq!(claimed, [expected]);
    assert_eq!(claim(&due[0]).await.unwrap(), []);
    assert_eq!(super::due(&gate.town.site).await.unwrap().len(), 0);
    assert_eq!(gate.seen(id).await.state, CommandState::Sent);

    gate.later(1);
    for unknown in [0, 2, u64::MAX] {
        assert_eq!(
            gate.says(unknown, &json!({ "ok": true })).await,
            Heard::Unknown
        );
    }
    let yes = json!({ "ok": true, "by": "motor" });
    assert_eq!(gate.says(1, &yes).await, Heard::Taken);
    let seen = gate.seen(id).await;
    assert_eq!(
        (seen.state, seen.late, seen.answered_at, seen.answer),
        (
            CommandState::Done,
            false,
            Some(gate.town.site.now()),
            Some(yes)
        )
    );
    // Delivered twice, or said otherwise: the first answer stands.
    assert_eq!(gate.says(1, &json!({ "ok": false })).await, Heard::Again);
    assert_eq!(gate.seen(id).await.state, CommandState::Done);

    let other = gate.open().await;
    assert_eq!(claim(&gate.system).await.unwrap()[0].number, 2);
    assert_eq!(gate.says(2, &json!({ "ok": false })).await, Heard::Taken);
    assert_eq!(gate.seen(other).await.state, CommandState::Failed);
}

#[tokio::test]
async fn the_newest_come_first() {
    let gate = Gate::new().await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.insert(0, gate.open().await);
    }
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let ask = PageAsk {
            cursor,
            limit: Some(2),
        };
        let page = commands(&gate.town.admin_a, gate.door, &ask).await;
        let page = page.unwrap().unwrap();
        found.extend(page.items.iter().map(|command| command.id));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(found, ids);
    let bad = PageAsk {
        cursor: Some("cmd_x".to_owned()),
        limit: None,
    };
    let bad = commands(&gate.town.admin_a, gate.door, &bad).await;
    assert_eq!(
        bad.unwrap_err().problem.to_string(),
        "invalid cursor=malformed"
    );
}

#[tokio::test]
async fn two_who_claim_take_each_command_once() {
    let gate = Gate::new().await;
    for _ in 0..20 {
        gate.open().await;
    }
    let (one, two) = tokio::join!(claim(&gate.system), claim(&gate.system));
    let mut numbers: Vec<_> = one.unwrap().into_iter().chain(two.unwrap()).collect();
    numbers.extend(claim(&gate.system).await.unwrap());
    let mut numbers: Vec<_> = numbers.iter().map(|claimed| claimed.number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=20).collect::<Vec<_>>());
}

#[tokio::test]
async fn whoever_sends_is_told_with_the_commit() {
    let gate = Gate::new().await;
    let mut told = gate.town.site.db.listen(store::CHANNEL).await.unwrap();
    gate.open().await;
    // Names nobody: a notice is outside of row security.
    assert_eq!(told.next().await.unwrap().as_deref(), Some(""));
}

#[tokio::test]
async fn what_is_away_is_refused_and_nothing_is_queued() {
    let gate = Gate::new().await;
    let admin = &gate.town.admin_a;
    let silent = form(DeviceKind::Door, gate.estate, None);
    let silent = register(admin, silent).await.unwrap().id;
    let refused = command(admin, silent, opening()).await;
    assert_eq!(refused.unwrap_err().code(), Code::DeviceOffline);

    gate.later(1);
    gate.hear(Some(true)).await;
    let refused = command(admin, gate.door, opening()).await;
    assert_eq!(refused.unwrap_err().code(), Code::DeviceOffline);
    gate.later(1);
    gate.hear(Some(false)).await;
    // Late, but perhaps there.
    gate.later(600);
    gate.open().await;
    gate.later(3_600);
    let refused = command(admin, gate.door, opening()).await;
    assert_eq!(refused.unwrap_err().code(), Code::DeviceOffline);
    assert_eq!(gate.rows().await, 1);
}

#[tokio::test]
async fn it_is_called_as_the_device_calls_it() {
    let gate = Gate::new().await;
    let form = CommandForm {
        method: "setValue".to_owned(),
        ..opening()
    };
    command(&gate.town.admin_a, gate.door, form).await.unwrap();
    assert_eq!(claim(&gate.system).await.unwrap()[0].method, "setValue");
}

#[tokio::test]
async fn what_only_its_gateway_reaches_is_told_nothing() {
    let gate = Gate::new().await;
    let admin = &gate.town.admin_a;
    let behind = DeviceForm {
        gateway: Some(gate.door),
        ..form(DeviceKind::Door, gate.estate, None)
    };
    let behind = register(admin, behind).await.unwrap().id;
    let refused = command(admin, behind, opening()).await;
    assert_eq!(refused.unwrap_err().code(), Code::BehindGateway);
    assert_eq!(gate.rows().await, 0);
    // The gateway is connected itself.
    gate.open().await;
    assert_eq!(gate.rows().await, 1);
}

#[tokio::test]
async fn bad_input_is_refused_before_anything_is_looked_at() {
    let gate = Gate::new().await;
    let bad = CommandForm {
        method: "open!".to_owned(),
        params: Some(json!("now")),
        timeout_s: Some(301),
    };
    let refused = command(&gate.town.admin_a, gate.door, bad).await;
    assert_eq!(
        refused.unwrap_err().problem.to_string(),
        "invalid method=malformed params=malformed timeout_s=out_of_range"
    );
    assert_eq!(gate.rows().await, 0);
}

#[tokio::test]
async fn only_whoever_may_and_only_there() {
    let gate = Gate::new().await;
    let Town {
        admin_a, admin_b, ..
    } = &gate.town;
    let other = settle(admin_a, "月光花园").await;
    let code = async |cx: &Cx| {
        let told = command(cx, gate.door, opening()).await;
        told.err().map(|error| error.code())
    };
    assert_eq!(code(admin_b).await, Some(Code::NotFound));
    let owner = gate.town.owner_of(admin_a, other.household).await;
    assert_eq!(code(&owner).await, Some(Code::Forbidden));
    for role in Role::of_staff() {
        let may = matches!(
            role,
            Role::TenantAdmin
                | Role::RegionalManager
                | Role::EstateManager
                | Role::FrontDesk
                | Role::EngineeringLead
                | Role::SecurityLead
        );
        let found = code(&with_role(admin_a, role)).await;
        assert_eq!(found, (!may).then_some(Code::Forbidden), "{role:?}");
    }
    let (here, there) = (within(gate.estate.0), within(other.estate.0));
    let lead = at(admin_a, &[(Role::SecurityLead, here.clone())]);
    assert_eq!(code(&lead).await, None);
    let elsewhere = at(admin_a, &[(Role::SecurityLead, there.clone())]);
    assert_eq!(code(&elsewhere).await, Some(Code::NotFound));
    // Sees it here, and opens doors there.
    let both = [(Role::Accountant, here), (Role::SecurityLead, there)];
    assert_eq!(code(&at(admin_a, &both)).await, Some(Code::Forbidden));

    let id = gate.open().await;
    let all = PageAsk::default();
    for stranger in [admin_b, &elsewhere] {
        assert_eq!(command_of(stranger, id).await.unwrap(), None);
        assert_eq!(commands(stranger, gate.door, &all).await.unwrap(), None);
    }
    let refused = command_of(&owner, id).await.unwrap_err();
    assert_eq!(refused.code(), Code::Forbidden);
    let refused = commands(&owner, gate.door, &all).await.unwrap_err();
    assert_eq!(refused.code(), Code::Forbidden);

    // What carries them is the product's own, and each company's for itself.
    let all = Answer::parse(br#"{"ok": true}"#).unwrap();
    for refused in [
        claim(admin_a).await.map(drop),
        expire(admin_a).await.map(drop),
        unsent(admin_a, id, Unsent::Offline).await,
        answered(admin_a, gate.door, 1, all.clone()).await.map(drop),
    ] {
        assert_eq!(refused.unwrap_err().code(), Code::Forbidden);
    }
    let rival = gate.town.system(admin_b);
    assert_eq!(claim(&rival).await.unwrap(), []);
    claim(&gate.system).await.unwrap();
    let heard = answered(&rival, gate.door, 1, all).await.unwrap();
    assert_eq!(heard, Heard::Unknown);
    unsent(&rival, id, Unsent::Offline).await.unwrap();
    assert_eq!(gate.seen(id).await.state, CommandState::Sent);
}

#[tokio::test]
async fn its_time_is_up_and_a_late_answer_is_marked() {
    let gate = Gate::new().await;
    let (waiting, sent) = (gate.open().await, gate.open().await);
    sqlx::query("UPDATE command SET state = 'sent' WHERE id = $1")
        .bind(sent.0)
        .execute(gate.town.db.admin())
        .await
        .unwrap();
    gate.later(9);
    assert_eq!(expire(&gate.system).await.unwrap(), 0);
    gate.later(1);
    assert_eq!(claim(&gate.system).await.unwrap(), [], "its time is up");
    assert_eq!(due(&gate.town.site).await.unwrap().len(), 1);
    assert_eq!(expire(&gate.system).await.unwrap(), 2);
    assert_eq!(due(&gate.town.site).await.unwrap().len(), 0);
    for id in [waiting, sent] {
        let seen = gate.seen(id).await;
        assert_eq!((seen.state, seen.late), (CommandState::Expired, false));
    }
    assert_eq!(gate.says(2, &json!({ "ok": true })).await, Heard::Late);
    assert_eq!(gate.says(2, &json!({ "ok": false })).await, Heard::Again);
    let seen = gate.seen(sent).await;
    assert_eq!(
        (seen.state, seen.late, seen.answer),
        (CommandState::Expired, true, Some(json!({ "ok": true })))
    );

    // The same before anybody has looked at the clock.
    gate.hear(None).await;
    let third = gate.open().await;
    assert_eq!(claim(&gate.system).await.unwrap().len(), 1);
    gate.later(10);
    assert_eq!(gate.says(3, &json!({ "ok": true })).await, Heard::Late);
    assert_eq!(expire(&gate.system).await.unwrap(), 0);
    let seen = gate.seen(third).await;
    assert_eq!((seen.state, seen.late), (CommandState::Expired, true));
}

#[tokio::test]
async fn what_cannot_be_sent_has_failed_and_says_why() {
    let gate = Gate::new().await;
    let id = gate.open().await;
    claim(&gate.system).await.unwrap();
    unsent(&gate.system, id, Unsent::Offline).await.unwrap();
    let seen = gate.seen(id).await;
    let why = json!({ "ok": false, "error": "device_offline" });
    assert_eq!(
        (seen.state, seen.late, seen.answer),
        (CommandState::Failed, false, Some(why))
    );
    // One that has expired by then stays so.
    let id = gate.open().await;
    claim(&gate.system).await.unwrap();
    gate.later(11);
    expire(&gate.system).await.unwrap();
    unsent(&gate.system, id, Unsent::Unsupported).await.unwrap();
    let seen = gate.seen(id).await;
    assert_eq!((seen.state, seen.answer), (CommandState::Expired, None));
}

#[tokio::test]
async fn a_suspended_company_commands_nothing() {
    let gate = Gate::new().await;
    let id = gate.open().await;
    let sent = gate.open().await;
    sqlx::query("UPDATE command SET state = 'sent' WHERE id = $1")
        .bind(sent.0)
        .execute(gate.town.db.admin())
        .await
        .unwrap();
    gate.suspend().await;
    let mut cx = gate.town.admin_a.clone();
    cx.tenant.suspended = true;
    let refused = command(&cx, gate.door, opening()).await;
    assert_eq!(refused.unwrap_err().code(), Code::Suspended);
    // What was asked before is not sent any more, and what a device says to it is not kept.
    let due = due(&gate.town.site).await.unwrap();
    assert_eq!(claim(&due[0]).await.unwrap(), []);
    let yes = said(&json!({ "ok": true }));
    let heard = answered(&gate.system, gate.door, 2, yes).await;
    assert_eq!(heard.unwrap_err().code(), Code::Suspended);
    gate.later(10);
    assert_eq!(expire(&due[0]).await.unwrap(), 2);
    assert_eq!(gate.seen(id).await.state, CommandState::Expired);
    assert_eq!(gate.rows().await, 2);
}
