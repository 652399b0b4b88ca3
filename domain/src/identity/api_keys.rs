//! Keys of a company's own programs: an accounting system that reads, a gate that writes.

use std::fmt;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::{
    access::RoleKey,
    staff::{GrantForm, NewGrant, PlaceId},
};
use crate::{
    id::KeyId,
    problem::{Check, Flaw, Problem, text},
};

/// What every key begins with, so that people and scanners for leaked secrets know one.
const MARK: &str = "lk_";
/// Letters after the mark, five random bits each.
const LENGTH: usize = 32;
/// How much of a key is kept so that people know it again, the mark included: 135 bits stay secret.
const SHOWN: usize = MARK.len() + 5;
/// Crockford's base 32: no I, L, O and U.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A key itself, `lk_7GQ2M…`: 160 random bits. Told once, and never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeySecret(String);

impl KeySecret {
    /// A key of random bytes, five bits of each.
    #[must_use]
    pub fn of(random: [u8; LENGTH]) -> Self {
        let letter = |byte: u8| LETTERS.get(usize::from(byte % 32)).copied().unwrap_or(b'0');
        let letters = random.into_iter().map(|byte| char::from(letter(byte)));
        Self(MARK.chars().chain(letters).collect())
    }

    /// Whether a bearer token means to be a key, and no access token.
    #[must_use]
    pub fn is_meant(token: &str) -> bool {
        token.starts_with(MARK)
    }

    /// Reads a key as it was told; programs do not mistype.
    #[must_use]
    pub fn parse(token: &str) -> Option<Self> {
        let letters = token.strip_prefix(MARK)?;
        let known = letters.bytes().all(|byte| LETTERS.contains(&byte));
        (letters.len() == LENGTH && known).then(|| Self(token.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part that lists show.
    #[must_use]
    pub fn starts_with(&self) -> &str {
        self.0.get(..SHOWN).unwrap_or(MARK)
    }
}

impl fmt::Debug for KeySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeySecret(…)")
    }
}

/// A key to be made, as a form or a client says it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct KeyForm {
    /// Of the program that will use it.
    pub name: String,
    /// Its role, everywhere or at estates; no last day means a year from today.
    #[serde(flatten)]
    pub grant: GrantForm,
}

/// The same, whose every field holds.
#[derive(Debug, Clone)]
pub struct NewKey {
    pub name: String,
    pub grant: NewGrant,
}

impl TryFrom<KeyForm> for NewKey {
    type Error = Problem;

    fn try_from(form: KeyForm) -> Result<Self, Problem> {
        let mut check = Check::default();
        let name = check.take("name", text(&form.name, 1, 40));
        let grant = NewGrant::check(&form.grant, &mut check);
        let grant = grant.and_then(|grant| check.take("places", whole_estates(grant)));
        check.done((|| {
            Some(Self {
                name: name?,
                grant: grant?,
            })
        })())
    }
}

/// A key is held to what its maker has, estate by estate.
fn whole_estates(grant: NewGrant) -> Result<NewGrant, Flaw> {
    let whole = |place: &PlaceId| matches!(place, PlaceId::Estate(_));
    if grant.places.iter().all(whole) {
        Ok(grant)
    } else {
        Err(Flaw::Malformed)
    }
}

/// A key that was just made. The secret is told only this once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct KeyMade {
    pub id: KeyId,
    pub secret: KeySecret,
    /// The last day of it, in the tenant's zone.
    #[serde(with = "crate::time")]
    pub until: Date,
}

/// When a key was used last, to five minutes, and from where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyUse {
    #[serde(with = "crate::time")]
    pub at: Timestamp,
    pub from: String,
}

/// A key as lists show it, until somebody ends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    pub id: KeyId,
    pub name: String,
    /// The first letters of it.
    pub starts_with: String,
    pub role: RoleKey,
    /// Of a role that the company made itself.
    pub role_name: Option<String>,
    pub everywhere: bool,
    /// The names of its estates, as far as the asker may see them.
    pub places: Vec<String>,
    /// The last day of it, in the tenant's zone.
    #[serde(with = "crate::time")]
    pub until: Date,
    /// That day is past.
    pub expired: bool,
    /// Who made it, and may do at least as much.
    pub maker: String,
    pub used: Option<KeyUse>,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::id::{BuildingId, EstateId};

    #[test]
    fn a_key_is_read_as_it_was_told_and_does_not_print() {
        let key = KeySecret::of([0xff; LENGTH]);
        assert_eq!(key.as_str(), format!("lk_{}", "Z".repeat(LENGTH)));
        assert_eq!(key.starts_with(), "lk_ZZZZZ");
        assert_eq!(KeySecret::parse(key.as_str()), Some(key.clone()));
        assert_eq!(format!("{key:?}"), "KeySecret(…)");
        let lower = key.as_str().to_lowercase();
        let short = &key.as_str()[..key.as_str().len() - 1];
        let long = format!("{}Z", key.as_str());
        let odd = format!("lk_{}中", "Z".repeat(LENGTH - 3));
        for wrong in ["", "lk_", &lower, short, &long, &odd, &key.as_str()[3..]] {
            assert_eq!(KeySecret::parse(wrong), None, "{wrong}");
        }
        assert!(KeySecret::is_meant("lk_") && !KeySecret::is_meant("ey.J.x"));
    }

    #[test]
    fn a_key_is_for_whole_estates() {
        let form = |places: &[String]| KeyForm {
            name: "收费系统".to_owned(),
            grant: GrantForm {
                role: "accountant".to_owned(),
                everywhere: places.is_empty(),
                places: places.to_vec(),
                until: None,
            },
        };
        let estate = EstateId(Uuid::nil()).to_string();
        assert!(NewKey::try_from(form(&[])).is_ok());
        assert!(NewKey::try_from(form(std::slice::from_ref(&estate))).is_ok());
        let building = BuildingId(Uuid::nil()).to_string();
        let problem = NewKey::try_from(form(&[estate, building])).unwrap_err();
        let flaws: Vec<_> = problem.fields.into_iter().collect();
        assert_eq!(flaws, [("places".to_owned(), Flaw::Malformed)]);

        let problem = NewKey::try_from(KeyForm::default()).unwrap_err();
        let fields: Vec<_> = problem.fields.into_keys().collect();
        assert_eq!(fields, ["name", "places", "role"]);
    }
}
