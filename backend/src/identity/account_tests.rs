use domain::{Code, identity::LoginForm, problem::Flaw};
use jiff::ToSpan;

use super::*;
use crate::testing::{PASSWORD, Town};

fn browser(device: &str, address: &str) -> Peer {
    Peer {
        address: address.to_owned(),
        device: device.to_owned(),
        loopback: true,
    }
}

async fn enter(town: &Town, password: &str, kind: Kind, from: &Peer) -> Result<Opened> {
    let form = LoginForm {
        tenant: String::new(),
        login: "admin@anju".into(),
        password: password.into(),
    };
    log_in(&town.site, form, kind, from).await
}

#[tokio::test]
async fn a_person_sees_their_own_sessions_and_nobody_elses() {
    let town = Town::new().await;
    let phone = browser("Chrome · Android", "203.0.113.9");
    // Not at the moment at which the company was founded: the order would be chance.
    let then = testkit::noon() + 1.minute();
    town.site.clock.set(then);
    let phone = enter(&town, PASSWORD, Kind::Browser, &phone).await.unwrap();
    town.site.clock.set(testkit::noon() + 10.minutes());
    let api = enter(&town, PASSWORD, Kind::Client, &Peer::local())
        .await
        .unwrap();

    let seen = sessions(&api.cx).await.unwrap();
    let shown: Vec<_> = seen
        .iter()
        .map(|each| (each.device.as_str(), each.address.as_str(), each.current))
        .collect();
    assert_eq!(
        shown,
        [
            ("API", "127.0.0.1", true),
            ("Chrome · Android", "203.0.113.9", false),
            ("?", "127.0.0.1", false)
        ]
    );
    assert!(seen.iter().all(|each| each.company == "安居物业"));
    assert_eq!(seen[1].created_at, then);
    let strangers = sessions(&town.admin_b).await.unwrap();
    assert_eq!(strangers.len(), 1);
    assert!(strangers.iter().all(|each| each.company == "博远物业"));
    let nobody = sessions(&town.system(&town.admin_a)).await.unwrap_err();
    assert_eq!(nobody.code(), Code::Unauthenticated);

    // Not the stranger's to end, and to them not even there.
    for which in [phone.session, site_session(&town)] {
        let refused = end_session(&town.admin_b, which).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound);
    }
    end_session(&api.cx, phone.session).await.unwrap();
    assert!(
        resume(&town.site, &phone.token.to_string())
            .await
            .unwrap()
            .is_none()
    );
    let again = end_session(&api.cx, phone.session).await.unwrap_err();
    assert_eq!(again.code(), Code::NotFound);
    assert_eq!(sessions(&api.cx).await.unwrap().len(), 2);
    assert_eq!(end_other_sessions(&api.cx).await.unwrap(), 1);
    assert_eq!(sessions(&api.cx).await.unwrap().len(), 1);
    assert_eq!(sessions(&town.admin_b).await.unwrap().len(), 1);
}

fn site_session(town: &Town) -> domain::SessionId {
    town.site.new_id()
}

#[tokio::test]
async fn sessions_under_every_hat_are_in_one_list() {
    let town = Town::new().await;
    // The same person founds a second company.
    let form = domain::tenancy::SignupForm {
        company: "二号物业".into(),
        slug: "erhao".into(),
        admin_name: "周敏".into(),
        login: "admin@anju".into(),
        password: PASSWORD.into(),
    };
    let second = crate::tenancy::sign_up(&town.site, form, Kind::Browser, &Peer::local())
        .await
        .unwrap();
    let seen = sessions(&second.cx).await.unwrap();
    let companies: Vec<_> = seen.iter().map(|each| each.company.as_str()).collect();
    assert_eq!(companies.len(), 2);
    assert!(companies.contains(&"安居物业") && companies.contains(&"二号物业"));
}

#[tokio::test]
async fn an_unusual_device_is_told_to_the_others_until_they_have_looked() {
    let town = Town::new().await;
    let desk = &town.admin_a;
    assert!(!whoami(desk).await.unwrap().unusual);
    let phone = browser("Chrome · Android", "203.0.113.9");
    let phone = enter(&town, PASSWORD, Kind::Browser, &phone).await.unwrap();
    assert!(whoami(desk).await.unwrap().unusual);
    assert!(
        !whoami(&phone.cx).await.unwrap().unusual,
        "a new device is no news to itself"
    );
    assert!(!whoami(&town.admin_b).await.unwrap().unusual);
    let flags = async |cx: &Cx| -> Vec<bool> {
        let seen = sessions(cx).await.unwrap();
        seen.iter().map(|each| each.unusual).collect()
    };
    assert_eq!(flags(desk).await.iter().filter(|flag| **flag).count(), 1);
    // It cannot vouch for itself.
    know_sessions(&phone.cx).await.unwrap();
    assert!(whoami(desk).await.unwrap().unusual);
    know_sessions(desk).await.unwrap();
    assert!(!whoami(desk).await.unwrap().unusual);

    // Known for ninety days.
    let seen_before = browser("Chrome · Android", "198.51.100.7");
    enter(&town, PASSWORD, Kind::Browser, &seen_before)
        .await
        .unwrap();
    assert!(!whoami(desk).await.unwrap().unusual);
    town.site.clock.set(testkit::noon() + (24 * 80).hours());
    let desk = enter(&town, PASSWORD, Kind::Browser, &Peer::local())
        .await
        .unwrap();
    town.site.clock.set(testkit::noon() + (24 * 91).hours());
    enter(&town, PASSWORD, Kind::Browser, &seen_before)
        .await
        .unwrap();
    assert!(whoami(&desk.cx).await.unwrap().unusual);
}

#[tokio::test]
async fn a_new_password_ends_what_the_old_one_opened() {
    const NEW: &str = "a better staple for horses";
    let town = Town::new().await;
    let here = Peer::local();
    let client = enter(&town, PASSWORD, Kind::Client, &here).await.unwrap();
    let jwt = access_token(&town.site, &client).unwrap().access_token;
    let other = enter(&town, PASSWORD, Kind::Browser, &here).await.unwrap();

    for (old, new, field, flaw) in [
        ("wrong", NEW, "old_password", Flaw::Wrong),
        (PASSWORD, "short", "password", Flaw::TooShort),
        (PASSWORD, "", "password", Flaw::Required),
    ] {
        let refused = change_password(&client.cx, old, new, &here)
            .await
            .unwrap_err();
        assert_eq!(refused.code(), Code::Invalid);
        assert_eq!(refused.problem.fields.get(field), Some(&flaw));
    }
    assert!(bearer(&town.site, &jwt).await.unwrap().is_some());

    change_password(&client.cx, PASSWORD, NEW, &here)
        .await
        .unwrap();
    assert!(
        bearer(&town.site, &jwt).await.unwrap().is_none(),
        "the epoch has moved on"
    );
    let renewed = refresh(&town.site, &client.token.to_string())
        .await
        .unwrap();
    assert!(
        bearer(&town.site, &renewed.0.access_token)
            .await
            .unwrap()
            .is_some(),
        "the session that asked goes on"
    );
    for gone in [other.session, town.admin_a.actor.session().unwrap()] {
        assert!(cx_of(&town.site, gone).await.unwrap().is_none());
    }
    let old = enter(&town, PASSWORD, Kind::Browser, &here).await;
    assert_eq!(old.unwrap_err().code(), Code::BadCredentials);
    enter(&town, NEW, Kind::Browser, &here).await.unwrap();
    assert!(
        cx_of(&town.site, town.admin_b.actor.session().unwrap())
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn guessing_the_old_password_is_throttled_like_the_door() {
    let town = Town::new().await;
    let (mut codes, here) = (Vec::new(), Peer::local());
    for _ in 0..12 {
        let refused = change_password(&town.admin_a, "wrong", "a better staple", &here).await;
        codes.push(refused.unwrap_err().code());
    }
    assert!(codes.contains(&Code::TooMany), "{codes:?}");
}
