//! Meters that are replaced (换表).
//!
//! A device with a register is a place of measuring. What hangs there is an instrument, and changes;
//! the device, its point and their history go on. An instrument on record says how its register
//! counts on after the one before ([`domain::devices::instruments::Counting`]): whoever adds up
//! consumption asks that of each reading's own time, so a replacement that is put on record late, and
//! readings that arrive late, come out right as well (decision 0009).

mod store;
#[cfg(test)]
mod tests;

use domain::{
    Code, DeviceId, InstrumentId, PointId, Problem,
    audit::{Deed, Subject},
    devices::instruments::{Counting, Instrument, RegisterEnd, Replacement, ReplacementForm},
    identity::Action,
    page::{Page, PageAsk},
    problem::Flaw,
};
use jiff::Timestamp;

use super::device_there;
use crate::{
    audit,
    kernel::{
        cx::Cx,
        error::{Error, Result},
        tx::TenantTx,
    },
};

/// Puts on record that another instrument hangs at a meter's place. Consumption goes on over it:
/// what the old one counted up to its last register, and what the new one counts from its first, by
/// its own ratio. Nothing that was read is changed.
///
/// # Errors
/// `not_found` for a device that is not there or not to be seen, `forbidden`, `invalid` with the flaws
/// of the fields: `device` is `unknown` for one without a register, `at` is `out_of_range` in the
/// future and not after the replacement before; a register or a time that readings speak against
/// `clashes`, with the reading.
pub async fn replace_meter(cx: &Cx, id: DeviceId, form: ReplacementForm) -> Result<InstrumentId> {
    cx.authorize(Action::EditDevices)?;
    let new = Replacement::read(&form, cx.now(), &cx.tenant.zone)?;
    let scope = cx.authorize(Action::ViewDevices)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    // Locked: two replacements at once would both count on after the same one.
    let meter = store::meter(&mut tx, cx.tenant.id, id).await?;
    let meter = meter.ok_or_else(Error::not_found)?;
    cx.authorize_at(Action::EditDevices, &meter.place)?;
    let Some(point) = meter.register else {
        return Err(Error::invalid("device", Flaw::Unknown));
    };
    let before = store::newest(&mut tx, cx.tenant.id, point).await?;
    if before.as_ref().is_some_and(|before| new.at <= before.since) {
        return Err(Error::invalid("at", Flaw::OutOfRange));
    }
    let since = before.as_ref().map(|before| before.since);
    let read = store::read_around(&mut tx, cx.tenant.id, point, &new, since).await?;
    plausible(&new, before.is_some(), &read)?;
    let counting = new.counts(before.map_or(Counting::PLAIN, |before| before.counting));
    let made = cx.new_id();
    store::insert(&mut tx, cx, made, (id, point), &new, counting).await?;
    let fields = audit::given([
        ("serial", true),
        ("at", true),
        ("verified_on", new.verified_on.is_some()),
        ("valid_until", new.valid_until.is_some()),
        ("ratio", !form.ratio.trim().is_empty()),
        ("last_register", new.last_register.is_some()),
        ("first_register", true),
    ]);
    let (at, estate) = (Subject::Device(id), Some(meter.place.estate));
    audit::record(&mut tx, cx, Deed::MeterReplaced, at, estate, fields).await?;
    tx.commit().await?;
    Ok(made)
}

/// A step of ingest: the instrument that hangs at a point counts on from the end of its register, which
/// it passed by then (decision 0013).
pub(crate) async fn carry_on(
    tx: &mut TenantTx,
    cx: &Cx,
    point: PointId,
    at: Timestamp,
    end: RegisterEnd,
) -> Result<()> {
    store::carry_on(tx, cx, point, at, end, cx.new_id()).await
}

/// Takes the newest replacement of a meter back, and answers which meter that is: it was put on record by mistake, or with a slip, and
/// is then put on record anew. Nothing that was read is changed, and consumption is counted as if it
/// had never been there. Of the older ones each is what the next counts on after, and stays.
///
/// # Errors
/// `not_found` for an instrument that is not there or not to be seen, `forbidden`; `conflict` for one
/// that another came after.
pub async fn withdraw_replacement(cx: &Cx, instrument: InstrumentId) -> Result<DeviceId> {
    cx.authorize(Action::EditDevices)?;
    let scope = cx.authorize(Action::ViewDevices)?;
    let tenant = cx.tenant.id;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let id = store::device_of(&mut tx, tenant, instrument).await?;
    let id = id.ok_or_else(Error::not_found)?;
    // Locked: the next one must not be put on record after it at this moment.
    let meter = store::meter(&mut tx, tenant, id).await?;
    let meter = meter.ok_or_else(Error::not_found)?;
    cx.authorize_at(Action::EditDevices, &meter.place)?;
    if !store::withdraw(&mut tx, tenant, instrument).await? {
        return Err(Error::new(Code::Conflict));
    }
    let (at, estate) = (Subject::Device(id), Some(meter.place.estate));
    audit::record(&mut tx, cx, Deed::ReplacementWithdrawn, at, estate, []).await?;
    tx.commit().await?;
    Ok(id)
}

/// A register that was read, and when.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Read {
    register: f64,
    ts: Timestamp,
}

/// What is known around the time of a replacement.
#[derive(Debug, Default)]
struct ReadAround {
    /// The newest before it, of the old instrument.
    before: Option<Read>,
    /// A month before at most: the newest that is above [`Self::before`] and no more than the last
    /// register. The register went back after it, so the new one hung there already.
    fell_before: Option<Read>,
    /// The first from then on.
    after: Option<Read>,
    /// A month after at most: the first that is below [`Self::after`]. The old one hung there still.
    fell_after: Option<Read>,
}

/// Refuses what the readings speak against: a slip of a digit, or of ten minutes, would be consumption
/// that never was.
fn plausible(new: &Replacement, again: bool, read: &ReadAround) -> Result<()> {
    let mut problem = Problem::new(Code::Invalid);
    match (new.last_register, read.before) {
        (None, Some(_)) => problem = problem.and("last_register", Flaw::Required),
        (None, None) if again => problem = problem.and("last_register", Flaw::Required),
        (Some(last), Some(before)) if last < before.register => {
            problem = problem.clashes("last_register", before.register, before.ts);
        }
        _ => {}
    }
    if let Some(fell) = read.fell_before {
        problem = problem.clashes("at", fell.register, fell.ts);
    }
    let of_the_old = |register: f64| {
        let from = read.before.map(|before| before.register);
        from.zip(new.last_register)
            .is_some_and(|(from, last)| (from..=last).contains(&register))
    };
    match (read.after, read.fell_after) {
        (Some(after), Some(fell)) if of_the_old(after.register) => {
            problem = problem.clashes("at", fell.register, fell.ts);
        }
        (Some(after), _) if after.register < new.first_register => {
            problem = problem.clashes("first_register", after.register, after.ts);
        }
        _ => {}
    }
    if problem.fields.is_empty() {
        Ok(())
    } else {
        Err(problem.into())
    }
}

/// One page of what hung at a meter's place as far as it is on record, newest first; `None` where there
/// is no such device. The cursor is the `since` of the last one.
///
/// # Errors
/// `forbidden`; `invalid` for a `cursor` that no page gave.
pub async fn instruments(
    cx: &Cx,
    device: DeviceId,
    ask: &PageAsk,
) -> Result<Option<Page<Instrument>>> {
    let scope = cx.authorize(Action::ViewDevices)?;
    let before = ask.after::<Timestamp>()?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    if !device_there(&mut tx, cx.tenant.id, device).await? {
        return Ok(None);
    }
    let rows = store::list(&mut tx, cx.tenant.id, device, before, ask.rows()).await?;
    tx.commit().await?;
    let page = Page::cut(rows, ask.limit(), |row| row.since.to_string());
    Ok(Some(page))
}
