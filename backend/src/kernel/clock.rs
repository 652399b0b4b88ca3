//! The one place that asks the machine for the time.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date, tz::TimeZone};

/// A clock: the machine's, or one that tests set.
#[derive(Debug, Clone, Default)]
pub struct Clock(Option<Arc<AtomicI64>>);

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock that stands still at `at` until [`Clock::set`] moves it. Clones share the hands.
    #[must_use]
    pub fn fixed(at: Timestamp) -> Self {
        Self(Some(Arc::new(AtomicI64::new(at.as_microsecond()))))
    }

    /// Moves a fixed clock; the machine's own is left alone.
    pub fn set(&self, at: Timestamp) {
        if let Some(hands) = &self.0 {
            hands.store(at.as_microsecond(), Ordering::SeqCst);
        }
    }

    /// Now, to the microsecond, which is what Postgres keeps.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the clock")]
        let micros = match &self.0 {
            Some(hands) => hands.load(Ordering::SeqCst),
            None => Timestamp::now().as_microsecond(),
        };
        Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// A zone by its IANA name, where the machine knows it.
#[must_use]
pub fn known_zone(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok()
}

/// A tenant's zone by its IANA name; UTC where the machine does not know it.
#[must_use]
pub fn zone(name: &str) -> TimeZone {
    known_zone(name).unwrap_or_else(|| {
        tracing::warn!(zone = name, "unknown time zone, using UTC");
        TimeZone::UTC
    })
}

/// Local midnight before `now`, and the one after it, in `zone`.
#[must_use]
pub fn day_around(now: Timestamp, zone: &TimeZone) -> (Timestamp, Timestamp) {
    let start = now
        .to_zoned(zone.clone())
        .start_of_day()
        .unwrap_or_else(|_| now.to_zoned(zone.clone()));
    let end = start.checked_add(1.day()).unwrap_or_else(|_| start.clone());
    (start.timestamp(), end.timestamp())
}

/// The midnight in `zone` that ends a day; `None` at the end of the calendar.
#[must_use]
pub fn end_of(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    let next = day.tomorrow().ok()?.to_zoned(zone.clone()).ok()?;
    Some(next.timestamp())
}

/// The day in `zone` that such a midnight ends.
#[must_use]
pub fn last_day(end: Timestamp, zone: &TimeZone) -> Date {
    let moment = end
        .checked_sub(SignedDuration::from_micros(1))
        .unwrap_or(end);
    moment.to_zoned(zone.clone()).date()
}
