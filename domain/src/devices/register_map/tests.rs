use proptest::{collection, prelude::*, sample::Index};
use serde_json::{Value, json};

use super::*;
use crate::problem::{Flaw, Problem};

/// A map in the published form, with members that nobody reads.
fn meter() -> Value {
    json!({
        "id": "test-meter", "vendor": "Test", "kind": "electricity", "source": ["a manual"],
        "registers": [
            {
                "name": "energy_import_total", "point": "energy_kwh", "address": 4126,
                "address_hex": "0x101E", "function": 3, "type": "f32", "words": 2,
                "byte_order": "big", "word_order": "little", "scale": 1, "unit": "kWh"
            },
            {"name": "tamper", "address": 7, "function": 4, "type": "bits16", "bit": 3, "note": "*"},
            {"name": "relay", "address": 0, "function": 1, "type": "bool"}
        ],
        "writes": {
            "set_relay": {"function": 5, "address": 0, "type": "bool", "values": [0, 1]},
            "set_limit": {"function": 16, "address": 40, "type": "u32", "min": 0, "max": 100}
        }
    })
}

fn flaws(json: &Value) -> Vec<(String, Flaw)> {
    let Problem { fields, .. } = RegisterMap::read(json).unwrap_err();
    fields.into_iter().collect()
}

#[track_caller]
fn refused(at: &str, value: Value, field: &str, flaw: Flaw) {
    let mut json = meter();
    *json.pointer_mut(at).unwrap() = value;
    assert_eq!(flaws(&json), [(field.to_owned(), flaw)]);
}

#[test]
fn the_published_form_is_read() {
    let map = RegisterMap::read(&meter()).unwrap();
    let points: Vec<(String, ValueType)> = map
        .points()
        .into_iter()
        .map(|point| (point.name, point.value_type))
        .collect();
    assert_eq!(
        points,
        [
            ("energy_kwh".into(), ValueType::Number),
            ("tamper".into(), ValueType::Bool),
            ("relay".into(), ValueType::Bool),
        ]
    );
    assert_eq!(map.limits, Limits::default());
    let stored = serde_json::to_value(&map).unwrap();
    assert_eq!(RegisterMap::read(&stored), Ok(map));
}

#[test]
fn what_cannot_be_read_is_named() {
    refused(
        "/registers/0/type",
        json!("float32"),
        "registers.0.type",
        Flaw::Malformed,
    );
    refused(
        "/registers/0/function",
        json!(7),
        "registers.0.function",
        Flaw::OutOfRange,
    );
    refused(
        "/registers/1/address",
        json!(70_000),
        "registers.1.address",
        Flaw::OutOfRange,
    );
    refused(
        "/registers/0/word_order",
        json!("middle"),
        "registers.0.word_order",
        Flaw::Malformed,
    );
    refused("/registers/0", json!([]), "registers.0", Flaw::Malformed);
    refused("/registers", json!(1), "registers", Flaw::Malformed);
    refused(
        "/writes/set_relay/function",
        json!(15),
        "writes.set_relay.function",
        Flaw::OutOfRange,
    );
    assert_eq!(
        flaws(&json!("sdm630")),
        [("registers".into(), Flaw::Malformed)]
    );
    assert_eq!(flaws(&json!({})), [("registers".into(), Flaw::Required)]);
    let bare = json!({"registers": [{"name": "a", "type": "u16"}], "limits": {"max_gap": -1}});
    assert_eq!(
        flaws(&bare),
        [
            ("limits.max_gap".into(), Flaw::OutOfRange),
            ("registers.0.address".into(), Flaw::Required),
            ("registers.0.function".into(), Flaw::Required),
        ]
    );
}

#[test]
fn what_breaks_a_rule_is_named() {
    refused("/registers", json!([]), "registers", Flaw::Required);
    refused(
        "/registers/1/name",
        json!("tamper!"),
        "registers.1.name",
        Flaw::Malformed,
    );
    refused(
        "/registers/1/name",
        json!("relay"),
        "registers.2.name",
        Flaw::Taken,
    );
    refused(
        "/registers/1/name",
        json!("energy_kwh"),
        "registers.1.name",
        Flaw::Taken,
    );
    refused(
        "/registers/0/words",
        json!(1),
        "registers.0.words",
        Flaw::OutOfRange,
    );
    refused(
        "/registers/0/address",
        json!(65_535),
        "registers.0.address",
        Flaw::OutOfRange,
    );
    refused(
        "/registers/0/scale",
        json!(0),
        "registers.0.scale",
        Flaw::OutOfRange,
    );
    refused(
        "/registers/1/bit",
        json!(16),
        "registers.1.bit",
        Flaw::OutOfRange,
    );
    refused(
        "/registers/1/type",
        json!("u16"),
        "registers.1.bit",
        Flaw::Malformed,
    );
    refused(
        "/registers/2/type",
        json!("u16"),
        "registers.2.type",
        Flaw::Malformed,
    );
    refused(
        "/writes/set_limit/max",
        json!(null),
        "writes.set_limit.max",
        Flaw::Required,
    );
    refused(
        "/writes/set_limit/min",
        json!(101),
        "writes.set_limit.max",
        Flaw::OutOfRange,
    );
    refused(
        "/writes/set_relay/values",
        json!([]),
        "writes.set_relay.values",
        Flaw::Required,
    );
    refused(
        "/writes/set_limit/function",
        json!(6),
        "writes.set_limit.type",
        Flaw::Malformed,
    );

    let mut json = meter();
    json["limits"] = json!({"max_registers": 1});
    assert_eq!(
        flaws(&json),
        [("limits.max_registers".into(), Flaw::OutOfRange)]
    );
    let rows = (0..201)
        .map(|n| json!({"name": format!("a{n}"), "address": n, "function": 3, "type": "u16"}));
    json = json!({"registers": rows.collect::<Vec<_>>()});
    assert_eq!(flaws(&json), [("registers".into(), Flaw::TooLong)]);
}

#[test]
fn only_what_is_listed_may_be_written() {
    let map = RegisterMap::read(&meter()).unwrap();
    let relay = &map.writes["set_relay"];
    assert_eq!(relay.allowed(Some(1.0)), Some(1.0));
    assert_eq!(relay.allowed(Some(2.0)), None);
    assert_eq!(relay.allowed(None), None, "which of the two?");
    let limit = &map.writes["set_limit"];
    assert_eq!(limit.allowed(Some(99.5)), Some(99.5));
    assert_eq!(limit.allowed(Some(100.5)), None);
    assert_eq!(limit.allowed(Some(f64::NAN)), None);
    let only = Write {
        values: vec![2.0],
        ..relay.clone()
    };
    assert_eq!(only.allowed(None), Some(2.0));
}

/// Every member of a JSON value, the innermost first.
fn members(json: &mut Value) -> Vec<&mut Value> {
    match json {
        Value::Array(items) => items.iter_mut().flat_map(members).collect(),
        Value::Object(fields) => fields.values_mut().flat_map(members).collect(),
        scalar => vec![scalar],
    }
}

fn scalars() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (0_u64..70_000).prop_map(Value::from),
        "[A-Za-z0-9_]{0,12}|.{0,3}".prop_map(Value::from),
        Just(json!({})),
        Just(json!([1])),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn no_map_is_too_strange(changes in collection::vec((any::<Index>(), scalars()), 0..4)) {
        let mut json = meter();
        for (at, value) in changes {
            let mut members = members(&mut json);
            if !members.is_empty() {
                let at = at.index(members.len());
                *members[at] = value;
            }
        }
        match RegisterMap::read(&json) {
            Ok(map) => {
                prop_assert_eq!(map.check(), Ok(()));
                prop_assert!(map.registers.iter().all(|register| register.end() <= 1 << 16));
                let stored = serde_json::to_value(&map).unwrap();
                prop_assert_eq!(RegisterMap::read(&stored), Ok(map));
            }
            Err(problem) => prop_assert!(!problem.fields.is_empty()),
        }
    }

    #[test]
    fn no_text_is_too_strange(bytes in collection::vec((any::<Index>(), any::<u8>()), 1..6)) {
        let mut text = meter().to_string().into_bytes();
        for (at, byte) in bytes {
            let at = at.index(text.len());
            text[at] = byte;
        }
        if let Ok(json) = serde_json::from_slice::<Value>(&text) {
            let _ = RegisterMap::read(&json);
        }
    }
}
