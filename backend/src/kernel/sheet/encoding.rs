//! From a text file's bytes to text: which encoding they are in, and what stands between its cells.

use encoding_rs::{Encoding, GB18030, UTF_8};

use super::HEADER_WITHIN;

/// UTF-8 with or without its mark, UTF-16 with it, else GB18030, which is what a Chinese Excel
/// writes as .csv. Nothing for bytes that are neither, for several in one file, and for binary files.
pub(super) fn decode(bytes: &[u8]) -> Option<String> {
    let decode = |encoding: &'static Encoding, bytes| {
        encoding.decode_without_bom_handling_and_without_replacement(bytes)
    };
    let text = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => decode(encoding, bytes.get(length..)?)?,
        None => match decode(UTF_8, bytes) {
            Some(text) => text,
            None if meant_as_utf8(bytes) => return None,
            None => decode(GB18030, bytes)?,
        },
    };
    if text.contains('\0') {
        return None;
    }
    // Line ends of an old Mac, which would all be one line.
    if text.contains('\n') {
        Some(text.into_owned())
    } else {
        Some(text.replace('\r', "\n"))
    }
}

/// Whether bytes that are no UTF-8 were meant as such: cut off in the middle of a character, or with
/// lines of another file put behind. As GB18030 they would be read without an error, and a name
/// would be another one. No line of Chinese in GB18030 is UTF-8 with two Chinese characters.
fn meant_as_utf8(bytes: &[u8]) -> bool {
    let chinese = |text: &str| {
        let found = text
            .chars()
            .filter(|c| matches!(c, '\u{3000}'..='\u{9fff}'));
        found.count()
    };
    let cut_off = || match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => {
            let whole = bytes.get(..error.valid_up_to()).unwrap_or_default();
            std::str::from_utf8(whole).is_ok_and(|text| chinese(text) > 0)
        }
        _ => false,
    };
    let a_line = |line: &[u8]| std::str::from_utf8(line).is_ok_and(|text| chinese(text) > 1);
    cut_off() || bytes.split(|byte| *byte == b'\n').any(a_line)
}

/// What stands between the cells: the one of comma, semicolon and tab that the first line with
/// any of them has most of.
pub(super) fn delimiter(text: &str) -> u8 {
    let count = |line: &str, mark: u8| line.bytes().filter(|byte| *byte == mark).count();
    let marks = *b",;\t";
    text.lines()
        .take(HEADER_WITHIN)
        .find(|line| marks.iter().any(|mark| count(line, *mark) > 0))
        // The last of equals wins, so the comma is asked last.
        .and_then(|line| {
            marks
                .into_iter()
                .rev()
                .max_by_key(|mark| count(line, *mark))
        })
        .unwrap_or(b',')
}
