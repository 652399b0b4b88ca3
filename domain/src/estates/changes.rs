//! What the register says of a unit, and changing it.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Area, Occupancy, Unit, UnitUse};
use crate::{
    form::said,
    problem::{Check, Flaw, Problem, text},
};

/// The floors that a building may have, below ground and above.
const FLOORS: std::ops::RangeInclusive<i16> = -20..=200;

/// What is to change: what is not there stays as it is, and what is blank is emptied.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UnitChangeForm {
    /// The door's code.
    #[serde(deserialize_with = "said")]
    pub unit: Option<String>,
    #[serde(deserialize_with = "said")]
    pub floor_label: Option<String>,
    #[serde(deserialize_with = "said")]
    pub true_floor: Option<String>,
    /// Square metres with at most two decimals, as typed.
    #[serde(deserialize_with = "said")]
    pub area_m2: Option<String>,
    #[serde(deserialize_with = "said")]
    pub inner_area_m2: Option<String>,
    #[serde(rename = "use", deserialize_with = "said")]
    pub use_: Option<String>,
    #[serde(deserialize_with = "said")]
    pub occupancy: Option<String>,
    /// `2026-11-28`.
    #[serde(deserialize_with = "said")]
    pub fee_start: Option<String>,
}

/// What the register says of a unit, apart from where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitFacts {
    pub unit: String,
    pub floor_label: Option<String>,
    pub true_floor: Option<i16>,
    pub area: Option<Area>,
    pub inner_area: Option<Area>,
    pub use_: UnitUse,
    pub occupancy: Option<Occupancy>,
    pub fee_start: Option<Date>,
}

impl From<&Unit> for UnitFacts {
    fn from(unit: &Unit) -> Self {
        Self {
            unit: unit.unit.clone(),
            floor_label: unit.floor_label.clone(),
            true_floor: unit.true_floor,
            area: unit.area,
            inner_area: unit.inner_area,
            use_: unit.use_,
            occupancy: unit.occupancy,
            fee_start: unit.fee_start,
        }
    }
}

/// What was given, else what was there; blank is nothing.
fn given<T>(
    typed: Option<&str>,
    before: Option<T>,
    read: impl FnOnce(&str) -> Result<T, Flaw>,
) -> Result<Option<T>, Flaw> {
    match typed.map(str::trim) {
        None => Ok(before),
        Some("") => Ok(None),
        Some(typed) => read(typed).map(Some),
    }
}

fn floor(typed: &str) -> Result<i16, Flaw> {
    let number: i16 = typed.parse().map_err(|_| Flaw::Malformed)?;
    if FLOORS.contains(&number) {
        Ok(number)
    } else {
        Err(Flaw::OutOfRange)
    }
}

fn day(typed: &str) -> Result<Date, Flaw> {
    let day: Date = typed.parse().map_err(|_| Flaw::Malformed)?;
    // Nobody owes fees for a time before there were any, and a year of five digits is a slip.
    if (1950..=2200).contains(&day.year()) {
        Ok(day)
    } else {
        Err(Flaw::OutOfRange)
    }
}

impl UnitFacts {
    /// These facts with what a form changes of them.
    ///
    /// # Errors
    /// `invalid` with every flawed field; an inner area that is larger than the gross one is
    /// `out_of_range`, but for a pair that was there before.
    pub fn with(&self, form: &UnitChangeForm) -> Result<Self, Problem> {
        let mut check = Check::default();
        let unit = form.unit.as_deref().unwrap_or(&self.unit);
        let unit = check.take("unit", text(unit, 1, 20));
        let label = given(
            form.floor_label.as_deref(),
            self.floor_label.clone(),
            |typed| text(typed, 1, 20),
        );
        let floor_label = check.take("floor_label", label);
        let true_floor = given(form.true_floor.as_deref(), self.true_floor, floor);
        let true_floor = check.take("true_floor", true_floor);
        let area = given(form.area_m2.as_deref(), self.area, Area::parse);
        let area = check.take("area_m2", area);
        let inner_area = given(form.inner_area_m2.as_deref(), self.inner_area, Area::parse);
        let inner_area = check.take("inner_area_m2", inner_area);
        let use_ = match form.use_.as_deref().map(str::trim) {
            None => Ok(self.use_),
            Some("") => Err(Flaw::Required),
            Some(word) => UnitUse::parse(word).ok_or(Flaw::Unknown),
        };
        let use_ = check.take("use", use_);
        let occupancy = given(form.occupancy.as_deref(), self.occupancy, |word| {
            Occupancy::parse(word).ok_or(Flaw::Unknown)
        });
        let occupancy = check.take("occupancy", occupancy);
        let fee_start = given(form.fee_start.as_deref(), self.fee_start, day);
        let fee_start = check.take("fee_start", fee_start);

        if let (Some(Some(area)), Some(Some(inner))) = (area, inner_area)
            && inner > area
            && (self.area, self.inner_area) != (Some(area), Some(inner))
        {
            check.take::<()>("inner_area_m2", Err(Flaw::OutOfRange));
        }
        let whole = (|| {
            Some(Self {
                unit: unit?,
                floor_label: floor_label?,
                true_floor: true_floor?,
                area: area?,
                inner_area: inner_area?,
                use_: use_?,
                occupancy: occupancy?,
                fee_start: fee_start?,
            })
        })();
        check.done(whole)
    }

    /// Each field by its name, with whether it differs.
    #[must_use]
    pub fn changed(&self, before: &Self) -> [(&'static str, bool); 8] {
        [
            ("unit", self.unit != before.unit),
            ("floor_label", self.floor_label != before.floor_label),
            ("true_floor", self.true_floor != before.true_floor),
            ("area_m2", self.area != before.area),
            ("inner_area_m2", self.inner_area != before.inner_area),
            ("use", self.use_ != before.use_),
            ("occupancy", self.occupancy != before.occupancy),
            ("fee_start", self.fee_start != before.fee_start),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> UnitFacts {
        UnitFacts {
            unit: "3A01".to_owned(),
            floor_label: Some("3A".to_owned()),
            true_floor: Some(4),
            area: Some(Area(8_937)),
            inner_area: None,
            use_: UnitUse::Home,
            occupancy: None,
            fee_start: None,
        }
    }

    #[test]
    fn what_is_not_there_stays_and_what_is_blank_goes() {
        let same = facts().with(&UnitChangeForm::default()).unwrap();
        assert_eq!(same, facts());
        assert!(same.changed(&facts()).iter().all(|(_, changed)| !changed));
        let form = UnitChangeForm {
            floor_label: Some(" ".to_owned()),
            true_floor: Some("-1".to_owned()),
            inner_area_m2: Some("71.5".to_owned()),
            occupancy: Some("lived_in".to_owned()),
            fee_start: Some("2026-12-01".to_owned()),
            ..UnitChangeForm::default()
        };
        let after = facts().with(&form).unwrap();
        assert_eq!(
            (after.floor_label.as_deref(), after.true_floor),
            (None, Some(-1))
        );
        assert_eq!(after.inner_area, Some(Area(7_150)));
        assert_eq!(after.occupancy, Some(Occupancy::LivedIn));
        assert_eq!(after.fee_start, Some(Date::constant(2026, 12, 1)));
        let names = after.changed(&facts()).into_iter().filter(|(_, c)| *c);
        assert_eq!(
            names.map(|(name, _)| name).collect::<Vec<_>>(),
            [
                "floor_label",
                "true_floor",
                "inner_area_m2",
                "occupancy",
                "fee_start"
            ]
        );
    }

    #[test]
    fn all_flaws_at_once() {
        let form = UnitChangeForm {
            unit: Some(String::new()),
            floor_label: Some("层".repeat(21)),
            true_floor: Some("900".to_owned()),
            area_m2: Some("-1".to_owned()),
            inner_area_m2: Some("0".to_owned()),
            use_: Some(String::new()),
            occupancy: Some("gone".to_owned()),
            fee_start: Some("12026-01-01".to_owned()),
        };
        let problem = facts().with(&form).unwrap_err();
        assert_eq!(problem.fields.len(), 8, "{problem}");
        let early = UnitChangeForm {
            fee_start: Some("0026-01-01".to_owned()),
            ..UnitChangeForm::default()
        };
        let problem = facts().with(&early).unwrap_err();
        assert_eq!(problem.fields["fee_start"], Flaw::OutOfRange);
    }

    #[test]
    fn the_inner_area_fits_into_the_gross_one() {
        let inner = |typed: &str| UnitChangeForm {
            inner_area_m2: Some(typed.to_owned()),
            ..UnitChangeForm::default()
        };
        facts().with(&inner("89.37")).unwrap();
        let problem = facts().with(&inner("89.38")).unwrap_err();
        assert_eq!(problem.fields["inner_area_m2"], Flaw::OutOfRange);
        // What an old roster said wrongly does not keep the rest from being changed.
        let wrong = UnitFacts {
            inner_area: Some(Area(9_000)),
            ..facts()
        };
        let form = UnitChangeForm {
            occupancy: Some("let".to_owned()),
            ..UnitChangeForm::default()
        };
        assert_eq!(wrong.with(&form).unwrap().occupancy, Some(Occupancy::Let));
    }
}
