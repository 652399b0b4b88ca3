#![no_main]

use bridge::modbus::{decode, encode};
use domain::devices::register_map::{Coding, Encoding, Order};
use libfuzzer_sys::fuzz_target;

const ENCODINGS: [Encoding; 14] = [
    Encoding::I16,
    Encoding::U16,
    Encoding::I32,
    Encoding::U32,
    Encoding::I64,
    Encoding::U64,
    Encoding::F32,
    Encoding::F64,
    Encoding::Bcd16,
    Encoding::Bcd32,
    Encoding::Bcd48,
    Encoding::Bcd64,
    Encoding::Bits16,
    Encoding::Bool,
];

fuzz_target!(|said: (u8, [bool; 2], f64, f64, Option<u8>, Vec<u16>)| {
    let (encoding, [byte, word], scale, offset, bit, words) = said;
    let order = |little| if little { Order::Little } else { Order::Big };
    let coding = Coding {
        encoding: ENCODINGS[usize::from(encoding) % ENCODINGS.len()],
        byte_order: order(byte),
        word_order: order(word),
        scale,
        offset,
        bit,
    };
    if let Ok(value) = decode(&coding, &words)
        && let Some(number) = value.number()
    {
        assert!(number.is_finite());
        let _ = encode(&coding, number);
    }
});
