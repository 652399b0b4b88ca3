//! What makes a register map one that can be polled.

use std::collections::HashSet;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use super::{
    Coding, Encoding, Limits, MOST_REGISTERS_A_READ, Register, RegisterMap, Write, WriteFunction,
};
use crate::{
    devices::{MAX_POINTS, is_point_name},
    problem::{Check, Code, Flaw, Problem, text},
};

/// The most commands of one device.
const MOST_WRITES: usize = 40;
/// The most values that one command lists.
const MOST_VALUES: usize = 100;
const LONGEST_PAUSE_MS: u16 = 10_000;
/// Addresses are 16 bits.
const ADDRESSES: u32 = 1 << 16;

impl RegisterMap {
    /// Reads a map as a person or a client wrote it.
    ///
    /// # Errors
    /// `invalid` with every flaw under its place: `registers.3.type`, `writes.open.values`.
    pub fn read(json: &Value) -> Result<Self, Problem> {
        match Self::deserialize(json) {
            Ok(map) => map.check().map(|()| map),
            Err(_) => Err(unreadable(json)),
        }
    }

    /// # Errors
    /// Those of [`RegisterMap::read`].
    pub fn check(&self) -> Result<(), Problem> {
        let mut check = Check::default();
        check.take("id", text(&self.id, 0, 80));
        check.take("vendor", text(&self.vendor, 0, 80));
        check.take("model", text(&self.model, 0, 80));
        check.take("registers", count(self.registers.len(), 1, MAX_POINTS));
        let mut names = HashSet::new();
        let mut points = HashSet::new();
        for (n, register) in self.registers.iter().enumerate() {
            let mut row = Row::new(format!("registers.{n}"), &mut check);
            row.take("name", name(&register.name, &mut names));
            let point = register.point.as_ref().map_or("name", |_| "point");
            row.take(point, name(register.point(), &mut points));
            register.check(&mut row);
        }
        let mut limits = Row::new("limits".to_owned(), &mut check);
        self.limits.check(&self.registers, &mut limits);
        check.take("writes", count(self.writes.len(), 0, MOST_WRITES));
        for (method, write) in &self.writes {
            let at = format!("writes.{method}");
            let shaped = is_point_name(method).then_some(()).ok_or(Flaw::Malformed);
            check.take(&at, shaped);
            write.check(&mut Row::new(at, &mut check));
        }
        check.done(Some(()))
    }
}

/// One register, command or the limits: notes flaws under its own place.
struct Row<'c> {
    at: String,
    check: &'c mut Check,
}

impl<'c> Row<'c> {
    fn new(at: String, check: &'c mut Check) -> Self {
        Self { at, check }
    }

    fn rule(&mut self, member: &str, good: bool, flaw: Flaw) {
        self.take(member, good.then_some(()).ok_or(flaw));
    }

    fn take(&mut self, member: &str, result: Result<(), Flaw>) {
        self.check.take(&format!("{}.{member}", self.at), result);
    }
}

impl Register {
    fn check(&self, row: &mut Row) {
        let words = self.words.is_none_or(|said| said == self.words());
        row.rule("words", words, Flaw::OutOfRange);
        row.rule("address", self.end() <= ADDRESSES, Flaw::OutOfRange);
        if self.function.reads_bits() {
            let bool = self.coding.encoding == Encoding::Bool;
            row.rule("type", bool, Flaw::Malformed);
            row.rule("bit", self.coding.bit.is_none(), Flaw::Malformed);
        }
        row.take("unit", text(&self.unit, 0, 16).map(drop));
        if let Err((end, flaw)) = self.range.check(self.coding.value_type()) {
            row.take(end, Err(flaw));
        }
        self.coding.check(row);
    }
}

impl Coding {
    fn check(&self, row: &mut Row) {
        let scale = self.scale.is_finite() && self.scale != 0.0;
        row.rule("scale", scale, Flaw::OutOfRange);
        row.rule("offset", self.offset.is_finite(), Flaw::OutOfRange);
        if let Some(bit) = self.bit {
            let has_bits = matches!(self.encoding, Encoding::Bits16 | Encoding::Bool);
            row.rule("bit", has_bits, Flaw::Malformed);
            row.rule("bit", bit < 16, Flaw::OutOfRange);
        }
    }
}

impl Limits {
    fn check(&self, registers: &[Register], row: &mut Row) {
        let step = if self.even_reads { 2 } else { 1 };
        let longest = registers
            .iter()
            .map(|register| register.words().next_multiple_of(step))
            .max()
            .unwrap_or(1);
        let fits = (longest..=MOST_REGISTERS_A_READ).contains(&self.max_registers);
        row.rule("max_registers", fits, Flaw::OutOfRange);
        let gap = self.max_gap <= MOST_REGISTERS_A_READ;
        row.rule("max_gap", gap, Flaw::OutOfRange);
        let pause = self.pause_ms <= LONGEST_PAUSE_MS;
        row.rule("pause_ms", pause, Flaw::OutOfRange);
    }
}

impl Write {
    fn check(&self, row: &mut Row) {
        let words = self.coding.encoding.words();
        let fits = match self.function {
            WriteFunction::Coil => self.coding.encoding == Encoding::Bool,
            WriteFunction::Register => words == 1,
            WriteFunction::Registers => true,
        };
        row.rule("type", fits, Flaw::Malformed);
        // One bit cannot be written without the fifteen beside it.
        row.rule("bit", self.coding.bit.is_none(), Flaw::Malformed);
        let end = u32::from(self.address) + u32::from(words);
        row.rule("address", end <= ADDRESSES, Flaw::OutOfRange);
        row.take("values", count(self.values.len(), 0, MOST_VALUES));
        match (self.min, self.max) {
            (Some(min), Some(max)) => row.rule("max", min <= max, Flaw::OutOfRange),
            (Some(_), None) => row.rule("max", false, Flaw::Required),
            (None, Some(_)) => row.rule("min", false, Flaw::Required),
            (None, None) => row.rule("values", !self.values.is_empty(), Flaw::Required),
        }
        self.coding.check(row);
    }
}

fn name<'a>(name: &'a str, taken: &mut HashSet<&'a str>) -> Result<(), Flaw> {
    if !is_point_name(name) {
        Err(Flaw::Malformed)
    } else if taken.insert(name) {
        Ok(())
    } else {
        Err(Flaw::Taken)
    }
}

fn count(n: usize, least: usize, most: usize) -> Result<(), Flaw> {
    if n < least {
        Err(Flaw::Required)
    } else if n > most {
        Err(Flaw::TooLong)
    } else {
        Ok(())
    }
}

/// Where a map is that serde cannot read. It stops at the first such member and names it in a
/// sentence of its own, which no form can show beside the field.
fn unreadable(json: &Value) -> Problem {
    let mut problem = Problem::new(Code::Invalid);
    let register = json!({"name": "a", "address": 0, "function": 3, "type": "u16"});
    let write = json!({"function": 6, "address": 0, "type": "u16"});
    match json.get("registers") {
        Some(Value::Array(rows)) => {
            for (row, json) in rows.iter().enumerate().take(MAX_POINTS) {
                let at = format!("registers.{row}");
                problem = members::<Register>(json, &register, &at, problem);
            }
        }
        None if json.is_object() => problem = problem.and("registers", Flaw::Required),
        _ => problem = problem.and("registers", Flaw::Malformed),
    }
    if let Some(Value::Object(rows)) = json.get("writes") {
        for (method, json) in rows.iter().take(MOST_WRITES) {
            let at = format!("writes.{method}");
            problem = members::<Write>(json, &write, &at, problem);
        }
    }
    if let Some(limits) = json.get("limits") {
        problem = members::<Limits>(limits, &json!({}), "limits", problem);
    }
    if problem.fields.is_empty() {
        problem = problem.and("map", Flaw::Malformed);
    }
    problem
}

/// Tries each member of a row by itself, in a row that is good otherwise.
fn members<T: DeserializeOwned>(
    row: &Value,
    good: &Value,
    at: &str,
    mut problem: Problem,
) -> Problem {
    let (Some(row), Some(good)) = (row.as_object(), good.as_object()) else {
        return problem.and(at, Flaw::Malformed);
    };
    for member in good.keys().filter(|member| !row.contains_key(*member)) {
        problem = problem.and(&format!("{at}.{member}"), Flaw::Required);
    }
    for (member, value) in row {
        let mut tried: Map<String, Value> = good.clone();
        tried.insert(member.clone(), value.clone());
        if serde_json::from_value::<T>(Value::Object(tried)).is_err() {
            let flaw = if value.is_number() {
                Flaw::OutOfRange
            } else {
                Flaw::Malformed
            };
            problem = problem.and(&format!("{at}.{member}"), flaw);
        }
    }
    problem
}
