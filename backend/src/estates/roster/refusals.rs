//! The refused rows of an import as a workbook, to work through beside the roster.

use domain::estates::{RosterImport, RowRefusal};
use rust_xlsxwriter::{Format, Workbook, XlsxError};

use crate::kernel::{
    cell::harmless,
    error::{Error, Result},
};

/// What the columns are called, in the reader's language.
#[derive(Debug, Clone, Copy)]
pub struct RefusalHeaders {
    pub row: &'static str,
    pub column: &'static str,
    pub reason: &'static str,
}

/// The refused rows of an import (.xlsx): the number that a spreadsheet program shows, the column
/// that is to blame, and why. What stands in the row is not there, since no import keeps it.
///
/// Headers come from somebody's file. They are written as text, which no spreadsheet program
/// runs, and in front of one that looks like a formula stands an apostrophe, for whoever saves the
/// file as .csv.
///
/// # Errors
/// Internal, if the workbook cannot be written.
pub fn refusal_file(
    import: &RosterImport,
    headers: RefusalHeaders,
    reason: impl Fn(RowRefusal) -> &'static str,
) -> Result<Vec<u8>> {
    write(import, headers, reason).map_err(Error::internal)
}

fn write(
    import: &RosterImport,
    headers: RefusalHeaders,
    reason: impl Fn(RowRefusal) -> &'static str,
) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let bold = Format::new().set_bold();
    let sheet = book.add_worksheet();
    sheet
        .set_column_width(1, 24)?
        .set_column_width(2, 80)?
        .set_freeze_panes(1, 0)?;
    for (at, header) in (0_u16..).zip([headers.row, headers.column, headers.reason]) {
        sheet.write_string_with_format(0, at, header, &bold)?;
    }
    for (at, refused) in (1_u32..).zip(&import.refused) {
        sheet.write_number(at, 0, refused.row)?;
        if let Some(column) = &refused.column {
            sheet.write_string(at, 1, harmless(column))?;
        }
        sheet.write_string(at, 2, reason(refused.reason))?;
    }
    book.save_to_buffer()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use calamine::{Data, Reader, Xlsx};
    use domain::{
        EstateId, ImportId,
        estates::{ImportCounts, ImportState, RefusedRow},
    };
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_refusal_file_runs_nothing() {
        let refused = |row, column: &str| RefusedRow {
            row,
            reason: RowRefusal::AreaUnreadable,
            column: Some(column.to_owned()),
        };
        let import = RosterImport {
            id: ImportId(Uuid::nil()),
            estate: EstateId(Uuid::nil()),
            file_name: "roster.csv".into(),
            dry_run: false,
            state: ImportState::Refused,
            counts: ImportCounts::default(),
            refused: vec![refused(3, "面积"), refused(12, "=cmd|'/C calc'!A0")],
            possible_sales: Vec::new(),
            changes: Vec::new(),
            ignored_columns: Vec::new(),
            columns: Vec::new(),
            progress: None,
            flaw: None,
            created_at: jiff::Timestamp::UNIX_EPOCH,
        };
        let headers = RefusalHeaders {
            row: "行",
            column: "列",
            reason: "原因",
        };
        let bytes = refusal_file(&import, headers, |_| "读不懂").unwrap();
        let mut book = Xlsx::new(Cursor::new(bytes)).unwrap();
        let name = book.sheet_names()[0].clone();
        let cells = book.worksheet_range(&name).unwrap();
        let text = |text: &str| Data::String(text.to_owned());
        let rows: Vec<_> = cells.rows().map(<[Data]>::to_vec).collect();
        assert_eq!(rows[0], [text("行"), text("列"), text("原因")]);
        assert_eq!(rows[1], [Data::Float(3.0), text("面积"), text("读不懂")]);
        assert_eq!(rows[2][1], text("'=cmd|'/C calc'!A0"));
        assert!(book.worksheet_formula(&name).unwrap().is_empty());
    }
}
