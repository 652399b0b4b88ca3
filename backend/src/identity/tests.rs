use domain::{
    Code,
    identity::{Hat, LoginForm},
};
use jiff::ToSpan;

use super::*;
use crate::testing::{PASSWORD, Town};

fn form(login: &str, password: &str) -> LoginForm {
    LoginForm {
        tenant: String::new(),
        login: login.into(),
        password: password.into(),
    }
}

async fn enter(town: &Town, login: &str, password: &str) -> Result<Opened> {
    enter_as(town, login, password, Kind::Browser).await
}

async fn enter_as(town: &Town, login: &str, password: &str, kind: Kind) -> Result<Opened> {
    log_in(&town.site, form(login, password), kind, &Peer::local()).await
}

#[tokio::test]
async fn a_session_opens_lasts_and_ends() {
    let town = Town::new().await;
    let opened = enter(&town, "Admin@Anju", PASSWORD).await.unwrap();
    assert_eq!(opened.cx.actor.hat(), Some(Hat::Staff));
    assert_eq!(opened.cx.tenant.id, town.admin_a.tenant.id);

    let token = opened.token.to_string();
    let back = resume(&town.site, &token).await.unwrap().unwrap();
    assert_eq!(back.actor.session(), Some(opened.session));
    assert!(resume(&town.site, "0000").await.unwrap().is_none());

    log_out(&back).await.unwrap();
    assert!(resume(&town.site, &token).await.unwrap().is_none());
    assert!(cx_of(&town.site, opened.session).await.unwrap().is_none());
}

#[tokio::test]
async fn what_does_not_match_is_told_alike() {
    let town = Town::new().await;
    for (login, password) in [
        ("admin@anju", "wrong"),
        ("nobody@anju", PASSWORD),
        ("", ""),
        ("admin@anju", ""),
    ] {
        let refused = enter(&town, login, password).await.unwrap_err();
        assert_eq!(refused.problem, Code::BadCredentials.into(), "{login}");
    }
    let mut elsewhere = form("admin@anju", PASSWORD);
    elsewhere.tenant = "boyuan".into();
    let refused = log_in(&town.site, elsewhere, Kind::Client, &Peer::local())
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::BadCredentials);
}

#[tokio::test]
async fn sessions_end_when_idle_and_in_the_end() {
    let town = Town::new().await;
    let opened = enter(&town, "admin@anju", PASSWORD).await.unwrap();
    let token = opened.token.to_string();
    // Used every ten days it lives on, until the thirtieth.
    for (days, alive) in [(10, true), (20, true), (29, true), (31, false)] {
        let later = testkit::noon() + (24 * days).hours();
        town.site.clock.set(later);
        assert_eq!(
            resume(&town.site, &token).await.unwrap().is_some(),
            alive,
            "day {days}"
        );
    }
    town.site.clock.set(testkit::noon());
    let idle = enter(&town, "admin@anju", PASSWORD)
        .await
        .unwrap()
        .token
        .to_string();
    town.site.clock.set(testkit::noon() + (24 * 15).hours());
    assert!(resume(&town.site, &idle).await.unwrap().is_none());
}

#[tokio::test]
async fn a_refresh_token_is_no_cookie_and_does_not_lie_idle() {
    let town = Town::new().await;
    let client = || enter_as(&town, "admin@anju", PASSWORD, Kind::Client);
    let token = client().await.unwrap().token.to_string();
    assert!(resume(&town.site, &token).await.unwrap().is_none());
    let cookie = enter(&town, "admin@anju", PASSWORD).await.unwrap();
    let refused = refresh(&town.site, &cookie.token.to_string()).await;
    assert_eq!(refused.unwrap_err().code(), Code::Unauthenticated);

    // Renewed in time it goes on; a fortnight untouched, and it is over.
    town.site.clock.set(testkit::noon() + (24 * 13).hours());
    let (_, token) = refresh(&town.site, &token).await.unwrap();
    town.site.clock.set(testkit::noon() + (24 * 28).hours());
    let refused = refresh(&town.site, &token.to_string()).await;
    assert_eq!(refused.unwrap_err().code(), Code::Unauthenticated);
}

#[tokio::test]
async fn tokens_name_a_session_and_live_briefly() {
    let town = Town::new().await;
    let opened = enter_as(&town, "admin@anju", PASSWORD, Kind::Client)
        .await
        .unwrap();
    let access = access_token(&town.site, &opened).unwrap();
    let cx = bearer(&town.site, &access.access_token)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(cx.actor.session(), Some(opened.session));

    let forged = format!("{}x", access.access_token);
    assert!(bearer(&town.site, &forged).await.unwrap().is_none());
    assert!(bearer(&town.site, "").await.unwrap().is_none());

    let refresh_token = opened.token.to_string();
    let (fresh, next) = refresh(&town.site, &refresh_token).await.unwrap();
    assert!(
        bearer(&town.site, &fresh.access_token)
            .await
            .unwrap()
            .is_some()
    );
    let used = refresh(&town.site, &refresh_token).await.unwrap_err();
    assert_eq!(used.code(), Code::Unauthenticated);

    town.site.clock.set(testkit::noon() + 16.minutes());
    assert!(
        bearer(&town.site, &access.access_token)
            .await
            .unwrap()
            .is_none()
    );
    let (_, last) = refresh(&town.site, &next.to_string()).await.unwrap();

    log_out(&cx).await.unwrap();
    assert!(
        bearer(&town.site, &fresh.access_token)
            .await
            .unwrap()
            .is_none()
    );
    assert!(refresh(&town.site, &last.to_string()).await.is_err());
}

#[tokio::test]
async fn signing_keys_take_turns() {
    let town = Town::new().await;
    let (site, keys) = (&town.site, &town.site.keys);
    let opened = enter_as(&town, "admin@anju", PASSWORD, Kind::Client).await;
    let opened = opened.unwrap();
    let sign = || access_token(site, &opened).unwrap().access_token;
    let good = async |token: &str| bearer(site, token).await.unwrap().is_some();
    let number = |token: &str| jsonwebtoken::decode_header(token).unwrap().kid;
    let old = sign();
    assert_eq!(number(&old).as_deref(), Some("1"));

    // The next one is told of before it begins, so that no process meets a number it does not know.
    let turn = testkit::noon() + 2.minutes();
    keys.take_turns(vec![turn]);
    site.clock.set(turn - 1.seconds());
    let last = sign();
    assert_eq!(number(&last).as_deref(), Some("1"));
    site.clock.set(turn);
    let new = sign();
    assert_eq!(number(&new).as_deref(), Some("2"));
    for token in [&old, &last, &new] {
        assert!(good(token).await);
    }
    // For as long as a token lives, and not longer, whatever the token says of itself.
    site.clock.set(turn + 15.minutes() - 1.seconds());
    assert!(
        good(&new).await
            && keys
                .verifying_key(1, site.now(), 15.minutes().try_into().unwrap())
                .is_some()
    );
    let (fresh, _) = refresh(site, &opened.token.to_string()).await.unwrap();
    site.clock.set(turn + 15.minutes());
    assert!(good(&fresh.access_token).await);
    let late = |number: usize, key: [u8; 32]| {
        let exp = (site.now() + 5.minutes()).as_second();
        let claims =
            serde_json::json!({ "sub": opened.session, "epoch": opened.epoch, "exp": exp });
        let header = jsonwebtoken::Header {
            kid: (number > 0).then(|| number.to_string()),
            ..jsonwebtoken::Header::default()
        };
        let key = jsonwebtoken::EncodingKey::from_secret(&key);
        jsonwebtoken::encode(&header, &claims, &key).unwrap()
    };
    let (_, second) = keys.signing_key(turn);
    let (_, first) = keys.signing_key(turn - 1.seconds());
    assert!(good(&late(2, second)).await, "the forgery is well made");
    assert!(!good(&late(1, first)).await, "a key that is over");
    assert!(!good(&late(2, first)).await, "one that is not the number's");
    assert!(!good(&late(3, second)).await, "a number nobody told of");
    assert!(!good(&late(0, second)).await, "no number");
}

#[tokio::test]
async fn a_ticket_opens_once_and_soon() {
    let town = Town::new().await;
    let ticket = live_ticket(&town.admin_a).await.unwrap();
    assert!(redeem_ticket(&town.site, "ff").await.unwrap().is_none());
    let cx = redeem_ticket(&town.site, &ticket).await.unwrap().unwrap();
    assert_eq!(cx.tenant.id, town.admin_a.tenant.id);
    assert!(redeem_ticket(&town.site, &ticket).await.unwrap().is_none());

    let late = live_ticket(&town.admin_a).await.unwrap();
    town.site.clock.set(testkit::noon() + 31.seconds());
    assert!(redeem_ticket(&town.site, &late).await.unwrap().is_none());
}

#[tokio::test]
async fn tries_are_throttled_and_the_demo_stays_at_home() {
    let town = Town::new().await;
    let mut codes = Vec::new();
    for _ in 0..12 {
        codes.push(
            enter(&town, "admin@boyuan", "wrong")
                .await
                .unwrap_err()
                .code(),
        );
    }
    assert!(codes.contains(&Code::TooMany), "{codes:?}");
    // Another account is not held up by it.
    assert!(enter(&town, "admin@anju", PASSWORD).await.is_ok());

    crate::testing::found(&town.site, "demo", "阳光物业").await;
    assert!(enter(&town, "admin@demo", PASSWORD).await.is_ok());
    let far = Peer {
        address: "203.0.113.9".into(),
        device: "?".into(),
        loopback: false,
    };
    let refused = log_in(
        &town.site,
        form("admin@demo", PASSWORD),
        Kind::Browser,
        &far,
    )
    .await;
    assert_eq!(refused.unwrap_err().code(), Code::BadCredentials);
}

#[tokio::test]
async fn a_role_taken_away_counts_on_the_next_request() {
    let town = Town::new().await;
    let opened = enter(&town, "admin@anju", PASSWORD).await.unwrap();
    let token = opened.token.to_string();
    sqlx::query("DELETE FROM role_grant")
        .execute(town.db.admin())
        .await
        .unwrap();
    let cx = resume(&town.site, &token).await.unwrap().unwrap();
    assert_eq!(
        cx.authorize(domain::identity::Action::ViewEstates)
            .unwrap_err()
            .code(),
        Code::Forbidden
    );
    sqlx::query("UPDATE staff SET left_at = now()")
        .execute(town.db.admin())
        .await
        .unwrap();
    assert!(resume(&town.site, &token).await.unwrap().is_none());
}

#[tokio::test]
async fn a_suspended_tenant_reads_and_changes_nothing() {
    use domain::identity::Action;

    let town = Town::new().await;
    let opened = enter(&town, "admin@anju", PASSWORD).await.unwrap();
    sqlx::query("UPDATE tenant SET state = 'suspended'")
        .execute(town.db.admin())
        .await
        .unwrap();
    let cx = resume(&town.site, &opened.token.to_string())
        .await
        .unwrap()
        .unwrap();
    assert!(cx.authorize(Action::ViewEstates).is_ok());
    assert_eq!(
        cx.authorize(Action::EditEstates).unwrap_err().code(),
        Code::Suspended
    );
}
