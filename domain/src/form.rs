//! How the fields of a web form are read.

use serde::{Deserialize, Deserializer};

/// A field that may be left out, and that was said where it is there: blank is an answer too.
///
/// The encoding of forms has no "nothing", so a blank field of an `Option` would be read as one that
/// was left out, and could never be emptied. Goes before such a field, in a form that reads what is
/// left out as its default:
///
/// ```
/// #[derive(serde::Deserialize, Default)]
/// #[serde(default)]
/// struct Change {
///     #[serde(deserialize_with = "domain::form::said")]
///     region: Option<String>,
/// }
/// ```
///
/// # Errors
/// What is no text.
pub fn said<'de, D: Deserializer<'de>>(field: D) -> Result<Option<String>, D::Error> {
    String::deserialize(field).map(Some)
}
