use domain::{
    Code,
    devices::DeviceKind,
    estates::EstateForm,
    identity::{Action, LoginForm, Role},
    page::PageAsk,
    telemetry::{Quality, Reading, Value},
    tenancy::{CompanyForm, Currency, LogoKind, SignupForm, Step},
};

use super::*;
use crate::{
    devices::{
        self,
        tests::{form as device_form, settle},
    },
    estates,
    kernel::cx::Actor,
    telemetry::{self, Batch, Incoming, Registry},
    testing::{PASSWORD, Town, next_click, with_role},
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
        confirmed: std::collections::BTreeSet::default(),
        of: None,
        columns: domain::estates::ColumnChoice::default(),
        asks: false,
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
        name: Some(name.to_owned()),
        time_zone: Some(zone.to_owned()),
        ..CompanyForm::default()
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

#[tokio::test]
async fn what_is_changed_counts_on_the_next_request() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let form = CompanyForm {
        time_zone: Some("America/Los_Angeles".into()),
        currency: Some("HKD".into()),
        language: Some("en".into()),
        ..CompanyForm::default()
    };
    change_company(cx, form).await.unwrap();
    let now = next_click(cx).await.unwrap();
    assert_eq!(now.tenant.language, Language::En);
    assert_eq!(now.tenant.zone.iana_name(), Some("America/Los_Angeles"));
    assert_eq!(identity::me(&now).unwrap().utc_offset_s, -8 * 3600);
    let seen = company(&now).await.unwrap();
    assert_eq!(
        (seen.currency, seen.name.as_str()),
        (Currency::Hkd, "安居物业")
    );

    for (field, form) in [
        (
            "currency",
            CompanyForm {
                currency: Some("XAU".into()),
                ..CompanyForm::default()
            },
        ),
        (
            "language",
            CompanyForm {
                language: Some(String::new()),
                ..CompanyForm::default()
            },
        ),
        (
            "time_zone",
            CompanyForm {
                time_zone: Some("Mars/Olympus".into()),
                ..CompanyForm::default()
            },
        ),
        (
            "name",
            CompanyForm {
                name: Some("\u{7}bell".into()),
                ..CompanyForm::default()
            },
        ),
    ] {
        let refused = change_company(&now, form).await.unwrap_err();
        assert_eq!(refused.problem.fields.keys().collect::<Vec<_>>(), [field]);
    }
    // The other company is as it was, and only an admin changes anything.
    assert_eq!(
        next_click(&town.admin_b).await.unwrap().tenant.language,
        Language::ZhCn
    );
    let desk = with_role(cx, Role::FrontDesk);
    let refused = change_company(&desk, CompanyForm::default())
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::Forbidden);
    assert_eq!(
        put_steps_away(&desk).await.unwrap_err().code(),
        Code::Forbidden
    );
    assert_eq!(drop_logo(&desk).await.unwrap_err().code(), Code::Forbidden);
    assert_eq!(
        set_logo(&desk, PNG).await.unwrap_err().code(),
        Code::Forbidden
    );
    assert!(desk.authorize(Action::ViewEstates).is_ok());
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x40\0\0\0\x20\x08\x06\0\0\0";

#[tokio::test]
async fn a_logo_is_its_own_companys() {
    let town = Town::new().await;
    let (cx, rival) = (&town.admin_a, &town.admin_b);
    assert_eq!(logo(cx).await.unwrap(), None);
    set_logo(cx, PNG).await.unwrap();
    assert!(company(cx).await.unwrap().logo.is_some());
    let desk = with_role(cx, Role::FrontDesk);
    for staff in [cx, &desk] {
        let shown = logo(staff).await.unwrap();
        assert_eq!(shown, Some((LogoKind::Png, PNG.to_vec())));
    }
    let owner = town
        .owner_of(cx, domain::HouseholdId(uuid::Uuid::nil()))
        .await;
    for stranger in [rival, &owner] {
        assert_eq!(logo(stranger).await.unwrap(), None);
    }
    for (bytes, flaw) in [
        (
            &b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..],
            Flaw::Unreadable,
        ),
        (b"", Flaw::Required),
        (&vec![0; domain::tenancy::logo::MOST + 1], Flaw::TooLong),
    ] {
        let refused = set_logo(cx, bytes).await.unwrap_err();
        assert_eq!(refused.problem.fields.get("logo"), Some(&flaw));
    }
    let mut shut = cx.clone();
    shut.tenant.suspended = true;
    assert_eq!(
        set_logo(&shut, PNG).await.unwrap_err().code(),
        Code::Suspended
    );
    assert_eq!(drop_logo(&shut).await.unwrap_err().code(), Code::Suspended);
    drop_logo(cx).await.unwrap();
    drop_logo(cx).await.unwrap();
    assert_eq!(logo(cx).await.unwrap(), None);
}

#[tokio::test]
async fn first_steps_know_what_is_done() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let done = async |cx: &Cx| company(cx).await.unwrap().steps;
    assert_eq!(done(cx).await, Some(Vec::new()));
    let place = settle(cx, "阳光花园").await;
    assert_eq!(done(cx).await, Some(vec![Step::Estate, Step::Units]));
    assert_eq!(done(&town.admin_b).await, Some(Vec::new()));

    telemetry::open_partitions(&town.site).await.unwrap();
    let form = device_form(DeviceKind::ElectricityMeter, place.estate, None);
    let device = devices::register(cx, form).await.unwrap().id;
    let reading = Reading {
        point: "power_w".into(),
        ts: cx.now(),
        value: Value::Number(1.0),
        quality: Quality::Good,
    };
    let batch = Batch {
        items: vec![Incoming {
            device,
            estate: place.estate,
            readings: vec![reading],
        }],
        ..Batch::default()
    };
    telemetry::ingest(&town.system(cx), &Registry::default(), batch)
        .await
        .unwrap();
    set_logo(cx, PNG).await.unwrap();
    assert_eq!(
        done(cx).await,
        Some(vec![
            Step::Estate,
            Step::Units,
            Step::Device,
            Step::Reading,
            Step::Logo
        ])
    );
    put_steps_away(cx).await.unwrap();
    assert_eq!(done(cx).await, None);
    assert!(done(&town.admin_b).await.is_some());
    let mut shut = cx.clone();
    shut.tenant.suspended = true;
    assert_eq!(
        put_steps_away(&shut).await.unwrap_err().code(),
        Code::Suspended
    );

    // What is stored is told of, and too much of it keeps new devices out.
    let usage = company(cx).await.unwrap().usage;
    assert_eq!(usage.readings.used, 1);
    assert!(
        usage.storage.used > i64::try_from(PNG.len()).unwrap(),
        "{usage:?}"
    );
    sqlx::query("UPDATE plan SET storage_bytes = 100 WHERE code = 'trial'")
        .execute(town.db.admin())
        .await
        .unwrap();
    let form = device_form(DeviceKind::Door, place.estate, None);
    let full = devices::register(cx, form.clone()).await.unwrap_err();
    assert_eq!(full.code(), Code::OverQuota);
    assert!(full.problem.fields.contains_key("storage"));
    let theirs = settle(&town.admin_b, "阳光花园").await;
    let form = device_form(DeviceKind::Door, theirs.estate, None);
    devices::register(&town.admin_b, form).await.unwrap();
}

#[tokio::test]
async fn the_demos_names_are_for_this_machine() {
    let town = Town::new().await;
    let from = Peer {
        loopback: false,
        ..Peer::local()
    };
    for slug in identity::DEMO {
        let form = form(slug, &format!("{slug}@chenguang"), PASSWORD);
        let refused = sign_up(&town.site, form, Kind::Browser, &from)
            .await
            .unwrap_err();
        assert_eq!(refused.problem.fields.get("slug"), Some(&Flaw::Reserved));
    }
    assert!(
        sign(&town, "demo", "admin@chenguang", PASSWORD)
            .await
            .is_ok()
    );
}
