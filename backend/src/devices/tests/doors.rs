//! Secrets and gateways.

use std::time::Duration;

use domain::Secret;
use jiff::SignedDuration;
use tokio::time::timeout;

use super::*;
use crate::testing::Town;

async fn lets_in(t: &Town, key: &str, password: &str) -> Option<DeviceLogin> {
    let login = log_in(&t.site, "anju", key, password.as_bytes()).await;
    login.unwrap()
}

#[tokio::test]
async fn a_new_secret_ends_the_old_one() {
    let t = Town::new().await;
    let place = settle(&t.admin_a, "阳光花园").await;
    let made = register(&t.admin_a, form(DeviceKind::Door, place.estate, None)).await;
    let made = made.unwrap();
    let (tenant, first) = (t.admin_a.tenant.id, &made.credentials.password);
    let before = lets_in(&t, &made.key, first).await.unwrap();
    let door = |since| Door {
        tenant,
        device: made.id,
        since,
    };
    let connected = door(Some(before.since));
    assert!(out(&t.site, &[connected]).await.unwrap().is_empty());

    t.site
        .clock
        .set(t.site.now() + SignedDuration::from_secs(1));
    let again = rekey(&t.admin_a, made.id).await.unwrap();
    assert_eq!(
        (&again.username, &again.topic),
        (&made.credentials.username, &made.credentials.topic)
    );
    assert_eq!(lets_in(&t, &made.key, first).await, None);
    let after = lets_in(&t, &made.key, &again.password).await.unwrap();
    let doors = [connected, door(Some(after.since))];
    let username = vec![again.username.clone()];
    assert_eq!(out(&t.site, &doors).await.unwrap(), username);

    revoke(&t.admin_a, made.id).await.unwrap();
    assert_eq!(lets_in(&t, &made.key, &again.password).await, None);
    let shown = device(&t.admin_a, made.id).await.unwrap().unwrap();
    assert_eq!(shown.password_since, None);
    for since in [Some(after.since), None] {
        assert_eq!(out(&t.site, &[door(since)]).await.unwrap(), username);
    }
    // What is revoked can be revoked again, and given another one.
    revoke(&t.admin_a, made.id).await.unwrap();
    let third = rekey(&t.admin_a, made.id).await.unwrap();
    assert!(lets_in(&t, &made.key, &third.password).await.is_some());
}

#[tokio::test]
async fn secrets_are_changed_by_who_may_edit_devices_there() {
    let t = Town::new().await;
    let place = settle(&t.admin_a, "阳光花园").await;
    let made = register(&t.admin_a, form(DeviceKind::Door, place.estate, None)).await;
    let made = made.unwrap();
    for stranger in [&t.admin_b] {
        let refused = rekey(stranger, made.id).await.unwrap_err();
        assert_eq!(refused.code(), domain::Code::NotFound);
        let refused = revoke(stranger, made.id).await.unwrap_err();
        assert_eq!(refused.code(), domain::Code::NotFound);
    }
    let password = &made.credentials.password;
    assert!(lets_in(&t, &made.key, password).await.is_some());
}

#[tokio::test]
async fn no_secret_is_made_for_what_is_being_retired() {
    let t = Town::new().await;
    let place = settle(&t.admin_a, "阳光花园").await;
    let made = register(&t.admin_a, form(DeviceKind::Door, place.estate, None)).await;
    let made = made.unwrap();
    let mut retiring = t.db.admin().begin().await.unwrap();
    sqlx::query("UPDATE device SET retired_at = now() WHERE id = $1")
        .bind(made.id.0)
        .execute(&mut *retiring)
        .await
        .unwrap();
    let mut rekeying = std::pin::pin!(rekey(&t.admin_a, made.id));
    let early = timeout(Duration::from_millis(300), &mut rekeying).await;
    assert!(early.is_err(), "it did not wait: {early:?}");
    retiring.commit().await.unwrap();
    let refused = rekeying.await.unwrap_err();
    assert_eq!(refused.code(), domain::Code::Conflict);
}

#[tokio::test]
async fn a_good_secret_lets_nobody_in_who_is_retired() {
    let t = Town::new().await;
    let place = settle(&t.admin_a, "阳光花园").await;
    let made = register(&t.admin_a, form(DeviceKind::Door, place.estate, None)).await;
    let made = made.unwrap();
    let cx = t.system(&t.admin_a);
    let password = &made.credentials.password;
    for (retired_at, there) in [("NULL", true), ("now()", false), ("NULL", true)] {
        // Retiring a device ends its secret as well: this one's is left as it is.
        let sql = format!("UPDATE device SET retired_at = {retired_at}");
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .execute(t.db.admin())
            .await
            .unwrap();
        let found = lets_in(&t, &made.key, password).await;
        assert_eq!(found.is_some(), there, "{retired_at}");
        let found = speaker(&cx, &made.key).await.unwrap();
        assert_eq!(found.is_some(), there, "{retired_at}");
    }
}

#[tokio::test]
async fn a_gateway_speaks_for_those_under_it() {
    let t = Town::new().await;
    let (place, other) = (
        settle(&t.admin_a, "阳光花园").await,
        settle(&t.admin_a, "月光花园").await,
    );
    let theirs = settle(&t.admin_b, "阳光花园").await;
    let keyed = |key: &str, estate, gateway| DeviceForm {
        key: Some(key.to_owned()),
        gateway,
        model: None,
        ..form(DeviceKind::WaterMeter, estate, None)
    };
    let made = async |cx: &Cx, form| register(cx, form).await.map(|made| made.id);
    let gateway = made(&t.admin_a, keyed("gw", place.estate, None)).await;
    let gateway = gateway.unwrap();
    let behind_it = made(&t.admin_a, keyed("w-1", place.estate, Some(gateway)));
    let behind_it = behind_it.await.unwrap();
    made(&t.admin_a, keyed("w-2", place.estate, None))
        .await
        .unwrap();

    for (cx, form) in [
        (&t.admin_a, keyed("w-3", other.estate, Some(gateway))),
        (&t.admin_b, keyed("w-3", theirs.estate, Some(gateway))),
        (&t.admin_a, keyed("w-3", place.estate, Some(behind_it))),
    ] {
        let problem = made(cx, form).await.unwrap_err().problem.to_string();
        assert_eq!(problem, "invalid gateway=unknown");
    }

    let keys = ["w-1", "w-2", "gw"].map(str::to_owned);
    let found = behind(&t.system(&t.admin_a), gateway, &keys).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found["w-1"], (behind_it, place.estate));
    let foreign = behind(&t.system(&t.admin_b), gateway, &keys).await;
    assert!(foreign.unwrap().is_empty());
    let shown = device(&t.admin_a, behind_it).await.unwrap().unwrap();
    assert_eq!(shown.gateway, Some((gateway, "表".to_owned())));

    // Nobody is shown how to log in as one that is asked, or that another speaks for.
    let first = async |cx: &Cx, estate| {
        let first = first_to_speak(cx, estate).await.unwrap();
        first.map(|first| (first.key, first.speaks))
    };
    assert_eq!(first(&t.admin_a, other.estate).await, None);
    let asked: DeviceForm = serde_json::from_value(serde_json::json!({
        "name": "总表", "kind": "sensor", "estate": other.estate,
        "transport": { "modbus": { "host": "10.0.0.7", "map": "eastron-sdm630" } },
    }))
    .unwrap();
    made(&t.admin_a, asked).await.unwrap();
    assert_eq!(first(&t.admin_a, other.estate).await, None);
    let over_http = DeviceForm {
        transport: TransportForm::Http {},
        ..keyed("h-1", other.estate, None)
    };
    made(&t.admin_a, over_http).await.unwrap();
    let expected = Some(("h-1".to_owned(), "http".to_owned()));
    assert_eq!(first(&t.admin_a, other.estate).await, expected);
    assert_eq!(first(&t.admin_b, other.estate).await, None);
    let expected = Some(("gw".to_owned(), "mqtt".to_owned()));
    assert_eq!(first(&t.admin_a, place.estate).await, expected);
}

#[tokio::test]
async fn a_broker_that_is_not_ours_is_told_of_each_secret_until_it_says_it_knows() {
    let t = Town::new().await;
    let site = t.site.clone().telling_a_broker();
    let admin = Cx {
        site: site.clone(),
        ..t.admin_a.clone()
    };
    let place = settle(&admin, "阳光花园").await;
    let made = register(&admin, form(DeviceKind::Door, place.estate, None)).await;
    let made = made.unwrap();
    // One that is reached over HTTP has no account there.
    let over_http = DeviceForm {
        transport: TransportForm::Http {},
        ..form(DeviceKind::Door, place.estate, None)
    };
    register(&admin, over_http).await.unwrap();

    let due = async || {
        let mut all = accounts_due(&site, 10).await.unwrap();
        assert!(all.len() <= 1, "{all:?}");
        all.pop()
    };
    let (cx, first) = due().await.unwrap();
    assert_eq!(first.len(), 1, "{first:?}");
    assert_eq!(first[0].username, made.credentials.username);
    let secret = first[0].secret.as_ref().map(Secret::reveal);
    assert_eq!(secret, Some(&*made.credentials.password));
    let printed = format!("{first:?}");
    assert!(!printed.contains(&made.credentials.password), "{printed}");

    // What changes before the broker says that it knows is told as well.
    let again = rekey(&admin, made.id).await.unwrap();
    accounts_told(&cx, &first).await.unwrap();
    let (_, second) = due().await.unwrap();
    assert_eq!(second[0].secret, Some(Secret::new(again.password)));
    accounts_told(&cx, &second).await.unwrap();
    assert!(due().await.is_none());

    let found = speaker(&cx, &made.key).await.unwrap().unwrap();
    assert_eq!((found.device, found.estate), (made.id, place.estate));
    revoke(&admin, made.id).await.unwrap();
    let (_, ended) = due().await.unwrap();
    assert_eq!(
        (ended[0].device, ended[0].secret.is_none()),
        (made.id, true)
    );
    assert_eq!(speaker(&cx, &made.key).await.unwrap(), None);
    // Another company's line knows nobody of this one.
    let other = Cx::system(&site, t.admin_b.tenant.clone());
    assert_eq!(speaker(&other, &made.key).await.unwrap(), None);
    let forbidden = speaker(&t.admin_a, &made.key).await.unwrap_err();
    assert_eq!(forbidden.code(), domain::Code::Forbidden);
    // Where the broker is ours nothing is put aside.
    accounts_told(&cx, &ended).await.unwrap();
    rekey(&t.admin_a, made.id).await.unwrap();
    assert!(due().await.is_none());
}

#[tokio::test]
async fn what_ends_at_a_broker_waits_for_nothing() {
    let t = Town::new().await;
    let site = t.site.clone().telling_a_broker();
    let admin = Cx {
        site: site.clone(),
        ..t.admin_a.clone()
    };
    let place = settle(&admin, "阳光花园").await;
    let door = async || {
        site.clock.set(site.now() + SignedDuration::from_secs(1));
        let made = register(&admin, form(DeviceKind::Door, place.estate, None)).await;
        made.unwrap()
    };
    let (unreadable, good, ended) = (door().await, door().await, door().await);
    revoke(&admin, ended.id).await.unwrap();
    // As under another key file.
    sqlx::query("UPDATE broker_account SET sealed = $2 WHERE device_id = $1")
        .bind(unreadable.id.0)
        .bind(vec![0_u8; 40])
        .execute(t.db.admin())
        .await
        .unwrap();

    let due = async |most| {
        let mut all = accounts_due(&site, most).await.unwrap();
        all.pop().unwrap()
    };
    let (_, first) = due(1).await;
    assert_eq!(first[0].device, ended.id);
    let (cx, all) = due(10).await;
    let told: Vec<_> = all
        .iter()
        .map(|due| (due.device, due.secret.as_ref().map(Secret::reveal)))
        .collect();
    // One that cannot be read ends as well, and stands in nobody's way.
    assert_eq!(
        told,
        [
            (ended.id, None),
            (unreadable.id, None),
            (good.id, Some(&*good.credentials.password)),
        ]
    );
    accounts_told(&cx, &all).await.unwrap();
    assert!(accounts_due(&site, 10).await.unwrap().is_empty());
}
