use domain::devices::register_map::RegisterMap;
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn coding(json: serde_json::Value) -> Coding {
    serde_json::from_value(json).unwrap()
}

/// Words from the bytes as a vendor's document prints them.
fn words(hex: &str) -> Vec<u16> {
    let bytes: Vec<u16> = hex
        .split(' ')
        .map(|byte| u16::from_str_radix(byte, 16).unwrap())
        .collect();
    bytes.chunks(2).map(|pair| pair[0] << 8 | pair[1]).collect()
}

fn number(coding: &Coding, hex: &str) -> f64 {
    decode(coding, &words(hex)).unwrap().number().unwrap()
}

#[track_caller]
fn near(found: f64, wanted: f64, tolerance: f64) {
    assert!((found - wanted).abs() <= tolerance, "{found} for {wanted}");
}

/// From the documents that the maps' sources name, and for the electricity meters computed.
#[test]
fn known_models() {
    for (map, register, hex, wanted) in [
        ("xintai-water-valve", "flow_rate", "1E 85 0B 3F", 0.545),
        (
            "xintai-water-valve",
            "flow_forward_total",
            "A4 70 AD 40",
            5.42,
        ),
        (
            "xintai-water-valve",
            "flow_reverse_total",
            "C2 F5 78 40",
            3.89,
        ),
        ("xintai-water-valve", "flow_rate", "08 AC 1C 3E", 0.153),
        (
            "xintai-water-valve",
            "remaining_prepaid",
            "00 00 00 40",
            2.0,
        ),
        ("xintai-water-valve", "pressure", "DF 4F 5D 3F", 0.8645),
        ("xintai-water-valve", "temperature", "66 66 CA 41", 25.3),
        ("nyk-es810-water", "volume_total", "00 12 D6 87", 12345.67),
        (
            "eastron-sdm630",
            "energy_import_total",
            "46 40 E6 B6",
            12345.678,
        ),
        ("eastron-sdm630", "voltage_l1", "43 66 66 66", 230.4),
        ("chint-dtsu666", "voltage_l1", "45 10 00 00", 230.4),
        ("chint-dtsu666", "current_l1", "45 A0 18 00", 5.123),
    ] {
        let map = RegisterMap::known(map).unwrap();
        let register = map.registers.iter().find(|known| known.name == register);
        near(number(&register.unwrap().coding, hex), wanted, 0.001);
    }
}

/// `Pho3niX90/solis_modbus` issue 410 (an Acrel meter), and a gas corrector's code comment.
#[test]
fn other_meters() {
    let acrel = coding(json!({"type": "u32", "scale": 0.01}));
    // To the last digit: a bill shows it.
    assert_eq!(number(&acrel, "00 02 85 47").to_string(), "1651.91");
    assert_eq!(number(&acrel, "00 00 9B 5D").to_string(), "397.73");
    let single = coding(json!({"type": "f32"}));
    near(number(&single, "4B 3C 61 56"), 12_345_686.0, 0.02);
    near(number(&single, "44 9B 63 92"), 1243.1116, 0.02);
    near(number(&single, "42 CC 6C 8B"), 102.212, 0.001);
    let bcd = coding(json!({"type": "bcd48", "scale": 0.0001}));
    assert_eq!(number(&bcd, "00 00 12 43 11 16").to_string(), "1243.1116");
}

#[test]
fn all_four_orders() {
    // 230.4 as ABCD, CDAB, BADC and DCBA.
    for (hex, byte, word) in [
        ("43 66 66 66", "big", "big"),
        ("66 66 43 66", "big", "little"),
        ("66 43 66 66", "little", "big"),
        ("66 66 66 43", "little", "little"),
    ] {
        let coding = coding(json!({"type": "f32", "byte_order": byte, "word_order": word}));
        near(number(&coding, hex), 230.4, 0.0001);
    }
}

#[test]
fn signs_widths_and_offsets() {
    for (json, hex, wanted) in [
        (json!({"type": "i16"}), "FF FE", -2.0),
        (json!({"type": "u16"}), "FF FE", 65_534.0),
        (json!({"type": "i32"}), "FF FF FF FE", -2.0),
        (json!({"type": "i64"}), "FF FF FF FF FF FF FF FE", -2.0),
        (
            json!({"type": "u64"}),
            "00 00 00 01 00 00 00 00",
            4_294_967_296.0,
        ),
        (json!({"type": "f64"}), "3F F8 00 00 00 00 00 00", 1.5),
        (json!({"type": "bcd16"}), "98 76", 9876.0),
        (
            json!({"type": "u16", "scale": 0.1, "offset": -40}),
            "01 F4",
            10.0,
        ),
        (json!({"type": "bits16"}), "00 AA", 170.0),
    ] {
        near(number(&coding(json), hex), wanted, 1e-12);
    }
}

#[test]
fn bits() {
    let read = |json, word| decode(&coding(json), &[word]);
    assert_eq!(
        read(json!({"type": "bits16", "bit": 3}), 0b1000),
        Ok(Value::Bool(true))
    );
    assert_eq!(
        read(json!({"type": "bits16", "bit": 3}), 0b0111),
        Ok(Value::Bool(false))
    );
    assert_eq!(read(json!({"type": "bool"}), 2), Ok(Value::Bool(true)));
    assert_eq!(read(json!({"type": "bool"}), 0), Ok(Value::Bool(false)));
    let swapped = json!({"type": "bool", "bit": 0, "byte_order": "little"});
    assert_eq!(read(swapped, 0x0100), Ok(Value::Bool(true)));
}

#[test]
fn what_is_no_value() {
    let refused = |json, hex| decode(&coding(json), &words(hex)).unwrap_err();
    assert_eq!(
        refused(json!({"type": "f32"}), "7F C0 00 00"),
        Refusal::NotFinite
    );
    assert_eq!(
        refused(json!({"type": "f32"}), "FF 80 00 00"),
        Refusal::NotFinite
    );
    assert_eq!(
        refused(json!({"type": "bcd32"}), "00 00 00 1A"),
        Refusal::Malformed
    );
    assert_eq!(refused(json!({"type": "f32"}), "43 66"), Refusal::Malformed);
    let huge = json!({"type": "f64", "scale": 1e300});
    assert_eq!(refused(huge, "7F E0 00 00 00 00 00 00"), Refusal::NotFinite);
}

#[test]
fn what_does_not_fit_is_not_written() {
    for (kind, value) in [
        ("u16", 65_536.0),
        ("u16", -1.0),
        ("i16", 32_768.0),
        ("bcd16", 10_000.0),
        ("u64", 2_f64.powi(64)),
        ("i64", -1e30),
        ("f32", 1e39),
        ("f64", f64::NAN),
    ] {
        assert_eq!(
            encode(&coding(json!({"type": kind})), value),
            None,
            "{kind} {value}"
        );
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        kind in prop::sample::select(vec![
            "i16", "u16", "i32", "u32", "i64", "u64", "f32", "f64", "bcd16", "bcd32", "bcd48",
            "bcd64", "bits16",
        ]),
        byte in prop::sample::select(vec!["big", "little"]),
        word in prop::sample::select(vec!["big", "little"]),
        value in 0_u16..10_000,
    ) {
        let coding = coding(json!({
            "type": kind, "byte_order": byte, "word_order": word, "scale": 0.1, "offset": -5
        }));
        let value = f64::from(value) / 10.0 - 5.0;
        let words = encode(&coding, value).unwrap();
        let read = decode(&coding, &words).unwrap().number().unwrap();
        prop_assert!((read - value).abs() < 1e-4, "{read} for {value}");
    }

    #[test]
    fn no_words_are_too_strange(words in prop::collection::vec(any::<u16>(), 0..5)) {
        for kind in ["i16", "u32", "f32", "f64", "bcd16", "bcd64", "bits16", "bool"] {
            let _ = decode(&coding(json!({"type": kind, "scale": 0.1})), &words);
        }
    }
}
