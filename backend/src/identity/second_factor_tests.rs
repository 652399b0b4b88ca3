use domain::{
    Code,
    identity::{Action, LoginForm},
    problem::Flaw,
    session::{Enrolling, SecondFactor},
};
use jiff::{Timestamp, ToSpan};
use totp_rs::{Algorithm, Builder, Secret};

use super::*;
use crate::{
    tenancy,
    testing::{PASSWORD, Town},
};

fn form() -> LoginForm {
    LoginForm {
        tenant: "anju".into(),
        login: "admin@anju".into(),
        password: PASSWORD.into(),
    }
}

/// What the phone shows at a moment.
pub(crate) fn phone(enrolling: &Enrolling, at: Timestamp) -> String {
    let secret = Secret::try_from_base32(enrolling.secret.replace(' ', "")).unwrap();
    let totp = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_secret(secret)
        .build_noncompliant();
    totp.generate(u64::try_from(at.as_second()).unwrap())
        .to_string()
}

async fn shown(cx: &Cx) -> Enrolling {
    match account(cx).await.unwrap().second_factor {
        SecondFactor::Pending(enrolling) => enrolling,
        other => panic!("{other:?}"),
    }
}

/// A second factor of A's admin, switched on with the code of noon.
async fn enrolled(town: &Town) -> Enrolling {
    enrol(&town.admin_a).await
}

/// A second factor, switched on with the code of this moment.
pub(crate) async fn enrol(cx: &Cx) -> Enrolling {
    let here = Peer::local();
    start_second_factor(cx, PASSWORD, &here).await.unwrap();
    let enrolling = shown(cx).await;
    let code = phone(&enrolling, cx.now());
    confirm_second_factor(cx, &code, &here).await.unwrap();
    enrolling
}

async fn with(town: &Town, otp: Option<&str>) -> Result<Opened> {
    log_in_with(&town.site, form(), otp, Kind::Client, &Peer::local()).await
}

fn otp_refused<T: std::fmt::Debug>(result: Result<T>, code: Code, flaw: Flaw) {
    let refused = result.unwrap_err();
    assert_eq!(refused.problem, Problem::field(code, "otp", flaw));
}

#[tokio::test]
async fn it_is_on_only_after_a_right_code() {
    let town = Town::new().await;
    let (cx, here) = (&town.admin_a, Peer::local());
    let state = async || account(cx).await.unwrap().second_factor;
    assert_eq!(state().await, SecondFactor::Off);
    let early = confirm_second_factor(cx, "123456", &here)
        .await
        .unwrap_err();
    assert_eq!(early.code(), Code::Conflict);
    otp_or_password_refused(start_second_factor(cx, "wrong", &here).await, "password");

    start_second_factor(cx, PASSWORD, &here).await.unwrap();
    let first = shown(cx).await;
    assert_eq!(first.codes.len(), 10);
    assert!(first.picture.starts_with("<svg"));
    assert_eq!(
        shown(cx).await,
        first,
        "the same however often it is looked at"
    );
    // Not on yet: the password alone opens.
    with(&town, None).await.unwrap();
    otp_or_password_refused(confirm_second_factor(cx, "000000", &here).await, "otp");

    // Started anew, the first secret is worth nothing.
    start_second_factor(cx, PASSWORD, &here).await.unwrap();
    let second = shown(cx).await;
    assert_ne!(first.secret, second.secret);
    let old = phone(&first, testkit::noon());
    otp_or_password_refused(confirm_second_factor(cx, &old, &here).await, "otp");
    let code = phone(&second, testkit::noon());
    confirm_second_factor(cx, &code, &here).await.unwrap();
    assert_eq!(state().await, SecondFactor::On { codes_left: 10 });
    let again = start_second_factor(cx, PASSWORD, &here).await.unwrap_err();
    assert_eq!(again.code(), Code::Conflict);

    // What the password alone had opened is over, but for the one that asked.
    assert_eq!(sessions(cx).await.unwrap().len(), 1);
    // A stranger's account is their own.
    let theirs = account(&town.admin_b).await.unwrap();
    assert_eq!(theirs.second_factor, SecondFactor::Off);
    let nothing = confirm_second_factor(&town.admin_b, &code, &here).await;
    assert_eq!(nothing.unwrap_err().code(), Code::Conflict);
}

fn otp_or_password_refused(result: Result<()>, field: &str) {
    let refused = result.unwrap_err();
    assert_eq!(
        refused.problem,
        Problem::field(Code::Invalid, field, Flaw::Wrong)
    );
}

#[tokio::test]
async fn a_code_works_once_and_for_a_step_around_now() {
    let town = Town::new().await;
    let enrolling = enrolled(&town).await;
    let code = |seconds: i64| phone(&enrolling, testkit::noon() + seconds.seconds());

    otp_refused(with(&town, None).await, Code::OtpRequired, Flaw::Required);
    // That of noon was used to switch it on.
    let used = code(0);
    otp_refused(
        with(&town, Some(&used)).await,
        Code::BadCredentials,
        Flaw::Wrong,
    );

    // Within a step of skew on each side, and no further.
    town.site.clock.set(testkit::noon() + 90.seconds());
    for late in [30, 150] {
        let refused = with(&town, Some(&code(late))).await;
        otp_refused(refused, Code::BadCredentials, Flaw::Wrong);
    }
    let formatted = code(60);
    let formatted = format!("{} {}", &formatted[..3], &formatted[3..]);
    with(&town, Some(&formatted)).await.unwrap();
    let again = with(&town, Some(&code(60))).await;
    otp_refused(again, Code::BadCredentials, Flaw::Wrong);
    with(&town, Some(&code(120))).await.unwrap();
    // Older than one that was used, even though it was not used itself.
    let older = with(&town, Some(&code(90))).await;
    otp_refused(older, Code::BadCredentials, Flaw::Wrong);
}

#[tokio::test]
async fn no_code_says_anything_without_the_password() {
    let town = Town::new().await;
    let enrolling = enrolled(&town).await;
    let mut wrong = form();
    wrong.password = "wrong".into();
    town.site.clock.set(testkit::noon() + 60.seconds());
    let right = phone(&enrolling, testkit::noon() + 60.seconds());
    let refused = log_in_with(
        &town.site,
        wrong,
        Some(&right),
        Kind::Client,
        &Peer::local(),
    )
    .await;
    assert_eq!(refused.unwrap_err().problem, Code::BadCredentials.into());
    with(&town, Some(&right)).await.unwrap();
}

#[tokio::test]
async fn a_recovery_code_works_once() {
    let town = Town::new().await;
    let enrolling = enrolled(&town).await;
    let typed = enrolling.codes[3].to_lowercase().replace('-', " ");
    let opened = with(&town, Some(&typed)).await.unwrap();
    let left = account(&opened.cx).await.unwrap().second_factor;
    assert_eq!(left, SecondFactor::On { codes_left: 9 });
    let again = with(&town, Some(&enrolling.codes[3])).await;
    otp_refused(again, Code::BadCredentials, Flaw::Wrong);
    let made_up = with(&town, Some("AAAAA-AAAAA")).await;
    otp_refused(made_up, Code::BadCredentials, Flaw::Wrong);
    with(&town, Some(&enrolling.codes[4])).await.unwrap();

    // Only hashes are kept, and the seed is gone.
    let kept: (i64, Option<Vec<u8>>) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM recovery_code WHERE octet_length(code_hash) = 32), seed FROM second_factor",
    )
    .fetch_one(town.db.admin())
    .await
    .unwrap();
    assert_eq!(kept, (10, None));
}

#[tokio::test]
async fn guesses_are_throttled_by_person_and_let_in_again_later() {
    let town = Town::new().await;
    let enrolling = enrolled(&town).await;
    // Guesses in the log-in's second step cost no password: only the code's own throttle counts.
    let Entered::HalfOpen(half) = begin_log_in(&town.site, form(), &Peer::local())
        .await
        .unwrap()
    else {
        panic!("a code is wanted")
    };
    let half = half.to_string();
    let mut codes = Vec::new();
    for n in 0..12 {
        let from = Peer {
            address: format!("203.0.113.{n}"),
            ..Peer::local()
        };
        let refused = finish_log_in(&town.site, &half, "000000", &from).await;
        codes.push(refused.unwrap_err().code());
    }
    assert!(codes.contains(&Code::TooMany), "{codes:?}");
    // Nobody else is held up, and neither is the password's own door.
    assert!(matches!(
        begin_log_in(&town.site, form(), &Peer::local())
            .await
            .unwrap(),
        Entered::HalfOpen(_)
    ));
    drop(enrolling);
}

#[tokio::test]
async fn a_browser_goes_in_two_steps() {
    let town = Town::new().await;
    let here = Peer::local();
    let Entered::Opened(_) = begin_log_in(&town.site, form(), &here).await.unwrap() else {
        panic!("no code is wanted")
    };
    let enrolling = enrolled(&town).await;
    let half = async || match begin_log_in(&town.site, form(), &here).await.unwrap() {
        Entered::HalfOpen(token) => token.to_string(),
        Entered::Opened(_) => panic!("a code is wanted"),
    };
    let (first, second, third) = (half().await, half().await, half().await);
    // It opens nothing by itself.
    assert!(resume(&town.site, &first).await.unwrap().is_none());
    assert!(redeem_ticket(&town.site, &first).await.unwrap().is_none());
    assert!(refresh(&town.site, &first).await.is_err());
    assert!(is_half_open(&town.site, &first).await.unwrap());

    let wrong = finish_log_in(&town.site, &first, "000000", &here).await;
    otp_refused(wrong, Code::BadCredentials, Flaw::Wrong);
    let empty = finish_log_in(&town.site, &first, "", &here).await;
    otp_refused(empty, Code::OtpRequired, Flaw::Required);
    town.site.clock.set(testkit::noon() + 1.minute());
    let code = phone(&enrolling, testkit::noon() + 1.minute());
    let opened = finish_log_in(&town.site, &first, &code, &here)
        .await
        .unwrap();
    assert_eq!(opened.cx.tenant.slug, "anju");
    let used = finish_log_in(&town.site, &first, &enrolling.codes[0], &here).await;
    assert_eq!(used.unwrap_err().code(), Code::Expired);

    // A new password ends it, and so does the time.
    town.site.clock.set(testkit::noon() + 6.minutes());
    let late = finish_log_in(&town.site, &second, &enrolling.codes[0], &here).await;
    assert_eq!(late.unwrap_err().code(), Code::Expired);
    let fourth = half().await;
    change_password(&opened.cx, PASSWORD, "a better staple for horses", &here)
        .await
        .unwrap();
    for token in [third, fourth] {
        let gone = finish_log_in(&town.site, &token, &enrolling.codes[0], &here).await;
        assert_eq!(gone.unwrap_err().code(), Code::Expired);
    }
    let unknown = finish_log_in(&town.site, "00", &enrolling.codes[0], &here).await;
    assert_eq!(unknown.unwrap_err().code(), Code::Expired);
}

#[tokio::test]
async fn switching_it_off_takes_both() {
    let town = Town::new().await;
    let enrolling = enrolled(&town).await;
    let (cx, here) = (&town.admin_a, Peer::local());
    let code = &enrolling.codes[0];
    otp_or_password_refused(
        drop_second_factor(cx, "wrong", code, &here).await,
        "password",
    );
    otp_or_password_refused(
        drop_second_factor(cx, PASSWORD, "000000", &here).await,
        "otp",
    );
    let stranger = drop_second_factor(&town.admin_b, PASSWORD, code, &here).await;
    assert_eq!(stranger.unwrap_err().code(), Code::Conflict);
    drop_second_factor(cx, PASSWORD, code, &here).await.unwrap();
    assert_eq!(account(cx).await.unwrap().second_factor, SecondFactor::Off);
    with(&town, None).await.unwrap();
}

#[tokio::test]
async fn no_other_door_takes_the_password_alone() {
    let town = Town::new().await;
    let enrolling = enrolled(&town).await;
    let signup = || domain::tenancy::SignupForm {
        company: "二号物业".into(),
        slug: "erhao".into(),
        admin_name: "周敏".into(),
        login: "admin@anju".into(),
        password: PASSWORD.into(),
    };
    let here = Peer::local();
    let refused = tenancy::sign_up(&town.site, signup(), Kind::Browser, &here).await;
    otp_refused(refused, Code::OtpRequired, Flaw::Required);
    let code = Some(enrolling.codes[0].as_str());
    tenancy::sign_up_with(&town.site, signup(), code, Kind::Browser, &here)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_company_may_want_it_of_its_staff() {
    let town = Town::new().await;
    let (cx, here) = (&town.admin_a, Peer::local());
    let opened = with(&town, None).await.unwrap();
    assert!(!tenancy::wants_second_factor(cx).await.unwrap());
    tenancy::want_second_factor(cx, true).await.unwrap();
    assert!(tenancy::wants_second_factor(cx).await.unwrap());
    assert!(!tenancy::wants_second_factor(&town.admin_b).await.unwrap());

    let now = cx_of(&town.site, opened.session).await.unwrap().unwrap();
    assert!(me(&now).unwrap().second_factor_first);
    let refused = |cx: &Cx, action| cx.authorize(action).unwrap_err().code();
    for action in Action::ALL {
        assert_eq!(refused(&now, action), Code::SecondFactorRequired);
    }
    let ticket = live_ticket(&now).await.unwrap_err();
    assert_eq!(ticket.code(), Code::SecondFactorRequired);
    let unset = tenancy::want_second_factor(&now, false).await.unwrap_err();
    assert_eq!(unset.code(), Code::SecondFactorRequired);
    // The account itself stays open, or nobody could ever comply.
    assert!(account(&now).await.unwrap().second_factor_first);
    start_second_factor(&now, PASSWORD, &here).await.unwrap();
    let code = phone(&shown(&now).await, testkit::noon());
    confirm_second_factor(&now, &code, &here).await.unwrap();
    let now = cx_of(&town.site, opened.session).await.unwrap().unwrap();
    assert!(now.authorize(Action::EditEstates).is_ok());

    // Company B wants nothing of the kind.
    let other = town.admin_b.actor.session().unwrap();
    let other = cx_of(&town.site, other).await.unwrap().unwrap();
    assert!(other.authorize(Action::EditEstates).is_ok());
    // And whoever lives there is no staff.
    let owner = town.owner_of(cx, town.site.new_id()).await;
    let refused = tenancy::want_second_factor(&owner, true).await.unwrap_err();
    assert_eq!(refused.code(), Code::Forbidden);
}

#[tokio::test]
async fn secrets_are_sealed_and_do_not_print() {
    let town = Town::new().await;
    let (cx, here) = (&town.admin_a, Peer::local());
    start_second_factor(cx, PASSWORD, &here).await.unwrap();
    let account = account(cx).await.unwrap();
    let SecondFactor::Pending(enrolling) = &account.second_factor else {
        panic!("pending")
    };
    let printed = format!("{account:?}");
    assert!(!printed.contains(&enrolling.secret) && !printed.contains(&enrolling.codes[0]));
    let secret = Secret::try_from_base32(enrolling.secret.replace(' ', "")).unwrap();
    let kept: Vec<u8> = sqlx::query_scalar("SELECT secret FROM second_factor")
        .fetch_one(town.db.admin())
        .await
        .unwrap();
    let plain = secret.as_bytes();
    assert!(!kept.windows(plain.len()).any(|part| part == plain));
    confirm_second_factor(cx, &phone(enrolling, testkit::noon()), &here)
        .await
        .unwrap();
    let half = begin_log_in(&town.site, form(), &here).await.unwrap();
    let Entered::HalfOpen(token) = &half else {
        panic!("a code is wanted")
    };
    assert!(!format!("{half:?}").contains(&token.to_string()));
}
