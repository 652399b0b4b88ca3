//! Equipment of an estate: lifts, pumps, smoke alarms, chargers and sensors, each with what it says
//! and whether somebody should look at it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Newest, Quality, Value};
use crate::{
    devices::{DeviceKind, DeviceState},
    id::{DeviceId, EstateId, PointId},
};

/// The kinds that are equipment, in the order in which a page has them: what endangers people first.
pub const KINDS: [DeviceKind; 5] = [
    DeviceKind::SmokeAlarm,
    DeviceKind::Lift,
    DeviceKind::Pump,
    DeviceKind::Charger,
    DeviceKind::Sensor,
];

/// How many points of one device are shown.
pub const MOST_POINTS: usize = 4;

/// Why somebody should look at a device, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// It says that there is danger.
    Alarm,
    /// It says that it does not work.
    Fault,
    Offline,
    /// A point of it cannot be read.
    Unread,
    Stale,
}

impl Trouble {
    pub const ALL: [Self; 5] = [
        Self::Alarm,
        Self::Fault,
        Self::Offline,
        Self::Unread,
        Self::Stale,
    ];

    /// From what is known of a device. An alarm stands until the device takes it back, heard of or not.
    #[must_use]
    pub const fn of(state: DeviceState, said: Said) -> Option<Self> {
        match (said, state) {
            (Said { alarm: true, .. }, _) => Some(Self::Alarm),
            (Said { fault: true, .. }, _) => Some(Self::Fault),
            (_, DeviceState::Offline) => Some(Self::Offline),
            (Said { unread: true, .. }, _) => Some(Self::Unread),
            (_, DeviceState::Stale) => Some(Self::Stale),
            _ => None,
        }
    }

    /// Whether a word of a device, its point `point` being on or not, changes what is known of it: a
    /// sensor that is known to be stale may ring now, and one that rings may take it back. Most words
    /// change nothing, and a page that reads itself again at each of them would do so all day.
    #[must_use]
    pub fn changed_by(known: Option<Self>, point: &str, on: bool) -> bool {
        let says = match point {
            "alarm" => Self::Alarm,
            "fault" => Self::Fault,
            _ => return false,
        };
        match known {
            // The worst is told, and this is not it.
            Some(known) if known < says => false,
            known => on != (known == Some(says)),
        }
    }
}

/// What a device says of itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Its point `alarm` is on.
    pub alarm: bool,
    /// Its point `fault` is on.
    pub fault: bool,
    /// The newest try to read some point of it failed.
    pub unread: bool,
}

impl Said {
    /// With one more of its points.
    #[must_use]
    pub fn and(self, point: &str, value: Option<&Value>, quality: Option<Quality>) -> Self {
        let on = matches!(value, Some(Value::Bool(true)));
        Self {
            alarm: self.alarm || (on && point == "alarm"),
            fault: self.fault || (on && point == "fault"),
            unread: self.unread || quality == Some(Quality::Failed),
        }
    }
}

/// The points of a kind that matter at a glance, in their order. None for a sensor, which shows its
/// first ones.
#[must_use]
pub const fn glance(kind: DeviceKind) -> &'static [&'static str] {
    match kind {
        DeviceKind::SmokeAlarm => &["alarm", "smoke_db_m", "temperature", "fault"],
        DeviceKind::Lift => &["floor", "moving", "door_open", "fault"],
        DeviceKind::Pump => &[
            "running",
            "pressure_mpa",
            "pressure",
            "current_a",
            "current",
            "fault",
            "vibration_mm_s",
        ],
        DeviceKind::Charger => &["charging", "power_w", "energy_kwh", "fault"],
        DeviceKind::Door => &["open", "held_open", "opened_by"],
        DeviceKind::Sensor
        | DeviceKind::ElectricityMeter
        | DeviceKind::WaterMeter
        | DeviceKind::GasMeter => &[],
    }
}

/// How many devices are in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct States {
    pub online: u32,
    pub late: u32,
    pub stale: u32,
    pub offline: u32,
    /// Not heard yet.
    pub waiting: u32,
    /// Those that somebody should look at, whatever their state.
    pub troubled: u32,
}

impl States {
    /// Counts one more.
    pub fn count(&mut self, state: DeviceState, trouble: Option<Trouble>) {
        let of_state = match state {
            DeviceState::Online => &mut self.online,
            DeviceState::Late => &mut self.late,
            DeviceState::Stale => &mut self.stale,
            DeviceState::Offline => &mut self.offline,
            DeviceState::Waiting => &mut self.waiting,
        };
        *of_state += 1;
        self.troubled += u32::from(trouble.is_some());
    }

    #[must_use]
    pub const fn all(self) -> u32 {
        self.online + self.late + self.stale + self.offline + self.waiting
    }

    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            online: self.online + other.online,
            late: self.late + other.late,
            stale: self.stale + other.stale,
            offline: self.offline + other.offline,
            waiting: self.waiting + other.waiting,
            troubled: self.troubled + other.troubled,
        }
    }
}

/// A point as it stands in a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MachinePoint {
    pub id: PointId,
    pub name: String,
    pub unit: String,
    pub value: Option<Value>,
    pub quality: Option<Quality>,
}

/// One device as a row of the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    pub id: DeviceId,
    pub name: String,
    pub kind: DeviceKind,
    /// Where it stands: its unit's, or the one that its place in words begins with.
    pub building: Option<String>,
    /// The unit's address or the place in words.
    pub place: Option<String>,
    pub state: DeviceState,
    #[serde(default, with = "crate::time::maybe")]
    pub last_seen: Option<Timestamp>,
    pub rhythm_s: Option<u32>,
    pub trouble: Option<Trouble>,
    /// At most [`MOST_POINTS`].
    pub points: Vec<MachinePoint>,
    /// The means of the last 24 hours in half hours, oldest first, of the first of `points` that is a
    /// number. Empty where nothing was measured.
    pub trace: Vec<Option<f64>>,
}

/// One kind of equipment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KindOfEquipment {
    pub kind: DeviceKind,
    pub states: States,
    /// What somebody should look at first, then by address.
    pub rows: Vec<Machine>,
    /// Cursor of the page after these rows.
    pub next: Option<String>,
}

/// All equipment of an estate, kind by kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Equipment {
    pub estate: EstateId,
    /// When it was read.
    #[serde(with = "crate::time")]
    pub now: Timestamp,
    /// Those that there are any of.
    pub kinds: Vec<KindOfEquipment>,
}

impl Equipment {
    /// Of all kinds together.
    #[must_use]
    pub fn states(&self) -> States {
        let states = self.kinds.iter().map(|kind| kind.states);
        states.fold(States::default(), States::and)
    }

    /// Whether a value that has just come changes more than its own number. What is on another page, or
    /// among those that are not shown, is taken to be well.
    #[must_use]
    pub fn changed_by(&self, value: &Newest) -> bool {
        let mut rows = self.kinds.iter().flat_map(|kind| &kind.rows);
        let row = rows.find(|row| row.id == value.device);
        let known = row.and_then(|row| row.trouble);
        Trouble::changed_by(known, &value.name, value.value == Value::Bool(true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_told_by_the_worst() {
        let said = |alarm, fault, unread| Said {
            alarm,
            fault,
            unread,
        };
        let of = Trouble::of;
        assert_eq!(of(DeviceState::Online, said(false, false, false)), None);
        assert_eq!(of(DeviceState::Late, said(false, false, false)), None);
        assert_eq!(of(DeviceState::Waiting, said(false, false, false)), None);
        // One that burned out while it rang still rings.
        assert_eq!(
            of(DeviceState::Offline, said(true, true, true)),
            Some(Trouble::Alarm)
        );
        assert_eq!(
            of(DeviceState::Online, said(false, true, true)),
            Some(Trouble::Fault)
        );
        assert_eq!(
            of(DeviceState::Offline, said(false, false, true)),
            Some(Trouble::Offline)
        );
        assert_eq!(
            of(DeviceState::Stale, said(false, false, true)),
            Some(Trouble::Unread)
        );
        assert_eq!(
            of(DeviceState::Stale, Said::default()),
            Some(Trouble::Stale)
        );
        assert!(Trouble::ALL.is_sorted());
    }

    #[test]
    fn a_word_matters_where_it_changes_the_worst() {
        let changed = |known, point| [true, false].map(|on| Trouble::changed_by(known, point, on));
        for well in [
            None,
            Some(Trouble::Offline),
            Some(Trouble::Unread),
            Some(Trouble::Stale),
        ] {
            // Listed for something else, it rings all the same.
            assert_eq!(changed(well, "alarm"), [true, false], "{well:?}");
            assert_eq!(changed(well, "fault"), [true, false], "{well:?}");
        }
        // Told again it is no news, taken back it is.
        assert_eq!(changed(Some(Trouble::Alarm), "alarm"), [false, true]);
        assert_eq!(changed(Some(Trouble::Fault), "fault"), [false, true]);
        assert_eq!(changed(Some(Trouble::Fault), "alarm"), [true, false]);
        // Whatever else is wrong with it, it rings.
        assert_eq!(changed(Some(Trouble::Alarm), "fault"), [false, false]);
        for known in [None, Some(Trouble::Alarm)] {
            assert_eq!(changed(known, "smoke_db_m"), [false, false]);
        }
    }

    #[test]
    fn only_a_switch_that_is_on_says_something() {
        let on = |name: &str, value: Value| Said::default().and(name, Some(&value), None);
        assert!(on("alarm", Value::Bool(true)).alarm);
        assert!(!on("alarm", Value::Bool(false)).alarm);
        assert!(!on("alarm", Value::Number(1.0)).alarm);
        assert!(on("fault", Value::Bool(true)).fault);
        assert_eq!(on("moving", Value::Bool(true)), Said::default());
        let failed = Said::default().and("floor", None, Some(Quality::Failed));
        assert!(failed.unread);
    }

    #[test]
    fn states_add_up() {
        let mut one = States::default();
        one.count(DeviceState::Online, None);
        one.count(DeviceState::Offline, Some(Trouble::Offline));
        one.count(DeviceState::Online, Some(Trouble::Fault));
        let two = one.and(one);
        assert_eq!((two.online, two.offline, two.troubled), (4, 2, 4));
        assert_eq!(two.all(), 6);
    }
}
