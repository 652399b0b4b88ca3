//! Files that mean harm, or come from a program that does not know better: an answer for each, nothing
//! written, and no failure of ours.

use std::io::{Cursor, Read, Write};

use domain::estates::{ImportState, RosterColumn, RowRefusal};
use encoding_rs::GB18030;
use rust_xlsxwriter::{Format, Formula, Workbook};
use zip::{
    CompressionMethod,
    write::{SimpleFileOptions, ZipWriter},
};

use super::{
    tests::{garden, rows, upload},
    *,
};
use crate::testing::{Height, Town};

/// The most that a file which is refused may take of memory, in MB, beside what the test holds of it.
const MOST_MB: usize = 128;

/// What an import makes of a file, of which nothing must be written.
async fn refused(town: &Town, estate: EstateId, bytes: Vec<u8>) -> Result<RosterImport> {
    let (size, height) = (bytes.len(), Height::watch());
    let asking = RosterUpload {
        asks: true,
        ..upload(estate, bytes)
    };
    let import = import_roster(&town.admin_a, asking).await;
    println!("a file of {} KB: {height}", size >> 10);
    assert!(height.more_mb() <= MOST_MB, "{height}");
    if let Ok(import) = &import {
        assert_eq!(import.state, ImportState::Refused, "{import:?}");
    }
    assert_eq!(rows(town).await, 0);
    import
}

async fn unreadable(town: &Town, estate: EstateId, bytes: Vec<u8>) {
    let error = refused(town, estate, bytes).await.unwrap_err();
    assert_eq!(error.problem.fields["file"], Flaw::Unreadable, "{error:?}");
}

/// A workbook under the template's headers.
fn headed() -> Workbook {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (at, field) in (0..).zip(RosterColumn::ALL) {
        sheet.write_string(0, at, roster_header(*field)).unwrap();
    }
    book
}

#[tokio::test]
async fn formulas_are_refused_in_every_column_that_is_shown_again() {
    let town = Town::new().await;
    let estate = garden(&town.admin_a).await;
    let starts = [
        "=1+1",
        "+1+1",
        "@SUM(1)",
        "-1+1",
        "＝1+1",
        "=cmd|' /C calc'!A0",
    ];
    let shown = [
        RosterColumn::Building,
        RosterColumn::Entrance,
        RosterColumn::Unit,
        RosterColumn::Owner,
    ];
    // As text of a .csv, and as text and as formulas of a workbook.
    let mut csv = String::from("楼栋,单元,房号,业主\n");
    let mut book = headed();
    let sheet = book.worksheet_from_index(0).unwrap();
    let mut row = 0;
    for start in starts {
        for (at, field) in shown.iter().enumerate() {
            let mut cells = ["1号楼", "1单元", "101", "张三"];
            cells[at] = start;
            csv += &cells.map(|cell| format!("\"{cell}\"")).join(",");
            csv.push('\n');
            for formula in [false, true] {
                row += 1;
                for (field, cell) in shown.iter().zip(["1号楼", "1单元", "101", "张三"]) {
                    sheet.write_string(row, *field as u16, cell).unwrap();
                }
                let column = *field as u16;
                if formula {
                    let formula = Formula::new("=HYPERLINK(\"http://x.example\")");
                    sheet
                        .write_formula(row, column, formula.set_result("x"))
                        .unwrap();
                } else {
                    sheet.write_string(row, column, start).unwrap();
                }
            }
        }
    }
    for (bytes, count) in [(csv.into_bytes(), 24), (book.save_to_buffer().unwrap(), 48)] {
        let import = refused(&town, estate, bytes).await.unwrap();
        assert_eq!(import.counts.refused, count);
        assert!(
            import
                .refused
                .iter()
                .all(|row| row.reason == RowRefusal::FormulaLike),
            "{:?}",
            import.refused
        );
    }
}

/// The workbook with one part blown up to so many bytes.
fn bomb(part: &str, bytes: u64) -> Vec<u8> {
    let whole = headed().save_to_buffer().unwrap();
    let mut from = zip::ZipArchive::new(Cursor::new(whole)).unwrap();
    let mut to = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(1));
    for at in 0..from.len() {
        let mut old = from.by_index(at).unwrap();
        let name = old.name().unwrap().to_string();
        to.start_file(&name, options).unwrap();
        if name == part {
            to.write_all(b"<?xml version=\"1.0\"?><worksheet><sheetData>")
                .unwrap();
            std::io::copy(&mut std::io::repeat(b' ').take(bytes), &mut to).unwrap();
            to.write_all(b"</sheetData></worksheet>").unwrap();
        } else {
            std::io::copy(&mut old, &mut to).unwrap();
        }
    }
    to.finish().unwrap().into_inner()
}

#[tokio::test]
async fn a_small_file_that_unpacks_to_a_large_one_is_not_unpacked() {
    let town = Town::new().await;
    let estate = garden(&town.admin_a).await;
    let megabyte = 1 << 20;
    for (part, bytes) in [
        ("xl/worksheets/sheet1.xml", 201 * megabyte),
        ("xl/sharedStrings.xml", 33 * megabyte),
        ("xl/styles.xml", 33 * megabyte),
    ] {
        let bomb = bomb(part, bytes);
        assert!(bomb.len() < 4 << 20, "{part}: {}", bomb.len());
        unreadable(&town, estate, bomb).await;
    }
    // A sheet of nothing at all within bounds is read, and found to have no columns.
    let nothing = bomb("xl/worksheets/sheet1.xml", 10 * megabyte);
    let error = refused(&town, estate, nothing).await.unwrap_err();
    assert_eq!(error.problem.fields["file"], Flaw::Unknown);
    // Larger than a file may be.
    let large = vec![b','; 20 * 1024 * 1024 + 1];
    let error = refused(&town, estate, large).await.unwrap_err();
    assert_eq!(error.code(), Code::TooLarge);
}

#[tokio::test]
async fn rows_of_nothing_are_no_rows() {
    let town = Town::new().await;
    let estate = garden(&town.admin_a).await;
    let header = "楼栋,房号\n";
    let last = "1号楼,\n";
    for nothing in ["\n", ",\n", "\"\",\u{3000}\n"] {
        let text = format!("{header}{}{last}", nothing.repeat(1_000_000));
        let import = refused(&town, estate, text.into_bytes()).await.unwrap();
        let row = &import.refused[0];
        assert_eq!(
            (import.refused.len(), row.row, row.reason),
            (1, 1_000_002, RowRefusal::UnitMissing)
        );
    }
    let many = format!("{header}{}", "1号楼,101\n".repeat(20_001));
    let error = refused(&town, estate, many.into_bytes()).await.unwrap_err();
    assert_eq!(error.problem.fields["file"], Flaw::OutOfRange);
}

#[tokio::test]
async fn wrong_types_in_every_column_are_named() {
    let town = Town::new().await;
    let estate = garden(&town.admin_a).await;
    let mut book = headed();
    let date = Format::new().set_num_format("yyyy-mm-dd");
    let sheet = book.worksheet_from_index(0).unwrap();
    let mut row = 0;
    for column in 0..10_u16 {
        for kind in 0..3 {
            row += 1;
            sheet.write_string(row, 0, "1号楼").unwrap();
            sheet.write_string(row, 2, format!("{row}")).unwrap();
            sheet.write_string(row, 7, "张三").unwrap();
            match kind {
                0 => sheet.write_boolean(row, column, true).unwrap(),
                1 => sheet
                    .write_number_with_format(row, column, 46_082.0, &date)
                    .unwrap(),
                _ => sheet
                    .write_formula(row, column, Formula::new("=1/0").set_result("#DIV/0!"))
                    .unwrap(),
            };
        }
    }
    let import = refused(&town, estate, book.save_to_buffer().unwrap())
        .await
        .unwrap();
    assert_eq!(import.counts.refused, 30, "{:?}", import.refused);
    for (at, refused) in import.refused.iter().enumerate() {
        let field = RosterColumn::ALL[at / 3];
        assert_eq!(refused.row as usize, at + 2);
        assert_eq!(refused.column.as_deref(), Some(roster_header(field)));
    }
}

#[tokio::test]
async fn merged_and_doubled_rows_are_told_apart() {
    let town = Town::new().await;
    let estate = garden(&town.admin_a).await;
    let mut book = headed();
    let plain = Format::new();
    let sheet = book.worksheet_from_index(0).unwrap();
    sheet.merge_range(1, 0, 4, 0, "1号楼", &plain).unwrap();
    // A unit that is merged over two rows is one unit twice.
    sheet.merge_range(1, 2, 2, 2, "101", &plain).unwrap();
    sheet.write_string(3, 2, "102").unwrap();
    sheet.write_string(4, 2, "101").unwrap();
    for row in 1..5 {
        sheet.write_string(row, 9, "自住").unwrap();
    }
    let import = refused(&town, estate, book.save_to_buffer().unwrap())
        .await
        .unwrap();
    let doubled: Vec<_> = import
        .refused
        .iter()
        .map(|row| (row.row, row.reason))
        .collect();
    let again = RowRefusal::DuplicateUnit;
    assert_eq!(doubled, [(3, again), (5, again)]);
    // The same unit in the letters of another keyboard, and with its number as a number.
    let text = "楼栋,房号\n1号楼,101\n１号楼,101.0\n1号楼 ,１０１\n";
    let import = refused(&town, estate, text.into()).await.unwrap();
    assert_eq!(import.counts.refused, 2, "{:?}", import.refused);
}

#[tokio::test]
async fn bytes_of_two_encodings_are_not_guessed_at() {
    let town = Town::new().await;
    let estate = garden(&town.admin_a).await;
    let text = "楼栋,房号,业主\n1号楼,101,张三\n1号楼,102,李四\n";
    let gb = |text: &str| GB18030.encode(text).0.into_owned();
    let mark = b"\xef\xbb\xbf".to_vec();
    // GB18030 that says of itself that it is UTF-8.
    unreadable(&town, estate, [mark, gb(text)].concat()).await;
    // Lines of two files, whichever comes first.
    let more = "2号楼,201,王小明\n";
    unreadable(&town, estate, [text.as_bytes(), &gb(more)].concat()).await;
    unreadable(&town, estate, [gb(text), more.as_bytes().to_vec()].concat()).await;
    // UTF-8 that was cut off within a character; in GB18030 it would be other names.
    let cut = "building,unit,owner\n1,101,张三丰".as_bytes();
    for left in 1..3 {
        unreadable(&town, estate, cut[..cut.len() - left].to_vec()).await;
    }
    let cut = text.as_bytes();
    unreadable(&town, estate, cut[..cut.len() - 2].to_vec()).await;
    // UTF-16 without a mark, and with half a character at its end.
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    unreadable(&town, estate, wide.clone()).await;
    unreadable(
        &town,
        estate,
        [b"\xff\xfe".as_slice(), &wide, b"\x41"].concat(),
    )
    .await;
}
