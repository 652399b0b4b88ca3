use domain::{
    Code, SessionId,
    identity::{Login, LoginForm, ResetForm, Role, WayBack},
};
use jiff::{SignedDuration, ToSpan};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::{
    Kind, Opened, forgot, log_in, reset,
    store::{self, reset as resets},
};
use crate::{
    devices::tests::{Place, settle},
    estates::{invite, print_reset},
    kernel::{
        cx::{Cx, Peer},
        error::Result,
    },
    notify::{Channel, Channels, Handing, Letter},
    testing::{PASSWORD, Town, comes_in, first_resident, next_click, sale_today, with_role},
};

const NEW: &str = "another battery staple";
const PHONE: &str = "13800000001";

/// Keeps letters instead of carrying them.
#[derive(Debug)]
pub(super) struct LetterBox(pub(super) UnboundedSender<Letter>);

impl Channel for LetterBox {
    fn send<'a>(&'a self, letter: &'a Letter) -> Handing<'a> {
        self.0.send(letter.clone()).unwrap();
        Box::pin(async { Ok(()) })
    }
}

/// A town whose mail lands here.
async fn with_mail() -> (Town, UnboundedReceiver<Letter>) {
    let (letters, received) = unbounded_channel();
    let mut town = Town::new().await;
    town.site = town.site.telling(Channels {
        mail: Some(std::sync::Arc::new(LetterBox(letters))),
        public_url: "https://linli.example".to_owned(),
        ..Channels::default()
    });
    (town, received)
}

pub(super) async fn enter(town: &Town, login: &str, password: &str) -> Result<Opened> {
    let form = LoginForm {
        tenant: String::new(),
        login: login.to_owned(),
        password: password.to_owned(),
    };
    log_in(&town.site, form, Kind::Browser, &Peer::local()).await
}

/// A resident who came in under a log-in.
pub(super) async fn resident(town: &Town, cx: &Cx, login: &str) -> (Place, Cx) {
    let place = settle(cx, &format!("{login}的小区")).await;
    let resident = first_resident(cx, place.unit).await;
    let link = invite(cx, resident).await.unwrap();
    let home = comes_in(&town.site, &link.token, login).await;
    (place, home)
}

fn by_link(letter: &Letter) -> ResetForm {
    let (_, rest) = letter
        .text
        .split_once("https://linli.example/reset/")
        .unwrap();
    ResetForm {
        token: rest.split_whitespace().next().unwrap().to_owned(),
        password: NEW.to_owned(),
        ..ResetForm::default()
    }
}

fn on_paper(code: &str, login: &str) -> ResetForm {
    ResetForm {
        code: code.to_owned(),
        login: login.to_owned(),
        password: NEW.to_owned(),
        ..ResetForm::default()
    }
}

async fn refused(town: &Town, form: ResetForm) -> Code {
    let refused = reset(&town.site, form, &Peer::local()).await;
    refused.unwrap_err().code()
}

fn session(cx: &Cx) -> SessionId {
    cx.actor.session().unwrap()
}

#[tokio::test]
async fn a_mailed_link_sets_a_password_once() {
    let (town, mut letters) = with_mail().await;
    let (_, home) = resident(&town, &town.admin_a, "wang@mail.example").await;
    let way = forgot(&town.site, " Wang@Mail.example", &Peer::local()).await;
    assert_eq!(way.unwrap(), WayBack::Mail);
    let letter = letters.recv().await.unwrap();
    assert_eq!(letter.to, "wang@mail.example");
    let form = by_link(&letter);
    let short = ResetForm {
        password: "short".to_owned(),
        ..form.clone()
    };
    assert_eq!(refused(&town, short).await, Code::Invalid);

    reset(&town.site, form.clone(), &Peer::local())
        .await
        .unwrap();
    assert!(next_click(&home).await.is_none(), "old sessions end");
    let old = enter(&town, "wang@mail.example", PASSWORD).await;
    assert_eq!(old.unwrap_err().code(), Code::BadCredentials);
    let new = enter(&town, "wang@mail.example", NEW).await.unwrap();
    assert_ne!(session(&new.cx), session(&home));
    assert_eq!(refused(&town, form).await, Code::Expired);
}

#[tokio::test]
async fn what_is_asked_for_says_nothing() {
    let (town, mut letters) = with_mail().await;
    for (login, way) in [
        ("nobody@mail.example", WayBack::Mail),
        ("admin@anju", WayBack::Desk),
        ("13899999999", WayBack::Desk),
    ] {
        let told = forgot(&town.site, login, &Peer::local()).await.unwrap();
        assert_eq!(told, way, "{login}");
    }
    let malformed = forgot(&town.site, "nobody", &Peer::local()).await;
    assert_eq!(malformed.unwrap_err().code(), Code::Invalid);
    // Whose turn it was has come: a known one that is asked for later is served.
    resident(&town, &town.admin_a, "wang@mail.example").await;
    forgot(&town.site, "wang@mail.example", &Peer::local())
        .await
        .unwrap();
    assert_eq!(letters.recv().await.unwrap().to, "wang@mail.example");
    assert!(letters.try_recv().is_err(), "nobody else got a letter");

    // Without a channel nothing is promised.
    let silent = Town::new().await;
    let told = forgot(&silent.site, "wang@mail.example", &Peer::local()).await;
    assert_eq!(told.unwrap(), WayBack::Desk);
}

#[tokio::test]
async fn links_run_out_are_replaced_and_are_few() {
    let (town, mut letters) = with_mail().await;
    resident(&town, &town.admin_a, "wang@mail.example").await;
    let ask = async || {
        forgot(&town.site, "wang@mail.example", &Peer::local())
            .await
            .unwrap();
    };
    ask().await;
    let first = by_link(&letters.recv().await.unwrap());
    ask().await;
    let second = by_link(&letters.recv().await.unwrap());
    assert_eq!(refused(&town, first).await, Code::Expired);
    town.site.clock.set(testkit::noon() + 31.minutes());
    assert_eq!(refused(&town, second).await, Code::Expired);
    for _ in 0..3 {
        ask().await;
        letters.recv().await.unwrap();
    }
    let (now, index) = (
        town.site.now(),
        town.site
            .keys
            .login_index(&Login::parse("wang@mail.example").unwrap()),
    );
    let mut tx = town.site.db.open().await.unwrap();
    let known = store::credential(&mut tx, &index).await.unwrap().unwrap();
    let sixth = resets::open(
        &mut tx,
        b"x",
        known.person_id,
        None,
        now,
        now + SignedDuration::from_mins(30),
    )
    .await;
    assert!(!sixth.unwrap(), "five a day are enough");
}

#[tokio::test]
async fn the_desk_prints_a_code_for_its_own_resident() {
    let town = Town::new().await;
    let (place, home) = resident(&town, &town.admin_a, PHONE).await;
    let who = first_resident(&town.admin_a, place.unit).await;
    let desk = with_role(&town.admin_a, Role::FrontDesk);
    let slip = print_reset(&desk, who).await.unwrap();
    let wrong = on_paper(&slip.code, "13800000002");
    assert_eq!(refused(&town, wrong).await, Code::Invalid);
    let nonsense = on_paper("00000-00000", PHONE);
    assert_eq!(refused(&town, nonsense).await, Code::Expired);
    let empty = ResetForm::default();
    assert_eq!(refused(&town, empty).await, Code::Invalid);
    // A code is no link.
    let as_link = ResetForm {
        token: slip.code.replace('-', ""),
        password: NEW.to_owned(),
        ..ResetForm::default()
    };
    assert_eq!(refused(&town, as_link).await, Code::Expired);

    let form = on_paper(&slip.code.to_lowercase().replace('-', " "), "138 0000 0001");
    reset(&town.site, form, &Peer::local()).await.unwrap();
    assert!(next_click(&home).await.is_none());
    enter(&town, PHONE, NEW).await.unwrap();
}

#[tokio::test]
async fn five_wrong_tries_close_a_code() {
    let town = Town::new().await;
    let (place, _) = resident(&town, &town.admin_a, PHONE).await;
    let who = first_resident(&town.admin_a, place.unit).await;
    let slip = print_reset(&town.admin_a, who).await.unwrap();
    for _ in 0..5 {
        let wrong = on_paper(&slip.code, "13800000002");
        assert_eq!(refused(&town, wrong).await, Code::Invalid);
    }
    let right = on_paper(&slip.code, PHONE);
    assert_eq!(refused(&town, right).await, Code::Expired);
}

#[tokio::test]
async fn the_desk_opens_nothing_that_is_none_of_its_business() {
    let town = Town::new().await;
    let (a, b) = (&town.admin_a, &town.admin_b);
    // Staff of another company, who lives here.
    let (place, _) = resident(&town, a, "admin@boyuan").await;
    let who = first_resident(a, place.unit).await;
    let refused_ = print_reset(a, who).await.unwrap_err();
    assert_eq!(refused_.code(), Code::Forbidden);

    // Somebody who has not come in, and those who may not.
    let empty = settle(a, "晨光外滩").await;
    let other = first_resident(a, empty.unit).await;
    assert_eq!(
        print_reset(a, other).await.unwrap_err().code(),
        Code::Conflict
    );
    assert_eq!(
        print_reset(b, who).await.unwrap_err().code(),
        Code::NotFound
    );
    for (asker, code) in [
        (with_role(a, Role::Guard), Code::Forbidden),
        (town.owner_of(a, empty.household).await, Code::Forbidden),
    ] {
        assert_eq!(print_reset(&asker, other).await.unwrap_err().code(), code);
    }

    // Whoever puts another hat on after it was printed is past what the desk may open.
    let (home, _) = resident(&town, a, PHONE).await;
    let who = first_resident(a, home.unit).await;
    let slip = print_reset(a, who).await.unwrap();
    resident(&town, b, PHONE).await;
    assert_eq!(
        refused(&town, on_paper(&slip.code, PHONE)).await,
        Code::Expired
    );

    // And whoever sold is a resident no more.
    let sale = sale_today(a, empty.unit, empty.household);
    crate::estates::transfer(a, sale).await.unwrap();
    assert_eq!(
        print_reset(a, other).await.unwrap_err().code(),
        Code::NotFound
    );
}
