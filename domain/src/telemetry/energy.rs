//! What an estate's meters used: today beside the days before, and what is lost between a main
//! meter (总表) and those below it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    devices::DeviceKind,
    id::{BuildingId, DeviceId},
};

/// What was used from midnight on, in the register's own unit (kWh, m³). `None` where no meter told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// Until now.
    pub today: Option<f64>,
    /// Until the same half hour of yesterday.
    pub yesterday: Option<f64>,
    /// Until the same half hour of the same day a week ago.
    pub week_ago: Option<f64>,
}

/// One building's part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BuildingUse {
    /// `None` for the estate's own meters.
    pub building: Option<(BuildingId, String)>,
    pub used: Compared,
}

/// A main meter over a span, and what those below it counted of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Balance {
    pub used: Option<f64>,
    /// The sum of those below. `None` unless each of them told: a missing one would look like a loss.
    pub below: Option<f64>,
}

impl Balance {
    /// What the main meter counted and none below it did; negative where they counted more.
    #[must_use]
    pub fn lost(self) -> Option<f64> {
        Some(self.used? - self.below?)
    }

    /// The same as a part of what the main meter counted; `None` too where that is nothing.
    #[must_use]
    pub fn share(self) -> Option<f64> {
        let used = self.used.filter(|used| *used > 0.0)?;
        Some(self.lost()? / used)
    }
}

/// A main meter with its losses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MainMeter {
    pub device: DeviceId,
    pub name: String,
    /// How many hang below it.
    pub below: usize,
    pub yesterday: Balance,
    /// The seven days that ended with the last midnight.
    pub week: Balance,
}

/// What one kind of meter counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KindUse {
    pub kind: DeviceKind,
    pub unit: String,
    pub whole: Compared,
    /// In the buildings' order, the estate's own meters last.
    pub buildings: Vec<BuildingUse>,
    /// Local days by their start, oldest first, today so far the last.
    #[serde(with = "crate::time::with_each")]
    pub days: Vec<(Timestamp, Option<f64>)>,
    pub mains: Vec<MainMeter>,
    /// How many meters count.
    pub meters: usize,
    /// How many of them could not be told of today: silent for longer, or their register went back.
    pub untold: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_is_known_only_where_everything_was_read() {
        let balance = |used, below| Balance { used, below };
        let lost = balance(Some(100.0), Some(92.0));
        assert_eq!(lost.lost(), Some(8.0));
        assert!(
            lost.share()
                .is_some_and(|share| (share - 0.08).abs() < 1e-9)
        );
        assert_eq!(balance(Some(100.0), None).lost(), None);
        assert_eq!(balance(None, Some(92.0)).share(), None);
        assert_eq!(balance(Some(0.0), Some(0.0)).share(), None);
        assert_eq!(balance(Some(90.0), Some(92.0)).lost(), Some(-2.0));
    }
}
