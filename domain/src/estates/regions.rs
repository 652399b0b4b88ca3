//! How a company's estates lie in regions (区域), and an estate's buildings in phases (期).

use serde::{Deserialize, Serialize};

use crate::{
    form::said,
    id::{EstateId, PhaseId, RegionId},
    problem::{Check, Flaw, Problem, text},
};

/// Estates that somebody answers for together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Region {
    pub id: RegionId,
    pub name: String,
    /// How many estates lie in it, as far as the asker sees them.
    pub estates: i64,
}

/// A part of an estate that was built and handed over together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phase {
    pub id: PhaseId,
    pub estate: EstateId,
    pub name: String,
    /// How many buildings stand in it, as far as the asker sees them.
    pub buildings: i64,
}

/// What a region or a phase is to be called.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct NameForm {
    pub name: String,
}

impl NameForm {
    /// The name, trimmed.
    ///
    /// # Errors
    /// `invalid` on `name`.
    pub fn name(&self) -> Result<String, Problem> {
        named(&self.name)
    }
}

/// A phase that is new.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PhaseForm {
    pub estate: EstateId,
    pub name: String,
}

impl PhaseForm {
    /// The name, trimmed.
    ///
    /// # Errors
    /// `invalid` on `name`.
    pub fn name(&self) -> Result<String, Problem> {
        named(&self.name)
    }
}

fn named(name: &str) -> Result<String, Problem> {
    let mut check = Check::default();
    let name = check.take("name", text(name, 1, 40));
    check.done(name)
}

/// What is to change of an estate: what is not there stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EstateChangeForm {
    #[serde(deserialize_with = "said")]
    pub name: Option<String>,
    /// The id of the region that it lies in from now on; blank for none.
    #[serde(deserialize_with = "said")]
    pub region: Option<String>,
}

/// What is to change of a building: what is not there stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BuildingChangeForm {
    #[serde(deserialize_with = "said")]
    pub name: Option<String>,
    /// The id of the phase that it stands in from now on; blank for none.
    #[serde(deserialize_with = "said")]
    pub phase: Option<String>,
}

/// A place's name and the wider place that it lies in, as they are or shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named<Wider> {
    pub name: String,
    pub within: Option<Wider>,
}

impl<Wider: std::str::FromStr + Copy> Named<Wider> {
    /// The same with what a form changes of it: a name of at most `longest` characters, and an id in
    /// the field `wider`.
    ///
    /// # Errors
    /// `invalid` with the flawed fields.
    fn with(
        &self,
        (name, longest): (Option<&str>, usize),
        (wider, id): (&'static str, Option<&str>),
    ) -> Result<Self, Problem> {
        let mut check = Check::default();
        let name = check.take("name", text(name.unwrap_or(&self.name), 1, longest));
        let within = match id.map(str::trim) {
            None => Ok(self.within),
            Some("") => Ok(None),
            Some(id) => id.parse().map(Some).map_err(|_| Flaw::Malformed),
        };
        let within = check.take(wider, within);
        check.done((|| {
            Some(Self {
                name: name?,
                within: within?,
            })
        })())
    }
}

impl Named<RegionId> {
    /// # Errors
    /// `invalid` with the flawed fields.
    pub fn changed_by(&self, form: &EstateChangeForm) -> Result<Self, Problem> {
        self.with(
            (form.name.as_deref(), 80),
            ("region", form.region.as_deref()),
        )
    }
}

impl Named<PhaseId> {
    /// # Errors
    /// `invalid` with the flawed fields.
    pub fn changed_by(&self, form: &BuildingChangeForm) -> Result<Self, Problem> {
        self.with((form.name.as_deref(), 40), ("phase", form.phase.as_deref()))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn what_is_not_said_stays() {
        let here = RegionId(Uuid::from_u128(1));
        let there = RegionId(Uuid::from_u128(2));
        let before = Named {
            name: "阳光花园".to_owned(),
            within: Some(here),
        };
        let after = |name: Option<&str>, region: Option<String>| {
            before.changed_by(&EstateChangeForm {
                name: name.map(str::to_owned),
                region,
            })
        };
        assert_eq!(after(None, None).unwrap(), before);
        let renamed = after(Some(" 阳光新城 "), None).unwrap();
        assert_eq!(
            (renamed.name.as_str(), renamed.within),
            ("阳光新城", Some(here))
        );
        assert_eq!(
            after(None, Some(there.to_string())).unwrap().within,
            Some(there)
        );
        assert_eq!(after(None, Some(" ".into())).unwrap().within, None);
        let flaws = after(Some(""), Some("est_1".into())).unwrap_err().fields;
        let flaws: Vec<_> = flaws.into_iter().collect();
        assert_eq!(
            flaws,
            [
                ("name".to_owned(), Flaw::Required),
                ("region".to_owned(), Flaw::Malformed)
            ]
        );
    }
}
