//! Sort keys, so that a list reads the way people count: 2号楼 before 10号楼, 3A after 3 and
//! before 4, 十二栋 after 二栋.
//!
//! A number is written as one character for its length and then its digits, so that comparing
//! bytes compares numbers of any length. The columns have the collation "C".

use domain::estates::floor_and_door;

/// Stands between the parts of a unit's key: below every character that a name may hold.
const BETWEEN: char = '\t';

/// The key of a building's or an entrance's name. Chinese numerals count as numbers.
#[must_use]
pub fn name_key(name: &str) -> String {
    let chars: Vec<char> = name.trim().chars().map(plain).collect();
    let mut key = String::with_capacity(name.len() + 4);
    let mut rest = chars.as_slice();
    while let Some((first, tail)) = rest.split_first() {
        let digits = run(rest, |c| c.is_ascii_digit());
        let numerals = run(rest, |c| numeral(c).is_some());
        if !digits.is_empty() {
            number(&mut key, &digits.iter().collect::<String>());
            rest = rest.get(digits.len()..).unwrap_or_default();
        } else if let Some(value) = chinese(numerals) {
            number(&mut key, &value.to_string());
            rest = rest.get(numerals.len()..).unwrap_or_default();
        } else {
            key.push(first.to_ascii_uppercase());
            rest = tail;
        }
    }
    key
}

/// The key of a door's code. The last two digits are the door and what stands before them is the
/// floor, which may carry a letter: 304, then 3A01, then 501. A door may carry one too (1203, then
/// 1203A), or be but a letter: 3C, then 3AA, then 5A.
#[must_use]
pub fn door_key(code: &str) -> String {
    let code: String = code.trim().chars().map(plain).collect();
    let Some((floor, door)) = floor_and_door(&code) else {
        return lettered(&code).unwrap_or_else(|| name_key(&code));
    };
    let mut key = String::with_capacity(8);
    for part in [floor, door] {
        let digits = part.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        number(&mut key, digits);
        key.push_str(
            &part
                .get(digits.len()..)
                .unwrap_or_default()
                .to_ascii_uppercase(),
        );
    }
    key
}

/// The key of floor 3A, door B: behind every door of floor 3, whose keys end in one letter.
fn lettered(code: &str) -> Option<String> {
    let digits = code.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let letters = code.get(digits.len()..)?;
    let shaped =
        letters.len() == 2 && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    shaped.then(|| {
        let mut key = String::with_capacity(8);
        number(&mut key, digits);
        key.push('~');
        key.push_str(&letters.to_ascii_uppercase());
        key
    })
}

/// The key of a unit within its estate.
#[must_use]
pub fn unit_key(building: &str, entrance: Option<&str>, code: &str) -> String {
    let entrance = entrance.map(name_key).unwrap_or_default();
    format!(
        "{}{BETWEEN}{entrance}{BETWEEN}{}",
        name_key(building),
        door_key(code)
    )
}

/// Appends the length of a number and its digits; zeros in front say nothing.
fn number(key: &mut String, digits: &str) {
    let digits = digits.trim_start_matches('0');
    let length = u8::try_from(digits.len()).unwrap_or(u8::MAX).min(60);
    key.push(char::from(b'0' + length));
    key.push_str(digits);
}

fn run(chars: &[char], wanted: impl Fn(char) -> bool) -> &[char] {
    let end = chars
        .iter()
        .position(|c| !wanted(*c))
        .unwrap_or(chars.len());
    chars.get(..end).unwrap_or_default()
}

/// Full-width letters and digits as the ordinary ones.
fn plain(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        _ => c,
    }
}

fn numeral(c: char) -> Option<u32> {
    Some(match c {
        '零' | '〇' => 0,
        '一' => 1,
        '二' | '两' => 2,
        '三' => 3,
        '四' => 4,
        '五' => 5,
        '六' => 6,
        '七' => 7,
        '八' => 8,
        '九' => 9,
        '十' => 10,
        '百' => 100,
        _ => return None,
    })
}

/// 十二 is 12, 二十 is 20, 一百零三 is 103, 二〇一 is 201; nothing for a lone 百 and for runs
/// that are no number.
fn chinese(run: &[char]) -> Option<u32> {
    if run.is_empty() || run.len() > 9 || run == ['百'] {
        return None;
    }
    let values: Vec<u32> = run.iter().copied().filter_map(numeral).collect();
    if values.iter().all(|value| *value < 10) {
        return Some(values.iter().fold(0, |sum, value| sum * 10 + value));
    }
    let (mut sum, mut digit, mut unit) = (0, None, 1000);
    for value in values {
        match value {
            0 if digit.is_none() => {}
            1..=9 if digit.is_none() => digit = Some(value),
            10 | 100 if value < unit => {
                sum += digit.take().unwrap_or(1) * value;
                unit = value;
            }
            _ => return None,
        }
    }
    Some(sum + digit.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rising(key: impl Fn(&str) -> String, names: &[&str]) {
        for pair in names.windows(2) {
            assert!(
                key(pair[0]) < key(pair[1]),
                "{} before {}",
                pair[0],
                pair[1]
            );
        }
    }

    #[test]
    fn buildings_as_people_count_them() {
        rising(name_key, &["1号楼", "2号楼", "10号楼", "11号楼", "100号楼"]);
        rising(
            name_key,
            &[
                "一栋",
                "二栋",
                "三栋",
                "九栋",
                "十栋",
                "十一栋",
                "二十栋",
                "二十三栋",
                "一百零二栋",
            ],
        );
        rising(name_key, &["一期2号楼", "一期10号楼", "二期1号楼"]);
        rising(name_key, &["A2座", "A10座", "b1座", "B2座"]);
        assert_eq!(name_key("３号楼"), name_key("3号楼"));
        assert_eq!(name_key("三号楼"), name_key("3号楼"));
        assert_eq!(name_key("二〇一"), name_key("201"));
    }

    #[test]
    fn floors_with_letters_stand_between() {
        rising(name_key, &["3", "3A", "4", "12", "12A", "12B", "15", "23A"]);
        rising(
            door_key,
            &[
                "01", "02", "12", "101", "104", "201", "304", "3A01", "3a04", "501", "1201",
                "12A01", "12B02", "1501",
            ],
        );
        rising(door_key, &["001", "099", "100", "180", "1001"]);
        rising(
            door_key,
            &["1203", "1203A", "1205", "12A01", "12A03A", "12A05", "1501"],
        );
        rising(
            door_key,
            &["2B", "3A", "3C", "3AA", "3AB", "5A", "12B", "12AA", "15A"],
        );
        rising(
            |code| unit_key("2号楼", Some("1单元"), code),
            &["101", "1001"],
        );
        assert!(unit_key("2号楼", None, "901") < unit_key("10号楼", None, "101"));
        assert!(unit_key("2号楼", Some("1单元"), "901") < unit_key("2号楼", Some("2单元"), "101"));
    }

    proptest! {
        #[test]
        fn numbers_sort_as_numbers(a in 0_u64.., b in 0_u64..) {
            prop_assert_eq!(name_key(&format!("{a}号楼")).cmp(&name_key(&format!("{b}号楼"))), a.cmp(&b));
            prop_assert_eq!(door_key(&a.to_string()).cmp(&door_key(&b.to_string())), a.cmp(&b));
        }

        #[test]
        fn any_text_has_a_key(text in ".*", entrance in proptest::option::of(".*")) {
            let key = unit_key(&text, entrance.as_deref(), &text);
            prop_assert_eq!(key.contains('\0'), text.contains('\0') || entrance.is_some_and(|e| e.contains('\0')));
        }
    }
}
