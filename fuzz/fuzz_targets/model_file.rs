#![no_main]

use bridge::modbus::{decode, plan};
use domain::devices::models::file::{Instead, read};
use libfuzzer_sys::fuzz_target;

// A file of models, what is asked by their maps, and an answer to it.
fuzz_target!(|bytes: &[u8]| {
    for model in read(bytes, &Instead::default()).unwrap_or_default() {
        assert!(!model.all_points().is_empty());
        for read in model.map.iter().flat_map(plan) {
            let answer = vec![0xA5A5; usize::from(read.count)];
            for register in &read.registers {
                let words = read.words(register, &answer).unwrap_or_default();
                let _ = decode(&register.coding, words);
            }
        }
    }
});
