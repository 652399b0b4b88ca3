//! What the meters of an estate used, kind by kind.

use std::ops::Range;

use domain::{
    BuildingId, EstateId,
    devices::DeviceKind,
    identity::Action,
    telemetry::energy::{Balance, BuildingUse, Compared, KindUse, MainMeter},
};
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};

use super::{
    home::half_hour,
    store::energy::{self as store, Meter},
};
use crate::{
    estates,
    kernel::{
        cx::Cx,
        error::{Error, Result},
        tx::TenantTx,
    },
};

/// How many local days are told, today included.
const DAYS: usize = 15;
const KINDS: [DeviceKind; 3] = [
    DeviceKind::ElectricityMeter,
    DeviceKind::WaterMeter,
    DeviceKind::GasMeter,
];

/// What electricity, water and gas an estate used, each kind that it has a meter of. `None` for one
/// that is not there or not to be seen.
///
/// The meters that count are those of the units; in an estate where no unit has a meter of that kind,
/// its own meters do that hang below no other (all together would count the same twice). Use is what a
/// register counted at the end of a span less what it did at its start, over replacements on record; a
/// register that went back without one tells nothing.
///
/// # Errors
/// `forbidden`; `unavailable` when the database is away.
pub async fn energy(cx: &Cx, estate: EstateId) -> Result<Option<Vec<KindUse>>> {
    let scope = cx.authorize(Action::ViewDevices)?;
    let calendar = Calendar::around(&cx.now().to_zoned(cx.tenant.zone.clone()))?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    if !estates::estate_exists(tx.conn(), cx.tenant.id, estate).await? {
        return Ok(None);
    }
    let meters = store::meters(&mut tx, cx.tenant.id, estate, &calendar.edges).await?;
    tx.commit().await?;
    let kinds = KINDS.into_iter().filter_map(|kind| {
        let meters: Vec<&Meter> = meters.iter().filter(|meter| meter.kind == kind).collect();
        kind_use(kind, &meters, &calendar)
    });
    Ok(Some(kinds.collect()))
}

fn kind_use(kind: DeviceKind, meters: &[&Meter], calendar: &Calendar) -> Option<KindUse> {
    let unit = meters.first()?.unit.clone();
    let counting = meters.iter().filter(|meter| meter.counts);
    let counting: Vec<&Meter> = counting.copied().collect();
    let days = calendar.days.iter();
    let untold = counting
        .iter()
        .filter(|meter| meter.used(&calendar.today).is_none());
    Some(KindUse {
        kind,
        unit,
        whole: compared(&counting, calendar),
        buildings: by_building(&counting, calendar),
        days: days
            .map(|(start, span)| (*start, used(&counting, span)))
            .collect(),
        mains: mains(meters, calendar),
        meters: counting.len(),
        untold: untold.count(),
    })
}

/// What the meters that tell of a span used in it together.
fn used(meters: &[&Meter], span: &Range<usize>) -> Option<f64> {
    let used = meters.iter().filter_map(|meter| meter.used(span));
    used.reduce(|sum, used| sum + used)
}

fn compared(meters: &[&Meter], calendar: &Calendar) -> Compared {
    Compared {
        today: used(meters, &calendar.today),
        yesterday: used(meters, &calendar.yesterday_so_far),
        week_ago: used(meters, &calendar.week_ago_so_far),
    }
}

/// They come in the buildings' order.
fn by_building(meters: &[&Meter], calendar: &Calendar) -> Vec<BuildingUse> {
    let building = |meter: &&Meter| -> Option<BuildingId> { meter.building.as_ref().map(|b| b.0) };
    meters
        .chunk_by(|one, other| building(one) == building(other))
        .map(|meters| BuildingUse {
            building: meters.first().and_then(|meter| meter.building.clone()),
            used: compared(meters, calendar),
        })
        .collect()
}

fn mains(meters: &[&Meter], calendar: &Calendar) -> Vec<MainMeter> {
    let mains = meters.iter().filter_map(|main| {
        let below = meters
            .iter()
            .filter(|meter| meter.main == Some(main.device));
        let below: Vec<&Meter> = below.copied().collect();
        let balance = |span: &Range<usize>| Balance {
            used: main.used(span),
            below: below.iter().map(|meter| meter.used(span)).sum(),
        };
        (!below.is_empty()).then(|| MainMeter {
            device: main.device,
            name: main.name.clone(),
            below: below.len(),
            yesterday: balance(&calendar.yesterday),
            week: balance(&calendar.week),
        })
    });
    mains.collect()
}

impl Meter {
    /// From one edge to another. `None` where either is not known, or the register went back.
    fn used(&self, span: &Range<usize>) -> Option<f64> {
        let at = |edge: usize| self.counted.get(edge).copied().flatten();
        let used = at(span.end)? - at(span.start)?;
        (used >= 0.0).then_some(used)
    }
}

/// The edges at which registers are looked up, and the spans between them, by their places.
#[derive(Debug)]
struct Calendar {
    edges: Vec<Timestamp>,
    /// Starts of local days, oldest first, today the last, each with its span.
    days: Vec<(Timestamp, Range<usize>)>,
    today: Range<usize>,
    yesterday: Range<usize>,
    yesterday_so_far: Range<usize>,
    week: Range<usize>,
    week_ago_so_far: Range<usize>,
}

impl Calendar {
    fn around(now: &Zoned) -> Result<Self> {
        let today = now.start_of_day().map_err(Error::internal)?;
        let back = |days: usize| {
            let days = i64::try_from(days).unwrap_or_default().days();
            let day = today.checked_sub(days).and_then(|day| day.start_of_day());
            day.map(|day| day.timestamp()).map_err(Error::internal)
        };
        // As far into that day as now is into today, and no farther than its end; half hours are not
        // divided.
        let so_far = |days: i64| {
            let then = now.checked_sub(days.days()).map_err(Error::internal)?;
            Ok::<_, Error>(half_hour(then.timestamp()))
        };
        let mut edges = (0..DAYS).rev().map(back).collect::<Result<Vec<_>>>()?;
        let starts = edges.clone();
        let midnight = DAYS - 1;
        edges.extend([
            now.timestamp() + SignedDuration::from_secs(1),
            so_far(1)?.min(back(0)?),
            so_far(7)?.min(back(6)?),
        ]);
        let days = starts
            .into_iter()
            .zip(0..)
            .map(|(start, n)| (start, n..n + 1));
        Ok(Self {
            edges,
            days: days.collect(),
            today: midnight..DAYS,
            yesterday: midnight - 1..midnight,
            yesterday_so_far: midnight - 1..DAYS + 1,
            week: midnight - 7..midnight,
            week_ago_so_far: midnight - 7..DAYS + 2,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_part_of_other_days() {
        let now: Zoned = "2027-03-31T10:10:00+08:00[Asia/Shanghai]".parse().unwrap();
        let calendar = Calendar::around(&now).unwrap();
        let edge = |n: usize| calendar.edges[n].to_string();
        let told = |span: &Range<usize>| (edge(span.start), edge(span.end));
        let whole = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        assert_eq!(
            told(&calendar.today),
            whole("2027-03-30T16:00:00Z", "2027-03-31T02:10:01Z")
        );
        assert_eq!(
            told(&calendar.yesterday),
            whole("2027-03-29T16:00:00Z", "2027-03-30T16:00:00Z")
        );
        assert_eq!(
            told(&calendar.yesterday_so_far),
            whole("2027-03-29T16:00:00Z", "2027-03-30T02:30:00Z")
        );
        assert_eq!(
            told(&calendar.week),
            whole("2027-03-23T16:00:00Z", "2027-03-30T16:00:00Z")
        );
        assert_eq!(
            told(&calendar.week_ago_so_far),
            whole("2027-03-23T16:00:00Z", "2027-03-24T02:30:00Z")
        );
        assert_eq!(calendar.days.len(), DAYS);
        assert_eq!(calendar.days.last().unwrap().1, calendar.today);
    }

    #[test]
    fn a_day_does_not_reach_into_the_next() {
        let now: Zoned = "2027-03-31T23:50:00+08:00[Asia/Shanghai]".parse().unwrap();
        let calendar = Calendar::around(&now).unwrap();
        let end = calendar.edges[calendar.yesterday_so_far.end];
        assert_eq!(end, calendar.edges[calendar.today.start]);
    }
}
