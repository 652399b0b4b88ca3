//! Which points a device has, kept in memory so that ingest need not ask for each batch.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::{
    DeviceId, PointId, TenantId,
    devices::{ValidRange, ValueType, instruments::RegisterEnd},
    telemetry::Refusal,
};
use jiff::{SignedDuration, Timestamp};

use super::ingest::Batch;

/// How long an unknown point is refused before its device is looked up again: a device that sends
/// one all day must not cost a query a message.
const PATIENCE: SignedDuration = SignedDuration::from_secs(60);

/// How long anything is believed without being looked up again. Whoever is told of a change makes this
/// process [forget](Registry::forget) at once; this is for news that came at the wrong moment.
const LONGEST: SignedDuration = SignedDuration::from_mins(10);

/// What is known of a point.
#[derive(Debug, Clone, Copy)]
pub(super) struct KnownPoint {
    pub(super) id: PointId,
    pub(super) value_type: ValueType,
    pub(super) range: ValidRange,
    /// Of a meter's register that says how much it can show.
    pub(super) end: Option<RegisterEnd>,
}

/// The points of a device as they were when it was last looked up.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) points: HashMap<String, KnownPoint>,
    loaded_at: Timestamp,
}

impl Known {
    pub(super) fn new(loaded_at: Timestamp) -> Self {
        Self {
            points: HashMap::new(),
            loaded_at,
        }
    }
}

/// The devices that this process has heard of. Made once and given to every
/// [`ingest`](super::ingest()); points are never taken from a device, so it can only be short of
/// new ones, or of what is said anew of their values.
#[derive(Debug, Default)]
pub struct Registry {
    devices: Mutex<HashMap<(TenantId, DeviceId), Arc<Known>>>,
    tally: Mutex<Tally>,
}

/// How many readings were taken and refused.
#[derive(Debug, Default)]
pub struct Tally {
    pub taken: u64,
    pub refused: BTreeMap<Refusal, u64>,
}

impl Registry {
    /// What ingest did since this was last asked, for the process's metrics.
    pub fn take_tally(&self) -> Tally {
        std::mem::take(&mut *self.tally.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What is known of a company's devices is looked up again, or of everybody's.
    pub fn forget(&self, tenant: Option<TenantId>) {
        let mut devices = self.lock();
        match tenant {
            Some(tenant) => devices.retain(|(of, _), _| *of != tenant),
            None => devices.clear(),
        }
    }

    /// Counts what was just committed, and what was refused of it before and while it was stored.
    pub(super) fn count(
        &self,
        sent: usize,
        before: &[(DeviceId, Refusal, i64)],
        meanwhile: &[(Refusal, i64)],
    ) {
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        let lost: u64 = meanwhile.iter().map(|(_, n)| n.unsigned_abs()).sum();
        tally.taken += (sent as u64).saturating_sub(lost);
        let before = before.iter().map(|(_, reason, count)| (reason, count));
        let meanwhile = meanwhile.iter().map(|(reason, count)| (reason, count));
        for (reason, count) in before.chain(meanwhile).filter(|(_, count)| **count > 0) {
            *tally.refused.entry(*reason).or_default() += count.unsigned_abs();
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(TenantId, DeviceId), Arc<Known>>> {
        // Every change is a single insert, so a panic elsewhere cannot have left it half done.
        self.devices.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The devices of a batch that have to be looked up, each once.
    pub(super) fn wanted(&self, tenant: TenantId, batch: &Batch, now: Timestamp) -> Vec<DeviceId> {
        let devices = self.lock();
        let mut wanted = BTreeSet::new();
        for device in batch.devices() {
            let known = devices.get(&(tenant, device));
            if known.is_none_or(|known| now.duration_since(known.loaded_at) >= LONGEST) {
                wanted.insert(device);
            }
        }
        for item in &batch.items {
            if let Some(known) = devices.get(&(tenant, item.device))
                && now.duration_since(known.loaded_at) >= PATIENCE
                && item
                    .readings
                    .iter()
                    .any(|reading| !known.points.contains_key(&reading.point))
            {
                wanted.insert(item.device);
            }
        }
        wanted.into_iter().collect()
    }

    pub(super) fn keep(&self, tenant: TenantId, loaded: HashMap<DeviceId, Known>) {
        let mut devices = self.lock();
        for (device, known) in loaded {
            devices.insert((tenant, device), Arc::new(known));
        }
    }

    /// What is known of the devices of a batch.
    pub(super) fn of(&self, tenant: TenantId, batch: &Batch) -> HashMap<DeviceId, Arc<Known>> {
        let devices = self.lock();
        batch
            .devices()
            .filter_map(|device| Some((device, Arc::clone(devices.get(&(tenant, device))?))))
            .collect()
    }
}
