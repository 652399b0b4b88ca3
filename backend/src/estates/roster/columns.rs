//! The header row of a roster: which column is what.

use super::sheet::Cell;

/// What a column of a roster can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Building,
    Entrance,
    Unit,
    Floor,
    Area,
    InnerArea,
    Use,
    Owner,
    Phone,
    Occupancy,
}

impl Field {
    pub(super) const ALL: [Self; 10] = [
        Self::Building,
        Self::Entrance,
        Self::Unit,
        Self::Floor,
        Self::Area,
        Self::InnerArea,
        Self::Use,
        Self::Owner,
        Self::Phone,
        Self::Occupancy,
    ];

    /// The header as the template has it.
    pub(super) const fn header(self) -> &'static str {
        match self {
            Self::Building => "楼栋 building",
            Self::Entrance => "单元 entrance",
            Self::Unit => "房号 unit",
            Self::Floor => "楼层 floor_label",
            Self::Area => "建筑面积 area_m2",
            Self::InnerArea => "套内面积 inner_area_m2",
            Self::Use => "用途 use",
            Self::Owner => "业主 owner",
            Self::Phone => "手机 phone",
            Self::Occupancy => "入住状态 occupancy",
        }
    }

    const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Building => &["楼栋", "楼号", "楼栋号", "building"],
            Self::Entrance => &["单元", "单元号", "entrance"],
            Self::Unit => &["房号", "房间号", "房屋", "室号", "unit"],
            Self::Floor => &["楼层", "floor_label", "floor"],
            Self::Area => &["建筑面积", "面积", "area_m2", "area_gross_m2", "area"],
            Self::InnerArea => &["套内面积", "inner_area_m2", "area_inner_m2", "inner_area"],
            Self::Use => &["用途", "房屋用途", "use"],
            Self::Owner => &["业主", "业主姓名", "产权人", "owner"],
            Self::Phone => &[
                "手机",
                "手机号",
                "手机号码",
                "电话",
                "电话号码",
                "联系电话",
                "phone",
                "mobile",
            ],
            Self::Occupancy => &["入住状态", "occupancy"],
        }
    }

    /// Reads a header: a name, or several of the same meaning (`楼栋 building`), with or without
    /// a unit of area or a star behind.
    fn of(header: &str) -> Option<Self> {
        let lower = header.to_lowercase();
        let apart =
            |c: char| c.is_whitespace() || matches!(c, '/' | '(' | ')' | '（' | '）' | '*' | '＊');
        let mut found = None;
        for word in lower.split(apart) {
            if word.is_empty() || matches!(word, "㎡" | "m²" | "m2" | "平方米" | "必填" | "选填")
            {
                continue;
            }
            let field = Self::ALL
                .into_iter()
                .find(|field| field.names().contains(&word))?;
            if *found.get_or_insert(field) != field {
                return None;
            }
        }
        found
    }
}

/// The columns of a sheet that are understood, and the names of those that are not.
#[derive(Debug, Default)]
pub(super) struct Columns {
    known: Vec<(Field, u32, String)>,
    pub(super) ignored: Vec<String>,
}

/// How much of a header that was not understood is kept, in characters, and how many of them.
const HEADER_LENGTH: usize = 60;
const MOST_IGNORED: usize = 100;

impl Columns {
    /// Reads a row as the header; nothing unless it names the building and the unit. Where two
    /// columns have the same meaning, the first one counts.
    pub(super) fn of(cells: &[(u32, Cell)]) -> Option<Self> {
        let mut columns = Self::default();
        for (at, cell) in cells {
            let Some(header) = cell.text() else { continue };
            match Field::of(header) {
                Some(field) if columns.at(field).is_none() => {
                    columns.known.push((field, *at, short(header)));
                }
                _ if columns.ignored.len() < MOST_IGNORED => columns.ignored.push(short(header)),
                _ => {}
            }
        }
        (columns.at(Field::Building).is_some() && columns.at(Field::Unit).is_some())
            .then_some(columns)
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

fn short(header: &str) -> String {
    header
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(HEADER_LENGTH)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_in_either_language_or_both() {
        for field in Field::ALL {
            assert_eq!(Field::of(field.header()), Some(field));
            for name in field.names() {
                assert_eq!(Field::of(name), Some(field), "{name}");
            }
        }
        assert_eq!(Field::of("建筑面积（㎡）"), Some(Field::Area));
        assert_eq!(Field::of("*楼栋"), Some(Field::Building));
        assert_eq!(Field::of("Building\n楼栋"), Some(Field::Building));
        for other in [
            "",
            "备注",
            "楼栋 unit",
            "floor_no",
            "building_kind",
            "fee_yuan_per_m2_month",
        ] {
            assert_eq!(Field::of(other), None, "{other}");
        }
    }
}
