//! The columns of a roster (房产台账): what each of a file's columns is, and who said so.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Occupancy, UnitUse, words};
use crate::problem::{Check, Flaw, Problem};

words! {
    /// What a column of a roster can hold. The wire form is the English half of the template's
    /// header.
    RosterColumn {
        Building = "building" [];
        Entrance = "entrance" [];
        Unit = "unit" [];
        Floor = "floor_label" [];
        Area = "area_m2" [];
        InnerArea = "inner_area_m2" [];
        Use = "use" [];
        Owner = "owner" [];
        Phone = "phone" [];
        Occupancy = "occupancy" [];
    }
}

/// The wire form of a column that is left aside.
pub const IGNORED: &str = "ignore";
/// The longest header that is kept, in characters, and the most columns that are looked at.
pub const LONGEST_HEADER: usize = 60;
pub const MOST_COLUMNS: usize = 256;

impl RosterColumn {
    /// Those without which no row says which unit it is about.
    pub const NEEDED: [Self; 2] = [Self::Building, Self::Unit];
}

/// A column of a file as it was read: its header, what it was taken for, and what stands in its
/// first filled cell, with names and numbers struck out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadColumn {
    pub header: String,
    /// Nothing where it is left aside.
    pub field: Option<RosterColumn>,
    #[serde(default)]
    pub sample: String,
}

/// What somebody says that columns are, by their headers: nothing for one that is left aside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ColumnChoice(BTreeMap<String, Option<RosterColumn>>);

impl ColumnChoice {
    /// Reads pairs of a header and the word for what its column is.
    ///
    /// # Errors
    /// `invalid` with `columns`: `malformed` for a word that is none, `too_long` over
    /// [`MOST_COLUMNS`]; with `columns.{word}`: `taken` where two columns are the same.
    pub fn read<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Self, Problem> {
        let mut check = Check::default();
        let (mut chosen, mut seen) = (BTreeMap::new(), BTreeSet::new());
        for (header, word) in pairs {
            let header = plain_header(header);
            let field = match word.trim() {
                IGNORED | "" => None,
                word => {
                    match check.take("columns", RosterColumn::parse(word).ok_or(Flaw::Malformed)) {
                        Some(field) => Some(field),
                        None => continue,
                    }
                }
            };
            // A header that comes twice counts as the first one says.
            if header.is_empty() || chosen.contains_key(&header) {
                continue;
            }
            if let Some(field) = field.filter(|field| !seen.insert(field.as_str())) {
                let flaw: Result<(), _> = Err(Flaw::Taken);
                check.take(&format!("columns.{}", field.as_str()), flaw);
            }
            chosen.insert(header, field);
        }
        if chosen.len() > MOST_COLUMNS {
            let flaw: Result<(), _> = Err(Flaw::TooLong);
            check.take("columns", flaw);
        }
        check.done(Some(Self(chosen)))
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What was said of a header, in whatever way it is written.
    #[must_use]
    pub fn of(&self, header: &str) -> Option<Option<RosterColumn>> {
        self.0.get(&plain_header(header)).copied()
    }

    /// Each header as it is remembered.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<RosterColumn>)> {
        self.0
            .iter()
            .map(|(header, field)| (header.as_str(), *field))
    }
}

impl FromIterator<(String, Option<RosterColumn>)> for ColumnChoice {
    fn from_iter<T: IntoIterator<Item = (String, Option<RosterColumn>)>>(pairs: T) -> Self {
        let pairs = pairs.into_iter();
        Self(
            pairs
                .map(|(header, field)| (plain_header(&header), field))
                .collect(),
        )
    }
}

/// A header by which it is found again next month: ordinary letters, no capitals, no white space, no
/// star that only says that the column has to be filled in.
#[must_use]
pub fn plain_header(header: &str) -> String {
    let narrow = |c| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    };
    let kept = header.chars().map(narrow);
    let kept = kept.filter(|c| !(c.is_whitespace() || c.is_control() || *c == '*'));
    kept.flat_map(char::to_lowercase)
        .take(LONGEST_HEADER)
        .collect()
}

/// What stands in a cell, as an import may keep it: enough to tell a building from a door and a name
/// from a number, and neither a name nor a number. The words of the register stay, and so do short
/// numbers; of a long one and of a word the first sign is left.
#[must_use]
pub fn mask_cell(cell: &str) -> String {
    const MOST: usize = 20;
    const DIGITS: usize = 6;
    const PLACES: &str = "号楼栋幢座单元室层期区地下车位库";
    let cell = cell.trim();
    if UnitUse::parse(cell).is_some() || Occupancy::parse(cell).is_some() {
        return cell.to_owned();
    }
    // A long number may be written in groups, so that its digits are counted over the whole cell.
    let digits = cell.chars().filter(char::is_ascii_digit).count();
    let (mut shown, mut seen, mut inside) = (String::new(), 0, false);
    for (at, c) in cell.chars().take(MOST).enumerate() {
        let keep = if c.is_ascii_digit() {
            seen += 1;
            digits <= DIGITS || seen == 1
        } else if c.is_ascii_alphabetic() {
            !inside
        } else if c.is_alphabetic() {
            at == 0 || PLACES.contains(c)
        } else {
            !c.is_numeric()
        };
        inside = c.is_alphanumeric();
        shown.push(match (keep, c.is_whitespace()) {
            (_, true) => ' ',
            (true, false) => c,
            (false, false) => '*',
        });
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<ColumnChoice, Problem> {
        ColumnChoice::read(pairs.iter().copied())
    }

    #[test]
    fn headers_are_found_again_in_whatever_way_they_are_written() {
        let choice = read(&[("房产 编号*", "unit"), ("备注", "ignore"), ("Ｎｏｔｅ", "")]).unwrap();
        assert_eq!(choice.of("房产编号"), Some(Some(RosterColumn::Unit)));
        assert_eq!(choice.of("房产\n编号"), Some(Some(RosterColumn::Unit)));
        assert_eq!(choice.of(" 备注 "), Some(None));
        assert_eq!(choice.of("NOTE"), Some(None));
        assert_eq!(choice.of("业主"), None);
    }

    #[test]
    fn two_columns_are_not_the_same() {
        let flaws = read(&[("甲", "owner"), ("乙", "owner"), ("丙", "window")]).unwrap_err();
        let flaws: Vec<_> = flaws.fields.into_iter().collect();
        assert_eq!(
            flaws,
            [
                ("columns".to_owned(), Flaw::Malformed),
                ("columns.owner".to_owned(), Flaw::Taken)
            ]
        );
        let many: Vec<String> = (0..=MOST_COLUMNS).map(|n| n.to_string()).collect();
        let many: Vec<_> = many
            .iter()
            .map(|header| (header.as_str(), "ignore"))
            .collect();
        assert_eq!(read(&many).unwrap_err().fields["columns"], Flaw::TooLong);
    }

    #[test]
    fn a_sample_tells_nobody_who_it_is() {
        for (cell, shown) in [
            ("1号楼", "1号楼"),
            ("3-2-1702", "3-2-1702"),
            ("1702", "1702"),
            ("89.37", "89.37"),
            ("自住", "自住"),
            ("张三", "张*"),
            ("1号楼张三", "1号楼**"),
            ("Wang Xiaoming", "W*** X*******"),
            ("13812345678", "1**********"),
            ("138 1234 5678", "1** **** ****"),
            ("3", "3"),
            ("", ""),
        ] {
            assert_eq!(mask_cell(cell), shown, "{cell}");
        }
    }
}
