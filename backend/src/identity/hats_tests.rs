use domain::identity::{Action, Hat};

use super::*;
use crate::{
    devices::tests::{Place, settle},
    estates::{self, invite},
    testing::{Town, comes_in, first_resident, next_click, sale_today},
};

/// The admin of one company, who owns a home that another one looks after.
async fn at_home_elsewhere(town: &Town) -> (Place, Cx) {
    let place = settle(&town.admin_b, "博远里").await;
    let resident = first_resident(&town.admin_b, place.unit).await;
    let link = invite(&town.admin_b, resident).await.unwrap();
    let home = comes_in(&town.site, &link.token, "admin@anju").await;
    (place, home)
}

#[tokio::test]
async fn a_hat_is_changed_with_the_session() {
    let town = Town::new().await;
    let (_, home) = at_home_elsewhere(&town).await;
    let own = hats(&home).await.unwrap();
    let shown: Vec<_> = own
        .iter()
        .map(|own| (own.company.as_str(), own.hat, own.current))
        .collect();
    assert_eq!(
        shown,
        [
            ("安居物业", Hat::Staff, false),
            ("博远物业", Hat::Resident, true)
        ]
    );

    let desk = wear(&home, own[0].tenant, own[0].hat, &Peer::local())
        .await
        .unwrap();
    assert!(next_click(&home).await.is_none(), "the old session is over");
    assert_eq!(desk.cx.tenant.slug, "anju");
    desk.cx.authorize(Action::EditEstates).unwrap();
    assert_eq!(desk.cx.actor.person(), home.actor.person());

    let back = wear(&desk.cx, own[1].tenant, own[1].hat, &Peer::local())
        .await
        .unwrap()
        .cx;
    assert_eq!(back.actor.hat(), Some(Hat::Resident));
    assert!(back.authorize(Action::EditEstates).is_err());
}

#[tokio::test]
async fn nobody_wears_what_is_not_theirs() {
    let town = Town::new().await;
    let (place, home) = at_home_elsewhere(&town).await;
    let (a, b) = (town.admin_a.tenant.id, town.admin_b.tenant.id);
    for (who, tenant, hat) in [
        (&home, b, Hat::Staff),
        (&home, a, Hat::Resident),
        (&home, b, Hat::Resident),
        (&town.admin_b, b, Hat::Staff),
        (&town.admin_b, a, Hat::Staff),
        (&town.admin_b, b, Hat::Resident),
    ] {
        let refused = wear(who, tenant, hat, &Peer::local()).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound);
        assert!(next_click(who).await.is_some(), "nothing else changed");
    }
    let nobody = hats(&town.system(&town.admin_a)).await.unwrap_err();
    assert_eq!(nobody.code(), Code::Unauthenticated);

    // A home that is sold is no hat any more.
    let desk = wear(&home, a, Hat::Staff, &Peer::local()).await.unwrap().cx;
    let sale = sale_today(&town.admin_b, place.unit, place.household);
    estates::transfer(&town.admin_b, sale).await.unwrap();
    assert_eq!(hats(&desk).await.unwrap().len(), 1);
    let refused = wear(&desk, b, Hat::Resident, &Peer::local()).await;
    assert_eq!(refused.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn the_other_companys_rule_holds() {
    let town = Town::new().await;
    let (_, home) = at_home_elsewhere(&town).await;
    crate::tenancy::want_second_factor(&town.admin_a, true)
        .await
        .unwrap();
    let desk = wear(&home, town.admin_a.tenant.id, Hat::Staff, &Peer::local())
        .await
        .unwrap()
        .cx;
    assert_eq!(
        desk.authorize(Action::ViewEstates).unwrap_err().code(),
        Code::SecondFactorRequired
    );
}
