//! Main meters (总表): which meters hang below which.
//!
//! A main meter counts once more what those below it count, so it is left out of sums, and what it
//! counted beyond them is lost: a leak, a theft, or a meter that nobody put on record.

mod store;
#[cfg(test)]
mod tests;

use domain::{
    DeviceId,
    audit::{Deed, Subject},
    devices::mains::{Below, BelowForm, Hangings},
    identity::{Action, Place},
    problem::{Code, Flaw, Problem},
};

use crate::{
    audit,
    kernel::{
        cx::Cx,
        error::{Error, Result},
        tx::TenantTx,
    },
};

/// What may hang below a meter, and what does. `None` for one that is not there or not to be seen, that
/// is a unit's, or that counts nothing up.
///
/// # Errors
/// `forbidden`.
pub async fn hangings(cx: &Cx, main: DeviceId) -> Result<Option<Hangings>> {
    let scope = cx.authorize(Action::ViewDevices)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let found = store::main(&mut tx, cx.tenant.id, main).await?;
    let Some(main) = found.filter(store::Main::can_be_one) else {
        return Ok(None);
    };
    let hangings = store::hangings(&mut tx, cx.tenant.id, &main).await?;
    tx.commit().await?;
    Ok(Some(hangings))
}

/// Says what hangs below a main meter, and gives what does then. What changes nothing leaves no trace.
///
/// A meter hangs below one main meter at most: what hung below another one is taken from there.
///
/// # Errors
/// `not_found` for a meter that is not there or not to be seen; `forbidden`; `invalid` on `below` for
/// what is no such id (`malformed`), or names nothing of the estate and of that kind (`unknown`);
/// `conflict` on it for a meter that is above this one itself, and for a main meter that is a unit's.
pub async fn hang(cx: &Cx, main: DeviceId, form: BelowForm) -> Result<Hangings> {
    cx.authorize(Action::EditDevices)?;
    let below = Below::try_from(form)?;
    let scope = cx.authorize(Action::ViewDevices)?;
    let tenant = cx.tenant.id;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let found = store::main(&mut tx, tenant, main).await?;
    let main = found.ok_or_else(Error::not_found)?;
    cx.authorize_at(Action::EditDevices, &Place::estate(main.estate))?;
    let refused = |code, flaw| Error::from(Problem::field(code, "below", flaw));
    if !main.can_be_one() {
        return Err(refused(Code::Conflict, Flaw::OutOfRange));
    }
    // One at a time in an estate: two that hang below each other would each be right alone.
    store::lock(&mut tx, tenant, main.estate).await?;
    let may = store::hangings(&mut tx, tenant, &main).await?;
    let known = |id: &DeviceId| may.meters.iter().any(|meter| meter.device == *id);
    let stands = |id: &_| may.buildings.iter().any(|each| each.building == *id);
    if let Some(strange) = below.meters.iter().find(|id| !known(id)) {
        let above = store::above(&mut tx, tenant, main.id).await?;
        return Err(if above.contains(strange) {
            refused(Code::Conflict, Flaw::Taken)
        } else {
            refused(Code::Invalid, Flaw::Unknown)
        });
    }
    if !below.buildings.iter().all(stands) {
        return Err(refused(Code::Invalid, Flaw::Unknown));
    }
    if store::hang(&mut tx, tenant, &main, &below).await? > 0 {
        let (deed, meter) = (Deed::DeviceChanged, Subject::Device(main.id));
        audit::record(&mut tx, cx, deed, meter, Some(main.estate), ["below"]).await?;
    }
    let hangings = store::hangings(&mut tx, tenant, &main).await?;
    tx.commit().await?;
    Ok(hangings)
}
