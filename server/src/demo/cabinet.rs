//! The demo's meter cabinet: four public meters on one Modbus line, which Linli asks.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
};

use backend::{Cx, devices, kernel::clock::Clock};
use bridge::modbus::{Framing, Simulated, Simulator};
use domain::{
    Code, EstateId,
    devices::{
        DeviceForm, DeviceKind, TransportForm, modbus::ModbusForm, register_map::RegisterMap,
    },
};

use super::{
    curves::{Flow, Use, mix},
    device_secret,
};
use crate::mutex::locked;

/// Where it listens: a device's address is kept, so it is the same at each start.
const ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 15_502);
const EVERY_S: i64 = 10;

/// One of its meters.
struct Meter {
    unit_id: u8,
    key: &'static str,
    name: &'static str,
    place: &'static str,
    /// The model's.
    map: &'static str,
    flow: Flow,
    /// How many homes' worth goes through it.
    times: f64,
}

const METERS: [Meter; 4] = [
    Meter {
        unit_id: 1,
        key: "mb-garage",
        name: "地下车库 照明电表",
        place: "地下一层配电间",
        map: "eastron-sdm120",
        flow: Flow::Power,
        times: 4.0,
    },
    Meter {
        unit_id: 2,
        key: "mb-lifts",
        name: "3号楼 电梯电表",
        place: "3号楼配电间",
        map: "chint-dtsu666",
        flow: Flow::Power,
        times: 6.0,
    },
    Meter {
        unit_id: 3,
        key: "mb-pumps",
        name: "生活水泵房 电表",
        place: "地下二层水泵房",
        map: "eastron-sdm630",
        flow: Flow::Power,
        times: 12.0,
    },
    Meter {
        unit_id: 4,
        key: "mb-garden",
        name: "中心花园 绿化水表",
        place: "中心花园阀门井",
        map: "xintai-water-valve",
        flow: Flow::Water,
        times: 8.0,
    },
];

/// Registers what is missing of it.
pub(super) async fn register(cx: &Cx, slug: &str, estate: EstateId) -> backend::Result<()> {
    let forms = METERS.iter().map(|meter| {
        let modbus = ModbusForm {
            host: ADDRESS.ip().to_string(),
            port: Some(ADDRESS.port().into()),
            unit_id: Some(meter.unit_id.into()),
            map: meter.map.into(),
            every_s: Some(EVERY_S),
            ..ModbusForm::default()
        };
        let kind = match meter.flow {
            Flow::Power => DeviceKind::ElectricityMeter,
            Flow::Water => DeviceKind::WaterMeter,
        };
        let form = DeviceForm {
            name: meter.name.to_owned(),
            key: Some(meter.key.to_owned()),
            kind,
            estate,
            unit: None,
            place: Some(meter.place.to_owned()),
            transport: TransportForm::Modbus(modbus),
            gateway: None,
            model: None,
            points: Vec::new(),
        };
        (form, device_secret(slug, meter.key))
    });
    match devices::register_many(cx, forms.collect()).await {
        // They are there already, all of them.
        Err(error) if error.code() == Code::Conflict => Ok(()),
        made => made.map(drop),
    }
}

/// Lets it answer until it is dropped. Where its port is taken its meters cannot be reached, and
/// their pages say so.
pub(super) async fn open(clock: &Clock) -> Option<Simulator> {
    let devices = METERS.iter().filter_map(|meter| meter.simulated(clock));
    match Simulator::start(ADDRESS, Framing::Tcp, devices.collect()).await {
        Ok(simulator) => Some(simulator),
        Err(error) => {
            tracing::warn!(address = %ADDRESS, %error, "the demo's meter cabinet does not open");
            None
        }
    }
}

impl Meter {
    fn simulated(&self, clock: &Clock) -> Option<Simulated> {
        let map = Arc::new(RegisterMap::known(self.map)?.clone());
        let used = Mutex::new(Use::new(self.flow, mix(self.unit_id.into()), self.times));
        let clock = clock.clone();
        let phases = if map.points().iter().any(|point| point.name.ends_with("_l3")) {
            3.0
        } else {
            1.0
        };
        let value = move |point: &str| {
            let at = clock.now();
            let (register, level) = locked(&used).at(at);
            says(point, register, level, phases)
        };
        Some(Simulated {
            id: self.unit_id,
            map,
            value: Arc::new(value),
        })
    }
}

/// What a meter shows under a name, by what it has counted (kWh or m³) and what flows now (W or
/// litres an hour). Phases are taken to be alike.
fn says(point: &str, register: f64, level: f64, phases: f64) -> f64 {
    const VOLTS: f64 = 229.5;
    const FACTOR: f64 = 0.94;
    let share = if point.contains("_l") { phases } else { 1.0 };
    match point {
        "energy_kwh" | "volume_m3" | "energy_sum" | "energy_sum_total" => register,
        "power_w" => level,
        "flow_rate" => level / 1_000.0,
        "frequency" => 50.0,
        "pressure" => 0.31,
        "temperature" => 14.5,
        "battery_voltage" => 3.6,
        "remaining_prepaid" => 0.0,
        _ if point.starts_with("voltage") => VOLTS,
        _ if point.starts_with("power_factor") => FACTOR,
        _ if point.starts_with("current") => level / phases / VOLTS / FACTOR,
        _ if point.starts_with("energy_import") => register / share,
        _ if point.starts_with("power_l") => level / share,
        _ if point.starts_with("apparent_power") => level / FACTOR / share,
        _ => 0.0,
    }
}
