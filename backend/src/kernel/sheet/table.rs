//! Sheets whose header names known columns, and the empty ones that people fill in.

use domain::{
    problem::Flaw,
    sheet::{Column, Row},
};
use rust_xlsxwriter::{Format, Workbook, XlsxError};

use super::{Cell, Fault, Gather, HEADER_WITHIN, MOST_BYTES};
use crate::kernel::error::{Error, Result};

/// The rows of an upload with something in them, at most `most`.
///
/// # Errors
/// `invalid` on `file`: `unreadable`, `unknown` where no row names the columns that are needed,
/// `required` without a row under them, `out_of_range` for more rows or over 20 MiB.
pub(crate) async fn rows<C: Column + Send>(bytes: Vec<u8>, most: usize) -> Result<Vec<Row<C>>> {
    let flawed = |flaw| Err(Error::invalid("file", flaw));
    if bytes.is_empty() {
        return flawed(Flaw::Required);
    }
    if bytes.len() > MOST_BYTES {
        return flawed(Flaw::OutOfRange);
    }
    // Reading takes seconds for the largest file, and a panic in a reader of strangers' files is a
    // file that cannot be read.
    let read = tokio::task::spawn_blocking(move || read(&bytes, most)).await;
    match read.unwrap_or(Err(Flaw::Unreadable)) {
        Ok(rows) if rows.is_empty() => flawed(Flaw::Required),
        Ok(rows) => Ok(rows),
        Err(flaw) => flawed(flaw),
    }
}

pub(crate) fn read<C: Column>(bytes: &[u8], most: usize) -> Result<Vec<Row<C>>, Flaw> {
    match super::read(bytes, || Gathered::new(most)) {
        Ok((rows, _)) => Ok(rows),
        Err(Fault::Unreadable) => Err(Flaw::Unreadable),
        Err(Fault::TooManyRows) => Err(Flaw::OutOfRange),
        Err(Fault::ColumnsMissing(_)) => Err(Flaw::Unknown),
    }
}

struct Gathered<C> {
    most: usize,
    /// Which column stands where, once the header was found.
    columns: Option<Vec<(u32, C)>>,
    /// How many filled rows were no header.
    above: usize,
    /// How many columns the widest of them has.
    widest: usize,
    rows: Vec<Row<C>>,
}

impl<C: Column> Gathered<C> {
    const fn new(most: usize) -> Self {
        Self {
            most,
            columns: None,
            above: 0,
            widest: 0,
            rows: Vec::new(),
        }
    }

    /// The first of each column in a row that has all that are needed.
    fn header(cells: &[(u32, Cell)]) -> Option<Vec<(u32, C)>> {
        let mut columns: Vec<(u32, C)> = Vec::new();
        for (at, cell) in cells {
            if let Some(column) = cell.text().and_then(C::of_header)
                && columns.iter().all(|(_, known)| *known != column)
            {
                columns.push((*at, column));
            }
        }
        let has = |needed: &C| columns.iter().any(|(_, column)| column == needed);
        C::NEEDED.iter().all(has).then_some(columns)
    }
}

impl<C: Column> Gather for Gathered<C> {
    type Sheet = Vec<Row<C>>;
    type Column = ();

    fn wants(&self, at: u32) -> bool {
        let known = self.columns.as_ref();
        known.is_none_or(|columns| columns.iter().any(|(known, _)| *known == at))
    }

    fn hopeless(&self) -> bool {
        self.columns.is_none() && self.above >= HEADER_WITHIN
    }

    fn take(&mut self, number: u32, cells: Vec<(u32, Cell)>) -> Result<(), Fault<()>> {
        let Some(columns) = &self.columns else {
            self.columns = Self::header(&cells);
            self.above += usize::from(!cells.is_empty());
            self.widest = self.widest.max(cells.len());
            return Ok(());
        };
        let (mut row, mut blank) = (Row::new(number), true);
        for (at, cell) in cells {
            let Some((_, column)) = columns.iter().find(|(known, _)| *known == at) else {
                continue;
            };
            blank &= cell == Cell::Blank;
            match cell {
                Cell::Text(text) | Cell::Formula(text) => row.set(*column, text),
                Cell::Strange => row.set_unreadable(*column),
                Cell::Blank => {}
            }
        }
        if blank {
            return Ok(());
        }
        if self.rows.len() >= self.most {
            return Err(Fault::TooManyRows);
        }
        self.rows.push(row);
        Ok(())
    }

    fn done(self) -> Result<Vec<Row<C>>, Vec<()>> {
        match self.columns {
            Some(_) => Ok(self.rows),
            None => Err(vec![(); self.widest]),
        }
    }
}

/// An empty sheet (.xlsx) with the header row, and a second one (说明) that says of each column, and at
/// the end of the whole sheet, what it takes, in Chinese and in English.
///
/// There is no example row: it would be taken by accident.
///
/// # Errors
/// Internal, if the workbook cannot be written.
pub(crate) fn template<C: Column>(
    name: &str,
    note: impl Fn(C) -> (String, String),
    whole: (String, String),
) -> Result<Vec<u8>> {
    write(name, note, whole).map_err(Error::internal)
}

fn write<C: Column>(
    name: &str,
    note: impl Fn(C) -> (String, String),
    whole: (String, String),
) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let bold = Format::new().set_bold();
    // Addresses and numbers as text: a spreadsheet program makes 3-1 a date and drops leading zeros.
    let text = Format::new().set_num_format("@");
    let sheet = book.add_worksheet().set_name(name)?;
    for (at, column) in (0_u16..).zip(C::ALL.iter()) {
        sheet
            .set_column_width(at, 20)?
            .set_column_format(at, &text)?
            .write_string_with_format(0, at, column.header(), &bold)?;
    }
    sheet.set_freeze_panes(1, 0)?;

    let notes = book.add_worksheet().set_name("说明")?;
    notes
        .set_column_width(0, 26)?
        .set_column_width(1, 60)?
        .set_column_width(2, 80)?;
    let mut row = 0;
    for column in C::ALL.iter().copied() {
        let (chinese, english) = note(column);
        notes
            .write_string_with_format(row, 0, column.header(), &bold)?
            .write_string(row, 1, chinese)?
            .write_string(row, 2, english)?;
        row += 1;
    }
    notes
        .write_string(row + 1, 1, whole.0)?
        .write_string(row + 1, 2, whole.1)?;
    book.save_to_buffer()
}
