//! The table of registers of a maker's manual, as a sheet.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::editor::RegisterFields;
use crate::{
    devices::{MAX_POINTS, register_map::RegisterMap},
    estates::words,
    problem::{Flaw, Problem},
    sheet,
};

words! {
    /// What a column of the sheet can hold. The wire form is the English half of the template's header;
    /// the template has them in this order.
    RegisterColumn {
        /// Which number it is: `[A-Za-z][A-Za-z0-9_]*`, or one of the names that every manual has.
        Name = "name" ["名称", "参数名称", "参数", "数据名称", "寄存器名称", "parameter", "register"];
        /// The point that it feeds, where that is called otherwise.
        Point = "point" ["测点"];
        Function = "function" ["功能码", "function code"];
        Address = "address" ["地址", "寄存器地址", "起始地址", "register address"];
        Type = "type" ["类型", "数据类型", "数据格式", "data type", "format"];
        Order = "order" ["字节序", "字节顺序", "byte order"];
        Scale = "scale" ["倍率", "系数", "比例", "单位系数", "factor"];
        Offset = "offset" ["偏移", "偏移量"];
        Unit = "unit" ["单位", "units"];
        Bit = "bit" ["位"];
        Min = "min" ["最小值", "下限"];
        Max = "max" ["最大值", "上限"];
    }
}

/// The most registers of one sheet.
pub const MOST_REGISTERS: usize = MAX_POINTS;

impl sheet::Column for RegisterColumn {
    const ALL: &'static [Self] = Self::ALL;
    const NEEDED: &'static [Self] = &[Self::Name, Self::Address];

    fn word(text: &str) -> Option<Self> {
        Self::parse(&text.trim().to_lowercase())
    }

    fn header(self) -> String {
        format!("{} {}", self.roster_word(), self.as_str())
    }
}

impl RegisterColumn {
    /// The column in which a flaw of a register's member stands.
    fn of_member(member: &str) -> Self {
        match member {
            "point" => Self::Point,
            "function" => Self::Function,
            "address" => Self::Address,
            "type" | "words" => Self::Type,
            "byte_order" | "word_order" => Self::Order,
            "scale" => Self::Scale,
            "offset" => Self::Offset,
            "unit" => Self::Unit,
            "bit" => Self::Bit,
            "min" => Self::Min,
            "max" => Self::Max,
            _ => Self::Name,
        }
    }
}

pub type BadCell = sheet::BadCell<RegisterColumn>;
pub type RegisterRow = sheet::Row<RegisterColumn>;

/// What manuals call what Linli knows by a name.
const NAMES: &[(&str, &str)] = &[
    ("电压", "voltage"),
    ("a相电压", "voltage_l1"),
    ("b相电压", "voltage_l2"),
    ("c相电压", "voltage_l3"),
    ("电流", "current"),
    ("a相电流", "current_l1"),
    ("b相电流", "current_l2"),
    ("c相电流", "current_l3"),
    ("总有功功率", "power_w"),
    ("有功功率", "power_w"),
    ("功率因数", "power_factor"),
    ("总功率因数", "power_factor_total"),
    ("频率", "frequency"),
    ("正向有功总电能", "energy_kwh"),
    ("有功总电能", "energy_kwh"),
    ("总有功电能", "energy_kwh"),
    ("反向有功总电能", "energy_export_total"),
    ("累计流量", "volume_m3"),
    ("正向累计流量", "volume_m3"),
    ("瞬时流量", "flow_rate"),
    ("温度", "temperature"),
    ("压力", "pressure"),
    ("电池电压", "battery_voltage"),
];

fn known_name(text: &str) -> Option<&'static str> {
    let text = text.to_lowercase().replace([' ', '　'], "");
    let known = NAMES.iter().find(|(name, _)| *name == text);
    known.map(|known| known.1)
}

fn fields(row: &RegisterRow, first: u16) -> RegisterFields {
    let text = |column| row.cell(column).to_owned();
    let name = row.cell(RegisterColumn::Name);
    let mut fields = RegisterFields {
        name: known_name(name).unwrap_or(name).to_owned(),
        point: text(RegisterColumn::Point),
        function: text(RegisterColumn::Function),
        address: text(RegisterColumn::Address),
        encoding: text(RegisterColumn::Type),
        order: text(RegisterColumn::Order),
        scale: text(RegisterColumn::Scale),
        offset: text(RegisterColumn::Offset),
        unit: text(RegisterColumn::Unit),
        bit: text(RegisterColumn::Bit),
        min: text(RegisterColumn::Min),
        max: text(RegisterColumn::Max),
    };
    if fields.encoding.is_empty() {
        "u16".clone_into(&mut fields.encoding);
    }
    // On the wire the first address is 0, whatever the manual begins with.
    if let Some(address) = super::editor::figure(&fields.address).as_i64() {
        fields.address = address.saturating_sub(first.into()).to_string();
    }
    fields
}

/// The register map of a sheet with rows, whose manual calls the first address `first`.
///
/// # Errors
/// Each cell that cannot be taken.
pub fn registers(rows: &[RegisterRow], first: u16) -> Result<Value, Vec<BadCell>> {
    let mut bad: Vec<BadCell> = rows.iter().flat_map(RegisterRow::unreadable).collect();
    let json: Vec<Value> = rows.iter().map(|row| fields(row, first).json()).collect();
    let map = json!({ "registers": json });
    if let Err(problem) = RegisterMap::read(&map) {
        let cells = problem.fields.iter();
        bad.extend(cells.filter_map(|(place, flaw)| cell(rows, place, *flaw)));
    }
    if bad.is_empty() {
        Ok(map)
    } else {
        Err(sheet::in_order(bad))
    }
}

/// The cells that a whole model is refused for; `None` where something else of it is wrong.
#[must_use]
pub fn told(rows: &[RegisterRow], problem: &Problem) -> Option<Vec<BadCell>> {
    let cells = problem.fields.iter().map(|(place, flaw)| {
        let place = place.strip_prefix("map.")?;
        cell(rows, place, *flaw)
    });
    cells.collect::<Option<Vec<_>>>().map(sheet::in_order)
}

/// Where a flaw of a register map stands in the sheet.
fn cell(rows: &[RegisterRow], place: &str, flaw: Flaw) -> Option<BadCell> {
    let rest = place.strip_prefix("registers.")?;
    let (row, member) = rest.split_once('.')?;
    let row = rows.get(row.parse::<usize>().ok()?)?;
    let column = RegisterColumn::of_member(member);
    // Something stands there, if nothing that could be read.
    let flaw = match flaw {
        Flaw::Required if !row.cell(column).is_empty() => Flaw::Malformed,
        flaw => flaw,
    };
    Some(row.bad(column, flaw))
}
