use domain::{
    Code, ErasureId, ResidentId,
    estates::{Relation, ResidentForm, VehicleForm},
    identity::{AcceptForm, GrantForm, InviteStaffForm, LoginForm, Role},
    privacy::{ErasureState, KeepReason},
};
use uuid::Uuid;

use super::*;
use crate::{
    devices::tests::{Place, settle},
    estates::{add_resident, add_vehicle, invite, move_out, transfer, unit},
    identity::{Kind, log_in},
    kernel::cx::Peer,
    testing::{PASSWORD, Town, comes_in, first_resident, next_click, sale_today, with_role},
};

/// In every text of the person's that is not a log-in.
const MARK: &str = "恒河沙";
const PHONE: &str = "13812345678";

async fn resident(cx: &Cx, place: &Place, name: &str) -> ResidentId {
    let form = ResidentForm {
        unit: place.unit,
        name: name.into(),
        phone: Some(PHONE.into()),
        id_number: Some("E12345678".into()),
        relation: Relation::Family,
    };
    add_resident(cx, form).await.unwrap().id
}

/// A home with somebody marked who has come in.
async fn scene() -> (Town, Place, ResidentId, Cx) {
    let town = Town::new().await;
    let place = settle(&town.admin_a, "阳光花园").await;
    let id = resident(&town.admin_a, &place, MARK).await;
    let link = invite(&town.admin_a, id).await.unwrap();
    let cx = comes_in(&town.site, &link.token, PHONE).await;
    (town, place, id, cx)
}

async fn only(cx: &Cx) -> ErasureId {
    let rows = list_erasures(cx).await.unwrap();
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows[0].id
}

/// Every table of ours whose rows hold a text somewhere.
async fn tables_with(town: &Town, text: &str) -> Vec<String> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT c.oid::regclass::text FROM pg_class c
         WHERE c.relnamespace = ANY ('{public,vault}'::regnamespace[]) AND c.relkind IN ('r', 'p') ORDER BY 1",
    )
    .fetch_all(town.db.admin())
    .await
    .unwrap();
    assert!(tables.len() > 25, "{tables:?}");
    let mut found = Vec::new();
    for table in tables {
        let sql = format!("SELECT count(*) FROM {table} t WHERE position($1 in t::text) > 0");
        let rows: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .bind(text)
            .fetch_one(town.db.admin())
            .await
            .unwrap();
        if rows > 0 {
            found.push(table);
        }
    }
    found
}

/// Everybody else's rows, as one number.
async fn others(town: &Town, but: (ResidentId, Uuid)) -> Vec<String> {
    let mut sums = Vec::new();
    for sql in [
        "SELECT md5(string_agg(r::text, '' ORDER BY id)) FROM resident r WHERE id <> $1",
        "SELECT md5(string_agg(h::text, '' ORDER BY id)) FROM household h WHERE id <> $1",
        "SELECT md5(string_agg(p::text, '' ORDER BY id)) FROM person p WHERE id <> $1",
        "SELECT md5(string_agg(c::text, '' ORDER BY person_id)) FROM credential c WHERE person_id <> $1",
        "SELECT md5(string_agg(s::text, '' ORDER BY id)) FROM session s WHERE person_id <> $1",
        "SELECT md5(string_agg(c::text, '' ORDER BY person_id)) FROM consent c WHERE person_id <> $1",
    ] {
        let id = if sql.contains("resident") {
            but.0.0
        } else {
            but.1
        };
        let sum: String = sqlx::query_scalar(sql)
            .bind(id)
            .fetch_one(town.db.admin())
            .await
            .unwrap();
        sums.push(sum);
    }
    sums
}

async fn logs_in(town: &Town) -> bool {
    let form = LoginForm {
        tenant: String::new(),
        login: PHONE.into(),
        password: PASSWORD.into(),
    };
    log_in(&town.site, form, Kind::Browser, &Peer::local())
        .await
        .is_ok()
}

#[tokio::test]
async fn a_person_sees_and_takes_along_what_is_held() {
    let (town, place, id, cx) = scene().await;
    let car = |plate: &str| VehicleForm {
        unit: place.unit,
        plate: plate.to_owned(),
        about: None,
    };
    add_vehicle(&town.admin_a, car("沪A12345")).await.unwrap();
    let held = export(&cx).await.unwrap();
    assert_eq!(held.person.name, MARK);
    assert_eq!(held.homes.len(), 1);
    let home = &held.homes[0];
    assert_eq!(home.home, "阳光花园 1号楼 101");
    assert_eq!(home.phone.as_deref(), Some(PHONE));
    assert_eq!(home.id_number.as_deref(), Some("E12345678"));
    assert_eq!(home.cars, ["沪A·12345"]);
    assert!(home.running && home.asked.is_none());
    assert_eq!(held.person.sessions.len(), 1);
    assert_eq!(held.person.consents.len(), 1);
    assert!(!format!("{held:?}").contains(MARK));

    let seen = held_about_me(&cx).await.unwrap();
    let shown = serde_json::to_string(&seen).unwrap();
    assert!(shown.contains("138****5678") && shown.contains("E****8"));
    assert!(!shown.contains(PHONE), "{shown}");
    let deeds = "SELECT count(*) FROM audit_entry WHERE deed = 'data.exported'";
    let deeds: i64 = sqlx::query_scalar(deeds)
        .fetch_one(town.db.admin())
        .await
        .unwrap();
    assert_eq!(deeds, 1);

    // Whose car was gone before they came, or came after they left, is not told of it.
    let minutes = |n| jiff::SignedDuration::from_mins(n);
    let clock = &town.site.clock;
    clock.set(clock.now() + minutes(1));
    move_out(&town.admin_a, id).await.unwrap();
    clock.set(clock.now() + minutes(1));
    add_vehicle(&town.admin_a, car("沪A67890")).await.unwrap();
    let held = export(&cx).await.unwrap();
    assert_eq!(held.homes[0].cars, ["沪A·12345"]);

    // Others get their own: staff their work, and the product nothing.
    let admin = export(&town.admin_b).await.unwrap();
    assert!(admin.homes.is_empty());
    assert_eq!(admin.person.work[0].company, "博远物业");
    let nobody = export(&town.system(&cx)).await.unwrap_err();
    assert_eq!(nobody.code(), Code::Unauthenticated);
}

#[tokio::test]
async fn who_asks_is_forgotten_wholly_and_nobody_else_is() {
    let (town, place, id, cx) = scene().await;
    let person = cx.actor.person().unwrap();
    // Next door of the same name, and the same person's number with the other company.
    let next_door = resident(&town.admin_a, &place, "王邻居").await;
    let elsewhere = settle(&town.admin_b, "别处").await;
    resident(&town.admin_b, &elsewhere, "王别处").await;
    let before = others(&town, (id, person.0)).await;

    ask_erasure(&cx).await.unwrap();
    ask_erasure(&cx).await.unwrap();
    let waiting = held_about_me(&cx).await.unwrap();
    assert_eq!(waiting.homes[0].asked, Some(ErasureState::Waiting));
    erase(&town.admin_a, only(&town.admin_a).await)
        .await
        .unwrap();

    assert!(next_click(&cx).await.is_none());
    assert!(!logs_in(&town).await);
    assert_eq!(tables_with(&town, MARK).await, [""; 0]);
    let left: (String, i32, Option<Uuid>) = sqlx::query_as(
        "SELECT name, num_nonnulls(phone_cipher, phone_index, phone_tail, id_number_cipher, id_number_index), person_id
         FROM resident WHERE id = $1",
    )
    .bind(id.0)
    .fetch_one(town.db.admin())
    .await
    .unwrap();
    assert_eq!(left, ("已删除".to_owned(), 0, None));
    // Of the person themselves: the row that deeds name, and no more.
    let tables = tables_with(&town, &person.0.to_string()).await;
    assert_eq!(tables, ["audit_entry", "person"]);
    assert_eq!(others(&town, (id, person.0)).await, before);
    let now = unit(&town.admin_a, place.unit).await.unwrap().unwrap();
    assert_eq!(now.household, Some(place.household));

    // It is done once; and whoever else has that number has kept it.
    assert!(list_erasures(&town.admin_a).await.unwrap().is_empty());
    let contact = crate::estates::reveal_contact(&town.admin_a, next_door).await;
    assert_eq!(contact.unwrap().phone.as_deref(), Some(PHONE));
}

#[tokio::test]
async fn a_past_home_is_forgotten_and_a_hat_that_is_left_keeps_the_log_in() {
    let (town, place, id, cx) = scene().await;
    // The same person lives with another company as well.
    let elsewhere = settle(&town.admin_b, "别处").await;
    let there = resident(&town.admin_b, &elsewhere, "王别处").await;
    let link = invite(&town.admin_b, there).await.unwrap();
    let at_b = comes_in(&town.site, &link.token, PHONE).await;

    // One home of theirs was sold, and at another they live now.
    let sale = sale_today(&town.admin_a, place.unit, place.household);
    transfer(&town.admin_a, sale).await.unwrap();
    let second = settle(&town.admin_a, "二期").await;
    let now = resident(&town.admin_a, &second, MARK).await;
    let link = invite(&town.admin_a, now).await.unwrap();
    let cx_now = comes_in(&town.site, &link.token, PHONE).await;
    assert!(next_click(&cx).await.is_some(), "the hat is there again");

    ask_erasure(&cx_now).await.unwrap();
    let rows = list_erasures(&town.admin_a).await.unwrap();
    assert_eq!(rows.len(), 2);
    for row in rows {
        erase(&town.admin_a, row.id).await.unwrap();
    }
    assert!(next_click(&cx_now).await.is_none());
    let names: Vec<String> = sqlx::query_scalar("SELECT name FROM resident WHERE id = ANY ($1)")
        .bind([id.0, now.0])
        .fetch_all(town.db.admin())
        .await
        .unwrap();
    assert_eq!(names, ["已删除", "已删除"]);
    assert!(next_click(&at_b).await.is_some() && logs_in(&town).await);
    // Their name is that of the person who lives on elsewhere.
    assert_eq!(tables_with(&town, MARK).await, ["person"]);
}

#[tokio::test]
async fn staff_may_refuse_with_a_reason_that_is_told() {
    let (town, place, _, cx) = scene().await;
    ask_erasure(&cx).await.unwrap();
    let request = only(&town.admin_a).await;
    for bad in ["", "nothing"] {
        let refused = refuse_erasure(&town.admin_a, request, bad)
            .await
            .unwrap_err();
        assert!(refused.problem.fields.contains_key("reason"), "{bad}");
    }
    refuse_erasure(&town.admin_a, request, "bills")
        .await
        .unwrap();
    let told = held_about_me(&cx).await.unwrap();
    assert_eq!(told.homes[0].asked, Some(ErasureState::Refused));
    assert_eq!(told.homes[0].refused_for, Some(KeepReason::Bills));
    for late in [
        refuse_erasure(&town.admin_a, request, "law").await,
        erase(&town.admin_a, request).await,
    ] {
        assert_eq!(late.unwrap_err().code(), Code::Conflict);
    }
    assert!(next_click(&cx).await.is_some());
    // They may ask again. Of an owner it is said that the contract runs.
    ask_erasure(&cx).await.unwrap();
    let second = settle(&town.admin_a, "二期").await;
    let owner = first_resident(&town.admin_a, second.unit).await;
    let link = invite(&town.admin_a, owner).await.unwrap();
    let owner = comes_in(&town.site, &link.token, "13900000001").await;
    ask_erasure(&owner).await.unwrap();
    let rows = list_erasures(&town.admin_a).await.unwrap();
    let reasons = |unit| {
        let row = rows.iter().find(|row| row.unit == unit);
        row.unwrap().reasons.clone()
    };
    assert_eq!(reasons(place.unit), []);
    assert_eq!(reasons(second.unit), [KeepReason::Contract]);
}

#[tokio::test]
async fn only_who_answers_for_the_place_decides() {
    let (town, place, _, cx) = scene().await;
    ask_erasure(&cx).await.unwrap();
    let request = only(&town.admin_a).await;
    for role in [Role::FrontDesk, Role::Steward, Role::Cashier] {
        let desk = with_role(&town.admin_a, role);
        let listed = list_erasures(&desk).await.unwrap_err();
        assert_eq!(listed.code(), Code::Forbidden);
        let refused = erase(&desk, request).await.unwrap_err();
        assert_eq!(refused.code(), Code::Forbidden, "{role:?}");
    }
    assert!(list_erasures(&town.admin_b).await.unwrap().is_empty());
    for stranger in [
        erase(&town.admin_b, request).await,
        refuse_erasure(&town.admin_b, request, "law").await,
    ] {
        assert_eq!(stranger.unwrap_err().code(), Code::NotFound);
    }
    for not_staff in [&cx, &town.owner_of(&town.admin_a, place.household).await] {
        let refused = erase(not_staff, request).await.unwrap_err();
        assert_eq!(refused.code(), Code::Forbidden);
    }
    let staff = ask_erasure(&town.admin_a).await.unwrap_err();
    assert_eq!(staff.code(), Code::Forbidden);
    // Nobody who has not asked is forgotten, whoever calls the function.
    let person = cx.actor.person().unwrap();
    let mut tx = TenantTx::begin(&town.admin_b, &Scope::Everywhere)
        .await
        .unwrap();
    assert!(
        identity::forget(&mut tx, person, town.site.now())
            .await
            .is_err()
    );
    let mut tx = TenantTx::begin(&cx, &Scope::Everywhere).await.unwrap();
    assert!(
        identity::forget(&mut tx, person, town.site.now())
            .await
            .is_err()
    );
}

/// A colleague of the admin's with a role everywhere.
async fn colleague(town: &Town, role: &str) -> Cx {
    let form = InviteStaffForm {
        name: "吴经理".to_owned(),
        grant: GrantForm {
            role: role.to_owned(),
            everywhere: true,
            ..GrantForm::default()
        },
    };
    let (_, link) = identity::staff::invite(&town.admin_a, form).await.unwrap();
    let form = AcceptForm {
        token: link.token,
        login: format!("{role}@anju"),
        password: PASSWORD.to_owned(),
    };
    let joined = identity::staff::join(&town.site, form, Kind::Browser, &Peer::local()).await;
    joined.unwrap().cx
}

#[tokio::test]
async fn the_desk_files_it_for_who_asks_there_and_a_colleague_carries_it_out() {
    let town = Town::new().await;
    let place = settle(&town.admin_a, "阳光花园").await;
    // Without any log-in.
    let id = resident(&town.admin_a, &place, MARK).await;
    let desk = colleague(&town, "front_desk").await;
    file_erasure(&desk, id).await.unwrap();
    file_erasure(&town.admin_a, id).await.unwrap();
    let rows = list_erasures(&town.admin_a).await.unwrap();
    assert_eq!(rows.len(), 1, "one request waits: {rows:?}");
    assert_eq!(rows[0].filed_by.as_deref(), Some("吴经理"));
    assert!(!rows[0].waits_for_another);
    let filed = "SELECT count(*) FROM audit_entry WHERE deed = 'erasure.filed'";
    let filed: i64 = sqlx::query_scalar(filed)
        .fetch_one(town.db.admin())
        .await
        .unwrap();
    assert_eq!(filed, 1);
    erase(&town.admin_a, rows[0].id).await.unwrap();
    assert_eq!(tables_with(&town, MARK).await, [""; 0]);
    let again = file_erasure(&desk, id).await.unwrap_err();
    assert_eq!(again.code(), Code::NotFound);
}

#[tokio::test]
async fn who_files_it_carries_it_out_only_where_nobody_else_may() {
    let (town, place, id, cx) = scene().await;
    let manager = colleague(&town, "estate_manager").await;
    file_erasure(&manager, id).await.unwrap();
    let rows = list_erasures(&manager).await.unwrap();
    assert!(rows[0].waits_for_another);
    let own = erase(&manager, rows[0].id).await.unwrap_err();
    assert_eq!(own.code(), Code::Forbidden);
    // Taking it back takes nobody else.
    refuse_erasure(&manager, rows[0].id, "identity")
        .await
        .unwrap();
    let told = held_about_me(&cx).await.unwrap();
    assert_eq!(told.homes[0].refused_for, Some(KeepReason::Identity));

    // An admin is not alone while the manager is there, and is afterwards.
    file_erasure(&town.admin_a, id).await.unwrap();
    let request = only(&town.admin_a).await;
    let own = erase(&town.admin_a, request).await.unwrap_err();
    assert_eq!(own.code(), Code::Forbidden);
    let gone = manager.actor.person().unwrap();
    identity::staff::dismiss(&town.admin_a, gone).await.unwrap();
    let row = list_erasures(&town.admin_a).await.unwrap().remove(0);
    assert!(!row.waits_for_another);
    erase(&town.admin_a, request).await.unwrap();
    assert!(next_click(&cx).await.is_none() && !logs_in(&town).await);

    // Who came in after it was filed is forgotten with their log-in as well.
    let late = resident(&town.admin_a, &place, MARK).await;
    file_erasure(&town.admin_a, late).await.unwrap();
    let link = invite(&town.admin_a, late).await.unwrap();
    let cx = comes_in(&town.site, &link.token, PHONE).await;
    erase(&town.admin_a, only(&town.admin_a).await)
        .await
        .unwrap();
    assert!(next_click(&cx).await.is_none() && !logs_in(&town).await);
    assert_eq!(tables_with(&town, MARK).await, [""; 0]);
}

#[tokio::test]
async fn only_who_keeps_the_register_of_the_place_files() {
    let (town, place, id, cx) = scene().await;
    let code = async |cx: &Cx| file_erasure(cx, id).await.unwrap_err().code();
    for role in [Role::Steward, Role::Cashier, Role::Guard] {
        let staff = with_role(&town.admin_a, role);
        assert_eq!(code(&staff).await, Code::Forbidden, "{role:?}");
    }
    assert_eq!(code(&cx).await, Code::Forbidden);
    assert_eq!(code(&town.system(&town.admin_a)).await, Code::Forbidden);
    assert_eq!(code(&town.admin_b).await, Code::NotFound);
    let mut suspended = town.admin_a.clone();
    suspended.tenant.suspended = true;
    assert_eq!(code(&suspended).await, Code::Suspended);
    assert!(list_erasures(&town.admin_a).await.unwrap().is_empty());
    // Of whoever has moved away, too.
    let sale = sale_today(&town.admin_a, place.unit, place.household);
    transfer(&town.admin_a, sale).await.unwrap();
    file_erasure(&town.admin_a, id).await.unwrap();
    assert_eq!(list_erasures(&town.admin_a).await.unwrap().len(), 1);
}
