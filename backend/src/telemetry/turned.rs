//! Registers that pass their end (归零): a counter of six digits shows 0 after 999999.
//!
//! Where the valid range of a meter's register says how much it can show, the instrument is put on
//! record once more as it passes that, so that whoever adds up consumption sees no step back
//! (decision 0013).

use std::collections::BTreeMap;

use domain::{
    PointId,
    devices::instruments::RegisterEnd,
    telemetry::{Quality, Value},
};

use super::{ingest::Good, store::turned as store};
use crate::{
    devices::instruments,
    kernel::{cx::Cx, error::Result, tx::TenantTx},
};

/// A step of ingest, before what came is stored: what comes late, behind what was read already, tells
/// nothing of the register now. `readings` are in the order of their points and times.
pub(super) async fn keep(
    tx: &mut TenantTx,
    cx: &Cx,
    readings: &[Good],
    ends: &BTreeMap<PointId, RegisterEnd>,
) -> Result<()> {
    let points: Vec<PointId> = ends.keys().copied().collect();
    let mut shown = store::newest(tx, cx.tenant.id, &points).await?;
    for good in readings {
        let (Some(end), Value::Number(register), Quality::Good) =
            (ends.get(&good.point), &good.value, good.quality)
        else {
            continue;
        };
        let before = shown.get(&good.point).copied();
        if before.is_some_and(|(ts, _)| ts >= good.ts) {
            continue;
        }
        if before.is_some_and(|(_, before)| end.passed(before, *register)) {
            instruments::carry_on(tx, cx, good.point, good.ts, *end).await?;
        }
        shown.insert(good.point, (good.ts, *register));
    }
    Ok(())
}
