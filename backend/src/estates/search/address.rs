//! Reading what somebody types as the address of a unit: `3-2-1702`, `3号楼2单元1702`, `1702`.
//!
//! It is compared with the columns `find_key`, `find_short` and `find_door` of a unit, which
//! migration 0050 makes from its sort key: a change here is a change there.

use super::super::order::name_key;

/// What a building or an entrance is called besides its name; the longer of two that start alike
/// comes first.
const KINDS: [&str; 8] = ["号楼", "单元", "栋", "幢", "座", "号", "楼", "门"];
const DOORS: [&str; 3] = ["室", "户", "房"];

/// Above every character: what starts alike lies between two texts.
const ABOVE: char = '\u{10ffff}';
/// Below every character that a key may hold: what is the same lies between two texts.
const BELOW: char = '\u{1}';

/// Which column of a unit is looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Key,
    Short,
    Door,
}

/// Units whose column lies between two texts, the second left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shelf {
    pub(super) column: Column,
    pub(super) from: String,
    pub(super) to: String,
}

impl Shelf {
    /// Those that are called just so.
    fn same(column: Column, key: &str) -> Self {
        Self {
            column,
            from: key.to_owned(),
            to: format!("{key}{BELOW}"),
        }
    }

    /// Those that start so, or go on from it.
    fn start(column: Column, key: &str, itself: bool) -> Self {
        let from = if itself {
            key.to_owned()
        } else {
            format!("{key}{BELOW}")
        };
        Self {
            column,
            from,
            to: format!("{key}{ABOVE}"),
        }
    }
}

/// A part of an address, and whether it was said to be a building or an entrance.
struct Part {
    text: String,
    kind: bool,
}

impl Part {
    fn bare(&self) -> String {
        name_key(&self.text)
    }
}

/// An address as it was typed: of three parts building, entrance and door, of fewer whatever they
/// may be.
pub(super) struct Address(Vec<Part>);

impl Address {
    /// `None` for what is no address: nothing, or more than three parts.
    pub(super) fn read(raw: &str) -> Option<Self> {
        let mut parts = Vec::new();
        for piece in raw.split(|c: char| {
            c.is_whitespace() || matches!(c, '-' | '－' | '–' | '—' | '/' | '／' | '#')
        }) {
            split(piece, &mut parts);
        }
        (1..=3).contains(&parts.len()).then_some(Self(parts))
    }

    /// Where such units stand, the best ones first. No unit of a later shelf is meant to be shown
    /// again where an earlier one has it.
    pub(super) fn shelves(&self) -> Vec<Shelf> {
        match self.0.as_slice() {
            [one] if one.kind => vec![Shelf::start(Column::Key, &self.under(), true)],
            [one] => {
                let door = door(&one.text);
                vec![
                    Shelf::same(Column::Door, &door),
                    Shelf::start(Column::Key, &self.under(), true),
                    Shelf::start(Column::Door, &door, false),
                ]
            }
            [_, last] if last.kind => vec![Shelf::start(Column::Key, &self.under(), true)],
            [_, _] => {
                let whole = self.whole();
                vec![
                    Shelf::same(Column::Short, &whole),
                    Shelf::start(Column::Key, &self.under(), true),
                    Shelf::start(Column::Short, &whole, false),
                ]
            }
            _ => {
                let whole = self.whole();
                vec![
                    Shelf::same(Column::Key, &whole),
                    Shelf::start(Column::Key, &whole, false),
                ]
            }
        }
    }

    /// How the keys of all units of that building or entrance start; empty where the address names
    /// one unit.
    pub(super) fn under(&self) -> String {
        match self.0.as_slice() {
            [..] if self.0.len() > 2 => String::new(),
            parts => {
                let names: Vec<String> = parts.iter().map(Part::bare).collect();
                format!("{}-", names.join("-"))
            }
        }
    }

    /// The key of one unit; empty where the address names more.
    pub(super) fn whole(&self) -> String {
        match self.0.split_last() {
            Some((last, before)) if !before.is_empty() && !last.kind => {
                let mut key = String::new();
                for part in before {
                    key.push_str(&part.bare());
                    key.push('-');
                }
                key + &door(&last.text)
            }
            _ => String::new(),
        }
    }

    /// A door alone; empty where it is more than that.
    pub(super) fn door(&self) -> String {
        match self.0.as_slice() {
            [one] if !one.kind => door(&one.text),
            _ => String::new(),
        }
    }
}

/// As `linli.door_of` writes it.
fn door(code: &str) -> String {
    let narrow = |c| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        _ => c,
    };
    code.chars().map(narrow).collect::<String>().to_uppercase()
}

/// Cuts `3号楼2单元1702室` where a kind follows a number or a letter and the next part begins.
fn split(piece: &str, parts: &mut Vec<Part>) {
    let (mut start, mut at) = (0, 0);
    while let Some(rest) = piece.get(at..).filter(|rest| !rest.is_empty()) {
        let text = piece.get(start..at).unwrap_or_default();
        let kind = KINDS.iter().find(|kind| rest.starts_with(*kind));
        if let Some(kind) = kind.filter(|_| text.chars().next_back().is_some_and(counts)) {
            let after = piece.get(at + kind.len()..).unwrap_or_default();
            if after.chars().next().is_none_or(counts) {
                parts.push(Part {
                    text: text.to_owned(),
                    kind: true,
                });
                at += kind.len();
                start = at;
                continue;
            }
        }
        at += rest.chars().next().map_or(1, char::len_utf8);
    }
    let mut last = piece.get(start..).unwrap_or_default();
    for word in DOORS {
        last = match last.strip_suffix(word) {
            Some(before) if before.chars().next_back().is_some_and(counts) => before,
            _ => last,
        };
    }
    if !last.is_empty() {
        parts.push(Part {
            text: last.to_owned(),
            kind: false,
        });
    }
}

/// Whether a number or a letter's code may start or end here.
fn counts(c: char) -> bool {
    matches!(c, '0'..='9' | 'A'..='Z' | 'a'..='z' | '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ')
        || "零〇一二两三四五六七八九十百".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &str) -> (String, String, String) {
        let address = Address::read(raw).unwrap();
        (address.under(), address.whole(), address.door())
    }

    #[test]
    fn an_address_is_read_however_it_is_typed() {
        for raw in [
            "3-2-1702",
            "３－２－１７０２",
            "3 2 1702",
            "3号楼2单元1702",
            "三号楼二单元1702室",
            "3栋-2单元-1702",
            "3/2/1702",
            "3座2门1702房",
        ] {
            assert_eq!(
                read(raw),
                (String::new(), "13-12-1702".to_owned(), String::new()),
                "{raw}"
            );
        }
        let same = |raw, under: &str, whole: &str, door: &str| {
            assert_eq!(
                read(raw),
                (under.to_owned(), whole.to_owned(), door.to_owned()),
                "{raw}"
            );
        };
        same("3-1702", "13-41702-", "13-1702", "");
        same("3号楼", "13-", "", "");
        same("3号楼2单元", "13-12-", "", "");
        same("1702", "41702-", "", "1702");
        same("12a01", "212A11-", "", "12A01");
        same("A座1702", "A-41702-", "A-1702", "");
        same("1号院3号楼1702", "11号院13-41702-", "11号院13-1702", "");
        same("地下车库-B12", "地下车库-B212-", "地下车库-B12", "");
        assert!(Address::read("1-2-3-4").is_none());
        assert!(Address::read(" - ").is_none());
    }

    #[test]
    fn an_exact_unit_stands_first() {
        let shelves = Address::read("3-1702").unwrap().shelves();
        assert_eq!(shelves[0], Shelf::same(Column::Short, "13-1702"));
        let shelves = Address::read("3-2-1702").unwrap().shelves();
        assert_eq!(shelves[0], Shelf::same(Column::Key, "13-12-1702"));
        assert!(shelves[1].from > shelves[0].from && shelves[1].from >= shelves[0].to);
    }

    proptest::proptest! {
        #[test]
        fn anything_may_be_typed(raw in "\\PC{0,60}") {
            if let Some(address) = Address::read(&raw) {
                for shelf in address.shelves() {
                    proptest::prop_assert!(shelf.from < shelf.to);
                }
            }
        }
    }
}
