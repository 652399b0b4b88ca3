//! A building drawn floor by floor, as people see it from the street: the top floor first, a column
//! for each door behind each entrance.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Building, Occupancy, UnitUse};
use crate::id::UnitId;

/// The most units of one building that are drawn.
pub const MOST_DRAWN: usize = 3_000;

/// `T` is what stands for one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawing<T> {
    pub entrances: Vec<DrawnEntrance>,
    /// From the top down.
    pub floors: Vec<DrawnFloor<T>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawnEntrance {
    pub name: Option<String>,
    /// `01`, `02`, `03A`, in the order that people count them in.
    pub doors: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawnFloor<T> {
    pub label: String,
    /// The true floor, where it is known.
    pub number: Option<i16>,
    /// One for each door of each entrance; nothing where this floor has no such door.
    pub units: Vec<Option<T>>,
}

/// What is drawn of a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawnUnit {
    pub id: UnitId,
    pub entrance: Option<String>,
    pub code: String,
    pub floor_label: Option<String>,
    pub true_floor: Option<i16>,
    pub use_: UnitUse,
    pub occupancy: Option<Occupancy>,
}

/// A building with what is drawn of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildingView {
    pub building: Building,
    pub estate_name: String,
    /// In the order that people count them in; at most [`MOST_DRAWN`].
    pub units: Vec<DrawnUnit>,
}

/// `3A01` is 3A and 01, `1202` is 12 and 02, `1203A` is 12 and 03A, `07` is no floor and 07. Other
/// shapes have no floor.
#[must_use]
pub fn floor_and_door(code: &str) -> Option<(&str, &str)> {
    if !code.is_ascii() || code.is_empty() {
        return None;
    }
    // A letter behind three digits and more belongs to the door: what is 12A may be a floor.
    let digits = code.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let lettered = code.len() == digits.len() + 1
        && digits.len() >= 3
        && digits.bytes().rev().take(2).all(|b| b.is_ascii_digit());
    let end = if lettered { digits } else { code };
    let (floor, _) = end.split_at_checked(end.len().saturating_sub(2))?;
    let door = code.get(floor.len()..)?;
    let letters = floor.bytes().filter(u8::is_ascii_alphabetic).count();
    let figures = floor.len() - letters;
    let shaped = door.bytes().take(2).all(|b| b.is_ascii_digit())
        && floor.bytes().all(|b| b.is_ascii_alphanumeric())
        && (letters == 0
            || (letters == 1 && figures > 0 && floor.ends_with(|c: char| c.is_ascii_alphabetic())));
    shaped.then_some((floor, door))
}

/// What numbers are compared by, and then the rest.
fn natural(text: &str) -> (u32, String) {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    let rest = text.get(digits.len()..).unwrap_or_default().to_owned();
    (digits.parse().unwrap_or(u32::MAX), rest)
}

/// How high a floor is by its name alone: `3A` is above 3 and below 4, `B1` and `-1` are below 1.
fn height(label: &str) -> (i32, String) {
    let start = label.find(|c: char| c.is_ascii_digit());
    let (before, from) = label.split_at(start.unwrap_or(label.len()));
    let (number, rest) = natural(from);
    let number = i32::try_from(number).unwrap_or(i32::MAX);
    let below = before.contains(['-', 'B', 'b', '负']) || before.contains("地下");
    (
        if below {
            number.saturating_neg()
        } else {
            number
        },
        rest,
    )
}

/// What is left of a code behind its floor, where that can be a door: two digits and more, or no
/// digit at first. Of a shop 10 on floor 1 nothing is left.
fn door_behind(rest: &str) -> Option<&str> {
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let rest = rest.trim_start_matches(['-', ' ']);
    (digits != 1 && !rest.is_empty()).then_some(rest)
}

/// The floor's name and the door's, where a unit has a floor at all: bays and what is for all
/// lie on none.
fn place(unit: &DrawnUnit) -> Option<(String, String)> {
    if matches!(unit.use_, UnitUse::Bay | UnitUse::Public) {
        return None;
    }
    let by_code = floor_and_door(&unit.code).filter(|(floor, _)| !floor.is_empty());
    let label = unit.floor_label.as_deref().map(str::trim);
    match label.filter(|label| !label.is_empty()) {
        Some(label) => {
            let behind = unit.code.strip_prefix(label).and_then(door_behind);
            let door = behind.or_else(|| by_code.map(|(_, door)| door));
            Some((label.to_owned(), door.unwrap_or(&unit.code).to_owned()))
        }
        None => by_code.map(|(floor, door)| (floor.to_owned(), door.to_owned())),
    }
}

/// A floor while it is being filled: its units by entrance and door.
#[derive(Default)]
struct Filling {
    number: Option<i16>,
    units: BTreeMap<(usize, String), DrawnUnit>,
}

impl Drawing<DrawnUnit> {
    /// Draws units, which come in the order that people count them in, and gives back those that
    /// lie on no floor.
    #[must_use]
    pub fn of(units: Vec<DrawnUnit>) -> (Self, Vec<DrawnUnit>) {
        let mut entrances: Vec<DrawnEntrance> = Vec::new();
        let mut floors: BTreeMap<String, Filling> = BTreeMap::new();
        let mut others = Vec::new();
        for unit in units {
            let Some((label, mut door)) = place(&unit) else {
                others.push(unit);
                continue;
            };
            let known = entrances.iter().position(|each| each.name == unit.entrance);
            let entrance = known.unwrap_or(entrances.len());
            if known.is_none() {
                entrances.push(DrawnEntrance {
                    name: unit.entrance.clone(),
                    doors: Vec::new(),
                });
            }
            let floor = floors.entry(label).or_default();
            floor.number = floor.number.or(unit.true_floor);
            // Two that read alike on one floor: the second is known by its whole code, and where even
            // that is another's place it has none here.
            if floor.units.contains_key(&(entrance, door.clone())) {
                door.clone_from(&unit.code);
            }
            if floor.units.contains_key(&(entrance, door.clone())) {
                others.push(unit);
                continue;
            }
            if let Some(each) = entrances.get_mut(entrance)
                && !each.doors.contains(&door)
            {
                each.doors.push(door.clone());
            }
            floor.units.insert((entrance, door), unit);
        }
        for entrance in &mut entrances {
            entrance.doors.sort_by_cached_key(|door| natural(door));
        }
        let mut floors: Vec<(String, Filling)> = floors.into_iter().collect();
        floors.sort_by_cached_key(|(label, floor)| {
            let by_name = height(label);
            let number = floor.number.map_or(by_name.0, i32::from);
            std::cmp::Reverse((number, by_name))
        });
        let floors = floors.into_iter().map(|(label, mut floor)| {
            let mut units = Vec::new();
            for (n, entrance) in entrances.iter().enumerate() {
                let doors = entrance.doors.iter().cloned();
                units.extend(doors.map(|door| floor.units.remove(&(n, door))));
            }
            DrawnFloor {
                label,
                number: floor.number,
                units,
            }
        });
        let floors = floors.collect();
        (Self { entrances, floors }, others)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn unit(n: u128, entrance: Option<&str>, code: &str) -> DrawnUnit {
        DrawnUnit {
            id: UnitId(Uuid::from_u128(n)),
            entrance: entrance.map(str::to_owned),
            code: code.to_owned(),
            floor_label: None,
            true_floor: None,
            use_: UnitUse::Home,
            occupancy: None,
        }
    }

    #[test]
    fn codes_have_floors() {
        for (code, parts) in [
            ("3A01", Some(("3A", "01"))),
            ("1202", Some(("12", "02"))),
            ("1203A", Some(("12", "03A"))),
            ("12A03A", Some(("12A", "03A"))),
            ("07", Some(("", "07"))),
            ("12A", None),
            ("17B", None),
            ("A-1", None),
            ("底商", None),
            ("", None),
        ] {
            assert_eq!(floor_and_door(code), parts, "{code}");
        }
    }

    #[test]
    fn a_drawing_has_the_top_floor_first_and_gaps_where_no_door_is() {
        let one = Some("1单元");
        let codes = [
            (one, "101"),
            (one, "102"),
            (one, "301"),
            (one, "3A01"),
            (one, "3A02"),
            (one, "1001"),
            (Some("2单元"), "301"),
        ];
        let units = codes.into_iter().zip(1..);
        let units = units.map(|((entrance, code), n)| unit(n, entrance, code));
        let (drawing, others) = Drawing::of(units.collect());
        assert!(others.is_empty());
        let shown: Vec<_> = drawing
            .floors
            .iter()
            .map(|floor| {
                let units = floor.units.iter();
                let codes = units.map(|unit| unit.as_ref().map_or("·", |unit| &unit.code));
                format!("{}: {}", floor.label, codes.collect::<Vec<_>>().join(" "))
            })
            .collect();
        assert_eq!(
            shown,
            [
                "10: 1001 · ·",
                "3A: 3A01 3A02 ·",
                "3: 301 · 301",
                "1: 101 102 ·"
            ]
        );
        let doors: Vec<_> = drawing.entrances.iter().map(|each| &each.doors).collect();
        assert_eq!(
            doors,
            [
                &vec!["01".to_owned(), "02".to_owned()],
                &vec!["01".to_owned()]
            ]
        );
    }

    #[test]
    fn what_lies_on_no_floor_is_given_back() {
        let bay = DrawnUnit {
            use_: UnitUse::Bay,
            ..unit(1, None, "1017")
        };
        let odd = unit(2, None, "门房");
        let cellar = DrawnUnit {
            floor_label: Some("B1".to_owned()),
            ..unit(3, None, "仓1")
        };
        let named = DrawnUnit {
            floor_label: Some("1层".to_owned()),
            ..unit(4, None, "101")
        };
        let twin = DrawnUnit {
            floor_label: Some("1层".to_owned()),
            ..unit(5, None, "01")
        };
        let third = DrawnUnit {
            floor_label: Some("1层".to_owned()),
            ..unit(6, None, "201")
        };
        let (drawing, others) = Drawing::of(vec![bay, odd, cellar, named, twin, third]);
        let others: Vec<_> = others.iter().map(|unit| unit.code.as_str()).collect();
        assert_eq!(others, ["1017", "门房", "01"]);
        let labels: Vec<_> = drawing.floors.iter().map(|floor| &*floor.label).collect();
        assert_eq!(labels, ["1层", "B1"]);
        let drawn = drawing.floors.iter().flat_map(|floor| &floor.units);
        let drawn: Vec<_> = drawn.flatten().map(|unit| unit.code.as_str()).collect();
        assert_eq!(drawn, ["101", "201", "仓1"], "none is lost");
    }

    #[test]
    fn shops_that_are_only_counted_stand_in_a_row() {
        let shop = |n: u128| DrawnUnit {
            floor_label: Some("1".to_owned()),
            use_: UnitUse::Shop,
            ..unit(n, None, &format!("{n:02}"))
        };
        let dashed = DrawnUnit {
            floor_label: Some("1".to_owned()),
            ..unit(20, None, "1-B")
        };
        let units = (1..=12).map(shop).chain([dashed]).collect();
        let (drawing, others) = Drawing::of(units);
        assert!(others.is_empty());
        let doors = drawing.entrances[0].doors.join(" ");
        assert_eq!(doors, "01 02 03 04 05 06 07 08 09 10 11 12 B");
    }

    #[test]
    fn the_true_floor_decides_over_the_name() {
        let floor = |n, label: &str, number| DrawnUnit {
            floor_label: Some(label.to_owned()),
            true_floor: Some(number),
            ..unit(n, None, &format!("{label}01"))
        };
        let (drawing, _) = Drawing::of(vec![floor(1, "5", 5), floor(2, "3A", 4), floor(3, "G", 1)]);
        let labels: Vec<_> = drawing.floors.iter().map(|floor| &*floor.label).collect();
        assert_eq!(labels, ["5", "3A", "G"]);
    }
}
