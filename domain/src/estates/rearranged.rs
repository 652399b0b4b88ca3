//! Units that move, are split, are made one, or are there no more.

use serde::{Deserialize, Serialize};

use super::Area;
use crate::{
    id::BuildingId,
    problem::{Check, Flaw, Problem, text},
};

/// Where a unit is to be.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MoveForm {
    /// Another building of its estate, or the same one.
    pub building: BuildingId,
    /// The entrance's name; blank for none. One that is not there yet is made.
    #[serde(default)]
    pub entrance: String,
}

impl MoveForm {
    /// The entrance's name.
    ///
    /// # Errors
    /// `invalid` on `entrance`.
    pub fn entrance(&self) -> Result<Option<String>, Problem> {
        let mut check = Check::default();
        let typed = (!self.entrance.trim().is_empty()).then(|| text(&self.entrance, 1, 20));
        let entrance = check.take("entrance", typed.transpose());
        check.done(entrance)
    }
}

/// The most parts that a unit is split into, itself among them.
pub const MOST_PARTS: usize = 6;

/// A unit that is split: what it keeps, and the units that are new.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SplitForm {
    /// Square metres that it keeps, as typed; blank where that is not known.
    pub area_m2: String,
    /// Lines that are blank are none.
    pub parts: Vec<PartForm>,
    /// `true` where the new units are its owners' too.
    pub same_owners: String,
}

/// A unit that a split makes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PartForm {
    /// The door's code.
    pub unit: String,
    pub area_m2: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    pub keeps: Option<Area>,
    pub parts: Vec<(String, Option<Area>)>,
    pub same_owners: bool,
}

impl Split {
    /// Reads a form. `whole` is the unit's area before.
    ///
    /// # Errors
    /// `invalid` with every flawed field (`parts[0][unit]` is the first part's door): two parts with one
    /// door are `taken`, no part at all is `required`, and areas that are more than the unit's
    /// together are `out_of_range`.
    pub fn read(form: &SplitForm, whole: Option<Area>) -> Result<Self, Problem> {
        let mut check = Check::default();
        let area = |typed: &str| match typed.trim() {
            "" => Ok(None),
            typed => Area::parse(typed).map(Some),
        };
        let keeps = check.take("area_m2", area(&form.area_m2));
        let mut parts: Vec<(String, Option<Area>)> = Vec::new();
        let blank = PartForm::default();
        for (at, part) in form.parts.iter().enumerate().take(MOST_PARTS) {
            if *part == blank {
                continue;
            }
            let door = text(&part.unit, 1, 20).and_then(|door| {
                let twice = parts.iter().any(|(other, _)| *other == door);
                if twice { Err(Flaw::Taken) } else { Ok(door) }
            });
            let door = check.take(&format!("parts[{at}][unit]"), door);
            let size = check.take(&format!("parts[{at}][area_m2]"), area(&part.area_m2));
            if let (Some(door), Some(size)) = (door, size) {
                parts.push((door, size));
            }
        }
        if form.parts.iter().all(|part| *part == blank) {
            check.take::<()>("parts[0][unit]", Err(Flaw::Required));
        }
        let sizes = parts.iter().map(|(_, size)| *size).chain([keeps.flatten()]);
        let together: i64 = sizes.flatten().map(|area| i64::from(area.0)).sum();
        if whole.is_some_and(|whole| together > i64::from(whole.0)) {
            check.take::<()>("area_m2", Err(Flaw::OutOfRange));
        }
        let whole = keeps.map(|keeps| Self {
            keeps,
            parts,
            same_owners: form.same_owners == "true",
        });
        check.done(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(unit: &str, area_m2: &str) -> PartForm {
        PartForm {
            unit: unit.to_owned(),
            area_m2: area_m2.to_owned(),
        }
    }

    fn form(area_m2: &str, parts: Vec<PartForm>) -> SplitForm {
        SplitForm {
            area_m2: area_m2.to_owned(),
            parts,
            same_owners: "true".to_owned(),
        }
    }

    #[test]
    fn a_split_keeps_within_the_whole() {
        let whole = Some(Area(10_000));
        let parts = vec![part("101A", "40"), part("", ""), part("101B", "")];
        let split = Split::read(&form("60", parts), whole).unwrap();
        assert_eq!(split.keeps, Some(Area(6_000)));
        let doors = [
            ("101A".to_owned(), Some(Area(4_000))),
            ("101B".to_owned(), None),
        ];
        assert_eq!((split.parts, split.same_owners), (doors.to_vec(), true));

        let more = form("60", vec![part("101A", "40.01")]);
        let problem = Split::read(&more, whole).unwrap_err();
        assert_eq!(problem.fields["area_m2"], Flaw::OutOfRange);
        assert!(Split::read(&more, None).is_ok());
    }

    #[test]
    fn all_flaws_at_once() {
        let parts = vec![
            part("101A", "x"),
            part("101B", "1"),
            part("101B", "1"),
            part("", "3"),
        ];
        let problem = Split::read(&form("-1", parts), None).unwrap_err();
        for (field, flaw) in [
            ("area_m2", Flaw::Malformed),
            ("parts[0][area_m2]", Flaw::Malformed),
            ("parts[2][unit]", Flaw::Taken),
            ("parts[3][unit]", Flaw::Required),
        ] {
            assert_eq!(problem.fields[field], flaw, "{field}");
        }
        let none = Split::read(&form("", vec![part("", "")]), None).unwrap_err();
        assert_eq!(none.fields["parts[0][unit]"], Flaw::Required);
    }
}
