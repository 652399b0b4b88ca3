//! A point's course as a file for spreadsheet programs.

use domain::telemetry::Summary;
use jiff::{Zoned, tz::TimeZone};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, XlsxError};

use crate::kernel::{
    cell::harmless,
    error::{Error, Result},
};

/// How it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// UTF-8 with a byte order mark, which spreadsheet programs want before they believe it.
    Csv,
    Xlsx,
}

impl FileKind {
    /// The name's ending.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Csv, Self::Xlsx]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// What the columns are called, in the reader's language.
#[derive(Debug, Clone, Copy, Default)]
pub struct Headers {
    pub time: &'static str,
    pub min: &'static str,
    pub max: &'static str,
    pub mean: &'static str,
    pub last: &'static str,
    pub used: &'static str,
    pub unit: &'static str,
}

impl Headers {
    const fn row(self) -> [&'static str; 7] {
        [
            self.time, self.min, self.max, self.mean, self.last, self.used, self.unit,
        ]
    }
}

/// What is written: a row for each step, with local times.
pub(super) struct Sheet<'a> {
    pub(super) headers: Headers,
    pub(super) zone: &'a TimeZone,
    /// Of the point, as somebody typed it.
    pub(super) unit: &'a str,
    pub(super) steps: &'a [Summary],
}

pub(super) fn write(kind: FileKind, sheet: &Sheet<'_>) -> Result<Vec<u8>> {
    match kind {
        FileKind::Csv => csv(sheet).map_err(Error::internal),
        FileKind::Xlsx => xlsx(sheet).map_err(Error::internal),
    }
}

const fn numbers(step: &Summary) -> [Option<f64>; 5] {
    [
        Some(step.min),
        Some(step.max),
        Some(step.mean),
        Some(step.last),
        step.used,
    ]
}

fn csv(sheet: &Sheet<'_>) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    writer.write_record(sheet.headers.row())?;
    let unit = harmless(sheet.unit);
    for step in sheet.steps {
        let at = step.ts.to_zoned(sheet.zone.clone());
        // With its offset: in autumn an hour comes twice.
        let mut row = vec![at.strftime("%Y-%m-%d %H:%M:%S%:z").to_string()];
        let texts =
            numbers(step).map(|number| number.map_or_else(String::new, |it| it.to_string()));
        row.extend(texts);
        row.push(unit.clone());
        writer.write_record(&row)?;
    }
    writer
        .into_inner()
        .map_err(|error| csv::Error::from(error.into_error()))
}

fn xlsx(sheet: &Sheet<'_>) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let bold = Format::new().set_bold();
    let time = Format::new().set_num_format("yyyy-mm-dd hh:mm");
    let unit = harmless(sheet.unit);
    let page = book.add_worksheet();
    page.set_column_width(0, 18)?.set_freeze_panes(1, 0)?;
    for (at, header) in (0_u16..).zip(sheet.headers.row()) {
        page.write_string_with_format(0, at, header, &bold)?;
    }
    for (row, step) in (1_u32..).zip(sheet.steps) {
        let at = local(&step.ts.to_zoned(sheet.zone.clone()))?;
        page.write_datetime_with_format(row, 0, &at, &time)?;
        for (column, number) in (1_u16..).zip(numbers(step)) {
            if let Some(number) = number {
                page.write_number(row, column, number)?;
            }
        }
        page.write_string(row, 6, &unit)?;
    }
    book.save_to_buffer()
}

/// Spreadsheets know no zones.
fn local(at: &Zoned) -> Result<ExcelDateTime, XlsxError> {
    let date = (at.year(), at.month(), at.day());
    let whole = |part: i8| u8::try_from(part).unwrap_or_default();
    let year = u16::try_from(date.0).unwrap_or_default();
    ExcelDateTime::from_ymd(year, whole(date.1), whole(date.2))?.and_hms(
        whole(at.hour()).into(),
        whole(at.minute()),
        f64::from(at.second()),
    )
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use calamine::{Data, Reader, Xlsx};

    use super::*;

    const HEADERS: Headers = Headers {
        time: "时间",
        min: "最小",
        max: "最大",
        mean: "平均",
        last: "最后",
        used: "用量",
        unit: "单位",
    };

    fn steps() -> Vec<Summary> {
        let step = |ts: &str, used| Summary {
            ts: ts.parse().unwrap(),
            min: -1.5,
            max: 2.0,
            mean: 0.25,
            last: 2.0,
            used,
        };
        vec![
            step("2026-10-31T16:00:00Z", None),
            step("2026-11-01T16:00:00Z", Some(0.5)),
        ]
    }

    #[test]
    fn a_file_runs_nothing_and_tells_local_times() {
        let (steps, zone) = (steps(), TimeZone::get("Asia/Shanghai").unwrap());
        let sheet = Sheet {
            headers: HEADERS,
            zone: &zone,
            unit: "=cmd|'/C calc'!A0",
            steps: &steps,
        };
        let text = String::from_utf8(write(FileKind::Csv, &sheet).unwrap()).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "\u{feff}时间,最小,最大,平均,最后,用量,单位");
        assert_eq!(
            lines[1],
            "2026-11-01 00:00:00+08:00,-1.5,2,0.25,2,,'=cmd|'/C calc'!A0"
        );
        assert_eq!(lines.len(), 3);

        let bytes = write(FileKind::Xlsx, &sheet).unwrap();
        let mut book = Xlsx::new(Cursor::new(bytes)).unwrap();
        let name = book.sheet_names()[0].clone();
        assert!(book.worksheet_formula(&name).unwrap().is_empty());
        let cells = book.worksheet_range(&name).unwrap();
        let rows: Vec<_> = cells.rows().map(<[Data]>::to_vec).collect();
        assert_eq!(rows.len(), 3);
        assert_eq!(rows[2][1], Data::Float(-1.5));
        assert_eq!(rows[2][5], Data::Float(0.5));
        assert_eq!(rows[1][6], Data::String("'=cmd|'/C calc'!A0".to_owned()));
        let Data::DateTime(at) = &rows[1][0] else {
            panic!("{:?}", rows[1][0]);
        };
        assert!((at.as_f64() - 46_327.0).abs() < 1e-9, "{at:?}");
    }
}
