use domain::{
    Code, EstateId, Problem,
    audit::{Acting, Channel, EntryFilter},
    devices::DeviceFilter,
    estates::{BuildingForm, EstateForm},
    identity::{AcceptForm, Actions, GrantForm, InviteStaffForm, Role, RoleForm},
};
use jiff::{SignedDuration, civil::date};

use super::*;
use crate::{
    devices, estates,
    identity::{self, Kind},
    tenancy,
    testing::{PASSWORD, Town, next_click, with_role},
};

/// Company A with two estates.
struct Yard {
    town: Town,
    x: EstateId,
    y: EstateId,
}

impl Yard {
    async fn new() -> Self {
        let town = Town::new().await;
        let (x, y) = (
            estate(&town.admin_a, "甲苑").await,
            estate(&town.admin_a, "乙苑").await,
        );
        Self { town, x, y }
    }

    async fn hire(&self, name: &str, role: &str, places: &[EstateId]) -> Cx {
        let form = InviteStaffForm {
            name: name.to_owned(),
            grant: grant(role, places),
        };
        let (_, link) = staff::invite(&self.town.admin_a, form).await.unwrap();
        let form = AcceptForm {
            token: link.token,
            login: format!("{name}@anju"),
            password: PASSWORD.to_owned(),
        };
        let (site, peer) = (&self.town.site, Peer::local());
        let joined = staff::join(site, form, Kind::Browser, &peer).await;
        joined.unwrap().cx
    }

    /// Who a key is now, if it opens anything.
    async fn by(&self, key: &KeyMade) -> Option<Cx> {
        bearer(&self.town.site, key.secret.as_str(), &Peer::local())
            .await
            .unwrap()
            .map(|cx| cx.coming_from(Peer::local().through(Channel::Api)))
    }

    /// A role of the company's own.
    async fn role(&self, name: &str, actions: &[&str]) -> String {
        let form = RoleForm {
            name: name.to_owned(),
            actions: actions.iter().map(|word| (*word).to_owned()).collect(),
        };
        let made = staff::make_role(&self.town.admin_a, form).await;
        made.unwrap().to_string()
    }

    fn pass(&self, time: SignedDuration) {
        self.town.site.clock.set(self.town.site.now() + time);
    }
}

async fn estate(cx: &Cx, name: &str) -> EstateId {
    let form = EstateForm {
        name: name.to_owned(),
    };
    estates::create_estate(cx, form).await.unwrap().id
}

/// Everywhere, where no estate is listed.
fn grant(role: &str, places: &[EstateId]) -> GrantForm {
    GrantForm {
        role: role.to_owned(),
        everywhere: places.is_empty(),
        places: places.iter().map(ToString::to_string).collect(),
        until: None,
    }
}

fn form(name: &str, role: &str, places: &[EstateId]) -> KeyForm {
    KeyForm {
        name: name.to_owned(),
        grant: grant(role, places),
    }
}

fn code<T>(result: Result<T>) -> Option<Code> {
    result.err().map(|error| error.code())
}

fn flaws<T: std::fmt::Debug>(result: Result<T>) -> Vec<(String, Flaw)> {
    let Problem { fields, .. } = result.unwrap_err().problem;
    fields.into_iter().collect()
}

async fn listed(cx: &Cx) -> Vec<ApiKey> {
    list(cx, &PageAsk::default()).await.unwrap().items
}

async fn seen(cx: &Cx) -> Vec<EstateId> {
    let page = estates::list_estates(cx, &PageAsk::default()).await;
    page.unwrap().items.into_iter().map(|row| row.id).collect()
}

async fn build(cx: &Cx, estate: EstateId) -> Option<Code> {
    let form = BuildingForm {
        estate,
        name: format!("{}号楼", cx.new_id::<KeyId>()),
    };
    code(estates::create_building(cx, form).await)
}

#[tokio::test]
async fn a_key_works_where_and_as_its_role_says() {
    let yard = Yard::new().await;
    let admin = &yard.town.admin_a;
    let (x, y) = (yard.x, yard.y);
    let made = make(admin, form("门禁", "estate_manager", &[x]))
        .await
        .unwrap();
    assert_eq!(made.until, date(2027, 11, 22), "a year");
    let cx = yard.by(&made).await.unwrap();
    assert_eq!(cx.tenant.id, admin.tenant.id);
    assert_eq!((cx.actor.person(), cx.actor.session()), (None, None));

    assert_eq!(seen(&cx).await, [x]);
    assert_eq!(build(&cx, x).await, None);
    // Outside its place there is nothing; a reader changes nothing.
    assert_eq!(build(&cx, y).await, Some(Code::NotFound));
    let reader = make(admin, form("收费系统", "accountant", &[]))
        .await
        .unwrap();
    let reader = yard.by(&reader).await.unwrap();
    assert_eq!(seen(&reader).await.len(), 2);
    assert_eq!(build(&reader, x).await, Some(Code::Forbidden));
    let all = PageAsk::default();
    let devices = devices::list(&reader, &DeviceFilter::default(), &all).await;
    assert!(devices.is_ok());

    // It is the key that did it, and no person.
    let entries = audit::list(admin, &EntryFilter::default(), &all)
        .await
        .unwrap()
        .items;
    let built = entries
        .iter()
        .find(|entry| entry.deed == Deed::BuildingCreated);
    let doer = &built.unwrap().doer;
    assert_eq!((doer.acting, doer.person), (Acting::Key, None));
    assert_eq!(
        (doer.key, doer.name.as_deref()),
        (Some(made.id), Some("门禁"))
    );
    assert_eq!(built.unwrap().origin, Peer::local().through(Channel::Api));
    let begun = entries.iter().find(|entry| entry.deed == Deed::KeyMade);
    assert_eq!(begun.unwrap().doer.acting, Acting::Staff);
}

#[tokio::test]
async fn it_is_told_once_and_only_recognised_later() {
    let yard = Yard::new().await;
    let admin = &yard.town.admin_a;
    let made = make(admin, form("门禁", "guard", &[yard.x])).await.unwrap();
    let [row] = &listed(admin).await[..] else {
        panic!("one key")
    };
    assert_eq!((row.id, &*row.name), (made.id, "门禁"));
    assert_eq!(row.starts_with, made.secret.starts_with());
    assert_eq!(
        (row.everywhere, &row.places[..]),
        (false, &["甲苑".to_owned()][..])
    );
    assert_eq!((row.until, row.expired), (made.until, false));
    assert_eq!((&*row.maker, &row.used), ("周敏", &None));

    // Nothing that is stored gives the key away, and the serving login does not even read its hash.
    let stored: String = sqlx::query_scalar("SELECT string_agg(k::text, '') FROM api_key k")
        .fetch_one(yard.town.db.admin())
        .await
        .unwrap();
    assert!(!stored.contains(made.secret.as_str()));
    let plain = session::hex(&crate::kernel::keys::digest(
        made.secret.as_str().as_bytes(),
    ));
    assert!(!stored.contains(&plain));
    let mut tx = TenantTx::begin(admin, &Scope::Everywhere).await.unwrap();
    let read = sqlx::query("SELECT key_hash FROM api_key").execute(tx.conn());
    assert!(
        read.await
            .unwrap_err()
            .to_string()
            .contains("permission denied")
    );

    // When it was used last is known to five minutes, and from where.
    let from = |address: &str| Peer {
        address: address.to_owned(),
        ..Peer::local()
    };
    let used = async |address: &str| {
        let cx = bearer(&yard.town.site, made.secret.as_str(), &from(address)).await;
        assert!(cx.unwrap().is_some());
        listed(admin).await.remove(0).used.unwrap()
    };
    let first = used("203.0.113.7").await;
    assert_eq!((first.at, &*first.from), (testkit::noon(), "203.0.113.7"));
    yard.pass(SignedDuration::from_mins(4));
    assert_eq!(used("203.0.113.8").await, first);
    yard.pass(SignedDuration::from_mins(2));
    assert_eq!(used("203.0.113.8").await.from, "203.0.113.8");
}

#[tokio::test]
async fn nobody_makes_one_that_may_do_more_than_they_may() {
    let yard = Yard::new().await;
    let (x, y) = (yard.x, yard.y);
    let keeper = yard.role("钥匙", &["edit_keys", "edit_devices"]).await;
    let other = yard.role("别的", &["edit_keys", "view_audit"]).await;
    let cx = yard.hire("小吴", &keeper, &[x]).await;

    // All that they have, at the place where they have it; to give roles is none of it.
    let made = make(&cx, form("泵房", &keeper, &[x])).await.unwrap();
    for (role, places) in [
        (&*keeper, &[][..]),
        ("tenant_admin", &[]),
        ("accountant", &[x]),
        (&other, &[x]),
    ] {
        let more = make(&cx, form("更多", role, places)).await;
        assert_eq!(code(more), Some(Code::Forbidden), "{role} {places:?}");
    }
    let unseen = make(&cx, form("更多", &keeper, &[x, y])).await;
    assert_eq!(flaws(unseen), [("places".to_owned(), Flaw::Unknown)]);

    // What lets others in is in no key, whoever made it.
    let key = yard.by(&made).await.unwrap();
    assert_eq!(
        code(make(&key, form("第二把", "guard", &[x])).await),
        Some(Code::Forbidden)
    );
    let admin = &yard.town.admin_a;
    let all = make(admin, form("全部", "tenant_admin", &[]))
        .await
        .unwrap();
    let all = yard.by(&all).await.unwrap();
    let has = |action: &Action| all.scope(*action).is_some();
    let has: Actions = Action::of_staff().filter(has).collect();
    assert_eq!(has, Action::of_keys().collect());
    assert_eq!(
        code(list(&all, &PageAsk::default()).await),
        Some(Code::Forbidden)
    );
    assert_eq!(code(end(&all, made.id).await), Some(Code::Forbidden));
    let form = InviteStaffForm {
        name: "他".to_owned(),
        grant: grant("guard", &[]),
    };
    assert_eq!(code(staff::invite(&all, form).await), Some(Code::Forbidden));
    assert_eq!(code(tenancy::company(&all).await), Some(Code::Forbidden));
    // And it is nobody: no account, no sessions, no socket.
    assert_eq!(code(identity::me(&all)), Some(Code::Forbidden));
    assert_eq!(code(identity::whoami(&all).await), Some(Code::Forbidden));
    assert_eq!(code(identity::sessions(&all).await), Some(Code::Forbidden));
    assert_eq!(
        code(identity::live_ticket(&all).await),
        Some(Code::Forbidden)
    );
}

#[tokio::test]
async fn it_is_held_to_what_its_maker_has_now() {
    let yard = Yard::new().await;
    let (admin, x, y) = (&yard.town.admin_a, yard.x, yard.y);
    let keeper = yard.role("钥匙", &["edit_keys", "edit_estates"]).await;
    let cx = yard.hire("小吴", &keeper, &[x]).await;
    let person = cx.actor.person().unwrap();
    let manager = grant("regional_manager", &[]);
    let more = staff::give(admin, person, manager).await.unwrap();
    let cx = next_click(&cx).await.unwrap();
    // Made with the second role, which lends no key: so the first one must do.
    let made = make(&cx, form("对接", &keeper, &[x])).await.unwrap();
    let everywhere = make(&cx, form("全部", &keeper, &[])).await;
    assert_eq!(code(everywhere), Some(Code::Forbidden));
    assert_eq!(build(&yard.by(&made).await.unwrap(), x).await, None);

    // A role that is changed or taken, and the key has that much less.
    let less = RoleForm {
        name: "钥匙".to_owned(),
        actions: vec!["edit_keys".to_owned()],
    };
    staff::change_role(admin, keeper.parse().unwrap(), less)
        .await
        .unwrap();
    let key = yard.by(&made).await.unwrap();
    assert_eq!(build(&key, x).await, Some(Code::Forbidden));
    assert_eq!(seen(&key).await, [x]);
    let member = staff::member(admin, person).await.unwrap().unwrap();
    let first = member.roles.iter().find(|role| role.id != more).unwrap();
    staff::take(admin, first.id).await.unwrap();
    staff::take(admin, more).await.unwrap();
    let elsewhere = grant("estate_manager", &[y]);
    staff::give(admin, person, elsewhere).await.unwrap();
    let key = yard.by(&made).await.unwrap();
    assert_eq!(
        code(estates::list_estates(&key, &PageAsk::default()).await),
        Some(Code::Forbidden)
    );

    // Its maker leaves: it opens nothing, and does not come back with them.
    staff::dismiss(admin, person).await.unwrap();
    assert!(yard.by(&made).await.is_none());
    assert!(listed(admin).await.is_empty());
    yard.hire("小吴", &keeper, &[x]).await;
    assert!(yard.by(&made).await.is_none());
}

#[tokio::test]
async fn it_ends_by_itself_with_its_role_and_when_somebody_ends_it() {
    let yard = Yard::new().await;
    let admin = &yard.town.admin_a;
    let role = yard.role("读表", &["view_devices"]).await;
    let by_role = make(admin, form("读表", &role, &[])).await.unwrap();
    staff::end_role(admin, role.parse().unwrap()).await.unwrap();
    assert!(yard.by(&by_role).await.is_none());

    let made = make(admin, form("门禁", "guard", &[])).await.unwrap();
    assert!(yard.by(&made).await.is_some());
    end(admin, made.id).await.unwrap();
    assert!(yard.by(&made).await.is_none());
    assert_eq!(code(end(admin, made.id).await), Some(Code::NotFound));
    let filter = EntryFilter {
        subject: Some(Subject::Key(made.id)),
        ..EntryFilter::default()
    };
    let entries = audit::list(admin, &filter, &PageAsk::default())
        .await
        .unwrap();
    let entry = &entries.items[0];
    assert_eq!(entries.items.len(), 2);
    assert_eq!(entry.subject_name.as_deref(), Some("门禁"));

    // Its name is free again. Its last day counts to the company's midnight.
    let mut short = form("门禁", "guard", &[]);
    short.grant.until = Some("2026-11-22".to_owned());
    let made = make(admin, short).await.unwrap();
    yard.pass(SignedDuration::from_hours(9));
    assert!(yard.by(&made).await.is_some());
    yard.pass(SignedDuration::from_mins(30));
    assert!(yard.by(&made).await.is_none());
    let [row] = &listed(admin).await[..] else {
        panic!("it stays in the list")
    };
    assert!(row.expired);
    assert_eq!(row.until, date(2026, 11, 22));
}

#[tokio::test]
async fn each_flaw_is_named() {
    let yard = Yard::new().await;
    let admin = &yard.town.admin_a;
    make(admin, form("门禁", "guard", &[])).await.unwrap();
    let taken = make(admin, form(" 门禁 ", "guard", &[])).await.unwrap_err();
    assert_eq!(taken.code(), Code::Conflict);
    assert!(taken.problem.fields.contains_key("name"));
    let until = |day: &str| {
        let mut form = form("新", "guard", &[]);
        form.grant.until = Some(day.to_owned());
        form
    };
    let range = [("until".to_owned(), Flaw::OutOfRange)];
    for day in ["2026-11-21", "2028-11-23", "9999-12-31"] {
        assert_eq!(flaws(make(admin, until(day)).await), range, "{day}");
    }
    assert!(make(admin, until("2028-11-22")).await.is_ok(), "two years");
    assert_eq!(
        flaws(make(admin, until("soon")).await),
        [("until".to_owned(), Flaw::Malformed)]
    );
    for role in ["owner", "nothing", "rol_01JA0000000000000000000000"] {
        let flaws = flaws(make(admin, form("x", role, &[])).await);
        assert_eq!(flaws, [("role".to_owned(), Flaw::Unknown)], "{role}");
    }
    let cursor = PageAsk {
        cursor: Some("key_1".to_owned()),
        limit: None,
    };
    assert_eq!(
        flaws(list(admin, &cursor).await),
        [("cursor".to_owned(), Flaw::Malformed)]
    );
    let site = &yard.town.site;
    for token in ["", "lk_", "lk_中", "ey.x.y"] {
        let nobody = bearer(site, token, &Peer::local()).await.unwrap();
        assert!(nobody.is_none(), "{token}");
    }
}

#[tokio::test]
async fn strangers_see_none_and_those_of_a_part_see_its_own() {
    let yard = Yard::new().await;
    let (admin, x, y) = (&yard.town.admin_a, yard.x, yard.y);
    let everywhere = make(admin, form("全部", "guard", &[])).await.unwrap();
    let here = make(admin, form("甲", "guard", &[x])).await.unwrap();
    yard.pass(SignedDuration::from_secs(1));
    let both = make(admin, form("甲乙", "guard", &[x, y])).await.unwrap();
    let there = make(admin, form("乙", "guard", &[y])).await.unwrap();

    let rival = &yard.town.admin_b;
    assert!(listed(rival).await.is_empty());
    assert_eq!(code(end(rival, here.id).await), Some(Code::NotFound));

    for role in Role::of_staff().filter(|role| *role != Role::TenantAdmin) {
        let cx = with_role(admin, role);
        assert_eq!(
            code(make(&cx, form("x", "guard", &[])).await),
            Some(Code::Forbidden)
        );
        assert_eq!(
            code(list(&cx, &PageAsk::default()).await),
            Some(Code::Forbidden)
        );
        assert_eq!(code(end(&cx, here.id).await), Some(Code::Forbidden));
    }

    let keeper = yard.role("钥匙", &["edit_keys"]).await;
    let cx = yard.hire("小吴", &keeper, &[x]).await;
    let rows = listed(&cx).await;
    let names: Vec<_> = rows
        .iter()
        .map(|row| (&*row.name, row.places.len()))
        .collect();
    assert_eq!(
        names,
        [("甲乙", 1), ("甲", 1)],
        "and no name of another estate"
    );
    for (key, refused) in [
        (&everywhere, Some(Code::NotFound)),
        (&there, Some(Code::NotFound)),
        (&both, Some(Code::Forbidden)),
        // A guard may do something that they may not; it is ended all the same.
        (&here, None),
    ] {
        assert_eq!(code(end(&cx, key.id).await), refused);
    }
    let page = |cursor| PageAsk {
        cursor,
        limit: Some(2),
    };
    let first = list(admin, &page(None)).await.unwrap();
    let rest = list(admin, &page(first.next.clone())).await.unwrap();
    assert_eq!((first.items.len(), rest.items.len()), (2, 1));
    assert_eq!(rest.next, None);
}

#[tokio::test]
async fn a_suspended_company_reads_and_what_the_maker_owes_comes_first() {
    let yard = Yard::new().await;
    let admin = &yard.town.admin_a;
    let made = make(admin, form("对接", "regional_manager", &[]))
        .await
        .unwrap();
    let state = async |state: &str| {
        sqlx::query("UPDATE tenant SET state = $2 WHERE id = $1")
            .bind(admin.tenant.id.0)
            .bind(state)
            .execute(yard.town.db.admin())
            .await
            .unwrap();
    };
    state("suspended").await;
    let key = yard.by(&made).await.unwrap();
    assert_eq!(seen(&key).await.len(), 2);
    assert_eq!(build(&key, yard.x).await, Some(Code::Suspended));
    let cx = next_click(admin).await.unwrap();
    assert_eq!(listed(&cx).await.len(), 1);
    assert_eq!(
        code(make(&cx, form("x", "guard", &[])).await),
        Some(Code::Suspended)
    );
    assert_eq!(code(end(&cx, made.id).await), Some(Code::Suspended));
    state("active").await;

    tenancy::want_second_factor(admin, true).await.unwrap();
    let key = yard.by(&made).await.unwrap();
    assert_eq!(build(&key, yard.x).await, Some(Code::SecondFactorRequired));
}

#[tokio::test]
async fn guesses_are_counted_by_address_and_good_keys_are_not() {
    let yard = Yard::new().await;
    let made = make(&yard.town.admin_a, form("门禁", "guard", &[]))
        .await
        .unwrap();
    let site = &yard.town.site;
    let guess = async |n: u8| {
        let guess = KeySecret::of([n; 32]);
        bearer(site, guess.as_str(), &Peer::local()).await
    };
    // A hundred at once, and more as time passes.
    let mut tries = 0;
    while let Ok(found) = guess(0).await {
        assert!(found.is_none());
        tries += 1;
        assert!(tries < 1000);
    }
    assert!(tries >= 100, "{tries}");
    assert_eq!(code(guess(0).await), Some(Code::TooMany));
    assert!(yard.by(&made).await.is_some());
    let elsewhere = Peer {
        address: "203.0.113.7".to_owned(),
        ..Peer::local()
    };
    let guess = KeySecret::of([1; 32]);
    assert!(
        bearer(site, guess.as_str(), &elsewhere)
            .await
            .unwrap()
            .is_none()
    );
}
