//! Who wants to hear of which points, within this process.
//!
//! A publisher never waits: it leaves each value in the mailboxes that asked for it and goes on. A
//! mailbox holds the newest value of each point and nothing else, so whoever reads slowly skips
//! values instead of falling behind; one that would hold more points than its bound gives up and
//! says so.
//!
//! Everything is filed under its tenant first: a source of another tenant cannot be named.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use backend::telemetry::Arrived;
use domain::{
    DeviceId, EstateId, PointId, TenantId,
    telemetry::{Newest, Quality},
};
use jiff::Timestamp;
use tokio::sync::Notify;

/// Points that may wait in one mailbox.
const BOUND: usize = 8_192;

/// Where values come from, and so what can be subscribed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    Estate(EstateId),
    Device(DeviceId),
    Point(PointId),
}

/// A value on its way out, written as JSON once for all who get it.
#[derive(Debug, PartialEq, Eq)]
pub struct Item {
    pub point: PointId,
    pub age: Age,
    pub json: Box<str>,
}

/// How new a value is. One that could not be read again since then is newer than itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Age {
    pub ts: Timestamp,
    pub failed: bool,
}

impl Item {
    /// `None` for what has no JSON, which a decoded reading always has.
    #[must_use]
    pub fn of(newest: &Newest) -> Option<Self> {
        let json = serde_json::to_string(newest).ok()?.into_boxed_str();
        Some(Self {
            point: newest.point,
            age: Age {
                ts: newest.ts,
                failed: newest.quality == Quality::Failed,
            },
            json,
        })
    }
}

type Sources = HashMap<Source, Vec<Arc<Mailbox>>>;

#[derive(Debug)]
struct Inner {
    tenants: RwLock<HashMap<TenantId, Sources>>,
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
    /// A hub whose mailboxes hold at most `bound` points that wait.
    #[must_use]
    pub fn bounded(bound: usize) -> Self {
        Self(Arc::new(Inner {
            tenants: RwLock::default(),
            bound,
        }))
    }

    /// Leaves what has arrived in the mailboxes of those who asked for it. Never blocks on a
    /// reader.
    pub fn publish(&self, tenant: TenantId, arrived: &[Arrived]) {
        let tenants = self
            .0
            .tenants
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let Some(sources) = tenants.get(&tenant) else {
            return;
        };
        for Arrived { estate, newest } in arrived {
            let boxes = [
                Source::Estate(*estate),
                Source::Device(newest.device),
                Source::Point(newest.point),
            ]
            .map(|source| sources.get(&source));
            if boxes.iter().all(Option::is_none) {
                continue;
            }
            let Some(item) = Item::of(newest).map(Arc::new) else {
                tracing::error!(point = %newest.point, "a value has no JSON");
                continue;
            };
            for mailbox in boxes.into_iter().flatten().flatten() {
                mailbox.leave(&item, self.0.bound);
            }
        }
    }

    /// Whether anybody listens to a company.
    #[must_use]
    pub fn hears(&self, tenant: TenantId) -> bool {
        let tenants = self.0.tenants.read();
        let tenants = tenants.unwrap_or_else(PoisonError::into_inner);
        tenants.contains_key(&tenant)
    }

    /// Something may have been missed: whoever listens, to that company or to any, takes a new snapshot.
    pub fn start_over(&self, of: Option<TenantId>) {
        let tenants = self.0.tenants.read();
        let tenants = tenants.unwrap_or_else(PoisonError::into_inner);
        let concerned = tenants
            .iter()
            .filter(|(tenant, _)| of.is_none_or(|of| of == **tenant));
        for mailbox in concerned
            .flat_map(|(_, sources)| sources.values())
            .flatten()
        {
            mailbox.overflow();
        }
    }

    /// A mailbox for these sources; `bell` rings when something is in it that was empty. From now
    /// on nothing is missed.
    #[must_use]
    pub fn subscribe(
        &self,
        tenant: TenantId,
        sources: &[Source],
        bell: Arc<Notify>,
    ) -> Subscription {
        let mailbox = Arc::new(Mailbox {
            slots: Mutex::default(),
            bell,
        });
        let mut subscription = Subscription {
            hub: self.clone(),
            tenant,
            sources: HashSet::new(),
            mailbox,
        };
        subscription.listen_to(sources.iter().copied().collect::<HashSet<_>>());
        subscription
    }

    /// How many mailboxes are filed, once for each of their sources.
    #[must_use]
    pub fn listeners(&self) -> usize {
        let tenants = self
            .0
            .tenants
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        tenants
            .values()
            .flat_map(HashMap::values)
            .map(Vec::len)
            .sum()
    }
}

/// What a mailbox holds for one point.
#[derive(Debug)]
struct Slot {
    /// That of the newest that was taken out or is waiting.
    age: Age,
    waiting: Option<Arc<Item>>,
}

#[derive(Debug, Default)]
struct Slots {
    points: HashMap<PointId, Slot>,
    /// Points with something waiting, oldest first.
    waiting: Vec<PointId>,
    /// More points wanted to wait than fit: what was waiting is gone.
    overflown: bool,
}

impl Slots {
    fn overflow(&mut self) {
        self.points.clear();
        self.waiting = Vec::new();
        self.overflown = true;
    }
}

#[derive(Debug)]
struct Mailbox {
    slots: Mutex<Slots>,
    bell: Arc<Notify>,
}

impl Mailbox {
    fn slots(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn leave(&self, item: &Arc<Item>, bound: usize) {
        let mut slots = self.slots();
        if slots.overflown {
            return;
        }
        let Slots {
            points, waiting, ..
        } = &mut *slots;
        match points.entry(item.point) {
            Entry::Occupied(mut entry) => {
                let slot = entry.get_mut();
                if item.age <= slot.age {
                    return;
                }
                slot.age = item.age;
                if slot.waiting.replace(Arc::clone(item)).is_some() {
                    return;
                }
            }
            Entry::Vacant(entry) => {
                entry.insert(Slot {
                    age: item.age,
                    waiting: Some(Arc::clone(item)),
                });
            }
        }
        if waiting.len() >= bound {
            slots.overflow();
        } else {
            waiting.push(item.point);
            if waiting.len() > 1 {
                return;
            }
        }
        drop(slots);
        self.bell.notify_one();
    }

    fn overflow(&self) {
        self.slots().overflow();
        self.bell.notify_one();
    }
}

/// What a mailbox gave out.
#[derive(Debug, PartialEq, Eq)]
pub enum Taken {
    Nothing,
    /// The newest value of each point that has moved on since it was last taken.
    Values(Vec<Arc<Item>>),
    /// Values were lost: take a new snapshot.
    Overflown,
}

/// A place in the hub, given back when dropped.
#[derive(Debug)]
pub struct Subscription {
    hub: Hub,
    tenant: TenantId,
    sources: HashSet<Source>,
    mailbox: Arc<Mailbox>,
}

impl Subscription {
    /// Whether there is something to take.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        let slots = self.mailbox.slots();
        slots.overflown || !slots.waiting.is_empty()
    }

    /// Empties the mailbox.
    #[must_use]
    pub fn take(&self) -> Taken {
        let mut slots = self.mailbox.slots();
        if slots.overflown {
            return Taken::Overflown;
        }
        let waiting = std::mem::take(&mut slots.waiting);
        let items: Vec<_> = waiting
            .iter()
            .filter_map(|point| slots.points.get_mut(point)?.waiting.take())
            .collect();
        if items.is_empty() {
            Taken::Nothing
        } else {
            Taken::Values(items)
        }
    }

    /// Says what the reader has from elsewhere: what waits and is not newer is dropped, and
    /// nothing that is not newer comes later. Answers what was news.
    #[must_use]
    pub fn seen(&self, items: Vec<Item>) -> Vec<Item> {
        let mut slots = self.mailbox.slots();
        let Slots {
            points,
            waiting,
            overflown,
        } = &mut *slots;
        if *overflown {
            return items;
        }
        let news: Vec<_> = items
            .into_iter()
            .filter(|item| match points.entry(item.point) {
                Entry::Vacant(entry) => {
                    entry.insert(Slot {
                        age: item.age,
                        waiting: None,
                    });
                    true
                }
                Entry::Occupied(mut entry) => {
                    let slot = entry.get_mut();
                    let fresh = item.age > slot.age;
                    if item.age >= slot.age {
                        slot.age = item.age;
                        // The same reading that waits: it is said now.
                        return slot.waiting.take().is_some() || fresh;
                    }
                    false
                }
            })
            .collect();
        waiting.retain(|point| points.get(point).is_some_and(|slot| slot.waiting.is_some()));
        news
    }

    /// Listens to these sources and to no others.
    pub fn listen_to(&mut self, sources: HashSet<Source>) {
        if self.sources == sources {
            return;
        }
        let mut tenants = self
            .hub
            .0
            .tenants
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let filed = tenants.entry(self.tenant).or_default();
        for source in self.sources.difference(&sources) {
            if let Entry::Occupied(mut boxes) = filed.entry(*source) {
                boxes
                    .get_mut()
                    .retain(|mailbox| !Arc::ptr_eq(mailbox, &self.mailbox));
                if boxes.get().is_empty() {
                    boxes.remove();
                }
            }
        }
        for source in sources.difference(&self.sources) {
            filed
                .entry(*source)
                .or_default()
                .push(Arc::clone(&self.mailbox));
        }
        if filed.is_empty() {
            tenants.remove(&self.tenant);
        }
        drop(tenants);
        self.sources = sources;
    }

    /// Drops what waits of other points than these: they are no longer this reader's to see.
    pub fn keep_only(&self, allowed: &HashSet<PointId>) {
        let mut slots = self.mailbox.slots();
        slots.points.retain(|point, _| allowed.contains(point));
        slots.waiting.retain(|point| allowed.contains(point));
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.listen_to(HashSet::new());
    }
}

#[cfg(test)]
#[path = "hub_tests.rs"]
mod tests;
