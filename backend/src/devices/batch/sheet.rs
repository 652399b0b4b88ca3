//! The sheet's rows under its header.

use domain::{
    devices::batch::{BatchColumn, BatchRow, MOST_DEVICES},
    problem::Flaw,
};

use crate::kernel::sheet::{self, Cell, Fault, Gather, HEADER_WITHIN};

/// The rows with something in them.
///
/// # Errors
/// What is wrong with the file: `unreadable`, `unknown`, `out_of_range`.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<BatchRow>, Flaw> {
    match sheet::read(bytes, Gathered::default) {
        Ok((rows, _)) => Ok(rows),
        Err(Fault::Unreadable) => Err(Flaw::Unreadable),
        Err(Fault::TooManyRows) => Err(Flaw::OutOfRange),
        Err(Fault::ColumnsMissing(_)) => Err(Flaw::Unknown),
    }
}

#[derive(Default)]
struct Gathered {
    /// Which column stands where, once the header was found.
    columns: Option<Vec<(u32, BatchColumn)>>,
    /// How many filled rows were no header.
    above: usize,
    /// How many columns the widest of them has.
    widest: usize,
    rows: Vec<BatchRow>,
}

impl Gathered {
    /// The first of each column in a row that has all that are needed.
    fn header(cells: &[(u32, Cell)]) -> Option<Vec<(u32, BatchColumn)>> {
        let mut columns: Vec<(u32, BatchColumn)> = Vec::new();
        for (at, cell) in cells {
            if let Some(column) = cell.text().and_then(BatchColumn::of_header)
                && columns.iter().all(|(_, known)| *known != column)
            {
                columns.push((*at, column));
            }
        }
        let has = |needed| columns.iter().any(|(_, column)| *column == needed);
        BatchColumn::NEEDED.into_iter().all(has).then_some(columns)
    }
}

impl Gather for Gathered {
    type Sheet = Vec<BatchRow>;
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
        let (mut row, mut blank) = (BatchRow::new(number), true);
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
        if self.rows.len() >= MOST_DEVICES {
            return Err(Fault::TooManyRows);
        }
        self.rows.push(row);
        Ok(())
    }

    fn done(self) -> Result<Vec<BatchRow>, Vec<()>> {
        match self.columns {
            Some(_) => Ok(self.rows),
            None => Err(vec![(); self.widest]),
        }
    }
}
