//! A building whose floors are all alike, drawn up by a rule: so many floors, so many doors on each
//! behind every entrance, and the numbers that are left out or go by another name.
//!
//! Arithmetic only: a browser shows with it what the server would make of the same form.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::{
    Area, Occupancy,
    drawing::{Drawing, DrawnEntrance, DrawnFloor},
    words,
};
use crate::problem::{Check, Flaw, Problem, text};

/// The most of each that one building may have.
pub const MOST_FLOORS: u16 = 150;
pub const MOST_DOORS: u16 = 60;
pub const MOST_ENTRANCES: usize = 20;
pub const MOST_UNITS: usize = 3_000;

/// More numbers left out than this are no rule any more.
const MOST_SKIPS: usize = 40;

words! {
    /// How the code of a door is made of its floor and its place there.
    Numbering {
        /// `1702`: the floor, then two digits.
        Digits = "digits" [];
        /// `17B`: the floor, then a letter.
        Letters = "letters" [];
    }
}

/// A regular building as it is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RegularForm {
    pub name: String,
    /// Their names; none where the building has but one door to the street.
    pub entrances: Vec<String>,
    /// The true floor that the doors begin on; blank is 1.
    pub first_floor: String,
    pub floors: String,
    /// On each floor, behind each entrance.
    pub doors: String,
    /// A word of [`Numbering`]; blank is digits.
    pub numbering: String,
    /// Whether the doors of a floor are counted on from one entrance to the next, and not anew.
    pub through: bool,
    /// Numbers that no floor has: `4=3A` is called 3A instead, `13` is passed over.
    pub skipped_floors: Vec<String>,
    /// The same of doors; with letters also `I`.
    pub skipped_doors: Vec<String>,
    /// Gross areas: one for all doors, or one for each door of a floor.
    pub areas_m2: Vec<String>,
    /// The state of every unit.
    pub occupancy: Option<String>,
}

/// The same as it is typed into a page, each list in one line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RegularTexts {
    pub name: String,
    pub entrances: String,
    pub first_floor: String,
    pub floors: String,
    pub doors: String,
    pub numbering: String,
    /// `true`, or nothing.
    pub through: String,
    pub skipped_floors: String,
    pub skipped_doors: String,
    pub areas_m2: String,
    pub occupancy: String,
}

impl From<RegularTexts> for RegularForm {
    fn from(texts: RegularTexts) -> Self {
        Self {
            entrances: listed(&texts.entrances, false),
            skipped_floors: listed(&texts.skipped_floors, true),
            skipped_doors: listed(&texts.skipped_doors, true),
            areas_m2: listed(&texts.areas_m2, true),
            name: texts.name,
            first_floor: texts.first_floor,
            floors: texts.floors,
            doors: texts.doors,
            numbering: texts.numbering,
            through: texts.through == "true",
            occupancy: Some(texts.occupancy).filter(|word| !word.is_empty()),
        }
    }
}

/// The parts of a line, which commas and their like keep apart, and blanks where `blanks` says so.
fn listed(line: &str, blanks: bool) -> Vec<String> {
    let between =
        |c: char| matches!(c, ',' | '，' | '、' | ';' | '；') || (blanks && c.is_whitespace());
    let parts = line.split(between).map(str::trim);
    parts
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

/// A regular building with every floor and every door of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegularBuilding {
    pub name: String,
    /// At least one; it has no name where the building has no entrances.
    pub entrances: Vec<RegularEntrance>,
    /// From the ground up.
    pub floors: Vec<RegularFloor>,
    pub occupancy: Option<Occupancy>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegularEntrance {
    pub name: Option<String>,
    pub doors: Vec<RegularDoor>,
}

/// A door's place on every floor: `02`, `B`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegularDoor {
    pub label: String,
    pub area: Option<Area>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegularFloor {
    /// Counted, whatever it is called.
    pub number: i16,
    pub label: String,
}

/// One unit of a regular building.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegularUnit<'a> {
    /// Which entrance it is behind.
    pub entrance: usize,
    pub floor: &'a RegularFloor,
    pub code: String,
    pub area: Option<Area>,
}

impl RegularBuilding {
    /// How many units it has.
    #[must_use]
    pub fn count(&self) -> usize {
        let doors: usize = self.entrances.iter().map(|each| each.doors.len()).sum();
        doors * self.floors.len()
    }

    /// Every unit: entrance by entrance, from the ground up.
    pub fn units(&self) -> impl Iterator<Item = RegularUnit<'_>> {
        self.entrances.iter().enumerate().flat_map(|(n, entrance)| {
            self.floors.iter().flat_map(move |floor| {
                entrance.doors.iter().map(move |door| RegularUnit {
                    entrance: n,
                    floor,
                    code: format!("{}{}", floor.label, door.label),
                    area: door.area,
                })
            })
        })
    }

    /// The building from the top down, with the code and the area of each unit.
    #[must_use]
    pub fn drawing(&self) -> Drawing<(String, Option<Area>)> {
        let entrances = self.entrances.iter().map(|entrance| DrawnEntrance {
            name: entrance.name.clone(),
            doors: entrance
                .doors
                .iter()
                .map(|door| door.label.clone())
                .collect(),
        });
        let doors = || self.entrances.iter().flat_map(|each| &each.doors);
        let floors = self.floors.iter().rev().map(|floor| DrawnFloor {
            label: floor.label.clone(),
            number: Some(floor.number),
            units: doors()
                .map(|door| Some((format!("{}{}", floor.label, door.label), door.area)))
                .collect(),
        });
        Drawing {
            entrances: entrances.collect(),
            floors: floors.collect(),
        }
    }
}

impl TryFrom<RegularForm> for RegularBuilding {
    type Error = Problem;

    fn try_from(form: RegularForm) -> Result<Self, Problem> {
        let mut check = Check::default();
        let name = check.take("name", text(&form.name, 1, 40));
        let names = check.take("entrances", names(&form.entrances));
        let numbering = check.take("numbering", numbering(&form.numbering));
        let first = match form.first_floor.trim() {
            "" => Ok(1),
            typed => whole(typed, MOST_FLOORS),
        };
        let first = check.take("first_floor", first);
        let floors = check.take("floors", whole(&form.floors, MOST_FLOORS));
        let doors = check.take("doors", whole(&form.doors, MOST_DOORS));
        let letters = numbering == Some(Numbering::Letters);
        let no_floors = check.take("skipped_floors", skips(&form.skipped_floors, false));
        let no_doors = check.take("skipped_doors", skips(&form.skipped_doors, letters));
        let areas: Result<Vec<Area>, Flaw> =
            form.areas_m2.iter().map(|raw| Area::parse(raw)).collect();
        let areas = check.take("areas_m2", areas);
        let occupancy = form.occupancy.filter(|word| !word.trim().is_empty());
        let occupancy = occupancy.map(|word| Occupancy::parse(&word).ok_or(Flaw::Unknown));
        let occupancy = check.take("occupancy", occupancy.transpose());

        let floors = first.zip(floors).zip(no_floors).and_then(|(span, skips)| {
            check.take("skipped_floors", floors_of(span.0, span.1, &skips))
        });
        let entrances = (|| {
            let (names, doors, numbering) = (names?, doors?, numbering?);
            let ends = Ends {
                names,
                doors,
                numbering,
                through: form.through,
            };
            entrances_of(&mut check, ends, &no_doors?, &areas?)
        })();
        let whole = (|| {
            Some(Self {
                name: name?,
                entrances: entrances?,
                floors: floors?,
                occupancy: occupancy?,
            })
        })();
        let whole = whole.and_then(|whole| whole.held_to_its_size(&mut check));
        check.done(whole)
    }
}

impl RegularBuilding {
    /// This building, unless it is larger than any, or two of its doors would read the same.
    fn held_to_its_size(self, check: &mut Check) -> Option<Self> {
        if self.count() > MOST_UNITS {
            return check.take("floors", Err(Flaw::OutOfRange));
        }
        let mut seen = HashSet::new();
        let apart = self
            .units()
            .all(|unit| seen.insert((unit.entrance, unit.code)));
        let apart = if apart { Ok(()) } else { Err(Flaw::Taken) };
        check.take("skipped_doors", apart).map(|()| self)
    }
}

fn numbering(word: &str) -> Result<Numbering, Flaw> {
    match word.trim() {
        "" => Ok(Numbering::Digits),
        word => Numbering::parse(word).ok_or(Flaw::Unknown),
    }
}

/// A number from 1 to `most`.
fn whole(typed: &str, most: u16) -> Result<u16, Flaw> {
    let typed: String = typed.trim().chars().map(plain).collect();
    if typed.is_empty() {
        return Err(Flaw::Required);
    }
    if !typed.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Flaw::Malformed);
    }
    match typed.parse() {
        Ok(number) if (1..=most).contains(&number) => Ok(number),
        _ => Err(Flaw::OutOfRange),
    }
}

/// Full-width letters, digits and signs as the ordinary ones.
fn plain(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

fn names(given: &[String]) -> Result<Vec<Option<String>>, Flaw> {
    if given.len() > MOST_ENTRANCES {
        return Err(Flaw::OutOfRange);
    }
    let mut names = Vec::new();
    for name in given {
        let name = Some(text(name, 1, 20)?);
        if names.contains(&name) {
            return Err(Flaw::Taken);
        }
        names.push(name);
    }
    if names.is_empty() {
        names.push(None);
    }
    Ok(names)
}

/// A number that is not used, and what stands in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Skip {
    number: u16,
    instead: Option<String>,
}

fn skips(given: &[String], letters: bool) -> Result<Vec<Skip>, Flaw> {
    if given.len() > MOST_SKIPS {
        return Err(Flaw::OutOfRange);
    }
    let mut skips: Vec<Skip> = Vec::new();
    for each in given {
        let skip = Skip::parse(each, letters)?;
        if skips.iter().any(|known| known.number == skip.number) {
            return Err(Flaw::Taken);
        }
        skips.push(skip);
    }
    Ok(skips)
}

impl Skip {
    /// Reads `13`, `4=3A`, `4：3A`, `4→3A`; with `letters` also `I` and `I=H2`.
    fn parse(typed: &str, letters: bool) -> Result<Self, Flaw> {
        let typed: String = typed
            .chars()
            .map(plain)
            .filter(|c| !c.is_whitespace())
            .collect();
        let (number, instead) = match typed.split_once(['=', ':', '→']) {
            Some((number, instead)) => (number, Some(instead)),
            None => (&*typed, None),
        };
        let number = match number.as_bytes() {
            [letter] if letters && letter.is_ascii_alphabetic() => {
                u16::from(letter.to_ascii_uppercase() - b'A') + 1
            }
            _ => whole(number, 999)?,
        };
        let shaped = |word: &str| {
            (1..=4).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_alphanumeric())
        };
        match instead {
            Some(word) if !shaped(word) => Err(Flaw::Malformed),
            instead => Ok(Self {
                number,
                instead: instead.map(str::to_ascii_uppercase),
            }),
        }
    }
}

/// What the things from the `first` on are called: they are counted from 1, but what is skipped is
/// called by what stands instead or, where nothing does, by the next number. `write` makes a name of
/// a number, and fails where it has none; and of what stands instead.
fn labels(
    (first, count): (u16, u16),
    skips: &[Skip],
    write: impl Fn(Result<u16, &str>) -> Option<String>,
) -> Option<Vec<String>> {
    let used =
        (1..=u16::MAX).filter_map(
            |number| match skips.iter().find(|skip| skip.number == number) {
                None => Some(write(Ok(number))),
                Some(skip) => skip.instead.as_deref().map(|word| write(Err(word))),
            },
        );
    let before = usize::from(first).saturating_sub(1);
    used.skip(before).take(usize::from(count)).collect()
}

fn no_two_alike(labels: &[String]) -> bool {
    let mut seen = HashSet::new();
    labels.iter().all(|label| seen.insert(label))
}

fn floors_of(first: u16, count: u16, skips: &[Skip]) -> Result<Vec<RegularFloor>, Flaw> {
    let write = |named: Result<u16, &str>| {
        Some(named.map_or_else(str::to_owned, |number| number.to_string()))
    };
    let labels = labels((first, count), skips, write).ok_or(Flaw::OutOfRange)?;
    if !no_two_alike(&labels) {
        return Err(Flaw::Taken);
    }
    let floors = labels.into_iter().zip(first..).map(|(label, number)| {
        let number = i16::try_from(number).map_err(|_| Flaw::OutOfRange)?;
        Ok(RegularFloor { number, label })
    });
    floors.collect()
}

/// What the entrances are made of.
struct Ends {
    names: Vec<Option<String>>,
    doors: u16,
    numbering: Numbering,
    through: bool,
}

fn entrances_of(
    check: &mut Check,
    ends: Ends,
    skips: &[Skip],
    areas: &[Area],
) -> Option<Vec<RegularEntrance>> {
    let Ends {
        names,
        doors,
        numbering,
        through,
    } = ends;
    let (each, behind) = (usize::from(doors), names.len());
    let counted = if through {
        u16::try_from(each * behind).unwrap_or(u16::MAX)
    } else {
        doors
    };
    let labels = labels((1, counted), skips, |named| door_label(numbering, named));
    let labels = check.take("doors", labels.ok_or(Flaw::OutOfRange))?;
    let apart = if no_two_alike(&labels) {
        Ok(())
    } else {
        Err(Flaw::Taken)
    };
    check.take("skipped_doors", apart)?;
    // One area for all, one for each door of an entrance, or one for each door of a floor.
    let area = |entrance: usize, door: usize| match areas.len() {
        0 => None,
        1 => areas.first(),
        n if n == each => areas.get(door),
        _ => areas.get(entrance * each + door),
    };
    let fits = [0, 1, each, each * behind].contains(&areas.len());
    let fits = if fits { Ok(()) } else { Err(Flaw::OutOfRange) };
    check.take("areas_m2", fits)?;
    let entrances = names.into_iter().enumerate().map(|(n, name)| {
        let from = if through { n * each } else { 0 };
        let doors = labels.iter().skip(from).take(each).enumerate();
        let doors = doors.map(|(door, label)| RegularDoor {
            label: label.clone(),
            area: area(n, door).copied(),
        });
        RegularEntrance {
            name,
            doors: doors.collect(),
        }
    });
    Some(entrances.collect())
}

/// `02`, `B`, or what stands instead, whose digits are two as well: `3A` is `03A`.
fn door_label(numbering: Numbering, named: Result<u16, &str>) -> Option<String> {
    match (numbering, named) {
        (Numbering::Digits, Ok(number)) => (number < 100).then(|| format!("{number:02}")),
        (Numbering::Letters, Ok(number)) => {
            let letter = u8::try_from(number.checked_sub(1)?).ok()?;
            (letter < 26).then(|| char::from(b'A' + letter).to_string())
        }
        (Numbering::Letters, Err(word)) => Some(word.to_owned()),
        (Numbering::Digits, Err(word)) => {
            let rest = word.trim_start_matches(|c: char| c.is_ascii_digit());
            let digits = word.strip_suffix(rest).unwrap_or_default();
            Some(match digits {
                "" => word.to_owned(),
                digits => format!("{digits:0>2}{rest}"),
            })
        }
    }
}

#[cfg(test)]
#[path = "regular_tests.rs"]
mod tests;
