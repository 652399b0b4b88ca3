//! Cars (车辆) and their plates (号牌).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::words;
use crate::{
    form::said,
    id::{UnitId, VehicleId},
    problem::{Check, Flaw, Problem, text},
    sheet,
};

/// Where a plate of a province, a municipality or a region is from.
const PROVINCES: &str = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新";
/// What the last place may hold instead of a letter or a digit.
const ENDS: &str = "挂学警港澳领使";

/// A car's plate, in capitals and without the dot: `沪A12345`, `粤BD12345`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Plate(String);

impl Plate {
    /// Reads `沪a·12345`, `沪A-12345`, `沪Ａ１２３４５`. What starts with a province has to be a plate
    /// as GA 36-2018 has them: a letter, then five places, or six for new energy, without the letters
    /// I and O, which are too like 1 and 0. Other plates (embassies, armed forces, from abroad) are
    /// five to nine letters, digits and Chinese characters.
    ///
    /// # Errors
    /// `required`, `malformed`.
    pub fn parse(raw: &str) -> Result<Self, Flaw> {
        let plate = plain(raw);
        let mut chars = plate.chars();
        let known = match chars.next() {
            None => return Err(Flaw::Required),
            Some(first) if PROVINCES.contains(first) => of_province(chars.as_str()),
            Some(_) => {
                let likely = |c: char| c.is_ascii_alphanumeric() || is_chinese(c);
                (5..=9).contains(&plate.chars().count())
                    && plate.chars().all(likely)
                    && plate.chars().filter(char::is_ascii_alphanumeric).count() >= 4
            }
        };
        if known {
            Ok(Self(plate))
        } else {
            Err(Flaw::Malformed)
        }
    }

    /// What a search for a part of a plate starts with: at least four places, or three behind a
    /// province. `None` for what can be none.
    #[must_use]
    pub fn part(raw: &str) -> Option<String> {
        let part = plain(raw);
        let (count, first) = (part.chars().count(), part.chars().next()?);
        let likely = |c: char| c.is_ascii_alphanumeric() || is_chinese(c);
        let numbers = part.chars().filter(char::is_ascii_alphanumeric).count();
        let least = if PROVINCES.contains(first) { 2 } else { 4 };
        ((4..=9).contains(&count) || (numbers >= least && count >= 3))
            .then_some(part)
            .filter(|part| numbers >= least && part.chars().all(likely))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A plate that was read before.
    #[must_use]
    pub const fn stored(plate: String) -> Self {
        Self(plate)
    }
}

/// As it stands on the car: `沪A·12345`.
impl fmt::Display for Plate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut chars = self.0.chars();
        match (chars.next(), chars.next()) {
            (Some(first), Some(second)) if PROVINCES.contains(first) => {
                write!(f, "{first}{second}·{}", chars.as_str())
            }
            _ => f.write_str(&self.0),
        }
    }
}

/// In capitals, narrow, without what people put between.
fn plain(raw: &str) -> String {
    let narrow = raw.chars().map(|c| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        _ => c,
    });
    let kept = narrow.filter(|c| !(c.is_whitespace() || matches!(c, '·' | '•' | '・' | '.' | '-')));
    kept.map(|c| c.to_ascii_uppercase()).collect()
}

fn is_chinese(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}')
}

fn of_province(rest: &str) -> bool {
    let mut chars = rest.chars();
    let office = chars
        .next()
        .is_some_and(|c| c.is_ascii_uppercase() && c != 'I');
    let body: Vec<char> = chars.collect();
    let Some((last, places)) = body.split_last() else {
        return false;
    };
    let place =
        |c: &char| c.is_ascii_digit() || (c.is_ascii_uppercase() && !matches!(c, 'I' | 'O'));
    office
        && matches!(body.len(), 5 | 6)
        && places.iter().all(place)
        && (place(last) || ENDS.contains(*last))
}

/// A car of a home.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vehicle {
    pub id: VehicleId,
    /// As it stands on the car: `沪A·12345`.
    pub plate: String,
    /// What it looks like: `白色 朗逸`.
    pub about: Option<String>,
}

/// A car that a search has found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundVehicle {
    pub vehicle: Vehicle,
    pub unit: UnitId,
    /// `阳光花园 3号楼 2单元 1202`
    pub home: String,
}

/// A car that is written down for a home.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct VehicleForm {
    pub unit: UnitId,
    pub plate: String,
    #[serde(default, deserialize_with = "said")]
    pub about: Option<String>,
}

#[derive(Debug, Clone)]
pub struct NewVehicle {
    pub unit: UnitId,
    pub plate: Plate,
    pub about: Option<String>,
}

impl TryFrom<VehicleForm> for NewVehicle {
    type Error = Problem;

    fn try_from(form: VehicleForm) -> Result<Self, Problem> {
        let mut check = Check::default();
        let plate = check.take("plate", Plate::parse(&form.plate));
        let about = form.about.filter(|about| !about.trim().is_empty());
        let about = check.take("about", about.map(|about| text(&about, 1, 40)).transpose());
        let whole = (|| {
            Some(Self {
                unit: form.unit,
                plate: plate?,
                about: about?,
            })
        })();
        check.done(whole)
    }
}

words! {
    /// What a column of a sheet of cars can hold. The wire form is the English half of the template's
    /// header; the template has them in this order.
    VehicleColumn {
        /// `3-2-1702`, `3号楼 2单元 1702`.
        Home = "home" ["房屋", "房号", "住址", "地址"];
        Plate = "plate" ["车牌", "车牌号", "号牌", "车牌号码"];
        About = "about" ["车型", "车辆", "颜色车型", "备注"];
    }
}

sheet::columns! { VehicleColumn needs Home, Plate }

/// The most cars of one sheet.
pub const MOST_VEHICLES: usize = 5_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plates_are_read_as_people_write_them() {
        for (raw, plate, shown) in [
            ("沪A·12345", "沪A12345", "沪A·12345"),
            (" 沪a 12345 ", "沪A12345", "沪A·12345"),
            ("粤Ｂ－Ｄ12345", "粤BD12345", "粤B·D12345"),
            ("京A1234警", "京A1234警", "京A·1234警"),
            ("沪A1234学", "沪A1234学", "沪A·1234学"),
            ("使224578", "使224578", "使224578"),
            ("WJ沪1234X", "WJ沪1234X", "WJ沪1234X"),
            ("AB-123-CD", "AB123CD", "AB123CD"),
        ] {
            let read = Plate::parse(raw).unwrap();
            assert_eq!((read.as_str(), &*read.to_string()), (plate, shown), "{raw}");
        }
        assert_eq!(Plate::parse(" · "), Err(Flaw::Required));
        for bad in [
            "沪A1234",    // too short
            "沪A1234567", // too long
            "沪A1234O",   // the letter for the digit
            "沪112345",   // no office
            "沪I12345",
            "=1+1",
            "车牌",
            "粤粤粤粤A1",
        ] {
            assert_eq!(Plate::parse(bad), Err(Flaw::Malformed), "{bad}");
        }
    }

    #[test]
    fn a_part_of_a_plate_is_searched_for() {
        for (raw, part) in [
            ("沪A12", Some("沪A12")),
            ("沪a·1", Some("沪A1")),
            ("A1234", Some("A1234")),
            ("1234", Some("1234")),
            ("123", None),
            ("沪A", None),
            ("王小明", None),
            ("3-2-17", Some("3217")),
            ("WJ沪12", Some("WJ沪12")),
        ] {
            assert_eq!(Plate::part(raw).as_deref(), part, "{raw}");
        }
    }

    #[test]
    fn all_flaws_at_once() {
        let form = VehicleForm {
            unit: UnitId(uuid::Uuid::nil()),
            plate: "沪A".to_owned(),
            about: Some("白".repeat(41)),
        };
        let problem = NewVehicle::try_from(form).unwrap_err();
        assert_eq!(problem.fields["plate"], Flaw::Malformed);
        assert_eq!(problem.fields["about"], Flaw::TooLong);
    }
}
