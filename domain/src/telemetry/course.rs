//! The course of a point as people look at it: an hour, a day, a year, or a part that they chose.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Summary;
use crate::{devices::ValueType, id::PointId};

/// How much of the past is shown, up to now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Span {
    Hour,
    #[default]
    Day,
    Week,
    /// Thirty days, the first of them whole.
    Month,
    /// The same day a year ago, and all since.
    Year,
}

impl Span {
    pub const ALL: [Self; 5] = [Self::Hour, Self::Day, Self::Week, Self::Month, Self::Year];

    /// As it stands in the address.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "1h",
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "30d",
            Self::Year => "1y",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|span| span.as_str() == text)
    }

    /// Whether a point of that type has such a course: switches are added up reading by reading,
    /// which is too much for a year.
    #[must_use]
    pub const fn fits(self, value_type: ValueType) -> bool {
        !matches!((self, value_type), (Self::Year, ValueType::Bool))
    }
}

/// Which part is asked for: `from` and `to`, else the span.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CourseForm {
    pub span: Span,
    /// On the company's own clocks: `2026-11-01` or `2026-11-01T05:00`. Blank says nothing.
    pub from: String,
    /// Up to this moment, without it.
    pub to: String,
}

/// How long the steps are that a course is told in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grain {
    Minute,
    QuarterHour,
    HalfHour,
    Hour,
    /// Of the company's own calendar.
    Day,
}

/// Nobody asks for more: a reading is kept for little over a year.
const LONGEST_DAYS: i64 = 3660;

impl Grain {
    /// The finest that a span can be told in, so that no answer is more than some thousand rows.
    /// Only numbers have half hours, and what is coarser is made of them; switches are made of their
    /// readings, for a month at most. `None` for a span that is too long.
    #[must_use]
    pub fn of(span: SignedDuration, value_type: ValueType) -> Option<Self> {
        let minutes = span.as_mins();
        let (hour, day) = (60, 24 * 60);
        match value_type {
            _ if minutes <= 6 * hour => Some(Self::Minute),
            ValueType::Number if minutes <= 8 * day => Some(Self::HalfHour),
            ValueType::Number if minutes <= 45 * day => Some(Self::Hour),
            ValueType::Bool if minutes <= 2 * day => Some(Self::QuarterHour),
            // Thirty days, the first of them whole, and an hour more in autumn.
            ValueType::Bool if minutes <= 31 * day + hour => Some(Self::Hour),
            ValueType::Number | ValueType::Text if minutes <= LONGEST_DAYS * day => Some(Self::Day),
            _ => None,
        }
    }

    /// In milliseconds; of a day the usual 24 hours.
    #[must_use]
    pub const fn millis(self) -> i64 {
        60_000
            * match self {
                Self::Minute => 1,
                Self::QuarterHour => 15,
                Self::HalfHour => 30,
                Self::Hour => 60,
                Self::Day => 24 * 60,
            }
    }
}

/// From one moment to another, on the company's own clocks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// `2026-11-01T05:00`
    pub from: String,
    pub to: String,
    /// What it is called where all of them stand in a row: `2026-11`, `11-05`, `05:00`.
    pub label: String,
}

/// What is shown of a point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Course {
    pub point: PointId,
    #[serde(with = "crate::time")]
    pub from: Timestamp,
    #[serde(with = "crate::time")]
    pub to: Timestamp,
    /// Whether it ends now.
    pub live: bool,
    pub grain: Grain,
    /// Ascending; steps without a good number are left out, and a text has none.
    pub steps: Vec<Summary>,
    pub shown: Part,
    /// As long, before and after it; nothing is after now.
    pub before: Part,
    pub after: Option<Part>,
    /// The months, days or hours that it consists of, to look at one of them.
    pub parts: Vec<Part>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grain_that_fits() {
        use Grain::{Day, HalfHour, Hour, Minute, QuarterHour};
        let of = |hours, value_type| Grain::of(SignedDuration::from_hours(hours), value_type);
        let number = |hours| of(hours, ValueType::Number);
        assert_eq!(
            [1, 24, 168].map(number),
            [Minute, HalfHour, HalfHour].map(Some)
        );
        assert_eq!([31 * 24, 366 * 24].map(number), [Hour, Day].map(Some));
        assert_eq!(number(11 * 366 * 24), None);
        let switch = |hours| of(hours, ValueType::Bool);
        assert_eq!(
            [6, 24, 31 * 24].map(switch),
            [Minute, QuarterHour, Hour].map(Some)
        );
        assert_eq!(switch(40 * 24), None);
        assert!(!Span::Year.fits(ValueType::Bool) && Span::Year.fits(ValueType::Number));
        for span in Span::ALL {
            assert_eq!(Span::parse(span.as_str()), Some(span));
        }
    }
}
