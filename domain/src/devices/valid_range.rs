//! Which values of a point can be true.

use serde::{Deserialize, Serialize};

use super::ValueType;
use crate::problem::Flaw;

/// From where to where a number can be; either end may be open. A reading outside of it is no reading
/// (a wrong register, a broken sensor, a flipped bit) and is refused, or it would be billed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct ValidRange {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
}

impl ValidRange {
    /// Whether it says nothing.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.min.is_none() && self.max.is_none()
    }

    #[must_use]
    pub fn holds(&self, number: f64) -> bool {
        self.min.is_none_or(|min| number >= min) && self.max.is_none_or(|max| number <= max)
    }

    /// # Errors
    /// Which end is wrong: `malformed` where the point is no number, `out_of_range` where it is not
    /// finite, or `max` below `min`.
    pub fn check(&self, value_type: ValueType) -> Result<(), (&'static str, Flaw)> {
        let ends = [("min", self.min), ("max", self.max)];
        for (end, at) in ends {
            match at {
                Some(_) if value_type != ValueType::Number => return Err((end, Flaw::Malformed)),
                Some(at) if !at.is_finite() => return Err((end, Flaw::OutOfRange)),
                _ => {}
            }
        }
        match (self.min, self.max) {
            (Some(min), Some(max)) if max < min => Err(("max", Flaw::OutOfRange)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn range(min: Option<f64>, max: Option<f64>) -> ValidRange {
        ValidRange { min, max }
    }

    #[test]
    fn either_end_may_be_open_and_both_belong_to_it() {
        assert!(range(None, None).holds(f64::MAX));
        let volts = range(Some(0.0), Some(300.0));
        assert!(volts.holds(0.0) && volts.holds(300.0) && !volts.holds(300.5));
        assert!(range(None, Some(1.0)).holds(-1e9));
        assert!(!volts.holds(f64::NAN));
    }

    #[test]
    fn which_end_is_wrong_is_named() {
        let number = |range: ValidRange| range.check(ValueType::Number);
        assert_eq!(number(range(Some(1.0), Some(1.0))), Ok(()));
        let wrong = number(range(Some(2.0), Some(1.0)));
        assert_eq!(wrong, Err(("max", Flaw::OutOfRange)));
        let wrong = number(range(Some(f64::INFINITY), None));
        assert_eq!(wrong, Err(("min", Flaw::OutOfRange)));
        let wrong = range(None, Some(1.0)).check(ValueType::Bool);
        assert_eq!(wrong, Err(("max", Flaw::Malformed)));
    }
}
