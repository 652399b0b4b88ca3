//! The telemetry payload: JSON in the shapes of `ThingsBoard`, to readings.
//!
//! - `{"ts": ms, "seq": n, "values": {"point": value}}`: the envelope. An object whose `values` is
//!   an object is one; `ts` is the device's time in milliseconds since 1970 UTC, of which a fraction
//!   is cut off, and may be absent; `seq` and other fields are skipped.
//! - `{"point": value}`: any other object. Its fields are points, even one that is called `ts`, and
//!   the time is ours.
//! - an array of these, mixed as they come.
//!
//! A gateway says `{"device key": …}` with any of these for each of the devices behind it.
//!
//! A value is a number, a bool or a text. Each bad part is counted with its reason and the rest is
//! kept: a bad value or element counts once, an envelope with a bad `ts` once for each value in
//! it, and what a gateway says under a name that can be no device's key once, as its own refusal.
//! Text that is not JSON to its end is refused as a whole and counts once. Of a field that
//! comes twice the last one is meant. Whether the device has such a point, of such a type, and
//! whether the time can be kept, is checked where readings are stored.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    fmt,
};

use domain::{
    devices::{DeviceKey, is_point_name},
    telemetry::{Quality, Reading, Refusal, Value},
};
use jiff::Timestamp;
use serde::de::{Deserializer as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Deserializer, value::RawValue};

#[cfg(test)]
mod tests;

/// A longer payload is refused as a whole, in bytes.
pub const MAX_PAYLOAD: usize = 1024 * 1024;
/// Values beyond this number in one message are refused.
pub const MAX_VALUES: usize = 10_000;

/// What one message said.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Decoded {
    /// In the order of the payload.
    pub readings: Vec<Reading>,
    /// How many values were refused, by reason.
    pub refused: BTreeMap<Refusal, u32>,
}

impl Decoded {
    /// Nothing but one refusal.
    #[must_use]
    pub fn refusal(reason: Refusal) -> Self {
        let mut decoded = Self::default();
        decoded.refuse(reason);
        decoded
    }

    /// Counts one refused value.
    pub fn refuse(&mut self, reason: Refusal) {
        let count = self.refused.entry(reason).or_default();
        *count = count.saturating_add(1);
    }

    /// Whether there is nothing to store and nothing to count.
    pub fn is_empty(&self) -> bool {
        self.readings.is_empty() && self.refused.is_empty()
    }
}

/// Reads a payload. `now` is the time of readings that carry none.
#[must_use]
pub fn decode(payload: &[u8], now: Timestamp) -> Decoded {
    let Some(whole) = whole(payload) else {
        return Decoded::refusal(Refusal::Malformed);
    };
    let mut message = Message {
        now,
        seen: 0,
        decoded: Decoded::default(),
    };
    message.all(whole);
    message.decoded
}

/// What one message of a gateway said.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Behind {
    /// Of each device that something was said of.
    pub said: Vec<(DeviceKey, Decoded)>,
    /// What is the gateway's own: refusals that belong to none of the devices.
    pub own: Decoded,
}

impl Behind {
    /// Whether there is nothing to store and nothing to count.
    pub fn is_empty(&self) -> bool {
        self.said.is_empty() && self.own.is_empty()
    }
}

/// Reads a gateway's payload: what it says of each device, by key. `None` where it is no JSON object,
/// or longer than [`MAX_PAYLOAD`]. The bound on values is of all devices together.
#[must_use]
pub fn decode_behind(payload: &[u8], now: Timestamp) -> Option<Behind> {
    let whole = whole(payload)?;
    let devices = Fields::read(whole)?;
    let mut seen = 0;
    let mut behind = Behind::default();
    for (name, raw) in &devices.entries {
        let Some(key) = device_key(name) else {
            behind.own.refuse(Refusal::ForeignDevice);
            continue;
        };
        let mut message = Message {
            now,
            seen,
            decoded: Decoded::default(),
        };
        message.all(raw);
        seen = message.seen;
        if !message.decoded.is_empty() {
            behind.said.push((key, message.decoded));
        }
    }
    for _ in 0..devices.bad {
        behind.own.refuse(Refusal::Malformed);
    }
    Some(behind)
}

/// The key, where it can be one at all. Keys are looked up in Postgres, which takes no NUL: one such
/// key would fail the look-up, and so its message, again and again.
fn device_key(name: &str) -> Option<DeviceKey> {
    // As it stands: a form's key may have blanks around it, a device's name on the wire has none.
    let key = DeviceKey::parse(name).ok();
    key.filter(|key| key.as_str() == name)
}

/// The JSON of a payload. The syntax is checked to the end first, so that a payload that was cut
/// off is refused and not half kept.
fn whole(payload: &[u8]) -> Option<&RawValue> {
    let text = (payload.len() <= MAX_PAYLOAD)
        .then(|| std::str::from_utf8(payload).ok())
        .flatten()?;
    serde_json::from_str(text).ok()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Object,
    Array,
    Text,
    Bool,
    Number,
    Null,
}

/// The first byte of a valid JSON value tells what it is.
fn kind(raw: &RawValue) -> Kind {
    match raw.get().as_bytes().first() {
        Some(b'{') => Kind::Object,
        Some(b'[') => Kind::Array,
        Some(b'"') => Kind::Text,
        Some(b't' | b'f') => Kind::Bool,
        Some(b'-' | b'0'..=b'9') => Kind::Number,
        _ => Kind::Null,
    }
}

struct Message {
    now: Timestamp,
    /// Values so far, good and bad.
    seen: usize,
    decoded: Decoded,
}

impl Message {
    /// One element, or an array of them.
    fn all(&mut self, raw: &RawValue) {
        if kind(raw) == Kind::Array {
            let read = Deserializer::from_str(raw.get()).deserialize_seq(Elements(self));
            if read.is_err() {
                self.decoded.refuse(Refusal::Malformed);
            }
        } else {
            self.element(raw);
        }
    }

    fn element(&mut self, raw: &RawValue) {
        let Some(fields) = Fields::read(raw) else {
            self.seen = self.seen.saturating_add(1);
            self.decoded.refuse(Refusal::Malformed);
            return;
        };
        let envelope = fields.get("values").and_then(Fields::read);
        let Some(values) = envelope else {
            self.values(&fields, Ok(self.now));
            return;
        };
        let ts = fields.get("ts").map_or(Ok(self.now), time);
        if ts.is_err() && values.entries.is_empty() {
            self.decoded.refuse(Refusal::Malformed);
        }
        self.values(&values, ts);
    }

    fn values(&mut self, fields: &Fields<'_>, ts: Result<Timestamp, Refusal>) {
        for (point, raw) in &fields.entries {
            self.seen = self.seen.saturating_add(1);
            let read = if self.seen > MAX_VALUES {
                Err(Refusal::Malformed)
            } else {
                ts.and_then(|ts| reading(point, raw, ts))
            };
            match read {
                Ok(reading) => self.decoded.readings.push(reading),
                Err(reason) => self.decoded.refuse(reason),
            }
        }
        for _ in 0..fields.bad {
            self.seen = self.seen.saturating_add(1);
            self.decoded.refuse(Refusal::Malformed);
        }
    }
}

fn reading(point: &str, raw: &RawValue, ts: Timestamp) -> Result<Reading, Refusal> {
    if !is_point_name(point) {
        return Err(Refusal::UnknownPoint);
    }
    let value = value(raw)?;
    Ok(Reading {
        point: point.to_owned(),
        ts,
        value,
        quality: Quality::Good,
    })
}

/// A number of milliseconds that a calendar can hold. Firmware that counts in floats writes it with a
/// fraction or an exponent.
fn time(raw: &RawValue) -> Result<Timestamp, Refusal> {
    let number = raw.get();
    let ms = number.parse::<i64>();
    let ms = ms.or_else(|_| number.parse::<f64>().map(whole_ms));
    let ms = ms.map_err(|_| Refusal::Malformed)?;
    Timestamp::from_millisecond(ms).map_err(|_| Refusal::Malformed)
}

/// What is less than a millisecond is cut off. What is beyond an `i64` becomes its end, which no
/// calendar holds.
#[expect(clippy::cast_possible_truncation, reason = "that is what it is for")]
const fn whole_ms(ms: f64) -> i64 {
    ms as i64
}

fn value(raw: &RawValue) -> Result<Value, Refusal> {
    match kind(raw) {
        Kind::Bool => Ok(Value::Bool(raw.get() == "true")),
        Kind::Number => match raw.get().parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Value::Number(number)),
            Ok(_) => Err(Refusal::NotFinite),
            Err(_) => Err(Refusal::Malformed),
        },
        // Half a surrogate pair is no text, and Postgres takes no NUL: one such value would fail
        // its whole batch again and again.
        Kind::Text => match serde_json::from_str::<String>(raw.get()) {
            Ok(text) if !text.contains('\0') => Ok(Value::Text(text)),
            _ => Err(Refusal::Malformed),
        },
        Kind::Null | Kind::Array | Kind::Object => Err(Refusal::Malformed),
    }
}

/// The elements of an array, one at a time: a long one is never held as a list.
struct Elements<'m>(&'m mut Message);

impl<'de> Visitor<'de> for Elements<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(raw) = seq.next_element::<&'de RawValue>()? {
            self.0.element(raw);
        }
        Ok(())
    }
}

/// The fields of an object in order, the last of each name.
#[derive(Default)]
struct Fields<'a> {
    entries: Vec<(Cow<'a, str>, &'a RawValue)>,
    /// Where a name's entry is.
    index: HashMap<Cow<'a, str>, usize>,
    /// Fields whose name is no text, and those beyond [`MAX_VALUES`].
    bad: usize,
}

impl<'a> Fields<'a> {
    /// `None` where it is no object.
    fn read(raw: &'a RawValue) -> Option<Self> {
        if kind(raw) != Kind::Object {
            return None;
        }
        Deserializer::from_str(raw.get())
            .deserialize_map(FieldsVisitor)
            .ok()
    }

    fn get(&self, name: &str) -> Option<&'a RawValue> {
        let at = *self.index.get(name)?;
        self.entries.get(at).map(|(_, raw)| *raw)
    }

    fn put(&mut self, name: Cow<'a, str>, raw: &'a RawValue) {
        if let Some(entry) = self
            .index
            .get(&name)
            .and_then(|at| self.entries.get_mut(*at))
        {
            entry.1 = raw;
        } else if self.entries.len() < MAX_VALUES || matches!(&*name, "ts" | "values") {
            self.index.insert(name.clone(), self.entries.len());
            self.entries.push((name, raw));
        } else {
            self.bad = self.bad.saturating_add(1);
        }
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
        let mut fields = Fields::default();
        while let Some((name, raw)) = map.next_entry::<&'de RawValue, &'de RawValue>()? {
            match field_name(name) {
                Some(name) => fields.put(name, raw),
                None => fields.bad = fields.bad.saturating_add(1),
            }
        }
        Ok(fields)
    }
}

/// A name without escapes is borrowed from the payload.
fn field_name(raw: &RawValue) -> Option<Cow<'_, str>> {
    if let Ok(plain) = serde_json::from_str::<&str>(raw.get()) {
        return Some(Cow::Borrowed(plain));
    }
    serde_json::from_str::<String>(raw.get())
        .ok()
        .map(Cow::Owned)
}
