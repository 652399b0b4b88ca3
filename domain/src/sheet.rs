//! Sheets that somebody fills in: a header that names the columns, and under it a row for each thing.

use crate::problem::Flaw;

/// What a column of a sheet can hold.
pub trait Column: Copy + PartialEq + 'static {
    /// In the order of the template.
    const ALL: &'static [Self];
    /// Those without which a row says nothing.
    const NEEDED: &'static [Self];

    /// The column that a word names, in either language.
    fn word(text: &str) -> Option<Self>;

    /// What the template calls it: `名称 name`.
    fn header(self) -> String;

    /// What a header calls its column: a word of either half, whatever stands beside it.
    #[must_use]
    fn of_header(header: &str) -> Option<Self> {
        let header = header.replace(['*', '＊'], "");
        Self::word(&header).or_else(|| header.split_whitespace().find_map(Self::word))
    }
}

/// The columns of a sheet from their `words!`, and those without which a row says nothing.
macro_rules! columns {
    ($name:ident needs $($needed:ident),+) => {
        impl $crate::sheet::Column for $name {
            const ALL: &'static [Self] = Self::ALL;
            const NEEDED: &'static [Self] = &[$(Self::$needed),+];

            fn word(text: &str) -> Option<Self> {
                Self::parse(text)
            }

            fn header(self) -> String {
                format!("{} {}", self.roster_word(), self.as_str())
            }
        }
    };
}
pub(crate) use columns;

/// A cell that cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadCell<C> {
    /// As a spreadsheet program numbers it.
    pub row: u32,
    pub column: C,
    pub flaw: Flaw,
}

/// A row as it stands in the sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<C> {
    /// As a spreadsheet program numbers it.
    pub number: u32,
    /// Each that holds something.
    cells: Vec<(C, String)>,
    /// In which something stands that is neither text nor number.
    unreadable: Vec<C>,
}

impl<C: Column> Row<C> {
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self {
            number,
            cells: Vec::new(),
            unreadable: Vec::new(),
        }
    }

    pub fn set(&mut self, column: C, text: String) {
        self.cells.push((column, text));
    }

    /// Says that a date, a truth value or an error stands there.
    pub fn set_unreadable(&mut self, column: C) {
        self.unreadable.push(column);
    }

    /// What stands in a column; blank where nothing does.
    #[must_use]
    pub fn cell(&self, column: C) -> &str {
        let cell = self.cells.iter().find(|(here, _)| *here == column);
        cell.map_or("", |(_, text)| text.trim())
    }

    /// The same; `None` where nothing does.
    #[must_use]
    pub fn said(&self, column: C) -> Option<String> {
        let cell = self.cell(column);
        (!cell.is_empty()).then(|| cell.to_owned())
    }

    #[must_use]
    pub const fn bad(&self, column: C, flaw: Flaw) -> BadCell<C> {
        BadCell {
            row: self.number,
            column,
            flaw,
        }
    }

    /// The cells in which something stands that cannot be read.
    #[must_use]
    pub fn unreadable(&self) -> Vec<BadCell<C>> {
        let cells = self.unreadable.iter();
        cells
            .map(|column| self.bad(*column, Flaw::Unreadable))
            .collect()
    }
}

/// Each bad cell once, in the order of the sheet: what cannot be read is not called missing as well.
#[must_use]
pub fn in_order<C: Column>(mut bad: Vec<BadCell<C>>) -> Vec<BadCell<C>> {
    let place = |column: C| C::ALL.iter().position(|each| *each == column);
    bad.sort_by_key(|cell| (cell.row, place(cell.column)));
    bad.dedup_by_key(|cell| (cell.row, place(cell.column)));
    bad
}
