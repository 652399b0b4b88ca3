//! From the form of a device to one that can be registered.

use super::{
    DeviceForm, DeviceKey, MAX_POINTS, NewDevice, NewPoint, Transport, TransportForm, ValidRange,
    is_point_name,
    modbus::{self, Modbus},
    models::{self, DeviceModel},
    register_map::RegisterMap,
};
use crate::problem::{Check, Flaw, Problem, text};

impl DeviceForm {
    fn named_model(&self) -> Option<&str> {
        let map = match &self.transport {
            TransportForm::Modbus(modbus) => modbus.map.as_str(),
            TransportForm::Mqtt {} | TransportForm::Http {} => None,
        };
        let said = |id: &&str| !id.trim().is_empty();
        let named = self.model.as_deref().filter(said).or(map.filter(said));
        named.map(str::trim)
    }

    /// The company's own model that it names: whoever can looks it up, for [`NewDevice::of`].
    #[must_use]
    pub fn own_model(&self) -> Option<&str> {
        let named = self.named_model();
        named.filter(|id| RegisterMap::known(id).is_none())
    }
}

impl TryFrom<DeviceForm> for NewDevice {
    type Error = Problem;

    fn try_from(form: DeviceForm) -> Result<Self, Problem> {
        Self::of(form, None)
    }
}

impl NewDevice {
    /// Checks a form. `own` is the company's own model that it names, where there is such a one.
    ///
    /// # Errors
    /// `invalid` with every flaw under its field: a model that nobody knows is `unknown`, a `kind` that
    /// is not the model's `ambiguous`, and so is a `model` beside another map.
    pub fn of(form: DeviceForm, own: Option<&DeviceModel>) -> Result<Self, Problem> {
        let mut check = Check::default();
        let own = own.filter(|own| form.own_model() == Some(own.id.as_str()));
        let known = form.named_model().and_then(RegisterMap::known);
        let said = form.model.as_deref().map(str::trim);
        let said = said.filter(|id| !id.is_empty()).map(str::to_owned);
        if said.is_some() && own.is_none() && known.is_none() {
            check.take("model", Err::<(), _>(Flaw::Unknown));
        }
        if own.is_some_and(|own| own.kind != form.kind) {
            check.take("kind", Err::<(), _>(Flaw::Ambiguous));
        }
        let blank = |raw: Option<String>| raw.filter(|raw| !raw.trim().is_empty());
        let name = check.take("name", text(&form.name, 1, 80));
        let key = check.take(
            "key",
            blank(form.key)
                .map(|raw| DeviceKey::parse(&raw))
                .transpose(),
        );
        let place = check.take(
            "place",
            blank(form.place).map(|raw| text(&raw, 1, 80)).transpose(),
        );
        let mut points = own.map_or_else(|| form.kind.points(), DeviceModel::all_points);
        let speaks = known.filter(|_| !matches!(form.transport, TransportForm::Modbus(_)));
        if let Some(map) = speaks {
            models::join(&mut points, map, "model", &mut check);
        }
        let transport = match form.transport {
            TransportForm::Mqtt {} => Some(Transport::Mqtt {}),
            TransportForm::Http {} => Some(Transport::Http {}),
            TransportForm::Modbus(mut modbus) => {
                if let Some(said) = said {
                    let named = [serde_json::Value::Null, said.into()];
                    if !named.contains(&modbus.map) {
                        check.take("model", Err::<(), _>(Flaw::Ambiguous));
                    }
                    let [_, said] = named;
                    modbus.map = said;
                }
                Modbus::take(modbus, own, &mut check).map(|(modbus, map)| {
                    if own.is_none() {
                        models::join(&mut points, &map, modbus::MAP, &mut check);
                    }
                    Transport::Modbus(modbus)
                })
            }
        };
        let points = check.take("points", all_points(points, form.points));
        let whole = (|| {
            Some(Self {
                name: name?,
                key: key?,
                kind: form.kind,
                estate: form.estate,
                unit: form.unit,
                place: place?,
                transport: transport?,
                gateway: form.gateway,
                model: own.map(|own| own.id.clone()),
                points: points?,
            })
        })();
        check.done(whole)
    }
}

/// A point that the kind, the model or the map has already may be said once more, as long as it is the
/// same: people list what they read.
fn all_points(own: Vec<NewPoint>, more: Vec<NewPoint>) -> Result<Vec<NewPoint>, Flaw> {
    let mut points = own;
    let given = points.len();
    for point in more {
        if !is_point_name(&point.name) {
            return Err(Flaw::Malformed);
        }
        let unit = text(&point.unit, 0, 16)?;
        point
            .range
            .check(point.value_type)
            .map_err(|(_, flaw)| flaw)?;
        let point = NewPoint { unit, ..point };
        match points.iter().position(|known| known.name == point.name) {
            None => points.push(point),
            Some(at) => {
                let known = points.get_mut(..given).and_then(|given| given.get_mut(at));
                said_again(known.ok_or(Flaw::Taken)?, point)?;
            }
        }
    }
    match points.len() {
        0 => Err(Flaw::Required),
        n if n > MAX_POINTS => Err(Flaw::TooLong),
        _ => Ok(points),
    }
}

/// What only the second says of it, both say.
fn said_again(known: &mut NewPoint, point: NewPoint) -> Result<(), Flaw> {
    let silent = point.unit.is_empty() || known.unit.is_empty();
    if known.value_type != point.value_type
        || !silent && models::plain(&known.unit) != models::plain(&point.unit)
    {
        return Err(Flaw::Taken);
    }
    if known.unit.is_empty() {
        known.unit = point.unit;
    }
    if point.range != ValidRange::default() {
        known.range = point.range;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::devices::{DeviceKind, ValueType};

    #[test]
    fn points_of_kinds_and_more() {
        let more = |name: &str| {
            vec![NewPoint {
                name: name.into(),
                unit: String::new(),
                value_type: ValueType::Number,
                range: ValidRange::default(),
            }]
        };
        assert_eq!(
            all_points(DeviceKind::WaterMeter.points(), more("flow"))
                .unwrap()
                .len(),
            2
        );
        assert_eq!(
            all_points(DeviceKind::WaterMeter.points(), more("volume_m3")),
            Ok(DeviceKind::WaterMeter.points()),
            "said again, it is the same one"
        );
        let other = |unit: &str, value_type| {
            vec![NewPoint {
                name: "volume_m3".into(),
                unit: unit.into(),
                value_type,
                range: ValidRange::default(),
            }]
        };
        for more in [other("", ValueType::Text), other("L", ValueType::Number)] {
            let all = all_points(DeviceKind::WaterMeter.points(), more);
            assert_eq!(all, Err(Flaw::Taken), "another one");
        }
        let twice = [more("flow"), more("flow")].concat();
        let all = all_points(DeviceKind::WaterMeter.points(), twice);
        assert_eq!(all, Err(Flaw::Taken), "one that is made here is made once");
        assert_eq!(
            all_points(DeviceKind::Sensor.points(), vec![]),
            Err(Flaw::Required)
        );
        assert_eq!(
            all_points(DeviceKind::Sensor.points(), more("not-so")),
            Err(Flaw::Malformed)
        );
    }
}
