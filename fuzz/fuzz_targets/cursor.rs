#![no_main]

use domain::{DeviceId, EstateId, page::PageAsk};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let ask = PageAsk {
        cursor: Some(text.to_owned()),
        limit: None,
    };
    let _ = ask.after::<DeviceId>();
    if let Ok(id) = text.parse::<EstateId>() {
        assert_eq!(id.to_string().parse(), Ok(id));
    }
});
