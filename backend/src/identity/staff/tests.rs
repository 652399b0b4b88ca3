use domain::{
    Code, EstateId, PersonId,
    devices::{DeviceForm, DeviceKind, TransportForm},
    estates::{BuildingForm, EstateForm, Relation, ResidentForm, UnitFilter, UnitForm},
    identity::{AcceptForm, Action, GrantForm, InviteStaffForm, Role, RoleForm, StandInForm},
    page::PageAsk,
    problem::Flaw,
};

use super::*;
use crate::{
    devices, estates,
    identity::{self, Kind},
    kernel::cx::Peer,
    telemetry,
    testing::{PASSWORD, Town, hire},
};

/// Company A with two estates, a home with an owner in each.
struct Yard {
    town: Town,
    x: Part,
    y: Part,
}

struct Part {
    estate: EstateId,
    building: domain::BuildingId,
    unit: domain::UnitId,
    resident: domain::ResidentId,
    device: domain::DeviceId,
}

impl Yard {
    async fn new() -> Self {
        let town = Town::new().await;
        let x = part(&town.admin_a, "甲苑").await;
        let y = part(&town.admin_a, "乙苑").await;
        Self { town, x, y }
    }

    /// Somebody with a role, let in by a link.
    async fn hire(&self, by: &Cx, name: &str, role: &str, places: &[String]) -> Result<Cx> {
        hire(by, name, (role, places)).await
    }

    async fn join(&self, token: &str, name: &str) -> Result<identity::Opened> {
        let form = AcceptForm {
            token: token.to_owned(),
            login: format!("{name}@anju"),
            password: PASSWORD.to_owned(),
        };
        join(&self.town.site, form, Kind::Browser, &Peer::local()).await
    }

    /// The same session as it stands now.
    async fn now(&self, cx: &Cx) -> Option<Cx> {
        identity::cx_of(&self.town.site, cx.actor.session().unwrap())
            .await
            .unwrap()
    }

    async fn grants(&self, cx: &Cx) -> Vec<GrantId> {
        let member = member(&self.town.admin_a, cx.actor.person().unwrap()).await;
        let member = member.unwrap().unwrap();
        member.roles.iter().map(|role| role.id).collect()
    }
}

/// Everywhere, where no place is listed.
fn grant(role: &str, places: &[String]) -> GrantForm {
    GrantForm {
        role: role.to_owned(),
        everywhere: places.is_empty(),
        places: places.to_vec(),
        until: None,
    }
}

async fn part(cx: &Cx, name: &str) -> Part {
    let form = EstateForm {
        name: name.to_owned(),
    };
    let estate = estates::create_estate(cx, form).await.unwrap().id;
    let form = BuildingForm {
        estate,
        name: format!("{name}1号楼"),
    };
    let building = estates::create_building(cx, form).await.unwrap().id;
    let unit = unit(cx, building, "101").await.unwrap();
    let form = ResidentForm {
        id_number: None,
        unit,
        name: format!("{name}业主"),
        phone: None,
        relation: Relation::Owner,
    };
    let resident = estates::add_resident(cx, form).await.unwrap().id;
    let device = meter(cx, estate, Some(unit)).await.unwrap();
    Part {
        estate,
        building,
        unit,
        resident,
        device,
    }
}

async fn unit(cx: &Cx, building: domain::BuildingId, code: &str) -> Result<domain::UnitId> {
    let form = UnitForm {
        building,
        entrance: None,
        unit: code.to_owned(),
        area_m2: None,
    };
    Ok(estates::create_unit(cx, form).await?.id)
}

async fn meter(
    cx: &Cx,
    estate: EstateId,
    unit: Option<domain::UnitId>,
) -> Result<domain::DeviceId> {
    let form = DeviceForm {
        name: "电表".to_owned(),
        key: None,
        kind: DeviceKind::ElectricityMeter,
        estate,
        unit,
        place: None,
        transport: TransportForm::Mqtt {},
        gateway: None,
        model: None,
        points: Vec::new(),
    };
    Ok(devices::register(cx, form).await?.id)
}

fn code<T>(result: Result<T>) -> Option<Code> {
    result.err().map(|error| error.code())
}

#[tokio::test]
async fn a_manager_sees_and_does_what_is_theirs() {
    let yard = Yard::new().await;
    let admin = &yard.town.admin_a;
    let Yard { x, y, .. } = &yard;
    let place = [x.estate.to_string()];
    let manager = yard
        .hire(admin, "经理", "estate_manager", &place)
        .await
        .unwrap();

    let ask = PageAsk::default();
    let seen = estates::list_estates(&manager, &ask).await.unwrap().items;
    assert_eq!(
        seen.iter().map(|row| row.id).collect::<Vec<_>>(),
        [x.estate]
    );
    let units = estates::list_units(&manager, &UnitFilter::default(), &ask)
        .await
        .unwrap();
    assert_eq!(units.items.len(), 1);
    assert_eq!(units.items[0].owners, "甲苑业主");
    let residents = estates::list_residents(&manager, None, &ask)
        .await
        .unwrap()
        .items;
    assert_eq!(
        residents.iter().map(|row| row.id).collect::<Vec<_>>(),
        [x.resident]
    );
    let all = devices::list(&manager, &domain::devices::DeviceFilter::default(), &ask)
        .await
        .unwrap();
    assert_eq!(
        all.items.iter().map(|row| row.id).collect::<Vec<_>>(),
        [x.device]
    );
    assert!(
        telemetry::dashboard(&manager, x.estate)
            .await
            .unwrap()
            .is_some()
    );

    // The other estate is not there.
    assert!(estates::estate(&manager, y.estate).await.unwrap().is_none());
    assert!(estates::unit(&manager, y.unit).await.unwrap().is_none());
    assert!(devices::device(&manager, y.device).await.unwrap().is_none());
    assert!(devices::points(&manager, y.device).await.unwrap().is_none());
    assert!(
        telemetry::dashboard(&manager, y.estate)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        telemetry::snapshot_estate(&manager, y.estate)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        telemetry::snapshot_device(&manager, y.device)
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(
        code(estates::invite(&manager, y.resident).await),
        Some(Code::NotFound)
    );
    assert_eq!(
        code(unit(&manager, y.building, "102").await),
        Some(Code::NotFound)
    );
    assert_eq!(
        code(meter(&manager, y.estate, None).await),
        Some(Code::NotFound)
    );
    let form = BuildingForm {
        estate: y.estate,
        name: "新楼".to_owned(),
    };
    assert_eq!(
        code(estates::create_building(&manager, form).await),
        Some(Code::NotFound)
    );

    // Their own they may change; the company they may not.
    unit(&manager, x.building, "102").await.unwrap();
    meter(&manager, x.estate, None).await.unwrap();
    estates::invite(&manager, x.resident).await.unwrap();
    let form = EstateForm {
        name: "丙苑".to_owned(),
    };
    assert_eq!(
        code(estates::create_estate(&manager, form).await),
        Some(Code::Forbidden)
    );
}

#[tokio::test]
async fn what_is_seen_and_not_allowed_is_forbidden() {
    let yard = Yard::new().await;
    let admin = &yard.town.admin_a;
    let Yard { x, y, .. } = &yard;
    // Sees both estates, manages one.
    let cx = yard
        .hire(admin, "经理", "estate_manager", &[x.estate.to_string()])
        .await
        .unwrap();
    give(
        admin,
        cx.actor.person().unwrap(),
        grant("guard", &[y.estate.to_string()]),
    )
    .await
    .unwrap();
    let cx = yard.now(&cx).await.unwrap();

    assert!(estates::estate(&cx, y.estate).await.unwrap().is_some());
    assert_eq!(
        code(unit(&cx, y.building, "102").await),
        Some(Code::Forbidden)
    );
    assert_eq!(
        code(meter(&cx, y.estate, None).await),
        Some(Code::Forbidden)
    );
    let form = ResidentForm {
        id_number: None,
        unit: y.unit,
        name: "王".to_owned(),
        phone: None,
        relation: Relation::Family,
    };
    assert_eq!(
        code(estates::add_resident(&cx, form).await),
        Some(Code::Forbidden)
    );
    let roster = estates::RosterUpload {
        estate: y.estate,
        dry_run: false,
        file_name: "a.csv".to_owned(),
        bytes: "楼栋,房号\n1号楼,101\n".into(),
        confirmed: std::collections::BTreeSet::default(),
        of: None,
        columns: domain::estates::ColumnChoice::default(),
        asks: false,
    };
    assert_eq!(
        code(estates::import_roster(&cx, roster).await),
        Some(Code::Forbidden)
    );
    // A guard does not read who lives there.
    let guarded = estates::unit(&cx, y.unit).await.unwrap().unwrap();
    assert_eq!(guarded.owners, "");
    let own = estates::unit(&cx, x.unit).await.unwrap().unwrap();
    assert_eq!(own.owners, "甲苑业主");
}

#[tokio::test]
async fn a_building_and_a_list_of_homes_are_places_too() {
    let yard = Yard::new().await;
    let admin = &yard.town.admin_a;
    let x = &yard.x;
    let other = unit(admin, x.building, "102").await.unwrap();
    let form = BuildingForm {
        estate: x.estate,
        name: "2号楼".to_owned(),
    };
    let next = estates::create_building(admin, form).await.unwrap().id;
    let far = unit(admin, next, "201").await.unwrap();

    let building = yard
        .hire(admin, "楼长", "front_desk", &[x.building.to_string()])
        .await
        .unwrap();
    let steward = yard
        .hire(admin, "管家", "steward", &[other.to_string()])
        .await
        .unwrap();
    let ask = PageAsk::default();
    for (cx, seen) in [(&building, vec![x.unit, other]), (&steward, vec![other])] {
        let units = estates::list_units(cx, &UnitFilter::default(), &ask)
            .await
            .unwrap()
            .items;
        assert_eq!(units.iter().map(|unit| unit.id).collect::<Vec<_>>(), seen);
        assert!(estates::unit(cx, far).await.unwrap().is_none());
        // The estate can be named, for it is where they work.
        assert_eq!(
            estates::list_estates(cx, &ask).await.unwrap().items.len(),
            1
        );
    }
    assert!(
        devices::device(&building, x.device)
            .await
            .unwrap()
            .is_some()
    );
    assert!(devices::device(&steward, x.device).await.unwrap().is_none());
    let resident = |unit| ResidentForm {
        id_number: None,
        unit,
        name: "新人".to_owned(),
        phone: None,
        relation: Relation::Owner,
    };
    estates::add_resident(&building, resident(other))
        .await
        .unwrap();
    assert_eq!(
        code(estates::add_resident(&building, resident(far)).await),
        Some(Code::NotFound)
    );
    assert_eq!(
        code(estates::add_resident(&steward, resident(other)).await),
        Some(Code::Forbidden)
    );
}

#[tokio::test]
async fn nobody_gives_or_takes_more_than_they_hold() {
    let yard = Yard::new().await;
    let admin = &yard.town.admin_a;
    let (x, y) = (yard.x.estate.to_string(), yard.y.estate.to_string());
    let manager = yard
        .hire(admin, "经理", "estate_manager", std::slice::from_ref(&x))
        .await
        .unwrap();
    let desk = yard
        .hire(&manager, "前台", "front_desk", std::slice::from_ref(&x))
        .await
        .unwrap();
    let desk_person = desk.actor.person().unwrap();

    let forbidden = [
        grant("tenant_admin", &[]),
        grant("front_desk", &[]),
        grant("front_desk", &[x.clone(), y.clone()]),
    ];
    for form in forbidden {
        let given = give(&manager, desk_person, form.clone()).await;
        // Another estate is none that they know of.
        let expected = if form.places.contains(&y) {
            Code::Invalid
        } else {
            Code::Forbidden
        };
        assert_eq!(code(given), Some(expected), "{form:?}");
    }
    assert_eq!(
        code(
            give(
                &desk,
                desk_person,
                grant("estate_manager", std::slice::from_ref(&x))
            )
            .await
        ),
        Some(Code::Forbidden),
        "the desk gives nothing"
    );
    give(
        &manager,
        desk_person,
        grant("cashier", std::slice::from_ref(&x)),
    )
    .await
    .unwrap();

    // What an admin gave elsewhere, the manager neither sees nor takes.
    let abroad = give(admin, desk_person, grant("guard", std::slice::from_ref(&y)))
        .await
        .unwrap();
    let shown = member(&manager, desk_person).await.unwrap().unwrap();
    assert_eq!(shown.roles.len(), 2);
    assert_eq!(code(take(&manager, abroad).await), Some(Code::Forbidden));
    assert_eq!(
        code(dismiss(&manager, desk_person).await),
        Some(Code::Forbidden)
    );
    let admin_grant = yard.grants(admin).await[0];
    assert_eq!(
        code(take(&manager, admin_grant).await),
        Some(Code::Forbidden)
    );

    // Company B knows none of them.
    assert_eq!(
        code(take(&yard.town.admin_b, abroad).await),
        Some(Code::NotFound)
    );
    assert_eq!(
        code(give(&yard.town.admin_b, desk_person, grant("guard", &[])).await),
        Some(Code::NotFound)
    );
    assert!(
        member(&yard.town.admin_b, desk_person)
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn a_taken_role_counts_at_once() {
    let yard = Yard::new().await;
    let admin = &yard.town.admin_a;
    let x = yard.x.estate.to_string();
    let manager = yard
        .hire(admin, "经理", "estate_manager", std::slice::from_ref(&x))
        .await
        .unwrap();
    let form = InviteStaffForm {
        name: "新人".to_owned(),
        grant: grant("guard", &[x]),
    };
    let (_, link) = invite(&manager, form.clone()).await.unwrap();
    let before = manager.clone();

    take(admin, yard.grants(&manager).await[0]).await.unwrap();
    let manager = yard.now(&manager).await.unwrap();
    assert_eq!(
        code(manager.authorize(Action::ViewEstates)),
        Some(Code::Forbidden)
    );
    // A request that began before finds its grants gone when it gives them on.
    assert_eq!(code(invite(&before, form).await), Some(Code::Forbidden));
    // And what was sent out before opens no more.
    assert_eq!(
        code(yard.join(&link.token, "新人").await),
        Some(Code::Expired)
    );

    dismiss(admin, manager.actor.person().unwrap())
        .await
        .unwrap();
    assert!(
        yard.now(&manager).await.is_none(),
        "whoever left has no session"
    );
    // And none that comes back with them.
    let again = yard.hire(admin, "经理", "guard", &[]).await.unwrap();
    assert_eq!(again.actor.person(), manager.actor.person());
    assert!(yard.now(&manager).await.is_none());
}

#[tokio::test]
async fn a_link_lets_one_person_in_once() {
    let yard = Yard::new().await;
    let admin = &yard.town.admin_a;
    let form = InviteStaffForm {
        name: "小周".to_owned(),
        grant: grant("cleaner", &[]),
    };
    let (_, link) = invite(admin, form).await.unwrap();
    let seen = invitation(&yard.town.site, &link.token)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (seen.company.as_str(), seen.name.as_str()),
        ("安居物业", "小周")
    );
    let bad = AcceptForm {
        token: link.token.clone(),
        login: "a".to_owned(),
        password: "short".to_owned(),
    };
    let refused = join(&yard.town.site, bad, Kind::Browser, &Peer::local())
        .await
        .unwrap_err();
    assert_eq!(refused.problem.fields.len(), 2);
    let opened = yard.join(&link.token, "小周").await.unwrap();
    let may = identity::me(&opened.cx).unwrap().may;
    assert_eq!(may.iter().collect::<Vec<_>>(), [Action::ViewEstates]);
    assert_eq!(
        code(yard.join(&link.token, "小吴").await),
        Some(Code::Expired)
    );
    assert!(
        invitation(&yard.town.site, &link.token)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        invitation(&yard.town.site, "nonsense")
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn a_company_keeps_an_admin() {
    let yard = Yard::new().await;
    let admin = &yard.town.admin_a;
    let own = yard.grants(admin).await[0];
    let refused = take(admin, own).await.unwrap_err();
    assert_eq!(refused.problem.fields.get("role"), Some(&Flaw::LastOne));
    let me = admin.actor.person().unwrap();
    assert_eq!(code(dismiss(admin, me).await), Some(Code::Conflict));

    let second = yard.hire(admin, "副手", "tenant_admin", &[]).await.unwrap();
    // Two who take each other's role at one moment do not both succeed.
    let theirs = yard.grants(&second).await[0];
    let (one, two) = tokio::join!(take(admin, theirs), take(&second, own));
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
}

fn deputy(cx: &Cx, until: &str) -> StandInForm {
    StandInForm {
        deputy: cx.actor.person().unwrap().to_string(),
        until: until.to_owned(),
    }
}

#[tokio::test]
async fn a_stand_in_ends_on_the_day_or_with_the_role() {
    let yard = Yard::new().await;
    let (admin, x) = (&yard.town.admin_a, [yard.x.estate.to_string()]);
    let away = yard.hire(admin, "周", "estate_manager", &x).await.unwrap();
    let helper = yard.hire(admin, "小李", "guard", &x).await.unwrap();
    let grant = yard.grants(&away).await[0];
    let today = cx_today(admin);
    let tomorrow = today.tomorrow().unwrap().to_string();

    for (form, field, flaw) in [
        (deputy(&away, &tomorrow), "deputy", Flaw::Unknown),
        (
            deputy(&yard.town.admin_b, &tomorrow),
            "deputy",
            Flaw::Unknown,
        ),
        (
            StandInForm {
                until: tomorrow.clone(),
                ..StandInForm::default()
            },
            "deputy",
            Flaw::Required,
        ),
        (deputy(&helper, ""), "until", Flaw::Required),
        (deputy(&helper, "2020-01-01"), "until", Flaw::OutOfRange),
        (deputy(&helper, "tomorrow"), "until", Flaw::Malformed),
    ] {
        let refused = stand_in(admin, grant, form).await.unwrap_err();
        assert_eq!(
            refused.problem.fields.get(field),
            Some(&flaw),
            "{refused:?}"
        );
    }
    // A guard gives nothing, and to a stranger there is no such grant.
    let refused = stand_in(&helper, grant, deputy(&helper, &tomorrow)).await;
    assert_eq!(code(refused), Some(Code::Forbidden));
    let refused = stand_in(&yard.town.admin_b, grant, deputy(&helper, &tomorrow)).await;
    assert_eq!(code(refused), Some(Code::NotFound));

    // Not in the moment of the helper's own role: the order would be chance.
    let clock = &yard.town.site.clock;
    clock.set(clock.now() + 1.second());
    stand_in(admin, grant, deputy(&helper, &tomorrow))
        .await
        .unwrap();
    let acting = yard.now(&helper).await.unwrap();
    acting.authorize(Action::EditStaff).unwrap();
    let shown = member(admin, helper.actor.person().unwrap())
        .await
        .unwrap()
        .unwrap();
    let held: Vec<_> = shown
        .roles
        .iter()
        .map(|role| role.stands_in_for.as_deref())
        .collect();
    assert_eq!(held, [None, Some("周")]);

    // The role that it stands in for is taken: both end, and the helper's own stays.
    take(admin, grant).await.unwrap();
    let acting = yard.now(&helper).await.unwrap();
    assert_eq!(
        code(acting.authorize(Action::EditStaff)),
        Some(Code::Forbidden)
    );
    assert_eq!(yard.grants(&helper).await.len(), 1);
}

#[tokio::test]
async fn nobody_stands_in_for_longer_than_the_role_lasts() {
    let yard = Yard::new().await;
    let (admin, x) = (&yard.town.admin_a, [yard.x.estate.to_string()]);
    let today = cx_today(admin);
    let day = |n: i64| (today + n.days()).to_string();
    let away = yard.hire(admin, "周", "guard", &x).await.unwrap();
    let helper = yard.hire(admin, "小李", "cleaner", &x).await.unwrap();
    let short = GrantForm {
        until: Some(day(3)),
        ..grant("front_desk", &x)
    };
    let short = give(admin, away.actor.person().unwrap(), short)
        .await
        .unwrap();
    let refused = stand_in(admin, short, deputy(&helper, &day(4)))
        .await
        .unwrap_err();
    assert_eq!(refused.problem.fields.get("until"), Some(&Flaw::OutOfRange));
    stand_in(admin, short, deputy(&helper, &day(1)))
        .await
        .unwrap();
    let clock = &yard.town.site.clock;
    clock.set(clock.now() + (24 * 2).hours());
    assert_eq!(yard.grants(&helper).await.len(), 1, "the day is over");
}

#[tokio::test]
async fn an_admin_with_a_last_day_is_not_the_one_that_stays() {
    let yard = Yard::new().await;
    let admin = &yard.town.admin_a;
    let helper = yard.hire(admin, "小李", "guard", &[]).await.unwrap();
    let own = yard.grants(admin).await[0];
    let tomorrow = cx_today(admin).tomorrow().unwrap().to_string();
    stand_in(admin, own, deputy(&helper, &tomorrow))
        .await
        .unwrap();
    assert_eq!(code(take(admin, own).await), Some(Code::Conflict));
    let for_a_day = GrantForm {
        until: Some(tomorrow),
        ..grant("tenant_admin", &[])
    };
    give(admin, helper.actor.person().unwrap(), for_a_day)
        .await
        .unwrap();
    assert_eq!(code(take(admin, own).await), Some(Code::Conflict));
}

fn cx_today(cx: &Cx) -> Date {
    cx.now().to_zoned(cx.tenant.zone.clone()).date()
}

#[tokio::test]
async fn a_role_ends_with_its_last_day() {
    let yard = Yard::new().await;
    let admin = &yard.town.admin_a;
    let cx = yard.hire(admin, "替班", "guard", &[]).await.unwrap();
    let person = cx.actor.person().unwrap();
    let until = |day: &str| GrantForm {
        until: Some(day.to_owned()),
        ..grant("cashier", &[])
    };
    // It is the 22nd in Shanghai.
    let refused = give(admin, person, until("2026-11-21")).await.unwrap_err();
    assert_eq!(refused.problem.fields.get("until"), Some(&Flaw::OutOfRange));
    give(admin, person, until("2026-11-22")).await.unwrap();
    let shown = member(admin, person).await.unwrap().unwrap();
    let until = shown.roles.iter().find_map(|role| role.until).unwrap();
    assert_eq!(until.to_string(), "2026-11-22");
    let row = |cx: Option<Cx>| match cx.unwrap().actor {
        Actor::Staff { grants, .. } => grants.len(),
        _ => 0,
    };
    assert_eq!(row(yard.now(&cx).await), 2);
    // Midnight in Shanghai is 16:00 in UTC, nine and a half hours on.
    let later = crate::Site {
        clock: crate::kernel::clock::Clock::fixed(testkit::noon() + 10.hours()),
        ..yard.town.site.clone()
    };
    let session = cx.actor.session().unwrap();
    assert_eq!(row(identity::cx_of(&later, session).await.unwrap()), 1);
}

#[tokio::test]
async fn roles_of_ones_own() {
    let yard = Yard::new().await;
    let admin = &yard.town.admin_a;
    let form = |name: &str, actions: &[&str]| RoleForm {
        name: name.to_owned(),
        actions: actions.iter().map(|word| (*word).to_owned()).collect(),
    };
    let night = make_role(admin, form("夜班", &["view_devices"]))
        .await
        .unwrap();
    assert_eq!(
        make_role(admin, form("夜班", &["view_staff"]))
            .await
            .unwrap_err()
            .problem
            .fields
            .get("name"),
        Some(&Flaw::Taken)
    );
    let place = [yard.x.estate.to_string()];
    let cx = yard
        .hire(admin, "夜班员", &night.to_string(), &place)
        .await
        .unwrap();
    assert!(cx.authorize(Action::ViewDevices).is_ok());
    assert_eq!(
        code(cx.authorize(Action::ViewResidents)),
        Some(Code::Forbidden)
    );
    let held = roles(admin).await.unwrap();
    let held = held.iter().find(|role| role.own() == Some(night)).unwrap();
    assert_eq!(held.holders, 1);

    // Editing counts at once for everybody who holds it.
    change_role(admin, night, form("夜班", &["view_residents"]))
        .await
        .unwrap();
    let cx = yard.now(&cx).await.unwrap();
    assert!(cx.authorize(Action::ViewResidents).is_ok());
    assert_eq!(
        code(cx.authorize(Action::ViewDevices)),
        Some(Code::Forbidden)
    );

    // A manager of one estate makes and changes no roles of the company.
    let manager = yard
        .hire(admin, "经理", "estate_manager", &place)
        .await
        .unwrap();
    assert_eq!(
        code(make_role(&manager, form("x", &["view_estates"])).await),
        Some(Code::Forbidden)
    );
    assert_eq!(code(end_role(&manager, night).await), Some(Code::Forbidden));
    assert_eq!(
        code(end_role(&yard.town.admin_b, night).await),
        Some(Code::NotFound)
    );

    end_role(admin, night).await.unwrap();
    let cx = yard.now(&cx).await.unwrap();
    assert_eq!(
        code(cx.authorize(Action::ViewResidents)),
        Some(Code::Forbidden)
    );
    let gone = give(
        admin,
        cx.actor.person().unwrap(),
        grant(&night.to_string(), &[]),
    )
    .await;
    assert_eq!(
        gone.unwrap_err().problem.fields.get("role"),
        Some(&Flaw::Unknown)
    );
}

#[tokio::test]
async fn residents_and_nobody_have_no_staff() {
    let yard = Yard::new().await;
    let owner = yard
        .town
        .owner_of(&yard.town.admin_a, domain::HouseholdId(uuid::Uuid::nil()))
        .await;
    assert_eq!(
        code(list(&owner, &PageAsk::default()).await),
        Some(Code::Forbidden)
    );
    assert_eq!(code(roles(&owner).await), Some(Code::Forbidden));
    let someone = PersonId(uuid::Uuid::nil());
    assert_eq!(
        code(give(&owner, someone, grant("guard", &[])).await),
        Some(Code::Forbidden)
    );
    assert_eq!(code(dismiss(&owner, someone).await), Some(Code::Forbidden));
    assert_eq!(
        code(give(&yard.town.admin_a, someone, grant("guard", &[])).await),
        Some(Code::NotFound)
    );
    let role = RoleKey::BuiltIn(Role::Guard).to_string();
    let nowhere = GrantForm {
        role,
        ..GrantForm::default()
    };
    assert_eq!(
        code(give(&yard.town.admin_a, someone, nowhere).await),
        Some(Code::Invalid)
    );
}

#[tokio::test]
async fn a_place_is_what_its_id_says() {
    let yard = Yard::new().await;
    let admin = &yard.town.admin_a;
    let x = yard.x.estate;
    let manager = yard
        .hire(admin, "经理", "estate_manager", &[x.to_string()])
        .await
        .unwrap();
    // The estate's own id, dressed up: a grant that opens the estate and that no list could name.
    for ghost in [
        domain::BuildingId(x.0).to_string(),
        domain::UnitId(x.0).to_string(),
        domain::UnitId(yard.x.building.0).to_string(),
        EstateId(yard.x.building.0).to_string(),
    ] {
        let refused = yard
            .hire(&manager, "影子", "estate_manager", &[ghost])
            .await
            .unwrap_err();
        assert_eq!(refused.problem.fields.get("places"), Some(&Flaw::Unknown));
    }
    // And if one were there all the same, who sees the whole company sees it.
    sqlx::query("UPDATE role_grant SET estates = '{}', buildings = ARRAY[$1] WHERE person_id = $2")
        .bind(x.0)
        .bind(manager.actor.person().unwrap().0)
        .execute(yard.town.db.admin())
        .await
        .unwrap();
    assert_eq!(yard.grants(&manager).await.len(), 1);
}

#[tokio::test]
async fn links_do_not_outlive_the_role_they_were_sent_on() {
    let yard = Yard::new().await;
    let admin = &yard.town.admin_a;
    let form = |actions: &[&str]| RoleForm {
        name: "招工".to_owned(),
        actions: actions.iter().map(|word| (*word).to_owned()).collect(),
    };
    let role = make_role(admin, form(&["edit_staff", "view_residents"]))
        .await
        .unwrap();
    let place = [yard.x.estate.to_string()];
    let cx = yard
        .hire(admin, "招工的", &role.to_string(), &place)
        .await
        .unwrap();
    let invited = |name: &str| InviteStaffForm {
        name: name.to_owned(),
        grant: grant("cashier", &place),
    };
    let (_, first) = invite(&cx, invited("甲")).await.unwrap();
    change_role(admin, role, form(&["edit_staff"]))
        .await
        .unwrap();
    assert_eq!(
        code(yard.join(&first.token, "甲").await),
        Some(Code::Expired)
    );
    change_role(admin, role, form(&["edit_staff", "view_residents"]))
        .await
        .unwrap();
    let cx = yard.now(&cx).await.unwrap();
    let (_, second) = invite(&cx, invited("乙")).await.unwrap();
    end_role(admin, role).await.unwrap();
    assert_eq!(
        code(yard.join(&second.token, "乙").await),
        Some(Code::Expired)
    );
}

#[tokio::test]
async fn who_has_no_role_is_the_whole_companys() {
    let yard = Yard::new().await;
    let admin = &yard.town.admin_a;
    let place = [yard.x.estate.to_string()];
    let manager = yard
        .hire(admin, "经理", "estate_manager", &place)
        .await
        .unwrap();
    let guard = yard.hire(admin, "保安", "guard", &[]).await.unwrap();
    let person = guard.actor.person().unwrap();
    take(admin, yard.grants(&guard).await[0]).await.unwrap();
    assert_eq!(code(dismiss(&manager, person).await), Some(Code::Forbidden));
    dismiss(admin, person).await.unwrap();
}
