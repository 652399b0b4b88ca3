//! Homes over time: a sale (过户), and the people who share a home.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Relation;
use crate::{
    id::{HouseholdId, ResidentId, UnitId},
    identity::Phone,
    problem::{Check, Flaw, Problem, text},
};

/// The most owners that one household can have.
pub const MOST_OWNERS: usize = 20;

/// A part of a home's title in 1/10000, so that `33.33%` is kept as it stands in the deed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Share(pub i32);

impl Share {
    pub const WHOLE: Self = Self(10_000);

    /// Reads a percentage: `50`, `33.33`, `33.33%`.
    ///
    /// # Errors
    /// `malformed`, or `out_of_range` outside 0.01 to 100.
    pub fn parse(raw: &str) -> Result<Self, Flaw> {
        let compact = raw.trim().trim_end_matches(['%', '％']).trim_end();
        let (whole, part) = compact.split_once('.').unwrap_or((compact, ""));
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(part) || part.len() > 2 {
            return Err(Flaw::Malformed);
        }
        let all = format!("{whole}{part:0<2}").parse();
        match all {
            Ok(parts @ 1..=10_000) => Ok(Self(parts)),
            _ => Err(Flaw::OutOfRange),
        }
    }
}

impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.0 / 100, self.0 % 100) {
            (whole, 0) => write!(f, "{whole}%"),
            (whole, part) => write!(f, "{whole}.{part:02}%"),
        }
    }
}

/// A buyer, as a form says it.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct OwnerForm {
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub phone: String,
    /// A percentage, empty where the deed names no shares.
    #[serde(default)]
    pub share: String,
    /// Whether it is a company.
    #[serde(default)]
    pub company: bool,
    /// Who acts for the company.
    #[serde(default)]
    pub agent: String,
}

impl OwnerForm {
    fn is_blank(&self) -> bool {
        let texts = [&self.name, &self.phone, &self.share, &self.agent];
        texts.iter().all(|text| text.trim().is_empty())
    }
}

impl std::fmt::Debug for OwnerForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OwnerForm(…)")
    }
}

/// A buyer whose every field holds.
#[derive(Debug, Clone)]
pub struct NewOwner {
    pub name: String,
    pub phone: Option<Phone>,
    pub share: Option<Share>,
    pub company: bool,
    /// Only of a company.
    pub agent: Option<String>,
}

impl NewOwner {
    fn check(form: &OwnerForm, place: usize, check: &mut Check) -> Option<Self> {
        let field = |name: &str| format!("owners[{place}][{name}]");
        let filled = |raw: &String| Some(raw.clone()).filter(|raw| !raw.trim().is_empty());
        let name = check.take(&field("name"), text(&form.name, 1, 60));
        let phone = filled(&form.phone).map(|raw| Phone::parse(&raw));
        let phone = check.take(&field("phone"), phone.transpose());
        let share = filled(&form.share).map(|raw| Share::parse(&raw));
        let share = check.take(&field("share"), share.transpose());
        let agent = match (form.company, filled(&form.agent)) {
            (true, agent) => text(&agent.unwrap_or_default(), 1, 60).map(Some),
            (false, None) => Ok(None),
            // Somebody who acts for a person who was not said to be a company.
            (false, Some(_)) => Err(Flaw::Malformed),
        };
        let agent = check.take(&field("agent"), agent);
        Some(Self {
            name: name?,
            phone: phone?,
            share: share?,
            company: form.company,
            agent: agent?,
        })
    }
}

/// A sale, as a form says it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TransferForm {
    pub unit: UnitId,
    /// Who leaves: the household that the form was made for.
    pub household: HouseholdId,
    /// The day of it in the tenant's zone, `2026-11-25`.
    pub on: String,
    #[serde(default)]
    pub owners: Vec<OwnerForm>,
}

/// A sale whose every field holds.
#[derive(Debug, Clone)]
pub struct Transfer {
    pub unit: UnitId,
    pub household: HouseholdId,
    pub on: Date,
    pub owners: Vec<NewOwner>,
}

impl TryFrom<TransferForm> for Transfer {
    type Error = Problem;

    fn try_from(form: TransferForm) -> Result<Self, Problem> {
        let mut check = Check::default();
        let on = match form.on.trim() {
            "" => Err(Flaw::Required),
            text => text.parse().map_err(|_| Flaw::Malformed),
        };
        let on = check.take("on", on);
        // A form has more lines than most homes have owners.
        let filled = form.owners.iter().enumerate();
        let filled = filled.filter(|(place, owner)| *place == 0 || !owner.is_blank());
        let owners: Vec<Option<NewOwner>> = filled
            .map(|(place, owner)| NewOwner::check(owner, place, &mut check))
            .collect();
        let owners: Option<Vec<NewOwner>> = owners.into_iter().collect();
        let number = match owners.as_ref().map(Vec::len) {
            Some(0) => Err(Flaw::Required),
            Some(many) if many > MOST_OWNERS => Err(Flaw::TooLong),
            _ => Ok(()),
        };
        let number = check.take("owners[0][name]", number);
        let shares = owners.as_deref().map_or(Ok(()), shares_add_up);
        let shares = check.take("owners[0][share]", shares);
        let whole = (|| {
            number?;
            shares?;
            Some(Self {
                unit: form.unit,
                household: form.household,
                on: on?,
                owners: owners?,
            })
        })();
        check.done(whole)
    }
}

/// Shares are named for all owners or for none, and make a whole.
fn shares_add_up(owners: &[NewOwner]) -> Result<(), Flaw> {
    let shares: Vec<i32> = owners
        .iter()
        .filter_map(|owner| owner.share.map(|share| share.0))
        .collect();
    let whole = shares.len() == owners.len() && shares.iter().sum::<i32>() == Share::WHOLE.0;
    if shares.is_empty() || whole {
        Ok(())
    } else {
        Err(Flaw::OutOfRange)
    }
}

/// A household of a unit that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastHousehold {
    pub id: HouseholdId,
    /// Its owners, joined by `、`.
    pub owners: String,
    #[serde(with = "crate::time")]
    pub from: Date,
    #[serde(with = "crate::time")]
    pub to: Date,
}

/// Whether somebody of a home has come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    Joined,
    /// A link is out that still opens.
    Invited,
    /// Neither.
    Away,
}

/// Somebody of a home, as its owner sees them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sharer {
    pub id: ResidentId,
    pub name: String,
    pub relation: Relation,
    /// The last day of a lease.
    #[serde(default, with = "crate::time::maybe")]
    pub until: Option<Date>,
    pub sees_meters: bool,
    pub presence: Presence,
    /// Whether it is the one who asks.
    pub you: bool,
}

/// Who shares a home.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HomePeople {
    pub household: HouseholdId,
    /// Whether the asker owns it, and so lets people in and out. Others see themselves only.
    pub manages: bool,
    pub people: Vec<Sharer>,
}

/// Somebody to share a home with, as a form says it.
#[derive(Clone, Serialize, Deserialize)]
pub struct ShareForm {
    pub household: HouseholdId,
    pub name: String,
    pub relation: String,
    /// The last day of a lease in the tenant's zone; of a renter only.
    #[serde(default)]
    pub until: String,
    /// Whether a renter reads the meters. Family always does.
    #[serde(default)]
    pub sees_meters: bool,
}

impl std::fmt::Debug for ShareForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ShareForm")
            .field("household", &self.household)
            .finish_non_exhaustive()
    }
}

/// Somebody to share a home with.
#[derive(Debug, Clone)]
pub struct NewSharer {
    pub household: HouseholdId,
    pub name: String,
    pub relation: Relation,
    /// There for a renter, and for nobody else.
    pub until: Option<Date>,
    pub sees_meters: bool,
}

impl TryFrom<ShareForm> for NewSharer {
    type Error = Problem;

    fn try_from(form: ShareForm) -> Result<Self, Problem> {
        let mut check = Check::default();
        let name = check.take("name", text(&form.name, 1, 60));
        let relation = match Relation::parse(&form.relation) {
            // An owner is one by the deed, and staff write it down.
            None | Some(Relation::Owner) => Err(Flaw::Unknown),
            Some(relation) => Ok(relation),
        };
        let relation = check.take("relation", relation);
        let renter = relation == Some(Relation::Renter);
        let until = match form.until.trim() {
            _ if !renter => Ok(None),
            "" => Err(Flaw::Required),
            text => text.parse().map(Some).map_err(|_| Flaw::Malformed),
        };
        let until = check.take("until", until);
        let whole = (|| {
            Some(Self {
                household: form.household,
                name: name?,
                relation: relation?,
                until: until?,
                sees_meters: form.sees_meters || !renter,
            })
        })();
        check.done(whole)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn owner(name: &str, share: &str) -> OwnerForm {
        OwnerForm {
            name: name.to_owned(),
            share: share.to_owned(),
            ..OwnerForm::default()
        }
    }

    fn sale(owners: Vec<OwnerForm>) -> Result<Transfer, Problem> {
        Transfer::try_from(TransferForm {
            unit: UnitId(Uuid::nil()),
            household: HouseholdId(Uuid::nil()),
            on: "2026-11-25".to_owned(),
            owners,
        })
    }

    #[test]
    fn shares_keep_every_digit() {
        for (raw, parts) in [
            ("50", 5000),
            ("33.33%", 3333),
            ("0.5％", 50),
            ("100", 10_000),
        ] {
            assert_eq!(Share::parse(raw), Ok(Share(parts)), "{raw}");
        }
        for raw in ["", "0", "100.01", "-5", "1/2", "33.333"] {
            assert!(Share::parse(raw).is_err(), "{raw}");
        }
        assert_eq!(Share(3333).to_string(), "33.33%");
        assert_eq!(Share(5000).to_string(), "50%");
    }

    #[test]
    fn a_sale_names_its_owners() {
        let couple = sale(vec![owner("王", "50"), owner("李", "50"), owner("", "")]);
        assert_eq!(couple.unwrap().owners.len(), 2);
        assert!(sale(vec![owner("王", "")]).is_ok());
        for (owners, field) in [
            (vec![], "owners[0][name]"),
            (vec![owner("", "")], "owners[0][name]"),
            (vec![owner("王", "50")], "owners[0][share]"),
            (vec![owner("王", "50"), owner("李", "")], "owners[0][share]"),
            (vec![owner("王", "60"), owner("", "40")], "owners[1][name]"),
        ] {
            let problem = sale(owners).unwrap_err();
            assert!(problem.fields.contains_key(field), "{problem} {field}");
        }
        let company = OwnerForm {
            company: true,
            ..owner("某公司", "")
        };
        let problem = sale(vec![company]).unwrap_err();
        assert_eq!(problem.fields["owners[0][agent]"], Flaw::Required);
    }

    #[test]
    fn a_renter_has_a_last_day() {
        let form = |relation: &str, until: &str| ShareForm {
            household: HouseholdId(Uuid::nil()),
            name: "小赵".to_owned(),
            relation: relation.to_owned(),
            until: until.to_owned(),
            sees_meters: false,
        };
        let family = NewSharer::try_from(form("family", "2027-01-31")).unwrap();
        assert_eq!((family.until, family.sees_meters), (None, true));
        let renter = NewSharer::try_from(form("renter", "2027-01-31")).unwrap();
        assert!(renter.until.is_some() && !renter.sees_meters);
        let problem = NewSharer::try_from(form("renter", "")).unwrap_err();
        assert_eq!(problem.fields["until"], Flaw::Required);
        let problem = NewSharer::try_from(form("owner", "")).unwrap_err();
        assert_eq!(problem.fields["relation"], Flaw::Unknown);
    }
}
