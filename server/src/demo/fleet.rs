//! Which devices the demo has, what they are called, and what each one says.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use domain::devices::DeviceKind;
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Map, Value, json};

use super::{
    Company,
    curves::{Flow, Use, awake, chance, mix},
    estate::{self, Asset, Place},
    obey::Works,
};
use crate::failure::Failure;

/// The buildings whose homes have meters.
const METERED: [&str; 3] = ["1号楼", "2号楼", "6号楼"];

/// A demo device.
#[derive(Debug)]
pub(super) struct DemoDevice {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) kind: DeviceKind,
    /// The home it belongs to: building, entrance, unit.
    pub(super) home: Option<(String, String, String)>,
    pub(super) place: Option<String>,
    /// Seconds between two messages.
    pub(super) every_s: u64,
    manner: Manner,
}

/// How a device makes up its values.
#[derive(Debug)]
enum Manner {
    Meter(Use),
    Door,
    Lift { floors: u64 },
    Pump { on: Arc<AtomicBool> },
    Quiet,
}

/// All devices of a company, in the roster's order.
pub(super) fn devices(company: Company) -> Result<Vec<DemoDevice>, Failure> {
    let seed = mix(company.slug.len() as u64 + company.slug.bytes().map(u64::from).sum::<u64>());
    let metered = |place: &&Place| {
        place.use_ == "住宅"
            && METERED.contains(&place.building.as_str())
            && (company.small || place.building != "6号楼")
    };
    let mut all = Vec::new();
    for (n, place) in (0_u64..).zip(estate::places(company)?.iter().filter(metered)) {
        all.push(home_meter(
            place,
            "e",
            "电表",
            DeviceKind::ElectricityMeter,
            Flow::Power,
            seed ^ mix(n),
        ));
        all.push(home_meter(
            place,
            "w",
            "水表",
            DeviceKind::WaterMeter,
            Flow::Water,
            seed ^ mix(n),
        ));
    }
    for (n, asset) in (0_u64..).zip(estate::assets(company)?) {
        all.extend(public(&asset, seed ^ mix(n + 10_000)));
    }
    Ok(all)
}

fn home_meter(
    place: &Place,
    prefix: &str,
    word: &str,
    kind: DeviceKind,
    flow: Flow,
    seed: u64,
) -> DemoDevice {
    let seed = seed ^ mix(prefix.len() as u64 + flow as u64);
    DemoDevice {
        key: format!("{prefix}-{}", place.code.to_lowercase()),
        name: format!("{} {word}", place.code),
        kind,
        home: Some((
            place.building.clone(),
            place.entrance.clone(),
            place.unit.clone(),
        )),
        place: None,
        every_s: if flow == Flow::Power { 20 } else { 30 },
        manner: Manner::Meter(Use::new(flow, seed, 1.0)),
    }
}

/// The device of an asset; those that say nothing yet (transformers, fire panel) have none.
fn public(asset: &Asset, seed: u64) -> Option<DemoDevice> {
    let power = |times| Manner::Meter(Use::new(Flow::Power, seed, times));
    let (kind, every_s, manner) = match asset.kind.as_str() {
        "电梯" => (DeviceKind::Lift, 10, Manner::Lift { floors: 18 }),
        "单元门禁" | "人行门禁" | "车辆道闸" => (DeviceKind::Door, 30, Manner::Door),
        "二次供水泵（高区）" | "生活水泵（低区）" => (
            DeviceKind::Pump,
            10,
            Manner::Pump {
                on: switch(!asset.detail.contains("备用")),
            },
        ),
        "消火栓泵" | "喷淋泵" | "集水井排污泵" => {
            (DeviceKind::Pump, 30, Manner::Pump { on: switch(false) })
        }
        "公区电表（照明/电梯）" => (DeviceKind::ElectricityMeter, 20, power(3.0)),
        "总电表（高压侧 CT 40）" => (DeviceKind::ElectricityMeter, 10, power(460.0)),
        "总水表 DN150" => (
            DeviceKind::WaterMeter,
            20,
            Manner::Meter(Use::new(Flow::Water, seed, 460.0)),
        ),
        "可燃气体探测器" => (DeviceKind::SmokeAlarm, 30, Manner::Quiet),
        _ => return None,
    };
    let word = asset.kind.split('（').next().unwrap_or(&asset.kind);
    let name = match asset.detail.as_str() {
        "" | "一层" => format!("{} {word}", asset.place),
        detail if kind == DeviceKind::Lift => format!("{} {detail}", asset.place),
        detail => format!("{word} {detail}"),
    };
    Some(DemoDevice {
        key: asset.code.to_lowercase(),
        name,
        kind,
        home: None,
        place: Some(asset.place.clone()),
        every_s,
        manner,
    })
}

fn switch(on: bool) -> Arc<AtomicBool> {
    Arc::new(AtomicBool::new(on))
}

fn round(value: f64, digits: i32) -> f64 {
    let scale = 10_f64.powi(digits);
    (value * scale).round() / scale
}

impl DemoDevice {
    /// Whether it has a register whose past is worth telling.
    pub(super) const fn has_history(&self) -> bool {
        matches!(self.manner, Manner::Meter(_))
    }

    /// What it can be told to do.
    pub(super) fn works(&self) -> Option<Works> {
        match &self.manner {
            Manner::Door => Some(Works::Door),
            Manner::Pump { on } => Some(Works::Pump(Arc::clone(on))),
            Manner::Meter(_) | Manner::Lift { .. } | Manner::Quiet => None,
        }
    }

    /// What it says at a moment: point names and values.
    pub(super) fn values(&mut self, at: Timestamp, zone: &TimeZone) -> Map<String, Value> {
        let second = at.as_second().cast_unsigned();
        let own = |k: u64| mix(self.key.bytes().map(u64::from).sum::<u64>() * 131 + k);
        let dice = |k: u64| chance(own(k) ^ second);
        let values = match &mut self.manner {
            Manner::Meter(used) => {
                let (register, level) = used.at(at);
                match self.kind {
                    DeviceKind::ElectricityMeter => {
                        let now = level * (0.96 + 0.08 * dice(1));
                        json!({ "energy_kwh": round(register, 3), "power_w": round(now, 1) })
                    }
                    _ => json!({ "volume_m3": round(register, 3) }),
                }
            }
            Manner::Door => json!({ "open": awake(at, zone) && dice(2) < 0.12 }),
            Manner::Lift { floors } => {
                let moving = dice(3) < if awake(at, zone) { 0.45 } else { 0.03 };
                let floor = 1 + mix(own(8) ^ (second / 10)) % *floors;
                let floor = if awake(at, zone) { floor } else { 1 };
                json!({ "floor": floor, "moving": moving, "fault": false })
            }
            Manner::Pump { on } => {
                let running = on.load(Ordering::Relaxed) && dice(4) < 0.7;
                json!({
                    "running": running,
                    "pressure_mpa": round(0.42 + 0.06 * dice(5), 3),
                    "vibration_mm_s": round(if running { 1.6 + 0.8 * dice(6) } else { 0.1 * dice(6) }, 2),
                })
            }
            Manner::Quiet => {
                json!({ "smoke_db_m": round(0.01 + 0.02 * dice(7), 3), "alarm": false })
            }
        };
        match values {
            Value::Object(values) => values,
            _ => Map::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::COMPANIES;

    #[test]
    fn keys_are_well_formed_and_unique() {
        for company in COMPANIES {
            let all = devices(company).unwrap();
            let mut keys: Vec<_> = all.iter().map(|device| device.key.clone()).collect();
            assert!(
                keys.iter()
                    .all(|key| domain::devices::DeviceKey::parse(key).is_ok())
            );
            keys.sort();
            keys.dedup();
            assert_eq!(keys.len(), all.len());
        }
        assert!(devices(COMPANIES[0]).unwrap().len() > 300);
    }

    #[test]
    fn every_value_names_a_point_of_its_kind() {
        let at: Timestamp = "2026-11-22T06:30:00Z".parse().unwrap();
        for mut device in devices(COMPANIES[0]).unwrap() {
            let points: Vec<_> = device
                .kind
                .points()
                .into_iter()
                .map(|point| point.name)
                .collect();
            for name in device.values(at, &TimeZone::UTC).keys() {
                assert!(points.contains(name), "{} says {name}", device.key);
            }
        }
    }
}
