//! Instruments: what hangs at a meter's place of measuring, and counting on when it is replaced.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::DeviceKind;
use crate::{
    id::InstrumentId,
    problem::{Check, Flaw, Problem, text},
};

/// No register is as large as this.
const LARGEST: f64 = 1e12;
/// What transformers are made for, current and voltage together.
const RATIOS: std::ops::RangeInclusive<f64> = 0.0001..=1_000_000.0;
/// Nothing that still counts was hung up before.
const FIRST_YEAR: i16 = 2000;

impl DeviceKind {
    /// The point that counts up on a meter: its register.
    #[must_use]
    pub const fn register(self) -> Option<&'static str> {
        match self {
            Self::ElectricityMeter => Some("energy_kwh"),
            Self::WaterMeter | Self::GasMeter => Some("volume_m3"),
            _ => None,
        }
    }
}

/// A replacement as it was typed in. Where nothing was on record before, it may as well be the
/// instrument that hangs there already: with what its register shows as last and as first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReplacementForm {
    /// When the new one began to count: a moment (`2026-11-28T06:30:00Z`), or a time on the company's
    /// own clocks (`2026-11-28T14:30`). Now where it is blank.
    pub at: String,
    /// The maker's number.
    pub serial: String,
    /// `2026-11-28`.
    pub verified_on: String,
    pub valid_until: String,
    /// 1 where it is blank.
    pub ratio: String,
    /// What the old one stood at. Blank only where nothing was read before.
    pub last_register: String,
    /// What the new one began with.
    pub first_register: String,
}

/// A checked [`ReplacementForm`].
#[derive(Debug, Clone, PartialEq)]
pub struct Replacement {
    pub at: Timestamp,
    pub serial: String,
    pub verified_on: Option<Date>,
    pub valid_until: Option<Date>,
    pub ratio: f64,
    pub last_register: Option<f64>,
    pub first_register: f64,
}

impl Replacement {
    /// Reads a form that was sent at `now` from where clocks show `zone`.
    ///
    /// # Errors
    /// `invalid` with every flawed field; a time that is not over yet, a negative register, a ratio
    /// outside 0.0001 to 1,000,000 and an end of validity before its beginning are `out_of_range`.
    pub fn read(form: &ReplacementForm, now: Timestamp, zone: &TimeZone) -> Result<Self, Problem> {
        let mut check = Check::default();
        let at = match form.at.trim() {
            "" => Ok(now),
            typed => moment(typed, zone),
        };
        let at = check.take(
            "at",
            at.and_then(|at| {
                let year = at.to_zoned(TimeZone::UTC).year();
                // Stored to the microsecond, as readings are.
                let at = Timestamp::from_microsecond(at.as_microsecond());
                let fits = at.is_ok() && year >= FIRST_YEAR;
                at.ok()
                    .filter(|at| fits && *at <= now)
                    .ok_or(Flaw::OutOfRange)
            }),
        );
        let serial = check.take("serial", text(&form.serial, 1, 40));
        let verified_on = check.take("verified_on", optional(&form.verified_on, day));
        let valid_until = check.take("valid_until", optional(&form.valid_until, day));
        let ratio = optional(&form.ratio, |typed| figure(typed, 4));
        let ratio = check.take(
            "ratio",
            ratio.and_then(|ratio| {
                let ratio = ratio.unwrap_or(1.0);
                RATIOS
                    .contains(&ratio)
                    .then_some(ratio)
                    .ok_or(Flaw::OutOfRange)
            }),
        );
        let last_register = optional(&form.last_register, register);
        let last_register = check.take("last_register", last_register);
        let first_register = optional(&form.first_register, register);
        let first_register = check.take(
            "first_register",
            first_register.and_then(|given| given.ok_or(Flaw::Required)),
        );
        if let (Some(Some(from)), Some(Some(until))) = (verified_on, valid_until)
            && until < from
        {
            check.take::<()>("valid_until", Err(Flaw::OutOfRange));
        }
        let whole = (|| {
            Some(Self {
                at: at?,
                serial: serial?,
                verified_on: verified_on?,
                valid_until: valid_until?,
                ratio: ratio?,
                last_register: last_register?,
                first_register: first_register?,
            })
        })();
        check.done(whole)
    }

    /// How the new instrument counts on after the one before.
    #[must_use]
    pub fn counts(&self, before: Counting) -> Counting {
        let so_far = self.last_register.map_or(0.0, |last| before.at(last));
        Counting {
            carried: so_far - self.ratio * self.first_register,
            ratio: self.ratio,
        }
    }
}

/// What a register stands for while an instrument hangs: `carried + ratio * register`. Of two
/// readings, the later count less the earlier one is what was used in between, whichever instrument
/// each is of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Counting {
    pub carried: f64,
    pub ratio: f64,
}

impl Counting {
    /// Where no instrument was ever on record.
    pub const PLAIN: Self = Self {
        carried: 0.0,
        ratio: 1.0,
    };

    #[must_use]
    pub fn at(self, register: f64) -> f64 {
        self.ratio.mul_add(register, self.carried)
    }
}

/// Where a register begins again: after the greatest number that it can show comes nought.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RegisterEnd(f64);

impl RegisterEnd {
    /// Of a register whose valid numbers reach up to `most`: one that shows all nines then (`999999.99`)
    /// ends at the round number above. None for what is no counter's range.
    #[must_use]
    pub fn after(most: f64) -> Option<Self> {
        if !(1.0..=LARGEST).contains(&most) {
            return None;
        }
        let round = 10_f64.powf(most.log10().ceil());
        Some(Self(if most > 0.99 * round { round } else { most }))
    }

    #[must_use]
    pub const fn at(self) -> f64 {
        self.0
    }

    /// Whether a register is so near its beginning that it may have passed its end just before.
    #[must_use]
    pub fn is_near_the_beginning(self, register: f64) -> bool {
        register < 0.1 * self.0
    }

    /// Whether it passed its end between two readings: it was in its last tenth and is in its first.
    /// Whatever else went back was set back, or replaced.
    #[must_use]
    pub fn passed(self, before: f64, register: f64) -> bool {
        before > 0.9 * self.0 && self.is_near_the_beginning(register)
    }
}

fn optional<T>(typed: &str, read: impl FnOnce(&str) -> Result<T, Flaw>) -> Result<Option<T>, Flaw> {
    match typed.trim() {
        "" => Ok(None),
        typed => read(typed).map(Some),
    }
}

/// A moment, or a time on the clocks of `zone`; one that they showed twice is the first.
fn moment(typed: &str, zone: &TimeZone) -> Result<Timestamp, Flaw> {
    if let Ok(moment) = typed.parse::<Timestamp>() {
        return Ok(moment);
    }
    // What names an offset and is no moment would be read as the local time beside it.
    let local: jiff::civil::DateTime = typed.parse().map_err(|_| Flaw::Malformed)?;
    let zoned = zone.to_ambiguous_zoned(local).compatible();
    Ok(zoned.map_err(|_| Flaw::OutOfRange)?.timestamp())
}

fn day(typed: &str) -> Result<Date, Flaw> {
    let day: Date = typed.parse().map_err(|_| Flaw::Malformed)?;
    if (1950..=2200).contains(&day.year()) {
        Ok(day)
    } else {
        Err(Flaw::OutOfRange)
    }
}

/// A number as people write it, with at most so many decimals; never rounded.
fn figure(typed: &str, decimals: usize) -> Result<f64, Flaw> {
    let (negative, digits) = match typed.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, typed),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let part = part.trim_end_matches('0');
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !plain(whole) || !plain(part) || part.len() > decimals {
        return Err(Flaw::Malformed);
    }
    let number: f64 = digits.parse().map_err(|_| Flaw::Malformed)?;
    if negative && number > 0.0 {
        return Err(Flaw::OutOfRange);
    }
    Ok(number)
}

fn register(typed: &str) -> Result<f64, Flaw> {
    let number = figure(typed, 6)?;
    if number <= LARGEST {
        Ok(number)
    } else {
        Err(Flaw::OutOfRange)
    }
}

/// An instrument on record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Instrument {
    pub id: InstrumentId,
    pub serial: String,
    /// Calendar days where the company is.
    #[serde(default, with = "crate::time::maybe")]
    pub verified_on: Option<Date>,
    #[serde(default, with = "crate::time::maybe")]
    pub valid_until: Option<Date>,
    pub ratio: f64,
    /// Since when it counts.
    #[serde(with = "crate::time")]
    pub since: Timestamp,
    /// What the one before it stood at then.
    pub last_register: Option<f64>,
    /// What it stood at itself then.
    pub first_register: f64,
    /// Who put it on record, as the company has them now; `None` for a program.
    pub by: Option<String>,
    /// It is the one from before, whose register passed its end.
    #[serde(default)]
    pub turned: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn registers_end() {
        let end = |most: f64| RegisterEnd::after(most).map(RegisterEnd::at);
        assert_eq!(end(999_999.99), Some(1_000_000.0));
        assert_eq!(end(99_999.0), Some(100_000.0));
        assert_eq!(end(1_000_000.0), Some(1_000_000.0));
        assert_eq!(end(42_949_672.95), Some(42_949_672.95), "32 bits");
        for none in [0.0, -1.0, 0.5, f64::NAN, f64::INFINITY, 1e300] {
            assert_eq!(end(none), None, "{none}");
        }
        let end = RegisterEnd::after(99_999.9).unwrap();
        assert!(end.passed(99_998.0, 0.3) && end.passed(90_001.0, 9_999.0));
        for (before, register) in [
            (50_000.0, 0.3),
            (99_998.0, 50_000.0),
            (1.0, 0.5),
            (3.0, 99_999.0),
        ] {
            assert!(!end.passed(before, register), "{before} {register}");
        }
    }

    fn now() -> Timestamp {
        "2026-11-28T06:30:00Z".parse().unwrap()
    }

    fn form() -> ReplacementForm {
        ReplacementForm {
            serial: "20261128-7".to_owned(),
            first_register: "0".to_owned(),
            ..ReplacementForm::default()
        }
    }

    fn read(form: &ReplacementForm) -> Result<Replacement, Problem> {
        Replacement::read(form, now(), &TimeZone::get("Asia/Shanghai").unwrap())
    }

    #[test]
    fn what_is_blank_has_a_meaning() {
        let read = read(&form()).unwrap();
        assert_eq!((read.at, read.ratio), (now(), 1.0));
        assert_eq!((read.last_register, read.verified_on), (None, None));
    }

    #[test]
    fn times_are_of_the_companys_clocks() {
        for (typed, wanted) in [
            ("2026-11-28T14:30", "2026-11-28T06:30:00Z"),
            ("2026-11-28T14:29:59.5", "2026-11-28T06:29:59.5Z"),
            ("2026-11-28T05:00:00Z", "2026-11-28T05:00:00Z"),
            ("2026-11-28T14:00:00+08:00", "2026-11-28T06:00:00Z"),
        ] {
            let at = typed.to_owned();
            let read = read(&ReplacementForm { at, ..form() }).unwrap();
            assert_eq!(read.at.to_string(), wanted);
        }
        for (typed, flaw) in [
            ("yesterday", Flaw::Malformed),
            ("2026-11-28T14:31", Flaw::OutOfRange),
            ("1999-11-28T14:31", Flaw::OutOfRange),
        ] {
            let at = typed.to_owned();
            let problem = read(&ReplacementForm { at, ..form() }).unwrap_err();
            assert_eq!(problem.fields["at"], flaw, "{typed}");
        }
    }

    #[test]
    fn all_flaws_at_once() {
        let bad = ReplacementForm {
            at: "then".to_owned(),
            serial: " ".to_owned(),
            verified_on: "2026-13-01".to_owned(),
            valid_until: "0026-01-01".to_owned(),
            ratio: "0".to_owned(),
            last_register: "-1".to_owned(),
            first_register: String::new(),
        };
        let problem = read(&bad).unwrap_err();
        assert_eq!(problem.fields.len(), 7, "{problem}");
        assert_eq!(problem.fields["last_register"], Flaw::OutOfRange);
        assert_eq!(problem.fields["first_register"], Flaw::Required);
        for (ratio, flaw) in [
            ("0.00001", Flaw::Malformed),
            ("1000001", Flaw::OutOfRange),
            ("-5", Flaw::OutOfRange),
            ("150/5", Flaw::Malformed),
            ("1e3", Flaw::Malformed),
            ("NaN", Flaw::Malformed),
        ] {
            let ratio = ratio.to_owned();
            let problem = read(&ReplacementForm { ratio, ..form() }).unwrap_err();
            assert_eq!(problem.fields["ratio"], flaw);
        }
        let ends = ReplacementForm {
            verified_on: "2026-06-01".to_owned(),
            valid_until: "2026-05-31".to_owned(),
            ..form()
        };
        assert_eq!(
            read(&ends).unwrap_err().fields["valid_until"],
            Flaw::OutOfRange
        );
    }

    proptest! {
        /// However often a meter is replaced, by whatever and at whatever register, the counts
        /// differ by what really went through.
        #[test]
        fn the_count_goes_on(
            hung in prop::collection::vec((0.0..1e5_f64, 0.01..200.0_f64, prop::collection::vec(0.0..50.0_f64, 0..5)), 1..6),
        ) {
            let (mut counting, mut last): (Counting, Option<f64>) = (Counting::PLAIN, None);
            let (mut real, mut start): (f64, Option<f64>) = (0.0, None);
            for (first, ratio, amounts) in hung {
                let new = Replacement {
                    at: now(),
                    serial: "1".to_owned(),
                    verified_on: None,
                    valid_until: None,
                    ratio,
                    last_register: last,
                    first_register: first,
                };
                counting = new.counts(counting);
                let mut register = first;
                for amount in amounts {
                    register += amount;
                    real += amount * ratio;
                    let counted = counting.at(register);
                    let start = *start.get_or_insert(counted - real);
                    prop_assert!((counted - start - real).abs() < 1e-4);
                }
                last = Some(register);
            }
        }
    }
}
