//! Tables of an archive: each as CSV and as JSON, written row by row into temporary files, so that no
//! table is ever in memory as a whole.

use std::{
    fs::File,
    io::{BufWriter, Result, Seek, SeekFrom, Write},
};

use serde_json::{Map, Value};
use zip::{ZipWriter, write::SimpleFileOptions};

/// What a spreadsheet program wants before it believes that a text is UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// What stands in a cell.
pub(super) enum Cell {
    Blank,
    Text(String),
    Number(f64),
    Bool(bool),
}

impl Cell {
    pub(super) fn id(id: impl ToString) -> Self {
        Self::Text(id.to_string())
    }

    pub(super) fn maybe(id: Option<impl ToString>) -> Self {
        id.map_or(Self::Blank, |id| Self::Text(id.to_string()))
    }

    fn json(self) -> Value {
        match self {
            Self::Blank => Value::Null,
            Self::Text(text) => Value::String(text),
            Self::Number(number) => number.into(),
            Self::Bool(yes) => yes.into(),
        }
    }

    fn csv(&self) -> String {
        match self {
            Self::Blank => String::new(),
            Self::Text(text) => harmless(text),
            Self::Number(number) => number.to_string(),
            Self::Bool(yes) => yes.to_string(),
        }
    }
}

/// A text that no spreadsheet program runs as a formula. A floor under the ground is none.
pub(super) fn harmless(text: &str) -> String {
    let starts = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];
    let number = text
        .strip_prefix('-')
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()));
    if text.starts_with(starts) && !number {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// Comma-separated text with its mark, in a file that is gone once it is closed.
pub(super) struct Csv(csv::Writer<BufWriter<File>>);

impl Csv {
    pub(super) fn new(headers: &[&str]) -> Result<Self> {
        let mut file = BufWriter::new(tempfile::tempfile()?);
        file.write_all(MARK)?;
        let mut writer = csv::Writer::from_writer(file);
        writer.write_record(headers)?;
        Ok(Self(writer))
    }

    pub(super) fn row(&mut self, cells: &[Cell]) -> Result<()> {
        self.0.write_record(cells.iter().map(Cell::csv))?;
        Ok(())
    }

    fn done(self) -> Result<File> {
        let file = self
            .0
            .into_inner()
            .map_err(csv::IntoInnerError::into_error)?;
        rewound(file)
    }
}

/// A table as CSV and as a JSON array of objects.
pub(super) struct Table {
    name: &'static str,
    columns: &'static [&'static str],
    csv: Csv,
    json: BufWriter<File>,
    empty: bool,
}

impl Table {
    pub(super) fn new(name: &'static str, columns: &'static [&'static str]) -> Result<Self> {
        let mut json = BufWriter::new(tempfile::tempfile()?);
        json.write_all(b"[")?;
        Ok(Self {
            name,
            columns,
            csv: Csv::new(columns)?,
            json,
            empty: true,
        })
    }

    pub(super) fn row<const N: usize>(&mut self, cells: [Cell; N]) -> Result<()> {
        self.csv.row(&cells)?;
        let object: Map<String, Value> = self
            .columns
            .iter()
            .zip(cells)
            .map(|(name, cell)| ((*name).to_owned(), cell.json()))
            .collect();
        self.json
            .write_all(if self.empty { b"\n" } else { b",\n" })?;
        self.empty = false;
        serde_json::to_writer(&mut self.json, &object)?;
        Ok(())
    }
}

fn rewound(file: BufWriter<File>) -> Result<File> {
    let mut file = file
        .into_inner()
        .map_err(std::io::IntoInnerError::into_error)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}

/// An archive in a temporary file of its own.
pub(super) struct Archive(ZipWriter<File>);

impl Archive {
    pub(super) fn new() -> Result<Self> {
        Ok(Self(ZipWriter::new(tempfile::tempfile()?)))
    }

    pub(super) fn text(&mut self, name: &str, text: &str) -> Result<()> {
        self.0.start_file(name, SimpleFileOptions::default())?;
        self.0.write_all(text.as_bytes())
    }

    pub(super) fn csv(&mut self, name: &str, csv: Csv) -> Result<()> {
        self.copy(name, csv.done()?)
    }

    pub(super) fn table(&mut self, mut table: Table) -> Result<()> {
        table.json.write_all(b"\n]\n")?;
        self.copy(&format!("{}.csv", table.name), table.csv.done()?)?;
        self.copy(&format!("{}.json", table.name), rewound(table.json)?)
    }

    fn copy(&mut self, name: &str, mut file: File) -> Result<()> {
        self.0.start_file(name, SimpleFileOptions::default())?;
        std::io::copy(&mut file, &mut self.0)?;
        Ok(())
    }

    /// The file, to be read from its start.
    pub(super) fn done(self) -> Result<File> {
        let mut file = self.0.finish()?;
        file.seek(SeekFrom::Start(0))?;
        Ok(file)
    }
}
