//! Register maps: which numbers a Modbus device holds, where, and how they are written.
//!
//! A map is data, so that a meter nobody has heard of needs no new code: a known model's map is
//! named by its id, any other is typed in by whoever registers the device. Both have the same JSON
//! form; members that are not listed here (vendor, source, notes, `address_hex`) are skipped.
//!
//! Addresses are those on the wire, from 0. Vendors often print them one higher (40001 is 0).

mod check;
mod known;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{NewPoint, ValidRange, ValueType};

/// The most registers that one request may read (Modbus Application Protocol V1.1b3, 6.3).
pub const MOST_REGISTERS_A_READ: u16 = 125;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RegisterMap {
    /// The model's id where it is a known one; else whatever its author called it.
    #[serde(default)]
    pub id: String,
    #[serde(default)]
    pub vendor: String,
    #[serde(default)]
    pub model: String,
    pub registers: Vec<Register>,
    #[serde(default)]
    pub limits: Limits,
    /// What may be written, by the name of the command. Modbus asks nobody who he is, so nothing
    /// is written that is not listed here.
    #[serde(default)]
    pub writes: BTreeMap<String, Write>,
}

/// One value of a device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Register {
    pub name: String,
    /// The point that it feeds; without one, the point of its own name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<String>,
    pub address: u16,
    pub function: Function,
    /// How many registers it fills. Follows from the type, and is checked where it is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<u16>,
    #[serde(flatten)]
    pub coding: Coding,
    /// As people write it: `kWh`, `m³`; may be empty.
    #[serde(default)]
    pub unit: String,
    /// The values that it can have once they are scaled.
    #[serde(flatten)]
    pub range: ValidRange,
}

/// How a value is written into registers: `value = raw × scale + offset`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Coding {
    #[serde(rename = "type")]
    pub encoding: Encoding,
    /// Of the two bytes within a register.
    #[serde(default)]
    pub byte_order: Order,
    /// Of the registers of one value.
    #[serde(default)]
    pub word_order: Order,
    #[serde(default = "one")]
    pub scale: f64,
    #[serde(default)]
    pub offset: f64,
    /// Which bit of a status word, 0 the least significant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bit: Option<u8>,
}

const fn one() -> f64 {
    1.0
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    I16,
    U16,
    I32,
    U32,
    I64,
    U64,
    F32,
    F64,
    /// Four decimal digits a register, and so on.
    Bcd16,
    Bcd32,
    Bcd48,
    Bcd64,
    /// A status word: one bit of it, or the whole as a number.
    Bits16,
    /// A coil, one bit of a register, or a register that is true unless it is 0.
    Bool,
}

/// Which of two or more comes first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// The most significant, as the protocol has it.
    #[default]
    Big,
    Little,
}

/// The function that reads a register, by its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Function {
    Coils = 1,
    DiscreteInputs = 2,
    HoldingRegisters = 3,
    InputRegisters = 4,
}

/// The function that writes, by its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum WriteFunction {
    Coil = 5,
    Register = 6,
    Registers = 16,
}

/// What a device takes at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Registers in one read.
    pub max_registers: u16,
    /// It refuses to read an odd number of registers.
    pub even_reads: bool,
    /// How many registers that the map does not know one read may go over. Many devices refuse
    /// such a read, so it is 0 unless the vendor reads over them too.
    pub max_gap: u16,
    /// The silence it wants between two requests, in ms, where it is more than its line gives.
    pub pause_ms: u16,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_registers: MOST_REGISTERS_A_READ,
            even_reads: false,
            max_gap: 0,
            pause_ms: 0,
        }
    }
}

/// A register that may be written, and with what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Write {
    pub function: WriteFunction,
    pub address: u16,
    #[serde(flatten)]
    pub coding: Coding,
    /// The values that are allowed, in the unit of the point; 0 and 1 for a coil. Where there is
    /// one only, the command need not say it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<f64>,
    /// Or any value from here …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// … to here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
}

impl RegisterMap {
    /// The points that its registers feed.
    #[must_use]
    pub fn points(&self) -> Vec<NewPoint> {
        self.registers
            .iter()
            .map(|register| NewPoint {
                name: register.point().to_owned(),
                unit: register.unit.clone(),
                value_type: register.coding.value_type(),
                range: register.range,
            })
            .collect()
    }
}

impl Register {
    #[must_use]
    pub fn point(&self) -> &str {
        self.point.as_deref().unwrap_or(&self.name)
    }

    /// How many registers it fills; one for a coil.
    #[must_use]
    pub const fn words(&self) -> u16 {
        self.coding.encoding.words()
    }

    /// The address after its last one.
    #[must_use]
    pub fn end(&self) -> u32 {
        u32::from(self.address) + u32::from(self.words())
    }
}

impl Coding {
    #[must_use]
    pub const fn value_type(&self) -> ValueType {
        match self.encoding {
            Encoding::Bool => ValueType::Bool,
            Encoding::Bits16 if self.bit.is_some() => ValueType::Bool,
            _ => ValueType::Number,
        }
    }
}

impl Encoding {
    #[must_use]
    pub const fn words(self) -> u16 {
        match self {
            Self::I16 | Self::U16 | Self::Bcd16 | Self::Bits16 | Self::Bool => 1,
            Self::I32 | Self::U32 | Self::F32 | Self::Bcd32 => 2,
            Self::Bcd48 => 3,
            Self::I64 | Self::U64 | Self::F64 | Self::Bcd64 => 4,
        }
    }
}

impl Function {
    /// Whether it reads single bits, each with an address of its own.
    #[must_use]
    pub const fn reads_bits(self) -> bool {
        matches!(self, Self::Coils | Self::DiscreteInputs)
    }
}

impl TryFrom<u8> for Function {
    type Error = &'static str;

    fn try_from(code: u8) -> Result<Self, Self::Error> {
        match code {
            1 => Ok(Self::Coils),
            2 => Ok(Self::DiscreteInputs),
            3 => Ok(Self::HoldingRegisters),
            4 => Ok(Self::InputRegisters),
            _ => Err("registers are read by function 1, 2, 3 or 4"),
        }
    }
}

impl From<Function> for u8 {
    fn from(function: Function) -> Self {
        function as Self
    }
}

impl TryFrom<u8> for WriteFunction {
    type Error = &'static str;

    fn try_from(code: u8) -> Result<Self, Self::Error> {
        match code {
            5 => Ok(Self::Coil),
            6 => Ok(Self::Register),
            16 => Ok(Self::Registers),
            _ => Err("registers are written by function 5, 6 or 16"),
        }
    }
}

impl From<WriteFunction> for u8 {
    fn from(function: WriteFunction) -> Self {
        function as Self
    }
}

impl Write {
    /// The value to write for a command that said `value`, or nothing where there is but one; `None`
    /// where it may not be written.
    #[must_use]
    pub fn allowed(&self, value: Option<f64>) -> Option<f64> {
        let Some(value) = value else {
            return match self.values.as_slice() {
                [only] if self.min.is_none() && self.max.is_none() => Some(*only),
                _ => None,
            };
        };
        let within = self
            .min
            .zip(self.max)
            .is_some_and(|(min, max)| (min..=max).contains(&value));
        (within || self.values.contains(&value)).then_some(value)
    }
}
