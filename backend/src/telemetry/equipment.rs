//! The equipment of an estate: lifts, pumps, smoke alarms, chargers and sensors.

use std::collections::HashMap;

use domain::{
    DeviceId, EstateId,
    devices::DeviceKind,
    identity::Action,
    page::{Mark, Page, PageAsk},
    problem::Flaw,
    telemetry::equipment::{
        Equipment, KINDS, KindOfEquipment, MOST_POINTS, Machine, States, Trouble, glance,
    },
};
use jiff::{SignedDuration, Timestamp};

use super::{
    stands::{self, Building, Stands},
    store::equipment::{self as store, Found, PointRow},
};
use crate::{
    estates,
    kernel::{
        cx::Cx,
        error::{Error, Result},
        tx::TenantTx,
    },
};

/// Rows of each kind where all kinds are shown.
const FEW: usize = 8;
/// Half hours of a trace.
const HALVES: usize = 48;

/// The equipment of an estate, kind by kind: how many are in which state, and of each kind the first
/// rows, or of the one that is asked for a page of them. `None` for an estate that is not there or not
/// to be seen.
///
/// What somebody should look at comes first, the worst before all, then by building and name. A page
/// ends with a row and what was wrong with it, so that others may change meanwhile.
///
/// # Errors
/// `forbidden`; `invalid` for a `cursor` that no page gave, with `unknown` for one whose device is there
/// no more.
pub async fn equipment(
    cx: &Cx,
    estate: EstateId,
    kind: Option<DeviceKind>,
    ask: &PageAsk,
) -> Result<Option<Equipment>> {
    let scope = cx.authorize(Action::ViewDevices)?;
    let after = ask.after::<Mark<DeviceId>>()?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    if !estates::estate_exists(tx.conn(), cx.tenant.id, estate).await? {
        return Ok(None);
    }
    let yard = Yard::look(&mut tx, cx, estate, &KINDS).await?;
    let mut kinds = Vec::new();
    for each in KINDS {
        let all: Vec<&Standing> = yard.of(each).collect();
        if all.is_empty() {
            continue;
        }
        let page = match kind {
            None => cut(&all, None, FEW)?,
            Some(asked) if asked == each => cut(&all, after, ask.limit() as usize)?,
            Some(_) => Page {
                items: Vec::new(),
                next: None,
            },
        };
        kinds.push((each, states(&all), page));
    }
    let shown = kinds.iter().flat_map(|(_, _, page)| page.items.iter());
    let mut rows = machines(&mut tx, cx, &yard, shown.copied()).await?;
    tx.commit().await?;
    let kinds = kinds.into_iter().map(|(kind, states, page)| {
        let items = page.items.iter();
        KindOfEquipment {
            kind,
            states,
            rows: items.filter_map(|row| rows.remove(&row.found.id)).collect(),
            next: page.next,
        }
    });
    Ok(Some(Equipment {
        estate,
        now: cx.now(),
        kinds: kinds.collect(),
    }))
}

/// A device with its place among the others.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) found: Found,
    pub(super) trouble: Option<Trouble>,
    pub(super) stands: Stands,
}

impl Standing {
    /// What is wrong, as a page's cursor tells it.
    fn rank(&self) -> i64 {
        rank(self.trouble)
    }

    /// In which building, by the order of those; what is in none comes last.
    fn order(&self) -> (usize, Option<usize>, &str, DeviceId) {
        (
            self.stands.building.unwrap_or(usize::MAX),
            self.stands.entrance,
            &self.found.sort_key,
            self.found.id,
        )
    }
}

fn rank(trouble: Option<Trouble>) -> i64 {
    let place = trouble.and_then(|trouble| Trouble::ALL.iter().position(|each| *each == trouble));
    let place = place.unwrap_or(Trouble::ALL.len());
    i64::try_from(place).unwrap_or(i64::MAX)
}

/// Devices of an estate in the order in which they are shown.
#[derive(Debug)]
pub(super) struct Yard {
    pub(super) buildings: Vec<Building>,
    pub(super) all: Vec<Standing>,
}

impl Yard {
    /// All devices of these kinds, the worst first. Three thousand of them are few enough for that, and
    /// each has to be looked at for the counts anyway.
    pub(super) async fn look(
        tx: &mut TenantTx,
        cx: &Cx,
        estate: EstateId,
        kinds: &[DeviceKind],
    ) -> Result<Self> {
        let buildings = store::buildings(tx, cx.tenant.id, estate).await?;
        let found = store::devices(tx, cx, estate, kinds).await?;
        let standing = found.into_iter().map(|found| Standing {
            trouble: Trouble::of(found.state, found.said),
            stands: stand(&buildings, &found),
            found,
        });
        let mut all: Vec<Standing> = standing.collect();
        all.sort_by(|one, other| (one.rank(), one.order()).cmp(&(other.rank(), other.order())));
        Ok(Self { buildings, all })
    }

    pub(super) fn of(&self, kind: DeviceKind) -> impl Iterator<Item = &Standing> {
        self.all
            .iter()
            .filter(move |standing| standing.found.kind == kind)
    }

    /// Of all kinds together, what somebody should look at first. Taken from the first rows of each kind,
    /// the ninth alarm that rings would lose its place to a sensor that is late.
    pub(super) fn worst(&self, most: usize) -> Vec<&Standing> {
        let troubled = self.all.iter().filter(|each| each.trouble.is_some());
        troubled.take(most).collect()
    }

    /// What the building is called, and the entrance.
    pub(super) fn names(&self, stands: Stands) -> (Option<String>, Option<String>) {
        let building = stands.building.and_then(|nth| self.buildings.get(nth));
        let entrance = building
            .zip(stands.entrance)
            .and_then(|(building, nth)| building.entrances.get(nth));
        (
            building.map(|building| building.name.clone()),
            entrance.cloned(),
        )
    }
}

/// By its unit, else by what its place or its name begins with.
fn stand(buildings: &[Building], found: &Found) -> Stands {
    if let Some(name) = &found.building {
        let building = buildings.iter().position(|each| each.name == *name);
        let entrances = building.and_then(|nth| buildings.get(nth));
        let entrance = entrances
            .zip(found.entrance.as_ref())
            .and_then(|(building, name)| building.entrances.iter().position(|each| each == name));
        return Stands { building, entrance };
    }
    let by_place = found
        .place
        .as_deref()
        .map(|place| stands::find(buildings, place));
    by_place
        .filter(|stands| stands.building.is_some())
        .unwrap_or_else(|| stands::find(buildings, &found.name))
}

pub(super) fn states(all: &[&Standing]) -> States {
    let mut states = States::default();
    for each in all {
        states.count(each.found.state, each.trouble);
    }
    states
}

/// A page out of those that are sorted. Who was at the end of the page before may have another trouble
/// by now: then it goes on from where it stood.
pub(super) fn cut<'a>(
    all: &[&'a Standing],
    after: Option<Mark<DeviceId>>,
    limit: usize,
) -> Result<Page<&'a Standing>> {
    let rest: Vec<&Standing> = match after {
        None => all.iter().take(limit + 1).copied().collect(),
        Some(mark) => {
            let end = all.iter().find(|each| each.found.id == mark.id);
            let end = end.ok_or_else(|| Error::invalid("cursor", Flaw::Unknown))?;
            let beyond = all
                .iter()
                .filter(|each| (each.rank(), each.order()) > (mark.value, end.order()));
            beyond.take(limit + 1).copied().collect()
        }
    };
    let limit = u32::try_from(limit).unwrap_or(u32::MAX);
    Ok(Page::cut(rest, limit, |last| {
        let (value, id) = (last.rank(), last.found.id);
        Mark { value, id }.to_string()
    }))
}

/// The rows of some devices: their points in one statement, their traces in another.
pub(super) async fn machines(
    tx: &mut TenantTx,
    cx: &Cx,
    yard: &Yard,
    shown: impl Iterator<Item = &Standing>,
) -> Result<HashMap<DeviceId, Machine>> {
    let shown: Vec<&Standing> = shown.collect();
    let ids: Vec<DeviceId> = shown.iter().map(|each| each.found.id).collect();
    let mut points: HashMap<DeviceId, Vec<PointRow>> = HashMap::new();
    for point in store::points(tx, cx.tenant.id, &ids).await? {
        points.entry(point.device).or_default().push(point);
    }
    let mut rows = HashMap::new();
    let mut traced = HashMap::new();
    for each in shown {
        let found = &each.found;
        let points = points.remove(&found.id).unwrap_or_default();
        let points = at_a_glance(found.kind, points);
        if let Some(point) = points.iter().find(|point| point.number) {
            traced.insert(point.point.id, found.id);
        }
        let row = Machine {
            id: found.id,
            name: found.name.clone(),
            kind: found.kind,
            building: yard.names(each.stands).0,
            place: found.address(),
            state: found.state,
            last_seen: found.last_seen,
            rhythm_s: found.rhythm_s,
            trouble: each.trouble,
            points: points.into_iter().map(|point| point.point).collect(),
            trace: Vec::new(),
        };
        rows.insert(found.id, row);
    }
    let since = first_half(cx.now());
    let ids: Vec<_> = traced.keys().copied().collect();
    for (point, half, mean) in store::traces(tx, cx.tenant.id, &ids, since).await? {
        let row = traced.get(&point).and_then(|device| rows.get_mut(device));
        if let Some(row) = row {
            row.trace.resize(HALVES, None);
            if let Some(slot) = usize::try_from(half)
                .ok()
                .and_then(|half| row.trace.get_mut(half))
            {
                *slot = Some(mean);
            }
        }
    }
    Ok(rows)
}

/// The points that matter, in their kind's order; of a kind without one, the first.
fn at_a_glance(kind: DeviceKind, points: Vec<PointRow>) -> Vec<PointRow> {
    let names = glance(kind);
    let mut points = points;
    if !names.is_empty() {
        let place = |point: &PointRow| names.iter().position(|name| *name == point.point.name);
        points.retain(|point| place(point).is_some());
        points.sort_by_key(|point| place(point));
    }
    points.truncate(MOST_POINTS);
    points
}

/// The start of the half hour with which a trace begins.
fn first_half(now: Timestamp) -> Timestamp {
    let into = SignedDuration::from_secs(now.as_second().rem_euclid(1800));
    let halves = i64::try_from(HALVES).unwrap_or_default() - 1;
    let whole = Timestamp::from_second((now - into).as_second()).unwrap_or(now);
    whole - SignedDuration::from_secs(1800 * halves)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_ends_with_the_half_hour_that_runs() {
        let now: Timestamp = "2026-11-22T06:31:52.5Z".parse().unwrap();
        let first = first_half(now);
        assert_eq!(first.to_string(), "2026-11-21T07:00:00Z");
        assert_eq!(
            first + SignedDuration::from_mins(30 * 47),
            "2026-11-22T06:30:00Z".parse::<Timestamp>().unwrap()
        );
    }
}
