#![no_main]

use libfuzzer_sys::fuzz_target;
use server::live::read_ask;

fuzz_target!(|text: &str| {
    let _ = read_ask(text);
});
