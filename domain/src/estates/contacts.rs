//! How somebody is reached and who they are on paper, and how they are found.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{FoundVehicle, Resident};
use crate::{
    id::UnitId,
    identity::Phone,
    problem::{Flaw, text},
};

/// The number of an identity card (GB 11643-1999) or of a passport.
#[derive(Clone, PartialEq, Eq)]
pub struct IdNumber(String);

impl IdNumber {
    /// Takes spaces and hyphens. Eighteen characters of which seventeen are digits are a card, and
    /// have to hold together; all else may be a passport: 5 to 20 letters and digits.
    ///
    /// # Errors
    /// `required`, `too_short`, `too_long`; `malformed` for other characters, for a card whose check
    /// digit or birthday is wrong, and for digits alone that are too many for a passport.
    pub fn parse(raw: &str) -> Result<Self, Flaw> {
        let compact: String = raw
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .collect::<String>()
            .to_ascii_uppercase();
        if !compact.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(Flaw::Malformed);
        }
        let digits = compact.bytes().filter(u8::is_ascii_digit).count();
        match compact.len() {
            0 => Err(Flaw::Required),
            18 if digits >= 17 => card(&compact).map(|()| Self(compact)),
            many if many >= 13 && digits == many => Err(Flaw::Malformed),
            1..5 => Err(Flaw::TooShort),
            21.. => Err(Flaw::TooLong),
            _ => Ok(Self(compact)),
        }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a card's number holds together: the birthday is a day, and the last character follows
/// from the others (ISO 7064, MOD 11-2).
fn card(number: &str) -> Result<(), Flaw> {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: &[u8; 11] = b"10X98765432";
    let (body, last) = number.split_at_checked(17).ok_or(Flaw::Malformed)?;
    let mut sum = 0;
    for (digit, weight) in body.chars().zip(WEIGHTS) {
        sum += digit.to_digit(10).ok_or(Flaw::Malformed)? * weight;
    }
    let place = usize::try_from(sum % 11).unwrap_or_default();
    let fits = CHECKS.get(place).copied() == last.bytes().next();
    let born = body.get(6..14).and_then(|day| {
        let number = |from, to| day.get(from..to)?.parse::<i16>().ok();
        let month = i8::try_from(number(4, 6)?).ok()?;
        let date = i8::try_from(number(6, 8)?).ok()?;
        jiff::civil::Date::new(number(0, 4)?, month, date).ok()
    });
    let born = born.is_some_and(|day| (1850..2200).contains(&day.year()));
    if fits && born {
        Ok(())
    } else {
        Err(Flaw::Malformed)
    }
}

/// What may be shown by default, as banks and ministries show it: `110****1234` of a card; of a
/// shorter number the first and the last character.
#[must_use]
pub fn mask_id_number(number: &str) -> String {
    let (head, tail) = if number.chars().count() >= 15 {
        (3, 4)
    } else {
        (1, 1)
    };
    let count = number.chars().count();
    let first: String = number.chars().take(head).collect();
    let last: String = number.chars().skip(count.saturating_sub(tail)).collect();
    format!("{first}****{last}")
}

/// Of a name what may be kept where names are not: `王**` of 王小明. How long it is, is not told.
#[must_use]
pub fn mask_name(name: &str) -> String {
    let first: String = name.trim().chars().take(1).collect();
    format!("{first}**")
}

impl fmt::Debug for IdNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdNumber(…)")
    }
}

/// A resident's numbers, whole.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    pub phone: Option<String>,
    pub id_number: Option<String>,
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Contact(…)")
    }
}

/// A resident whom a search has found, and where they live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundResident {
    pub resident: Resident,
    /// `阳光花园 3号楼 2单元 1202`
    pub home: String,
}

/// A unit that a search has found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundUnit {
    pub id: UnitId,
    /// `阳光花园 3号楼 2单元 1202`
    pub address: String,
}

/// What a search has found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Found {
    Unit(FoundUnit),
    Vehicle(FoundVehicle),
    Resident(FoundResident),
}

/// Whom somebody looks for.
#[derive(Clone, PartialEq, Eq)]
pub enum ResidentSearch {
    /// By the whole number.
    Phone(Phone),
    /// By words, each of which is in the name, or is the building or the door; and perhaps by four
    /// digits, which are the end of the phone number or the door.
    Words {
        words: Vec<String>,
        digits: Option<String>,
    },
}

/// The most words that one search has, beside the digits.
const MOST_WORDS: usize = 3;

impl ResidentSearch {
    /// Reads `138 1234 5678`, `王`, `王 5678`, `3号楼 1202`.
    ///
    /// # Errors
    /// `required`, `too_long`, `malformed`; `not_alone` for four digits without anything else: with
    /// ten thousand searches somebody would have the end of everybody's number.
    pub fn parse(raw: &str) -> Result<Self, Flaw> {
        match Self::beside_units(raw)? {
            Self::Words {
                words,
                digits: None,
            } if matches!(words.as_slice(), [one] if tail(one)) => Err(Flaw::NotAlone),
            search => Ok(search),
        }
    }

    /// The same where units are looked for too: four digits without anything else are a door, and
    /// never the end of a number.
    ///
    /// # Errors
    /// `required`, `too_long`, `malformed`.
    pub fn beside_units(raw: &str) -> Result<Self, Flaw> {
        let raw = text(raw, 1, 60)?;
        if let Ok(phone) = Phone::parse(&raw) {
            return Ok(Self::Phone(phone));
        }
        let mut words: Vec<String> = raw.split_whitespace().map(str::to_owned).collect();
        // Of two the later one: people name the door first.
        let digits = words.iter().rposition(|word| tail(word));
        let digits = digits
            .filter(|_| words.len() > 1)
            .map(|place| words.remove(place));
        if words.len() > MOST_WORDS {
            return Err(Flaw::TooLong);
        }
        Ok(Self::Words { words, digits })
    }
}

/// Whether a word may be the end of a number.
fn tail(word: &str) -> bool {
    word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit())
}

impl fmt::Debug for ResidentSearch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResidentSearch(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_holds_together() {
        // The example of GB 11643, and numbers around it.
        for good in [
            "11010519491231002X",
            "11010519491231002x",
            "110105 19491231 002X",
            "440524188001010014",
        ] {
            assert!(IdNumber::parse(good).is_ok(), "{good}");
        }
        for (bad, flaw) in [
            ("110105194912310021", Flaw::Malformed),
            ("11010519491331002X", Flaw::Malformed),
            ("110105491231002", Flaw::Malformed),
            ("身份证", Flaw::Malformed),
            ("E123", Flaw::TooShort),
            ("E12345678901234567890", Flaw::TooLong),
            (" ", Flaw::Required),
        ] {
            assert_eq!(IdNumber::parse(bad), Err(flaw), "{bad}");
        }
        assert_eq!(IdNumber::parse("e12345678").unwrap().as_str(), "E12345678");
    }

    #[test]
    fn a_number_is_masked() {
        assert_eq!(mask_id_number("11010519491231002X"), "110****002X");
        assert_eq!(mask_id_number("E12345678"), "E****8");
        assert_eq!(mask_id_number(""), "****");
        assert_eq!(
            (mask_name("王小明"), mask_name("")),
            ("王**".to_owned(), "**".to_owned())
        );
    }

    #[test]
    fn digits_are_not_searched_alone() {
        let words = |words: &[&str], digits: Option<&str>| {
            Ok(ResidentSearch::Words {
                words: words.iter().map(|word| (*word).to_owned()).collect(),
                digits: digits.map(str::to_owned),
            })
        };
        assert_eq!(ResidentSearch::parse("王"), words(&["王"], None));
        assert_eq!(
            ResidentSearch::parse("5678 王"),
            words(&["王"], Some("5678"))
        );
        assert_eq!(
            ResidentSearch::parse("1202\u{3000}5678"),
            words(&["1202"], Some("5678"))
        );
        assert_eq!(ResidentSearch::parse("5678"), Err(Flaw::NotAlone));
        assert_eq!(ResidentSearch::parse(" "), Err(Flaw::Required));
        assert_eq!(ResidentSearch::parse("a b c d"), Err(Flaw::TooLong));
        assert_eq!(ResidentSearch::beside_units("5678"), words(&["5678"], None));
        let phone = ResidentSearch::parse("138 1234 5678");
        assert!(matches!(phone, Ok(ResidentSearch::Phone(_))));
    }
}
