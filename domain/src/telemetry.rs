//! Readings: what a point said at a moment.

pub mod course;
pub mod doors;
pub mod energy;
pub mod equipment;
pub mod wall;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    devices::ValueType,
    id::{DeviceId, EstateId, PointId},
};

/// A value on the wire and in the store. Numbers are finite by construction of the decoder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    Bool(bool),
    Number(f64),
    Text(String),
}

impl Value {
    #[must_use]
    pub const fn value_type(&self) -> ValueType {
        match self {
            Self::Bool(_) => ValueType::Bool,
            Self::Number(_) => ValueType::Number,
            Self::Text(_) => ValueType::Text,
        }
    }

    #[must_use]
    pub const fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }
}

/// Longer texts are refused.
pub const MAX_TEXT: usize = 256;

/// How far a value may be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    Good,
    /// The device itself had no fresh value.
    Stale,
    /// The device could not be read.
    Failed,
}

impl Quality {
    pub const ALL: [Self; 3] = [Self::Good, Self::Stale, Self::Failed];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Stale => "stale",
            Self::Failed => "failed",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|quality| quality.as_str() == text)
    }
}

/// One decoded value, before anybody knows whether the device has such a point.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    pub point: String,
    /// The device's own time, or the arrival where it sent none.
    pub ts: Timestamp,
    pub value: Value,
    pub quality: Quality,
}

/// Why a reading was not stored. The wire form is `snake_case`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The payload is not JSON of a known shape.
    Malformed,
    /// The device has no point of that name.
    UnknownPoint,
    /// A text for a number, and so on.
    WrongType,
    NotFinite,
    /// A number that its point cannot have: see [`ValidRange`](crate::devices::ValidRange).
    OutOfRange,
    /// More than a day ahead of our clock.
    Future,
    /// Older than readings are kept.
    TooOld,
    /// A text over [`MAX_TEXT`].
    TooLong,
    /// A topic that is not the device's own.
    ForeignTopic,
    /// An answer to a command that the device was never sent.
    UnknownCommand,
    /// A gateway spoke for a device that is not registered under it.
    ForeignDevice,
    /// What was stored already: a message that came twice, or two values of a point for one moment.
    Duplicate,
    /// The company has stored as many readings today as its plan has room for.
    OverQuota,
    /// Nobody answers at the address of a device that is asked, or it may not be dialled.
    Unreachable,
    /// The device did not answer in time.
    TimedOut,
    /// The connection ended in the middle of a request.
    Disconnected,
    /// An answer to something else, or of another length.
    Garbled,
    /// Modbus exceptions by their meaning: the device does not read in this way …
    IllegalFunction,
    /// … has no such register …
    IllegalAddress,
    /// … or does not take so many at a time …
    IllegalValue,
    /// … is broken …
    DeviceFailure,
    /// … has no time now …
    DeviceBusy,
    /// … or the gateway before it does not reach it.
    GatewayFailure,
}

impl Refusal {
    pub const ALL: [Self; 23] = [
        Self::Malformed,
        Self::UnknownPoint,
        Self::WrongType,
        Self::NotFinite,
        Self::OutOfRange,
        Self::Future,
        Self::TooOld,
        Self::TooLong,
        Self::ForeignTopic,
        Self::UnknownCommand,
        Self::ForeignDevice,
        Self::Duplicate,
        Self::OverQuota,
        Self::Unreachable,
        Self::TimedOut,
        Self::Disconnected,
        Self::Garbled,
        Self::IllegalFunction,
        Self::IllegalAddress,
        Self::IllegalValue,
        Self::DeviceFailure,
        Self::DeviceBusy,
        Self::GatewayFailure,
    ];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::UnknownPoint => "unknown_point",
            Self::WrongType => "wrong_type",
            Self::NotFinite => "not_finite",
            Self::OutOfRange => "out_of_range",
            Self::Future => "future",
            Self::TooOld => "too_old",
            Self::TooLong => "too_long",
            Self::ForeignTopic => "foreign_topic",
            Self::UnknownCommand => "unknown_command",
            Self::ForeignDevice => "foreign_device",
            Self::Duplicate => "duplicate",
            Self::OverQuota => "over_quota",
            Self::Unreachable => "unreachable",
            Self::TimedOut => "timed_out",
            Self::Disconnected => "disconnected",
            Self::Garbled => "garbled",
            Self::IllegalFunction => "illegal_function",
            Self::IllegalAddress => "illegal_address",
            Self::IllegalValue => "illegal_value",
            Self::DeviceFailure => "device_failure",
            Self::DeviceBusy => "device_busy",
            Self::GatewayFailure => "gateway_failure",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|refusal| refusal.as_str() == text)
    }
}

/// A clock may be wrong by a zone, not by more than this.
pub const MAX_AHEAD: SignedDuration = SignedDuration::from_hours(24);
/// Readings older than this are refused: partitions reach back no further.
pub const MAX_AGE: SignedDuration = SignedDuration::from_hours(24 * 400);

/// Whether a reading's time can be kept.
///
/// # Errors
/// `future` or `too_old`.
pub fn check_time(ts: Timestamp, now: Timestamp) -> Result<(), Refusal> {
    let ahead = ts.duration_since(now);
    if ahead > MAX_AHEAD {
        Err(Refusal::Future)
    } else if ahead < -MAX_AGE {
        Err(Refusal::TooOld)
    } else {
        Ok(())
    }
}

/// Whether a point of this type takes this value.
///
/// # Errors
/// `wrong_type`, `not_finite` or `too_long`.
pub fn check_value(value: &Value, wanted: ValueType) -> Result<(), Refusal> {
    match value {
        _ if value.value_type() != wanted => Err(Refusal::WrongType),
        Value::Number(number) if !number.is_finite() => Err(Refusal::NotFinite),
        Value::Text(text) if text.chars().count() > MAX_TEXT => Err(Refusal::TooLong),
        _ => Ok(()),
    }
}

/// The newest value of a point, as `/live` sends it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Newest {
    pub point: PointId,
    pub device: DeviceId,
    pub name: String,
    #[serde(with = "crate::time")]
    pub ts: Timestamp,
    pub value: Value,
    pub quality: Quality,
}

/// A stored reading.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    #[serde(with = "crate::time")]
    pub ts: Timestamp,
    pub value: Value,
    pub quality: Quality,
}

/// How long a step of a point's history is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    #[serde(rename = "1m")]
    Minute,
    #[serde(rename = "1h")]
    Hour,
    /// A day of the company's own calendar.
    #[serde(rename = "1d")]
    Day,
}

impl Step {
    /// The words of the query: `1m`, `1h`, `1d`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "1m" => Some(Self::Minute),
            "1h" => Some(Self::Hour),
            "1d" => Some(Self::Day),
            _ => None,
        }
    }
}

/// What a point's good numbers came to in one step; a switch counts as 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Start of the step.
    #[serde(with = "crate::time")]
    pub ts: Timestamp,
    pub min: f64,
    pub max: f64,
    /// Of the readings, each counting once however far apart they are.
    pub mean: f64,
    /// The last by the device's own time.
    pub last: f64,
    /// Of a meter's register, what was counted since the reading before, over a replacement on record
    /// and by the ratio of its time. A reading at the very moment in which the step ends belongs to it,
    /// and one at its first moment to the step before, where that has a reading of its own. A step back
    /// otherwise (the register began again) counts as nothing. `None` for other points, and where there
    /// is no reading before.
    pub used: Option<f64>,
}

/// One slot of a chart: the mean of what was read in it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Slot {
    /// Start of the slot.
    #[serde(with = "crate::time")]
    pub ts: Timestamp,
    pub value: f64,
}

/// What the console's dashboard of one estate shows, in one answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dashboard {
    pub estate: EstateId,
    pub estate_name: String,
    /// When it was read.
    #[serde(with = "crate::time")]
    pub now: Timestamp,
    pub households: i64,
    pub devices: i64,
    pub online: i64,
    /// The sum of the newest power of all electricity meters that are online, in W.
    pub power_w: Option<f64>,
    /// The points that `power_w` adds up, so that a page can go on with what arrives.
    pub power_points: Vec<PointId>,
    /// Volume that went through the homes' water meters since local midnight, in m³.
    pub water_today_m3: Option<f64>,
    /// Energy used in the homes since local midnight, in kWh.
    pub energy_today_kwh: Option<f64>,
    /// Total power by half hour since local midnight, in W, and of the same day a week before.
    pub power_today: Vec<Slot>,
    pub power_week_ago: Vec<Slot>,
    /// Water since local midnight by building, in m³, in the buildings' order.
    pub water_by_building: Vec<(String, f64)>,
    /// Local midnight and the end of the local day.
    #[serde(with = "crate::time")]
    pub day_start: Timestamp,
    #[serde(with = "crate::time")]
    pub day_end: Timestamp,
    /// The devices that were heard last, newest first.
    pub recent: Vec<crate::devices::DeviceRow>,
}

/// One meter in a home, as its resident sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HomeMeter {
    pub device: DeviceId,
    pub point: PointId,
    pub kind: crate::devices::DeviceKind,
    pub unit: String,
    /// The register's newest value.
    pub value: Option<f64>,
    #[serde(default, with = "crate::time::maybe")]
    pub ts: Option<Timestamp>,
    /// Used since the first of the local month, and in the same part of the month before.
    pub used_month: Option<f64>,
    pub used_month_before: Option<f64>,
    /// Use by local day, newest last; `None` where nothing was read.
    #[serde(with = "crate::time::with_each")]
    pub days: Vec<(Timestamp, Option<f64>)>,
}

/// What one meter in a home used month by month.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HomeMonths {
    pub point: PointId,
    /// Use by local month, by its start, this one so far the last; `None` where nothing was read.
    #[serde(with = "crate::time::with_each")]
    pub months: Vec<(Timestamp, Option<f64>)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_type() {
        let values: Vec<Value> = serde_json::from_str(r#"[true, 1, 1.5, "a"]"#).unwrap();
        assert_eq!(
            values,
            [
                Value::Bool(true),
                Value::Number(1.0),
                Value::Number(1.5),
                Value::Text("a".into())
            ]
        );
        assert_eq!(
            check_value(&Value::Number(f64::NAN), ValueType::Number),
            Err(Refusal::NotFinite)
        );
        assert_eq!(
            check_value(&Value::Bool(true), ValueType::Number),
            Err(Refusal::WrongType)
        );
    }

    #[test]
    fn times_have_bounds() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let hours = SignedDuration::from_hours;
        assert_eq!(check_time(now + hours(24), now), Ok(()));
        assert_eq!(check_time(now + hours(25), now), Err(Refusal::Future));
        assert_eq!(check_time(now - hours(24 * 399), now), Ok(()));
        assert_eq!(check_time(now - hours(24 * 401), now), Err(Refusal::TooOld));
    }
}
