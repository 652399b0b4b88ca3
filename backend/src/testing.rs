//! Two companies on a fresh database, for this crate's tests.

mod height;

use domain::{
    GrantId, HouseholdId, PersonId, ResidentId, SessionId, UnitId,
    estates::{OwnerForm, TransferForm},
    identity::{AcceptForm, Grant, GrantForm, InviteStaffForm, Role, RoleKey, Scope},
    page::PageAsk,
    tenancy::SignupForm,
};
use testkit::TestDb;
use uuid::Uuid;

pub(crate) use self::height::Height;
use crate::{
    estates,
    identity::{self, Kind},
    kernel::{
        clock::Clock,
        cx::{Actor, Cx, Peer, Site},
        error::Result,
        keys::Keys,
        tx::Db,
    },
    tenancy,
};

pub(crate) const PASSWORD: &str = "correct horse battery";

/// A site with two companies that must never see each other.
pub(crate) struct Town {
    pub(crate) db: TestDb,
    pub(crate) site: Site,
    pub(crate) admin_a: Cx,
    pub(crate) admin_b: Cx,
}

impl Town {
    pub(crate) async fn new() -> Self {
        let db = testkit::database().await;
        let pool = Db::connect(db.app(), 8).await.unwrap();
        let site = Site::new(
            pool,
            Keys::from_master([7; 32]),
            Clock::fixed(testkit::noon()),
        );
        let admin_a = found(&site, "anju", "安居物业").await;
        let admin_b = found(&site, "boyuan", "博远物业").await;
        Self {
            db,
            site,
            admin_a,
            admin_b,
        }
    }

    /// Somebody who lives in that household, as their session would be.
    #[expect(clippy::unused_async, reason = "one way to ask for any context")]
    pub(crate) async fn owner_of(&self, cx: &Cx, household: HouseholdId) -> Cx {
        let actor = Actor::Resident {
            person: PersonId(Uuid::from_u128(0xabc)),
            session: SessionId(Uuid::from_u128(0xdef)),
            name: "王小明".to_owned(),
            relations: vec![Role::Owner],
            households: vec![household],
            metered: vec![household],
        };
        Cx {
            actor,
            ..cx.clone()
        }
    }

    /// The product's own context in the tenant of `cx`.
    pub(crate) fn system(&self, cx: &Cx) -> Cx {
        Cx::system(&self.site, cx.tenant.clone())
    }
}

/// Signs a company up and gives its admin.
pub(crate) async fn found(site: &Site, slug: &str, company: &str) -> Cx {
    let form = SignupForm {
        company: company.to_owned(),
        slug: slug.to_owned(),
        admin_name: "周敏".to_owned(),
        login: format!("admin@{slug}"),
        password: PASSWORD.to_owned(),
    };
    let opened = tenancy::sign_up(site, form, Kind::Browser, &Peer::local())
        .await
        .unwrap();
    assert!(matches!(&opened.cx.actor, Actor::Staff { grants, .. } if grants.len() == 1));
    opened.cx
}

/// Somebody comes into a home by a link.
pub(crate) async fn comes_in(site: &Site, token: &str, login: &str) -> Cx {
    let form = AcceptForm {
        token: token.to_owned(),
        login: login.to_owned(),
        password: PASSWORD.to_owned(),
    };
    let opened = estates::accept(site, form, &Peer::local()).await;
    opened.unwrap().cx
}

/// Somebody comes to work here by a link, with a role at some places, or everywhere where none is
/// listed.
pub(crate) async fn hire(by: &Cx, name: &str, (role, places): (&str, &[String])) -> Result<Cx> {
    let form = InviteStaffForm {
        name: name.to_owned(),
        grant: GrantForm {
            role: role.to_owned(),
            everywhere: places.is_empty(),
            places: places.to_vec(),
            until: None,
        },
    };
    let (_, link) = identity::staff::invite(by, form).await?;
    let form = AcceptForm {
        token: link.token,
        login: format!("{name}@{}", by.tenant.slug),
        password: PASSWORD.to_owned(),
    };
    let opened = identity::staff::join(&by.site, form, Kind::Browser, &Peer::local()).await?;
    Ok(opened.cx)
}

/// The same person's session as their next request finds it.
pub(crate) async fn next_click(cx: &Cx) -> Option<Cx> {
    let session = cx.actor.session().unwrap();
    identity::cx_of(&cx.site, session).await.unwrap()
}

/// The one who was written down first for a unit.
pub(crate) async fn first_resident(cx: &Cx, unit: UnitId) -> ResidentId {
    let all = PageAsk::default();
    let residents = estates::list_residents(cx, Some(unit), &all).await.unwrap();
    residents.items[0].id
}

/// A sale of a home today, to 王买家.
pub(crate) fn sale_today(cx: &Cx, unit: UnitId, household: HouseholdId) -> TransferForm {
    let today = cx.now().to_zoned(cx.tenant.zone.clone()).date();
    let buyer = OwnerForm {
        name: "王买家".to_owned(),
        phone: "13812345678".to_owned(),
        ..OwnerForm::default()
    };
    TransferForm {
        unit,
        household,
        on: today.to_string(),
        owners: vec![buyer],
    }
}

/// The same member of staff with one role everywhere, as their session would be.
pub(crate) fn with_role(cx: &Cx, role: Role) -> Cx {
    let grant = Grant {
        id: GrantId(Uuid::from_u128(0x123)),
        role: RoleKey::BuiltIn(role),
        actions: identity::rbac::actions(role),
        scope: Scope::Everywhere,
        until: None,
    };
    let actor = Actor::Staff {
        person: cx.actor.person().unwrap(),
        session: cx.actor.session().unwrap(),
        name: "某员工".to_owned(),
        grants: vec![grant],
    };
    Cx {
        site: cx.site.clone(),
        tenant: cx.tenant.clone(),
        actor,
        origin: cx.origin.clone(),
    }
}
