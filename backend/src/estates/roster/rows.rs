//! From cells to what they say: each row is read, or refused with its reason.

use std::collections::HashSet;

use domain::{
    estates::{Area, Occupancy, RefusedRow, RosterColumn as Field, RowRefusal, UnitUse},
    identity::Phone,
};

use super::sheet::{RawRow, Sheet};
use crate::kernel::sheet::{Cell, LONGEST_CELL};

/// The most owners that one cell may name.
const MOST_OWNERS: usize = 20;

/// A row that says something sound by itself. What is `None` was blank, and changes nothing.
pub(super) struct Row {
    pub(super) number: u32,
    pub(super) building: String,
    pub(super) entrance: Option<String>,
    pub(super) unit: String,
    pub(super) floor: Option<String>,
    pub(super) area: Option<Area>,
    pub(super) inner_area: Option<Area>,
    pub(super) use_: Option<UnitUse>,
    pub(super) occupancy: Option<Occupancy>,
    pub(super) owners: Vec<Owner>,
}

#[derive(Clone)]
pub(super) struct Owner {
    pub(super) name: String,
    pub(super) phone: Option<Phone>,
}

/// What a sheet says, and which of its rows cannot be taken.
#[derive(Default)]
pub(super) struct Reading {
    pub(super) rows: Vec<Row>,
    pub(super) refused: Vec<RefusedRow>,
}

type Refusal = (RowRefusal, Field);

/// Reads every row. A unit that stands in an earlier row already is refused where it comes again.
pub(super) fn read(sheet: &Sheet) -> Reading {
    let mut reading = Reading::default();
    let mut seen = HashSet::new();
    for raw in &sheet.rows {
        let row = row(raw).and_then(|row| {
            let address = (row.building.clone(), row.entrance.clone(), row.unit.clone());
            if seen.insert(address) {
                Ok(row)
            } else {
                Err((RowRefusal::DuplicateUnit, Field::Unit))
            }
        });
        match row {
            Ok(row) => reading.rows.push(row),
            Err((reason, field)) => reading.refused.push(RefusedRow {
                row: raw.number,
                reason,
                column: sheet.columns.header(field),
            }),
        }
    }
    reading
}

fn row(raw: &RawRow) -> Result<Row, Refusal> {
    for field in Field::ALL.iter().copied() {
        if raw
            .cell(field)
            .text()
            .is_some_and(|text| text.chars().count() > LONGEST_CELL)
        {
            return Err((RowRefusal::TextTooLong, field));
        }
    }
    let building =
        label(raw, Field::Building, 40)?.ok_or((RowRefusal::BuildingMissing, Field::Building))?;
    let entrance = label(raw, Field::Entrance, 20)?;
    let unit = label(raw, Field::Unit, 20)?.ok_or((RowRefusal::UnitMissing, Field::Unit))?;
    let floor = label(raw, Field::Floor, 20)?;
    Ok(Row {
        number: raw.number,
        building,
        entrance,
        unit,
        floor,
        area: area(raw, Field::Area)?,
        inner_area: area(raw, Field::InnerArea)?,
        use_: word(raw, Field::Use, RowRefusal::UseUnknown, UnitUse::parse)?,
        occupancy: word(
            raw,
            Field::Occupancy,
            RowRefusal::OccupancyUnknown,
            Occupancy::parse,
        )?,
        owners: owners(raw)?,
    })
}

/// A name or a code. Full-width characters become the ordinary ones, runs of white space one
/// space, and `101.0`, a number that was once written as text, `101`.
fn label(raw: &RawRow, field: Field, most: usize) -> Result<Option<String>, Refusal> {
    let Some(text) = own_text(raw, field)? else {
        return Ok(None);
    };
    let text = whole_number(&one_line(&narrow(text))).to_owned();
    if text.chars().count() > most {
        return Err((RowRefusal::TextTooLong, field));
    }
    Ok(Some(text))
}

/// The text of a field that people read as a name: no formula, and nothing that a spreadsheet
/// program would run as one when the list is exported again.
fn own_text(raw: &RawRow, field: Field) -> Result<Option<&str>, Refusal> {
    match raw.cell(field) {
        Cell::Blank => Ok(None),
        Cell::Text(text) if !formula_like(&narrow(text), field) => Ok(Some(text)),
        Cell::Text(_) | Cell::Formula(_) | Cell::Strange => Err((RowRefusal::FormulaLike, field)),
    }
}

/// Full-width signs count too: an East Asian spreadsheet program takes `＝` for `=`.
/// `-1` and `+1` are floors; everywhere else a sign in front starts a formula.
fn formula_like(text: &str, field: Field) -> bool {
    let mut chars = text.chars();
    match chars.next() {
        Some('=' | '@') => true,
        Some('+' | '-') => {
            field != Field::Floor || !chars.next().is_some_and(|c| c.is_ascii_digit())
        }
        _ => false,
    }
}

/// The text of a field that is parsed further, so that a formula's value may be taken for it.
fn any_text(raw: &RawRow, field: Field, refusal: RowRefusal) -> Result<Option<String>, Refusal> {
    match raw.cell(field) {
        Cell::Blank => Ok(None),
        Cell::Strange => Err((refusal, field)),
        cell => Ok(cell.text().map(narrow)),
    }
}

fn area(raw: &RawRow, field: Field) -> Result<Option<Area>, Refusal> {
    let refusal = RowRefusal::AreaUnreadable;
    let text = any_text(raw, field, refusal)?;
    text.map(|text| Area::parse(&text).map_err(|_| (refusal, field)))
        .transpose()
}

/// One of the words that rosters use; a remark in brackets behind it is left aside.
fn word<T>(
    raw: &RawRow,
    field: Field,
    refusal: RowRefusal,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Refusal> {
    let Some(text) = any_text(raw, field, refusal)? else {
        return Ok(None);
    };
    let before = text.split('(').next().unwrap_or_default();
    // The full text first, with the brackets that the file has: some words carry their own.
    let whole = raw.cell(field).text().and_then(&parse);
    whole
        .or_else(|| parse(before))
        .map(Some)
        .ok_or((refusal, field))
}

fn owners(raw: &RawRow) -> Result<Vec<Owner>, Refusal> {
    let names = own_text(raw, Field::Owner)?.unwrap_or_default();
    let names: Vec<String> = pieces(names)
        .map(one_line)
        .filter(|name| !name.is_empty())
        .collect();
    if names.len() > MOST_OWNERS || names.iter().any(|name| name.chars().count() > 60) {
        return Err((RowRefusal::TextTooLong, Field::Owner));
    }
    if names
        .iter()
        .any(|name| formula_like(&narrow(name), Field::Owner))
    {
        return Err((RowRefusal::FormulaLike, Field::Owner));
    }
    let phones = phones(raw, names.len())?;
    let owners = names
        .into_iter()
        .zip(phones.into_iter().chain(std::iter::repeat_with(|| None)));
    Ok(owners.map(|(name, phone)| Owner { name, phone }).collect())
}

/// The numbers, by the place of their owner. One number for several owners is the first one's;
/// otherwise there are as many as owners, where a place may be left empty between separators.
fn phones(raw: &RawRow, owners: usize) -> Result<Vec<Option<Phone>>, Refusal> {
    let refusal = RowRefusal::PhoneUnreadable;
    let text = any_text(raw, Field::Phone, refusal)?.unwrap_or_default();
    let places: Vec<&str> = pieces(&text).map(str::trim).collect();
    let filled: Vec<&str> = places
        .iter()
        .copied()
        .filter(|piece| !piece.is_empty())
        .collect();
    if filled.is_empty() {
        return Ok(Vec::new());
    }
    if owners == 0 {
        return Err((RowRefusal::PhoneWithoutOwner, Field::Phone));
    }
    let places = if places.len() == owners {
        places
    } else {
        filled
    };
    if places.len() != owners && places.len() != 1 {
        return Err((RowRefusal::PhonesDoNotMatchOwners, Field::Phone));
    }
    let phone = |piece: &&str| match whole_number(piece) {
        "" => Ok(None),
        piece => Phone::parse(piece)
            .map(Some)
            .map_err(|_| (refusal, Field::Phone)),
    };
    places.iter().map(phone).collect()
}

/// Several names or numbers in one cell. A space does not separate: foreign names have some, and
/// so do numbers as people write them.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split(['、', '，', ',', ';', '；', '/', '／', '\n'])
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn narrow(text: &str) -> String {
    let narrow = |c| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        _ => c,
    };
    text.chars().map(narrow).collect()
}

fn whole_number(text: &str) -> &str {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match text.split_once('.') {
        Some((whole, zeros))
            if digits(whole) && digits(zeros) && zeros.bytes().all(|b| b == b'0') =>
        {
            whole
        }
        _ => text,
    }
}

#[cfg(test)]
#[path = "rows_tests.rs"]
mod tests;
