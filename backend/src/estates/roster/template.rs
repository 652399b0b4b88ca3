//! The workbook that people fill in.

use domain::estates::RosterColumn as Field;
use rust_xlsxwriter::{Format, Workbook, XlsxError};

use super::columns::header;
use crate::kernel::error::{Error, Result};

/// What each column takes, in Chinese and in English.
const NOTES: [(Field, &str, &str); Field::ALL.len()] = [
    (
        Field::Building,
        "必填。楼栋名称，如 3号楼；地下车库、商铺也可作为楼栋",
        "Required. The building's name; a garage or a row of shops is one too",
    ),
    (
        Field::Entrance,
        "单元，如 2单元；没有单元则留空",
        "The entrance; leave blank where there is none",
    ),
    (
        Field::Unit,
        "必填。房号按文本填写，如 1202、3A01；同一单元内不得重复",
        "Required. The door's code as text; once per entrance",
    ),
    (
        Field::Floor,
        "楼层标识，可为 3A、12A、-1",
        "The floor as it is labelled; may be 3A or -1",
    ),
    (
        Field::Area,
        "建筑面积，平方米，最多两位小数",
        "Gross area in square metres, at most two decimals",
    ),
    (
        Field::InnerArea,
        "套内面积，平方米，最多两位小数",
        "Inner area in square metres, at most two decimals",
    ),
    (
        Field::Use,
        "住宅、商铺、车位、公共；留空按住宅",
        "home, shop, bay or public; blank means home",
    ),
    (
        Field::Owner,
        "业主姓名；多位业主用顿号隔开，如 张三、李四",
        "The owner's name; several with commas between them",
    ),
    (
        Field::Phone,
        "手机号；多位业主按顺序用顿号隔开；只填一个则归第一位业主",
        "Mobile number; several in the order of the owners, a single one is the first owner's",
    ),
    (
        Field::Occupancy,
        "未售、未交付、已交付、装修、自住、出租、空置",
        "unsold, not_handed_over, handed_over, decorating, lived_in, let or vacant",
    ),
];

const RULES: [(&str, &str); 5] = [
    (
        "请在第一张表填写，从第 2 行开始，每行一套房屋。",
        "Fill in the first sheet from row 2 on, one row for each unit.",
    ),
    (
        "任何一行有问题，则整份表都不会写入，并逐行列出原因。",
        "If any row is refused, nothing is written, and each refused row is listed with its reason.",
    ),
    (
        "空白单元格不会改动已有资料。",
        "A blank cell changes nothing that is on record.",
    ),
    (
        "业主与系统记录不同时，视为可能的房屋转让，要逐行确认才会写入。",
        "An owner other than the one on record may mean a sale, which has to be confirmed row by row.",
    ),
    (
        "最多 20,000 行、20 MB；不要使用公式。",
        "At most 20,000 rows and 20 MB; no formulas.",
    ),
];

/// An empty roster (.xlsx) with the header row, and a second sheet (说明) that explains it.
///
/// There is no example row: it would be imported by accident.
///
/// # Errors
/// Internal, if the workbook cannot be written.
pub fn roster_template() -> Result<Vec<u8>> {
    write().map_err(Error::internal)
}

fn write() -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let bold = Format::new().set_bold();
    // Codes and numbers as text: a spreadsheet program makes 3-1 a date and drops leading zeros.
    let text = Format::new().set_num_format("@");

    let sheet = book.add_worksheet().set_name("房产台账")?;
    for (at, field) in (0_u16..).zip(Field::ALL.iter().copied()) {
        let width = match field {
            Field::Owner | Field::Phone => 24,
            Field::InnerArea | Field::Occupancy => 22,
            _ => 18,
        };
        sheet.set_column_width(at, width)?;
        if matches!(
            field,
            Field::Building | Field::Entrance | Field::Unit | Field::Floor | Field::Phone
        ) {
            sheet.set_column_format(at, &text)?;
        }
        sheet.write_string_with_format(0, at, header(field), &bold)?;
    }
    sheet.set_freeze_panes(1, 0)?;

    let notes = book.add_worksheet().set_name("说明")?;
    notes
        .set_column_width(0, 26)?
        .set_column_width(1, 56)?
        .set_column_width(2, 80)?;
    for (row, (field, chinese, english)) in (0_u32..).zip(NOTES) {
        notes.write_string_with_format(row, 0, header(field), &bold)?;
        notes.write_string(row, 1, chinese)?;
        notes.write_string(row, 2, english)?;
    }
    for (row, (chinese, english)) in (11_u32..).zip(RULES) {
        notes.write_string(row, 1, chinese)?;
        notes.write_string(row, 2, english)?;
    }
    book.save_to_buffer()
}
