//! Where a device stands that belongs to no unit: somebody wrote it down in words.

/// A building as devices speak of it.
#[derive(Debug)]
pub(super) struct Building {
    pub(super) name: String,
    /// Names of its entrances, in their order.
    pub(super) entrances: Vec<String>,
}

/// Where a device stands among the buildings of its estate and their entrances, by their places.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Stands {
    pub(super) building: Option<usize>,
    pub(super) entrance: Option<usize>,
}

/// The building and the entrance that a place in words begins with: `3号楼1单元 地下泵房`. The longest
/// name counts, so that 1号楼东 is not 1号楼.
pub(super) fn find(buildings: &[Building], place: &str) -> Stands {
    let found = buildings
        .iter()
        .enumerate()
        .filter_map(|(n, building)| Some((n, after(place, &building.name)?)))
        .min_by_key(|(_, rest)| rest.len());
    let Some((nth, rest)) = found else {
        return Stands::default();
    };
    let rest = rest.trim_start_matches([' ', '　', '-', '·', '・', ',', '，', '/']);
    let entrances = buildings.get(nth).map(|building| building.entrances.iter());
    let entrance = entrances
        .into_iter()
        .flatten()
        .enumerate()
        .filter(|(_, name)| after(rest, name).is_some())
        .max_by_key(|(_, name)| name.len());
    Stands {
        building: Some(nth),
        entrance: entrance.map(|(nth, _)| nth),
    }
}

/// What follows a name. A number that goes on is another number: `1` does not begin `12`.
fn after<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let rest = text.strip_prefix(name).filter(|_| !name.is_empty())?;
    let digit = |c: char| c.is_ascii_digit();
    (!(name.ends_with(digit) && rest.starts_with(digit))).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_words_begins_with_a_building() {
        let building = |name: &str, entrances: &[&str]| Building {
            name: name.to_owned(),
            entrances: entrances.iter().map(ToString::to_string).collect(),
        };
        let all = [
            building("1号楼", &["1单元", "2单元"]),
            building("1号楼东", &["1单元"]),
            building("11号楼", &[]),
            building("1", &["1", "12"]),
        ];
        let at = |place| {
            let found = find(&all, place);
            let building = found.building.map(|n| &all[n]);
            let entrance = found
                .entrance
                .map(|n| building.unwrap().entrances[n].as_str());
            (building.map(|building| building.name.as_str()), entrance)
        };
        assert_eq!(at("1号楼2单元"), (Some("1号楼"), Some("2单元")));
        assert_eq!(at("1号楼 · 2单元 一层"), (Some("1号楼"), Some("2单元")));
        assert_eq!(at("1号楼东1单元"), (Some("1号楼东"), Some("1单元")));
        assert_eq!(at("11号楼 地下"), (Some("11号楼"), None));
        assert_eq!(at("1-12 大堂"), (Some("1"), Some("12")));
        assert_eq!(at("12号楼"), (None, None));
        assert_eq!(at("北门"), (None, None));
    }
}
