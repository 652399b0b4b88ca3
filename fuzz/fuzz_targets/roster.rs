#![no_main]

use backend::estates::read_upload;
use libfuzzer_sys::fuzz_target;

// A workbook or text, in whatever encoding.
fuzz_target!(|bytes: &[u8]| {
    let _ = read_upload(bytes);
});
