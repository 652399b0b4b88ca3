#![no_main]

use bridge::modbus::plan;
use domain::devices::register_map::RegisterMap;
use libfuzzer_sys::fuzz_target;

// As it is typed in, and what is asked by it.
fuzz_target!(|text: &[u8]| {
    if let Ok(json) = serde_json::from_slice(text)
        && let Ok(map) = RegisterMap::read(&json)
    {
        let reads = plan(&map);
        assert!(
            reads
                .iter()
                .all(|read| read.count <= map.limits.max_registers)
        );
    }
});
