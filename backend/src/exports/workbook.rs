//! A list as a workbook (.xlsx), written row by row.

use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use crate::kernel::error::{Error, Result};

/// The most rows of one file. A spreadsheet program takes five times as many, and nobody reads them.
pub(super) const MOST_ROWS: u32 = 200_000;

/// What stands in a cell.
pub(super) enum Cell<'a> {
    Blank,
    /// Written as text, which no spreadsheet program runs or takes for a date.
    Text(&'a str),
    Number(f64),
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        match text {
            "" => Self::Blank,
            text => Self::Text(text),
        }
    }
}

impl<'a> From<Option<&'a str>> for Cell<'a> {
    fn from(text: Option<&'a str>) -> Self {
        text.map_or(Self::Blank, Self::from)
    }
}

/// A workbook with one sheet. Rows that are written lie in a temporary file, and not in memory.
pub(super) struct Book {
    file: Workbook,
    text: Format,
    row: u32,
}

impl Book {
    /// Starts one with these headers.
    pub(super) fn new(headers: &[&str]) -> Result<Self> {
        Self::headed(headers).map_err(Error::internal)
    }

    fn headed(headers: &[&str]) -> std::result::Result<Self, XlsxError> {
        let mut book = Workbook::new();
        let bold = Format::new().set_bold();
        let sheet = book.add_worksheet_with_constant_memory()?;
        sheet.set_freeze_panes(1, 0)?;
        for (at, header) in (0_u16..).zip(headers) {
            sheet.set_column_width(at, 20)?;
            sheet.write_string_with_format(0, at, *header, &bold)?;
        }
        Ok(Self {
            file: book,
            text: Format::new().set_num_format("@"),
            row: 0,
        })
    }

    /// Writes the next row.
    ///
    /// # Errors
    /// `too_large` past [`MOST_ROWS`].
    pub(super) fn row<'a>(&mut self, cells: impl IntoIterator<Item = Cell<'a>>) -> Result<()> {
        if self.row >= MOST_ROWS {
            return Err(Error::new(domain::Code::TooLarge));
        }
        self.row += 1;
        let (row, text) = (self.row, self.text.clone());
        let sheet = self.file.worksheet_from_index(0).map_err(Error::internal)?;
        write(sheet, row, &text, cells).map_err(Error::internal)
    }

    /// The file's bytes, packed off the workers.
    pub(super) async fn done(mut self) -> Result<Vec<u8>> {
        tokio::task::spawn_blocking(move || self.file.save_to_buffer())
            .await
            .map_err(Error::internal)?
            .map_err(Error::internal)
    }
}

fn write<'a>(
    sheet: &mut Worksheet,
    row: u32,
    text: &Format,
    cells: impl IntoIterator<Item = Cell<'a>>,
) -> std::result::Result<(), XlsxError> {
    for (at, cell) in (0_u16..).zip(cells) {
        match cell {
            Cell::Blank => {}
            Cell::Text(said) => {
                // Longer than a spreadsheet's cell may be; nothing of ours is.
                let said: String = said.chars().take(32_000).collect();
                sheet.write_string_with_format(row, at, said, text)?;
            }
            Cell::Number(value) => {
                sheet.write_number(row, at, value)?;
            }
        }
    }
    Ok(())
}
