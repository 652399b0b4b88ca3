//! Reading back: raw readings, charts, and the newest values of an estate or a device.

use domain::{
    DeviceId, EstateId, PointId,
    devices::ValueType,
    identity::Action,
    page::{Page, PageAsk},
    problem::Flaw,
    telemetry::{Newest, Sample, Slot},
};
use jiff::{SignedDuration, Timestamp};

use super::store::history as store;
use crate::{
    devices,
    kernel::{
        cx::Cx,
        error::{Error, Result},
        tx::TenantTx,
    },
};

/// Up to this span a chart is made of the readings themselves, past it of half hours.
const RAW_SPAN: SignedDuration = SignedDuration::from_hours(6);
/// The most slots that one chart may ask for.
const MOST_SLOTS: u32 = 2000;
const HALF_HOUR: i64 = 30 * 60 * 1_000_000;

/// The raw readings of a point from `from` on and before `to`, ascending; the cursor is the `ts`
/// of the last one.
///
/// # Errors
/// `forbidden`; `invalid` for a `cursor` that no page gave.
pub async fn readings(
    cx: &Cx,
    point: PointId,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    ask: &PageAsk,
) -> Result<Option<Page<Sample>>> {
    let scope = cx.authorize(Action::ViewDevices)?;
    let after = match &ask.cursor {
        Some(cursor) => Some(
            cursor
                .parse::<Timestamp>()
                .map_err(|_| Error::invalid("cursor", Flaw::Malformed))?,
        ),
        None => None,
    };
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let Some(value_type) = store::value_type(&mut tx, cx.tenant.id, point).await? else {
        return Ok(None);
    };
    let span = (
        sane(cx, from.unwrap_or(Timestamp::UNIX_EPOCH)),
        sane(cx, to.unwrap_or(Timestamp::MAX)),
    );
    let after = after.map(|after| sane(cx, after));
    let rows = store::readings(
        &mut tx,
        cx.tenant.id,
        (point, value_type),
        span,
        after,
        ask.limit(),
    )
    .await?;
    tx.commit().await?;
    Ok(Some(Page::cut(rows, ask.limit(), |sample| {
        sample.ts.to_string()
    })))
}

/// The means of a point over at most `slots` equal spans between `from` and `to`, for a chart.
/// Spans without a reading are left out; a switch is 0 or 1, and a text has no chart.
///
/// # Errors
/// `forbidden`; `invalid` where `to` is not after `from`, or `slots` is 0 or over 2,000.
pub async fn series(
    cx: &Cx,
    point: PointId,
    from: Timestamp,
    to: Timestamp,
    slots: u32,
) -> Result<Option<Vec<Slot>>> {
    let scope = cx.authorize(Action::ViewDevices)?;
    if slots == 0 || slots > MOST_SLOTS {
        return Err(Error::invalid("slots", Flaw::OutOfRange));
    }
    let (from, to) = (sane(cx, from), sane(cx, to));
    if to <= from {
        return Err(Error::invalid("to", Flaw::OutOfRange));
    }
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let Some(value_type) = store::value_type(&mut tx, cx.tenant.id, point).await? else {
        return Ok(None);
    };
    let span = to.as_microsecond() - from.as_microsecond();
    let width = span / i64::from(slots) + i64::from(span % i64::from(slots) != 0);
    let raw = to.duration_since(from) <= RAW_SPAN;
    let made = match value_type {
        ValueType::Text => Vec::new(),
        // Half hours hold no switches.
        ValueType::Number if !raw => {
            let width = (width + HALF_HOUR - 1) / HALF_HOUR * HALF_HOUR;
            store::half_hours(&mut tx, cx.tenant.id, point, (from, to), width).await?
        }
        ValueType::Number | ValueType::Bool => {
            store::means(&mut tx, cx.tenant.id, point, (from, to), width).await?
        }
    };
    tx.commit().await?;
    Ok(Some(made))
}

/// Holds a time that somebody typed to what Postgres can reckon with; nothing is stored outside.
pub(super) fn sane(cx: &Cx, ts: Timestamp) -> Timestamp {
    ts.clamp(
        Timestamp::UNIX_EPOCH,
        cx.now() + SignedDuration::from_hours(24 * 366),
    )
}

/// The newest value of every point of an estate.
///
/// # Errors
/// `forbidden`.
pub async fn snapshot_estate(cx: &Cx, estate: EstateId) -> Result<Option<Vec<Newest>>> {
    let scope = cx.authorize(Action::ViewDevices)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let there = store::estate_there(&mut tx, cx.tenant.id, estate).await?;
    let newest = if there {
        Some(store::newest_of_estate(&mut tx, cx.tenant.id, estate).await?)
    } else {
        None
    };
    tx.commit().await?;
    Ok(newest)
}

/// The newest value of every point of a device.
///
/// # Errors
/// `forbidden`.
pub async fn snapshot_device(cx: &Cx, device: DeviceId) -> Result<Option<Vec<Newest>>> {
    let scope = cx.authorize(Action::ViewDevices)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let there = devices::device_there(&mut tx, cx.tenant.id, device).await?;
    let newest = if there {
        Some(store::newest_of_device(&mut tx, cx.tenant.id, device).await?)
    } else {
        None
    };
    tx.commit().await?;
    Ok(newest)
}
