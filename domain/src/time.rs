//! Times and days as text on their way between server and browser: RFC 3339, as jiff writes them.
//!
//! jiff's own reading tells what was wrong in words, which brings the words for every mistake that it
//! knows, 75 kB of a browser's code, along. Here a text that is no time is just that. Everything that a
//! browser reads has its times so:
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

use std::{borrow::Cow, fmt::Display, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// # Errors
/// Those of the writer.
pub fn serialize<T: Display, S: Serializer>(time: &T, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(time)
}

/// # Errors
/// What is no text, or no time.
pub fn deserialize<'de, T: FromStr, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    Text::deserialize(from).map(|Text(time)| time)
}

/// A time as it travels.
struct Text<T>(T);

impl<T: Display> Serialize for Text<&T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self.0)
    }
}

impl<'de, T: FromStr> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(from)?;
        let time = text.parse().map_err(|_| D::Error::custom("no time"))?;
        Ok(Self(time))
    }
}

/// A time that may not be there.
pub mod maybe {
    use super::{Deserialize, Deserializer, Display, FromStr, Serialize, Serializer, Text};

    /// # Errors
    /// Those of the writer.
    pub fn serialize<T: Display, S: Serializer>(
        time: &Option<T>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        time.as_ref().map(Text).serialize(to)
    }

    /// # Errors
    /// What is no text, or no time.
    pub fn deserialize<'de, T, D>(from: D) -> Result<Option<T>, D::Error>
    where
        T: FromStr,
        D: Deserializer<'de>,
    {
        let time = Option::<Text<T>>::deserialize(from)?;
        Ok(time.map(|Text(time)| time))
    }
}

/// Times, each with something of it.
pub mod with_each {
    use super::{Deserialize, Deserializer, Display, FromStr, Serialize, Serializer, Text};

    /// # Errors
    /// Those of the writer.
    pub fn serialize<T, U, S>(all: &[(T, U)], to: S) -> Result<S::Ok, S::Error>
    where
        T: Display,
        U: Serialize,
        S: Serializer,
    {
        to.collect_seq(all.iter().map(|(time, of_it)| (Text(time), of_it)))
    }

    /// # Errors
    /// What is no list of pairs, or no time.
    pub fn deserialize<'de, T, U, D>(from: D) -> Result<Vec<(T, U)>, D::Error>
    where
        T: FromStr,
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
    use jiff::{Timestamp, civil::Date};
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
}
