#![no_main]

use domain::devices::commands::Answer;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|payload: &[u8]| {
    let _ = Answer::parse(payload).map(Answer::whole);
});
