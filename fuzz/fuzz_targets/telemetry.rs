#![no_main]

use bridge::payload::decode;
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|payload: &[u8]| {
    let _ = decode(payload, Timestamp::UNIX_EPOCH);
});
