//! Registers to values, and back.
//!
//! A register is 16 bits, high byte first on the wire. How several make one value, nobody
//! standardised: see [`Coding`].

use domain::{
    devices::{
        ValueType,
        register_map::{Coding, Encoding, Order},
    },
    telemetry::{Refusal, Value},
};

#[cfg(test)]
mod tests;

/// Reads a value from the registers that hold it, in the order of their addresses. A coil is one
/// register, 0 or 1.
///
/// # Errors
/// `not_finite`; `malformed` for digits that are none, and for another number of registers.
pub fn decode(coding: &Coding, words: &[u16]) -> Result<Value, Refusal> {
    let bits = bits(coding, words).ok_or(Refusal::Malformed)?;
    if coding.value_type() == ValueType::Bool {
        let mask = coding
            .bit
            .map_or(u64::MAX, |bit| 1_u64.checked_shl(bit.into()).unwrap_or(0));
        return Ok(Value::Bool(bits & mask != 0));
    }
    let number = scaled(coding, raw(coding.encoding, bits)?);
    if number.is_finite() {
        Ok(Value::Number(number))
    } else {
        Err(Refusal::NotFinite)
    }
}

/// Writes a value as [`decode`] reads it; 0 and 1 for a coil or a bit, of a word that is otherwise
/// 0. `None` where it does not fit.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    reason = "a word is cut out of the bits"
)]
pub fn encode(coding: &Coding, value: f64) -> Option<Vec<u16>> {
    let bits = if coding.value_type() == ValueType::Bool {
        let on = u64::from(value != 0.0);
        on.checked_shl(coding.bit.unwrap_or(0).into())?
    } else {
        unscaled(coding, value)?
    };
    let mut words: Vec<u16> = (0..coding.encoding.words())
        .rev()
        .map(|word| (bits >> (word * 16)) as u16)
        .collect();
    arrange(coding, &mut words);
    Some(words)
}

/// Into the order of the protocol from the device's, or the other way.
fn arrange(coding: &Coding, words: &mut [u16]) {
    if coding.byte_order == Order::Little {
        for word in &mut *words {
            *word = word.swap_bytes();
        }
    }
    if coding.word_order == Order::Little {
        words.reverse();
    }
}

/// The bits of a value, right-aligned.
fn bits(coding: &Coding, words: &[u16]) -> Option<u64> {
    if words.len() != usize::from(coding.encoding.words()) {
        return None;
    }
    let mut words = words.to_vec();
    arrange(coding, &mut words);
    Some(
        words
            .iter()
            .fold(0, |bits, word| bits << 16 | u64::from(*word)),
    )
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    reason = "the bits of a narrower type are cut out; a value is an f64, exact to 2^53"
)]
fn raw(encoding: Encoding, bits: u64) -> Result<f64, Refusal> {
    Ok(match encoding {
        Encoding::I16 => f64::from(bits as u16 as i16),
        Encoding::I32 => f64::from(bits as u32 as i32),
        Encoding::I64 => bits as i64 as f64,
        Encoding::U16 | Encoding::U32 | Encoding::U64 | Encoding::Bits16 | Encoding::Bool => {
            bits as f64
        }
        Encoding::F32 => f64::from(f32::from_bits(bits as u32)),
        Encoding::F64 => f64::from_bits(bits),
        Encoding::Bcd16 | Encoding::Bcd32 | Encoding::Bcd48 | Encoding::Bcd64 => {
            digits(bits).ok_or(Refusal::Malformed)? as f64
        }
    })
}

/// Four bits a decimal digit.
fn digits(bits: u64) -> Option<u64> {
    (0..16).rev().try_fold(0, |number, digit| {
        let digit = bits >> (digit * 4) & 0xF;
        (digit < 10).then_some(number * 10 + digit)
    })
}

fn scaled(coding: &Coding, raw: f64) -> f64 {
    // 0.01 is no binary fraction and 100 is: 165191 / 100 is the 1651.91 that the meter shows.
    let divisor = 1.0 / coding.scale;
    let product = if divisor.abs() > 1.0 && divisor.fract() == 0.0 {
        raw / divisor
    } else {
        raw * coding.scale
    };
    product + coding.offset
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "held to the range of the type, whose bits these are"
)]
fn unscaled(coding: &Coding, value: f64) -> Option<u64> {
    let raw = (value - coding.offset) / coding.scale;
    let whole = raw.round();
    let within = |least: f64, end: f64| (least..end).contains(&whole);
    let signed = |bits| {
        let end = 2_f64.powi(bits - 1);
        within(-end, end).then_some(whole as i64 as u64)
    };
    let unsigned = |bits| within(0.0, 2_f64.powi(bits)).then_some(whole as u64);
    let bcd = |digits| within(0.0, 10_f64.powi(digits)).then(|| decimal(whole as u64));
    match coding.encoding {
        Encoding::I16 => signed(16),
        Encoding::I32 => signed(32),
        Encoding::I64 => signed(64),
        Encoding::U16 | Encoding::Bits16 | Encoding::Bool => unsigned(16),
        Encoding::U32 => unsigned(32),
        Encoding::U64 => unsigned(64),
        Encoding::F32 => {
            let single = raw as f32;
            single.is_finite().then(|| single.to_bits().into())
        }
        Encoding::F64 => raw.is_finite().then(|| raw.to_bits()),
        Encoding::Bcd16 => bcd(4),
        Encoding::Bcd32 => bcd(8),
        Encoding::Bcd48 => bcd(12),
        Encoding::Bcd64 => bcd(16),
    }
}

/// The reverse of [`digits`].
fn decimal(number: u64) -> u64 {
    (0..16)
        .scan(number, |rest, digit| {
            let bits = (*rest % 10) << (digit * 4);
            *rest /= 10;
            Some(bits)
        })
        .sum()
}
