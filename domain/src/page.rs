//! Lists by cursor: a page of items and where the next one starts.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::problem::{Code, Flaw, Problem};

/// How many items a page holds where nobody says otherwise.
pub const DEFAULT_LIMIT: u32 = 50;
/// The most that one page may hold.
pub const MAX_LIMIT: u32 = 200;

/// Which page is wanted. The cursor is the last id of the page before, as text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageAsk {
    #[serde(default)]
    pub cursor: Option<String>,
    #[serde(default)]
    pub limit: Option<u32>,
}

impl PageAsk {
    /// The first page, as long as one may be: for lists that are seldom longer.
    #[must_use]
    pub const fn longest() -> Self {
        Self {
            cursor: None,
            limit: Some(MAX_LIMIT),
        }
    }

    /// The limit, held to `1..=MAX_LIMIT`.
    #[must_use]
    pub fn limit(&self) -> u32 {
        self.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT)
    }

    /// One row more than the page holds, to know whether there is a next one.
    #[must_use]
    pub fn rows(&self) -> i64 {
        i64::from(self.limit()) + 1
    }

    /// Where the page starts: after the id in the cursor, if there is one.
    ///
    /// # Errors
    /// `invalid` for a `cursor` that no page gave.
    pub fn after<T: FromStr>(&self) -> Result<Option<T>, Problem> {
        match self.cursor.as_deref() {
            None | Some("") => Ok(None),
            Some(text) => text
                .parse()
                .map(Some)
                .map_err(|_| Problem::field(Code::Invalid, "cursor", Flaw::Malformed)),
        }
    }
}

/// Where a page of a sorted list ends: its last row, with the value that it was sorted by. The value
/// travels along, so that a row that moves meanwhile takes no page with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark<T> {
    pub value: i64,
    pub id: T,
}

impl<T: fmt::Display> fmt::Display for Mark<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.value, self.id)
    }
}

impl<T: FromStr> FromStr for Mark<T> {
    type Err = Flaw;

    fn from_str(text: &str) -> Result<Self, Flaw> {
        let (value, id) = text.split_once('.').ok_or(Flaw::Malformed)?;
        Ok(Self {
            value: value.parse().map_err(|_| Flaw::Malformed)?,
            id: id.parse().map_err(|_| Flaw::Malformed)?,
        })
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Cursor of the next page; `None` on the last.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// Cuts a page out of `limit + 1` rows: the extra one only tells that there is more.
    #[must_use]
    pub fn cut(mut rows: Vec<T>, limit: u32, cursor: impl Fn(&T) -> String) -> Self {
        let limit = limit as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(cursor) } else { None };
        Self { items: rows, next }
    }

    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(f).collect(),
            next: self.next,
        }
    }
}
