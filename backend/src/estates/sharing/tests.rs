use domain::{
    devices::DeviceKind,
    estates::Presence,
    identity::{LoginForm, Role},
};
use jiff::SignedDuration;

use super::*;
use crate::{
    devices::{
        self,
        tests::{Place, build, form as device_form, settle},
    },
    estates::invite,
    identity::{self, Kind},
    kernel::{cx::Peer, tx::TenantTx},
    telemetry,
    testing::{PASSWORD, Town, comes_in, first_resident, next_click},
};

/// The owner of a home, come in.
async fn owner(town: &Town, place: &Place, login: &str) -> Cx {
    let cx = &town.admin_a;
    let resident = first_resident(cx, place.unit).await;
    let link = invite(cx, resident).await.unwrap();
    comes_in(&town.site, &link.token, login).await
}

fn form(home: HouseholdId, name: &str, relation: &str, until: &str) -> ShareForm {
    ShareForm {
        household: home,
        name: name.to_owned(),
        relation: relation.to_owned(),
        until: until.to_owned(),
        sees_meters: false,
    }
}

fn in_days(cx: &Cx, days: i64) -> String {
    let then = cx.now() + SignedDuration::from_hours(24 * days);
    then.to_zoned(cx.tenant.zone.clone()).date().to_string()
}

#[tokio::test]
async fn a_couple_shares_a_home() {
    let town = Town::new().await;
    let place = settle(&town.admin_a, "阳光花园").await;
    let owner = owner(&town, &place, "13900000001").await;
    let ask = form(place.household, "李太太", "family", "");
    let (wife, link) = share_home(&owner, ask).await.unwrap();
    let people = home_people(&owner, place.household).await.unwrap().unwrap();
    assert!(people.manages);
    let shown: Vec<_> = people
        .people
        .iter()
        .map(|sharer| (sharer.name.as_str(), sharer.you, sharer.presence))
        .collect();
    assert_eq!(
        shown,
        [
            ("李雷", true, Presence::Joined),
            ("李太太", false, Presence::Invited)
        ]
    );

    let family = comes_in(&town.site, &link.token, "13900000002").await;
    // Family sees the home and its meters, and lets nobody in or out.
    let own = home_people(&family, place.household)
        .await
        .unwrap()
        .unwrap();
    assert!(!own.manages && own.people.len() == 1 && own.people[0].you);
    assert!(
        telemetry::home_meters(&family, place.household)
            .await
            .unwrap()
            .is_some()
    );
    let ask = form(place.household, "别人", "family", "");
    let refused = share_home(&family, ask).await.unwrap_err();
    assert_eq!(refused.code(), Code::Forbidden);
    let refused = end_sharing(&family, wife).await.unwrap_err();
    assert_eq!(refused.code(), Code::Forbidden);

    end_sharing(&owner, wife).await.unwrap();
    assert!(next_click(&family).await.is_none());
    assert_eq!(
        end_sharing(&owner, wife).await.unwrap_err().code(),
        Code::NotFound
    );
}

#[tokio::test]
async fn a_renter_sees_what_the_owner_chose_until_the_lease_ends() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let place = settle(cx, "阳光花园").await;
    let meter = device_form(DeviceKind::WaterMeter, place.estate, Some(place.unit));
    devices::register(cx, meter).await.unwrap();
    let owner = owner(&town, &place, "13900000001").await;
    let home = place.household;
    let ask = form(home, "小赵", "renter", &in_days(cx, 10));
    let (resident, link) = share_home(&owner, ask).await.unwrap();
    let renter = comes_in(&town.site, &link.token, "13900000003").await;

    let points = async |cx: &Cx| -> i64 {
        let mut tx = TenantTx::begin(cx, &domain::identity::Scope::Everywhere)
            .await
            .unwrap();
        sqlx::query_scalar("SELECT count(*) FROM linli.home_points($1)")
            .bind(home.0)
            .fetch_one(tx.conn())
            .await
            .unwrap()
    };
    let refused = telemetry::home_meters(&renter, home).await.unwrap_err();
    assert_eq!(refused.code(), Code::Forbidden);
    let refused = telemetry::home_months(&renter, home).await.unwrap_err();
    assert_eq!(refused.code(), Code::Forbidden);
    let refused = telemetry::snapshot_home(&renter, home).await.unwrap_err();
    assert_eq!(refused.code(), Code::Forbidden);
    assert_eq!(points(&renter).await, 0, "the database says so itself");
    assert!(points(&owner).await > 0);

    let refused = show_meters(&renter, resident, true).await.unwrap_err();
    assert_eq!(refused.code(), Code::Forbidden);
    show_meters(&owner, resident, true).await.unwrap();
    let renter = next_click(&renter).await.unwrap();
    assert!(points(&renter).await > 0);
    show_meters(&owner, resident, false).await.unwrap();
    let renter = next_click(&renter).await.unwrap();
    assert_eq!(points(&renter).await, 0);

    // The last day counts to its midnight; then there is no home, and no hat to log in with.
    let people = home_people(&owner, home).await.unwrap().unwrap().people;
    assert_eq!(people[1].until.unwrap().to_string(), in_days(cx, 10));
    let day: Date = in_days(cx, 10).parse().unwrap();
    let end = clock::end_of(day, &cx.tenant.zone).unwrap();
    town.site.clock.set(end - SignedDuration::from_secs(1));
    assert!(next_click(&renter).await.is_some());
    town.site.clock.set(end);
    assert!(next_click(&renter).await.is_none());
    let login = LoginForm {
        tenant: String::new(),
        login: "13900000003".into(),
        password: PASSWORD.into(),
    };
    let refused = identity::log_in(&town.site, login, Kind::Browser, &Peer::local()).await;
    assert_eq!(refused.unwrap_err().code(), Code::BadCredentials);
    assert_eq!(
        home_people(&owner, home)
            .await
            .unwrap()
            .unwrap()
            .people
            .len(),
        1
    );
}

#[tokio::test]
async fn bad_input_is_refused() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let place = settle(cx, "阳光花园").await;
    let owner = owner(&town, &place, "13900000001").await;
    let home = place.household;
    for (ask, field) in [
        (form(home, "", "family", ""), "name"),
        (form(home, "某", "owner", ""), "relation"),
        (form(home, "某", "renter", ""), "until"),
        (form(home, "某", "renter", &in_days(cx, -1)), "until"),
        (form(home, "某", "renter", "9999-12-31"), "until"),
    ] {
        let refused = share_home(&owner, ask).await.unwrap_err();
        assert!(refused.problem.fields.contains_key(field), "{field}");
    }
    // An owner is one by the deed.
    let you = home_people(&owner, home).await.unwrap().unwrap().people[0].id;
    let refused = end_sharing(&owner, you).await.unwrap_err();
    assert_eq!(refused.code(), Code::Forbidden);
    let refused = show_meters(&owner, you, false).await.unwrap_err();
    assert_eq!(refused.code(), Code::Conflict);
}

#[tokio::test]
async fn strangers_let_nobody_in_or_out() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let place = settle(cx, "阳光花园").await;
    let own = owner(&town, &place, "13900000001").await;
    let ask = || form(place.household, "某", "family", "");
    let (guest, _) = share_home(&own, ask()).await.unwrap();
    let (_, other) = build(cx, place.estate, "2号楼", "201").await;
    let neighbour = town.owner_of(cx, other).await;
    // The same household's id in another company's session is nobody's.
    let foreign = town.owner_of(&town.admin_b, place.household).await;
    for who in [&neighbour, &foreign] {
        assert!(home_people(who, place.household).await.unwrap().is_none());
        for refused in [
            share_home(who, ask()).await.map(drop),
            end_sharing(who, guest).await,
            show_meters(who, guest, true).await,
        ] {
            assert_eq!(refused.unwrap_err().code(), Code::NotFound);
        }
    }
    for who in [cx, &town.admin_b] {
        assert_eq!(
            home_people(who, place.household).await.unwrap_err().code(),
            Code::Forbidden
        );
        assert_eq!(
            end_sharing(who, guest).await.unwrap_err().code(),
            Code::Forbidden
        );
    }
}

/// Who owns one home and rents another manages the first alone.
#[tokio::test]
async fn owning_is_asked_of_the_home() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let place = settle(cx, "阳光花园").await;
    let landlord = owner(&town, &place, "13900000001").await;
    let (unit, household) = build(cx, place.estate, "2号楼", "201").await;
    let second = Place {
        estate: place.estate,
        unit,
        household,
    };
    owner(&town, &second, "13900000002").await;
    let ask = form(place.household, "小赵", "renter", &in_days(cx, 10));
    let (_, link) = share_home(&landlord, ask).await.unwrap();
    let both = comes_in(&town.site, &link.token, "13900000002").await;
    assert!(
        matches!(&both.actor, Actor::Resident { relations, households, metered, .. }
        if relations.contains(&Role::Owner) && households.len() == 2 && *metered == [household])
    );
    let ask = form(place.household, "某", "family", "");
    let refused = share_home(&both, ask).await.unwrap_err();
    assert_eq!(refused.code(), Code::Forbidden);
    let ask = form(household, "某", "family", "");
    assert!(share_home(&both, ask).await.is_ok());
}
