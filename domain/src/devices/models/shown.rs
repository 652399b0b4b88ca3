//! Models as they are listed and shown.

use serde::{Deserialize, Serialize};

use super::{DeviceModel, ModelKey};
use crate::devices::DeviceKind;

impl DeviceKind {
    /// What a device is that somebody describes in words, as published maps do: `electricity,
    /// three-phase`, `三相电表`.
    #[must_use]
    pub fn in_words(words: &str) -> Option<Self> {
        let words = words.trim().to_lowercase();
        let says = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
        Self::parse(&words).or_else(|| {
            Some(match () {
                () if says(&["electric", "电能", "电表", "power meter", "energy meter"]) => {
                    Self::ElectricityMeter
                }
                () if says(&["water", "水表"]) => Self::WaterMeter,
                () if says(&["gas", "燃气"]) => Self::GasMeter,
                () if says(&["lift", "elevator", "电梯"]) => Self::Lift,
                () if says(&["pump", "水泵"]) => Self::Pump,
                () if says(&["smoke", "烟感"]) => Self::SmokeAlarm,
                () if says(&["charg", "充电"]) => Self::Charger,
                () if says(&["door", "门禁"]) => Self::Door,
                () if says(&["sensor", "传感"]) => Self::Sensor,
                () => return None,
            })
        })
    }
}

/// A model in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelRow {
    pub id: ModelKey,
    pub name: String,
    pub maker: String,
    pub kind: DeviceKind,
    /// Whether it comes with Linli.
    pub built_in: bool,
    pub points: u32,
    /// How many of them stand in registers; none where it has no register map.
    pub registers: u32,
    /// How many devices in use follow it, as far as the asker sees.
    pub devices: i64,
    pub archived: bool,
}

/// Which models a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelFilter {
    /// Part of a name, a maker or an id.
    pub q: Option<String>,
    pub kind: Option<DeviceKind>,
    /// Those that no device is registered with any more, instead of the others.
    pub archived: bool,
}

impl ModelFilter {
    /// Whether a model that comes with Linli is among them.
    #[must_use]
    pub fn shows(&self, model: &DeviceModel) -> bool {
        let q = self.q.as_deref().unwrap_or_default().trim().to_lowercase();
        let texts = [model.id.as_str(), &model.name, &model.maker];
        let found = texts.iter().any(|text| text.to_lowercase().contains(&q));
        !self.archived && self.kind.is_none_or(|kind| kind == model.kind) && found
    }
}

/// A model on its page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelShown {
    pub model: DeviceModel,
    pub built_in: bool,
    pub archived: bool,
    /// How many devices follow it, those out of use as well, wherever they are.
    pub devices: i64,
}

impl ModelShown {
    /// What a built-in one is shown as.
    #[must_use]
    pub const fn built_in(model: DeviceModel, devices: i64) -> Self {
        Self {
            model,
            built_in: true,
            archived: false,
            devices,
        }
    }
}
