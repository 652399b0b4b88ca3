//! The way in for every reading, whatever it came over.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use domain::{
    Code, DeviceId, EstateId, PointId,
    devices::instruments::RegisterEnd,
    identity::Scope,
    telemetry::{Newest, Quality, Reading, Refusal, Value, check_time, check_value},
};
use jiff::Timestamp;

use super::{
    arrivals,
    registry::{Known, KnownPoint, Registry},
    store::ingest as store,
    turned,
};
use crate::kernel::{
    cx::Cx,
    error::{Error, Result},
    tx::TenantTx,
};

/// The most readings that one statement takes.
pub(super) const MOST: usize = 1000;

/// No quantity is as large as this, and sums and squares of larger numbers overflow in SQL: that
/// would fail the batch, and its redelivery, for ever.
const LARGEST: f64 = 1e100;

/// What was heard from the devices of one tenant.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    pub items: Vec<Incoming>,
    /// When a device was heard, and whether it (or its will) said that it is offline; `None` where
    /// it said nothing about that, and so is not. A device with readings and no entry here was
    /// heard now.
    pub presence: Vec<(DeviceId, Timestamp, Option<bool>)>,
    /// Readings that were refused before anybody could resolve them, with how many.
    pub refusals: Vec<(DeviceId, Refusal, u32)>,
    /// Points that were asked for and could not be read, with the reason: it is counted, and the
    /// newest value of the point is of then and no longer of now ([`Quality::Failed`]).
    pub failures: Vec<(DeviceId, String, Refusal)>,
}

impl Batch {
    pub(super) fn devices(&self) -> impl Iterator<Item = DeviceId> {
        let items = self.items.iter().map(|item| item.device);
        let presence = self.presence.iter().map(|presence| presence.0);
        items
            .chain(presence)
            .chain(self.refusals.iter().map(|refusal| refusal.0))
            .chain(self.failures.iter().map(|failure| failure.0))
    }
}

/// The readings of one message of a device.
#[derive(Debug, Clone)]
pub struct Incoming {
    pub device: DeviceId,
    /// As the device's log-in said.
    pub estate: EstateId,
    pub readings: Vec<Reading>,
}

/// A value that became the newest of its point.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrived {
    pub estate: EstateId,
    pub newest: Newest,
}

/// Stores a batch in one transaction, and answers with the values that became the newest of their
/// points, for whoever watches.
///
/// When it returns, each reading is stored (once, however often it is delivered) or counted as
/// refused with its reason: then, and only then, it may be acknowledged. Two readings of a point
/// with the same `ts` in one batch are one, the later in the batch; a stored one is never changed.
/// What is there already is counted as `duplicate`.
/// A point that could not be read keeps its newest value, which counts as failed until the next; so does
/// one whose number cannot be true, where nothing newer was read.
/// Half hours take up good numbers only, late ones too. What comes over the company's readings a
/// day is refused as `over_quota`.
///
/// # Errors
/// `forbidden` for anybody but the product itself; `suspended` for a company that is, whatever `cx`
/// says of it; `unavailable` when the database is away. Then nothing is stored.
pub async fn ingest(cx: &Cx, registry: &Registry, batch: Batch) -> Result<Vec<Arrived>> {
    cx.product_only()?;
    if batch.devices().next().is_none() {
        return Ok(Vec::new());
    }
    let (tenant, now) = (cx.tenant.id, cx.now());
    let mut tx = TenantTx::begin(cx, &Scope::Everywhere).await?;
    let wanted = registry.wanted(tenant, &batch, now);
    if !wanted.is_empty() {
        registry.keep(
            tenant,
            store::points_of(&mut tx, tenant, &wanted, now).await?,
        );
    }
    let known = registry.of(tenant, &batch);
    let sifted = Sifted::new(batch, &known, now);

    if !sifted.ends.is_empty() {
        turned::keep(&mut tx, cx, &sifted.readings, &sifted.ends).await?;
    }
    let mut newest: BTreeMap<PointId, Timestamp> = BTreeMap::new();
    let (mut over, mut twice) = (0, 0);
    // What is not a reading travels with the first thousand.
    let (mut presence, mut refused) = (&sifted.presence[..], &sifted.refused[..]);
    let mut chunks = sifted.readings.chunks(MOST);
    let mut chunk = Some(chunks.next().unwrap_or_default());
    while let Some(readings) = chunk {
        let stored = store::store(&mut tx, tenant, readings, presence, refused, now).await?;
        if stored.suspended {
            return Err(Error::new(Code::Suspended));
        }
        newest.extend(stored.newest);
        over += stored.over;
        twice += stored.twice;
        (presence, refused) = (&[], &[]);
        chunk = chunks.next();
    }
    let mut arrived = Vec::new();
    if !sifted.failed.is_empty() {
        arrived = store::fail(&mut tx, tenant, &sifted.failed).await?;
        store::say_why(&mut tx, tenant, &sifted.failed).await?;
    }
    if cx.site.tells_others {
        let fresh = sifted
            .readings
            .iter()
            .filter(|good| good.is_newest(&newest));
        let fresh = fresh.map(|good| good.device);
        let failed = arrived
            .iter()
            .map(|arrived: &Arrived| arrived.newest.device);
        let news: BTreeSet<_> = fresh.chain(failed).collect();
        arrivals::tell(&mut tx, tenant, news).await?;
    }
    tx.commit().await?;
    let meanwhile = [(Refusal::OverQuota, over), (Refusal::Duplicate, twice)];
    registry.count(sifted.readings.len(), &sifted.refused, &meanwhile);
    arrived.extend(sifted.arrived(&newest));
    Ok(arrived)
}

/// A reading that will be stored.
#[derive(Debug)]
pub(super) struct Good {
    pub(super) point: PointId,
    pub(super) ts: Timestamp,
    pub(super) device: DeviceId,
    pub(super) estate: EstateId,
    pub(super) name: String,
    pub(super) value: Value,
    pub(super) quality: Quality,
}

impl Good {
    fn is_newest(&self, newest: &BTreeMap<PointId, Timestamp>) -> bool {
        newest.get(&self.point) == Some(&self.ts)
    }
}

/// A batch after its checks. Everything is in the order of its keys, so that two processes lock
/// the rows that they share in the same order.
struct Sifted {
    readings: Vec<Good>,
    presence: Vec<(DeviceId, Timestamp, bool)>,
    refused: Vec<(DeviceId, Refusal, i64)>,
    failed: Vec<Unread>,
    /// Of the registers that may just have passed it.
    ends: BTreeMap<PointId, RegisterEnd>,
}

/// A point that could not be read, or whose number cannot be true.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unread {
    pub(super) point: PointId,
    /// Of what was refused; `None` where nothing was read at all.
    pub(super) ts: Option<Timestamp>,
    pub(super) reason: Refusal,
}

impl Sifted {
    fn new(batch: Batch, known: &HashMap<DeviceId, Arc<Known>>, now: Timestamp) -> Self {
        let mut readings = BTreeMap::new();
        let mut presence: BTreeMap<DeviceId, (Timestamp, bool)> = BTreeMap::new();
        let mut refused: BTreeMap<(DeviceId, Refusal), i64> = BTreeMap::new();
        let mut failed: BTreeMap<PointId, Unread> = BTreeMap::new();
        let mut ends = BTreeMap::new();
        let mut strangers = 0_u32;

        for (device, heard, said) in batch.presence {
            if !known.contains_key(&device) {
                strangers += 1;
                continue;
            }
            let entry = presence
                .entry(device)
                .or_insert((heard, said.unwrap_or(false)));
            if heard > entry.0 {
                *entry = (heard, said.unwrap_or(false));
            } else if let (true, Some(said)) = (heard == entry.0, said) {
                entry.1 = said;
            }
        }
        for (device, reason, count) in batch.refusals {
            if known.contains_key(&device) {
                *refused.entry((device, reason)).or_default() += i64::from(count);
            } else {
                strangers += 1;
            }
        }
        for (device, point, reason) in batch.failures {
            let Some(known) = known.get(&device) else {
                strangers += 1;
                continue;
            };
            *refused.entry((device, reason)).or_default() += 1;
            failed.extend(known.points.get(&point).map(|point| {
                let (point, ts) = (point.id, None);
                (point, Unread { point, ts, reason })
            }));
        }
        for item in batch.items {
            let Some(known) = known.get(&item.device) else {
                strangers += 1;
                continue;
            };
            presence.entry(item.device).or_insert((now, false));
            for reading in item.readings {
                let (point, ts) = (known.points.get(&reading.point).copied(), reading.ts);
                match sift(reading, item.device, item.estate, point, now) {
                    Ok(good) => {
                        if let (Some(end), Value::Number(register)) =
                            (point.and_then(|point| point.end), &good.value)
                            && end.is_near_the_beginning(*register)
                        {
                            ends.insert(good.point, end);
                        }
                        if readings.insert((good.point, good.ts), good).is_some() {
                            let twice = refused.entry((item.device, Refusal::Duplicate));
                            *twice.or_default() += 1;
                        }
                    }
                    Err(reason) => {
                        *refused.entry((item.device, reason)).or_default() += 1;
                        // What stands there is no longer what the point says.
                        if let (Refusal::OutOfRange, Some(point)) = (reason, point) {
                            let unread = failed.entry(point.id).or_insert(Unread {
                                point: point.id,
                                ts: Some(ts),
                                reason,
                            });
                            unread.ts = unread.ts.map(|at| at.max(ts));
                        }
                    }
                }
            }
        }
        if strangers > 0 {
            // There is no device to count them on: it is not of this tenant.
            tracing::warn!(
                count = strangers,
                "readings of unknown devices were dropped"
            );
        }
        Self {
            readings: readings.into_values().collect(),
            presence: presence
                .into_iter()
                .map(|(device, (heard, offline))| (device, heard, offline))
                .collect(),
            refused: refused
                .into_iter()
                .map(|((device, reason), count)| (device, reason, count))
                .collect(),
            failed: failed.into_values().collect(),
            ends,
        }
    }

    fn arrived(self, newest: &BTreeMap<PointId, Timestamp>) -> Vec<Arrived> {
        self.readings
            .into_iter()
            .filter(|good| good.is_newest(newest))
            .map(|good| Arrived {
                estate: good.estate,
                newest: Newest {
                    point: good.point,
                    device: good.device,
                    name: good.name,
                    ts: good.ts,
                    value: good.value,
                    quality: good.quality,
                },
            })
            .collect()
    }
}

fn sift(
    reading: Reading,
    device: DeviceId,
    estate: EstateId,
    point: Option<KnownPoint>,
    now: Timestamp,
) -> Result<Good, Refusal> {
    let point = point.ok_or(Refusal::UnknownPoint)?;
    check_time(reading.ts, now)?;
    check_value(&reading.value, point.value_type)?;
    match &reading.value {
        Value::Number(number) if number.abs() > LARGEST => return Err(Refusal::NotFinite),
        Value::Number(number) if !point.range.holds(*number) => return Err(Refusal::OutOfRange),
        // Postgres has no NUL in its texts.
        Value::Text(text) if text.contains('\0') => return Err(Refusal::Malformed),
        _ => {}
    }
    // Finer than what is stored, two times would be one row and count twice.
    let ts =
        Timestamp::from_microsecond(reading.ts.as_microsecond()).map_err(|_| Refusal::TooOld)?;
    Ok(Good {
        point: point.id,
        ts,
        device,
        estate,
        name: reading.point,
        value: reading.value,
        quality: reading.quality,
    })
}
