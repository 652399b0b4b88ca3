//! The maps that come with Linli. Their sources are named in the file.

use std::sync::LazyLock;

use serde::Deserialize;

use super::RegisterMap;
use crate::devices::DeviceKind;

#[derive(Deserialize)]
struct Known {
    maps: Vec<RegisterMap>,
}

#[derive(Deserialize)]
struct Kinds {
    maps: Vec<Kind>,
}

/// What a map says of its device in words.
#[derive(Deserialize)]
struct Kind {
    id: String,
    kind: String,
}

// Nothing to fail at: the tests read the same file.
static KNOWN: LazyLock<Vec<RegisterMap>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("known.json"))
        .map_or_else(|_| Vec::new(), |Known { maps }| maps)
});

static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("known.json"))
        .map_or_else(|_| Vec::new(), |Kinds { maps }| maps)
});

impl RegisterMap {
    /// What a known model is.
    #[must_use]
    pub fn known_kind(id: &str) -> Option<DeviceKind> {
        let found = KINDS.iter().find(|map| map.id == id)?;
        DeviceKind::in_words(&found.kind)
    }

    /// The map of a known model.
    #[must_use]
    pub fn known(id: &str) -> Option<&'static Self> {
        Self::known_maps().iter().find(|map| map.id == id)
    }

    #[must_use]
    pub fn known_maps() -> &'static [Self] {
        &KNOWN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_a_good_map() {
        let file: serde_json::Value = serde_json::from_str(include_str!("known.json")).unwrap();
        let maps = file["maps"].as_array().unwrap();
        let sizes: Vec<(&str, usize)> = maps
            .iter()
            .map(|json| {
                let map = RegisterMap::read(json).unwrap();
                assert_eq!(RegisterMap::known(&map.id), Some(&map));
                (json["id"].as_str().unwrap(), map.registers.len())
            })
            .collect();
        assert_eq!(
            sizes,
            [
                ("eastron-sdm630", 36),
                ("eastron-sdm120", 13),
                ("chint-dtsu666", 21),
                ("xintai-water-valve", 10),
                ("nyk-es810-water", 1),
            ]
        );
    }

    /// A meter's own points (energy, power, volume) are what bills and dashboards ask for.
    #[test]
    fn each_feeds_the_points_of_its_kind() {
        for map in RegisterMap::known_maps() {
            let kind = RegisterMap::known_kind(&map.id).unwrap();
            let water = map.id.contains("water");
            assert_eq!(kind == DeviceKind::WaterMeter, water, "{}", map.id);
            for wanted in kind.points() {
                assert!(map.points().contains(&wanted), "{}: {wanted:?}", map.id);
            }
        }
    }
}
