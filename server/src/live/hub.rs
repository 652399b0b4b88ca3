//! Who wants to hear of which points, within this process.
//!
//! A publisher never waits: it writes each value on the tapes of where it comes from and goes on. A
//! reader gets the newest value of each point and nothing else, so whoever reads slowly skips values
//! instead of falling behind; one that would get more of them at once than the bound is told so.
//!
//! Everything is filed under its tenant first: a source of another tenant cannot be named.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
};

use backend::telemetry::Arrived;
use domain::{DeviceId, EstateId, PointId, TenantId};
use tokio::sync::Notify;

pub use super::tape::{Age, Item};
use super::tape::{Place, Reader, Tape};

/// Values that a reader may get at once.
const BOUND: usize = 8_192;

/// Where values come from, and so what can be subscribed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    Estate(EstateId),
    Device(DeviceId),
    Point(PointId),
}

/// The tapes that somebody follows.
type Tapes = HashMap<Source, Arc<Tape>>;

#[derive(Debug)]
struct Inner {
    tenants: RwLock<HashMap<TenantId, Tapes>>,
    bound: usize,
}

/// The hub; clones are the same one.
#[derive(Debug, Clone)]
pub struct Hub(Arc<Inner>);

impl Default for Hub {
    fn default() -> Self {
        Self::bounded(BOUND)
    }
}

impl Hub {
    /// A hub whose readers get at most `bound` values at once.
    #[must_use]
    pub fn bounded(bound: usize) -> Self {
        Self(Arc::new(Inner {
            tenants: RwLock::default(),
            bound,
        }))
    }

    fn tenants(&self) -> RwLockReadGuard<'_, HashMap<TenantId, Tapes>> {
        let tenants = self.0.tenants.read();
        tenants.unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells those who listen what has arrived, in the order of its commits. Never blocks on a reader.
    pub fn publish(&self, tenant: TenantId, arrived: &[Arrived]) {
        let tenants = self.tenants();
        let Some(tapes) = tenants.get(&tenant) else {
            return;
        };
        for Arrived { estate, newest } in arrived {
            let followed = [
                Source::Estate(*estate),
                Source::Device(newest.device),
                Source::Point(newest.point),
            ]
            .map(|source| tapes.get(&source));
            if followed.iter().all(Option::is_none) {
                continue;
            }
            let Some(item) = Item::of(newest).map(Arc::new) else {
                tracing::error!(point = %newest.point, "a value has no JSON");
                continue;
            };
            for tape in followed.into_iter().flatten() {
                tape.write(&item);
            }
        }
    }

    /// Whether anybody listens to a company.
    #[must_use]
    pub fn hears(&self, tenant: TenantId) -> bool {
        self.tenants().contains_key(&tenant)
    }

    /// Something may have been missed: whoever listens, to that company or to any, takes a new snapshot.
    pub fn start_over(&self, of: Option<TenantId>) {
        let tenants = self.tenants();
        let concerned = tenants
            .iter()
            .filter(|(tenant, _)| of.is_none_or(|of| of == **tenant));
        for tape in concerned.flat_map(|(_, tapes)| tapes.values()) {
            tape.tear();
        }
    }

    /// A reader of these sources; `bell` rings when there is something to take where nothing was.
    /// From now on nothing is missed.
    #[must_use]
    pub fn subscribe(
        &self,
        tenant: TenantId,
        sources: &HashSet<Source>,
        bell: Arc<Notify>,
    ) -> Subscription {
        let mut subscription = Subscription {
            hub: self.clone(),
            tenant,
            following: HashMap::new(),
            reader: Arc::new(Reader::new(bell)),
            has: HashMap::new(),
        };
        subscription.listen_to(sources);
        subscription
    }

    /// How many readers there are, once for each of their sources.
    #[must_use]
    pub fn listeners(&self) -> usize {
        let tenants = self.tenants();
        let tapes = tenants.values().flat_map(HashMap::values);
        tapes.map(followers).sum()
    }
}

/// The hub has a tape once, and each who follows it has it once.
fn followers(tape: &Arc<Tape>) -> usize {
    Arc::strong_count(tape).saturating_sub(1)
}

/// What a reader gets.
#[derive(Debug, PartialEq, Eq)]
pub enum Taken {
    Nothing,
    /// The newest value of each point that has moved on since it was last taken.
    Values(Vec<Arc<Item>>),
    /// Values were lost: begin anew, with a new snapshot.
    Overflown,
}

#[derive(Debug)]
struct Following {
    tape: Arc<Tape>,
    place: Place,
}

/// A place in the hub, given back when dropped.
#[derive(Debug)]
pub struct Subscription {
    hub: Hub,
    tenant: TenantId,
    following: HashMap<Source, Following>,
    reader: Arc<Reader>,
    /// How new what the reader has of each point is.
    has: HashMap<PointId, Age>,
}

impl Subscription {
    /// Whether there is something to take.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.reader.has_news()
    }

    /// Takes what is new.
    #[must_use]
    pub fn take(&mut self) -> Taken {
        let mut items = Vec::new();
        for source in self.reader.take_news() {
            if let Some(Following { tape, place }) = self.following.get_mut(&source)
                && !tape.read(place, &self.reader, &mut items)
            {
                return Taken::Overflown;
            }
        }
        items.retain(|item| self.is_news(item));
        if items.len() > self.hub.0.bound {
            Taken::Overflown
        } else if items.is_empty() {
            Taken::Nothing
        } else {
            Taken::Values(items)
        }
    }

    /// Says what the reader has from elsewhere: nothing that is not newer comes later. Answers what
    /// was news.
    #[must_use]
    pub fn seen(&mut self, mut items: Vec<Item>) -> Vec<Item> {
        items.retain(|item| self.is_news(item));
        items
    }

    /// Whether the reader has nothing as new of that point; it has it then.
    fn is_news(&mut self, item: &Item) -> bool {
        match self.has.entry(item.point) {
            Entry::Vacant(entry) => {
                entry.insert(item.age);
                true
            }
            Entry::Occupied(mut entry) => {
                let fresh = item.age > *entry.get();
                if fresh {
                    entry.insert(item.age);
                }
                fresh
            }
        }
    }

    /// Listens to these sources and to no others; what waits of others is dropped.
    pub fn listen_to(&mut self, sources: &HashSet<Source>) {
        if self.following.len() == sources.len()
            && sources
                .iter()
                .all(|source| self.following.contains_key(source))
        {
            return;
        }
        let mut tenants = self.hub.0.tenants.write();
        let tenants = tenants
            .as_deref_mut()
            .unwrap_or_else(|poisoned| poisoned.get_mut());
        let tapes = tenants.entry(self.tenant).or_default();
        self.following.retain(|source, following| {
            let stays = sources.contains(source);
            if !stays {
                following.tape.leave(&self.reader);
            }
            stays
        });
        for source in sources {
            self.following.entry(*source).or_insert_with(|| {
                let tape = tapes
                    .entry(*source)
                    .or_insert_with(|| Arc::new(Tape::new(*source)));
                Following {
                    tape: Arc::clone(tape),
                    place: tape.follow(&self.reader),
                }
            });
        }
        tapes.retain(|_, tape| followers(tape) > 0);
        if tapes.is_empty() {
            tenants.remove(&self.tenant);
        }
    }

    /// Forgets other points than these: they are no longer this reader's to see.
    pub fn keep_only(&mut self, allowed: &HashSet<PointId>) {
        self.has.retain(|point, _| allowed.contains(point));
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.listen_to(&HashSet::new());
    }
}

#[cfg(test)]
#[path = "hub_tests.rs"]
mod tests;
