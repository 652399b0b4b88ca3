//! From a file's bytes to rows of cells, within bounds that no file can push.
//!
//! Workbooks come from strangers: what a part of the archive unpacks to is measured before it is
//! read, cells are streamed, and only the columns that are understood are kept.

use std::io::{Cursor, Read};

use calamine::{DataRef, Reader, Xlsx};
use zip::ZipArchive;

use domain::estates::{MOST_COLUMNS, ReadColumn, RosterColumn as Field};

use super::{
    columns::{Columns, Said, read_columns},
    encoding::{decode, delimiter},
};

/// The largest file, in bytes.
pub(super) const MOST_BYTES: usize = 20 * 1024 * 1024;
/// The most rows with something in them, the header apart.
pub(super) const MOST_ROWS: usize = 20_000;
/// What all parts of a workbook may unpack to, in bytes, and what one part that is read as a
/// whole may.
const MOST_UNPACKED: u64 = 200 * 1024 * 1024;
const MOST_WHOLE: u64 = 32 * 1024 * 1024;
/// The most parts of a workbook, and sheets that are looked through.
const MOST_PARTS: usize = 2_000;
const MOST_SHEETS: usize = 20;
/// In how many filled rows from the top the header is looked for; above it stand titles.
pub(super) const HEADER_WITHIN: usize = 10;
/// How many filled rows from the top are kept whole, to show what stands in each column.
const TOP: usize = 40;
/// The longest cell in characters; of a longer one, enough is kept to be refused for its length.
pub(super) const LONGEST_CELL: usize = 400;
/// How many cells merged ranges may fill; more than every cell of the largest roster.
const MOST_FILLED: usize = 1_000_000;

/// Why a file was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    Unreadable,
    TooManyRows,
    /// No row names the building and the unit. With it the columns that there are.
    ColumnsMissing(Vec<ReadColumn>),
}

/// What stands in a cell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Cell {
    #[default]
    Blank,
    Text(String),
    /// The value that a formula had when the file was saved.
    Formula(String),
    /// A date, a truth value or an error, where a roster has nothing but text and numbers.
    Strange,
}

impl Cell {
    fn of(raw: &str, formula: bool) -> Self {
        let text: String = raw
            .trim()
            .chars()
            .filter(|c| {
                *c == '\n'
                    || !(c.is_control() || matches!(*c, '\u{200b}'..='\u{200f}' | '\u{feff}'))
            })
            .map(|c| {
                if matches!(c, '\u{a0}' | '\u{3000}') {
                    ' '
                } else {
                    c
                }
            })
            .take(LONGEST_CELL + 1)
            .collect();
        match text.trim() {
            "" => Self::Blank,
            text if formula => Self::Formula(text.to_owned()),
            text => Self::Text(text.to_owned()),
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Formula(text) => Some(text),
            Self::Blank | Self::Strange => None,
        }
    }
}

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

/// Reads a workbook (.xlsx) or comma-separated text, whatever the file is called.
///
/// # Errors
/// Says why a file is not taken.
pub(super) fn read(bytes: &[u8], said: &Said) -> Result<Sheet, Fault> {
    if bytes.starts_with(b"PK\x03\x04") {
        workbook(bytes, said)
    } else {
        text(bytes, said)
    }
}

/// Takes rows in, finds the header, and keeps what stands under it.
struct Gather<'a> {
    said: &'a Said,
    columns: Option<Columns>,
    rows: Vec<RawRow>,
    above: usize,
    top: Vec<Vec<(u32, Cell)>>,
}

impl<'a> Gather<'a> {
    const fn new(said: &'a Said) -> Self {
        Self {
            said,
            columns: None,
            rows: Vec::new(),
            above: 0,
            top: Vec::new(),
        }
    }

    /// Whether a column can be of interest.
    fn wants(&self, at: u32) -> bool {
        let seen = usize::try_from(at).is_ok_and(|at| at < MOST_COLUMNS);
        match &self.columns {
            Some(columns) if self.top.len() >= TOP => columns.field(at).is_some(),
            _ => seen,
        }
    }

    /// Whether the header is nowhere near the top.
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
        Ok(())
    }

    /// The sheet, or the columns that it has where no row is a header.
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

fn workbook(bytes: &[u8], said: &Said) -> Result<Sheet, Fault> {
    measure(bytes)?;
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(|_| Fault::Unreadable)?;
    let mut fault = Fault::Unreadable;
    for name in book.sheet_names().into_iter().take(MOST_SHEETS) {
        let gather = match cells(&mut book, &name, said) {
            Ok(gather) => gather,
            Err(Some(fault)) => return Err(fault),
            Err(None) => continue,
        };
        let mut sheet = match gather.done() {
            Ok(sheet) => sheet,
            Err(columns) => {
                // A cover has a cell or two; the sheet that is asked about is the widest.
                if !matches!(&fault, Fault::ColumnsMissing(other) if other.len() >= columns.len()) {
                    fault = Fault::ColumnsMissing(columns);
                }
                continue;
            }
        };
        let merged = book
            .merge_cells_by_sheet_name(&name)
            .map_err(|_| Fault::Unreadable)?;
        let ranges = merged.iter().map(|range| (range.start, range.end));
        spread(&mut sheet, ranges)?;
        return Ok(sheet);
    }
    Err(fault)
}

/// Measures what an archive unpacks to, by unpacking it: its own directory may lie. Also refuses
/// what makes the workbook reader set memory aside for a count that nobody has checked.
fn measure(bytes: &[u8]) -> Result<(), Fault> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| Fault::Unreadable)?;
    if archive.len() > MOST_PARTS
        || archive
            .decompressed_size()
            .is_some_and(|size| size > MOST_UNPACKED.into())
    {
        return Err(Fault::Unreadable);
    }
    let mut left = MOST_UNPACKED;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|_| Fault::Unreadable)?;
        let name = part
            .name()
            .map(|name| name.to_ascii_lowercase())
            .map_err(|_| Fault::Unreadable)?;
        let whole = !name.contains("worksheets/");
        let most = if whole { left.min(MOST_WHOLE) } else { left };
        let mut part = part.take(most + 1);
        let size = if name.ends_with("sharedstrings.xml") {
            let mut content = Vec::new();
            let size = part
                .read_to_end(&mut content)
                .map_err(|_| Fault::Unreadable)?;
            check_counts(&content)?;
            u64::try_from(size).map_err(|_| Fault::Unreadable)?
        } else {
            std::io::copy(&mut part, &mut std::io::sink()).map_err(|_| Fault::Unreadable)?
        };
        if size > most {
            return Err(Fault::Unreadable);
        }
        left -= size;
    }
    Ok(())
}

/// The table of texts says how many it holds, and the reader believes it. More than the part has
/// room for (`<si/>` is five bytes) is a lie. Encodings in which the attribute could hide are refused with it.
fn check_counts(content: &[u8]) -> Result<(), Fault> {
    const ATTRIBUTE: &[u8] = b"uniqueCount";
    if content.iter().any(|byte| matches!(byte, 0 | 0x1b)) {
        return Err(Fault::Unreadable);
    }
    let mut rest = content;
    while let Some(at) = rest
        .windows(ATTRIBUTE.len())
        .position(|window| window == ATTRIBUTE)
    {
        rest = rest.get(at + ATTRIBUTE.len()..).unwrap_or_default();
        let value: String = rest
            .iter()
            .map(|byte| char::from(*byte))
            .skip_while(|c| matches!(c, '=' | '"' | '\'' | ' ' | '\t' | '\r' | '\n' | '+'))
            .take_while(char::is_ascii_digit)
            .take(20)
            .collect();
        if value
            .parse::<usize>()
            .is_ok_and(|count| count > content.len() / 5)
        {
            return Err(Fault::Unreadable);
        }
    }
    Ok(())
}

/// Streams one sheet. `Err(None)` is a sheet without cells, such as a chart.
fn cells<'a>(
    book: &mut Xlsx<Cursor<&[u8]>>,
    name: &str,
    said: &'a Said,
) -> Result<Gather<'a>, Option<Fault>> {
    let mut reader = book.worksheet_cells_reader(name).map_err(|_| None)?;
    let mut gather = Gather::new(said);
    let mut current = (0, Vec::new());
    loop {
        let cell = reader
            .next_cell_with_formula_metadata()
            .map_err(|_| Some(Fault::Unreadable))?;
        let Some(cell) = cell else { break };
        let (row, column) = cell.pos;
        if row != current.0 {
            let (number, cells) = std::mem::replace(&mut current, (row, Vec::new()));
            gather.take(number.saturating_add(1), cells).map_err(Some)?;
            if gather.hopeless() {
                return Ok(gather);
            }
        }
        if !gather.wants(column) {
            continue;
        }
        let formula = cell.formula.is_some();
        let cell = match &cell.value {
            DataRef::Empty if formula => Cell::Strange,
            DataRef::Empty => continue,
            DataRef::String(text) => Cell::of(text, formula),
            DataRef::SharedString(text) => Cell::of(text, formula),
            DataRef::Int(value) => Cell::of(&value.to_string(), formula),
            DataRef::Float(value) => Cell::of(&decimal(*value), formula),
            DataRef::Bool(_)
            | DataRef::DateTime(_)
            | DataRef::DateTimeIso(_)
            | DataRef::DurationIso(_)
            | DataRef::Error(_) => Cell::Strange,
        };
        if cell != Cell::Blank {
            current.1.push((column, cell));
        }
    }
    gather
        .take(current.0.saturating_add(1), current.1)
        .map_err(Some)?;
    Ok(gather)
}

/// A number as a spreadsheet shows it: to 15 digits, `101` and not `101.0`, and
/// 89.37 even where arithmetic left 89.36999999999999.
fn decimal(value: f64) -> String {
    let rounded = format!("{value:.14e}").parse().unwrap_or(value);
    format!("{rounded}")
}

/// Lets a merged cell stand for each of its rows, and drops rows whose building and unit lie in
/// one merged cell: those are headings between the rows.
fn spread(
    sheet: &mut Sheet,
    ranges: impl Iterator<Item = ((u32, u32), (u32, u32))>,
) -> Result<(), Fault> {
    sheet.rows.sort_by_key(|row| row.number);
    let mut headings = Vec::new();
    let mut filled = 0;
    for (start, end) in ranges {
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

fn text(bytes: &[u8], said: &Said) -> Result<Sheet, Fault> {
    let text = decode(bytes).ok_or(Fault::Unreadable)?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(&text))
        .from_reader(text.as_bytes());
    let mut gather = Gather::new(said);
    let mut record = csv::StringRecord::new();
    // Line breaks inside quotes, which make a line of the file but no row of the sheet.
    let mut inner = 0;
    while reader
        .read_record(&mut record)
        .map_err(|_| Fault::Unreadable)?
    {
        let (byte, line) = record
            .position()
            .map_or((0, 0), |at| (at.byte(), at.line()));
        // The reader's position is where it stood before it skipped the blank lines.
        let ahead = usize::try_from(byte)
            .ok()
            .and_then(|byte| text.as_bytes().get(byte..));
        let ahead = ahead
            .unwrap_or_default()
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'));
        let skipped = ahead.filter(|byte| **byte == b'\n').count();
        let line = line.saturating_add(u64::try_from(skipped).unwrap_or_default());
        let number = u32::try_from(line.saturating_sub(inner)).unwrap_or(u32::MAX);
        let breaks: usize = record.iter().map(|cell| cell.matches('\n').count()).sum();
        inner += u64::try_from(breaks).unwrap_or_default();
        let cells = (0..).zip(record.iter()).filter(|(at, _)| gather.wants(*at));
        let cells = cells.map(|(at, raw)| (at, Cell::of(raw, false))).collect();
        gather.take(number, cells)?;
        if gather.hopeless() {
            break;
        }
    }
    gather.done().map_err(Fault::ColumnsMissing)
}

#[cfg(test)]
#[path = "sheet_tests.rs"]
mod tests;
