use domain::{
    Code,
    devices::DeviceKind,
    estates::{OwnerForm, Relation, ResidentForm},
    identity::LoginForm,
};

use super::*;
use crate::{
    devices::tests::{Place, form as device_form, settle},
    estates::{add_resident, homes, invitation, invite, unit},
    identity::{self, Kind},
    kernel::cx::Peer,
    testing::{PASSWORD, Town, comes_in, first_resident, next_click, sale_today, with_role},
};

fn sale(cx: &Cx, place: &Place, on: &str) -> TransferForm {
    TransferForm {
        on: on.to_owned(),
        ..sale_today(cx, place.unit, place.household)
    }
}

/// Today in the tests' zone.
fn today(cx: &Cx) -> String {
    cx.now().to_zoned(cx.tenant.zone.clone()).date().to_string()
}

#[tokio::test]
async fn a_sale_moves_the_home_on() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let place = settle(cx, "阳光花园").await;
    let meter = device_form(DeviceKind::WaterMeter, place.estate, Some(place.unit));
    devices::register(cx, meter).await.unwrap();
    let seller = first_resident(cx, place.unit).await;
    let used = invite(cx, seller).await.unwrap();
    let seller = comes_in(&town.site, &used.token, "13900000001").await;
    let family = ResidentForm {
        id_number: None,
        unit: place.unit,
        name: "李家属".into(),
        phone: None,
        relation: Relation::Family,
    };
    let family = add_resident(cx, family).await.unwrap().id;
    let open = invite(cx, family).await.unwrap();

    let mut form = sale(cx, &place, &today(cx));
    form.owners = vec![
        OwnerForm {
            share: "60".into(),
            name: "王买家".into(),
            ..OwnerForm::default()
        },
        OwnerForm {
            share: "40".into(),
            company: true,
            agent: "赵经办".into(),
            name: "某某公司".into(),
            ..OwnerForm::default()
        },
    ];
    let next = transfer(cx, form).await.unwrap();

    // The seller's very next click finds nobody; nor is there a hat to log in with.
    assert!(next_click(&seller).await.is_none());
    let login = LoginForm {
        tenant: String::new(),
        login: "13900000001".into(),
        password: PASSWORD.into(),
    };
    let refused = identity::log_in(&town.site, login, Kind::Browser, &Peer::local()).await;
    assert_eq!(refused.unwrap_err().code(), Code::BadCredentials);
    assert!(invitation(&town.site, &open.token).await.unwrap().is_none());

    let now = unit(cx, place.unit).await.unwrap().unwrap();
    assert_eq!(now.household, Some(next));
    assert_eq!(now.owners, "王买家、某某公司");
    let earlier = earlier_households(cx, place.unit).await.unwrap();
    assert_eq!(earlier.len(), 1);
    assert_eq!(earlier[0].owners, "李雷");
    assert_eq!(earlier[0].to.to_string(), today(cx));
    let kept: (i64, i64) = sqlx::query_as(
        "SELECT count(*) FILTER (WHERE household_id = $1), count(*) FILTER (WHERE share = 4000 AND agent = '赵经办')
         FROM resident",
    )
    .bind(place.household.0)
    .fetch_one(town.db.admin())
    .await
    .unwrap();
    assert_eq!(kept, (2, 1), "the old household keeps its people");
    let tenures: (i64, i64) = sqlx::query_as(
        "SELECT count(*) FILTER (WHERE household_id = $1 AND to_at IS NULL), count(*) FILTER (WHERE household_id = $2 AND to_at IS NULL)
         FROM point_tenure",
    )
    .bind(place.household.0)
    .bind(next.0)
    .fetch_one(town.db.admin())
    .await
    .unwrap();
    assert!(tenures.0 == 0 && tenures.1 > 0, "{tenures:?}");
    let buyer = town.owner_of(cx, next).await;
    assert_eq!(homes(&buyer).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_sale_that_is_entered_late_began_with_its_day() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let place = settle(cx, "阳光花园").await;
    let started = cx.now().to_zoned(cx.tenant.zone.clone()).date();
    town.site
        .clock
        .set(testkit::noon() + jiff::SignedDuration::from_hours(24 * 5));
    let on = started.saturating_add(jiff::ToSpan::days(2));
    let meter = device_form(DeviceKind::WaterMeter, place.estate, Some(place.unit));
    devices::register(cx, meter).await.unwrap();
    let next = transfer(cx, sale(cx, &place, &on.to_string()))
        .await
        .unwrap();
    let from: jiff_sqlx::Timestamp =
        sqlx::query_scalar("SELECT min(from_at) FROM point_tenure WHERE household_id = $1")
            .bind(next.0)
            .fetch_one(town.db.admin())
            .await
            .unwrap();
    let midnight = on.to_zoned(cx.tenant.zone.clone()).unwrap().timestamp();
    assert_eq!(from.to_jiff(), midnight);
}

#[tokio::test]
async fn a_day_that_cannot_be_is_refused() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let place = settle(cx, "阳光花园").await;
    let today: Date = today(cx).parse().unwrap();
    for (on, flaw) in [
        (today.tomorrow().unwrap().to_string(), Flaw::OutOfRange),
        (today.yesterday().unwrap().to_string(), Flaw::OutOfRange),
        ("昨天".to_owned(), Flaw::Malformed),
        (String::new(), Flaw::Required),
    ] {
        let refused = transfer(cx, sale(cx, &place, &on)).await.unwrap_err();
        assert_eq!(refused.problem.fields["on"], flaw, "{on}");
    }
    let nobody = TransferForm {
        owners: Vec::new(),
        ..sale(cx, &place, &today.to_string())
    };
    let refused = transfer(cx, nobody).await.unwrap_err();
    assert_eq!(refused.problem.fields["owners[0][name]"], Flaw::Required);
}

#[tokio::test]
async fn two_who_enter_one_sale_do_not_both_succeed() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let place = settle(cx, "阳光花园").await;
    let form = || sale(cx, &place, &today(cx));
    let (a, b) = tokio::join!(transfer(cx, form()), transfer(cx, form()));
    assert_eq!(usize::from(a.is_ok()) + usize::from(b.is_ok()), 1);
    let refused = a.err().or(b.err()).unwrap();
    assert_eq!(refused.code(), Code::Conflict);
    assert_eq!(earlier_households(cx, place.unit).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_sale_while_somebody_comes_in() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let place = settle(cx, "阳光花园").await;
    let seller = first_resident(cx, place.unit).await;
    let link = invite(cx, seller).await.unwrap();
    let form = domain::identity::AcceptForm {
        token: link.token,
        login: "13900000001".into(),
        password: PASSWORD.into(),
    };
    let peer = Peer::local();
    let (sold, came) = tokio::join!(
        transfer(cx, sale(cx, &place, &today(cx))),
        crate::estates::accept(&town.site, form, &peer)
    );
    sold.unwrap();
    match came {
        // Came first, and is out again.
        Ok(opened) => assert!(next_click(&opened.cx).await.is_none()),
        Err(error) => assert_eq!(error.code(), Code::Expired),
    }
}

#[tokio::test]
async fn strangers_sell_nothing() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let place = settle(cx, "阳光花园").await;
    let on = today(cx);
    let owner = town.owner_of(cx, place.household).await;
    for (who, code) in [(&town.admin_b, Code::NotFound), (&owner, Code::Forbidden)] {
        let refused = transfer(who, sale(cx, &place, &on)).await.unwrap_err();
        assert_eq!(refused.code(), code);
        let refused = earlier_households(who, place.unit).await.unwrap_err();
        assert_eq!(refused.code(), code);
    }
    // A steward sees the home and does not write residents down.
    let steward = with_role(cx, domain::identity::Role::Steward);
    let refused = transfer(&steward, sale(cx, &place, &on)).await.unwrap_err();
    assert_eq!(refused.code(), Code::Forbidden);
    assert!(earlier_households(&steward, place.unit).await.is_ok());
    let suspended = Cx {
        tenant: crate::kernel::cx::Tenant {
            suspended: true,
            ..cx.tenant.clone()
        },
        ..cx.clone()
    };
    let refused = transfer(&suspended, sale(cx, &place, &on))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::Suspended);
}
