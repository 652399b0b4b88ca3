use proptest::{
    collection,
    prelude::*,
    sample::{Index, select},
};
use serde_json::json;

use super::*;

const NOW: Timestamp = Timestamp::constant(1_763_812_800, 0);

fn read(payload: &str) -> Decoded {
    decode(payload.as_bytes(), NOW)
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap()
}

fn reading(point: &str, ts: Timestamp, value: Value) -> Reading {
    Reading {
        point: point.into(),
        ts,
        value,
        quality: Quality::Good,
    }
}

fn number(point: &str, value: f64) -> Reading {
    reading(point, NOW, Value::Number(value))
}

#[test]
fn shapes_of_the_contract() {
    for (payload, expected) in [
        (r#"{"energy_kwh": 12.5}"#, vec![number("energy_kwh", 12.5)]),
        (
            r#"{"ts": 1700000000123, "seq": 7, "values": {"open": true, "opened_by": "张三"}}"#,
            vec![
                reading("open", at(1_700_000_000_123), Value::Bool(true)),
                reading(
                    "opened_by",
                    at(1_700_000_000_123),
                    Value::Text("张三".into()),
                ),
            ],
        ),
        (r#"{"values": {"a": -0.5e1}}"#, vec![number("a", -5.0)]),
        (
            r#" [ {"ts":1,"values":{"a":1}} , {"a":2}, {"values":{"b":false}} ] "#,
            vec![
                reading("a", at(1), Value::Number(1.0)),
                number("a", 2.0),
                reading("b", NOW, Value::Bool(false)),
            ],
        ),
        (
            r#"{"ts": -1, "values": {"a": 1}}"#,
            vec![reading("a", at(-1), Value::Number(1.0))],
        ),
        (r#"{"a": 1, "a": 2}"#, vec![number("a", 2.0)]),
        (
            r#"{"ts": 1, "values": {"a": 1}, "ts": 2, "values": {"a": 3}}"#,
            vec![reading("a", at(2), Value::Number(3.0))],
        ),
        (r#"{"\u0061": 1}"#, vec![number("a", 1.0)]),
        (
            r#"{"a": "\ud83d\ude00"}"#,
            vec![reading("a", NOW, Value::Text("😀".into()))],
        ),
        // Without a `values` object it is the bare form, whatever its fields are called.
        (
            r#"{"ts": 5, "values": 6}"#,
            vec![number("ts", 5.0), number("values", 6.0)],
        ),
        ("{}", vec![]),
        ("[]", vec![]),
        (r#"{"values": {}}"#, vec![]),
    ] {
        let decoded = read(payload);
        assert_eq!(decoded.readings, expected, "{payload}");
        assert!(
            decoded.refused.is_empty(),
            "{payload}: {:?}",
            decoded.refused
        );
    }
}

#[test]
fn a_time_may_be_written_as_a_float() {
    for (written, ms) in [
        ("1763812800000.0", 1_763_812_800_000),
        ("1763812800000.999", 1_763_812_800_000),
        ("1.7e12", 1_700_000_000_000),
        ("1.7638128005E+12", 1_763_812_800_500),
        ("1.5", 1),
        ("-1.5", -1),
        ("-0.0", 0),
        ("1e-999", 0),
    ] {
        let decoded = read(&format!(r#"{{"ts": {written}, "values": {{"a": 1}}}}"#));
        let wanted = Decoded {
            readings: vec![reading("a", at(ms), Value::Number(1.0))],
            refused: BTreeMap::new(),
        };
        assert_eq!(decoded, wanted, "{written}");
    }
}

#[test]
fn a_gateway_answers_for_names_that_are_no_keys() {
    use Refusal::{ForeignDevice, Malformed, UnknownPoint};
    let long = "a".repeat(41);
    let payload = format!(
        r#"{{"m-1": {{"a": 1, "?": 2}}, "m\u0000": {{"a": 1}}, "M-1": [{{"a": 1}}, 7], " m-1": {{"a": 1}},
            "": {{"a": 1}}, "表": {{"a": 1}}, "{long}": 5, "\ud800": {{"a": 1}}, "m-2": 5, "m-3": {{}}}}"#
    );
    let behind = decode_behind(payload.as_bytes(), NOW).unwrap();
    let key = |raw: &str| DeviceKey::parse(raw).unwrap();
    let first = Decoded {
        readings: vec![number("a", 1.0)],
        refused: BTreeMap::from([(UnknownPoint, 1)]),
    };
    let wanted = [
        (key("m-1"), first),
        (key("m-2"), Decoded::refusal(Malformed)),
    ];
    assert_eq!(behind.said, wanted);
    let own = Decoded {
        readings: vec![],
        refused: BTreeMap::from([(ForeignDevice, 6), (Malformed, 1)]),
    };
    assert_eq!(behind.own, own);

    let devices = |count: usize| {
        let devices: Vec<String> = (0..count).map(|n| format!(r#""m{n}":{{}}"#)).collect();
        decode_behind(format!("{{{}}}", devices.join(",")).as_bytes(), NOW).unwrap()
    };
    assert!(devices(MAX_VALUES).is_empty());
    let own = devices(MAX_VALUES + 7).own;
    assert_eq!(own.refused, BTreeMap::from([(Malformed, 7)]));
    assert_eq!(decode_behind(b"[]", NOW), None);
}

#[test]
fn refusals_leave_the_good_part() {
    use Refusal::{Malformed, NotFinite, UnknownPoint};
    for (payload, kept, refused) in [
        ("", 0, vec![(Malformed, 1)]),
        ("online", 0, vec![(Malformed, 1)]),
        (r#"{"a": 1"#, 0, vec![(Malformed, 1)]),
        (r#"{"a": 1}}"#, 0, vec![(Malformed, 1)]),
        (r#"{"a": NaN}"#, 0, vec![(Malformed, 1)]),
        (r#"{"a": -Infinity, "b": 1}"#, 0, vec![(Malformed, 1)]),
        (r#"[{"a": 1}, {"a": 01}]"#, 0, vec![(Malformed, 1)]),
        ("null", 0, vec![(Malformed, 1)]),
        ("1", 0, vec![(Malformed, 1)]),
        (r#""a""#, 0, vec![(Malformed, 1)]),
        ("[1, [], null, {\"a\": 1}]", 1, vec![(Malformed, 3)]),
        (
            r#"{"a": null, "b": {}, "c": [1], "d": 1}"#,
            1,
            vec![(Malformed, 3)],
        ),
        (
            r#"{"a": 1e999, "b": -1e999, "c": 1e308}"#,
            1,
            vec![(NotFinite, 2)],
        ),
        (r#"{"a": 1e-999}"#, 1, vec![]),
        (r#"{"a": "\ud800", "b": 1}"#, 1, vec![(Malformed, 1)]),
        (r#"{"\ud800": 1, "b": 1}"#, 1, vec![(Malformed, 1)]),
        (r#"{"a": "x\u0000", "b": 1}"#, 1, vec![(Malformed, 1)]),
        (
            r#"{"_a": 1, "": 1, "a-b": 1, "主": 1, "b\u0000": 1, "b": 1}"#,
            1,
            vec![(UnknownPoint, 5)],
        ),
        (
            r#"{"ts": "1", "values": {"a": 1, "b": 2}}"#,
            0,
            vec![(Malformed, 2)],
        ),
        (
            r#"{"ts": NaN, "values": {"a": 1}}"#,
            0,
            vec![(Malformed, 1)],
        ),
        (
            r#"{"ts": 1e999, "values": {"a": 1}}"#,
            0,
            vec![(Malformed, 1)],
        ),
        (
            r#"{"ts": -1e999, "values": {"a": 1}}"#,
            0,
            vec![(Malformed, 1)],
        ),
        (
            r#"{"ts": 1e18, "values": {"a": 1}}"#,
            0,
            vec![(Malformed, 1)],
        ),
        (
            r#"{"ts": true, "values": {"a": 1}}"#,
            0,
            vec![(Malformed, 1)],
        ),
        (
            r#"{"ts": null, "values": {"a": 1}}"#,
            0,
            vec![(Malformed, 1)],
        ),
        (
            r#"{"ts": 9223372036854775807, "values": {"a": 1}}"#,
            0,
            vec![(Malformed, 1)],
        ),
        (
            r#"{"ts": 99999999999999999999, "values": {"a": 1}}"#,
            0,
            vec![(Malformed, 1)],
        ),
        (r#"{"ts": "x", "values": {}}"#, 0, vec![(Malformed, 1)]),
        (
            r#"[{"ts": "x", "values": {"a": 1}}, {"a": 1}]"#,
            1,
            vec![(Malformed, 1)],
        ),
        (r#"{"values": [1]}"#, 0, vec![(Malformed, 1)]),
    ] {
        let decoded = read(payload);
        assert_eq!(decoded.readings.len(), kept, "{payload}");
        assert_eq!(decoded.refused, refused.into_iter().collect(), "{payload}");
    }
    assert_eq!(
        decode(b"{\"a\": \"\xff\"}", NOW),
        Decoded::refusal(Malformed)
    );
}

#[test]
fn bounds() {
    let fields = |count: usize| {
        let fields: Vec<String> = (0..count).map(|n| format!(r#""p{n}":{n}"#)).collect();
        format!("{{{}}}", fields.join(","))
    };
    let refused = |decoded: &Decoded| decoded.refused.get(&Refusal::Malformed).copied();

    let most = read(&fields(MAX_VALUES));
    assert_eq!((most.readings.len(), refused(&most)), (MAX_VALUES, None));
    let more = read(&fields(MAX_VALUES + 7));
    assert_eq!((more.readings.len(), refused(&more)), (MAX_VALUES, Some(7)));
    let many = read(&format!("[{},{}]", fields(MAX_VALUES - 1), fields(3)));
    assert_eq!((many.readings.len(), refused(&many)), (MAX_VALUES, Some(2)));

    let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(MAX_PAYLOAD));
    assert_eq!(read(&long), Decoded::refusal(Refusal::Malformed));
    let deep = "[".repeat(MAX_PAYLOAD / 2) + &"]".repeat(MAX_PAYLOAD / 2);
    assert_eq!(read(&deep), Decoded::refusal(Refusal::Malformed));
    let numbers = format!("[{}1]", "1,".repeat(400_000));
    assert_eq!(refused(&read(&numbers)), Some(400_001));
}

fn values() -> impl Strategy<Value = Value> {
    let finite = any::<f64>().prop_filter("finite", |number| number.is_finite());
    prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        finite.prop_map(Value::Number),
        "[^\0]{0,20}".prop_map(Value::Text),
    ]
}

/// What each of these may turn into on the way: some bytes are others, and the end is missing.
fn damaged(samples: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let edits = collection::vec((any::<Index>(), any::<u8>()), 0..6);
    (select(samples), edits, proptest::option::of(any::<Index>())).prop_map(
        |(sample, edits, cut)| {
            let mut bytes = sample.as_bytes().to_vec();
            for (at, byte) in edits {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            bytes.truncate(cut.map_or(bytes.len(), |cut| cut.index(bytes.len())));
            bytes
        },
    )
}

const SAMPLES: [&str; 4] = [
    r#"{"ts": 1763812800000, "seq": 7, "values": {"energy_kwh": 1234.5, "on": true, "label": "东门\u0041"}}"#,
    r#"[{"ts": -1, "values": {"a": 1e3}}, {"b": "x"}, {"values": {"c": -0.0, "c": 2}}]"#,
    r#"{"energy_kwh": 12345678901234567890, "ts": 5, "values": null}"#,
    r#"{"m-1": [{"ts": 1, "values": {"a": 1}}], "m-2": {"b": false}, "m-1": {"c": "\ud83d\ude00"}}"#,
];

/// Whatever it was, what is kept of it can be stored.
fn sound(decoded: &Decoded) -> bool {
    decoded.readings.iter().all(|reading| {
        let value = match &reading.value {
            Value::Number(number) => number.is_finite(),
            Value::Text(text) => !text.contains('\0'),
            Value::Bool(_) => true,
        };
        value && is_point_name(&reading.point)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn no_damage_is_too_strange(bytes in damaged(&SAMPLES)) {
        prop_assert!(sound(&decode(&bytes, NOW)));
        let behind = decode_behind(&bytes, NOW).unwrap_or_default();
        prop_assert!(behind.own.readings.is_empty());
        for (_, decoded) in behind.said {
            prop_assert!(sound(&decoded) && !decoded.is_empty());
        }
    }

    #[test]
    fn no_bytes_of_a_gateway_are_too_strange(bytes in collection::vec(any::<u8>(), 0..400)) {
        let behind = decode_behind(&bytes, NOW).unwrap_or_default();
        prop_assert!(behind.said.iter().all(|(_, decoded)| sound(decoded)));
    }
}

proptest! {
    #[test]
    fn no_bytes_are_too_strange(bytes in collection::vec(any::<u8>(), 0..400)) {
        let decoded = decode(&bytes, NOW);
        prop_assert!(decoded.readings.iter().all(|reading| is_point_name(&reading.point)));
    }

    #[test]
    fn no_json_like_text_is_too_strange(
        text in r#"([\[\]{},:]|"ts"|"values"|"a"|null|true|1e999|-?[0-9]{1,25}|"\\ud800"){0,40}"#
    ) {
        read(&text);
    }

    #[test]
    fn what_was_sent_is_read(
        batch in collection::vec(
            (
                proptest::option::of(-1_000_000_000_000_i64..4_000_000_000_000),
                collection::btree_map("[A-Za-z][A-Za-z0-9_]{0,39}", values(), 0..6),
            ),
            0..5,
        )
    ) {
        let payload: Vec<_> = batch
            .iter()
            .map(|(ts, values)| match ts {
                Some(ts) => json!({"ts": ts, "seq": 1, "values": values}),
                None => json!({"values": values}),
            })
            .collect();
        let expected: Vec<Reading> = batch
            .iter()
            .flat_map(|(ts, values)| {
                let ts = ts.map_or(NOW, at);
                values.iter().map(move |(point, value)| reading(point, ts, value.clone()))
            })
            .collect();
        let decoded = read(&serde_json::to_string(&payload).unwrap());
        prop_assert_eq!(decoded, Decoded { readings: expected, refused: BTreeMap::new() });
    }
}
