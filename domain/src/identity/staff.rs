//! Who works for a company, and how somebody is let in and given a role.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::access::{Action, Actions, RoleKey};
use crate::{
    id::{BuildingId, EstateId, GrantId, PersonId, PhaseId, RegionId, RoleId, UnitId},
    problem::{Check, Flaw, Problem, text},
};

/// The most places that one grant can list.
pub const MOST_PLACES: usize = 500;

/// A place that a grant can be held at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PlaceId {
    Region(RegionId),
    Estate(EstateId),
    Phase(PhaseId),
    Building(BuildingId),
    Unit(UnitId),
}

impl PlaceId {
    /// # Errors
    /// `malformed` for what is no id of a place.
    pub fn parse(text: &str) -> Result<Self, Flaw> {
        let estate = text.parse().map(Self::Estate);
        estate
            .or_else(|_| text.parse().map(Self::Unit))
            .or_else(|_| text.parse().map(Self::Building))
            .or_else(|_| text.parse().map(Self::Phase))
            .or_else(|_| text.parse().map(Self::Region))
            .map_err(|_| Flaw::Malformed)
    }

    #[must_use]
    pub const fn uuid(self) -> Uuid {
        match self {
            Self::Region(id) => id.0,
            Self::Estate(id) => id.0,
            Self::Phase(id) => id.0,
            Self::Building(id) => id.0,
            Self::Unit(id) => id.0,
        }
    }
}

/// A role to be given, as a form or a client says it: everywhere, or at the places listed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantForm {
    /// One of Linli's roles by its word, or one of the company's own by its id.
    pub role: String,
    #[serde(default)]
    pub everywhere: bool,
    /// Ids of regions, estates, phases, buildings and units.
    #[serde(default)]
    pub places: Vec<String>,
    /// The last day of it in the tenant's zone, `2027-01-31`; absent for no end.
    #[serde(default)]
    pub until: Option<String>,
}

/// A role to be given, whose every field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGrant {
    pub role: RoleKey,
    /// Empty for everywhere.
    pub places: Vec<PlaceId>,
    pub until: Option<Date>,
}

impl NewGrant {
    /// Checks a form into `check`.
    pub fn check(form: &GrantForm, check: &mut Check) -> Option<Self> {
        let role = check.take("role", role(&form.role));
        let places = check.take("places", places(form));
        let until = check.take("until", until(form.until.as_deref()));
        Some(Self {
            role: role?,
            places: places?,
            until: until?,
        })
    }
}

impl TryFrom<GrantForm> for NewGrant {
    type Error = Problem;

    fn try_from(form: GrantForm) -> Result<Self, Problem> {
        let mut check = Check::default();
        let grant = Self::check(&form, &mut check);
        check.done(grant)
    }
}

/// Nobody is made an owner by a grant.
fn role(text: &str) -> Result<RoleKey, Flaw> {
    match text.parse() {
        Ok(RoleKey::BuiltIn(role)) if role.lives_here() => Err(Flaw::Unknown),
        Ok(role) => Ok(role),
        Err(_) => Err(Flaw::Unknown),
    }
}

fn places(form: &GrantForm) -> Result<Vec<PlaceId>, Flaw> {
    // Somebody who ticked both has not made up their mind; the wider one must not win by chance.
    match (form.everywhere, form.places.len()) {
        (true, 0) => Ok(Vec::new()),
        (true, _) => Err(Flaw::Malformed),
        (false, 0) => Err(Flaw::Required),
        (false, many) if many > MOST_PLACES => Err(Flaw::TooLong),
        (false, _) => form.places.iter().map(|id| PlaceId::parse(id)).collect(),
    }
}

fn until(text: Option<&str>) -> Result<Option<Date>, Flaw> {
    match text.map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| Flaw::Malformed),
    }
}

/// Who stands in for a colleague, as the form says it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandInForm {
    /// The id of a person who works here.
    #[serde(default)]
    pub deputy: String,
    /// The last day of it in the tenant's zone.
    #[serde(default)]
    pub until: String,
}

/// The same, whose every field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StandIn {
    pub deputy: PersonId,
    pub until: Date,
}

impl TryFrom<StandInForm> for StandIn {
    type Error = Problem;

    fn try_from(form: StandInForm) -> Result<Self, Problem> {
        let mut check = Check::default();
        let deputy = form.deputy.parse().map_err(|_| Flaw::Required);
        let deputy = check.take("deputy", deputy);
        let day = until(Some(&form.until)).and_then(|day| day.ok_or(Flaw::Required));
        let until = check.take("until", day);
        check.done(
            deputy
                .zip(until)
                .map(|(deputy, until)| Self { deputy, until }),
        )
    }
}

/// Somebody to be let in as staff, with their first role.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct InviteStaffForm {
    /// As the company calls them.
    pub name: String,
    #[serde(flatten)]
    pub grant: GrantForm,
}

/// The same, whose every field holds.
#[derive(Debug, Clone)]
pub struct InviteStaff {
    pub name: String,
    pub grant: NewGrant,
}

impl TryFrom<InviteStaffForm> for InviteStaff {
    type Error = Problem;

    fn try_from(form: InviteStaffForm) -> Result<Self, Problem> {
        let mut check = Check::default();
        let name = check.take("name", text(&form.name, 1, 60));
        let grant = NewGrant::check(&form.grant, &mut check);
        check.done((|| {
            Some(Self {
                name: name?,
                grant: grant?,
            })
        })())
    }
}

/// What somebody who holds a link sees of an invitation to work here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinInvitation {
    pub company: String,
    /// As the company wrote it.
    pub name: String,
}

/// A grant as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenRole {
    pub id: GrantId,
    pub role: RoleKey,
    /// Of a role that the company made itself.
    pub role_name: Option<String>,
    pub everywhere: bool,
    /// The names of its places, as far as the asker may see them.
    pub places: Vec<String>,
    /// The last day of it.
    #[serde(default, with = "crate::time::maybe")]
    pub until: Option<Date>,
    /// Who gave it; nobody for the founder's.
    pub by: Option<String>,
    /// The colleague whose role it is, where it is only held for them.
    pub stands_in_for: Option<String>,
}

/// A member of staff as lists show them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub person: PersonId,
    pub name: String,
    #[serde(with = "crate::time")]
    pub since: Date,
    pub roles: Vec<GivenRole>,
}

/// A role that a company makes for itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleForm {
    pub name: String,
    /// Words of [`Action`].
    #[serde(default)]
    pub actions: Vec<String>,
}

/// The same, whose every field holds. What its actions need is among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRole {
    pub name: String,
    pub actions: Actions,
}

impl TryFrom<RoleForm> for NewRole {
    type Error = Problem;

    fn try_from(form: RoleForm) -> Result<Self, Problem> {
        let mut check = Check::default();
        let name = check.take("name", text(&form.name, 1, 40));
        let actions = check.take("actions", actions(&form.actions));
        check.done((|| {
            Some(Self {
                name: name?,
                actions: actions?,
            })
        })())
    }
}

fn actions(words: &[String]) -> Result<Actions, Flaw> {
    if words.is_empty() {
        return Err(Flaw::Required);
    }
    let one = |word: &String| {
        Action::of_staff()
            .find(|action| action.as_str() == word)
            .ok_or(Flaw::Unknown)
    };
    let actions: Result<Actions, Flaw> = words.iter().map(one).collect();
    actions.map(Actions::completed)
}

/// A role that can be given, with what it allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleRow {
    pub key: RoleKey,
    /// Of a role that the company made itself.
    pub name: Option<String>,
    pub actions: Vec<Action>,
    /// How many members hold it.
    pub holders: i64,
}

impl RoleRow {
    #[must_use]
    pub const fn own(&self) -> Option<RoleId> {
        match self.key {
            RoleKey::Own(id) => Some(id),
            RoleKey::BuiltIn(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flaws(form: GrantForm) -> Vec<(String, Flaw)> {
        let problem = NewGrant::try_from(form).unwrap_err();
        problem.fields.into_iter().collect()
    }

    #[test]
    fn a_grant_says_where() {
        let role = "repairer".to_owned();
        let nowhere = GrantForm {
            role: role.clone(),
            ..GrantForm::default()
        };
        assert_eq!(flaws(nowhere), [("places".to_owned(), Flaw::Required)]);
        let both = GrantForm {
            role: role.clone(),
            everywhere: true,
            places: vec![EstateId(Uuid::nil()).to_string()],
            ..GrantForm::default()
        };
        assert_eq!(flaws(both), [("places".to_owned(), Flaw::Malformed)]);
        let wrong = GrantForm {
            role: "owner".to_owned(),
            places: vec!["est_1".to_owned()],
            until: Some("tomorrow".to_owned()),
            ..GrantForm::default()
        };
        assert_eq!(
            flaws(wrong),
            [
                ("places".to_owned(), Flaw::Malformed),
                ("role".to_owned(), Flaw::Unknown),
                ("until".to_owned(), Flaw::Malformed)
            ]
        );
    }

    #[test]
    fn a_role_of_ones_own_holds_nothing_of_the_residents() {
        let form = |actions: &[&str]| RoleForm {
            name: "夜班".to_owned(),
            actions: actions.iter().map(|word| (*word).to_owned()).collect(),
        };
        let role = NewRole::try_from(form(&["edit_devices"])).unwrap();
        assert!(role.actions.contains(Action::ViewDevices));
        for wrong in [&["view_home"][..], &["manage_home"], &["everything"], &[]] {
            assert!(NewRole::try_from(form(wrong)).is_err(), "{wrong:?}");
        }
    }
}
