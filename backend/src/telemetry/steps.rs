//! A point's history in minutes, hours and days.
//!
//! Hours and days of numbers are made of half hours, which ingest keeps up as readings come, late
//! ones too: a year is 17,520 rows however often the meter spoke, and half hours fit the calendar of
//! every zone. Minutes, and the hours and days of switches, are made of the readings themselves.

use domain::{
    PointId,
    devices::ValueType,
    identity::Action,
    page::{Page, PageAsk},
    problem::Flaw,
    telemetry::{Step, Summary},
};
use jiff::{SignedDuration, Timestamp};

use super::{history::sane, store::steps as store};
use crate::kernel::{
    cx::Cx,
    error::{Error, Result},
    tx::TenantTx,
};

/// What is made of the readings themselves goes no further than this.
const LONGEST_RAW: SignedDuration = SignedDuration::from_hours(31 * 24);

/// The whole steps of a point that begin before `to`, from the one on that `from` falls into,
/// ascending; the cursor is the start of the last one. Without `to` up to now, without `from` as far
/// back as is sensible: a day of minutes, a month of hours, a year of days, of which the readings
/// themselves make a month. Steps without a good number are left out, and a text has none.
///
/// # Errors
/// `forbidden`; `invalid` for a `cursor` that no page gave, and for a `from` that is more than 31
/// days back where the readings themselves have to be added up.
pub async fn steps(
    cx: &Cx,
    point: PointId,
    step: Step,
    (from, to): (Option<Timestamp>, Option<Timestamp>),
    ask: &PageAsk,
) -> Result<Option<Page<Summary>>> {
    let scope = cx.authorize(Action::ViewDevices)?;
    let after = ask.after::<Timestamp>()?;
    let to = sane(cx, to.unwrap_or_else(|| cx.now()));
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let Some(asked) = store::point(&mut tx, cx.tenant.id, point).await? else {
        return Ok(None);
    };
    let from_halves = asked.value_type == ValueType::Number && step != Step::Minute;
    let reach = if from_halves {
        reach(step)
    } else {
        reach(step).min(LONGEST_RAW)
    };
    let from = from.map_or_else(|| to - reach, |from| sane(cx, from));
    if !from_halves && to.duration_since(from) > LONGEST_RAW {
        return Err(Error::invalid("from", Flaw::OutOfRange));
    }
    let span = store::Span {
        field: field(step),
        zone: cx.tenant.zone.iana_name().unwrap_or("UTC"),
        from,
        to,
        after: sane(cx, after.unwrap_or(Timestamp::UNIX_EPOCH)),
        rows: ask.rows(),
    };
    let mut made = if from_halves {
        store::of_half_hours(&mut tx, cx.tenant.id, point, &span).await?
    } else {
        store::of_readings(&mut tx, cx.tenant.id, point, &span).await?
    };
    tx.commit().await?;
    asked.keep_use(&mut made);
    Ok(Some(Page::cut(made, ask.limit(), |summary| {
        summary.ts.to_string()
    })))
}

/// As Postgres calls it.
const fn field(step: Step) -> &'static str {
    match step {
        Step::Minute => "minute",
        Step::Hour => "hour",
        Step::Day => "day",
    }
}

const fn reach(step: Step) -> SignedDuration {
    SignedDuration::from_hours(match step {
        Step::Minute => 24,
        Step::Hour => 31 * 24,
        Step::Day => 366 * 24,
    })
}
