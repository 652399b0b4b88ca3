//! Models from files: one that was handed on, and the table of registers of a maker's manual.

use domain::{
    devices::models::{
        DeviceModel, ModelForm, ModelKey,
        file::{self, Instead},
        sheet::{BadCell, MOST_REGISTERS, RegisterColumn, RegisterRow, registers, told},
    },
    identity::Scope,
};

use super::{everywhere, make};
use crate::kernel::{cx::Cx, error::Result, sheet::table, tx::TenantTx};

/// Takes the models of a file (.json): all of them, or none.
///
/// # Errors
/// As [`super::create`]; `invalid` names paths in the file, and `file` itself where it is too long or no
/// JSON.
pub async fn import_file(cx: &Cx, bytes: &[u8], instead: &Instead) -> Result<Vec<ModelKey>> {
    everywhere(cx)?;
    let models = file::read(bytes, instead)?;
    let mut tx = TenantTx::begin(cx, &Scope::Everywhere).await?;
    make(&mut tx, cx, &models).await?;
    tx.commit().await?;
    Ok(models.into_iter().map(|model| model.id).collect())
}

/// What a sheet of registers does not say of its model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SheetHead {
    pub id: String,
    pub name: String,
    pub maker: String,
    pub kind: String,
    /// What the manual calls the first address: 0 or 1.
    pub first: u16,
}

/// What became of a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MapSheet {
    Taken(ModelKey),
    /// Nothing of it was.
    Refused(Vec<BadCell>),
}

/// Makes a model of a sheet of registers (.xlsx, .csv).
///
/// # Errors
/// As [`super::create`]; `invalid` on `file`: `unreadable`, `unknown` where no row
/// names the columns, `required` without a row under them, `out_of_range` for over 200 rows or 20 MiB.
pub async fn import_sheet(cx: &Cx, head: SheetHead, bytes: Vec<u8>) -> Result<MapSheet> {
    everywhere(cx)?;
    // No connection waits for the reading.
    let rows: Vec<RegisterRow> = table::rows(bytes, MOST_REGISTERS).await?;
    let map = match registers(&rows, head.first) {
        Ok(map) => map,
        Err(bad) => return Ok(MapSheet::Refused(bad)),
    };
    let read = DeviceModel::try_from(ModelForm {
        id: head.id,
        name: head.name,
        maker: head.maker,
        kind: head.kind,
        points: serde_json::Value::Null,
        map,
    });
    let model = match read {
        Ok(model) => model,
        // A unit that is not the kind's, say, stands in a cell as well.
        Err(problem) => match told(&rows, &problem) {
            Some(bad) => return Ok(MapSheet::Refused(bad)),
            None => return Err(problem.into()),
        },
    };
    let mut tx = TenantTx::begin(cx, &Scope::Everywhere).await?;
    make(&mut tx, cx, std::slice::from_ref(&model)).await?;
    tx.commit().await?;
    Ok(MapSheet::Taken(model.id))
}

/// An empty sheet (.xlsx) with the header row, and what each column takes.
///
/// # Errors
/// Internal, if the workbook cannot be written.
pub fn register_template() -> Result<Vec<u8>> {
    let say = |chinese: &str, english: &str| (chinese.to_owned(), english.to_owned());
    let note = |column| match column {
        RegisterColumn::Name => say(
            "必填。英文字母、数字和下划线，如 voltage_l1；常见中文名称（A相电压、正向有功总电能等）也认得",
            "Required. English letters, digits and underscores, such as voltage_l1",
        ),
        RegisterColumn::Point => say(
            "对应的测点，与名称不同时才填，如 energy_kwh",
            "The point that it feeds, where that is called otherwise",
        ),
        RegisterColumn::Function => say("读取用的功能码 1 到 4；留空按 3", "1 to 4; blank means 3"),
        RegisterColumn::Address => say(
            "必填。十进制，或 0x101E、101EH",
            "Required. Decimal, or 0x101E, 101EH",
        ),
        RegisterColumn::Type => say(
            "u16、i16、u32、i32、f32（float）、bcd32、bits16、bool 等；留空按 u16",
            "u16, i16, u32, i32, f32 (float), bcd32, bits16, bool and others; blank means u16",
        ),
        RegisterColumn::Order => say(
            "多字节数的顺序：ABCD、CDAB、BADC、DCBA；留空按 ABCD",
            "Of the bytes: ABCD, CDAB, BADC, DCBA; blank means ABCD",
        ),
        RegisterColumn::Scale => say(
            "读数 = 原始值 × 倍率 + 偏移；留空按 1",
            "value = raw × scale + offset; blank means 1",
        ),
        RegisterColumn::Offset => say("留空按 0", "Blank means 0"),
        RegisterColumn::Unit => say("如 kWh、V、m³", "Such as kWh, V, m³"),
        RegisterColumn::Bit => say(
            "状态字的第几位，0 为最低位",
            "Which bit of a status word, 0 the lowest",
        ),
        RegisterColumn::Min => say(
            "低于它的读数不可能，会被拒收",
            "What is below it cannot be true and is refused",
        ),
        RegisterColumn::Max => say(
            "高于它的读数不可能，会被拒收",
            "What is above it cannot be true and is refused",
        ),
    };
    let chinese = format!("任何一格有问题，则整份表都不会写入。最多 {MOST_REGISTERS} 行。");
    let english =
        format!("If any cell is refused, nothing is written. At most {MOST_REGISTERS} rows.");
    table::template("寄存器", note, (chinese, english))
}
