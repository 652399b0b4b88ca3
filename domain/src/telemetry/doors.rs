//! The doors of an estate: which stand open, when each was opened last, and who was let in from afar.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::equipment::{States, Trouble};
use crate::{
    devices::{DeviceState, acts::Act, commands::Command},
    id::{DeviceId, EstateId, PointId},
};

/// A door that stands open for so long is held open: somebody has put a brick there.
pub const HELD: SignedDuration = SignedDuration::from_secs(120);
/// How far back it is looked for when a door was opened.
pub const LOOK_BACK: SignedDuration = SignedDuration::from_hours(48);

/// How a door stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leaf {
    Closed,
    Open,
    /// Open for longer than anybody needs to pass, or the door says so itself.
    Held,
}

impl Leaf {
    /// From what the door says, and for how many seconds it has been open.
    #[must_use]
    pub const fn of(open: bool, says_held: bool, open_for_s: Option<i64>) -> Self {
        match (open, open_for_s) {
            (false, _) => Self::Closed,
            (true, Some(seconds)) if seconds >= HELD.as_secs() => Self::Held,
            (true, _) if says_held => Self::Held,
            (true, _) => Self::Open,
        }
    }
}

/// The points of a door that a page follows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoorPoints {
    pub open: Option<PointId>,
    pub held_open: Option<PointId>,
    pub opened_by: Option<PointId>,
}

/// A door as a row of the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DoorRow {
    pub id: DeviceId,
    pub name: String,
    /// Where it stands: its unit's, or the one that its place in words begins with.
    pub building: Option<String>,
    pub entrance: Option<String>,
    pub place: Option<String>,
    pub state: DeviceState,
    #[serde(default, with = "crate::time::maybe")]
    pub last_seen: Option<Timestamp>,
    pub rhythm_s: Option<u32>,
    pub trouble: Option<Trouble>,
    pub points: DoorPoints,
    /// `None` where it never said.
    pub leaf: Option<Leaf>,
    /// Since when it is open, no further than [`LOOK_BACK`].
    #[serde(default, with = "crate::time::maybe")]
    pub open_since: Option<Timestamp>,
    /// When it was opened last, no further than [`LOOK_BACK`].
    #[serde(default, with = "crate::time::maybe")]
    pub opened_at: Option<Timestamp>,
    /// What it said of that.
    pub opened_by: Option<String>,
    /// What whoever looks may tell it.
    pub acts: Vec<Act>,
    /// What it was told last.
    pub told: Option<Told>,
}

/// A command with whoever sent it, where the asker may know that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Told {
    pub command: Command,
    pub by: Option<String>,
}

/// One time that a door was opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Opening {
    pub door: DeviceId,
    pub name: String,
    #[serde(with = "crate::time")]
    pub at: Timestamp,
    /// What the door said of it.
    pub by: Option<String>,
}

/// How often doors were opened in each hour of a local day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// Today, up to the hour that runs. Empty where no door said anything today.
    pub today: Vec<u32>,
    /// The same weekday a week ago, all of it. Empty where no door said anything then.
    pub week_ago: Vec<u32>,
}

impl Hours {
    /// Today so far.
    #[must_use]
    pub fn total(&self) -> Option<u32> {
        (!self.today.is_empty()).then(|| self.today.iter().sum())
    }

    /// Of the day a week ago as many hours as today has.
    #[must_use]
    pub fn total_before(&self) -> Option<u32> {
        (!self.week_ago.is_empty()).then(|| self.week_ago.iter().take(self.today.len()).sum())
    }
}

/// The doors of an estate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Doors {
    pub estate: EstateId,
    /// When it was read.
    #[serde(with = "crate::time")]
    pub now: Timestamp,
    pub states: States,
    pub open: u32,
    pub held: u32,
    /// What somebody should look at first, the worst before all, then by building and entrance.
    pub rows: Vec<DoorRow>,
    /// Cursor of the page after these rows.
    pub next: Option<String>,
    /// The last openings of all doors, newest first.
    pub openings: Vec<Opening>,
    pub hours: Hours,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_door_is_held_after_a_while_or_by_its_own_word() {
        assert_eq!(Leaf::of(false, true, None), Leaf::Closed);
        assert_eq!(Leaf::of(true, false, None), Leaf::Open);
        assert_eq!(Leaf::of(true, false, Some(119)), Leaf::Open);
        assert_eq!(Leaf::of(true, false, Some(120)), Leaf::Held);
        assert_eq!(Leaf::of(true, true, Some(1)), Leaf::Held);
    }

    #[test]
    fn a_day_is_compared_as_far_as_it_has_come() {
        let mut hours = Hours {
            today: vec![1, 2],
            week_ago: vec![2; 24],
        };
        assert_eq!((hours.total(), hours.total_before()), (Some(3), Some(4)));
        hours.week_ago.clear();
        assert_eq!(hours.total_before(), None);
        assert_eq!(Hours::default().total(), None);
    }
}
