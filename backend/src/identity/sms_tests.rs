use std::sync::Arc;

use domain::{
    Code, Problem,
    identity::{Login, ResetForm, SmsLoginForm, SmsUse, WayBack},
    problem::Flaw,
};
use jiff::SignedDuration;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::{
    Entered, finish_log_in, forgot, log_in_by_sms, reset,
    reset_tests::{LetterBox, enter, resident},
    second_factor_tests, send_code, sends_codes, sms,
};
use crate::{
    kernel::{
        cx::{Cx, Peer},
        error::Result,
    },
    notify::{Channels, Letter},
    testing::{Town, next_click},
};

const NEW: &str = "another battery staple";
const PHONE: &str = "13800000001";

/// A town whose SMS land here, and somebody who logs in with a phone number.
async fn scene() -> (Town, Cx, UnboundedReceiver<Letter>) {
    let (letters, received) = unbounded_channel();
    let mut town = Town::new().await;
    town.site = town.site.telling(Channels {
        sms: Some(Arc::new(LetterBox(letters))),
        ..Channels::default()
    });
    let (_, home) = resident(&town, &town.admin_a, PHONE).await;
    (town, home, received)
}

fn later(town: &Town, by: SignedDuration) {
    let clock = &town.site.clock;
    clock.set(clock.now() + by);
}

/// The one number of six digits in a letter.
fn code(letter: &Letter) -> String {
    let digits = letter.text.split(|c: char| !c.is_ascii_digit());
    let mut codes = digits.filter(|digits| digits.len() == 6);
    let code = codes.next().unwrap().to_owned();
    assert_eq!(codes.next(), None, "a gateway finds it");
    code
}

/// Some other code.
fn wrong(code: &str) -> String {
    let other = if code == "000000" { "000001" } else { "000000" };
    other.to_owned()
}

async fn sent(town: &Town, letters: &mut UnboundedReceiver<Letter>) -> String {
    send_code(&town.site, PHONE, &Peer::local()).await.unwrap();
    let letter = letters.recv().await.unwrap();
    assert_eq!(letter.to, "+8613800000001");
    code(&letter)
}

async fn tries(town: &Town, login: &str, code: &str) -> Result<Entered> {
    let form = SmsLoginForm {
        login: login.to_owned(),
        code: code.to_owned(),
    };
    log_in_by_sms(&town.site, form, &Peer::local()).await
}

fn refused(entered: Result<Entered>) {
    let wanted = Problem::field(Code::BadCredentials, "code", Flaw::Wrong);
    assert_eq!(entered.unwrap_err().problem, wanted);
}

fn new_password(login: &str, code: &str) -> ResetForm {
    ResetForm {
        login: login.to_owned(),
        code: code.to_owned(),
        password: NEW.to_owned(),
        ..ResetForm::default()
    }
}

async fn count(town: &Town, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql)
        .fetch_one(town.db.admin())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_code_lets_its_person_in_once() {
    let (town, home, mut letters) = scene().await;
    let code = sent(&town, &mut letters).await;
    // It opens nothing else, and nobody else's.
    let other = reset(&town.site, new_password(PHONE, &code), &Peer::local()).await;
    assert_eq!(other.unwrap_err().problem.fields["match"], Flaw::Unknown);
    refused(tries(&town, "13900000009", &code).await);
    let Entered::Opened(opened) = tries(&town, "+86 138 0000 0001", &code).await.unwrap() else {
        panic!("nobody asked for a second factor");
    };
    assert_eq!(opened.cx.actor.person(), home.actor.person());
    refused(tries(&town, PHONE, &code).await);
    // Neither number nor code is to be read in the table.
    let kept: String = sqlx::query_scalar("SELECT string_agg(s::text, '') FROM sms_code s")
        .fetch_one(town.db.admin())
        .await
        .unwrap();
    assert!(!kept.contains(PHONE) && !kept.contains(&format!(",{code},")));
    let opened = "SELECT count(*) FROM audit_entry WHERE deed = 'session.opened'";
    assert_eq!(count(&town, opened).await, 1);
}

#[tokio::test]
async fn a_code_closes_after_ten_minutes_and_after_five_tries() {
    let (mut town, _, mut letters) = scene().await;
    let late = sent(&town, &mut letters).await;
    later(&town, SignedDuration::from_mins(10));
    refused(tries(&town, PHONE, &late).await);
    let tried = sent(&town, &mut letters).await;
    for _ in 0..5 {
        refused(tries(&town, PHONE, &wrong(&tried)).await);
    }
    refused(tries(&town, PHONE, &tried).await);
    // What is looked at here are codes, and not the throttle of the log-in before them.
    town.site.door = Arc::default();
    // A newer one takes the place of the earlier.
    later(&town, SignedDuration::from_mins(5));
    let earlier = sent(&town, &mut letters).await;
    later(&town, SignedDuration::from_mins(1));
    let newer = sent(&town, &mut letters).await;
    if earlier != newer {
        refused(tries(&town, PHONE, &earlier).await);
    }
    tries(&town, PHONE, &newer).await.unwrap();
}

#[tokio::test]
async fn one_in_a_minute_and_five_in_a_day_go_to_a_number() {
    let (town, _, mut letters) = scene().await;
    let login = Login::by_phone(PHONE).unwrap();
    let mut went = 0;
    for _ in 0..12 {
        for what_for in [SmsUse::LogIn, SmsUse::Reset] {
            sms::send(&town.site, &login, what_for).await.unwrap();
            if letters.try_recv().is_ok() {
                went += 1;
                assert_eq!(what_for, SmsUse::LogIn, "a minute is for both");
            }
        }
        later(&town, SignedDuration::from_mins(1));
    }
    assert_eq!(went, 5);
    later(&town, SignedDuration::from_hours(24));
    sms::send(&town.site, &login, SmsUse::Reset).await.unwrap();
    assert!(letters.try_recv().is_ok());
    // To whom nobody knows nothing goes, and they are told just the same.
    let nobody = "13900000009";
    send_code(&town.site, nobody, &Peer::local()).await.unwrap();
    let login = Login::by_phone(nobody).unwrap();
    sms::send(&town.site, &login, SmsUse::LogIn).await.unwrap();
    assert!(letters.try_recv().is_err());
    refused(tries(&town, nobody, "123456").await);
}

#[tokio::test]
async fn a_code_sets_a_new_password_and_every_company_remembers_it() {
    let (town, home, mut letters) = scene().await;
    let (_, there) = second_home(&town).await;
    let ask = async || forgot(&town.site, PHONE, &Peer::local()).await.unwrap();
    assert_eq!(ask().await, WayBack::Sms);
    let letter = letters.recv().await.unwrap();
    let code = code(&letter);
    refused(tries(&town, PHONE, &code).await);
    for form in [
        new_password(PHONE, &wrong(&code)),
        new_password("13900000009", &code),
    ] {
        let refused = reset(&town.site, form, &Peer::local()).await.unwrap_err();
        assert_eq!(refused.problem.fields["match"], Flaw::Unknown);
    }
    let form = new_password(PHONE, &code);
    reset(&town.site, form.clone(), &Peer::local())
        .await
        .unwrap();
    assert!(next_click(&home).await.is_none() && next_click(&there).await.is_none());
    enter(&town, PHONE, NEW).await.unwrap();
    let again = reset(&town.site, form, &Peer::local()).await.unwrap_err();
    assert_eq!(again.code(), Code::Invalid);
    let changed = "SELECT count(DISTINCT tenant_id) FROM audit_entry
                   WHERE deed = 'password.changed' AND fields = '{phone}' AND address = '127.0.0.1'";
    assert_eq!(count(&town, changed).await, 2);
}

/// The same person lives with the other company as well.
async fn second_home(town: &Town) -> (crate::devices::tests::Place, Cx) {
    resident(town, &town.admin_b, PHONE).await
}

#[tokio::test]
async fn a_second_factor_is_still_asked_for() {
    let (town, home, mut letters) = scene().await;
    let enrolling = second_factor_tests::enrol(&home).await;
    // A code from the phone counts once.
    later(&town, SignedDuration::from_mins(2));
    let code = sent(&town, &mut letters).await;
    let Entered::HalfOpen(token) = tries(&town, PHONE, &code).await.unwrap() else {
        panic!("it opened without the second factor");
    };
    let (site, here) = (&town.site, Peer::local());
    let otp = second_factor_tests::phone(&enrolling, site.now());
    let opened = finish_log_in(site, &token.to_string(), &otp, &here).await;
    assert_eq!(opened.unwrap().cx.actor.person(), home.actor.person());
}

#[tokio::test]
async fn without_a_channel_nothing_is_offered() {
    let town = Town::new().await;
    resident(&town, &town.admin_a, PHONE).await;
    assert!(!sends_codes(&town.site));
    let asked = send_code(&town.site, PHONE, &Peer::local()).await;
    assert_eq!(asked.unwrap_err().code(), Code::NotFound);
    let entered = tries(&town, PHONE, "123456").await;
    assert_eq!(entered.unwrap_err().code(), Code::NotFound);
    let way = forgot(&town.site, PHONE, &Peer::local()).await.unwrap();
    assert_eq!(way, WayBack::Desk);
}

#[tokio::test]
async fn what_is_no_number_is_named_and_an_address_asks_for_so_many() {
    let (town, _, _letters) = scene().await;
    for bad in ["", "wang@mail.example", "admin@anju"] {
        let refused = send_code(&town.site, bad, &Peer::local()).await;
        assert!(
            refused.unwrap_err().problem.fields.contains_key("login"),
            "{bad}"
        );
    }
    let mut last = Ok(());
    for n in 0..21 {
        last = send_code(&town.site, &format!("139000000{n:02}"), &Peer::local()).await;
    }
    assert_eq!(last.unwrap_err().code(), Code::TooMany);
    let elsewhere = Peer {
        address: "198.51.100.1".to_owned(),
        ..Peer::local()
    };
    send_code(&town.site, "13900000099", &elsewhere)
        .await
        .unwrap();
}
