//! The figures of one estate at one moment.

use domain::{
    EstateId, PointId,
    identity::Action,
    telemetry::{Dashboard, Slot},
};
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::store::dashboard as store;
use crate::{
    devices,
    kernel::{
        clock,
        cx::Cx,
        error::{Error, Result},
        tx::TenantTx,
    },
};

/// A meter's power still counts this long after it was heard.
pub(super) const FRESH: SignedDuration = SignedDuration::from_mins(15);
/// How far before midnight a register is looked for to count from: a meter that reports once a
/// day may miss one, and one that was silent for longer must not bring all that into today.
pub(super) const BEFORE: SignedDuration = SignedDuration::from_hours(48);
/// How many devices the list of recent ones holds.
const RECENT: u32 = 8;

/// What the console shows of an estate. `None` for one that is not there or not to be seen.
///
/// The meters that count are those of the units; in an estate where no unit has a meter of that
/// kind, its own meters do (both together would count the same twice). Use is what the newest register
/// counts less what the last one before local midnight did, over replacements on record; where there
/// was none, or the count went back (nobody put a replacement on record), the steps from half hour to
/// half hour, without the step back.
///
/// # Errors
/// `forbidden`.
pub async fn dashboard(cx: &Cx, estate: EstateId) -> Result<Option<Dashboard>> {
    let scope = cx.authorize(Action::ViewDevices)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let Some(mut found) = figures(&mut tx, cx, estate).await? else {
        return Ok(None);
    };
    found.recent = devices::recent(&mut tx, cx, estate, RECENT).await?;
    tx.commit().await?;
    Ok(Some(found))
}

/// The same without the devices that were heard last.
pub(super) async fn figures(
    tx: &mut TenantTx,
    cx: &Cx,
    estate: EstateId,
) -> Result<Option<Dashboard>> {
    let now = cx.now();
    let zone = &cx.tenant.zone;
    let (day_start, day_end) = cx.today();
    let week_ago = now
        .to_zoned(zone.clone())
        .checked_sub(1.week())
        .map_err(Error::internal)?;
    let before = clock::day_around(week_ago.timestamp(), zone);

    let Some(head) = store::head(tx, cx, estate).await? else {
        return Ok(None);
    };
    let power = store::power(tx, cx.tenant.id, estate, (day_start, day_end), before).await?;
    let uses = store::uses(tx, cx.tenant.id, estate, (day_start, day_end)).await?;

    let of_kind = |kind: &str| {
        let amounts = uses
            .iter()
            .filter(|used| used.kind == kind)
            .filter_map(|used| used.amount);
        amounts.reduce(|sum, amount| sum + amount)
    };
    let in_span = |(from, to): (Timestamp, Timestamp)| -> Vec<Slot> {
        power
            .iter()
            .filter(|slot| slot.ts >= from && slot.ts < to)
            .copied()
            .collect()
    };
    let water = uses.iter().filter(|used| used.kind == "water_meter");
    Ok(Some(Dashboard {
        estate,
        estate_name: head.estate_name,
        now,
        households: head.households,
        devices: head.devices,
        online: head.online,
        power_w: head.power_w,
        power_points: head.power_points.into_iter().map(PointId).collect(),
        water_today_m3: of_kind("water_meter"),
        energy_today_kwh: of_kind("electricity_meter"),
        power_today: in_span((day_start, day_end)),
        power_week_ago: in_span(before),
        water_by_building: water
            .filter_map(|used| Some((used.building.clone()?, used.amount.unwrap_or(0.0))))
            .collect(),
        day_start,
        day_end,
        recent: Vec::new(),
    }))
}
