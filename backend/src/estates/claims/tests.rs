use domain::{
    UnitId,
    estates::{ClaimState, Relation, ResidentForm},
    identity::{LoginForm, Role},
};
use jiff::SignedDuration;

use super::*;
use crate::{
    devices::tests::{Place, build, settle},
    estates::{add_resident, homes, invite, unit},
    kernel::cx::Actor,
    testing::{PASSWORD, Town, comes_in, first_resident, next_click, sale_today, with_role},
};

/// A home of 李雷, without a phone, and of 王小明 with one.
async fn scene() -> (Town, Place) {
    let town = Town::new().await;
    let place = settle(&town.admin_a, "阳光花园").await;
    // Ids grow with time: 李雷 was first.
    later(&town, 1);
    let form = ResidentForm {
        id_number: None,
        unit: place.unit,
        name: "王小明".into(),
        phone: Some("13812345678".into()),
        relation: Relation::Owner,
    };
    add_resident(&town.admin_a, form).await.unwrap();
    (town, place)
}

fn later(town: &Town, seconds: i64) {
    let then = testkit::noon() + SignedDuration::from_secs(seconds);
    town.site.clock.set(then);
}

async fn printed(cx: &Cx, unit: UnitId) -> String {
    let (_, slips) = print_codes(cx, &[unit]).await.unwrap();
    slips[0].code.grouped()
}

fn form(code: &str, surname: &str, digits: &str, login: &str) -> ClaimForm {
    ClaimForm {
        code: code.to_owned(),
        surname: surname.to_owned(),
        last_digits: digits.to_owned(),
        other_phone: false,
        login: login.to_owned(),
        password: PASSWORD.to_owned(),
    }
}

async fn claims(town: &Town, form: ClaimForm) -> Result<Claimed> {
    claim(&town.site, form, None, &Peer::local()).await
}

fn opened(claimed: Claimed) -> Cx {
    match claimed {
        Claimed::Opened(opened) => opened.cx,
        Claimed::Waiting(_) => panic!("it waits"),
    }
}

fn waiting(claimed: Claimed) -> String {
    match claimed {
        Claimed::Waiting(link) => link.token,
        Claimed::Opened(_) => panic!("it opened"),
    }
}

async fn state(town: &Town, token: &str) -> ClaimState {
    let status = claim_status(&town.site, token).await.unwrap().unwrap();
    assert_eq!(status.company, "安居物业");
    status.state
}

async fn log_in(town: &Town, login: &str) -> Result<Opened> {
    let form = LoginForm {
        tenant: String::new(),
        login: login.to_owned(),
        password: PASSWORD.to_owned(),
    };
    identity::log_in(&town.site, form, Kind::Browser, &Peer::local()).await
}

#[tokio::test]
async fn paper_surname_and_number_open_a_home_once() {
    let (town, place) = scene().await;
    let code = printed(&town.admin_a, place.unit).await;
    let right = form(&code.to_lowercase(), "王", "5678", "13812345678");
    let owner = opened(claims(&town, right.clone()).await.unwrap());
    assert!(
        matches!(&owner.actor, Actor::Resident { households, .. } if *households == [place.household])
    );
    assert_eq!(homes(&owner).await.unwrap().len(), 1);
    assert_eq!(
        claims(&town, right).await.unwrap_err().code(),
        Code::Expired
    );
    // The code is nowhere to be read.
    let kept: bool =
        sqlx::query_scalar("SELECT bool_or(position($1::bytea in code_hash) > 0) FROM home_code")
            .bind(code.as_bytes())
            .fetch_one(town.db.admin())
            .await
            .unwrap();
    assert!(!kept);
    let building = unit(&town.admin_a, place.unit).await.unwrap().unwrap();
    let listed = code_homes(&town.admin_a, building.building).await.unwrap();
    assert!(listed.len() == 1 && listed[0].open && listed[0].until.is_none());
}

#[tokio::test]
async fn five_wrong_tries_close_a_code() {
    let (town, place) = scene().await;
    let code = printed(&town.admin_a, place.unit).await;
    for (surname, digits) in [
        ("王", "0000"),
        ("张", "5678"),
        ("小明", "5678"),
        ("王", "1381"),
        ("赵", "9999"),
    ] {
        let refused = claims(&town, form(&code, surname, digits, "13812345678"));
        let refused = refused.await.unwrap_err();
        let fields: Vec<_> = refused.problem.fields.into_iter().collect();
        assert_eq!(fields, [("match".to_owned(), Flaw::Unknown)]);
    }
    let right = form(&code, "王", "5678", "13812345678");
    assert_eq!(
        claims(&town, right).await.unwrap_err().code(),
        Code::Expired
    );
}

#[tokio::test]
async fn what_is_mistyped_is_no_try() {
    let (town, place) = scene().await;
    let code = printed(&town.admin_a, place.unit).await;
    for (wrong, field) in [
        (form("123", "王", "5678", "13812345678"), "code"),
        (form(&code, "", "5678", "13812345678"), "surname"),
        (form(&code, "王", "", "13812345678"), "last_digits"),
        (form(&code, "王", "56", "13812345678"), "last_digits"),
        (form(&code, "王", "5678", "no"), "login"),
        // Somebody else's log-in, with another password.
        (
            ClaimForm {
                password: "not the password".into(),
                ..form(&code, "王", "5678", "admin@anju")
            },
            "login",
        ),
    ] {
        let refused = claims(&town, wrong).await.unwrap_err();
        assert!(refused.problem.fields.contains_key(field), "{field}");
    }
    let unknown = form("00000-00000", "王", "5678", "13812345678");
    assert_eq!(
        claims(&town, unknown).await.unwrap_err().code(),
        Code::Expired
    );
    let right = form(&code, "王小明", "5678", "13812345678");
    opened(claims(&town, right).await.unwrap());
}

#[tokio::test]
async fn printing_again_and_time_end_a_code() {
    let (town, place) = scene().await;
    let first = printed(&town.admin_a, place.unit).await;
    let second = printed(&town.admin_a, place.unit).await;
    let refused = claims(&town, form(&first, "王", "5678", "13812345678")).await;
    assert_eq!(refused.unwrap_err().code(), Code::Expired);
    let late = testkit::noon() + SignedDuration::from_hours(24 * 14 + 1);
    town.site.clock.set(late);
    let refused = claims(&town, form(&second, "王", "5678", "13812345678")).await;
    assert_eq!(refused.unwrap_err().code(), Code::Expired);
}

#[tokio::test]
async fn two_taps_open_one_home() {
    let (town, place) = scene().await;
    let code = printed(&town.admin_a, place.unit).await;
    let (a, b) = tokio::join!(
        claims(&town, form(&code, "王", "5678", "13812345678")),
        claims(&town, form(&code, "王", "5678", "13912345678")),
    );
    assert_eq!(usize::from(a.is_ok()) + usize::from(b.is_ok()), 1);
    assert_eq!(a.err().or(b.err()).unwrap().code(), Code::Expired);
}

#[tokio::test]
async fn without_a_phone_staff_decide() {
    let (town, place) = scene().await;
    let cx = &town.admin_a;
    // No phone is on record for 李雷, whatever is typed.
    let code = printed(cx, place.unit).await;
    let first = claims(&town, form(&code, "李", "1234", "13900000001")).await;
    let first = waiting(first.unwrap());
    assert_eq!(state(&town, &first).await, ClaimState::Waiting);
    assert_eq!(
        log_in(&town, "13900000001").await.unwrap_err().code(),
        Code::BadCredentials
    );
    later(&town, 2);
    // The number on record is not 王小明's any more, he says.
    let code = printed(cx, place.unit).await;
    let other = ClaimForm {
        other_phone: true,
        ..form(&code, "王", "", "13900000002")
    };
    let second = waiting(claims(&town, other).await.unwrap());

    let listed = list_claims(cx).await.unwrap();
    let shown: Vec<_> = listed
        .iter()
        .map(|row| (row.owner.as_str(), row.reason, row.open_already))
        .collect();
    assert_eq!(
        shown,
        [
            ("李雷", ClaimReason::NoPhone, false),
            ("王小明", ClaimReason::OtherPhone, false)
        ]
    );
    accept_claim(cx, listed[0].id).await.unwrap();
    refuse_claim(cx, listed[1].id).await.unwrap();
    assert_eq!(state(&town, &first).await, ClaimState::Accepted);
    assert_eq!(state(&town, &second).await, ClaimState::Refused);
    assert!(log_in(&town, "13900000001").await.is_ok());
    assert!(log_in(&town, "13900000002").await.is_err());
    assert!(list_claims(cx).await.unwrap().is_empty());
    for again in [
        accept_claim(cx, listed[1].id).await,
        refuse_claim(cx, listed[0].id).await,
    ] {
        assert_eq!(again.unwrap_err().code(), Code::Conflict);
    }
}

#[tokio::test]
async fn a_later_claim_tells_those_who_are_in() {
    let (town, place) = scene().await;
    let cx = &town.admin_a;
    let link = invite(cx, first_resident(cx, place.unit).await)
        .await
        .unwrap();
    let inside = comes_in(&town.site, &link.token, "13900000001").await;
    assert!(
        home_notices(&inside, place.household)
            .await
            .unwrap()
            .unwrap()
            .is_empty()
    );

    // All three right, and still it does not open by itself.
    let code = printed(cx, place.unit).await;
    let token = claims(&town, form(&code, "王", "5678", "13812345678")).await;
    let token = waiting(token.unwrap());
    let notices = home_notices(&inside, place.household)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(notices.len(), 1);
    let listed = list_claims(cx).await.unwrap();
    assert_eq!(listed[0].reason, ClaimReason::OpenAlready);

    // Whoever lives elsewhere, or works here, sees and puts away nothing of it.
    let (_, other) = build(cx, place.estate, "2号楼", "201").await;
    let neighbour = town.owner_of(cx, other).await;
    assert!(
        home_notices(&neighbour, place.household)
            .await
            .unwrap()
            .is_none()
    );
    for (who, code) in [(&neighbour, Code::NotFound), (cx, Code::Forbidden)] {
        let refused = see_notice(who, notices[0].id).await.unwrap_err();
        assert_eq!(refused.code(), code);
    }
    let mut shut = inside.clone();
    shut.tenant.suspended = true;
    let refused = see_notice(&shut, notices[0].id).await.unwrap_err();
    assert_eq!(refused.code(), Code::Suspended);
    see_notice(&inside, notices[0].id).await.unwrap();
    assert!(
        home_notices(&inside, place.household)
            .await
            .unwrap()
            .unwrap()
            .is_empty()
    );

    accept_claim(cx, listed[0].id).await.unwrap();
    assert_eq!(state(&town, &token).await, ClaimState::Accepted);
    assert!(log_in(&town, "13812345678").await.is_ok());
    assert!(next_click(&inside).await.is_some(), "both live there");
}

/// Between the request and the decision, the right one came in by a link.
#[tokio::test]
async fn an_old_request_puts_nobody_out() {
    let (town, place) = scene().await;
    let cx = &town.admin_a;
    let code = printed(cx, place.unit).await;
    waiting(
        claims(&town, form(&code, "李", "1234", "13900000009"))
            .await
            .unwrap(),
    );
    let link = invite(cx, first_resident(cx, place.unit).await)
        .await
        .unwrap();
    let inside = comes_in(&town.site, &link.token, "13900000001").await;
    let request = list_claims(cx).await.unwrap()[0].id;
    assert_eq!(
        accept_claim(cx, request).await.unwrap_err().code(),
        Code::Conflict
    );
    assert!(next_click(&inside).await.is_some());
}

#[tokio::test]
async fn a_sale_during_a_claim() {
    let (town, place) = scene().await;
    let cx = &town.admin_a;
    let code = printed(cx, place.unit).await;
    let sale = sale_today(cx, place.unit, place.household);
    let (sold, came) = tokio::join!(
        crate::estates::transfer(cx, sale),
        claims(&town, form(&code, "王", "5678", "13812345678"))
    );
    sold.unwrap();
    match came {
        // Came first, and is out again.
        Ok(claimed) => assert!(next_click(&opened(claimed)).await.is_none()),
        Err(error) => assert_eq!(error.code(), Code::Expired),
    }
}

#[tokio::test]
async fn a_sale_ends_codes_and_requests() {
    let (town, place) = scene().await;
    let cx = &town.admin_a;
    let code = printed(cx, place.unit).await;
    let token = waiting(
        claims(&town, form(&code, "李", "1234", "13900000009"))
            .await
            .unwrap(),
    );
    let request = list_claims(cx).await.unwrap()[0].id;
    let code = printed(cx, place.unit).await;
    crate::estates::transfer(cx, sale_today(cx, place.unit, place.household))
        .await
        .unwrap();
    let refused = claims(&town, form(&code, "王", "5678", "13812345678")).await;
    assert_eq!(refused.unwrap_err().code(), Code::Expired);
    assert_eq!(state(&town, &token).await, ClaimState::Refused);
    assert_eq!(
        accept_claim(cx, request).await.unwrap_err().code(),
        Code::Conflict
    );
}

#[tokio::test]
async fn strangers_print_and_decide_nothing() {
    let (town, place) = scene().await;
    let cx = &town.admin_a;
    let code = printed(cx, place.unit).await;
    waiting(
        claims(&town, form(&code, "李", "1234", "13900000009"))
            .await
            .unwrap(),
    );
    let request = list_claims(cx).await.unwrap()[0].id;
    let building = unit(cx, place.unit).await.unwrap().unwrap().building;
    let owner = town.owner_of(cx, place.household).await;
    let guard = with_role(cx, Role::Guard);
    for (who, code) in [
        (&town.admin_b, Code::NotFound),
        (&owner, Code::Forbidden),
        (&guard, Code::Forbidden),
    ] {
        for refused in [
            print_codes(who, &[place.unit]).await.map(drop),
            code_homes(who, building).await.map(drop),
            accept_claim(who, request).await,
            refuse_claim(who, request).await,
        ] {
            assert_eq!(refused.unwrap_err().code(), code);
        }
    }
    assert!(list_claims(&town.admin_b).await.unwrap().is_empty());
    // A steward prints, and does not decide.
    let steward = with_role(cx, Role::Steward);
    assert!(print_codes(&steward, &[place.unit]).await.is_ok());
    assert_eq!(
        accept_claim(&steward, request).await.unwrap_err().code(),
        Code::Forbidden
    );
    let refused = print_codes(cx, &[]).await.unwrap_err();
    assert_eq!(refused.problem.fields["unit"], Flaw::Required);
}
