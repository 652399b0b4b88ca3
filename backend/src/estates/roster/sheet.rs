//! A roster's sheet: which of its columns are understood, and the rows under the header.

use domain::estates::{MOST_COLUMNS, ReadColumn, RosterColumn as Field};

use super::{
    columns::{Columns, Said, read_columns},
    running::STEP,
};
use crate::kernel::sheet::{self, Cell, Gather, HEADER_WITHIN, Merged};

/// The most rows with something in them, the header apart.
pub(super) const MOST_ROWS: usize = 20_000;
/// How many filled rows from the top are kept whole, to show what stands in each column.
const TOP: usize = 40;
/// How many cells merged ranges may fill; more than every cell of the largest roster.
const MOST_FILLED: usize = 1_000_000;

/// Why a file was not taken; columns are missing where no row names the building and the unit.
pub(super) type Fault = sheet::Fault<ReadColumn>;

/// A row with something in it; the number is the one that a spreadsheet program shows.
#[derive(Debug)]
pub(super) struct RawRow {
    pub(super) number: u32,
    cells: [Cell; Field::ALL.len()],
}

impl RawRow {
    pub(super) fn cell(&self, field: Field) -> &Cell {
        self.cells.get(field as usize).unwrap_or(&Cell::Blank)
    }

    fn set(&mut self, field: Field, cell: Cell) {
        if let Some(place) = self.cells.get_mut(field as usize) {
            *place = cell;
        }
    }
}

/// A roster as it was written.
#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) columns: Columns,
    pub(super) read: Vec<ReadColumn>,
    pub(super) rows: Vec<RawRow>,
}

/// Reads a workbook (.xlsx) or comma-separated text, whatever the file is called. Now and then
/// `passed` hears how many rows it has.
///
/// # Errors
/// Says why a file is not taken.
pub(super) fn read(bytes: &[u8], said: &Said, passed: &dyn Fn(usize)) -> Result<Sheet, Fault> {
    let (mut sheet, merged) = sheet::read(bytes, || Gathered::new(said, passed))?;
    if !merged.is_empty() {
        spread(&mut sheet, merged)?;
    }
    Ok(sheet)
}

/// Takes rows in, finds the header, and keeps what stands under it.
struct Gathered<'a> {
    said: &'a Said,
    passed: &'a dyn Fn(usize),
    columns: Option<Columns>,
    rows: Vec<RawRow>,
    above: usize,
    top: Vec<Vec<(u32, Cell)>>,
}

impl<'a> Gathered<'a> {
    const fn new(said: &'a Said, passed: &'a dyn Fn(usize)) -> Self {
        Self {
            said,
            passed,
            columns: None,
            rows: Vec::new(),
            above: 0,
            top: Vec::new(),
        }
    }
}

impl Gather for Gathered<'_> {
    type Sheet = Sheet;
    type Column = ReadColumn;

    fn wants(&self, at: u32) -> bool {
        let seen = usize::try_from(at).is_ok_and(|at| at < MOST_COLUMNS);
        match &self.columns {
            Some(columns) if self.top.len() >= TOP => columns.field(at).is_some(),
            _ => seen,
        }
    }

    fn hopeless(&self) -> bool {
        self.columns.is_none() && self.above >= HEADER_WITHIN
    }

    fn take(&mut self, number: u32, cells: Vec<(u32, Cell)>) -> Result<(), Fault> {
        if cells.iter().all(|(_, cell)| *cell == Cell::Blank) {
            return Ok(());
        }
        if self.top.len() < TOP {
            self.top.push(cells.clone());
        }
        let Some(columns) = &self.columns else {
            self.above += 1;
            self.columns = Columns::of(&cells, self.said);
            return Ok(());
        };
        let mut row = RawRow {
            number,
            cells: Default::default(),
        };
        let mut blank = true;
        for (at, cell) in cells {
            if let Some(field) = columns.field(at) {
                blank &= cell == Cell::Blank;
                row.set(field, cell);
            }
        }
        if blank {
            return Ok(());
        }
        if self.rows.len() >= MOST_ROWS {
            return Err(Fault::TooManyRows);
        }
        self.rows.push(row);
        if self.rows.len().is_multiple_of(STEP) {
            (self.passed)(self.rows.len());
        }
        Ok(())
    }

    fn done(self) -> Result<Sheet, Vec<ReadColumn>> {
        let read = read_columns(&self.top, self.said);
        match self.columns {
            Some(columns) => Ok(Sheet {
                columns,
                read,
                rows: self.rows,
            }),
            None => Err(read),
        }
    }
}

/// Lets a merged cell stand for each of its rows, and drops rows whose building and unit lie in
/// one merged cell: those are headings between the rows.
fn spread(sheet: &mut Sheet, merged: Vec<Merged>) -> Result<(), Fault> {
    sheet.rows.sort_by_key(|row| row.number);
    let mut headings = Vec::new();
    let mut filled = 0;
    for (start, end) in merged {
        let (top, bottom) = (start.0.saturating_add(1), end.0.saturating_add(1));
        let first = sheet.rows.partition_point(|row| row.number < top);
        let beyond = sheet.rows.partition_point(|row| row.number <= bottom);
        let rows = sheet.rows.get_mut(first..beyond).unwrap_or_default();
        filled += rows.len() + 1;
        if filled > MOST_FILLED {
            return Err(Fault::Unreadable);
        }
        let holds = |field| {
            sheet
                .columns
                .at(field)
                .is_some_and(|at| (start.1..=end.1).contains(&at))
        };
        if holds(Field::Building) && holds(Field::Unit) {
            headings.extend(rows.iter().map(|row| row.number));
            continue;
        }
        let (Some(field), Some((head, below))) =
            (sheet.columns.field(start.1), rows.split_first_mut())
        else {
            continue;
        };
        if head.number != top {
            continue;
        }
        for row in below {
            if *row.cell(field) == Cell::Blank {
                row.set(field, head.cell(field).clone());
            }
        }
    }
    headings.sort_unstable();
    sheet
        .rows
        .retain(|row| headings.binary_search(&row.number).is_err());
    Ok(())
}

#[cfg(test)]
#[path = "sheet_tests.rs"]
mod tests;
