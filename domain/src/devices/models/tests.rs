use proptest::{collection, prelude::*, sample::Index};
use serde_json::{Value, json};

use super::{change::*, editor::*, file::*, sheet::*, *};
use crate::{
    devices::{DeviceForm, NewDevice, Transport, TransportForm, ValueType, modbus::ModbusForm},
    id::EstateId,
    sheet::Column,
};

/// As a client sends it.
fn meter() -> Value {
    json!({
        "id": "acme-3", "name": "三相表", "maker": "Acme", "kind": "electricity_meter",
        "points": [
            { "name": "seal", "type": "bool" },
            { "name": "power_w", "unit": "W", "type": "number", "min": -50_000, "max": 50_000 }
        ],
        "map": {
            "registers": [
                {
                    "name": "energy", "point": "energy_kwh", "address": 0, "function": 3,
                    "type": "u32", "scale": 0.01, "unit": "kWh", "min": 0
                },
                { "name": "voltage_l1", "address": 8, "function": 3, "type": "u16", "scale": 0.1,
                  "unit": "V", "min": 0, "max": 500 }
            ],
            "writes": { "reset": { "function": 6, "address": 99, "type": "u16", "values": [1] } },
            "limits": { "max_registers": 40 }
        }
    })
}

fn read(json: &Value) -> Result<DeviceModel, Problem> {
    DeviceModel::try_from(serde_json::from_value::<ModelForm>(json.clone()).unwrap())
}

fn good() -> DeviceModel {
    read(&meter()).unwrap()
}

fn flaws(problem: Problem) -> Vec<(String, Flaw)> {
    problem.fields.into_iter().collect()
}

#[track_caller]
fn refused(at: &str, value: Value, field: &str, flaw: Flaw) {
    let mut json = meter();
    *json.pointer_mut(at).unwrap() = value;
    assert_eq!(flaws(read(&json).unwrap_err()), [(field.to_owned(), flaw)]);
}

#[test]
fn a_model_gives_its_devices_their_points_each_once() {
    let model = good();
    let points = model.all_points();
    let named: Vec<_> = points
        .iter()
        .map(|point| (&*point.name, point.range))
        .collect();
    let range = |min, max| super::super::ValidRange { min, max };
    assert_eq!(
        named,
        [
            ("energy_kwh", range(Some(0.0), None)),
            ("power_w", range(Some(-50_000.0), Some(50_000.0))),
            ("voltage_l1", range(Some(0.0), Some(500.0))),
            ("seal", range(None, None)),
        ]
    );
    assert_eq!(points[0].unit, "kWh");
    assert_eq!(model.title(), "Acme 三相表");
    let map = model.map.unwrap();
    assert_eq!(
        (&*map.id, &*map.vendor, &*map.model),
        ("acme-3", "Acme", "三相表")
    );
}

#[test]
fn what_breaks_a_rule_is_named_at_its_place() {
    refused("/id", json!("Acme 3"), "id", Flaw::Malformed);
    refused("/id", json!("eastron-sdm630"), "id", Flaw::Reserved);
    refused("/name", json!(" "), "name", Flaw::Required);
    refused("/kind", json!("飞碟"), "kind", Flaw::Unknown);
    refused(
        "/points/0/name",
        json!("seal!"),
        "points.0.name",
        Flaw::Malformed,
    );
    refused(
        "/points/0/type",
        json!("lamp"),
        "points.0.type",
        Flaw::Malformed,
    );
    refused("/points/1/min", json!("x"), "points.1.min", Flaw::Malformed);
    refused(
        "/points/1/max",
        json!(-60_000),
        "points.1.max",
        Flaw::OutOfRange,
    );
    refused(
        "/points/1/unit",
        json!("kW"),
        "points.1.unit",
        Flaw::Malformed,
    );
    // A register feeds it, and says its range.
    refused(
        "/points/0/name",
        json!("voltage_l1"),
        "points.0.name",
        Flaw::Taken,
    );
    refused(
        "/map/registers/0/type",
        json!("float"),
        "map.registers.0.type",
        Flaw::Malformed,
    );
    refused(
        "/map/registers/0/unit",
        json!("Wh"),
        "map.registers.0.unit",
        Flaw::Malformed,
    );
    refused(
        "/map/registers/1/max",
        json!(-1),
        "map.registers.1.max",
        Flaw::OutOfRange,
    );
    refused("/points", json!("none"), "points", Flaw::Malformed);
    refused("/map", json!([]), "map.registers", Flaw::Malformed);
    let bare = json!({ "id": "a", "name": "a", "kind": "sensor" });
    assert_eq!(
        flaws(read(&bare).unwrap_err()),
        [("points".to_owned(), Flaw::Required)]
    );
}

#[test]
fn a_device_is_registered_with_it() {
    let form = |transport, model: Option<&str>, kind| DeviceForm {
        name: "表".to_owned(),
        key: None,
        kind,
        estate: EstateId(uuid::Uuid::nil()),
        unit: None,
        place: None,
        transport,
        gateway: None,
        model: model.map(str::to_owned),
        points: Vec::new(),
    };
    let asked = |map: Value| {
        TransportForm::Modbus(ModbusForm {
            host: "10.0.0.7".to_owned(),
            map,
            ..ModbusForm::default()
        })
    };
    let own = good();
    let kind = DeviceKind::ElectricityMeter;
    for (map, model) in [(json!("acme-3"), None), (Value::Null, Some("acme-3"))] {
        let form = form(asked(map), model, kind);
        assert_eq!(form.own_model(), Some("acme-3"));
        let device = NewDevice::of(form, Some(&own)).unwrap();
        assert_eq!(device.model.as_ref(), Some(&own.id));
        assert_eq!(device.points, own.all_points());
        let Transport::Modbus(modbus) = device.transport.clone() else {
            panic!("it is asked")
        };
        // By name: what it is asked for is looked up.
        assert_eq!(modbus.map, json!("acme-3"));
        let Transport::Modbus(modbus) = device.transport.with_map(own.map.as_ref()) else {
            panic!("it is asked")
        };
        assert_eq!(modbus.register_map().ok(), own.map);
    }
    let said = NewDevice::of(
        form(TransportForm::Http {}, Some("acme-3"), kind),
        Some(&own),
    );
    assert_eq!(said.unwrap().points.len(), 4);

    let refused = |form, own| flaws(NewDevice::of(form, own).unwrap_err());
    let flaw = |field: &str, flaw| vec![(field.to_owned(), flaw)];
    let mqtt = || TransportForm::Mqtt {};
    assert_eq!(
        refused(form(mqtt(), Some("acme-4"), kind), None),
        flaw("model", Flaw::Unknown)
    );
    assert_eq!(
        refused(form(mqtt(), Some("acme-3"), DeviceKind::Pump), Some(&own)),
        flaw("kind", Flaw::Ambiguous)
    );
    let both = form(asked(json!("eastron-sdm120")), Some("acme-3"), kind);
    assert_eq!(refused(both, Some(&own)), flaw("model", Flaw::Ambiguous));
    // A model that stands in no registers cannot be asked.
    let spoken = DeviceModel {
        map: None,
        ..own.clone()
    };
    assert_eq!(
        refused(form(asked(json!("acme-3")), None, kind), Some(&spoken)),
        flaw("transport.modbus.map", Flaw::Unknown)
    );
    // One of Linli's gives its points to what speaks by itself.
    let known = NewDevice::of(form(mqtt(), Some("eastron-sdm120"), kind), None).unwrap();
    assert!(known.model.is_none() && known.points.len() > 10);
}

#[test]
fn a_point_that_devices_have_keeps_unit_and_type() {
    let model = good();
    let had = model.all_points();
    assert_eq!(fits(&model, had.iter()), Ok(()));
    let mut other = meter();
    other["map"]["registers"][1]["unit"] = json!("mV");
    other["points"][0]["type"] = json!("number");
    let refused = fits(&read(&other).unwrap(), had.iter()).unwrap_err();
    assert_eq!(refused.code, Code::Conflict);
    let places: Vec<_> = refused.fields.keys().map(String::as_str).collect();
    assert_eq!(places, ["map.registers.1.unit", "points.0.type"]);
    // Scale and range are what a correction is for.
    other = meter();
    other["map"]["registers"][1]["scale"] = json!(0.01);
    let after = read(&other).unwrap();
    assert_eq!(fits(&after, had.iter()), Ok(()));
    assert_eq!(differences(&model, &after), ["map"]);
    let change = ModelChangeForm {
        maker: Some("Acme 2".to_owned()),
        ..ModelChangeForm::default()
    };
    let after = change.on(&model).unwrap();
    assert_eq!(
        (&*after.maker, after.points == model.points),
        ("Acme 2", true)
    );
}

#[test]
fn what_is_typed_is_the_model_again() {
    let model = good();
    let tables = ModelTables::of(&model);
    let change = tables.change(model.name.clone(), model.maker.clone(), &model);
    // Commands and limits stand in no table, and stay.
    assert_eq!(change.on(&model), Ok(model.clone()));

    let mut tables = ModelTables::default();
    let row = |name: &str, address: &str, kind: &str| RegisterFields {
        name: name.to_owned(),
        address: address.to_owned(),
        encoding: kind.to_owned(),
        ..RegisterFields::default()
    };
    let blank = RegisterFields {
        function: "3".to_owned(),
        order: "ABCD".to_owned(),
        ..RegisterFields::default()
    };
    tables.registers = vec![
        row("a", "0x10", "Float"),
        blank.clone(),
        row("b", "2000H", "unsigned short"),
        blank,
        row("c", "十", "u16"),
    ];
    let form = || tables.form("x".into(), "x".into(), String::new(), "sensor".into());
    let problem = tables.told(DeviceModel::try_from(form()).unwrap_err());
    assert_eq!(
        flaws(problem),
        [("map.registers.4.address".to_owned(), Flaw::Malformed)]
    );
    tables.registers.truncate(4);
    let form = tables.form("x".into(), "x".into(), String::new(), "sensor".into());
    let map = DeviceModel::try_from(form).unwrap().map.unwrap();
    let stands: Vec<_> = map.registers.iter().map(|each| each.address).collect();
    assert_eq!(stands, [0x10, 0x2000]);
    assert_eq!(figure("inf"), json!("inf"));
    assert_eq!(figure(" -0.5 "), json!(-0.5));
}

#[test]
fn files_of_models_maps_and_many() {
    let one = |bytes: &[u8]| super::file::read(bytes, &Instead::default());
    let (name, bytes) = good().file();
    assert_eq!(name, "linli-model-acme-3.json");
    assert_eq!(one(&bytes), Ok(vec![good()]));

    // As it is published: what it calls itself is one of Linli's, so it goes by another id here.
    let published = include_bytes!("../register_map/known.json");
    let all: Value = serde_json::from_slice(published).unwrap();
    let map = all["maps"][0].to_string();
    assert_eq!(
        flaws(one(map.as_bytes()).unwrap_err()),
        [("id".to_owned(), Flaw::Reserved)]
    );
    let instead = Instead {
        id: "our-sdm630".to_owned(),
        kind: String::new(),
    };
    let ours = super::file::read(map.as_bytes(), &instead)
        .unwrap()
        .remove(0);
    assert_eq!(
        (ours.kind, ours.map.unwrap().registers.len()),
        (DeviceKind::ElectricityMeter, 36)
    );
    let many = one(published).unwrap_err();
    let ids = many
        .fields
        .iter()
        .filter(|(place, _)| place.starts_with("maps."));
    assert_eq!(ids.count(), 5);

    let wrong = json!({ "maps": [{ "id": "a", "model": "A", "kind": "water", "registers": [
        { "name": "volume_m3", "address": 0, "function": 3, "type": "f31" }
    ] }, 7] });
    assert_eq!(
        flaws(one(wrong.to_string().as_bytes()).unwrap_err()),
        [
            ("maps.0.registers.0.type".to_owned(), Flaw::Malformed),
            ("maps.1".to_owned(), Flaw::Malformed),
        ]
    );
    for bad in [&b"[1]"[..], b"{", b"PK\x03\x04"] {
        assert_eq!(
            flaws(one(bad).unwrap_err()),
            [("file".to_owned(), Flaw::Unreadable)]
        );
    }
    let long = vec![b' '; super::file::MOST_BYTES + 1];
    assert_eq!(
        flaws(one(&long).unwrap_err()),
        [("file".to_owned(), Flaw::TooLong)]
    );
}

fn row(number: u32, cells: &[(RegisterColumn, &str)]) -> RegisterRow {
    let mut row = RegisterRow::new(number);
    for (column, text) in cells {
        row.set(*column, (*text).to_owned());
    }
    row
}

#[test]
fn a_sheet_is_read_as_manuals_have_it() {
    use RegisterColumn::{Address, Function, Max, Name, Order, Scale, Type, Unit};
    assert_eq!(RegisterColumn::of_header("寄存器地址"), Some(Address));
    assert_eq!(RegisterColumn::of_header("倍率 scale"), Some(Scale));
    assert_eq!(RegisterColumn::of_header("Data Type"), Some(Type));
    let rows = [
        row(
            2,
            &[
                (Name, "A相电压"),
                (Address, "40"),
                (Type, "无符号16位"),
                (Scale, "0.1"),
                (Unit, "V"),
            ],
        ),
        row(
            3,
            &[
                (Name, "正向有功总电能"),
                (Address, "0x1F"),
                (Function, "04"),
                (Type, "float"),
                (Order, "cdab"),
                (Unit, "kWh"),
                (Max, "1000000"),
            ],
        ),
    ];
    let map = RegisterMap::read(&registers(&rows, 1).unwrap()).unwrap();
    let stands: Vec<_> = map
        .registers
        .iter()
        .map(|each| (&*each.name, each.address))
        .collect();
    assert_eq!(stands, [("voltage_l1", 39), ("energy_kwh", 30)]);

    let rows = [
        row(2, &[(Name, "a"), (Address, "0"), (Type, "u16")]),
        row(
            3,
            &[
                (Name, "a"),
                (Address, "一"),
                (Type, "uint128"),
                (Scale, "0"),
            ],
        ),
        row(4, &[(Name, "总谐波"), (Address, "0")]),
    ];
    let bad = registers(&rows, 1).unwrap_err();
    let bad: Vec<_> = bad
        .iter()
        .map(|bad| (bad.row, bad.column, bad.flaw))
        .collect();
    assert_eq!(
        bad,
        [
            (2, Address, Flaw::OutOfRange),
            (3, Address, Flaw::Malformed),
            (3, Type, Flaw::Malformed),
            (4, Address, Flaw::OutOfRange),
        ]
    );
    let rows = [row(2, &[(Name, "总谐波"), (Address, "0")])];
    let bad = registers(&rows, 0).unwrap_err();
    assert_eq!((bad[0].column, bad[0].flaw), (Name, Flaw::Malformed));
}

/// Every scalar of a JSON value.
fn scalars(json: &mut Value) -> Vec<&mut Value> {
    match json {
        Value::Array(items) => items.iter_mut().flat_map(scalars).collect(),
        Value::Object(fields) => fields.values_mut().flat_map(scalars).collect(),
        scalar => vec![scalar],
    }
}

fn strange() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        // Longer ones lose a last digit each time that JSON is written and read.
        any::<i32>().prop_map(Value::from),
        any::<i32>().prop_map(|eighths| Value::from(f64::from(eighths) / 8.0)),
        "[A-Za-z0-9_-]{0,12}|.{0,3}".prop_map(Value::from),
        Just(json!({})),
        Just(json!([1])),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// What is taken is taken again as it was stored, handed on and typed.
    #[test]
    fn no_model_is_too_strange(changes in collection::vec((any::<Index>(), strange()), 0..4)) {
        let mut json = meter();
        for (at, value) in changes {
            let mut scalars = scalars(&mut json);
            let at = at.index(scalars.len());
            *scalars[at] = value;
        }
        let bytes = json.to_string();
        match super::file::read(bytes.as_bytes(), &Instead::default()) {
            Ok(models) => {
                let model = &models[0];
                prop_assert!(!model.all_points().is_empty());
                prop_assert_eq!(&super::file::read(&model.file().1, &Instead::default()).unwrap()[0], model);
                let tables = ModelTables::of(model);
                let change = tables.change(model.name.clone(), model.maker.clone(), model);
                prop_assert_eq!(&change.on(model).unwrap(), model);
                prop_assert_eq!(fits(model, model.all_points().iter()), Ok(()));
            }
            Err(problem) => prop_assert!(!problem.fields.is_empty()),
        }
    }

    #[test]
    fn no_sheet_is_too_strange(
        cells in collection::vec(collection::vec((any::<Index>(), "[0-9a-zA-Z_.x-]{0,8}|.{0,4}"), 0..6), 0..6),
        first in 0_u16..2,
    ) {
        let rows: Vec<_> = cells.iter().zip(2_u32..).map(|(cells, number)| {
            let mut row = RegisterRow::new(number);
            for (at, text) in cells {
                row.set(RegisterColumn::ALL[at.index(RegisterColumn::ALL.len())], text.clone());
            }
            row
        }).collect();
        match registers(&rows, first) {
            Ok(map) => prop_assert!(rows.is_empty() || RegisterMap::read(&map).is_ok()),
            Err(bad) => prop_assert!(!bad.is_empty()),
        }
    }

    #[test]
    fn any_text_can_be_an_id(text in "[a-z0-9-]{0,42}|.{0,5}") {
        if let Ok(key) = text.parse::<ModelKey>() {
            prop_assert_eq!(key.to_string(), text);
        }
    }
}

#[test]
fn kinds_in_words() {
    let kind = |words: &str| DeviceKind::in_words(words).map(DeviceKind::as_str);
    assert_eq!(kind("electricity, three-phase"), Some("electricity_meter"));
    assert_eq!(kind("Water, with valve"), Some("water_meter"));
    assert_eq!(kind("三相电表"), Some("electricity_meter"));
    assert_eq!(kind("pump"), Some("pump"));
    assert_eq!(kind("teapot"), None);
    let known = DeviceModel::known("xintai-water-valve").unwrap();
    assert_eq!(known.kind, DeviceKind::WaterMeter);
    let value_types: Vec<_> = known
        .all_points()
        .iter()
        .map(|point| point.value_type)
        .collect();
    assert!(value_types.contains(&ValueType::Number));
}
