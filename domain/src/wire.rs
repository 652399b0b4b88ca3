//! Times and days as pages read them: the text is jiff's, what is wrong with one is not told.
//!
//! Nobody types what these fields hold. jiff's own reading would explain every way in which a time
//! can be wrong, and all its sentences would be in everybody's first wasm.

use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

fn parsed<T: FromStr, E: Error>(text: &str) -> Result<T, E> {
    text.parse().map_err(|_| E::custom("neither time nor day"))
}

/// `#[serde(with = "wire::text")]`
pub mod text {
    use super::{Deserialize, Deserializer, FromStr, Serialize, Serializer, parsed};

    /// # Errors
    /// The serializer's.
    pub fn serialize<T: Serialize, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
        value.serialize(to)
    }

    /// # Errors
    /// For text that is none.
    pub fn deserialize<'de, T: FromStr, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
        parsed(&String::deserialize(from)?)
    }
}

/// `#[serde(default, with = "wire::maybe")]`, for what may be missing.
pub mod maybe {
    use super::{Deserialize, Deserializer, FromStr, Serialize, Serializer, parsed};

    /// # Errors
    /// The serializer's.
    pub fn serialize<T: Serialize, S: Serializer>(
        value: &Option<T>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        value.serialize(to)
    }

    /// # Errors
    /// For text that is none.
    pub fn deserialize<'de, T: FromStr, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<T>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|text| parsed(&text)).transpose()
    }
}

/// `#[serde(with = "wire::series")]`, for values each of which has its time.
pub mod series {
    use super::{Deserialize, Deserializer, FromStr, Serialize, Serializer, parsed};

    /// # Errors
    /// The serializer's.
    pub fn serialize<T: Serialize, V: Serialize, S: Serializer>(
        values: &[(T, V)],
        to: S,
    ) -> Result<S::Ok, S::Error> {
        values.serialize(to)
    }

    /// # Errors
    /// For text that is none.
    pub fn deserialize<'de, T: FromStr, V: Deserialize<'de>, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<(T, V)>, D::Error> {
        let read = Vec::<(String, V)>::deserialize(from)?;
        let values = read.into_iter();
        values
            .map(|(at, value)| Ok((parsed(&at)?, value)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, civil::Date};
    use serde::{Deserialize, Serialize};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Shown {
        #[serde(with = "super::text")]
        at: Timestamp,
        #[serde(default, with = "super::maybe")]
        until: Option<Date>,
    }

    #[test]
    fn times_travel_as_jiff_writes_them() {
        let text = r#"{"at":"2026-11-25T08:00:00Z","until":"2026-12-31"}"#;
        let shown: Shown = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&shown).unwrap(), text);
        let open: Shown = serde_json::from_str(r#"{"at":"2026-11-25T08:00:00Z"}"#).unwrap();
        assert_eq!(open.until, None);
        let none = r#"{"at":"2026-11-25T08:00:00Z","until":null}"#;
        assert_eq!(serde_json::to_string(&open).unwrap(), none);
        for wrong in [r#"{"at":"soon"}"#, r#"{"at":5}"#, "{}"] {
            assert!(serde_json::from_str::<Shown>(wrong).is_err(), "{wrong}");
        }
    }
}
