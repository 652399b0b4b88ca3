//! What is looked for, as it was typed.

use domain::{
    EstateId, ResidentId, UnitId, VehicleId,
    estates::{Found, ResidentSearch},
    page::PageAsk,
    problem::{Code, Flaw, Problem},
};

use super::address::{Address, Shelf};

/// A search by words.
pub(super) struct Asked {
    pub(super) words: Vec<String>,
    pub(super) digits: Option<String>,
    /// Where it is looked; everywhere where no estate was named.
    pub(super) estates: Option<Vec<EstateId>>,
}

impl Asked {
    pub(super) const fn of(words: Vec<String>, digits: Option<String>) -> Self {
        Self {
            words,
            digits,
            estates: None,
        }
    }

    /// The word that may name an estate: the first of several, and no number or letters alone. 万科2期
    /// is one where there is such an estate, and 3号楼 is none.
    pub(super) fn estate(&self) -> Option<&str> {
        let more = self.words.len() > 1 || self.digits.is_some();
        let first = self.words.first().filter(|_| more)?;
        // One character is a surname.
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let named = first.chars().count() > 1 && !first.chars().all(plain);
        named.then_some(first)
    }

    /// Looks only there. Beside nothing else than an estate four digits are a door: its residents
    /// are too many to tell the end of their numbers by it.
    pub(super) fn within(&mut self, estates: Vec<EstateId>) {
        if estates.is_empty() {
            return;
        }
        self.words.remove(0);
        self.estates = Some(estates);
        if self.words.is_empty() {
            self.words.extend(self.digits.take());
        }
    }

    /// All of it, as an address.
    pub(super) fn address(&self) -> String {
        let words = self.words.iter().chain(&self.digits);
        words.map(String::as_str).collect::<Vec<_>>().join(" ")
    }

    /// Takes an address in several words for the one thing that it is: 2单元 beside 3号楼 is no
    /// building. A building and four digits stay two, since they may be the end of a number.
    pub(super) fn joined(mut self) -> Self {
        let numbered = |word: &String| word.chars().any(|c| c.is_ascii_digit());
        let parts = self.words.len() + usize::from(self.digits.is_some());
        let apart = parts < 2 || (parts == 2 && self.digits.is_some());
        if !apart && self.words.iter().all(numbered) {
            self.words = vec![self.address()];
            self.digits = None;
        }
        self
    }

    /// Whether a word may be the letters of a Chinese name.
    pub(super) fn in_letters(&self) -> bool {
        let letters =
            |word: &String| word.len() > 1 && word.bytes().all(|b| b.is_ascii_alphabetic());
        self.words.iter().any(letters)
    }
}

/// Whom somebody looks for, by words; `None` for a whole number.
pub(super) fn by_words(search: &ResidentSearch) -> Option<Asked> {
    match search {
        ResidentSearch::Phone(_) => None,
        ResidentSearch::Words { words, digits } => Some(Asked::of(words.clone(), digits.clone())),
    }
}

/// Where the units of an address stand, the best first; nowhere for what is no address.
pub(super) fn shelves(asked: &Asked) -> Vec<Shelf> {
    Address::read(&asked.address()).map_or_else(Vec::new, |address| address.shelves())
}

/// Where a page ends: at a unit of a shelf, at a car, or at a resident. Ids only, since it is part of an
/// address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Unit(usize, UnitId),
    Vehicle(VehicleId),
    Resident(ResidentId),
}

impl Mark {
    pub(super) fn of(ask: &PageAsk) -> Result<Option<Self>, Problem> {
        let Some(text) = ask.cursor.as_deref().filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let mark = || match text.split_once('.')? {
            ("r", id) => Some(Self::Resident(id.parse().ok()?)),
            ("v", id) => Some(Self::Vehicle(id.parse().ok()?)),
            (shelf, id) => Some(Self::Unit(shelf.parse().ok()?, id.parse().ok()?)),
        };
        let bad = || Problem::field(Code::Invalid, "cursor", Flaw::Malformed);
        mark().map(Some).ok_or_else(bad)
    }

    /// What a page that goes on from here starts within: 0 is the first shelf, 1 the cars, 2 the
    /// residents, and the other shelves follow.
    pub(super) const fn stage(self) -> usize {
        match self {
            Self::Unit(0, _) => 0,
            Self::Vehicle(_) => 1,
            Self::Resident(_) => 2,
            Self::Unit(place, _) => place.saturating_add(2),
        }
    }

    pub(super) fn text(self) -> String {
        match self {
            Self::Unit(place, id) => format!("{place}.{id}"),
            Self::Vehicle(id) => format!("v.{id}"),
            Self::Resident(id) => format!("r.{id}"),
        }
    }
}

/// Something that was found, and the shelf that a unit stood on.
pub(super) struct Hit {
    pub(super) shelf: usize,
    pub(super) found: Found,
}

impl Hit {
    pub(super) fn mark(&self) -> Mark {
        match &self.found {
            Found::Unit(unit) => Mark::Unit(self.shelf, unit.id),
            Found::Vehicle(found) => Mark::Vehicle(found.vehicle.id),
            Found::Resident(found) => Mark::Resident(found.resident.id),
        }
    }
}
