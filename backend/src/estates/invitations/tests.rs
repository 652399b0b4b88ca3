use domain::{
    Code, ResidentId,
    estates::{BuildingForm, EstateForm, Relation, ResidentForm, UnitForm},
    identity::AcceptForm,
};
use jiff::ToSpan;

use super::*;
use crate::{
    estates,
    kernel::cx::{Actor, Peer},
    testing::{PASSWORD, Town},
};

/// An owner 王小明 in 3号楼 1202 of company A.
async fn settle(town: &Town) -> ResidentId {
    let cx = &town.admin_a;
    let estate = estates::create_estate(
        cx,
        EstateForm {
            name: "阳光花园".into(),
        },
    )
    .await
    .unwrap();
    let form = BuildingForm {
        estate: estate.id,
        name: "3号楼".into(),
    };
    let building = estates::create_building(cx, form).await.unwrap();
    let form = UnitForm {
        building: building.id,
        entrance: Some("2单元".into()),
        unit: "1202".into(),
        area_m2: None,
    };
    let unit = estates::create_unit(cx, form).await.unwrap();
    let form = ResidentForm {
        id_number: None,
        unit: unit.id,
        name: "王小明".into(),
        phone: Some("13812345678".into()),
        relation: Relation::Owner,
    };
    estates::add_resident(cx, form).await.unwrap().id
}

fn accepting(token: &str, login: &str) -> AcceptForm {
    AcceptForm {
        token: token.into(),
        login: login.into(),
        password: PASSWORD.into(),
    }
}

#[tokio::test]
async fn an_owner_opens_their_home_once() {
    let town = Town::new().await;
    let resident = settle(&town).await;
    let link = invite(&town.admin_a, resident).await.unwrap();

    let shown = invitation(&town.site, &link.token).await.unwrap().unwrap();
    assert_eq!(shown.home, "阳光花园 3号楼 2单元 1202");
    assert_eq!(shown.name_hint, "王**");

    let form = accepting(&link.token, "13812345678");
    let opened = accept(&town.site, form.clone(), &Peer::local())
        .await
        .unwrap();
    assert!(
        matches!(&opened.cx.actor, Actor::Resident { households, .. } if households.len() == 1)
    );
    let homes = estates::homes(&opened.cx).await.unwrap();
    assert_eq!(homes.len(), 1);

    let again = accept(&town.site, form, &Peer::local()).await.unwrap_err();
    assert_eq!(again.code(), Code::Expired);
    assert!(invitation(&town.site, &link.token).await.unwrap().is_none());
    assert_eq!(
        invite(&town.admin_a, resident).await.unwrap_err().code(),
        Code::Conflict
    );
}

#[tokio::test]
async fn links_run_out_and_are_replaced() {
    let town = Town::new().await;
    let resident = settle(&town).await;
    let first = invite(&town.admin_a, resident).await.unwrap();
    let second = invite(&town.admin_a, resident).await.unwrap();
    assert!(
        invitation(&town.site, &first.token)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        invitation(&town.site, &second.token)
            .await
            .unwrap()
            .is_some()
    );

    town.site.clock.set(testkit::noon() + (24 * 14 + 1).hours());
    let late = accept(
        &town.site,
        accepting(&second.token, "13812345678"),
        &Peer::local(),
    )
    .await;
    assert_eq!(late.unwrap_err().code(), Code::Expired);
}

#[tokio::test]
async fn a_refused_acceptance_does_not_use_the_link_up() {
    let town = Town::new().await;
    let resident = settle(&town).await;
    let link = invite(&town.admin_a, resident).await.unwrap();
    for (login, password, field) in [
        ("no", PASSWORD, "login"),
        ("13812345678", "short", "password"),
        ("admin@boyuan", "not the password", "login"),
    ] {
        let form = AcceptForm {
            token: link.token.clone(),
            login: login.into(),
            password: password.into(),
        };
        let refused = accept(&town.site, form, &Peer::local()).await.unwrap_err();
        assert!(refused.problem.fields.contains_key(field), "{login}");
    }
    assert!(
        accept(
            &town.site,
            accepting(&link.token, "13812345678"),
            &Peer::local()
        )
        .await
        .is_ok()
    );
}

#[tokio::test]
async fn a_suspended_company_lets_nobody_in_and_keeps_the_link() {
    let town = Town::new().await;
    let link = invite(&town.admin_a, settle(&town).await).await.unwrap();
    let state = async |state: &str| {
        sqlx::query("UPDATE tenant SET state = $1 WHERE slug = 'anju'")
            .bind(state)
            .execute(town.db.admin())
            .await
            .unwrap();
    };
    state("suspended").await;
    let form = accepting(&link.token, "13812345678");
    let refused = accept(&town.site, form, &Peer::local()).await.unwrap_err();
    assert_eq!(refused.code(), Code::Suspended);
    let people: i64 = sqlx::query_scalar("SELECT count(*) FROM person")
        .fetch_one(town.db.admin())
        .await
        .unwrap();
    assert_eq!(people, 2, "the two admins");
    state("trial").await;
    let form = accepting(&link.token, "13812345678");
    assert!(accept(&town.site, form, &Peer::local()).await.is_ok());
}

#[tokio::test]
async fn two_taps_open_one_home() {
    let town = Town::new().await;
    let resident = settle(&town).await;
    let link = invite(&town.admin_a, resident).await.unwrap();
    let peer = Peer::local();
    let (a, b) = tokio::join!(
        accept(&town.site, accepting(&link.token, "13812345678"), &peer),
        accept(&town.site, accepting(&link.token, "13912345678"), &peer),
    );
    assert_eq!(usize::from(a.is_ok()) + usize::from(b.is_ok()), 1);
}

#[tokio::test]
async fn strangers_invite_nobody() {
    let town = Town::new().await;
    let resident = settle(&town).await;
    assert_eq!(
        invite(&town.admin_b, resident).await.unwrap_err().code(),
        Code::NotFound
    );
    let link = invite(&town.admin_a, resident).await.unwrap();
    let owner = accept(
        &town.site,
        accepting(&link.token, "13812345678"),
        &Peer::local(),
    )
    .await;
    let owner = owner.unwrap().cx;
    // The owner sees their own row, and still may not invite; another home's they do not see.
    let refused = invite(&owner, resident).await.unwrap_err();
    assert!(
        matches!(refused.code(), Code::NotFound | Code::Forbidden),
        "{refused}"
    );
}
