//! What a list of units is asked for, as its page's address has it.

use domain::{
    BuildingId,
    columns::Sort,
    estates::{Occupancy, UnitSort, UnitUse},
};
use serde::{Deserialize, Serialize};

use crate::columns::SHOW;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UnitAsk {
    pub building: Option<BuildingId>,
    /// The start of a door code.
    pub code: String,
    /// An [`Occupancy`]; blank for any, like the rest.
    pub state: String,
    #[serde(rename = "use")]
    pub use_: String,
    pub sort: String,
    pub show: String,
    pub cursor: String,
}

impl UnitAsk {
    /// Reads an address. What it says that is none of ours is as if it were not said: links grow old.
    #[must_use]
    pub fn of(get: impl Fn(&str) -> Option<String>) -> Self {
        let text = |name: &str| get(name).unwrap_or_default();
        let known = |name: &str, known: fn(&str) -> bool| {
            Some(text(name))
                .filter(|word| known(word))
                .unwrap_or_default()
        };
        Self {
            building: text("building").parse().ok(),
            code: text("code").trim().to_owned(),
            state: known("state", |word| Occupancy::parse(word).is_some()),
            use_: known("use", |word| UnitUse::parse(word).is_some()),
            sort: known("sort", |word| Sort::<UnitSort>::parse(word).is_some()),
            show: text(SHOW),
            cursor: text("cursor"),
        }
    }

    /// As it stands in an address, and in the forms that keep it there.
    #[must_use]
    pub fn parts(&self) -> Vec<(&'static str, String)> {
        let building = self.building.map(|id| id.to_string());
        let parts = [
            ("building", building.unwrap_or_default()),
            ("code", self.code.clone()),
            ("state", self.state.clone()),
            ("use", self.use_.clone()),
            ("sort", self.sort.clone()),
            (SHOW, self.show.clone()),
            ("cursor", self.cursor.clone()),
        ];
        let said = |(_, value): &(&str, String)| !value.is_empty();
        parts.into_iter().filter(said).collect()
    }

    /// The same from its first page.
    #[must_use]
    pub fn first(&self) -> Self {
        Self {
            cursor: String::new(),
            ..self.clone()
        }
    }

    /// Whether some units may be left out.
    #[must_use]
    pub fn narrows(&self) -> bool {
        let filters = Self {
            sort: String::new(),
            show: String::new(),
            ..self.clone()
        };
        filters != Self::default()
    }

    /// By which head the list is sorted.
    #[must_use]
    pub fn sorted(&self) -> Sort<UnitSort> {
        Sort::parse(&self.sort).unwrap_or(Sort::up(UnitSort::Address))
    }

    /// # Errors
    /// `invalid` with `state`, `use` or `sort` where a word is none of ours.
    #[cfg(feature = "ssr")]
    pub fn filter(
        &self,
        estate: domain::EstateId,
    ) -> Result<domain::estates::UnitFilter, domain::Problem> {
        use domain::problem::{Check, Flaw};

        fn word<T>(text: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Flaw> {
            let text = Some(text).filter(|text| !text.is_empty());
            text.map(|text| parse(text).ok_or(Flaw::Unknown))
                .transpose()
        }
        let mut check = Check::default();
        let state = check.take("state", word(&self.state, Occupancy::parse));
        let use_ = check.take("use", word(&self.use_, UnitUse::parse));
        let sort = check.take("sort", Sort::read(Some(&self.sort)));
        let code = Some(self.code.trim()).filter(|code| !code.is_empty());
        let whole = (|| {
            Some(domain::estates::UnitFilter {
                estate: Some(estate),
                building: self.building,
                code: code.map(str::to_owned),
                use_: use_?,
                state: state?,
                sort: sort?,
            })
        })();
        check.done(whole)
    }

    /// The columns that it asks for, where it asks for any.
    #[must_use]
    pub fn show(&self) -> Option<&str> {
        Some(&*self.show).filter(|words| !words.is_empty())
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use domain::{Code, Problem, problem::Flaw};

    use super::*;

    fn of(query: &[(&str, &str)]) -> UnitAsk {
        let get = |name: &str| query.iter().find(|(key, _)| *key == name);
        UnitAsk::of(|name| get(name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn an_address_comes_out_as_it_went_in() {
        let parts = [
            ("code", "12"),
            ("state", "let"),
            ("use", "home"),
            ("sort", "-area"),
            ("show", "area,owners"),
        ];
        let out = of(&parts).parts();
        assert_eq!(out, parts.map(|(name, value)| (name, value.to_owned())));
    }

    #[test]
    fn an_old_link_falls_back_and_a_call_is_told() {
        let odd = [("sort", "colour"), ("state", "x"), ("use", "castle")];
        assert_eq!(of(&odd), UnitAsk::default());
        let ask = UnitAsk {
            sort: "colour".to_owned(),
            ..UnitAsk::default()
        };
        let estate = "est_01JA0000000000000000000000".parse().unwrap();
        let told = Problem::field(Code::Invalid, "sort", Flaw::Unknown);
        assert_eq!(ask.filter(estate).unwrap_err(), told);
    }
}
