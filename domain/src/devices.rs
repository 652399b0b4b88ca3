//! Devices and their points.

pub mod acts;
pub mod batch;
pub mod changes;
pub mod commands;
pub mod instruments;
pub mod liveness;
pub mod mains;
pub mod modbus;
pub mod models;
pub mod register_map;
mod registering;
mod valid_range;

use serde::{Deserialize, Serialize};

pub use liveness::DeviceState;
use modbus::{Modbus, ModbusForm};
use models::ModelKey;
use register_map::RegisterMap;
pub use valid_range::ValidRange;

use crate::{
    columns::{Sort, columns},
    estates::words,
    id::{DeviceId, EstateId, PointId, UnitId},
    problem::{Flaw, text},
    telemetry::{Quality, Value},
};

words! {
    /// What a device is. The first ones bring points of their own.
    DeviceKind {
        ElectricityMeter = "electricity_meter" ["电表"];
        WaterMeter = "water_meter" ["水表"];
        GasMeter = "gas_meter" ["燃气表"];
        Door = "door" ["门禁"];
        Lift = "lift" ["电梯"];
        Pump = "pump" ["水泵"];
        SmokeAlarm = "smoke_alarm" ["烟感"];
        Charger = "charger" ["充电桩"];
        Sensor = "sensor" ["传感器"];
    }
}

words! {
    /// What a point's values are.
    ValueType {
        Number = "number" [];
        Bool = "bool" [];
        Text = "text" [];
    }
}

/// A point that is to be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewPoint {
    /// `[A-Za-z][A-Za-z0-9_]{0,39}`, unique on its device; the name that payloads use, to the letter.
    pub name: String,
    /// As people write it: `kWh`, `m³`, `°C`; may be empty.
    #[serde(default)]
    pub unit: String,
    #[serde(rename = "type")]
    pub value_type: ValueType,
    #[serde(flatten)]
    pub range: ValidRange,
}

impl DeviceKind {
    /// The points that every device of this kind has.
    #[must_use]
    pub fn points(self) -> Vec<NewPoint> {
        use ValueType::{Bool, Number, Text};
        let rows: &[(&str, &str, ValueType)] = match self {
            Self::ElectricityMeter => &[("energy_kwh", "kWh", Number), ("power_w", "W", Number)],
            Self::WaterMeter | Self::GasMeter => &[("volume_m3", "m³", Number)],
            Self::Door => &[("open", "", Bool), ("opened_by", "", Text)],
            Self::Lift => &[
                ("floor", "", Number),
                ("moving", "", Bool),
                ("fault", "", Bool),
            ],
            Self::Pump => &[
                ("running", "", Bool),
                ("pressure_mpa", "MPa", Number),
                ("vibration_mm_s", "mm/s", Number),
            ],
            Self::SmokeAlarm => &[("smoke_db_m", "dB/m", Number), ("alarm", "", Bool)],
            Self::Charger => &[("energy_kwh", "kWh", Number), ("charging", "", Bool)],
            Self::Sensor => &[],
        };
        rows.iter()
            .map(|(name, unit, value_type)| NewPoint {
                name: (*name).to_owned(),
                unit: (*unit).to_owned(),
                value_type: *value_type,
                range: ValidRange::default(),
            })
            .collect()
    }
}

/// How a device speaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// To the broker, under its own topics.
    Mqtt {},
    /// To `POST /api/v1/telemetry`. One that speaks through a gateway may be either.
    Http {},
    /// It says nothing by itself, and is asked.
    Modbus(Modbus),
}

/// The same, as it comes from a form or a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransportForm {
    Mqtt {},
    Http {},
    Modbus(ModbusForm),
}

impl Transport {
    /// The word by which forms and files name it.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Mqtt {} => "mqtt",
            Self::Http {} => "http",
            Self::Modbus(_) => "modbus",
        }
    }

    /// The same, with the register map of its model in the place of the model's name.
    #[must_use]
    pub fn with_map(self, map: Option<&RegisterMap>) -> Self {
        let map = map.and_then(|map| serde_json::to_value(map).ok());
        match (self, map) {
            (Self::Modbus(modbus), Some(map)) => Self::Modbus(Modbus { map, ..modbus }),
            (transport, _) => transport,
        }
    }
}

/// A device's name in topics: `[a-z0-9-]{1,40}`, unique in its tenant.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeviceKey(String);

impl DeviceKey {
    /// # Errors
    /// `malformed` for other characters, `too_long` over 40.
    pub fn parse(raw: &str) -> Result<Self, Flaw> {
        let raw = text(raw, 1, 40)?;
        let shaped = raw
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if shaped {
            Ok(Self(raw))
        } else {
            Err(Flaw::Malformed)
        }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The registration of a device as it comes from a form or a client.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeviceForm {
    pub name: String,
    #[serde(default)]
    pub key: Option<String>,
    pub kind: DeviceKind,
    pub estate: EstateId,
    #[serde(default)]
    pub unit: Option<UnitId>,
    /// Where it stands, in words: `地下一层水表井`.
    #[serde(default)]
    pub place: Option<String>,
    pub transport: TransportForm,
    /// The device that speaks for this one.
    #[serde(default)]
    pub gateway: Option<DeviceId>,
    /// A model that says which points it has; a Modbus device may name it as its map instead.
    #[serde(default)]
    pub model: Option<String>,
    /// More points than the kind or the model has by itself.
    #[serde(default)]
    pub points: Vec<NewPoint>,
}

/// The most points that one device may have.
pub const MAX_POINTS: usize = 200;

#[derive(Debug, Clone)]
pub struct NewDevice {
    pub name: String,
    pub key: Option<DeviceKey>,
    pub kind: DeviceKind,
    pub estate: EstateId,
    pub unit: Option<UnitId>,
    pub place: Option<String>,
    pub transport: Transport,
    pub gateway: Option<DeviceId>,
    /// The company's own model that it follows.
    pub model: Option<ModelKey>,
    /// The kind's own points first, then those of a register map.
    pub points: Vec<NewPoint>,
}

/// Whether a point can be called so: `[A-Za-z][A-Za-z0-9_]{0,39}`. Devices in the field have names such as
/// `activePower`, and cannot be told to use others.
#[must_use]
pub fn is_point_name(name: &str) -> bool {
    name.len() <= 40
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Device {
    pub id: DeviceId,
    pub name: String,
    pub key: String,
    pub kind: DeviceKind,
    pub estate: EstateId,
    pub estate_name: String,
    pub unit: Option<UnitId>,
    /// The unit's address or the place in words.
    pub place: Option<String>,
    pub transport: Transport,
    /// The device that speaks for it, with its name.
    pub gateway: Option<(DeviceId, String)>,
    /// The company's own model that it follows, with its name.
    #[serde(default)]
    pub model: Option<(ModelKey, String)>,
    /// Since when its password is good; `None` once that is revoked.
    #[serde(default, with = "crate::time::maybe")]
    pub password_since: Option<jiff::Timestamp>,
    /// Since when it is out of use.
    #[serde(default, with = "crate::time::maybe")]
    pub retired_at: Option<jiff::Timestamp>,
    pub state: DeviceState,
    #[serde(default, with = "crate::time::maybe")]
    pub last_seen: Option<jiff::Timestamp>,
    /// Seconds that usually lie between two words of it; `None` until that is known.
    pub rhythm_s: Option<u32>,
    /// Counts of refused readings by reason, with the newest of each.
    pub refused: Vec<RefusedCount>,
}

impl Device {
    /// Whether it is reached through its gateway only: it has no connection of its own, and can be told
    /// nothing. One that is asked is dialled all the same.
    #[must_use]
    pub const fn is_behind_gateway(&self) -> bool {
        self.gateway.is_some() && !matches!(self.transport, Transport::Modbus(_))
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RefusedCount {
    pub reason: crate::telemetry::Refusal,
    pub count: i64,
    #[serde(with = "crate::time")]
    pub last_at: jiff::Timestamp,
}

/// A row of the device list: the device and its leading point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeviceRow {
    pub id: DeviceId,
    pub name: String,
    pub key: String,
    pub kind: DeviceKind,
    pub place: Option<String>,
    pub state: DeviceState,
    #[serde(default, with = "crate::time::maybe")]
    pub last_seen: Option<jiff::Timestamp>,
    /// Seconds that usually lie between two words of it.
    pub rhythm_s: Option<u32>,
    /// The newest value of its first point, with the unit.
    pub value: Option<(Value, String)>,
    pub refused: i64,
}

/// A point with its newest value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Point {
    pub id: PointId,
    pub device: DeviceId,
    pub name: String,
    pub unit: String,
    #[serde(rename = "type")]
    pub value_type: ValueType,
    #[serde(default)]
    pub range: ValidRange,
    pub value: Option<Value>,
    #[serde(default, with = "crate::time::maybe")]
    pub ts: Option<jiff::Timestamp>,
    /// Failed as well where it is asked for and was never read.
    pub quality: Option<Quality>,
    /// Why it could not be read, where that is its quality.
    #[serde(default)]
    pub unread: Option<crate::telemetry::Refusal>,
}

/// What a device needs to connect. The password is shown once and kept only as a hash.
#[derive(Clone, Serialize, Deserialize)]
pub struct Credentials {
    pub username: String,
    pub password: String,
    pub topic: String,
}

impl Credentials {
    /// Of the device `key` of the company `slug`.
    #[must_use]
    pub fn new(slug: &str, key: &str, password: String) -> Self {
        Self {
            username: format!("{slug}:{key}"),
            password,
            topic: format!("linli/{slug}/{key}"),
        }
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

/// A device that was just registered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Registered {
    pub id: DeviceId,
    pub key: String,
    pub credentials: Credentials,
}

/// Which devices a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceFilter {
    #[serde(default)]
    pub estate: Option<EstateId>,
    #[serde(default)]
    pub kind: Option<DeviceKind>,
    #[serde(default)]
    pub state: Option<DeviceState>,
    #[serde(default)]
    pub unit: Option<UnitId>,
    /// Those that are out of use, instead of those in use.
    #[serde(default)]
    pub retired: bool,
    /// As they were registered, where nothing is said.
    #[serde(default)]
    pub sort: Option<Sort<DeviceSort>>,
}

columns! {
    /// What a list of devices is sorted by.
    DeviceSort {
        State = "state";
        Name = "name";
        Kind = "kind";
        Seen = "seen";
        Refused = "refused";
    }
}

columns! {
    /// What a list of devices shows beside the name.
    DeviceColumn {
        State = "state";
        Key = "key";
        Kind = "kind";
        Place = "place";
        Newest = "newest";
        Seen = "seen";
        Refused = "refused";
    } but Key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        assert!(DeviceKey::parse("b3-main").is_ok());
        for raw in ["", "b3 main", "B3", "a/b", "a+", "#", "主表"] {
            assert!(DeviceKey::parse(raw).is_err(), "{raw}");
        }
    }

    #[test]
    fn names_of_points() {
        let long = "a".repeat(40);
        for name in ["a", "energy_kwh", "activePower", "T1", "V_", long.as_str()] {
            assert!(is_point_name(name), "{name}");
        }
        let longer = "a".repeat(41);
        for name in [
            "",
            "1a",
            "_a",
            "a-b",
            "a b",
            "a\0",
            "é",
            "电压",
            longer.as_str(),
        ] {
            assert!(!is_point_name(name), "{name}");
        }
    }

    #[test]
    fn transport_is_written_as_the_contract_says() {
        assert_eq!(
            serde_json::to_string(&Transport::Mqtt {}).unwrap(),
            r#"{"mqtt":{}}"#
        );
        assert_eq!(
            serde_json::from_str::<Transport>(r#"{"http":{}}"#).unwrap(),
            Transport::Http {}
        );
        for each in [Transport::Mqtt {}, Transport::Http {}] {
            let written = serde_json::to_value(&each).unwrap();
            assert!(written.get(each.as_str()).is_some(), "{written}");
        }
    }
}
