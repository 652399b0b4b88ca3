use domain::{Code, identity::LoginForm, tenancy::SignupForm};

use super::*;
use crate::{
    kernel::cx::Actor,
    testing::{PASSWORD, Town},
};

fn form(slug: &str, login: &str, password: &str) -> SignupForm {
    SignupForm {
        company: "晨光物业".into(),
        slug: slug.into(),
        admin_name: "陈晨".into(),
        login: login.into(),
        password: password.into(),
    }
}

async fn sign(town: &Town, slug: &str, login: &str, password: &str) -> Result<Opened> {
    sign_up(
        &town.site,
        form(slug, login, password),
        Kind::Browser,
        &Peer::local(),
    )
    .await
}

async fn rows(town: &Town) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in [
        "tenant",
        "person",
        "credential",
        "session",
        "staff",
        "role_grant",
    ] {
        let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        counts.push(
            sqlx::query_scalar(sql)
                .fetch_one(town.db.admin())
                .await
                .unwrap(),
        );
    }
    counts
}

#[tokio::test]
async fn a_refused_sign_up_leaves_nothing_behind() {
    let town = Town::new().await;
    let before = rows(&town).await;
    for (slug, login, password, code, field) in [
        ("anju", "a@chenguang", PASSWORD, Code::Conflict, "slug"),
        (
            "chenguang",
            "admin@anju",
            "another password",
            Code::Conflict,
            "login",
        ),
        (
            "chenguang",
            "a@chenguang",
            "short",
            Code::Invalid,
            "password",
        ),
        ("console", "a@chenguang", PASSWORD, Code::Invalid, "slug"),
    ] {
        let refused = sign(&town, slug, login, password).await.unwrap_err();
        assert_eq!(refused.code(), code, "{slug}");
        assert!(
            refused.problem.fields.contains_key(field),
            "{slug} {:?}",
            refused.problem
        );
    }
    assert_eq!(rows(&town).await, before);
}

#[tokio::test]
async fn one_person_founds_two_companies() {
    let town = Town::new().await;
    let second = sign(&town, "chenguang", "admin@anju", PASSWORD)
        .await
        .unwrap();
    assert_eq!(second.cx.actor.person(), town.admin_a.actor.person());
    let login = LoginForm {
        tenant: "chenguang".into(),
        login: "admin@anju".into(),
        password: PASSWORD.into(),
    };
    let opened = identity::log_in(&town.site, login, Kind::Browser, &Peer::local())
        .await
        .unwrap();
    assert_eq!(opened.cx.tenant.slug, "chenguang");
}

#[tokio::test]
async fn two_sign_ups_for_one_slug_give_one_company() {
    let town = Town::new().await;
    let (a, b) = tokio::join!(
        sign(&town, "chenguang", "a@chenguang", PASSWORD),
        sign(&town, "chenguang", "b@chenguang", PASSWORD),
    );
    assert_eq!(usize::from(a.is_ok()) + usize::from(b.is_ok()), 1);
}

#[tokio::test]
async fn slugs_are_checked_while_typing() {
    let town = Town::new().await;
    assert_eq!(
        check_slug(&town.site, "anju").await.unwrap(),
        Err(Flaw::Taken)
    );
    assert_eq!(
        check_slug(&town.site, "An").await.unwrap(),
        Err(Flaw::TooShort)
    );
    assert_eq!(check_slug(&town.site, "chenguang").await.unwrap(), Ok(()));
    assert!(any(&town.site).await.unwrap());
    assert!(matches!(town.admin_a.actor, Actor::Staff { .. }));
}
