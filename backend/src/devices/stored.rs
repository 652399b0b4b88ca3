//! How values, qualities and states are written in the database.

use domain::{
    devices::{DeviceState, ValueType},
    telemetry::{Quality, Value},
};

/// A stored value by its point's type. `None` where nothing is stored.
pub(crate) fn value(
    value_type: Option<&str>,
    num: Option<f64>,
    txt: Option<String>,
) -> Option<Value> {
    match ValueType::parse(value_type?)? {
        ValueType::Number => num.map(Value::Number),
        ValueType::Bool => num.map(|num| Value::Bool(num != 0.0)),
        ValueType::Text => txt.map(Value::Text),
    }
}

/// A stored quality.
pub(crate) const fn quality(stored: i16) -> Quality {
    match stored {
        0 => Quality::Good,
        1 => Quality::Stale,
        _ => Quality::Failed,
    }
}

/// The words of `linli.device_state`.
pub(crate) fn state_of(word: &str) -> DeviceState {
    DeviceState::parse(word).unwrap_or(DeviceState::Offline)
}

/// A rhythm in whole seconds.
pub(crate) fn rhythm(stored: Option<i32>) -> Option<u32> {
    stored.and_then(|seconds| u32::try_from(seconds).ok())
}
