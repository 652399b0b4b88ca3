use std::io::{Cursor, Read, Write};

use domain::estates::ColumnChoice;
use encoding_rs::GB18030;
use proptest::{prelude::*, sample::Index};
use rust_xlsxwriter::{Format, Formula, Workbook};
use zip::{
    ZipArchive,
    write::{SimpleFileOptions, ZipWriter},
};

use super::*;

fn read(bytes: &[u8]) -> Result<Sheet, Fault> {
    super::read(bytes, &Said::default(), &|_| ())
}

fn shown(sheet: &Sheet, field: Field) -> Vec<(u32, Option<&str>)> {
    sheet
        .rows
        .iter()
        .map(|row| (row.number, row.cell(field).text()))
        .collect()
}

fn column(header: &str, sample: &str) -> ReadColumn {
    ReadColumn {
        header: header.to_owned(),
        field: None,
        sample: sample.to_owned(),
    }
}

/// A workbook of these rows; a cell is whatever `write` makes of it.
fn book(rows: &[&[&str]]) -> Workbook {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (row, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(*cells) {
            if !cell.is_empty() {
                sheet.write_string(row, column, *cell).unwrap();
            }
        }
    }
    book
}

const PLAIN: &str = "楼栋,单元,房号,业主\n1号楼,1单元,101,张三\n\n1号楼,1单元,102,李四\n";

#[test]
fn text_in_each_encoding() {
    let utf8 = PLAIN.as_bytes().to_vec();
    let marked = [b"\xef\xbb\xbf".as_slice(), PLAIN.as_bytes()].concat();
    let gb18030 = GB18030.encode(PLAIN).0.into_owned();
    let utf16: Vec<u8> = [0xfeff]
        .into_iter()
        .chain(PLAIN.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let tabs = PLAIN.replace(',', "\t").into_bytes();
    let windows = PLAIN.replace('\n', "\r\n").into_bytes();
    for bytes in [utf8, marked, gb18030, utf16, tabs, windows] {
        let sheet = read(&bytes).unwrap();
        assert_eq!(
            shown(&sheet, Field::Unit),
            [(2, Some("101")), (4, Some("102"))]
        );
        assert_eq!(
            shown(&sheet, Field::Owner),
            [(2, Some("张三")), (4, Some("李四"))]
        );
    }
}

#[test]
fn rows_keep_their_numbers_past_quoted_line_breaks() {
    let text = "名册,,\n楼栋,房号,业主\n1号楼,101,\"张三\n李四\"\n1号楼,102,王五\n";
    let sheet = read(text.as_bytes()).unwrap();
    assert_eq!(
        shown(&sheet, Field::Owner),
        [(3, Some("张三\n李四")), (4, Some("王五"))]
    );
}

#[test]
fn a_workbook_like_the_ones_in_the_field() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let centred = Format::new();
    sheet
        .merge_range(0, 0, 0, 4, "阳光花园业主名册", &centred)
        .unwrap();
    for (column, header) in (0..).zip(["楼栋", "单元", "房号", "建筑面积（㎡）", "手机", "备注"])
    {
        sheet.write_string(1, column, header).unwrap();
    }
    sheet.merge_range(2, 0, 2, 4, "一期", &centred).unwrap();
    sheet.merge_range(3, 0, 5, 0, "1号楼", &centred).unwrap();
    sheet.write_number(3, 2, 101.0).unwrap();
    sheet.write_number(3, 3, 71.496 * 1.25).unwrap();
    sheet.write_number(3, 4, 13_812_345_678.0).unwrap();
    sheet.write_string(4, 2, " 102\u{a0}").unwrap();
    sheet.write_blank(6, 2, &centred).unwrap();
    sheet.write_string(7, 5, "制表人").unwrap();
    sheet.write_string(9, 2, "103").unwrap();
    let sheet = read(&book.save_to_buffer().unwrap()).unwrap();

    assert_eq!(
        shown(&sheet, Field::Building),
        [(4, Some("1号楼")), (5, Some("1号楼")), (10, None)]
    );
    assert_eq!(
        shown(&sheet, Field::Unit),
        [(4, Some("101")), (5, Some("102")), (10, Some("103"))]
    );
    assert_eq!(shown(&sheet, Field::Area)[0], (4, Some("89.37")));
    assert_eq!(shown(&sheet, Field::Phone)[0], (4, Some("13812345678")));
    assert_eq!(sheet.columns.ignored, ["备注"]);
    assert_eq!(sheet.columns.header(Field::Area).unwrap(), "建筑面积（㎡）");
}

#[test]
fn formulas_dates_and_errors_are_told_apart() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, header) in (0..).zip(["building", "unit", "owner", "area_m2"]) {
        sheet.write_string(0, column, header).unwrap();
    }
    let date = Format::new().set_num_format("yyyy-mm-dd");
    sheet.write_string(1, 0, "1").unwrap();
    sheet
        .write_number_with_format(1, 1, 46_082.0, &date)
        .unwrap();
    sheet
        .write_formula(
            1,
            2,
            Formula::new("=HYPERLINK(\"http://x\")").set_result("张三"),
        )
        .unwrap();
    sheet
        .write_formula(1, 3, Formula::new("=80+9.37").set_result("89.37"))
        .unwrap();
    sheet.write_boolean(2, 1, true).unwrap();
    sheet
        .write_formula(2, 2, Formula::new("=1/0").set_result("#DIV/0!"))
        .unwrap();
    let sheet = read(&book.save_to_buffer().unwrap()).unwrap();
    let [first, second] = sheet.rows.as_slice() else {
        panic!("two rows")
    };
    assert_eq!(*first.cell(Field::Unit), Cell::Strange);
    assert_eq!(*first.cell(Field::Owner), Cell::Formula("张三".to_owned()));
    assert_eq!(*first.cell(Field::Area), Cell::Formula("89.37".to_owned()));
    assert_eq!(*second.cell(Field::Unit), Cell::Strange);
    assert_ne!(*second.cell(Field::Owner), Cell::Blank);
}

#[test]
fn the_header_may_be_on_a_later_sheet_but_must_be_somewhere() {
    let mut two = book(&[&["封面"]]);
    two.add_worksheet().write_string(0, 0, "building").unwrap();
    assert_eq!(
        read(&two.save_to_buffer().unwrap()).err(),
        Some(Fault::ColumnsMissing(vec![column("封面", "")]))
    );
    let third = two.add_worksheet();
    third.write_string(0, 0, "building").unwrap();
    third.write_string(0, 1, "unit").unwrap();
    assert!(
        read(&two.save_to_buffer().unwrap())
            .unwrap()
            .rows
            .is_empty()
    );

    let building = ReadColumn {
        field: Some(Field::Building),
        ..column("楼栋", "1号楼")
    };
    let owner = ReadColumn {
        field: Some(Field::Owner),
        ..column("业主", "张*")
    };
    for (text, columns) in [
        ("", Vec::new()),
        // No header at all.
        ("1号楼,101,张三\n1号楼,102,李四\n", Vec::new()),
        ("a,b\n1,2\n", vec![column("a", "1"), column("b", "2")]),
        ("楼栋,业主\n1号楼,张三\n", vec![building, owner]),
    ] {
        let missing = read(text.as_bytes()).err();
        assert_eq!(missing, Some(Fault::ColumnsMissing(columns)), "{text}");
    }
}

fn said(now: &[(&str, &str)], before: &[(&str, &str)]) -> Said {
    let choice = |pairs: &[(&str, &str)]| ColumnChoice::read(pairs.iter().copied()).unwrap();
    Said {
        now: choice(now),
        before: choice(before),
    }
}

#[test]
fn what_was_said_of_a_column_counts_before_its_name() {
    let text = "栋,房间编号,姓名,业主,姓名\n1号楼,101,张三,李四,王五\n";
    let named = [("栋", "building"), ("房间编号", "unit")];
    let sheet = super::read(
        text.as_bytes(),
        &said(&named, &[("姓名", "owner")]),
        &|_| (),
    )
    .unwrap();
    assert_eq!(shown(&sheet, Field::Owner), [(2, Some("张三"))]);
    assert_eq!(sheet.columns.ignored, ["业主", "姓名 (2)"]);
    let fields: Vec<_> = sheet.read.iter().map(|column| column.field).collect();
    let (building, unit, owner) = (Field::Building, Field::Unit, Field::Owner);
    assert_eq!(
        fields,
        [Some(building), Some(unit), Some(owner), None, None]
    );
    // The last word is about this file; what is left aside now is not what it was before.
    let now = [&named[..], &[("姓名", "ignore"), ("姓名 (2)", "owner")]].concat();
    let sheet = super::read(text.as_bytes(), &said(&now, &[("姓名", "owner")]), &|_| ()).unwrap();
    assert_eq!(shown(&sheet, Field::Owner), [(2, Some("王五"))]);
    // A column may be taken away from a name that is understood, and then one is missing.
    let sheet = super::read(
        "楼栋,房号\n1,101\n".as_bytes(),
        &said(&[("房号", "floor_label")], &[]),
        &|_| (),
    );
    assert!(matches!(sheet, Err(Fault::ColumnsMissing(_))));
}

#[test]
fn columns_are_asked_about_below_the_titles() {
    let mut book = book(&[
        &["阳光花园业主名册"],
        &["制表", "2025年"],
        &["栋号码", "室", "客户名称", "联系方式"],
        &["3号楼", "1702", "", "13812345678"],
        &["3号楼", "1703", "李四", ""],
    ]);
    book.add_worksheet().write_string(0, 0, "说明").unwrap();
    let missing = read(&book.save_to_buffer().unwrap()).err();
    let columns = vec![
        column("栋号码", "3号楼"),
        column("室", "1702"),
        column("客户名称", "李*"),
        column("联系方式", "1**********"),
    ];
    assert_eq!(missing, Some(Fault::ColumnsMissing(columns)));
}

#[test]
fn what_is_no_sheet_cannot_be_read() {
    let whole = book(&[&["building", "unit"], &["1", "101"]])
        .save_to_buffer()
        .unwrap();
    assert!(read(&whole).is_ok());
    let cut = &whole[..whole.len() / 2];
    let mut bent = whole.clone();
    for byte in bent.iter_mut().skip(200).step_by(97) {
        *byte ^= 0x55;
    }
    let old_excel = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0\0\0".as_slice();
    for bytes in [
        cut,
        &bent,
        old_excel,
        b"PK\x03\x04",
        b"building,unit\n1,\xff\xff\x00\n",
        b"\x89PNG\r\n\x1a\n\0\0",
    ] {
        assert_eq!(read(bytes).err(), Some(Fault::Unreadable));
    }
}

/// A workbook with one part replaced.
fn with_part(name: &str, content: &[u8]) -> Vec<u8> {
    let whole = book(&[&["building", "unit"], &["1", "101"]])
        .save_to_buffer()
        .unwrap();
    let mut from = ZipArchive::new(Cursor::new(whole)).unwrap();
    let mut to = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..from.len() {
        let mut part = from.by_index(index).unwrap();
        let part_name = part.name().unwrap().to_string();
        let mut old = Vec::new();
        part.read_to_end(&mut old).unwrap();
        to.start_file(&part_name, SimpleFileOptions::default())
            .unwrap();
        to.write_all(if part_name == name { content } else { &old })
            .unwrap();
    }
    to.finish().unwrap().into_inner()
}

#[test]
fn bombs_do_not_go_off() {
    let strings = |count: &str| {
        format!(
            r#"<?xml version="1.0"?><sst uniqueCount = "{count}"><si><t>building</t></si><si><t>unit</t></si><si><t>1</t></si><si><t>101</t></si></sst>"#
        )
    };
    let name = "xl/sharedStrings.xml";
    assert!(read(&with_part(name, strings("4").as_bytes())).is_ok());
    for count in ["4000000000", "99999999999999", "18446744073709551615"] {
        assert_eq!(
            read(&with_part(name, strings(count).as_bytes())).err(),
            Some(Fault::Unreadable)
        );
    }
    let zeros = vec![b' '; usize::try_from(sheet::MOST_WHOLE).unwrap() + 1];
    let bomb = with_part(name, &zeros);
    assert!(bomb.len() < 100_000);
    assert_eq!(read(&bomb).err(), Some(Fault::Unreadable));
}

#[test]
fn a_million_empty_rows_are_nothing() {
    use std::fmt::Write;
    let mut xml = String::from(r#"<?xml version="1.0"?><worksheet><sheetData>"#);
    let cell =
        |at: &str, text: &str| format!(r#"<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>"#);
    write!(
        xml,
        r#"<row r="1">{}{}</row>"#,
        cell("A1", "building"),
        cell("B1", "unit")
    )
    .unwrap();
    for row in 2..1_000_002 {
        write!(xml, r#"<row r="{row}" s="1"><c r="A{row}" s="1"/></row>"#).unwrap();
    }
    write!(
        xml,
        r#"<row r="1048576">{}{}</row>"#,
        cell("A1048576", "1"),
        cell("B1048576", "101")
    )
    .unwrap();
    xml += "</sheetData></worksheet>";
    let bytes = with_part("xl/worksheets/sheet1.xml", xml.as_bytes());
    let sheet = read(&bytes).unwrap();
    assert_eq!(shown(&sheet, Field::Unit), [(1_048_576, Some("101"))]);
}

#[test]
fn merged_ranges_have_a_budget() {
    use std::fmt::Write;
    let mut xml = String::from(
        r#"<?xml version="1.0"?><worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>building</t></is></c><c r="B1" t="inlineStr"><is><t>unit</t></is></c></row>"#,
    );
    for row in 2..2_002 {
        write!(
            xml,
            r#"<row r="{row}"><c r="A{row}"><v>1</v></c><c r="B{row}"><v>{row}</v></c></row>"#
        )
        .unwrap();
    }
    xml += "</sheetData><mergeCells>";
    for _ in 0..1_000 {
        xml += r#"<mergeCell ref="A2:A2001"/>"#;
    }
    xml += "</mergeCells></worksheet>";
    let bytes = with_part("xl/worksheets/sheet1.xml", xml.as_bytes());
    assert_eq!(read(&bytes).err(), Some(Fault::Unreadable));
}

#[test]
fn rows_are_counted() {
    use std::fmt::Write;
    let mut text = String::from("building,unit\n");
    for row in 0..MOST_ROWS {
        writeln!(text, "1,{row}").unwrap();
    }
    assert_eq!(read(text.as_bytes()).unwrap().rows.len(), MOST_ROWS);
    text += "1,x\n";
    assert_eq!(read(text.as_bytes()).err(), Some(Fault::TooManyRows));
}

#[test]
fn long_cells_are_cut_but_stay_too_long() {
    let text = format!("building,unit\n1,{}\n", "x".repeat(100_000));
    let sheet = read(text.as_bytes()).unwrap();
    let cell = sheet.rows[0].cell(Field::Unit).text().unwrap();
    assert_eq!(cell.chars().count(), sheet::LONGEST_CELL + 1);
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes);
    }

    #[test]
    fn no_damage_is_too_strange(
        edits in proptest::collection::vec((any::<Index>(), any::<u8>()), 1..8),
        cut in proptest::option::of(any::<Index>()),
    ) {
        let mut book = book(&[&["楼栋", "房号", "业主", "建筑面积"], &["1号楼", "101", "张三、李四", "89.5"]]);
        let utf16: Vec<u8> = PLAIN.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let text = [b"\xff\xfe".as_slice(), &utf16].concat();
        for mut bytes in [book.save_to_buffer().unwrap(), PLAIN.as_bytes().to_vec(), text] {
            for (at, byte) in &edits {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            bytes.truncate(cut.map_or(bytes.len(), |cut| cut.index(bytes.len())));
            if let Ok(sheet) = read(&bytes) {
                let reading = super::super::rows::read(&sheet);
                prop_assert_eq!(reading.rows.len() + reading.refused.len(), sheet.rows.len());
            }
        }
    }

    #[test]
    fn any_text_under_a_header_never_panics(text in "([,;\"\n\t=@+a-z0-9、楼 ]|.){0,200}") {
        if let Ok(sheet) = read(format!("building,unit,owner,phone,area_m2\n{text}").as_bytes()) {
            let reading = super::super::rows::read(&sheet);
            prop_assert_eq!(reading.rows.len() + reading.refused.len(), sheet.rows.len());
        }
    }
}
