//! An estate on a screen on the wall.

use serde::{Deserialize, Serialize};

use super::{
    Dashboard,
    doors::Hours,
    equipment::{KindOfEquipment, Machine, States},
};

/// What a screen on the wall shows of an estate: no person, no number of one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Wall {
    /// Without the devices that were heard last.
    pub figures: Dashboard,
    /// Seconds east of UTC, at this moment.
    pub utc_offset_s: i32,
    /// The kinds without their rows.
    pub equipment: Vec<KindOfEquipment>,
    /// The worst of all kinds.
    pub troubles: Vec<Machine>,
    pub doors: WallDoors,
}

/// The doors on that screen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct WallDoors {
    pub states: States,
    pub open: u32,
    /// Names of those that are held open.
    pub held: Vec<String>,
    pub hours: Hours,
}

impl Wall {
    /// The devices that somebody should look at, doors held open among them.
    #[must_use]
    pub fn troubled(&self) -> u32 {
        let kinds = self.equipment.iter().map(|kind| kind.states.troubled);
        kinds.sum::<u32>() + self.doors.states.troubled
    }
}
