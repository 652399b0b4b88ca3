//! The header row of a roster: which column is what. Somebody's word about this file counts before
//! what the company said of an earlier one, and that before what the header's name suggests.

use domain::estates::{
    ColumnChoice, LONGEST_HEADER, MOST_COLUMNS, ReadColumn, RosterColumn as Field, mask_cell,
};

use crate::kernel::sheet::Cell;

/// What was said of columns: with this file, and with the company's earlier ones.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) now: ColumnChoice,
    pub(super) before: ColumnChoice,
}

impl Said {
    /// Who speaks first is asked first: somebody's word about this file, then what was said of
    /// earlier ones, then the header itself.
    fn claims(&self, header: &str) -> (Claim, Option<Field>) {
        let now = self.now.of(header).map(|field| (Claim::Now, field));
        let before = || self.before.of(header).map(|field| (Claim::Before, field));
        now.or_else(before)
            .unwrap_or_else(|| (Claim::Guess, guess(header)))
    }
}

/// Where it is from that a column is something: an earlier one wins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Claim {
    Now,
    Before,
    Guess,
}

/// The header as the template has it.
#[must_use]
pub const fn header(field: Field) -> &'static str {
    match field {
        Field::Building => "楼栋 building",
        Field::Entrance => "单元 entrance",
        Field::Unit => "房号 unit",
        Field::Floor => "楼层 floor_label",
        Field::Area => "建筑面积 area_m2",
        Field::InnerArea => "套内面积 inner_area_m2",
        Field::Use => "用途 use",
        Field::Owner => "业主 owner",
        Field::Phone => "手机 phone",
        Field::Occupancy => "入住状态 occupancy",
    }
}

const fn names(field: Field) -> &'static [&'static str] {
    match field {
        Field::Building => &["楼栋", "楼号", "楼栋号", "building"],
        Field::Entrance => &["单元", "单元号", "entrance"],
        Field::Unit => &["房号", "房间号", "房屋", "室号", "unit"],
        Field::Floor => &["楼层", "floor_label", "floor"],
        Field::Area => &["建筑面积", "面积", "area_m2", "area_gross_m2", "area"],
        Field::InnerArea => &["套内面积", "inner_area_m2", "area_inner_m2", "inner_area"],
        Field::Use => &["用途", "房屋用途", "use"],
        Field::Owner => &["业主", "业主姓名", "产权人", "owner"],
        Field::Phone => &[
            "手机",
            "手机号",
            "手机号码",
            "电话",
            "电话号码",
            "联系电话",
            "phone",
            "mobile",
        ],
        Field::Occupancy => &["入住状态", "occupancy"],
    }
}

/// Reads a header: a name, or several of the same meaning (`楼栋 building`), with or without a unit
/// of area or a star behind.
fn guess(header: &str) -> Option<Field> {
    let lower = header.to_lowercase();
    let apart =
        |c: char| c.is_whitespace() || matches!(c, '/' | '(' | ')' | '（' | '）' | '*' | '＊');
    let mut found = None;
    for word in lower.split(apart) {
        if word.is_empty() || matches!(word, "㎡" | "m²" | "m2" | "平方米" | "必填" | "选填")
        {
            continue;
        }
        let mut all = Field::ALL.iter().copied();
        let field = all.find(|field| names(*field).contains(&word))?;
        if *found.get_or_insert(field) != field {
            return None;
        }
    }
    found
}

/// The columns of a sheet that are understood, and the names of those that are not.
#[derive(Debug, Default)]
pub(super) struct Columns {
    known: Vec<(Field, u32, String)>,
    pub(super) ignored: Vec<String>,
}

/// How many headers that were not understood are kept.
const MOST_IGNORED: usize = 100;

impl Columns {
    /// Reads a row as the header; nothing unless it names the building and the unit. Where two
    /// columns have the same meaning, the first one counts.
    pub(super) fn of(cells: &[(u32, Cell)], said: &Said) -> Option<Self> {
        let columns = Self::read(cells, said);
        let known = |field: &Field| columns.at(*field).is_some();
        Field::NEEDED.iter().all(known).then_some(columns)
    }

    fn read(cells: &[(u32, Cell)], said: &Said) -> Self {
        let mut columns = Self::default();
        let headers = headers(cells);
        for claim in [Claim::Now, Claim::Before, Claim::Guess] {
            for (at, header) in &headers {
                if let (by, Some(field)) = said.claims(header)
                    && by == claim
                    && columns.at(field).is_none()
                {
                    columns.known.push((field, *at, header.clone()));
                }
            }
        }
        let unknown = headers
            .into_iter()
            .filter(|(at, _)| columns.field(*at).is_none());
        columns.ignored = unknown
            .map(|(_, header)| header)
            .take(MOST_IGNORED)
            .collect();
        columns
    }

    pub(super) fn at(&self, field: Field) -> Option<u32> {
        self.known
            .iter()
            .find(|(known, ..)| *known == field)
            .map(|(_, at, _)| *at)
    }

    pub(super) fn field(&self, at: u32) -> Option<Field> {
        self.known
            .iter()
            .find(|(_, known, _)| *known == at)
            .map(|(field, ..)| *field)
    }

    /// The header as it stands in the file.
    pub(super) fn header(&self, field: Field) -> Option<String> {
        self.known
            .iter()
            .find(|(known, ..)| *known == field)
            .map(|(.., header)| header.clone())
    }
}

/// The headers that a row of cells is, each with its column. One that comes again has its number
/// behind, so that somebody can say what either is.
fn headers(cells: &[(u32, Cell)]) -> Vec<(u32, String)> {
    let mut found: Vec<(u32, String)> = Vec::new();
    for (at, cell) in cells.iter().take(MOST_COLUMNS) {
        let Some(header) = cell.text().map(short) else {
            continue;
        };
        let again = |name: &str| found.iter().any(|(_, known)| known == name);
        let mut name = header.clone();
        let mut times = 1;
        while again(&name) {
            times += 1;
            name = format!("{header} ({times})");
        }
        found.push((*at, name));
    }
    found
}

/// What the rows at the top of a sheet make of its columns, for somebody who says what they are.
/// Where no row is a header, it is the one in which most is understood, and of equal ones the one with
/// most in it: above it stand titles, and below it rows that leave something out.
pub(super) fn read_columns(top: &[Vec<(u32, Cell)>], said: &Said) -> Vec<ReadColumn> {
    let mut best: Option<(usize, (usize, usize), Columns)> = None;
    for (at, cells) in top.iter().enumerate() {
        let columns = Columns::read(cells, said);
        let known = Field::NEEDED
            .iter()
            .all(|field| columns.at(*field).is_some());
        let weight = (columns.known.len(), headers(cells).len());
        if best.as_ref().is_none_or(|(_, most, _)| weight > *most) || known {
            best = Some((at, weight, columns));
        }
        if known {
            break;
        }
    }
    let Some((at, _, columns)) = best else {
        return Vec::new();
    };
    let found = headers(top.get(at).map(Vec::as_slice).unwrap_or_default());
    // Where nothing is understood and a cell is a bare number, there is no header: what would be
    // shown, and kept, as one is somebody's row.
    let bare = |(_, header): &(u32, String)| !header.chars().any(char::is_alphabetic);
    if columns.known.is_empty() && found.iter().any(bare) {
        return Vec::new();
    }
    let below = top.get(at + 1..).unwrap_or_default();
    let sample = |at: u32| {
        let mut cells = below.iter().flatten().filter(|(column, _)| *column == at);
        let text = cells.find_map(|(_, cell)| cell.text());
        mask_cell(text.unwrap_or_default())
    };
    found
        .into_iter()
        .map(|(at, header)| ReadColumn {
            header,
            field: columns.field(at),
            sample: sample(at),
        })
        .collect()
}

fn short(header: &str) -> String {
    header
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(LONGEST_HEADER)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_in_either_language_or_both() {
        for field in Field::ALL.iter().copied() {
            assert_eq!(guess(header(field)), Some(field));
            for name in names(field) {
                assert_eq!(guess(name), Some(field), "{name}");
            }
        }
        assert_eq!(guess("建筑面积（㎡）"), Some(Field::Area));
        assert_eq!(guess("*楼栋"), Some(Field::Building));
        assert_eq!(guess("Building\n楼栋"), Some(Field::Building));
        for other in [
            "",
            "备注",
            "楼栋 unit",
            "floor_no",
            "building_kind",
            "fee_yuan_per_m2_month",
        ] {
            assert_eq!(guess(other), None, "{other}");
        }
    }
}
