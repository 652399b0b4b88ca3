//! The doors of an estate: how each stands, when it was opened last, and what it was told.

use std::collections::HashMap;

use domain::{
    DeviceId, EstateId, PersonId,
    devices::{DeviceKind, acts::acts},
    identity::Action,
    page::{Mark, PageAsk},
    telemetry::doors::{DoorRow, Doors, Hours, LOOK_BACK, Leaf, Opening, Told},
};
use jiff::{Timestamp, ToSpan};

use super::{
    equipment::{Standing, Yard, cut, states},
    store::doors::{self as store, Leaves},
};
use crate::{
    devices::commands,
    estates,
    kernel::{
        clock,
        cx::Cx,
        error::{Error, Result},
        tx::TenantTx,
    },
};

/// How many openings are told.
const OPENINGS: usize = 12;

/// The doors of an estate, what somebody should look at first, then by building and entrance. `None` for
/// an estate that is not there or not to be seen.
///
/// An opening is a reading that a door is open after one that it was not. Who sent a command is told to
/// whoever may look into the audit log, and to themselves.
///
/// # Errors
/// `forbidden`; `invalid` for a `cursor` that no page gave, with `unknown` for one whose door is there no
/// more.
pub async fn doors(cx: &Cx, estate: EstateId, ask: &PageAsk) -> Result<Option<Doors>> {
    let scope = cx.authorize(Action::ViewDevices)?;
    let after = ask.after::<Mark<DeviceId>>()?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    if !estates::estate_exists(tx.conn(), cx.tenant.id, estate).await? {
        return Ok(None);
    }
    let hall = Hall::look(&mut tx, cx, estate).await?;
    let all: Vec<&Standing> = hall.yard.all.iter().collect();
    let page = cut(&all, after, ask.limit() as usize)?;
    let shown: Vec<DeviceId> = page.items.iter().map(|each| each.found.id).collect();
    let mut told = told(&mut tx, cx, &shown).await?;
    let openings = store::openings(&mut tx, cx, &hall.lately(), OPENINGS).await?;
    let hours = hall.hours(&mut tx, cx).await?;
    tx.commit().await?;

    let names = names(&hall.yard);
    let openings = openings.into_iter().filter_map(|(door, at, by)| {
        let name = names.get(&door)?.to_string();
        Some(Opening { door, name, at, by })
    });
    let row = |each: &&Standing| hall.row(cx, each, told.remove(&each.found.id));
    Ok(Some(Doors {
        estate,
        now: cx.now(),
        states: hall.states(cx.now()),
        open: hall.open(),
        held: hall.held(cx.now()),
        rows: page.items.iter().map(row).collect(),
        next: page.next,
        openings: openings.collect(),
        hours,
    }))
}

fn names(yard: &Yard) -> HashMap<DeviceId, &str> {
    let all = yard.all.iter();
    all.map(|each| (each.found.id, each.found.name.as_str()))
        .collect()
}

/// All doors of an estate with how they stand.
#[derive(Debug)]
pub(super) struct Hall {
    pub(super) yard: Yard,
    leaves: HashMap<DeviceId, Leaves>,
}

impl Hall {
    pub(super) async fn look(tx: &mut TenantTx, cx: &Cx, estate: EstateId) -> Result<Self> {
        let yard = Yard::look(tx, cx, estate, &[DeviceKind::Door]).await?;
        let ids: Vec<DeviceId> = yard.all.iter().map(|each| each.found.id).collect();
        let leaves = store::leaves(tx, cx, &ids, cx.now() - LOOK_BACK).await?;
        Ok(Self { yard, leaves })
    }

    pub(super) async fn hours(&self, tx: &mut TenantTx, cx: &Cx) -> Result<Hours> {
        let today = cx.today();
        let now = cx.now().to_zoned(cx.tenant.zone.clone());
        let before = now.checked_sub(1.week()).map_err(Error::internal)?;
        let before = clock::day_around(before.timestamp(), &cx.tenant.zone);
        let points = self.leaves.values().filter_map(|each| each.points.open);
        let points: Vec<_> = points.collect();
        let spans = store::hours(tx, cx, &points, (today.0, cx.now()), before).await?;
        let running = usize::try_from(now.hour()).unwrap_or_default() + 1;
        let day = |spans: &[(i32, i64)], hours: usize| -> Vec<u32> {
            let mut day = vec![0; hours];
            for (hour, n) in spans {
                let hour = usize::try_from(*hour).ok();
                if let Some(slot) = hour.and_then(|hour| day.get_mut(hour)) {
                    *slot = u32::try_from(*n).unwrap_or(u32::MAX);
                }
            }
            day
        };
        let or_none = |said: bool, spans: &[(i32, i64)], hours: usize| {
            if said { day(spans, hours) } else { Vec::new() }
        };
        Ok(Hours {
            today: or_none(spans.said_today, &spans.today, running),
            week_ago: or_none(spans.said_before, &spans.before, 24),
        })
    }

    /// The doors that were opened last: none of the last openings was another's.
    fn lately(&self) -> Vec<(DeviceId, &Leaves)> {
        let opened = self
            .leaves
            .iter()
            .filter(|(_, each)| each.opened_at.is_some());
        let mut opened: Vec<_> = opened.map(|(door, each)| (*door, each)).collect();
        opened.sort_by_key(|(door, each)| (std::cmp::Reverse(each.opened_at), *door));
        opened.truncate(OPENINGS);
        opened
    }

    fn leaf(&self, door: DeviceId, now: Timestamp) -> Option<Leaf> {
        let leaves = self.leaves.get(&door)?;
        let open_for = leaves
            .open_since
            .map(|since| now.duration_since(since).as_secs());
        Some(Leaf::of(leaves.open?, leaves.says_held, open_for))
    }

    /// How many in which state; a door that is held open is something to look at.
    pub(super) fn states(&self, now: Timestamp) -> domain::telemetry::equipment::States {
        let all: Vec<&Standing> = self.yard.all.iter().collect();
        let mut states = states(&all);
        let held = all.iter().filter(|each| {
            each.trouble.is_none() && self.leaf(each.found.id, now) == Some(Leaf::Held)
        });
        states.troubled += u32::try_from(held.count()).unwrap_or_default();
        states
    }

    /// Those that are held open as well.
    pub(super) fn open(&self) -> u32 {
        let open = self.leaves.values().filter(|each| each.open == Some(true));
        u32::try_from(open.count()).unwrap_or_default()
    }

    fn held(&self, now: Timestamp) -> u32 {
        u32::try_from(self.all_held(now).count()).unwrap_or_default()
    }

    pub(super) fn all_held(&self, now: Timestamp) -> impl Iterator<Item = &Standing> {
        let all = self.yard.all.iter();
        all.filter(move |each| self.leaf(each.found.id, now) == Some(Leaf::Held))
    }

    /// Those whose newest word is that they are held open, whether they are or not.
    pub(super) fn say_held(&self) -> impl Iterator<Item = DeviceId> {
        let all = self.yard.all.iter().map(|each| each.found.id);
        all.filter(move |door| self.leaves.get(door).is_some_and(|each| each.says_held))
    }

    fn row(&self, cx: &Cx, each: &Standing, told: Option<Told>) -> DoorRow {
        let found = &each.found;
        let leaves = self.leaves.get(&found.id);
        let (building, entrance) = self.yard.names(each.stands);
        let may = |leaves: &&Leaves| cx.authorize_at(Action::CommandDevices, &leaves.at).is_ok();
        let acts = leaves
            .filter(may)
            .map(|leaves| acts(found.kind, &leaves.transport));
        DoorRow {
            id: found.id,
            name: found.name.clone(),
            building,
            entrance,
            place: found.address(),
            state: found.state,
            last_seen: found.last_seen,
            rhythm_s: found.rhythm_s,
            trouble: each.trouble,
            points: leaves.map(|leaves| leaves.points).unwrap_or_default(),
            leaf: self.leaf(found.id, cx.now()),
            open_since: leaves.and_then(|leaves| leaves.open_since),
            opened_at: leaves.and_then(|leaves| leaves.opened_at),
            opened_by: leaves.and_then(|leaves| leaves.opened_by.clone()),
            acts: acts.unwrap_or_default(),
            told,
        }
    }
}

/// What doors were told last, with whoever sent it where the asker may know that.
async fn told(tx: &mut TenantTx, cx: &Cx, doors: &[DeviceId]) -> Result<HashMap<DeviceId, Told>> {
    let who = cx.authorize(Action::ViewAudit).is_ok();
    let me = cx.actor.person();
    let may_know = |person: Option<PersonId>| who || (person.is_some() && person == me);
    let newest = commands::newest(tx, cx, doors).await?;
    let told = newest.into_iter().map(|each| {
        let by = each.by.filter(|_| may_know(each.asked_by));
        let command = each.command;
        (command.device, Told { command, by })
    });
    Ok(told.collect())
}
