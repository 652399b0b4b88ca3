//! An estate on a screen on the wall.

use serde::{Deserialize, Serialize};

use super::{
    Dashboard, Newest, Value,
    doors::Hours,
    equipment::{KindOfEquipment, Machine, States, Trouble},
};
use crate::id::DeviceId;

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
    /// Those that are held open, by the clock or by their own word.
    pub held: Vec<HeldDoor>,
    /// Those whose newest word is that they are held open, which some say when they are shut again.
    pub say_held: Vec<DeviceId>,
    pub hours: Hours,
}

/// A door that is held open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldDoor {
    pub id: DeviceId,
    pub name: String,
}

impl Wall {
    /// The devices that somebody should look at, doors held open among them.
    #[must_use]
    pub fn troubled(&self) -> u32 {
        let kinds = self.equipment.iter().map(|kind| kind.states.troubled);
        kinds.sum::<u32>() + self.doors.states.troubled
    }

    /// Whether a value that has just come changes more than its own number.
    #[must_use]
    pub fn changed_by(&self, value: &Newest) -> bool {
        let on = value.value == Value::Bool(true);
        let doors = &self.doors;
        match value.name.as_str() {
            "held_open" => on != doors.say_held.contains(&value.device),
            // Somebody has taken the brick away.
            "open" => !on && doors.held.iter().any(|door| door.id == value.device),
            point => {
                let row = self.troubles.iter().find(|row| row.id == value.device);
                Trouble::changed_by(row.and_then(|row| row.trouble), point, on)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{
        devices::{DeviceKind, DeviceState},
        id::EstateId,
        telemetry::Quality,
    };

    const ALARM: &str = "dev_01JA0000000000000000000001";
    const DOOR: &str = "dev_01JA0000000000000000000002";

    fn wall(trouble: Option<Trouble>, doors: WallDoors) -> Wall {
        let estate: EstateId = "est_01JA0000000000000000000001".parse().unwrap();
        let now = Timestamp::UNIX_EPOCH;
        let troubles = trouble.map(|trouble| Machine {
            id: ALARM.parse().unwrap(),
            name: "烟感".to_owned(),
            kind: DeviceKind::SmokeAlarm,
            building: None,
            place: None,
            state: DeviceState::Stale,
            last_seen: None,
            rhythm_s: None,
            trouble: Some(trouble),
            points: Vec::new(),
            trace: Vec::new(),
        });
        Wall {
            figures: Dashboard {
                estate,
                estate_name: String::new(),
                now,
                households: 0,
                devices: 0,
                online: 0,
                power_w: None,
                power_points: Vec::new(),
                water_today_m3: None,
                energy_today_kwh: None,
                power_today: Vec::new(),
                power_week_ago: Vec::new(),
                water_by_building: Vec::new(),
                day_start: now,
                day_end: now,
                recent: Vec::new(),
            },
            utc_offset_s: 0,
            equipment: Vec::new(),
            troubles: troubles.into_iter().collect(),
            doors,
        }
    }

    fn says(device: &str, point: &str, on: bool) -> Newest {
        Newest {
            point: "pt_01JA0000000000000000000001".parse().unwrap(),
            device: device.parse().unwrap(),
            name: point.to_owned(),
            ts: Timestamp::UNIX_EPOCH,
            value: Value::Bool(on),
            quality: Quality::Good,
        }
    }

    #[test]
    fn an_alarm_that_is_listed_as_stale_may_ring_and_be_taken_back() {
        let stale = wall(Some(Trouble::Stale), WallDoors::default());
        assert!(stale.changed_by(&says(ALARM, "alarm", true)));
        assert!(!stale.changed_by(&says(ALARM, "alarm", false)));
        let rings = wall(Some(Trouble::Alarm), WallDoors::default());
        assert!(!rings.changed_by(&says(ALARM, "alarm", true)));
        assert!(rings.changed_by(&says(ALARM, "alarm", false)));
    }

    #[test]
    fn a_held_door_is_news_once() {
        let shut = wall(None, WallDoors::default());
        assert!(shut.changed_by(&says(DOOR, "held_open", true)));
        assert!(!shut.changed_by(&says(DOOR, "held_open", false)));
        assert!(!shut.changed_by(&says(DOOR, "open", false)));
        let door: DeviceId = DOOR.parse().unwrap();
        let held = HeldDoor {
            id: door,
            name: "后门".to_owned(),
        };
        // Held by the clock alone, the door says with each reading that it is not.
        let by_the_clock = WallDoors {
            held: vec![held],
            ..WallDoors::default()
        };
        let by_its_word = WallDoors {
            say_held: vec![door],
            ..by_the_clock.clone()
        };
        let known = wall(None, by_the_clock);
        assert!(!known.changed_by(&says(DOOR, "held_open", false)));
        assert!(!known.changed_by(&says(DOOR, "open", true)));
        assert!(known.changed_by(&says(DOOR, "open", false)));
        let known = wall(None, by_its_word);
        assert!(!known.changed_by(&says(DOOR, "held_open", true)));
        assert!(known.changed_by(&says(DOOR, "held_open", false)));
    }
}
