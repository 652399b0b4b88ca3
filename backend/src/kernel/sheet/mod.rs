//! From a file's bytes to rows of cells, within bounds that no file can push.
//!
//! Workbooks come from strangers: what a part of the archive unpacks to is measured before it is
//! read, cells are streamed, and only the columns that are wanted are kept.

mod encoding;
pub(crate) mod table;

use std::io::{Cursor, Read};

use calamine::{DataRef, Reader, Xlsx};
use zip::ZipArchive;

use encoding::{decode, delimiter};

/// The largest file, in bytes.
pub(crate) const MOST_BYTES: usize = 20 * 1024 * 1024;
/// What all parts of a workbook may unpack to, in bytes, and what one part that is read as a
/// whole may.
const MOST_UNPACKED: u64 = 200 * 1024 * 1024;
pub(crate) const MOST_WHOLE: u64 = 32 * 1024 * 1024;
/// The most parts of a workbook, and sheets that are looked through.
const MOST_PARTS: usize = 2_000;
const MOST_SHEETS: usize = 20;
/// In how many filled rows from the top the header is looked for; above it stand titles.
pub(crate) const HEADER_WITHIN: usize = 10;
/// The longest cell in characters; of a longer one, enough is kept to be refused for its length.
pub(crate) const LONGEST_CELL: usize = 400;

/// Why a file was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault<Column> {
    Unreadable,
    TooManyRows,
    /// No row is the header that was looked for. With it the columns that there are.
    ColumnsMissing(Vec<Column>),
}

/// What is made of a sheet's rows, which come in the order in which they stand there.
pub(crate) trait Gather {
    type Sheet;
    /// What is told of a column where the header is missing.
    type Column;

    /// Whether a column can be of interest.
    fn wants(&self, at: u32) -> bool;
    /// Whether reading on is of no use.
    fn hopeless(&self) -> bool;
    /// A row; the number is the one that a spreadsheet program shows.
    fn take(&mut self, number: u32, cells: Vec<(u32, Cell)>) -> Result<(), Fault<Self::Column>>;
    /// The sheet, or the columns that it has where no row is a header.
    fn done(self) -> Result<Self::Sheet, Vec<Self::Column>>;
}

/// The first and the last cell of what was merged into one, as row and column from 0.
pub(crate) type Merged = ((u32, u32), (u32, u32));

/// What stands in a cell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Cell {
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

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Formula(text) => Some(text),
            Self::Blank | Self::Strange => None,
        }
    }
}

/// A sheet and what is merged in it, or why a file was not taken.
pub(crate) type Found<G> =
    Result<(<G as Gather>::Sheet, Vec<Merged>), Fault<<G as Gather>::Column>>;

/// Reads a workbook (.xlsx) or comma-separated text, whatever the file is called: the first sheet that
/// has the header, and what is merged in it.
///
/// # Errors
/// Says why a file is not taken.
pub(crate) fn read<G: Gather>(bytes: &[u8], fresh: impl Fn() -> G) -> Found<G> {
    if bytes.starts_with(b"PK\x03\x04") {
        workbook(bytes, fresh)
    } else {
        let sheet = text(bytes, fresh())?.done();
        Ok((sheet.map_err(Fault::ColumnsMissing)?, Vec::new()))
    }
}

fn workbook<G: Gather>(bytes: &[u8], fresh: impl Fn() -> G) -> Found<G> {
    measure(bytes).ok_or(Fault::Unreadable)?;
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(|_| Fault::Unreadable)?;
    let mut fault = Fault::Unreadable;
    for name in book.sheet_names().into_iter().take(MOST_SHEETS) {
        let gather = match cells(&mut book, &name, fresh()) {
            Ok(gather) => gather,
            Err(Some(fault)) => return Err(fault),
            Err(None) => continue,
        };
        let sheet = match gather.done() {
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
        let merged = merged.iter().map(|range| (range.start, range.end));
        return Ok((sheet, merged.collect()));
    }
    Err(fault)
}

/// Measures what an archive unpacks to, by unpacking it: its own directory may lie. Also refuses
/// what makes the workbook reader set memory aside for a count that nobody has checked.
fn measure(bytes: &[u8]) -> Option<()> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
    if archive.len() > MOST_PARTS
        || archive
            .decompressed_size()
            .is_some_and(|size| size > MOST_UNPACKED.into())
    {
        return None;
    }
    let mut left = MOST_UNPACKED;
    for index in 0..archive.len() {
        let part = archive.by_index(index).ok()?;
        let name = part.name().map(|name| name.to_ascii_lowercase()).ok()?;
        let whole = !name.contains("worksheets/");
        let most = if whole { left.min(MOST_WHOLE) } else { left };
        let mut part = part.take(most + 1);
        let size = if name.ends_with("sharedstrings.xml") {
            let mut content = Vec::new();
            let size = part.read_to_end(&mut content).ok()?;
            check_counts(&content)?;
            u64::try_from(size).ok()?
        } else {
            std::io::copy(&mut part, &mut std::io::sink()).ok()?
        };
        if size > most {
            return None;
        }
        left -= size;
    }
    Some(())
}

/// The table of texts says how many it holds, and the reader believes it. More than the part has
/// room for (`<si/>` is five bytes) is a lie. Encodings in which the attribute could hide are refused with it.
fn check_counts(content: &[u8]) -> Option<()> {
    const ATTRIBUTE: &[u8] = b"uniqueCount";
    if content.iter().any(|byte| matches!(byte, 0 | 0x1b)) {
        return None;
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
            return None;
        }
    }
    Some(())
}

/// Streams one sheet. `Err(None)` is a sheet without cells, such as a chart.
fn cells<G: Gather>(
    book: &mut Xlsx<Cursor<&[u8]>>,
    name: &str,
    mut gather: G,
) -> Result<G, Option<Fault<G::Column>>> {
    let mut reader = book.worksheet_cells_reader(name).map_err(|_| None)?;
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

fn text<G: Gather>(bytes: &[u8], mut gather: G) -> Result<G, Fault<G::Column>> {
    let text = decode(bytes).ok_or(Fault::Unreadable)?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(&text))
        .from_reader(text.as_bytes());
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
    Ok(gather)
}
