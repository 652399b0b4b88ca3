//! Changing a device: its name, where it is, where it is asked, and whether it is in use.

use serde::{Deserialize, Serialize};

use super::modbus::ModbusChange;
use crate::{
    form::said,
    id::UnitId,
    problem::{Check, Flaw, Problem, text},
};

/// What is to change; what is not there stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeviceChangeForm {
    #[serde(deserialize_with = "said")]
    pub name: Option<String>,
    /// The unit's id, or its address as lists show it (`3号楼 2单元 1202`); blank for the estate's own.
    #[serde(deserialize_with = "said")]
    pub unit: Option<String>,
    /// `true` or `false`.
    #[serde(deserialize_with = "said")]
    pub retired: Option<String>,
    pub transport: Option<TransportChange>,
}

/// How a device is spoken with from now on. One that speaks by itself has nothing to change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransportChange {
    Modbus(ModbusChange),
}

/// Where a device is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whereto {
    Estate,
    Unit(UnitId),
    /// A unit of the device's own estate, by its address.
    Address(String),
}

/// A checked [`DeviceChangeForm`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceChange {
    pub name: Option<String>,
    pub to: Option<Whereto>,
    pub retired: Option<bool>,
    /// Checked once it is known how the device is asked now.
    pub transport: Option<TransportChange>,
}

impl TryFrom<DeviceChangeForm> for DeviceChange {
    type Error = Problem;

    fn try_from(form: DeviceChangeForm) -> Result<Self, Problem> {
        let mut check = Check::default();
        let name = form.name.map(|name| text(&name, 1, 80)).transpose();
        let name = check.take("name", name);
        let to = form.unit.map(|unit| whereto(&unit)).transpose();
        let to = check.take("unit", to);
        let retired = match form.retired.as_deref().map(str::trim) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(Flaw::Malformed),
        };
        let retired = check.take("retired", retired);
        let whole = (|| {
            Some(Self {
                name: name?,
                to: to?,
                retired: retired?,
                transport: form.transport,
            })
        })();
        check.done(whole)
    }
}

fn whereto(typed: &str) -> Result<Whereto, Flaw> {
    let typed = text(typed, 0, 200)?;
    if typed.is_empty() {
        return Ok(Whereto::Estate);
    }
    if let Ok(unit) = typed.parse() {
        return Ok(Whereto::Unit(unit));
    }
    // However many spaces somebody put between its parts.
    let parts: Vec<_> = typed.split_whitespace().collect();
    Ok(Whereto::Address(parts.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(unit: &str) -> Whereto {
        let form = DeviceChangeForm {
            unit: Some(unit.to_owned()),
            ..DeviceChangeForm::default()
        };
        DeviceChange::try_from(form).unwrap().to.unwrap()
    }

    #[test]
    fn a_unit_is_an_id_or_an_address_or_none() {
        let id = UnitId(uuid::Uuid::from_u128(7));
        assert_eq!(to(" "), Whereto::Estate);
        assert_eq!(to(&id.to_string()), Whereto::Unit(id));
        let address = Whereto::Address("3号楼 2单元 101".to_owned());
        assert_eq!(to(" 3号楼  2单元　101 "), address);
    }

    #[test]
    fn what_is_not_there_stays_and_flaws_are_named() {
        let none = DeviceChange::try_from(DeviceChangeForm::default()).unwrap();
        assert_eq!((none.name, none.to, none.retired), (None, None, None));
        let bad = DeviceChangeForm {
            name: Some(" ".to_owned()),
            unit: Some("x".repeat(201)),
            retired: Some("perhaps".to_owned()),
            transport: None,
        };
        let problem = DeviceChange::try_from(bad).unwrap_err();
        assert_eq!(problem.fields.len(), 3, "{problem}");
    }
}
