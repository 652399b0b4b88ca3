//! Where a Modbus device is asked, how often, and what stands where in it.

use std::{net::Ipv6Addr, ops::RangeInclusive};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{models::DeviceModel, register_map::RegisterMap};
use crate::problem::{Check, Code, Flaw, Problem, text};

/// Where Modbus is spoken, unless a device says otherwise.
pub const PORT: u16 = 502;
/// From one poll to the next, in seconds: where nobody says, and at most.
pub const DEFAULT_EVERY_S: u32 = 60;
pub const MAX_EVERY_S: u32 = 86_400;

/// How requests are framed on the connection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Framing {
    /// Modbus TCP: a header with a number that the answer repeats.
    #[default]
    Tcp,
    /// The frames of a serial line with their checksum, as they are.
    RtuOverTcp,
}

/// How a Modbus device is reached, as it comes from a form or a client.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModbusForm {
    /// A name or an address, without a port.
    #[serde(default)]
    pub host: String,
    /// Else [`PORT`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<i64>,
    #[serde(default)]
    pub framing: Framing,
    /// The device's number on its line, `0..=255`; else 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_id: Option<i64>,
    /// The id of a model, one of Linli's or of the company's own, or a whole map.
    #[serde(default)]
    pub map: Value,
    /// In seconds, `1..=86400`; else [`DEFAULT_EVERY_S`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every_s: Option<i64>,
}

/// What is to change of where and how often a device is asked; what is not there stays as it is. Its
/// map stays always: other registers make another device.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ModbusChange {
    pub host: Option<String>,
    pub port: Option<i64>,
    pub framing: Option<Framing>,
    pub unit_id: Option<i64>,
    pub every_s: Option<i64>,
}

/// The same as [`ModbusForm`], whose every field holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Modbus {
    pub host: String,
    pub port: u16,
    #[serde(default)]
    pub framing: Framing,
    pub unit_id: u8,
    /// As it was given: a model's map is looked up whenever it is needed, so that it can be mended; a map
    /// of the device's own is kept here. Whoever asks the device reads the map of a company's model in
    /// its place.
    pub map: Value,
    pub every_s: u32,
}

/// Where the form stands in what a client sends; flaws are named from here.
const FORM: &str = "transport.modbus";
pub(super) const MAP: &str = "transport.modbus.map";

impl Modbus {
    /// Checks a form together with its map, which is handed on so that nobody reads it again; it may be
    /// that of a model of the company's own. What is wrong goes to `check`.
    pub(super) fn take(
        form: ModbusForm,
        own: Option<&DeviceModel>,
        check: &mut Check,
    ) -> Option<(Self, RegisterMap)> {
        let named = form.map.as_str().map(str::trim);
        let own = own.filter(|own| named == Some(own.id.as_str()));
        let own = own.and_then(|own| own.map.clone());
        let map = own.map_or_else(|| map(&form.map), Ok).map_err(|problem| {
            for (place, flaw) in problem.fields {
                let dot = if place.is_empty() { "" } else { "." };
                check.take(&format!("{MAP}{dot}{place}"), Err::<(), _>(flaw));
            }
        });
        let modbus = Self::reached(form, check);
        Some((modbus?, map.ok()?))
    }

    /// Checks all of a form but its map, which is kept as it is.
    fn reached(form: ModbusForm, check: &mut Check) -> Option<Self> {
        let at = |field: &str| format!("{FORM}.{field}");
        let host = check.take(&at("host"), host(&form.host));
        let port = check.take(&at("port"), within(form.port, PORT, 1..=u16::MAX));
        let unit_id = check.take(&at("unit_id"), within(form.unit_id, 1, 0..=u8::MAX));
        let every_s = within(form.every_s, DEFAULT_EVERY_S, 1..=MAX_EVERY_S);
        let every_s = check.take(&at("every_s"), every_s);
        Some(Self {
            host: host?,
            port: port?,
            framing: form.framing,
            unit_id: unit_id?,
            map: form.map,
            every_s: every_s?,
        })
    }

    /// The same device, asked elsewhere or otherwise.
    ///
    /// # Errors
    /// `invalid` with the flaws of the fields, named as those of a [`ModbusForm`] are.
    pub fn changed(&self, change: ModbusChange) -> Result<Self, Problem> {
        let form = ModbusForm {
            host: change.host.unwrap_or_else(|| self.host.clone()),
            port: change.port.or(Some(self.port.into())),
            framing: change.framing.unwrap_or(self.framing),
            unit_id: change.unit_id.or(Some(self.unit_id.into())),
            map: self.map.clone(),
            every_s: change.every_s.or(Some(self.every_s.into())),
        };
        let mut check = Check::default();
        let changed = Self::reached(form, &mut check);
        check.done(changed)
    }

    /// Whether the device may be told so: Modbus asks nobody who he is, so nothing is written that
    /// its map does not list.
    ///
    /// # Errors
    /// `invalid`: `method` is `unknown` where the map lists no such command, `params` are
    /// `malformed` where their `value` is no number and no switch, and `out_of_range` where the map
    /// does not list it.
    pub fn permits(&self, method: &str, params: &Map<String, Value>) -> Result<(), Problem> {
        let map = self.register_map()?;
        let refused = |field, flaw| Err(Problem::field(Code::Invalid, field, flaw));
        let Some(write) = map.writes.get(method) else {
            return refused("method", Flaw::Unknown);
        };
        match value(params) {
            Err(flaw) => refused("params", flaw),
            Ok(value) if write.allowed(value).is_none() => refused("params", Flaw::OutOfRange),
            Ok(_) => Ok(()),
        }
    }

    /// What stands where in the device.
    ///
    /// # Errors
    /// `invalid` where the map of its own is no map, or nobody knows the model any more.
    pub fn register_map(&self) -> Result<RegisterMap, Problem> {
        map(&self.map)
    }
}

/// What a command says to write, in its `value`: a number, or a switch as 0 and 1. `None` where it says
/// nothing, which writes the only value that is listed.
///
/// # Errors
/// `malformed` for anything else: taken for nothing said, a `"0"` that was to shut a valve would open it.
pub fn value(params: &Map<String, Value>) -> Result<Option<f64>, Flaw> {
    let Some(value) = params.get("value") else {
        return Ok(None);
    };
    let switch = value.as_bool().map(|on| f64::from(u8::from(on)));
    let value = value.as_f64().or(switch);
    value.ok_or(Flaw::Malformed).map(Some)
}

fn within<T>(given: Option<i64>, otherwise: T, range: RangeInclusive<T>) -> Result<T, Flaw>
where
    T: TryFrom<i64> + PartialOrd,
{
    let Some(given) = given else {
        return Ok(otherwise);
    };
    let value = T::try_from(given).ok();
    value
        .filter(|value| range.contains(value))
        .ok_or(Flaw::OutOfRange)
}

/// A host by its name or address: letters of any script for names, colons and brackets for v6. No
/// scheme, port or path, which would be taken for a part of the name.
fn host(raw: &str) -> Result<String, Flaw> {
    let raw = text(raw, 1, 253)?;
    let bare = raw.strip_prefix('[').and_then(|raw| raw.strip_suffix(']'));
    if let Some(v6) = bare.or(Some(&raw)).filter(|raw| raw.contains(':')) {
        let v6: Result<Ipv6Addr, _> = v6.parse();
        return v6.map(|v6| v6.to_string()).map_err(|_| Flaw::Malformed);
    }
    let shaped = raw.split('.').all(|label| {
        let inner = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
        !label.is_empty() && label.len() <= 63 && label.chars().all(inner)
    });
    shaped.then_some(raw).ok_or(Flaw::Malformed)
}

fn map(given: &Value) -> Result<RegisterMap, Problem> {
    let flaw = |flaw| Err(Problem::field(Code::Invalid, "", flaw));
    match given {
        Value::Null => flaw(Flaw::Required),
        Value::String(id) if id.trim().is_empty() => flaw(Flaw::Required),
        Value::String(id) => RegisterMap::known(id.trim())
            .cloned()
            .map_or(flaw(Flaw::Unknown), Ok),
        map => RegisterMap::read(map),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::devices::{DeviceKind, models::join};

    fn form(map: Value) -> ModbusForm {
        ModbusForm {
            host: "192.168.3.7".to_owned(),
            map,
            ..ModbusForm::default()
        }
    }

    fn flaws(form: ModbusForm) -> Vec<(String, Flaw)> {
        let mut check = Check::default();
        let taken = Modbus::take(form, None, &mut check);
        assert!(taken.is_none());
        check
            .done::<()>(None)
            .unwrap_err()
            .fields
            .into_iter()
            .collect()
    }

    fn flaw(field: &str, flaw: Flaw) -> Vec<(String, Flaw)> {
        vec![(format!("transport.modbus.{field}"), flaw)]
    }

    #[test]
    fn a_known_model_needs_no_more_than_its_host() {
        let mut check = Check::default();
        let (modbus, map) = Modbus::take(form("eastron-sdm630".into()), None, &mut check).unwrap();
        assert_eq!((modbus.port, modbus.unit_id, modbus.every_s), (502, 1, 60));
        assert_eq!(modbus.register_map().unwrap(), map);
        assert_eq!(map.registers.len(), 36);
    }

    #[test]
    fn every_flaw_stands_beside_its_field() {
        let odd = ModbusForm {
            host: "http://10.0.0.1".to_owned(),
            port: Some(70_000),
            unit_id: Some(256),
            every_s: Some(0),
            ..form("nobody-knows".into())
        };
        let wanted = [
            ("every_s", Flaw::OutOfRange),
            ("host", Flaw::Malformed),
            ("map", Flaw::Unknown),
            ("port", Flaw::OutOfRange),
            ("unit_id", Flaw::OutOfRange),
        ];
        let wanted: Vec<_> = wanted
            .into_iter()
            .flat_map(|(at, what)| flaw(at, what))
            .collect();
        assert_eq!(flaws(odd), wanted);
        assert_eq!(flaws(form(Value::Null)), flaw("map", Flaw::Required));
        let map =
            json!({ "registers": [{ "name": "a", "address": 0, "function": 9, "type": "u16" }] });
        assert_eq!(
            flaws(form(map)),
            flaw("map.registers.0.function", Flaw::OutOfRange)
        );
    }

    #[test]
    fn a_change_leaves_what_it_does_not_name() {
        let mut check = Check::default();
        let (before, _) = Modbus::take(form("eastron-sdm630".into()), None, &mut check).unwrap();
        assert_eq!(before.changed(ModbusChange::default()).unwrap(), before);
        let change = ModbusChange {
            host: Some(" [fd00::7] ".to_owned()),
            every_s: Some(30),
            ..ModbusChange::default()
        };
        let wanted = Modbus {
            host: "fd00::7".to_owned(),
            every_s: 30,
            ..before.clone()
        };
        assert_eq!(before.changed(change).unwrap(), wanted);
        let odd = ModbusChange {
            host: Some(String::new()),
            port: Some(0),
            unit_id: Some(-1),
            every_s: Some(86_401),
            framing: None,
        };
        let problem = before.changed(odd).unwrap_err();
        let wanted = [
            ("transport.modbus.every_s", Flaw::OutOfRange),
            ("transport.modbus.host", Flaw::Required),
            ("transport.modbus.port", Flaw::OutOfRange),
            ("transport.modbus.unit_id", Flaw::OutOfRange),
        ];
        let wanted = wanted.map(|(field, flaw)| (field.to_owned(), flaw));
        assert_eq!(problem.fields.into_iter().collect::<Vec<_>>(), wanted);
    }

    #[test]
    fn only_what_the_map_lists_is_written() {
        let mut check = Check::default();
        let form = form("xintai-water-valve".into());
        let (valve, _) = Modbus::take(form, None, &mut check).unwrap();
        let permits = |method: &str, params: Value| {
            let answer = valve.permits(method, params.as_object().unwrap());
            answer.map_err(|problem| problem.fields.into_iter().next().unwrap())
        };
        let flaw = |field: &str, flaw| Err((field.to_owned(), flaw));
        assert_eq!(permits("open_valve", json!({})), Ok(()));
        assert_eq!(permits("open_valve", json!({ "value": 1 })), Ok(()));
        assert_eq!(
            permits("open_valve", json!({ "value": 2 })),
            flaw("params", Flaw::OutOfRange)
        );
        assert_eq!(permits("open_valve", json!({ "value": true })), Ok(()));
        let shut = permits("open_valve", json!({ "value": false }));
        assert_eq!(shut, flaw("params", Flaw::OutOfRange));
        // None of these is nothing said, which would open the valve.
        for odd in [json!("0"), json!("1"), json!([]), json!({}), json!(null)] {
            assert_eq!(
                permits("open_valve", json!({ "value": odd })),
                flaw("params", Flaw::Malformed)
            );
        }
        assert_eq!(permits("reset", json!({})), flaw("method", Flaw::Unknown));
    }

    #[test]
    fn hosts() {
        for good in [
            "10.0.0.1",
            "meter-7.example.com",
            "localhost",
            "fd00::7",
            "[::1]",
            "表.example",
        ] {
            assert!(host(good).is_ok(), "{good}");
        }
        for bad in ["", "a b", "a:502", "10.0.0.1/x", "tcp://a", "a..b", "-:-"] {
            assert!(host(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_kinds_points_keep_their_unit_and_type() {
        let points = |unit: &str, encoding: &str| {
            let register = json!({
                "name": "energy_kwh", "address": 0, "function": 4, "type": encoding, "unit": unit,
            });
            let other = json!({ "name": "cosphi", "address": 9, "function": 4, "type": "i16" });
            let map = RegisterMap::read(&json!({ "registers": [register, other] })).unwrap();
            let mut check = Check::default();
            let mut points = DeviceKind::ElectricityMeter.points();
            join(&mut points, &map, MAP, &mut check);
            check
                .done(Some(points.len()))
                .map_err(|problem| problem.fields.into_iter().collect())
        };
        assert_eq!(points("KWH", "f32"), Ok(3));
        assert_eq!(points("", "f32"), Ok(3));
        assert_eq!(
            points("Wh", "f32"),
            Err(flaw("map.registers.0.unit", Flaw::Malformed))
        );
        assert_eq!(
            points("kWh", "bool"),
            Err(flaw("map.registers.0.type", Flaw::Malformed))
        );
    }
}
