//! Device models of a company's own (型号): which points a device has, in which range their values can
//! be true and, of one that is asked, where they stand in its registers.
//!
//! A model is data, so that a meter nobody has heard of is described once and not with each device.
//! Devices follow their model: a scale that was wrong is put right for all of them.

pub mod change;
pub mod editor;
pub mod file;
pub mod sheet;
mod shown;
#[cfg(test)]
mod tests;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use shown::{ModelFilter, ModelRow, ModelShown};

use super::{
    DeviceKind, MAX_POINTS, NewPoint, is_point_name,
    register_map::{Register, RegisterMap},
};
use crate::problem::{Check, Code, Flaw, Problem, text};

/// The most models of a company's own.
pub const MOST_MODELS: i64 = 500;
/// The longest name of a model and of its maker.
pub const LONGEST_NAME: usize = 80;

/// What a model goes by, in calls and sheets: `[a-z0-9][a-z0-9-]{0,39}`, unique in its company, for
/// good.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ModelKey(String);

impl ModelKey {
    /// # Errors
    /// `required`, `too_long` over 40, `malformed` for other characters.
    pub fn parse(raw: &str) -> Result<Self, Flaw> {
        let raw = text(raw, 1, 40)?;
        let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if raw.bytes().all(inner) && !raw.starts_with('-') {
            Ok(Self(raw))
        } else {
            Err(Flaw::Malformed)
        }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ModelKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ModelKey {
    type Err = &'static str;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        // As it stands: an address has one spelling.
        match Self::parse(raw) {
            Ok(key) if key.0 == raw => Ok(key),
            _ => Err("not the id of a model"),
        }
    }
}

impl TryFrom<String> for ModelKey {
    type Error = &'static str;

    fn try_from(raw: String) -> Result<Self, Self::Error> {
        raw.parse()
    }
}

impl From<ModelKey> for String {
    fn from(key: ModelKey) -> Self {
        key.0
    }
}

/// A model as it comes from a form, a client or a file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ModelForm {
    pub id: String,
    pub name: String,
    pub maker: String,
    /// A [`DeviceKind`].
    pub kind: String,
    /// [`NewPoint`]s: read here, so that what is wrong with one is named.
    pub points: Value,
    /// A register map, or null.
    pub map: Value,
}

/// A model whose every part holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeviceModel {
    pub id: ModelKey,
    pub name: String,
    /// May be empty.
    pub maker: String,
    pub kind: DeviceKind,
    /// Those that no register feeds. One of the kind's own may be among them, to say its range.
    pub points: Vec<NewPoint>,
    pub map: Option<RegisterMap>,
}

impl TryFrom<ModelForm> for DeviceModel {
    type Error = Problem;

    fn try_from(form: ModelForm) -> Result<Self, Problem> {
        let mut check = Check::default();
        let id = check.take("id", ModelKey::parse(&form.id));
        if id
            .as_ref()
            .is_some_and(|id| RegisterMap::known(&id.0).is_some())
        {
            check.take("id", Err::<(), _>(Flaw::Reserved));
        }
        let name = check.take("name", text(&form.name, 1, LONGEST_NAME));
        let maker = check.take("maker", text(&form.maker, 0, LONGEST_NAME));
        let kind = match form.kind.trim() {
            "" => Err(Flaw::Required),
            kind => DeviceKind::parse(kind).ok_or(Flaw::Unknown),
        };
        let kind = check.take("kind", kind);
        let points = points(&form.points, &mut check);
        let map = register_map(&form.map, &mut check);
        let whole = (|| {
            let (id, name, maker) = (id?, name?, maker?);
            // What it is called has one place.
            let map = map.ok()?.map(|map| RegisterMap {
                id: id.0.clone(),
                vendor: maker.clone(),
                model: name.clone(),
                ..map
            });
            Some(Self {
                id,
                name,
                maker,
                kind: kind?,
                points: points?,
                map,
            })
        })();
        let model = check.done(whole)?;
        let mut check = Check::default();
        let count = match model.joined(&mut check).len() {
            0 => Err(Flaw::Required),
            n if n > MAX_POINTS => Err(Flaw::TooLong),
            _ => Ok(()),
        };
        check.take("points", count);
        check.done(Some(model))
    }
}

impl DeviceModel {
    /// A model that comes with Linli, in the same shape.
    #[must_use]
    pub fn known(id: &str) -> Option<Self> {
        let map = RegisterMap::known(id)?;
        Some(Self {
            id: ModelKey(map.id.clone()),
            name: map.model.clone(),
            maker: map.vendor.clone(),
            kind: RegisterMap::known_kind(id)?,
            points: Vec::new(),
            map: Some(map.clone()),
        })
    }

    /// What its devices have: the kind's own points first, then those of its registers, then the others.
    #[must_use]
    pub fn all_points(&self) -> Vec<NewPoint> {
        // It was checked when it was read.
        self.joined(&mut Check::default())
    }

    fn joined(&self, check: &mut Check) -> Vec<NewPoint> {
        let mut all = self.kind.points();
        let own = all.len();
        if let Some(map) = &self.map {
            join(&mut all, map, "map", check);
        }
        let fed = |name: &str| {
            let registers = self.map.as_ref().map(|map| map.registers.iter());
            registers
                .is_some_and(|mut registers| registers.any(|register| register.point() == name))
        };
        for (n, point) in self.points.iter().enumerate() {
            let at = format!("points.{n}");
            let known = all.iter().position(|known| known.name == point.name);
            match known {
                None => all.push(point.clone()),
                // Of a kind's own, its range may be said; anything else has it already.
                Some(known) if known < own && !fed(&point.name) => {
                    same(&mut all, known, point, &at, check);
                }
                Some(_) => {
                    check.take(&format!("{at}.name"), Err::<(), _>(Flaw::Taken));
                }
            }
        }
        all
    }

    /// What people call it: `Chint (正泰) DTSU666`.
    #[must_use]
    pub fn title(&self) -> String {
        title(&self.maker, &self.name)
    }
}

/// What people call a model: its maker, where that is known, and its name.
#[must_use]
pub fn title(maker: &str, name: &str) -> String {
    if maker.is_empty() {
        name.to_owned()
    } else {
        format!("{maker} {name}")
    }
}

/// Fails where `check` has been told why.
fn register_map(json: &Value, check: &mut Check) -> Result<Option<RegisterMap>, ()> {
    if json.is_null() {
        return Ok(None);
    }
    match RegisterMap::read(json) {
        Ok(map) => Ok(Some(map)),
        Err(problem) => {
            for (place, flaw) in problem.fields {
                let at = if place == "map" {
                    place
                } else {
                    format!("map.{place}")
                };
                check.take(&at, Err::<(), _>(flaw));
            }
            Err(())
        }
    }
}

fn points(json: &Value, check: &mut Check) -> Option<Vec<NewPoint>> {
    let rows = match json {
        Value::Null => return Some(Vec::new()),
        Value::Array(rows) if rows.len() > MAX_POINTS => {
            return check.take("points", Err(Flaw::TooLong));
        }
        Value::Array(rows) => rows,
        _ => return check.take("points", Err(Flaw::Malformed)),
    };
    let (mut points, mut whole) = (Vec::<NewPoint>::new(), true);
    for (n, row) in rows.iter().enumerate() {
        let at = |member: &str| format!("points.{n}.{member}");
        let Ok(point) = serde_json::from_value::<NewPoint>(row.clone()) else {
            whole = false;
            for (member, flaw) in members(row) {
                check.take(&at(member), Err::<(), _>(flaw));
            }
            continue;
        };
        let taken = points.iter().any(|known| known.name == point.name);
        let name = match () {
            () if !is_point_name(&point.name) => Err(Flaw::Malformed),
            () if taken => Err(Flaw::Taken),
            () => Ok(()),
        };
        check.take(&at("name"), name);
        let unit = check.take(&at("unit"), text(&point.unit, 0, 16));
        if let Err((end, flaw)) = point.range.check(point.value_type) {
            check.take(&at(end), Err::<(), _>(flaw));
        }
        let unit = unit.unwrap_or_default();
        points.push(NewPoint { unit, ..point });
    }
    whole.then_some(points)
}

/// Which members of a point serde cannot read.
fn members(row: &Value) -> Vec<(&'static str, Flaw)> {
    let Some(row) = row.as_object() else {
        return vec![("name", Flaw::Malformed)];
    };
    let mut wrong = Vec::new();
    for (member, needed) in [("name", true), ("unit", false)] {
        match row.get(member) {
            None if needed => wrong.push((member, Flaw::Required)),
            Some(value) if !value.is_string() => wrong.push((member, Flaw::Malformed)),
            _ => {}
        }
    }
    match row.get("type").map(Value::as_str) {
        None => wrong.push(("type", Flaw::Required)),
        Some(Some("number" | "bool" | "text")) => {}
        Some(_) => wrong.push(("type", Flaw::Malformed)),
    }
    for member in ["min", "max"] {
        let value = row.get(member);
        if value.is_some_and(|value| !value.is_number() && !value.is_null()) {
            wrong.push((member, Flaw::Malformed));
        }
    }
    if wrong.is_empty() {
        wrong.push(("name", Flaw::Malformed));
    }
    wrong
}

/// Adds what a map feeds to the points of a kind, each once. What a kind's own points are called
/// means one thing everywhere, so a map that has another unit or type for it is refused, `at` its place.
pub(super) fn join(points: &mut Vec<NewPoint>, map: &RegisterMap, at: &str, check: &mut Check) {
    for (n, point) in map.points().into_iter().enumerate() {
        match points.iter().position(|known| known.name == point.name) {
            None => points.push(point),
            Some(known) => same(points, known, &point, &format!("{at}.registers.{n}"), check),
        }
    }
}

/// Says the range of a point that is there already, which must be the same one.
fn same(points: &mut [NewPoint], known: usize, point: &NewPoint, at: &str, check: &mut Check) {
    let Some(known) = points.get_mut(known) else {
        return;
    };
    if known.value_type != point.value_type {
        check.take(&format!("{at}.type"), Err::<(), _>(Flaw::Malformed));
    } else if !point.unit.is_empty() && plain(&known.unit) != plain(&point.unit) {
        check.take(&format!("{at}.unit"), Err::<(), _>(Flaw::Malformed));
    } else {
        known.range = point.range;
    }
}

/// A unit as vendors write it, too: `m3` for `m³`, `kwh`.
pub(super) fn plain(unit: &str) -> String {
    unit.replace('³', "3").to_ascii_lowercase()
}

/// Where a register stands, for tables: `0x101E`.
#[must_use]
pub fn hex(register: &Register) -> String {
    format!("0x{:04X}", register.address)
}

/// What is refused of a model that devices follow.
#[must_use]
pub fn in_use(field: &str) -> Problem {
    Problem::field(Code::Conflict, field, Flaw::Taken)
}
