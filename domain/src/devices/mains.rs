//! Main meters (总表) and those below them (分表).

use serde::{Deserialize, Serialize};

use crate::{
    id::{BuildingId, DeviceId},
    problem::{Code, Flaw, Problem},
};

/// What hangs below a main meter, all of it: what is not named does not any more.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BelowForm {
    /// Ids of buildings, for the meters of all their units, and of the estate's own meters.
    pub below: Vec<String>,
}

/// The same, told apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Below {
    pub buildings: Vec<BuildingId>,
    pub meters: Vec<DeviceId>,
}

impl TryFrom<BelowForm> for Below {
    type Error = Problem;

    fn try_from(form: BelowForm) -> Result<Self, Problem> {
        let mut below = Self::default();
        for id in form.below {
            let building = id.parse().map(|building| below.buildings.push(building));
            let either = building.or_else(|_| id.parse().map(|meter| below.meters.push(meter)));
            either.map_err(|_| Problem::field(Code::Invalid, "below", Flaw::Malformed))?;
        }
        Ok(below)
    }
}

/// What may hang below a main meter, and what does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hangings {
    /// Buildings whose units have meters of that kind, in their order.
    pub buildings: Vec<BuildingMeters>,
    /// The estate's own meters of that kind that are not above it.
    pub meters: Vec<OwnMeter>,
}

/// The meters of one building's units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildingMeters {
    pub building: BuildingId,
    pub name: String,
    pub meters: i64,
    /// How many of them hang below the main meter.
    pub below: i64,
}

/// One of the estate's own meters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnMeter {
    pub device: DeviceId,
    pub name: String,
    pub below: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buildings_and_meters_are_told_apart_by_their_ids() {
        let building = BuildingId(uuid::Uuid::from_u128(1));
        let meter = DeviceId(uuid::Uuid::from_u128(2));
        let of = |below: Vec<String>| Below::try_from(BelowForm { below });
        let both = of(vec![meter.to_string(), building.to_string()]).unwrap();
        assert_eq!((both.buildings, both.meters), (vec![building], vec![meter]));
        let bad = of(vec!["est_1".to_owned()]).unwrap_err();
        assert_eq!(bad.fields["below"], Flaw::Malformed);
    }
}
