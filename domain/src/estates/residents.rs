//! Changing what the register says of a resident.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{IdNumber, Relation, Resident};
use crate::{
    id::{BuildingId, EstateId},
    identity::Phone,
    problem::{Check, Code, Flaw, Problem, text},
};

/// Somebody who is or was of a household.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResidentView {
    /// Of whoever has moved away no number is told.
    pub resident: Resident,
    pub estate: EstateId,
    pub building: BuildingId,
    /// `阳光花园 3号楼 2单元 1202`
    pub home: String,
    /// Whether an identity number is on record.
    pub identified: bool,
    /// Whether they live there now.
    pub running: bool,
}

/// What is to change: what is not there stays as it is, and what is blank is emptied.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ResidentChangeForm {
    pub name: Option<String>,
    pub phone: Option<String>,
    pub id_number: Option<String>,
    pub relation: Option<String>,
}

/// The same as a page has it: numbers are not shown there, so an empty field changes nothing, and
/// emptying one is a tick of its own. A number that is typed beside its tick takes the old one's place.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ResidentTexts {
    pub name: String,
    pub phone: String,
    pub clear_phone: bool,
    pub id_number: String,
    pub clear_id_number: bool,
    /// Not there for an owner.
    pub relation: Option<String>,
}

macro_rules! silent {
    ($($name:ident),+) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )+};
}
silent!(ResidentChangeForm, ResidentTexts);

impl From<ResidentTexts> for ResidentChangeForm {
    fn from(texts: ResidentTexts) -> Self {
        let number = |typed: String, clear: bool| match typed.trim() {
            "" => clear.then(String::new),
            _ => Some(typed),
        };
        Self {
            name: Some(texts.name),
            phone: number(texts.phone, texts.clear_phone),
            id_number: number(texts.id_number, texts.clear_id_number),
            relation: texts.relation,
        }
    }
}

/// What becomes of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit<T> {
    Keep,
    Clear,
    Set(T),
}

impl<T> Edit<T> {
    fn read(typed: Option<&str>, read: impl FnOnce(&str) -> Result<T, Flaw>) -> Result<Self, Flaw> {
        match typed.map(str::trim) {
            None => Ok(Self::Keep),
            Some("") => Ok(Self::Clear),
            Some(typed) => read(typed).map(Self::Set),
        }
    }

    /// Whether it leaves something else than what was there.
    #[must_use]
    pub fn changes(&self, before: Option<&str>, written: impl FnOnce(&T) -> &str) -> bool {
        match self {
            Self::Keep => false,
            Self::Clear => before.is_some(),
            Self::Set(value) => before != Some(written(value)),
        }
    }

    #[must_use]
    pub const fn set(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep | Self::Clear => None,
        }
    }
}

/// A change whose every field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResidentChange {
    pub name: Option<String>,
    pub phone: Edit<Phone>,
    pub id_number: Edit<IdNumber>,
    pub relation: Option<Relation>,
}

impl TryFrom<ResidentChangeForm> for ResidentChange {
    type Error = Problem;

    fn try_from(form: ResidentChangeForm) -> Result<Self, Problem> {
        let mut check = Check::default();
        let name = form.name.map(|name| text(&name, 1, 60)).transpose();
        let name = check.take("name", name);
        let phone = check.take("phone", Edit::read(form.phone.as_deref(), Phone::parse));
        let id_number = Edit::read(form.id_number.as_deref(), IdNumber::parse);
        let id_number = check.take("id_number", id_number);
        let relation = match form.relation.as_deref().map(str::trim) {
            None => Ok(None),
            Some("") => Err(Flaw::Required),
            Some(word) => Relation::parse(word).map(Some).ok_or(Flaw::Unknown),
        };
        let relation = check.take("relation", relation);
        let whole = (|| {
            Some(Self {
                name: name?,
                phone: phone?,
                id_number: id_number?,
                relation: relation?,
            })
        })();
        check.done(whole)
    }
}

impl Relation {
    /// How somebody belongs to a household from now on. Whose the home is says the deed: nobody
    /// becomes an owner, or stops being one, without a sale.
    ///
    /// # Errors
    /// `invalid` on `relation`.
    pub fn becomes(self, wanted: Option<Self>) -> Result<Self, Problem> {
        match wanted {
            None => Ok(self),
            Some(wanted) if (wanted == Self::Owner) == (self == Self::Owner) => Ok(wanted),
            Some(_) => Err(Problem::field(Code::Invalid, "relation", Flaw::Unknown)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_changes_a_number_only_where_one_is_typed_or_ticked_away() {
        let form = |phone: &str, clear_phone| {
            let texts = ResidentTexts {
                name: "王".to_owned(),
                phone: phone.to_owned(),
                clear_phone,
                ..ResidentTexts::default()
            };
            ResidentChangeForm::from(texts).phone
        };
        assert_eq!(form(" ", false), None);
        assert_eq!(form("", true).as_deref(), Some(""));
        for clear in [true, false] {
            assert_eq!(form("138", clear).as_deref(), Some("138"));
        }
    }

    #[test]
    fn what_is_not_there_stays_and_what_is_blank_goes() {
        let same = ResidentChange::try_from(ResidentChangeForm::default()).unwrap();
        assert_eq!((same.phone, same.id_number), (Edit::Keep, Edit::Keep));
        assert_eq!((same.name, same.relation), (None, None));
        let form = ResidentChangeForm {
            phone: Some(" ".to_owned()),
            id_number: Some("e12345678".to_owned()),
            relation: Some("renter".to_owned()),
            ..ResidentChangeForm::default()
        };
        assert!(!format!("{form:?}").contains("1234"));
        let change = ResidentChange::try_from(form).unwrap();
        assert_eq!(change.phone, Edit::Clear);
        assert!(change.phone.changes(Some("13812345678"), Phone::as_str));
        assert!(!change.phone.changes(None, Phone::as_str));
        let number = |before| change.id_number.changes(before, IdNumber::as_str);
        assert!(!number(Some("E12345678")) && number(Some("E1")) && number(None));
    }

    #[test]
    fn all_flaws_at_once() {
        let form = ResidentChangeForm {
            name: Some(" ".to_owned()),
            phone: Some("12".to_owned()),
            id_number: Some("11010519491231002Y".to_owned()),
            relation: Some("guest".to_owned()),
        };
        let problem = ResidentChange::try_from(form).unwrap_err();
        assert_eq!(problem.fields.len(), 4, "{problem}");
    }

    #[test]
    fn nobody_becomes_or_stops_being_an_owner_by_a_form() {
        use Relation::{Family, Owner, Renter};

        for (before, wanted, after) in [
            (Owner, None, Some(Owner)),
            (Owner, Some(Owner), Some(Owner)),
            (Owner, Some(Family), None),
            (Family, Some(Owner), None),
            (Family, Some(Renter), Some(Renter)),
            (Renter, Some(Family), Some(Family)),
        ] {
            let found = before.becomes(wanted);
            assert_eq!(found.clone().ok(), after, "{before:?} {wanted:?}");
            if let Err(problem) = found {
                assert_eq!(problem.fields["relation"], Flaw::Unknown);
            }
        }
    }
}
