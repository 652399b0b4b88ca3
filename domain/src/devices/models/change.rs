//! Changing a model that devices may follow.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{DeviceModel, ModelForm, plain};
use crate::{
    devices::NewPoint,
    form::said,
    problem::{Flaw, Problem},
};

/// What is to change; what is not there stays as it is. What a model is (its id, its kind) stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ModelChangeForm {
    #[serde(deserialize_with = "said")]
    pub name: Option<String>,
    #[serde(deserialize_with = "said")]
    pub maker: Option<String>,
    pub points: Option<Value>,
    /// Null takes the map away.
    pub map: Option<Value>,
    /// No device is registered with it any more; or again.
    pub archived: Option<bool>,
}

impl ModelChangeForm {
    /// The model as it is to be.
    ///
    /// # Errors
    /// Those of a new model.
    pub fn on(self, model: &DeviceModel) -> Result<DeviceModel, Problem> {
        let json = |what: Result<Value, _>| what.unwrap_or(Value::Null);
        DeviceModel::try_from(ModelForm {
            id: model.id.to_string(),
            name: self.name.unwrap_or_else(|| model.name.clone()),
            maker: self.maker.unwrap_or_else(|| model.maker.clone()),
            kind: model.kind.as_str().to_owned(),
            points: self
                .points
                .unwrap_or_else(|| json(serde_json::to_value(&model.points))),
            map: self
                .map
                .unwrap_or_else(|| json(serde_json::to_value(&model.map))),
        })
    }
}

/// Names of the parts in which two models differ.
#[must_use]
pub fn differences(before: &DeviceModel, after: &DeviceModel) -> Vec<&'static str> {
    let parts = [
        ("name", before.name != after.name),
        ("maker", before.maker != after.maker),
        ("points", before.points != after.points),
        ("map", before.map != after.map),
    ];
    let changed = parts.into_iter().filter(|(_, changed)| *changed);
    changed.map(|(part, _)| part).collect()
}

/// Where the model says what a point is: the place of its unit or its type.
fn place(model: &DeviceModel, point: &str, member: &str) -> String {
    let mut registers = model.map.iter().flat_map(|map| &map.registers);
    if let Some(n) = registers.position(|register| register.point() == point) {
        return format!("map.registers.{n}.{member}");
    }
    let mut points = model.points.iter();
    match points.position(|each| each.name == point) {
        Some(n) => format!("points.{n}.{member}"),
        None => "points".to_owned(),
    }
}

/// Whether devices that have some points can have the model's from now on: a point's history is in one
/// unit and of one type, so neither changes under it.
///
/// # Errors
/// `conflict` with the places that say otherwise.
pub fn fits<'a>(
    model: &DeviceModel,
    had: impl Iterator<Item = &'a NewPoint>,
) -> Result<(), Problem> {
    let wanted = model.all_points();
    let mut problem: Option<Problem> = None;
    for had in had {
        let Some(point) = wanted.iter().find(|point| point.name == had.name) else {
            continue;
        };
        let member = match () {
            () if point.value_type != had.value_type => "type",
            () if plain(&point.unit) != plain(&had.unit) => "unit",
            () => continue,
        };
        let place = place(model, &point.name, member);
        problem = Some(match problem {
            Some(problem) => problem.and(&place, Flaw::Taken),
            None => super::in_use(&place),
        });
    }
    problem.map_or(Ok(()), Err)
}
