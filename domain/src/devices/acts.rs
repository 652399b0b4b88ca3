//! What a device can be told from its page: a few acts by its kind, and of a device that is asked,
//! what its register map lists. Programs may tell it more, in the device's own words.

use serde::{Deserialize, Serialize};

use super::{DeviceKind, Transport, modbus::Modbus};

/// One thing that a device can be told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Act {
    /// As in [`super::commands::CommandForm`].
    pub method: String,
    /// What is written along, where that is fixed.
    pub value: Option<f64>,
    /// Or whoever tells it says a number from here to here.
    pub range: Option<(f64, f64)>,
    /// Something moves or stays away that people rely on: it is asked once more.
    pub risky: bool,
}

impl Act {
    fn plain(method: &str, risky: bool) -> Self {
        Self {
            method: method.to_owned(),
            value: None,
            range: None,
            risky,
        }
    }
}

/// All acts of a device, in the order in which they stand on its page.
#[must_use]
pub fn acts(kind: DeviceKind, transport: &Transport) -> Vec<Act> {
    match transport {
        // It is not connected: there is nobody to be told.
        Transport::Http {} => Vec::new(),
        Transport::Modbus(modbus) => written(modbus),
        Transport::Mqtt {} => match kind {
            DeviceKind::Door => vec![Act::plain("open", true)],
            DeviceKind::Pump => vec![Act::plain("start", false), Act::plain("stop", true)],
            DeviceKind::Charger => vec![Act::plain("start", false), Act::plain("stop", false)],
            DeviceKind::ElectricityMeter
            | DeviceKind::WaterMeter
            | DeviceKind::GasMeter
            | DeviceKind::Lift
            | DeviceKind::SmokeAlarm
            | DeviceKind::Sensor => Vec::new(),
        },
    }
}

/// What the map lets be written: a button for each value, or a number within its bounds. Nobody can
/// see in a map what a register moves, so all of it is risky.
fn written(modbus: &Modbus) -> Vec<Act> {
    // A map that nobody knows any more lists nothing.
    let Ok(map) = modbus.register_map() else {
        return Vec::new();
    };
    let mut acts = Vec::new();
    for (method, write) in &map.writes {
        let act = Act::plain(method, true);
        acts.extend(write.values.iter().map(|value| Act {
            value: Some(*value),
            ..act.clone()
        }));
        if let Some(range) = write.min.zip(write.max) {
            acts.push(Act {
                range: Some(range),
                ..act
            });
        }
    }
    acts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Name, value, range, and whether it asks first.
    type Told<'a> = (&'a str, Option<f64>, Option<(f64, f64)>, bool);

    fn named(acts: &[Act]) -> Vec<Told<'_>> {
        let acts = acts.iter();
        acts.map(|act| (act.method.as_str(), act.value, act.range, act.risky))
            .collect()
    }

    #[test]
    fn by_kind_and_only_where_somebody_hears_it() {
        let mqtt = Transport::Mqtt {};
        let door = acts(DeviceKind::Door, &mqtt);
        assert_eq!(named(&door), [("open", None, None, true)]);
        let pump = acts(DeviceKind::Pump, &mqtt);
        assert_eq!(
            named(&pump),
            [("start", None, None, false), ("stop", None, None, true)]
        );
        for kind in DeviceKind::ALL {
            assert!(acts(*kind, &Transport::Http {}).is_empty());
        }
        assert!(acts(DeviceKind::WaterMeter, &mqtt).is_empty());
    }

    #[test]
    fn by_the_register_map_and_each_is_permitted() {
        let register = json!({ "name": "relay", "address": 0, "function": 1, "type": "bool" });
        let map = json!({
            "registers": [register],
            "writes": {
                "set_relay": { "function": 5, "address": 0, "type": "bool", "values": [0, 1] },
                "set_limit": { "function": 16, "address": 40, "type": "u32", "min": 0, "max": 100 }
            }
        });
        let modbus = |map| Modbus {
            host: "10.0.0.7".to_owned(),
            port: 502,
            framing: super::super::modbus::Framing::default(),
            unit_id: 1,
            map,
            every_s: 60,
        };
        let relay = modbus(map);
        let found = acts(DeviceKind::Sensor, &Transport::Modbus(relay.clone()));
        assert_eq!(
            named(&found),
            [
                ("set_limit", None, Some((0.0, 100.0)), true),
                ("set_relay", Some(0.0), None, true),
                ("set_relay", Some(1.0), None, true),
            ]
        );
        for act in &found {
            let value = act.value.or(act.range.map(|range| range.1)).unwrap();
            let params = json!({ "value": value });
            let params = params.as_object().unwrap();
            assert_eq!(relay.permits(&act.method, params), Ok(()), "{act:?}");
        }
        let gone = Transport::Modbus(modbus(json!("nobody-knows")));
        assert!(acts(DeviceKind::Sensor, &gone).is_empty());
    }
}
