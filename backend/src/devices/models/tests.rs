use domain::{
    DeviceId,
    audit::{Deeds, EntryFilter},
    devices::{
        DeviceForm, Transport, TransportForm,
        commands::CommandForm,
        modbus::ModbusForm,
        models::{file::Instead, sheet::RegisterColumn},
        register_map::RegisterMap,
    },
    identity::Role,
    telemetry::{Quality, Reading, Value},
};
use serde_json::{Value as Json, json};

use super::*;
use crate::{
    devices::{
        batch::{Batch, register_batch},
        commands, device, points, polled, register,
        tests::{Place as Home, form, settle},
    },
    telemetry::{Batch as Said, Incoming, Registry, ingest, open_partitions, snapshot_device},
    testing::{Town, with_role},
};

fn meter(id: &str) -> ModelForm {
    ModelForm {
        id: id.to_owned(),
        name: "三相表".to_owned(),
        maker: "Acme".to_owned(),
        kind: "electricity_meter".to_owned(),
        points: json!([{ "name": "power_w", "unit": "W", "type": "number", "min": -50_000, "max": 50_000 }]),
        map: json!({
            "registers": [
                { "name": "energy_kwh", "address": 0, "function": 3, "type": "u32", "scale": 0.1,
                  "unit": "kWh", "min": 0, "max": 1_000_000 },
                { "name": "voltage_l1", "address": 8, "function": 3, "type": "u16", "unit": "V" }
            ],
            "writes": { "reset": { "function": 6, "address": 99, "type": "u16", "values": [1] } }
        }),
    }
}

fn key(id: &str) -> ModelKey {
    id.parse().unwrap()
}

fn asked(home: &Home, map: &str) -> DeviceForm {
    DeviceForm {
        transport: TransportForm::Modbus(ModbusForm {
            host: "10.0.0.7".to_owned(),
            map: map.into(),
            ..ModbusForm::default()
        }),
        ..form(DeviceKind::ElectricityMeter, home.estate, Some(home.unit))
    }
}

fn map_change(change: impl FnOnce(&mut Json)) -> ModelChangeForm {
    let mut map = meter("x").map;
    change(&mut map);
    ModelChangeForm {
        map: Some(map),
        ..ModelChangeForm::default()
    }
}

#[track_caller]
fn flaw<T: std::fmt::Debug>(refused: Result<T>) -> (Code, Vec<(String, Flaw)>) {
    let problem = refused.unwrap_err().problem;
    (problem.code, problem.fields.into_iter().collect())
}

fn one(code: Code, field: &str, what: Flaw) -> (Code, Vec<(String, Flaw)>) {
    (code, vec![(field.to_owned(), what)])
}

async fn deeds(cx: &Cx) -> Vec<Deed> {
    let filter = EntryFilter {
        deeds: Some(Deeds::Group(domain::audit::DeedGroup::Devices)),
        ..EntryFilter::default()
    };
    let page = audit::list(cx, &filter, &PageAsk::default()).await.unwrap();
    let models = page.items.iter().map(|entry| entry.deed);
    let models = models.filter(|deed| deed.as_str().starts_with("model."));
    models.collect()
}

async fn say(town: &Town, registry: &Registry, home: &Home, id: DeviceId, said: &[(&str, f64)]) {
    let readings = said.iter().map(|(point, value)| Reading {
        point: (*point).to_owned(),
        ts: town.site.now(),
        value: Value::Number(*value),
        quality: Quality::Good,
    });
    let batch = Said {
        items: vec![Incoming {
            device: id,
            estate: home.estate,
            readings: readings.collect(),
        }],
        ..Said::default()
    };
    let system = town.system(&town.admin_a);
    ingest(&system, registry, batch).await.unwrap();
    let later = town.site.now() + jiff::SignedDuration::from_secs(10);
    town.site.clock.set(later);
}

#[tokio::test]
async fn a_model_is_made_listed_changed_archived_and_deleted() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let made = create(cx, meter("acme-3")).await.unwrap();
    assert_eq!(
        (made.devices, made.built_in, made.archived),
        (0, false, false)
    );
    let listed = async |filter: ModelFilter| {
        let page = list(cx, &filter, &PageAsk::default()).await.unwrap();
        let ids = page.items.into_iter().map(|row| row.id.to_string());
        ids.collect::<Vec<_>>()
    };
    let all = listed(ModelFilter::default()).await;
    assert_eq!(all.len(), RegisterMap::known_maps().len() + 1);
    assert_eq!(all[0], "acme-3", "by id");
    let q = |q: &str| ModelFilter {
        q: Some(q.to_owned()),
        ..ModelFilter::default()
    };
    assert_eq!(listed(q("ACME 三")).await, ["acme-3"]);
    assert_eq!(listed(q("xintai")).await, ["xintai-water-valve"]);
    let water = ModelFilter {
        kind: Some(DeviceKind::WaterMeter),
        ..ModelFilter::default()
    };
    assert_eq!(listed(water).await.len(), 2);

    // Page by page, each once.
    let (mut cursor, mut seen) = (None, Vec::new());
    loop {
        let ask = PageAsk {
            cursor,
            limit: Some(2),
        };
        let page = list(cx, &ModelFilter::default(), &ask).await.unwrap();
        seen.extend(page.items.into_iter().map(|row| row.id.to_string()));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, all);

    let change_to = |name: &str| ModelChangeForm {
        name: Some(name.to_owned()),
        ..ModelChangeForm::default()
    };
    let id = key("acme-3");
    let changed = change(cx, &id, change_to("三相四线表")).await.unwrap();
    assert_eq!(changed.model.map.unwrap().model, "三相四线表");
    change(cx, &id, change_to("三相四线表")).await.unwrap();
    let archive = |archived| ModelChangeForm {
        archived: Some(archived),
        ..ModelChangeForm::default()
    };
    assert!(change(cx, &id, archive(true)).await.unwrap().archived);
    assert_eq!(listed(q("acme")).await, Vec::<String>::new());
    assert_eq!(
        offered(cx).await.unwrap().len(),
        RegisterMap::known_maps().len()
    );
    change(cx, &id, archive(false)).await.unwrap();
    remove(cx, &id).await.unwrap();
    assert_eq!(model(cx, &id).await.unwrap(), None);
    assert_eq!(
        deeds(cx).await,
        [
            Deed::ModelRemoved,
            Deed::ModelRestored,
            Deed::ModelArchived,
            Deed::ModelChanged,
            Deed::ModelMade
        ]
    );
}

#[tokio::test]
async fn who_may_not_and_what_cannot_is_refused() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    create(cx, meter("acme-3")).await.unwrap();
    let taken = create(cx, meter("acme-3")).await;
    assert_eq!(flaw(taken), one(Code::Conflict, "id", Flaw::Taken));
    let reserved = create(cx, meter("eastron-sdm120")).await;
    assert_eq!(flaw(reserved), one(Code::Invalid, "id", Flaw::Reserved));
    let mut bad = meter("acme-4");
    bad.map["registers"][1]["type"] = json!("f31");
    let bad = create(cx, bad).await;
    let at = "map.registers.1.type";
    assert_eq!(flaw(bad), one(Code::Invalid, at, Flaw::Malformed));
    // Linli's own are nobody's to change.
    let known = key("eastron-sdm120");
    let refused = change(cx, &known, ModelChangeForm::default()).await;
    assert_eq!(flaw(refused).0, Code::NotFound);
    assert_eq!(flaw(remove(cx, &known).await).0, Code::NotFound);
    let shown = model(cx, &known).await.unwrap().unwrap();
    assert!(shown.built_in && shown.model.kind == DeviceKind::ElectricityMeter);

    // A stranger sees nothing, and may give the same id.
    let (b, id) = (&town.admin_b, key("acme-3"));
    assert_eq!(model(b, &id).await.unwrap(), None);
    let of_b = list(b, &ModelFilter::default(), &PageAsk::default()).await;
    assert_eq!(of_b.unwrap().items.len(), RegisterMap::known_maps().len());
    let refused = change(b, &id, ModelChangeForm::default()).await;
    assert_eq!(flaw(refused).0, Code::NotFound);
    assert_eq!(flaw(remove(b, &id).await).0, Code::NotFound);
    create(b, meter("acme-3")).await.unwrap();

    let lead = with_role(cx, Role::EngineeringLead);
    create(&lead, meter("acme-5")).await.unwrap();
    for role in [Role::FrontDesk, Role::Cashier] {
        let other = with_role(cx, role);
        assert_eq!(
            flaw(create(&other, meter("acme-6")).await).0,
            Code::Forbidden
        );
        assert_eq!(flaw(remove(&other, &id).await).0, Code::Forbidden);
        let refused = change(&other, &id, ModelChangeForm::default()).await;
        assert_eq!(flaw(refused).0, Code::Forbidden);
    }
    let cashier = with_role(cx, Role::Cashier);
    assert_eq!(flaw(model(&cashier, &id).await).0, Code::Forbidden);
    // The desk sees what it may not change.
    let desk = with_role(cx, Role::FrontDesk);
    assert!(model(&desk, &id).await.unwrap().is_some());
}

#[tokio::test]
async fn a_wrong_scale_is_put_right_for_all_devices_of_a_model() {
    let town = Town::new().await;
    open_partitions(&town.site).await.unwrap();
    let cx = &town.admin_a;
    let home = settle(cx, "阳光花园").await;
    create(cx, meter("acme-3")).await.unwrap();
    let id = key("acme-3");
    let made = register(cx, asked(&home, "acme-3")).await.unwrap().id;
    let shown = device(cx, made).await.unwrap().unwrap();
    assert_eq!(shown.model, Some((id.clone(), "Acme 三相表".to_owned())));
    let Transport::Modbus(modbus) = shown.transport else {
        panic!("it is asked")
    };
    assert_eq!(modbus.map, json!("acme-3"));
    let followed = followers(cx, &id, &PageAsk::default()).await.unwrap();
    assert_eq!(followed.items.len(), 1);

    let scales = async || {
        let all = polled(&town.site).await.unwrap();
        let map = all[0].modbus.register_map().unwrap();
        let scale = map.registers.iter().map(|register| register.coding.scale);
        scale.collect::<Vec<_>>()
    };
    assert_eq!(scales().await, [0.1, 1.0]);
    let wider = map_change(|map| {
        map["registers"][0]["scale"] = json!(0.01);
        map["registers"][1]["max"] = json!(500);
        let more = json!({ "name": "frequency", "address": 20, "function": 3, "type": "u16", "unit": "Hz" });
        map["registers"].as_array_mut().unwrap().push(more);
    });
    change(cx, &id, wider).await.unwrap();
    assert_eq!(scales().await, [0.01, 1.0, 1.0]);
    let has = points(cx, made).await.unwrap().unwrap();
    let names: Vec<_> = has.iter().map(|point| point.name.as_str()).collect();
    assert_eq!(names, ["energy_kwh", "power_w", "voltage_l1", "frequency"]);
    assert_eq!(has[2].range.max, Some(500.0));
    // Whoever lives there has the new point as well.
    let tenures: i64 = sqlx::query_scalar("SELECT count(*) FROM point_tenure WHERE to_at IS NULL")
        .fetch_one(town.db.admin())
        .await
        .unwrap();
    assert_eq!(tenures, 4);

    // Its history is in one unit and of one type.
    let other = map_change(|map| map["registers"][1]["unit"] = json!("mV"));
    let at = "map.registers.1.unit";
    assert_eq!(
        flaw(change(cx, &id, other).await),
        one(Code::Conflict, at, Flaw::Taken)
    );
    let none = ModelChangeForm {
        map: Some(Json::Null),
        ..ModelChangeForm::default()
    };
    assert_eq!(
        flaw(change(cx, &id, none).await),
        one(Code::Conflict, "map", Flaw::Taken)
    );
    assert_eq!(
        flaw(remove(cx, &id).await),
        one(Code::Conflict, "devices", Flaw::Taken)
    );
    // What is taken out stays with what it said, and nothing is refused of it any more.
    let less = map_change(|map| {
        map["registers"].as_array_mut().unwrap().pop();
    });
    change(cx, &id, less).await.unwrap();
    let has = points(cx, made).await.unwrap().unwrap();
    assert_eq!(has.len(), 4);
    assert!(has[2].range.is_open());

    // Archived, it is followed on, and by nobody new.
    let archive = ModelChangeForm {
        archived: Some(true),
        ..ModelChangeForm::default()
    };
    change(cx, &id, archive).await.unwrap();
    let refused = register(cx, asked(&home, "acme-3")).await;
    let at = "transport.modbus.map";
    assert_eq!(flaw(refused), one(Code::Invalid, at, Flaw::Unknown));
    assert_eq!(scales().await.len(), 1);
}

#[tokio::test]
async fn what_cannot_be_true_is_refused_with_a_reason() {
    let town = Town::new().await;
    open_partitions(&town.site).await.unwrap();
    let cx = &town.admin_a;
    let home = settle(cx, "阳光花园").await;
    create(cx, meter("acme-3")).await.unwrap();
    let spoken = DeviceForm {
        model: Some("acme-3".to_owned()),
        ..form(DeviceKind::ElectricityMeter, home.estate, Some(home.unit))
    };
    let made = register(cx, spoken).await.unwrap().id;
    let registry = Registry::default();
    say(
        &town,
        &registry,
        &home,
        made,
        &[("energy_kwh", 12.5), ("power_w", 50_000.0)],
    )
    .await;
    say(
        &town,
        &registry,
        &home,
        made,
        &[
            ("energy_kwh", -1.0),
            ("power_w", 50_001.0),
            ("voltage_l1", 1e6),
        ],
    )
    .await;

    let shown = device(cx, made).await.unwrap().unwrap();
    let counts: Vec<_> = shown
        .refused
        .iter()
        .map(|each| (each.reason.as_str(), each.count))
        .collect();
    assert_eq!(counts, [("out_of_range", 2)]);
    let has = points(cx, made).await.unwrap().unwrap();
    // What stands there is of before, and no longer what the point says.
    assert_eq!(has[0].value, Some(Value::Number(12.5)));
    assert_eq!(has[0].quality, Some(Quality::Failed));
    assert_eq!(
        has[2].value,
        Some(Value::Number(1e6)),
        "nobody says what it can be"
    );
    assert_eq!(has[2].quality, Some(Quality::Good));
    say(&town, &registry, &home, made, &[("energy_kwh", 13.0)]).await;
    let newest = snapshot_device(cx, made).await.unwrap().unwrap();
    let energy = newest
        .iter()
        .find(|each| each.name == "energy_kwh")
        .unwrap();
    assert_eq!(
        (&energy.value, energy.quality),
        (&Value::Number(13.0), Quality::Good)
    );
    let stored: i64 = sqlx::query_scalar("SELECT count(*) FROM reading")
        .fetch_one(town.db.admin())
        .await
        .unwrap();
    assert_eq!(stored, 4);

    // A range that was too narrow counts from the change on, once that is told.
    let wider = ModelChangeForm {
        points: Some(json!([])),
        ..ModelChangeForm::default()
    };
    change(cx, &key("acme-3"), wider).await.unwrap();
    registry.forget(Some(cx.tenant.id));
    say(&town, &registry, &home, made, &[("power_w", 50_001.0)]).await;
    let has = points(cx, made).await.unwrap().unwrap();
    assert_eq!(
        (&has[1].value, has[1].quality),
        (&Some(Value::Number(50_001.0)), Some(Quality::Good))
    );
}

#[tokio::test]
async fn what_is_late_and_false_leaves_the_newest_as_it_is() {
    let town = Town::new().await;
    open_partitions(&town.site).await.unwrap();
    let cx = &town.admin_a;
    let home = settle(cx, "阳光花园").await;
    create(cx, meter("acme-3")).await.unwrap();
    let spoken = DeviceForm {
        model: Some("acme-3".to_owned()),
        ..form(DeviceKind::ElectricityMeter, home.estate, None)
    };
    let made = register(cx, spoken).await.unwrap().id;
    let registry = Registry::default();
    say(&town, &registry, &home, made, &[("energy_kwh", 12.5)]).await;
    let before = town.site.now();
    town.site
        .clock
        .set(before - jiff::SignedDuration::from_mins(5));
    say(&town, &registry, &home, made, &[("energy_kwh", -5.0)]).await;
    town.site.clock.set(before);
    let has = points(cx, made).await.unwrap().unwrap();
    assert_eq!(
        (&has[0].value, has[0].quality),
        (&Some(Value::Number(12.5)), Some(Quality::Good))
    );
}

#[tokio::test]
async fn a_device_is_told_what_its_model_lists() {
    let town = Town::new().await;
    open_partitions(&town.site).await.unwrap();
    let cx = &town.admin_a;
    let home = settle(cx, "阳光花园").await;
    create(cx, meter("acme-3")).await.unwrap();
    let made = register(cx, asked(&home, "acme-3")).await.unwrap().id;
    say(
        &town,
        &Registry::default(),
        &home,
        made,
        &[("energy_kwh", 1.0)],
    )
    .await;
    let tell = |method: &str| CommandForm {
        method: method.to_owned(),
        ..CommandForm::default()
    };
    commands::command(cx, made, tell("reset")).await.unwrap();
    let refused = commands::command(cx, made, tell("explode")).await;
    assert_eq!(flaw(refused), one(Code::Invalid, "method", Flaw::Unknown));
}

#[tokio::test]
async fn files_and_sheets_bring_models() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let made = create(cx, meter("acme-3")).await.unwrap();
    let (_, bytes) = made.model.file();
    let none = Instead::default();
    let taken = import_file(cx, &bytes, &none).await;
    assert_eq!(flaw(taken), one(Code::Conflict, "id", Flaw::Taken));
    // Another company takes it as it is.
    let there = import_file(&town.admin_b, &bytes, &none).await.unwrap();
    let there = model(&town.admin_b, &there[0]).await.unwrap().unwrap();
    assert_eq!(there.model, made.model);
    let broken = import_file(cx, b"{\"registers\": [{\"name\": \"a\"}]}", &none).await;
    let (code, fields) = flaw(broken);
    assert_eq!(code, Code::Invalid);
    assert!(fields.contains(&("registers.0.address".to_owned(), Flaw::Required)));

    let head = || SheetHead {
        id: "manual-1".to_owned(),
        name: "单相表".to_owned(),
        kind: "electricity_meter".to_owned(),
        first: 1,
        ..SheetHead::default()
    };
    let sheet = |kind: &str| {
        let rows = format!(
            "名称,地址,数据类型,倍率,单位\nA相电压,1,uint16,0.1,V\n正向有功总电能,0x10,{kind},0.01,kWh\n"
        );
        rows.into_bytes()
    };
    let refused = import_sheet(cx, head(), sheet("uint12")).await.unwrap();
    let MapSheet::Refused(bad) = refused else {
        panic!("there is no such type")
    };
    assert_eq!(
        (bad.len(), bad[0].row, bad[0].column),
        (1, 3, RegisterColumn::Type)
    );
    assert_eq!(
        model(cx, &key("manual-1")).await.unwrap(),
        None,
        "nothing of it was written"
    );
    let taken = import_sheet(cx, head(), sheet("uint32")).await.unwrap();
    assert_eq!(taken, MapSheet::Taken(key("manual-1")));
    let shown = model(cx, &key("manual-1")).await.unwrap().unwrap();
    let stands: Vec<_> = shown
        .model
        .map
        .unwrap()
        .registers
        .iter()
        .map(|each| each.address)
        .collect();
    assert_eq!(stands, [0, 15]);
    let nothing = import_sheet(cx, head(), b"a,b\n1,2\n".to_vec()).await;
    assert_eq!(flaw(nothing), one(Code::Invalid, "file", Flaw::Unknown));
    let unit = b"name,address,unit\nenergy_kwh,1,MWh\n".to_vec();
    let MapSheet::Refused(bad) = import_sheet(cx, head(), unit).await.unwrap() else {
        panic!("that point is in kWh")
    };
    assert_eq!(bad[0].column, RegisterColumn::Unit);
    assert!(!register_template().unwrap().is_empty());
}

#[tokio::test]
async fn a_sheet_of_devices_names_models_of_the_companys_own() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let home = settle(cx, "阳光花园").await;
    create(cx, meter("acme-3")).await.unwrap();
    let sheet = |model: &str| {
        let rows = format!(
            "名称,类型,接入方式,主机,型号\n总表,电表,Modbus,10.0.0.7,{model}\n门口表,电表,MQTT,,{model}\n"
        );
        rows.into_bytes()
    };
    let Batch::Refused(bad) = register_batch(cx, home.estate, sheet("acme-4"))
        .await
        .unwrap()
    else {
        panic!("there is no such model")
    };
    assert_eq!(bad.len(), 2);
    let made = register_batch(cx, home.estate, sheet("acme-3"))
        .await
        .unwrap();
    assert!(matches!(made, Batch::Registered { .. }));
    let shown = model(cx, &key("acme-3")).await.unwrap().unwrap();
    assert_eq!(shown.devices, 2);
}
