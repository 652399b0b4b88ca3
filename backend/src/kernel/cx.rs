//! Who asks, and what the asker's verbs need: the process-wide [`Site`] and the request's [`Cx`].

use std::sync::{Arc, Mutex};

use domain::{
    Code, HouseholdId, KeyId, PersonId, SessionId, TenantId,
    audit::{Acting, Channel, Origin},
    identity::{self, Action, Grant, Hat, Place, Role, Scope},
    tenancy::Language,
};
use jiff::{Timestamp, tz::TimeZone};
use rand::{RngCore, SeedableRng, rngs::StdRng};
use uuid::{ContextV7, Uuid};

use super::{
    background::Background,
    clock::{self, Clock},
    error::{Error, Result},
    keys::Keys,
    tx::Db,
};
use crate::{
    identity::{Doorkeeper, rbac},
    notify::Channels,
};

/// What the whole process shares.
#[derive(Debug, Clone)]
pub struct Site {
    pub db: Db,
    pub keys: Arc<Keys>,
    pub clock: Clock,
    pub door: Arc<Doorkeeper>,
    pub channels: Arc<Channels>,
    /// What outlives the request that began it.
    pub background: Arc<Background>,
    /// Whether devices log in at a broker which is not ours, and so has to be told their secrets.
    pub tells_a_broker: bool,
    /// Whether other processes serve the same companies, and so have to be told what arrives here.
    pub tells_others: bool,
}

impl Site {
    #[must_use]
    pub fn new(db: Db, keys: Keys, clock: Clock) -> Self {
        Self {
            db,
            keys: Arc::new(keys),
            clock,
            door: Arc::new(Doorkeeper::default()),
            channels: Arc::default(),
            background: Arc::default(),
            tells_a_broker: false,
            tells_others: false,
        }
    }

    /// With a broker that has to be told the secrets of devices.
    #[must_use]
    pub fn telling_a_broker(self) -> Self {
        Self {
            tells_a_broker: true,
            ..self
        }
    }

    /// With ways to tell people something outside of the pages.
    #[must_use]
    pub fn telling(self, channels: Channels) -> Self {
        Self {
            channels: Arc::new(channels),
            ..self
        }
    }

    /// With other processes beside this one.
    #[must_use]
    pub fn telling_others(self) -> Self {
        Self {
            tells_others: true,
            ..self
        }
    }

    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Fills an array from the operating system's entropy.
    #[must_use]
    pub fn random<const N: usize>(&self) -> [u8; N] {
        random()
    }

    /// A new id: UUID version 7 by this site's clock, so that keys grow with time.
    #[must_use]
    pub fn new_id<T: From<Uuid>>(&self) -> T {
        id_at(self.now())
    }
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    StdRng::from_os_rng().fill_bytes(&mut bytes);
    bytes
}

/// Ids that are made one after another sort so, those of one millisecond too: what is listed by its
/// id is in the order in which it was written down.
static IDS: Mutex<ContextV7> = Mutex::new(ContextV7::new());

/// A new id of that moment.
pub(crate) fn id_at<T: From<Uuid>>(now: Timestamp) -> T {
    let seconds = u64::try_from(now.as_second()).unwrap_or_default();
    let nanos = u32::try_from(now.subsec_nanosecond()).unwrap_or_default();
    T::from(Uuid::new_v7(uuid::Timestamp::from_unix(
        &IDS, seconds, nanos,
    )))
}

/// Where a request comes from.
#[derive(Debug, Clone)]
pub struct Peer {
    /// The address, for throttling, for the audit log, and for the person's own list of sessions.
    pub address: String,
    /// The browser in a few words, for that list.
    pub device: String,
    /// Whether listening address, public URL, Host header and peer are all loopback and nothing
    /// was forwarded: only then do the demo's published log-ins work.
    pub loopback: bool,
}

impl Peer {
    /// Somebody on this machine.
    #[must_use]
    pub fn local() -> Self {
        Self {
            address: "127.0.0.1".to_owned(),
            device: "?".to_owned(),
            loopback: true,
        }
    }

    /// Where a request of this peer's came from.
    #[must_use]
    pub fn through(&self, channel: Channel) -> Origin {
        Origin {
            channel,
            address: Some(self.address.clone()),
        }
    }
}

/// The tenant that a request is about.
#[derive(Debug, Clone)]
pub struct Tenant {
    pub id: TenantId,
    pub slug: String,
    pub name: String,
    pub zone: TimeZone,
    /// For whoever has not chosen one for themselves.
    pub language: Language,
    pub suspended: bool,
    /// It wants a second factor of its staff, and the one who asks is of them and has none.
    pub second_factor_missing: bool,
}

impl Tenant {
    /// For what the product does by itself, which asks for the id, the slug and whether the company is
    /// suspended; the name, the zone and the language are for people, and nobody reads them there.
    #[must_use]
    pub fn unattended(id: TenantId, slug: String, suspended: bool) -> Self {
        Self {
            id,
            name: slug.clone(),
            slug,
            zone: TimeZone::UTC,
            language: Language::ZhCn,
            suspended,
            second_factor_missing: false,
        }
    }

    /// For what changes something without an [`Action`] that says so: whoever comes in by a link,
    /// and what residents do with what they may look at.
    ///
    /// # Errors
    /// `suspended`.
    pub fn may_change(&self) -> Result<()> {
        if self.suspended {
            return Err(Error::new(Code::Suspended));
        }
        Ok(())
    }
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    Staff {
        person: PersonId,
        session: SessionId,
        name: String,
        grants: Vec<Grant>,
    },
    Resident {
        person: PersonId,
        session: SessionId,
        name: String,
        /// How they belong to their homes: owner, family, renter.
        relations: Vec<Role>,
        households: Vec<HouseholdId>,
        /// Those of the households whose meters they may read.
        metered: Vec<HouseholdId>,
    },
    /// A program of the company's own, which stands behind the same walls as staff and is nobody:
    /// what belongs to a person (a session, an account, a ticket) it has not.
    Key {
        key: KeyId,
        name: String,
        /// Of its role, as far as its maker holds it.
        grants: Vec<Grant>,
    },
    /// The product itself: ingest, schedules, the demo. Always for one tenant.
    System,
}

impl Actor {
    /// The word that the database's second wall compares.
    #[must_use]
    pub const fn wall(&self) -> &'static str {
        match self {
            Self::Staff { .. } | Self::Key { .. } => "staff",
            Self::Resident { .. } => "resident",
            Self::System => "system",
        }
    }

    /// What the audit log calls it.
    #[must_use]
    pub const fn acting(&self) -> Acting {
        match self {
            Self::Staff { .. } => Acting::Staff,
            Self::Resident { .. } => Acting::Resident,
            Self::Key { .. } => Acting::Key,
            Self::System => Acting::System,
        }
    }

    #[must_use]
    pub const fn key(&self) -> Option<KeyId> {
        match self {
            Self::Key { key, .. } => Some(*key),
            Self::Staff { .. } | Self::Resident { .. } | Self::System => None,
        }
    }

    #[must_use]
    pub const fn person(&self) -> Option<PersonId> {
        match self {
            Self::Staff { person, .. } | Self::Resident { person, .. } => Some(*person),
            Self::Key { .. } | Self::System => None,
        }
    }

    #[must_use]
    pub const fn session(&self) -> Option<SessionId> {
        match self {
            Self::Staff { session, .. } | Self::Resident { session, .. } => Some(*session),
            Self::Key { .. } | Self::System => None,
        }
    }

    #[must_use]
    pub const fn hat(&self) -> Option<Hat> {
        match self {
            Self::Staff { .. } => Some(Hat::Staff),
            Self::Resident { .. } => Some(Hat::Resident),
            Self::Key { .. } | Self::System => None,
        }
    }
}

/// One request's context: who asks, for which tenant.
#[derive(Debug, Clone)]
pub struct Cx {
    pub site: Site,
    pub tenant: Tenant,
    pub actor: Actor,
    /// Where the request came from, for the audit log.
    pub origin: Origin,
}

impl Cx {
    /// The product's own context in a tenant.
    #[must_use]
    pub fn system(site: &Site, tenant: Tenant) -> Self {
        Self {
            site: site.clone(),
            tenant,
            actor: Actor::System,
            origin: Origin::inside(),
        }
    }

    /// The same, with where the request came from.
    #[must_use]
    pub fn coming_from(self, origin: Origin) -> Self {
        Self { origin, ..self }
    }

    /// For verbs that nobody but the product itself may use.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn product_only(&self) -> Result<()> {
        match self.actor {
            Actor::System => Ok(()),
            _ => Err(Error::forbidden()),
        }
    }

    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.site.now()
    }

    #[must_use]
    pub fn new_id<T: From<Uuid>>(&self) -> T {
        self.site.new_id()
    }

    /// The hat of the session that asks, as pages carry it along (`domain::identity::worn`).
    #[must_use]
    pub fn worn(&self) -> Option<String> {
        let hat = self.actor.hat()?;
        Some(identity::worn(&self.tenant.slug, hat))
    }

    /// Local midnight before now and the one after it, in the tenant's zone.
    #[must_use]
    pub fn today(&self) -> (Timestamp, Timestamp) {
        clock::day_around(self.now(), &self.tenant.zone)
    }

    /// Where the asker may do something. Its transaction sees no further: see [`TenantTx::begin`].
    ///
    /// [`TenantTx::begin`]: super::tx::TenantTx::begin
    ///
    /// # Errors
    /// `second_factor_required` before all where the asker still owes it; `forbidden` where nothing
    /// allows it anywhere; `suspended` where it would change something in a suspended tenant.
    pub fn authorize(&self, action: Action) -> Result<Scope> {
        let scope = self.scope(action).ok_or_else(|| self.refusal())?;
        if rbac::changes(action) {
            self.tenant.may_change()?;
        }
        Ok(scope)
    }

    /// The same for looking at what one may change, which a suspended company still may.
    ///
    /// # Errors
    /// `second_factor_required`, `forbidden`.
    pub fn authorize_to_see(&self, action: Action) -> Result<Scope> {
        self.scope(action).ok_or_else(|| self.refusal())
    }

    /// Why nothing allows it.
    fn refusal(&self) -> Error {
        Error::new(if self.tenant.second_factor_missing {
            Code::SecondFactorRequired
        } else {
            Code::Forbidden
        })
    }

    /// Whether the asker may do something at a place that they can see.
    ///
    /// # Errors
    /// As [`Cx::authorize`], and `forbidden` where it is allowed elsewhere only.
    pub fn authorize_at(&self, action: Action, place: &Place) -> Result<()> {
        if self.authorize(action)?.covers(place) {
            Ok(())
        } else {
            Err(Error::forbidden())
        }
    }

    /// Where the asker may do something, if anywhere; suspended or not.
    pub(crate) fn scope(&self, action: Action) -> Option<Scope> {
        // No grant counts before what is owed.
        if self.tenant.second_factor_missing {
            return None;
        }
        match &self.actor {
            Actor::Staff { grants, .. } | Actor::Key { grants, .. } => grants
                .iter()
                .filter(|grant| grant.actions.contains(action))
                .fold(None, |scope: Option<Scope>, grant| {
                    Some(scope.unwrap_or_else(Scope::nowhere).union(&grant.scope))
                }),
            // The second wall holds residents to their homes.
            Actor::Resident { relations, .. } => relations
                .iter()
                .any(|role| rbac::actions(*role).contains(action))
                .then_some(Scope::Everywhere),
            Actor::System => Some(Scope::Everywhere),
        }
    }
}
