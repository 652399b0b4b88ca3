//! A model as it is typed: every field a text, rows that may be blank.
//!
//! What is typed becomes the JSON of a model, so that one reader finds what is wrong with it, whichever
//! way it came; a text that is no number stays a text there, which that reader refuses at its place.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{DeviceModel, ModelForm, change::ModelChangeForm};
use crate::{
    devices::{
        NewPoint,
        register_map::{Order, Register},
    },
    problem::Problem,
};

/// A register, as the row of an editor or of a sheet has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RegisterFields {
    pub name: String,
    /// Blank for the point of its own name.
    pub point: String,
    /// Blank for holding registers (3).
    pub function: String,
    /// Decimal, `0x101E` or `101EH`.
    pub address: String,
    #[serde(rename = "type")]
    pub encoding: String,
    /// The letters of its bytes, as they come over the wire: `ABCD`, `CDAB`, `BADC`, `DCBA`.
    pub order: String,
    pub scale: String,
    pub offset: String,
    pub unit: String,
    pub bit: String,
    pub min: String,
    pub max: String,
}

/// A point that no register feeds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PointFields {
    pub name: String,
    pub unit: String,
    #[serde(rename = "type")]
    pub value_type: String,
    pub min: String,
    pub max: String,
}

/// Both tables of a model.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ModelTables {
    pub points: Vec<PointFields>,
    pub registers: Vec<RegisterFields>,
}

/// In which order the bytes of a value come, by the letters that manuals use.
pub const ORDERS: [(&str, Order, Order); 4] = [
    ("ABCD", Order::Big, Order::Big),
    ("CDAB", Order::Big, Order::Little),
    ("BADC", Order::Little, Order::Big),
    ("DCBA", Order::Little, Order::Little),
];

/// The types of registers by their words, and what manuals call them besides.
pub const TYPES: [(&str, &[&str]); 14] = [
    (
        "u16",
        &[
            "uint16",
            "unsigned short",
            "ushort",
            "word",
            "无符号16位",
            "16位无符号",
            "无符号整数",
        ],
    ),
    (
        "i16",
        &[
            "int16",
            "short",
            "signed short",
            "有符号16位",
            "16位有符号",
            "有符号整数",
        ],
    ),
    (
        "u32",
        &[
            "uint32",
            "unsigned long",
            "ulong",
            "dword",
            "无符号32位",
            "32位无符号",
        ],
    ),
    (
        "i32",
        &["int32", "long", "signed long", "有符号32位", "32位有符号"],
    ),
    ("u64", &["uint64", "无符号64位", "64位无符号"]),
    ("i64", &["int64", "有符号64位", "64位有符号"]),
    (
        "f32",
        &[
            "float",
            "float32",
            "single",
            "real",
            "浮点",
            "浮点数",
            "单精度浮点",
            "32位浮点",
        ],
    ),
    ("f64", &["double", "float64", "双精度浮点", "64位浮点"]),
    ("bcd16", &["bcd"]),
    ("bcd32", &[]),
    ("bcd48", &[]),
    ("bcd64", &[]),
    ("bits16", &["bits", "状态字", "位"]),
    ("bool", &["bit", "coil", "线圈", "开关量"]),
];

impl RegisterFields {
    /// A row as it is shown to be changed.
    #[must_use]
    pub fn of(register: &Register) -> Self {
        let coding = &register.coding;
        let order = ORDERS
            .iter()
            .find(|(_, bytes, words)| (*bytes, *words) == (coding.byte_order, coding.word_order));
        let encoding = serde_json::to_value(coding.encoding).unwrap_or_default();
        let unless = |value: f64, usual: f64| match value.total_cmp(&usual) {
            std::cmp::Ordering::Equal => String::new(),
            _ => value.to_string(),
        };
        let end = |end: Option<f64>| end.map(|end| end.to_string()).unwrap_or_default();
        Self {
            name: register.name.clone(),
            point: register.point.clone().unwrap_or_default(),
            function: u8::from(register.function).to_string(),
            address: register.address.to_string(),
            encoding: encoding.as_str().unwrap_or_default().to_owned(),
            order: order.map_or("ABCD", |order| order.0).to_owned(),
            scale: unless(coding.scale, 1.0),
            offset: unless(coding.offset, 0.0),
            unit: register.unit.clone(),
            bit: coding.bit.map(|bit| bit.to_string()).unwrap_or_default(),
            min: end(register.range.min),
            max: end(register.range.max),
        }
    }

    /// Whether nothing was typed. What is chosen from a list is always said, and so says nothing.
    fn is_blank(&self) -> bool {
        let typed = [
            &self.name,
            &self.point,
            &self.address,
            &self.scale,
            &self.offset,
            &self.unit,
            &self.bit,
            &self.min,
            &self.max,
        ];
        typed.into_iter().all(|text| text.trim().is_empty())
    }

    /// The row of a register map.
    #[must_use]
    pub fn json(&self) -> Value {
        let mut row = Map::new();
        let mut say = |member: &str, value: Option<Value>| {
            if let Some(value) = value {
                row.insert(member.to_owned(), value);
            }
        };
        say("name", Some(self.name.trim().into()));
        say("point", said(&self.point).map(Value::from));
        say(
            "function",
            Some(figure(said(&self.function).unwrap_or("3"))),
        );
        say("address", said(&self.address).map(figure));
        say("type", said(&self.encoding).map(encoding));
        match said(&self.order).map(str::to_uppercase) {
            None => {}
            Some(order) => match ORDERS.iter().find(|known| known.0 == order) {
                Some((_, bytes, words)) => {
                    say("byte_order", serde_json::to_value(bytes).ok());
                    say("word_order", serde_json::to_value(words).ok());
                }
                None => say("word_order", Some(order.into())),
            },
        }
        for (member, text) in [
            ("scale", &self.scale),
            ("offset", &self.offset),
            ("bit", &self.bit),
            ("min", &self.min),
            ("max", &self.max),
        ] {
            say(member, said(text).map(figure));
        }
        say("unit", Some(self.unit.trim().into()));
        Value::Object(row)
    }
}

impl PointFields {
    #[must_use]
    pub fn of(point: &NewPoint) -> Self {
        let end = |end: Option<f64>| end.map(|end| end.to_string()).unwrap_or_default();
        Self {
            name: point.name.clone(),
            unit: point.unit.clone(),
            value_type: point.value_type.as_str().to_owned(),
            min: end(point.range.min),
            max: end(point.range.max),
        }
    }

    fn is_blank(&self) -> bool {
        let typed = [&self.name, &self.unit, &self.min, &self.max];
        typed.into_iter().all(|text| text.trim().is_empty())
    }

    fn json(&self) -> Value {
        let mut row = Map::new();
        row.insert("name".to_owned(), self.name.trim().into());
        row.insert("unit".to_owned(), self.unit.trim().into());
        let value_type = said(&self.value_type).unwrap_or("number");
        row.insert("type".to_owned(), value_type.into());
        for (member, text) in [("min", &self.min), ("max", &self.max)] {
            if let Some(text) = said(text) {
                row.insert(member.to_owned(), figure(text));
            }
        }
        Value::Object(row)
    }
}

impl ModelTables {
    /// The tables of a model, to be changed.
    #[must_use]
    pub fn of(model: &DeviceModel) -> Self {
        let registers = model.map.iter().flat_map(|map| &map.registers);
        Self {
            points: model.points.iter().map(PointFields::of).collect(),
            registers: registers.map(RegisterFields::of).collect(),
        }
    }

    fn points(&self) -> Value {
        let rows = self.points.iter().filter(|row| !row.is_blank());
        rows.map(PointFields::json).collect()
    }

    /// The registers in a map that keeps what the tables do not show: what may be written, and what a
    /// device takes at a time. Null without any.
    fn map(&self, before: Option<&DeviceModel>) -> Value {
        let rows = self.registers.iter().filter(|row| !row.is_blank());
        let rows: Vec<Value> = rows.map(RegisterFields::json).collect();
        if rows.is_empty() {
            return Value::Null;
        }
        let before = before.and_then(|model| model.map.as_ref());
        let mut map = before.map_or(
            json!({}),
            |map| json!({ "limits": &map.limits, "writes": &map.writes }),
        );
        if let Some(map) = map.as_object_mut() {
            map.insert("registers".to_owned(), Value::Array(rows));
        }
        map
    }

    /// As a change of a model.
    #[must_use]
    pub fn change(&self, name: String, maker: String, before: &DeviceModel) -> ModelChangeForm {
        ModelChangeForm {
            name: Some(name),
            maker: Some(maker),
            points: Some(self.points()),
            map: Some(self.map(Some(before))),
            archived: None,
        }
    }

    /// As a new model.
    #[must_use]
    pub fn form(&self, id: String, name: String, maker: String, kind: String) -> ModelForm {
        ModelForm {
            id,
            name,
            maker,
            kind,
            points: self.points(),
            map: self.map(None),
        }
    }

    /// What is wrong, at the rows as they were typed: blank ones were left out before anybody counted.
    #[must_use]
    pub fn told(&self, problem: Problem) -> Problem {
        let registers = typed(self.registers.iter().map(RegisterFields::is_blank));
        let points = typed(self.points.iter().map(PointFields::is_blank));
        let fields = problem.fields.into_iter().map(|(place, flaw)| {
            let moved = moved(&place, "map.registers.", &registers)
                .or_else(|| moved(&place, "points.", &points));
            (moved.unwrap_or(place), flaw)
        });
        Problem {
            fields: fields.collect(),
            ..problem
        }
    }
}

/// The places of the rows that are not blank.
fn typed(blank: impl Iterator<Item = bool>) -> Vec<usize> {
    let rows = blank.enumerate().filter(|(_, blank)| !blank);
    rows.map(|(row, _)| row).collect()
}

fn moved(place: &str, before: &str, typed: &[usize]) -> Option<String> {
    let rest = place.strip_prefix(before)?;
    let (row, member) = rest.split_once('.').unwrap_or((rest, ""));
    let row = typed.get(row.parse::<usize>().ok()?)?;
    let dot = if member.is_empty() { "" } else { "." };
    Some(format!("{before}{row}{dot}{member}"))
}

fn said(text: &str) -> Option<&str> {
    let text = text.trim();
    (!text.is_empty()).then_some(text)
}

/// A number as manuals write it, with `0x` or `H` where it is hexadecimal; else the text.
#[must_use]
pub fn figure(text: &str) -> Value {
    let text = text.trim();
    let upper = text.to_ascii_uppercase();
    let hex = upper
        .strip_prefix("0X")
        .or_else(|| upper.strip_suffix('H').filter(|hex| !hex.is_empty()));
    if let Some(number) = hex.and_then(|hex| u32::from_str_radix(hex, 16).ok()) {
        return number.into();
    }
    if let Ok(whole) = text.parse::<i64>() {
        return whole.into();
    }
    // Words that a number is read from in this language alone: `inf`, `NaN`.
    let plain = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E');
    let number = text.parse::<f64>().ok().filter(|_| text.chars().all(plain));
    let number = number.and_then(serde_json::Number::from_f64);
    number.map_or_else(|| text.into(), Value::Number)
}

/// The word for a type, whatever a manual calls it.
fn encoding(text: &str) -> Value {
    let lower = text.to_lowercase();
    let known = TYPES
        .iter()
        .find(|(word, others)| *word == lower || others.contains(&lower.as_str()));
    known
        .map_or(lower.clone(), |known| known.0.to_owned())
        .into()
}
