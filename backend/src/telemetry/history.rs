//! Reading back: raw readings, charts, and the newest values of an estate or a device.

use domain::{
    DeviceId, EstateId, PointId,
    identity::Action,
    page::{Page, PageAsk},
    problem::Flaw,
    telemetry::{Newest, Sample},
};
use jiff::{SignedDuration, Timestamp};

use super::store::history as store;
use crate::{
    devices, estates,
    kernel::{
        cx::Cx,
        error::{Error, Result},
        tx::TenantTx,
    },
};

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
    let there = estates::estate_exists(tx.conn(), cx.tenant.id, estate).await?;
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
