//! Times and days as text on their way between server and browser: RFC 3339, as jiff writes them.
//!
//! jiff's own reading can tell in words what was wrong, and brings the words for every mistake that it
//! knows along: 75 kB of a browser's code. Here a text that is not as jiff writes it is no time, and
//! that is all. Everything that a browser reads has its times so:
//!
//! ```
//! # use jiff::{Timestamp, civil::Date};
//! #[derive(serde::Serialize, serde::Deserialize)]
//! struct Lease {
//!     #[serde(with = "domain::time")]
//!     agreed_at: Timestamp,
//!     #[serde(default, with = "domain::time::maybe")]
//!     until: Option<Date>,
//! }
//! ```

use std::{borrow::Cow, fmt::Display};

use jiff::{
    Timestamp,
    civil::{Date, Time},
    tz::Offset,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// What is read back from how it shows itself.
pub trait Written: Display + Sized {
    /// `None` for a text that is none.
    fn read(text: &str) -> Option<Self>;
}

/// `2026-11-28`
impl Written for Date {
    fn read(text: &str) -> Option<Self> {
        let [year, month, day] = numbers(text, '-', [4, 2, 2])?;
        Self::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()
    }
}

/// `2026-11-28T07:04:05Z`, `2026-11-28T07:04:05.123456Z`
impl Written for Timestamp {
    fn read(text: &str) -> Option<Self> {
        let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
        let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
        let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
        let [hour, minute, second] = [hour, minute, second].map(|part| i8::try_from(part).ok());
        if fraction.is_empty() || fraction.len() > 9 || !digits(fraction) {
            return None;
        }
        let nanoseconds = format!("{fraction:0<9}").parse().ok()?;
        let time = Time::new(hour?, minute?, second?, nanoseconds).ok()?;
        Offset::UTC
            .to_timestamp(Date::read(date)?.to_datetime(time))
            .ok()
    }
}

fn digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Three numbers of so many digits, with a mark between them.
fn numbers(text: &str, mark: char, lengths: [usize; 3]) -> Option<[i16; 3]> {
    let mut parts = text.splitn(3, mark);
    let mut all = [0; 3];
    for (number, length) in all.iter_mut().zip(lengths) {
        let part = parts
            .next()
            .filter(|part| part.len() == length && digits(part))?;
        *number = part.parse().ok()?;
    }
    Some(all)
}

/// # Errors
/// Those of the writer.
pub fn serialize<T: Written, S: Serializer>(time: &T, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(time)
}

/// # Errors
/// What is no text, or no time.
pub fn deserialize<'de, T: Written, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    Text::deserialize(from).map(|Text(time)| time)
}

/// A time as it travels.
struct Text<T>(T);

impl<T: Written> Serialize for Text<&T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self.0)
    }
}

impl<'de, T: Written> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(from)?;
        T::read(&text)
            .map(Self)
            .ok_or_else(|| D::Error::custom("no time"))
    }
}

/// A time that may not be there.
pub mod maybe {
    use super::{Deserialize, Deserializer, Serialize, Serializer, Text, Written};

    /// # Errors
    /// Those of the writer.
    pub fn serialize<T: Written, S: Serializer>(
        time: &Option<T>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        time.as_ref().map(Text).serialize(to)
    }

    /// # Errors
    /// What is no text, or no time.
    pub fn deserialize<'de, T, D>(from: D) -> Result<Option<T>, D::Error>
    where
        T: Written,
        D: Deserializer<'de>,
    {
        let time = Option::<Text<T>>::deserialize(from)?;
        Ok(time.map(|Text(time)| time))
    }
}

/// Times, each with something of it.
pub mod with_each {
    use super::{Deserialize, Deserializer, Serialize, Serializer, Text, Written};

    /// # Errors
    /// Those of the writer.
    pub fn serialize<T, U, S>(all: &[(T, U)], to: S) -> Result<S::Ok, S::Error>
    where
        T: Written,
        U: Serialize,
        S: Serializer,
    {
        to.collect_seq(all.iter().map(|(time, of_it)| (Text(time), of_it)))
    }

    /// # Errors
    /// What is no list of pairs, or no time.
    pub fn deserialize<'de, T, U, D>(from: D) -> Result<Vec<(T, U)>, D::Error>
    where
        T: Written,
        U: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        let all = Vec::<(Text<T>, U)>::deserialize(from)?;
        Ok(all
            .into_iter()
            .map(|(Text(time), of_it)| (time, of_it))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct All {
        #[serde(with = "super")]
        at: Timestamp,
        #[serde(default, with = "super::maybe")]
        until: Option<Date>,
        #[serde(default, with = "super::with_each")]
        days: Vec<(Timestamp, u8)>,
    }

    #[test]
    fn times_travel_as_jiff_writes_them() {
        let at: Timestamp = "2027-01-31T15:04:05.123Z".parse().unwrap();
        let all = All {
            at,
            until: Some(Date::constant(2027, 2, 28)),
            days: vec![(at, 7)],
        };
        let text = json!({
            "at": serde_json::to_value(at).unwrap(),
            "until": "2027-02-28",
            "days": [["2027-01-31T15:04:05.123Z", 7]],
        });
        assert_eq!(serde_json::to_value(&all).unwrap(), text);
        assert_eq!(serde_json::from_value::<All>(text).unwrap(), all);
        let bare = serde_json::from_value::<All>(json!({ "at": at.to_string(), "until": null }));
        assert_eq!(bare.unwrap().until, None);
        for bad in [Value::Null, json!(7), json!("yesterday"), json!("")] {
            assert!(serde_json::from_value::<All>(json!({ "at": bad })).is_err());
        }
    }

    proptest! {
        /// From the year 1 to 9999, to the nanosecond.
        #[test]
        fn what_jiff_writes_is_read(second in -62_135_596_800_i64..253_402_207_200, nanosecond in prop_oneof![Just(0), 0..1_000_000_000]) {
            let at = Timestamp::new(second, nanosecond).unwrap();
            prop_assert_eq!(Timestamp::read(&at.to_string()), Some(at));
            let day = Offset::UTC.to_datetime(at).date();
            prop_assert_eq!(Date::read(&day.to_string()), Some(day));
        }

        /// What is read here, jiff reads as the same.
        #[test]
        fn no_text_is_misread(text in "[0-9]{1,4}-[0-9]{1,2}-[0-9]{1,2}(T[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}([.][0-9]{0,10})?Z?)?|.{0,20}") {
            if let Some(at) = Timestamp::read(&text) {
                prop_assert_eq!(text.parse().ok(), Some(at));
            }
            if let Some(day) = Date::read(&text) {
                prop_assert_eq!(text.parse().ok(), Some(day));
            }
        }
    }
}
