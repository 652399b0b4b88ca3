//! The columns of a list: by which one it is sorted, and which ones are shown. Both are part of the
//! list's address, as words.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::problem::Flaw;

/// Some columns of one list, each with its word.
pub trait Column: Copy + Eq + 'static {
    /// In the order in which the list has them.
    const ALL: &'static [Self];

    fn word(self) -> &'static str;

    /// Whether it is shown to somebody who has chosen nothing.
    fn usual(self) -> bool {
        true
    }

    #[must_use]
    fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|each| each.word() == word)
    }
}

macro_rules! columns {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal;)* } $(but $($rare:ident),+)?) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant,)* }

        impl $crate::columns::Column for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),*];

            fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            $(fn usual(self) -> bool {
                !matches!(self, $(Self::$rare)|+)
            })?
        }
    };
}
pub(crate) use columns;

/// The order of a list by one of its columns: `area`, or `-area` for the largest first. What has no
/// value comes last either way, and what has the same one stays in the list's own order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort<C> {
    pub by: C,
    pub down: bool,
}

impl<C: Column> Sort<C> {
    #[must_use]
    pub const fn up(by: C) -> Self {
        Self { by, down: false }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (word, down) = match text.strip_prefix('-') {
            Some(word) => (word, true),
            None => (text, false),
        };
        C::parse(word).map(|by| Self { by, down })
    }

    /// What an address says, where it says something.
    ///
    /// # Errors
    /// `unknown` for a column by which nothing is sorted.
    pub fn read(text: Option<&str>) -> Result<Option<Self>, Flaw> {
        let text = text.filter(|text| !text.is_empty());
        text.map(|text| Self::parse(text).ok_or(Flaw::Unknown))
            .transpose()
    }

    /// Where the head of a column leads: to its order, and from there to the other way round.
    #[must_use]
    pub fn turned(now: Option<Self>, by: C) -> Self {
        let down = now == Some(Self::up(by));
        Self { by, down }
    }
}

impl<C: Column> fmt::Display for Sort<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.down {
            f.write_str("-")?;
        }
        f.write_str(self.by.word())
    }
}

/// Stands for no columns at all, where nothing written would be no choice.
const NONE: &str = "none";

/// The columns of a list that are shown, beside the first, which always is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Columns<C>(Vec<C>);

impl<C: Column> Columns<C> {
    /// Those of nobody's choice.
    #[must_use]
    pub fn usual() -> Self {
        Self(C::ALL.iter().copied().filter(|each| each.usual()).collect())
    }

    /// `area,owners`; words that are none of ours are left out.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let given = |each: &C| text.split(',').any(|word| word.trim() == each.word());
        Self(C::ALL.iter().copied().filter(given).collect())
    }

    /// In the list's order.
    #[must_use]
    pub fn shown(&self) -> &[C] {
        &self.0
    }

    #[must_use]
    pub fn has(&self, column: C) -> bool {
        self.0.contains(&column)
    }
}

impl<C: Column> fmt::Display for Columns<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str(NONE);
        }
        for (place, column) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str(",")?;
            }
            f.write_str(column.word())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    columns! {
        Fruit { Apple = "apple"; Pear = "pear"; Plum = "plum"; } but Plum
    }

    #[test]
    fn an_order_is_a_word_and_perhaps_a_minus() {
        for column in Fruit::ALL {
            for down in [false, true] {
                let sort = Sort { by: *column, down };
                assert_eq!(Sort::parse(&sort.to_string()), Some(sort));
            }
        }
        for text in ["-", "--pear", "Pear", "pear ", "pear,plum", "nut"] {
            assert_eq!(
                Sort::<Fruit>::read(Some(text)),
                Err(Flaw::Unknown),
                "{text}"
            );
        }
        assert_eq!(Sort::<Fruit>::read(Some("")), Ok(None));
        assert_eq!(Sort::<Fruit>::read(None), Ok(None));
    }

    #[test]
    fn a_second_click_turns_the_order() {
        let mut now = None;
        let mut clicks = Vec::new();
        for by in [Fruit::Pear, Fruit::Pear, Fruit::Pear, Fruit::Apple] {
            now = Some(Sort::turned(now, by));
            clicks.extend(now.map(|now| now.to_string()));
        }
        assert_eq!(clicks, ["pear", "-pear", "pear", "apple"]);
    }

    #[test]
    fn columns_are_words_of_ours_in_their_order() {
        assert_eq!(Columns::<Fruit>::usual().to_string(), "apple,pear");
        let read = |text| Columns::<Fruit>::read(text).to_string();
        assert_eq!(read("plum,nut;Set-Cookie, apple"), "apple,plum");
        assert_eq!(read(""), "none");
        assert_eq!(read("none"), "none");
        assert!(!Columns::<Fruit>::read("none").has(Fruit::Apple));
    }
}
