//! Models as files: what another company, or whoever publishes register maps, hands on.

use serde_json::{Map, Value};

use super::{DeviceModel, ModelForm, ModelKey};
use crate::{
    devices::DeviceKind,
    problem::{Code, Flaw, Problem},
};

/// The longest file, in bytes.
pub const MOST_BYTES: usize = 1024 * 1024;
/// The most models of one.
pub const MOST_MODELS_A_FILE: usize = 50;

/// What whoever brings a file says instead of it, where something is said: only of a file with one
/// model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Instead {
    pub id: String,
    pub kind: String,
}

/// Reads a file: a model as [`DeviceModel::file`] writes it, a register map in the published form, or
/// several of either under `models` or `maps`.
///
/// # Errors
/// `invalid` with every flaw under its path in the file: `maps.2.registers.3.type`. `file` is
/// `too_long`, or `unreadable` where it is no JSON object.
pub fn read(bytes: &[u8], instead: &Instead) -> Result<Vec<DeviceModel>, Problem> {
    let whole = |flaw| Problem::field(Code::Invalid, "file", flaw);
    if bytes.len() > MOST_BYTES {
        return Err(whole(Flaw::TooLong));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let json: Value = serde_json::from_slice(bytes).map_err(|_| whole(Flaw::Unreadable))?;
    let Value::Object(json) = json else {
        return Err(whole(Flaw::Unreadable));
    };
    let many = ["models", "maps"].into_iter().find_map(|list| {
        let rows = json.get(list)?.as_array()?;
        Some((list, rows.clone()))
    });
    let Some((list, rows)) = many else {
        return Ok(vec![one(&json, instead, "")?]);
    };
    let flaw = match rows.len() {
        0 => Some(Flaw::Required),
        n if n > MOST_MODELS_A_FILE => Some(Flaw::TooLong),
        _ => None,
    };
    if let Some(flaw) = flaw {
        return Err(Problem::field(Code::Invalid, list, flaw));
    }
    let none = Instead::default();
    let instead = if rows.len() == 1 { instead } else { &none };
    let (mut models, mut problem) = (Vec::<DeviceModel>::new(), Problem::new(Code::Invalid));
    for (n, row) in rows.iter().enumerate() {
        let at = format!("{list}.{n}.");
        let read = match row {
            Value::Object(row) => one(row, instead, &at),
            _ => Err(Problem::field(
                Code::Invalid,
                &format!("{list}.{n}"),
                Flaw::Malformed,
            )),
        };
        match read {
            Ok(model) if models.iter().any(|known| known.id == model.id) => {
                problem = problem.and(&format!("{at}id"), Flaw::Taken);
            }
            Ok(model) => models.push(model),
            Err(wrong) => problem.fields.extend(wrong.fields),
        }
    }
    if problem.fields.is_empty() {
        Ok(models)
    } else {
        Err(problem)
    }
}

fn one(json: &Map<String, Value>, instead: &Instead, at: &str) -> Result<DeviceModel, Problem> {
    let text = |member: &str| {
        let text = json.get(member).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let or = |said: &str, otherwise: String| match said.trim() {
        "" => otherwise,
        said => said.to_owned(),
    };
    // A published map is a model by itself.
    let bare = json.contains_key("registers");
    let kind = text("kind");
    let kind = DeviceKind::in_words(&kind).map_or(kind, |kind| kind.as_str().to_owned());
    let form = ModelForm {
        id: or(&instead.id, text("id")),
        name: text(if bare { "model" } else { "name" }),
        maker: text(if bare { "vendor" } else { "maker" }),
        kind: or(&instead.kind, kind),
        points: json.get("points").cloned().unwrap_or_default(),
        map: if bare {
            Value::Object(unnamed(json))
        } else {
            json.get("map").cloned().unwrap_or_default()
        },
    };
    DeviceModel::try_from(form).map_err(|problem| {
        let fields = problem.fields.into_iter().map(|(place, flaw)| {
            let place = match (bare, place.as_str()) {
                (true, "name") => "model".to_owned(),
                (true, "maker") => "vendor".to_owned(),
                (true, place) => place.strip_prefix("map.").unwrap_or(place).to_owned(),
                (false, _) => place,
            };
            (format!("{at}{place}"), flaw)
        });
        Problem {
            fields: fields.collect(),
            ..problem
        }
    })
}

/// The map without what the model says itself: each flaw is told once.
fn unnamed(json: &Map<String, Value>) -> Map<String, Value> {
    let parts = json.iter();
    let parts = parts.filter(|(member, _)| !matches!(member.as_str(), "id" | "vendor" | "model"));
    parts
        .map(|(member, value)| (member.clone(), value.clone()))
        .collect()
}

impl DeviceModel {
    /// The model as a file that another company can take, and what it is called.
    #[must_use]
    pub fn file(&self) -> (String, Vec<u8>) {
        let json = serde_json::to_vec_pretty(self).unwrap_or_default();
        (file_name(&self.id), json)
    }
}

/// What a model's file is called.
#[must_use]
pub fn file_name(id: &ModelKey) -> String {
    format!("linli-model-{id}.json")
}
