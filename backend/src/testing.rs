//! Two companies on a fresh database, for this crate's tests.

use domain::{HouseholdId, PersonId, SessionId, identity::Role, tenancy::SignupForm};
use testkit::TestDb;
use uuid::Uuid;

use crate::{
    identity::Kind,
    kernel::{
        clock::Clock,
        cx::{Actor, Cx, Peer, Site},
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
        };
        Cx {
            site: cx.site.clone(),
            tenant: cx.tenant.clone(),
            actor,
            origin: cx.origin.clone(),
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
