//! From the form of a device to one that can be registered.

use super::{
    DeviceForm, DeviceKey, MAX_POINTS, NewDevice, NewPoint, Transport, TransportForm,
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

fn all_points(own: Vec<NewPoint>, more: Vec<NewPoint>) -> Result<Vec<NewPoint>, Flaw> {
    let mut points = own;
    for point in more {
        if !is_point_name(&point.name) {
            return Err(Flaw::Malformed);
        }
        if points.iter().any(|known| known.name == point.name) {
            return Err(Flaw::Taken);
        }
        let unit = text(&point.unit, 0, 16)?;
        point
            .range
            .check(point.value_type)
            .map_err(|(_, flaw)| flaw)?;
        points.push(NewPoint { unit, ..point });
    }
    match points.len() {
        0 => Err(Flaw::Required),
        n if n > MAX_POINTS => Err(Flaw::TooLong),
        _ => Ok(points),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::devices::{DeviceKind, ValidRange, ValueType};

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
            Err(Flaw::Taken)
        );
        assert_eq!(
            all_points(DeviceKind::Sensor.points(), vec![]),
            Err(Flaw::Required)
        );
        assert_eq!(
            all_points(DeviceKind::Sensor.points(), more("Bad")),
            Err(Flaw::Malformed)
        );
    }
}
