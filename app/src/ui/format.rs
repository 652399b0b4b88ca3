//! Numbers, ages and dates as text, the same on the server and in the browser.
//!
//! There is no time-zone database in wasm: every function that shows a local time takes the
//! offset from UTC in seconds, which the server knows for the estate.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

use crate::i18n::{Locale, td_string};

/// Decimals shown for a unit of measurement.
pub fn digits(unit: &str) -> usize {
    match unit {
        "W" | "VA" | "var" | "层" | "" => 0,
        "kW" | "V" | "%" | "℃" | "°C" | "kPa" | "ppm" => 1,
        _ => 2,
    }
}

/// A unit as people write it: `m3` is stored, `m³` is shown.
pub fn unit_label(unit: &str) -> &str {
    match unit {
        "m3" => "m³",
        "m3/h" => "m³/h",
        "C" | "degC" => "℃",
        other => other,
    }
}

/// A number with fixed decimals and thousands separated by commas: `8,412.60`.
///
/// What is not finite shows as a dash, never as a number.
pub fn decimal(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let plain = format!("{:.digits$}", value.abs());
    let (whole, fraction) = match plain.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (plain.as_str(), None),
    };
    let mut out = String::with_capacity(plain.len() + whole.len() / 3 + 3);
    let negative = value < 0.0 && plain.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
    if negative {
        out.push('−');
    }
    push_grouped(&mut out, whole);
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// A number with the decimals of its unit: `number(8412.6, "kWh")` is `8,412.60`.
pub fn number(value: f64, unit: &str) -> String {
    decimal(value, digits(unit))
}

/// A count with thousands separated.
pub fn count(value: u64) -> String {
    let plain = value.to_string();
    let mut out = String::with_capacity(plain.len() * 4 / 3 + 1);
    push_grouped(&mut out, &plain);
    out
}

/// A change against an earlier value with its sign: `−21.5%`, `+3.8%`; `None` without a base.
pub fn change(now: f64, before: f64) -> Option<String> {
    if !now.is_finite() || !before.is_finite() || before == 0.0 {
        return None;
    }
    let percent = (now - before) / before.abs() * 100.0;
    let sign = if percent > 0.0 { "+" } else { "" };
    Some(format!("{sign}{}%", decimal(percent, 1)))
}

fn push_grouped(out: &mut String, digits: &str) {
    let count = digits.len();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (count - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
}

/// How long ago `at` was; both in milliseconds. A time ahead of the clock reads "just now".
pub fn age(now: i64, at: i64, locale: Locale) -> String {
    let seconds = now.saturating_sub(at) / 1000;
    match seconds {
        i64::MIN..=0 => td_string!(locale, ui.age_now).to_owned(),
        1..=59 => td_string!(locale, ui.age_seconds, n = seconds),
        60..=3599 => td_string!(locale, ui.age_minutes, n = seconds / 60),
        3600..=86_399 => td_string!(locale, ui.age_hours, n = seconds / 3600),
        _ => td_string!(locale, ui.age_days, n = seconds / 86_400),
    }
}

/// The words for something that has not happened.
pub fn never(locale: Locale) -> &'static str {
    td_string!(locale, ui.age_never)
}

/// Local date and time at an offset from UTC in seconds; what cannot be shown is 1970.
fn local(at: i64, offset_s: i32) -> DateTime {
    let offset = Offset::from_seconds(offset_s).unwrap_or(Offset::UTC);
    offset.to_datetime(Timestamp::from_millisecond(at).unwrap_or_default())
}

/// `14:31:52`
pub fn time(at: i64, offset_s: i32) -> String {
    let t = local(at, offset_s);
    format!("{:02}:{:02}:{:02}", t.hour(), t.minute(), t.second())
}

/// `14:31`
pub fn hour_minute(at: i64, offset_s: i32) -> String {
    let t = local(at, offset_s);
    format!("{:02}:{:02}", t.hour(), t.minute())
}

/// `2026-11-22`
pub fn date(at: i64, offset_s: i32) -> String {
    let t = local(at, offset_s);
    format!("{:04}-{:02}-{:02}", t.year(), t.month(), t.day())
}

/// `11-22`
pub fn month_day(at: i64, offset_s: i32) -> String {
    let t = local(at, offset_s);
    format!("{:02}-{:02}", t.month(), t.day())
}

/// `2026-11-22 14:31:52`
pub fn date_time(at: i64, offset_s: i32) -> String {
    format!("{} {}", date(at, offset_s), time(at, offset_s))
}

/// The day as a heading: `11 月 22 日 星期日`, `Sunday 22 November`.
pub fn day(at: i64, offset_s: i32, locale: Locale) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let t = local(at, offset_s);
    let weekday = weekday(t.weekday().to_monday_one_offset(), locale);
    match locale {
        Locale::zh_CN => format!("{} 月 {} 日 {weekday}", t.month(), t.day()),
        Locale::en => {
            let month = usize::try_from(t.month() - 1)
                .ok()
                .and_then(|index| MONTHS.get(index))
                .unwrap_or(&"");
            format!("{weekday} {} {month}", t.day())
        }
    }
}

fn weekday(monday_one: i8, locale: Locale) -> &'static str {
    match monday_one {
        1 => td_string!(locale, ui.weekday_1),
        2 => td_string!(locale, ui.weekday_2),
        3 => td_string!(locale, ui.weekday_3),
        4 => td_string!(locale, ui.weekday_4),
        5 => td_string!(locale, ui.weekday_5),
        6 => td_string!(locale, ui.weekday_6),
        _ => td_string!(locale, ui.weekday_7),
    }
}

/// RFC 3339 in UTC, for `<time datetime>`.
pub fn rfc3339(at: i64) -> String {
    format!("{}T{}Z", date(at, 0), time(at, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHINA: i32 = 8 * 3600;
    /// 2026-11-22 06:31:52 UTC.
    const AT: i64 = 1_795_329_112_000;

    #[test]
    fn numbers_are_grouped_and_fixed() {
        assert_eq!(number(8412.6, "kWh"), "8,412.60");
        assert_eq!(number(69.55, "kW"), "69.5");
        assert_eq!(number(1_234_567.0, "W"), "1,234,567");
        assert_eq!(decimal(-1234.5, 1), "−1,234.5");
        assert_eq!(decimal(-0.01, 1), "0.0");
        assert_eq!(decimal(f64::NAN, 1), "–");
        assert_eq!(count(460), "460");
        assert_eq!(count(12_000), "12,000");
        assert_eq!(change(78.5, 100.0).as_deref(), Some("−21.5%"));
        assert_eq!(change(103.8, 100.0).as_deref(), Some("+3.8%"));
        assert_eq!(change(1.0, 0.0), None);
    }

    #[test]
    fn ages_read_like_speech() {
        let zh = |seconds: i64| age(AT + seconds * 1000, AT, Locale::zh_CN);
        let en = |seconds: i64| age(AT + seconds * 1000, AT, Locale::en);
        assert_eq!(zh(-5), "刚刚");
        assert_eq!(zh(2), "2 秒前");
        assert_eq!(zh(26 * 60), "26 分钟前");
        assert_eq!(en(2), "2 s ago");
        assert_eq!(en(3 * 3600), "3 h ago");
        assert_eq!(en(49 * 3600), "2 d ago");
    }

    #[test]
    fn local_times_take_an_offset() {
        assert_eq!(time(AT, CHINA), "14:31:52");
        assert_eq!(date_time(AT, CHINA), "2026-11-22 14:31:52");
        assert_eq!(hour_minute(AT, 0), "06:31");
        assert_eq!(rfc3339(AT), "2026-11-22T06:31:52Z");
        assert_eq!(day(AT, CHINA, Locale::zh_CN), "11 月 22 日 星期日");
        assert_eq!(day(AT, CHINA, Locale::en), "Sunday 22 November");
    }
}
