use domain::{Code, estates::EstateForm, identity::LoginForm, page::PageAsk, tenancy::SignupForm};

use super::*;
use crate::{
    estates,
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

#[tokio::test]
async fn a_plan_that_is_full_takes_no_more_and_loses_nothing() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let form = |name: &str| EstateForm {
        name: name.to_owned(),
    };
    sqlx::query("UPDATE plan SET estates = 3 WHERE code = 'trial'")
        .execute(town.db.admin())
        .await
        .unwrap();
    for name in ["甲苑", "乙苑", "丙苑"] {
        estates::create_estate(cx, form(name)).await.unwrap();
    }
    let full = estates::create_estate(cx, form("丁苑")).await.unwrap_err();
    assert_eq!(full.code(), Code::OverQuota);
    assert!(full.problem.fields.contains_key("estates"));
    let seen = company(cx).await.unwrap().usage;
    assert_eq!((seen.plan.as_str(), seen.estates.used), ("trial", 3));
    // Another company has its own.
    estates::create_estate(&town.admin_b, form("甲苑"))
        .await
        .unwrap();

    // Two who add at one moment do not both take the last place.
    sqlx::query("UPDATE plan SET estates = 4 WHERE code = 'trial'")
        .execute(town.db.admin())
        .await
        .unwrap();
    let (one, two) = tokio::join!(
        estates::create_estate(cx, form("戊苑")),
        estates::create_estate(cx, form("己苑")),
    );
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");

    // A roster that does not fit writes nothing of itself.
    sqlx::query("UPDATE plan SET units = 2 WHERE code = 'trial'")
        .execute(town.db.admin())
        .await
        .unwrap();
    let estate = estates::list_estates(cx, &PageAsk::default())
        .await
        .unwrap()
        .items[0]
        .id;
    let roster = |rows: &str| estates::RosterUpload {
        estate,
        dry_run: false,
        file_name: "a.csv".to_owned(),
        bytes: format!("楼栋,房号\n{rows}").into_bytes(),
    };
    let refused = estates::import_roster(cx, roster("1,101\n1,102\n1,103\n"))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::OverQuota);
    assert_eq!(company(cx).await.unwrap().usage.units.used, 0);
    estates::import_roster(cx, roster("1,101\n1,102\n"))
        .await
        .unwrap();
    assert_eq!(company(cx).await.unwrap().usage.units.used, 2);
}

#[tokio::test]
async fn a_company_says_what_it_is_called() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let form = |name: &str, zone: &str| CompanyForm {
        name: name.to_owned(),
        time_zone: zone.to_owned(),
    };
    let bad = change_company(cx, form("", "Asia/Nowhere"))
        .await
        .unwrap_err();
    assert!(bad.problem.fields.contains_key("name"));
    let bad = change_company(cx, form("安居", "Asia/Nowhere"))
        .await
        .unwrap_err();
    assert_eq!(bad.problem.fields.get("time_zone"), Some(&Flaw::Unknown));
    change_company(cx, form("安居服务", "Asia/Urumqi"))
        .await
        .unwrap();
    let session = cx.actor.session().unwrap();
    let now = identity::cx_of(&town.site, session).await.unwrap().unwrap();
    assert_eq!(company(&now).await.unwrap().name, "安居服务");
    assert_eq!(company(&now).await.unwrap().time_zone, "Asia/Urumqi");

    // A suspended company looks and changes nothing.
    sqlx::query("UPDATE tenant SET state = 'suspended' WHERE slug = 'anju'")
        .execute(town.db.admin())
        .await
        .unwrap();
    let now = identity::cx_of(&town.site, session).await.unwrap().unwrap();
    assert!(company(&now).await.is_ok());
    let refused = change_company(&now, form("x安居", "Asia/Shanghai")).await;
    assert_eq!(refused.unwrap_err().code(), Code::Suspended);

    let owner = town
        .owner_of(cx, domain::HouseholdId(uuid::Uuid::nil()))
        .await;
    assert_eq!(company(&owner).await.unwrap_err().code(), Code::Forbidden);
}
