//! Evidence: who did what, when and from where.
//!
//! A verb that changes something calls [`record`] in its own transaction, just before the commit:
//! what was done and the entry about it are stored together, or neither is. Readings are not
//! deeds; neither are renewed tokens and tickets to the live websocket, which belong to a session
//! whose beginning is here. A log-in that failed belongs to no company, and is in the process's
//! log only.

mod store;
#[cfg(test)]
mod tests;

use domain::{
    AuditId, EstateId,
    audit::{Deed, Entry, EntryFilter, Subject},
    identity::Action,
    page::{Page, PageAsk},
    problem::Flaw,
};
use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

use crate::kernel::{
    cx::Cx,
    error::{Error, Result},
    tx::TenantTx,
};

/// Remembers a deed of the asker's. `fields` are names of what was given or changed: they are
/// known when this is compiled, so that no value can be among them.
pub(crate) async fn record(
    tx: &mut TenantTx,
    cx: &Cx,
    deed: Deed,
    subject: Subject,
    estate: Option<EstateId>,
    fields: impl IntoIterator<Item = &'static str>,
) -> Result<()> {
    let fields: Vec<&'static str> = fields.into_iter().collect();
    store::insert(tx, cx, cx.new_id(), deed, subject, estate, &fields).await
}

/// Remembers the same deed about many, with one field each, in one statement.
pub(crate) async fn record_many(
    tx: &mut TenantTx,
    cx: &Cx,
    deed: Deed,
    subjects: &[Subject],
    estate: Option<EstateId>,
    field: &'static str,
) -> Result<()> {
    if subjects.is_empty() {
        return Ok(());
    }
    store::insert_many(tx, cx, deed, subjects, estate, field).await
}

/// The names of those fields that are there.
pub(crate) fn given<const N: usize>(
    fields: [(&'static str, bool); N],
) -> impl Iterator<Item = &'static str> {
    fields
        .into_iter()
        .filter_map(|(name, there)| there.then_some(name))
}

/// How often the asker has done something since then, as far as their transaction sees. Whoever asks
/// this again of the same person waits until this transaction has ended: else two would count alike.
pub(crate) async fn times(tx: &mut TenantTx, cx: &Cx, deed: Deed, since: Timestamp) -> Result<i64> {
    let Some(person) = cx.actor.person() else {
        return Ok(0);
    };
    store::lock(tx, person).await?;
    store::times(tx, cx.tenant.id, person, deed, first_at(since)).await
}

/// The company's deeds, newest first. One about which nothing is known is an empty list.
///
/// # Errors
/// `forbidden`; `invalid` for a bad `cursor`, or a `to` before `from`.
pub async fn list(cx: &Cx, filter: &EntryFilter, ask: &PageAsk) -> Result<Page<Entry>> {
    let scope = cx.authorize(Action::ViewAudit)?;
    if filter
        .from
        .zip(filter.to)
        .is_some_and(|(from, to)| to < from)
    {
        return Err(Error::invalid("to", Flaw::OutOfRange));
    }
    let before = ask.after::<AuditId>()?;
    // Days are ranges of ids, which the key is in the order of.
    let from = filter.from.map_or(Uuid::nil(), |day| first_of(cx, day));
    let to = match filter.to.map(Date::tomorrow) {
        Some(Ok(day)) => first_of(cx, day),
        // No day is after the last one there is.
        None | Some(Err(_)) => Uuid::max(),
    };
    let to = before.map_or(to, |before| before.0.min(to));
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let rows = store::entries(&mut tx, cx, filter, (from, to), ask.limit()).await?;
    tx.commit().await?;
    Ok(Page::cut(rows, ask.limit(), |row| row.id.to_string()))
}

/// The lowest id that an entry of a day can have.
fn first_of(cx: &Cx, day: Date) -> Uuid {
    match day.to_zoned(cx.tenant.zone.clone()) {
        Ok(midnight) => first_at(midnight.timestamp()),
        // A day at either end of the calendar, part of which no timestamp can name.
        Err(_) if day.year() > 0 => Uuid::max(),
        Err(_) => Uuid::nil(),
    }
}

/// The lowest id that an entry of a moment can have. UUID version 7: milliseconds since 1970 in the
/// first 48 bits.
fn first_at(at: Timestamp) -> Uuid {
    let millis = u64::try_from(at.as_millisecond());
    Uuid::from_u128(u128::from(millis.unwrap_or_default()) << 80)
}
