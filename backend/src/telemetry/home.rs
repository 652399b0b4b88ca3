//! What a resident reads of their own home: its points, and what its meters used.

use domain::{
    DeviceId, HouseholdId, PointId,
    devices::DeviceKind,
    identity::Action,
    telemetry::{HomeMeter, HomeMonths, Newest},
};
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};

use super::store::home as store;
use crate::kernel::{
    cx::{Actor, Cx},
    error::{Error, Result},
    tx::TenantTx,
};

/// How many local days a meter's use is told for, today included.
const DAYS: i64 = 30;

/// Whether the asker is a resident of that household.
///
/// # Errors
/// `forbidden` for one who may not read its meters.
fn reads(cx: &Cx, home: HouseholdId) -> Result<bool> {
    let Actor::Resident {
        households,
        metered,
        ..
    } = &cx.actor
    else {
        return Ok(false);
    };
    if households.contains(&home) && !metered.contains(&home) {
        return Err(Error::forbidden());
    }
    Ok(households.contains(&home))
}

/// The newest values of a home's points since it became this household's. `None` for anybody who
/// does not live there, staff included.
///
/// # Errors
/// `forbidden` for a renter whom the owner shows no meters; `unavailable` when the database is away.
pub async fn snapshot_home(cx: &Cx, home: HouseholdId) -> Result<Option<Vec<Newest>>> {
    if !reads(cx, home)? {
        return Ok(None);
    }
    let scope = cx.authorize(Action::ViewHome)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let points = store::points(&mut tx, home).await?;
    tx.commit().await?;
    Ok(Some(
        points
            .into_iter()
            .filter_map(|point| point.newest)
            .collect(),
    ))
}

/// A point of a home.
#[derive(Debug)]
pub(super) struct HomePoint {
    pub(super) device: DeviceId,
    pub(super) kind: DeviceKind,
    pub(super) point: PointId,
    pub(super) name: String,
    pub(super) unit: String,
    pub(super) newest: Option<Newest>,
}

/// The meters of a home with what they counted, within the household's own time only. `None` for
/// anybody who does not live there, staff included.
///
/// Use is the sum of what was counted from half hour to half hour, over a replacement on record and by
/// the ratio of its time; a step back of the register otherwise counts as nothing. After a silence, the
/// whole step falls on the day of return; a reading at midnight itself belongs to the day that ends.
///
/// # Errors
/// `forbidden` for a renter whom the owner shows no meters; `unavailable` when the database is away.
pub async fn home_meters(cx: &Cx, home: HouseholdId) -> Result<Option<Vec<HomeMeter>>> {
    if !reads(cx, home)? {
        return Ok(None);
    }
    let scope = cx.authorize(Action::ViewHome)?;
    let calendar = Calendar::around(cx.now().to_zoned(cx.tenant.zone.clone()))?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let mut registers = store::points(&mut tx, home).await?;
    registers.retain(|point| point.kind.register() == Some(point.name.as_str()));
    let ids: Vec<PointId> = registers.iter().map(|point| point.point).collect();
    let uses = store::uses(&mut tx, home, &ids, &calendar.edges, cx.now()).await?;
    tx.commit().await?;

    Ok(Some(
        registers
            .into_iter()
            .map(|register| {
                let of_span = |from: Timestamp, to: Timestamp| {
                    let inside = uses.iter().filter(|used| {
                        used.point == register.point && used.from >= from && used.from < to
                    });
                    inside
                        .map(|used| used.amount)
                        .reduce(|sum, amount| sum + amount)
                };
                HomeMeter {
                    device: register.device,
                    point: register.point,
                    kind: register.kind,
                    unit: register.unit,
                    value: register
                        .newest
                        .as_ref()
                        .and_then(|newest| newest.value.number()),
                    ts: register.newest.as_ref().map(|newest| newest.ts),
                    used_month: of_span(calendar.month, cx.now()),
                    used_month_before: of_span(calendar.month_before, calendar.same_moment),
                    days: calendar
                        .days
                        .iter()
                        .map(|day| (day.0, of_span(day.0, day.1)))
                        .collect(),
                }
            })
            .collect(),
    ))
}

/// What the meters of a home used in each of the last thirteen months, so that this one has last year's
/// beside it; within the household's own time, as [`home_meters`]. `None` for anybody who does not live
/// there.
///
/// # Errors
/// As [`home_meters`].
pub async fn home_months(cx: &Cx, home: HouseholdId) -> Result<Option<Vec<HomeMonths>>> {
    if !reads(cx, home)? {
        return Ok(None);
    }
    let scope = cx.authorize(Action::ViewHome)?;
    let edges = month_edges(&cx.now().to_zoned(cx.tenant.zone.clone()))?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let mut registers = store::points(&mut tx, home).await?;
    registers.retain(|point| point.kind.register() == Some(point.name.as_str()));
    let ids: Vec<PointId> = registers.iter().map(|point| point.point).collect();
    let uses = store::uses(&mut tx, home, &ids, &edges, cx.now()).await?;
    tx.commit().await?;
    let of = |point: PointId, from: Timestamp| {
        let found = uses
            .iter()
            .find(|each| each.point == point && each.from == from);
        found.map(|each| each.amount)
    };
    let months = ids.into_iter().map(|point| HomeMonths {
        point,
        months: edges.iter().map(|from| (*from, of(point, *from))).collect(),
    });
    Ok(Some(months.collect()))
}

/// How many months are told, this one included.
const MONTHS: i64 = 13;

/// Starts of local months, this one's the last.
fn month_edges(now: &Zoned) -> Result<Vec<Timestamp>> {
    let first = now.first_of_month().map_err(Error::internal)?;
    let start = |back: i64| {
        let month = first
            .checked_sub(back.months())
            .and_then(|m| m.start_of_day());
        month
            .map(|month| month.timestamp())
            .map_err(Error::internal)
    };
    (0..MONTHS).rev().map(start).collect()
}

/// What was used from one edge of the calendar to the next.
#[derive(Debug)]
pub(super) struct Used {
    pub(super) point: PointId,
    pub(super) from: Timestamp,
    pub(super) amount: f64,
}

/// The local days and months that a home's figures are told in.
#[derive(Debug)]
struct Calendar {
    /// Starts of the days told, each with its end, oldest first.
    days: Vec<(Timestamp, Timestamp)>,
    /// The first of this month and of the one before.
    month: Timestamp,
    month_before: Timestamp,
    /// As far into the month before as now is into this one; its last moment where it is shorter.
    same_moment: Timestamp,
    /// All of these in order: between two neighbours every figure takes all or nothing.
    edges: Vec<Timestamp>,
}

impl Calendar {
    fn around(now: Zoned) -> Result<Self> {
        let today = now.start_of_day().map_err(Error::internal)?;
        let month = today
            .first_of_month()
            .and_then(|first| first.start_of_day())
            .map_err(Error::internal)?;
        let before = month
            .checked_sub(1.month())
            .and_then(|first| first.start_of_day())
            .map_err(Error::internal)?;
        let same = now.checked_sub(1.month()).map_err(Error::internal)?;
        let mut starts = Vec::new();
        for back in (-1..DAYS).rev() {
            let day = today
                .checked_sub(back.days())
                .and_then(|day| day.start_of_day());
            starts.push(day.map_err(Error::internal)?.timestamp());
        }
        let days: Vec<_> = starts
            .iter()
            .copied()
            .zip(starts.iter().skip(1).copied())
            .collect();
        let (month, month_before) = (month.timestamp(), before.timestamp());
        let same_moment = half_hour(same.timestamp()).min(month);
        let mut edges = starts;
        edges.extend([month, month_before, same_moment]);
        edges.sort_unstable();
        edges.dedup();
        Ok(Self {
            days,
            month,
            month_before,
            same_moment,
            edges,
        })
    }
}

/// The next half hour from a moment on: half hours are not divided.
pub(super) fn half_hour(ts: Timestamp) -> Timestamp {
    let over = ts.as_second().rem_euclid(1800);
    if over == 0 {
        ts
    } else {
        ts + SignedDuration::from_secs(1800 - over)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_month_before() {
        let now: Zoned = "2027-03-31T10:10:00+08:00[Asia/Shanghai]".parse().unwrap();
        let calendar = Calendar::around(now).unwrap();
        assert_eq!(calendar.month.to_string(), "2027-02-28T16:00:00Z");
        assert_eq!(calendar.month_before.to_string(), "2027-01-31T16:00:00Z");
        assert_eq!(calendar.same_moment.to_string(), "2027-02-28T02:30:00Z");
        assert_eq!(calendar.days.len(), 30);
        assert_eq!(calendar.days[29].0.to_string(), "2027-03-30T16:00:00Z");
        assert_eq!(calendar.days[29].1.to_string(), "2027-03-31T16:00:00Z");
        assert!(calendar.edges.is_sorted());
    }

    #[test]
    fn thirteen_months() {
        let now: Zoned = "2027-03-31T10:10:00+08:00[Asia/Shanghai]".parse().unwrap();
        let edges = month_edges(&now).unwrap();
        assert_eq!(edges.len(), 13);
        assert_eq!(edges[0].to_string(), "2026-02-28T16:00:00Z");
        assert_eq!(edges[12].to_string(), "2027-02-28T16:00:00Z");
    }

    #[test]
    fn over_the_years_end() {
        let now: Zoned = "2027-01-01T00:30:00+08:00[Asia/Shanghai]".parse().unwrap();
        let calendar = Calendar::around(now).unwrap();
        assert_eq!(calendar.month.to_string(), "2026-12-31T16:00:00Z");
        assert_eq!(calendar.month_before.to_string(), "2026-11-30T16:00:00Z");
        assert_eq!(calendar.same_moment.to_string(), "2026-11-30T16:30:00Z");
        assert_eq!(calendar.days[29].0, calendar.month);
    }
}
