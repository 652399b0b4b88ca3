#![no_main]

use bridge::payload::decode_behind;
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|payload: &[u8]| {
    let _ = decode_behind(payload, Timestamp::UNIX_EPOCH);
});
