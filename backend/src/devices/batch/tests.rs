//! A sheet of devices: registered whole, or not at all.

use domain::{
    Code,
    audit::{Deeds, EntryFilter},
    devices::{DeviceFilter, batch::BatchColumn::*},
    page::PageAsk,
    problem::Flaw,
};

use super::*;
use crate::{
    devices::{
        log_in,
        tests::{build, settle},
    },
    kernel::sheet::MOST_BYTES,
    testing::{Town, hire},
};

async fn registered(cx: &Cx, estate: EstateId, sheet: &str) -> Vec<SheetDevice> {
    match register_batch(cx, estate, sheet.into()).await.unwrap() {
        Batch::Registered { devices, .. } => devices,
        Batch::Refused(bad) => panic!("{bad:?}"),
    }
}

async fn refused(cx: &Cx, estate: EstateId, sheet: &str) -> Vec<(u32, BatchColumn, Flaw)> {
    match register_batch(cx, estate, sheet.into()).await.unwrap() {
        Batch::Registered { devices, .. } => panic!("{devices:?}"),
        Batch::Refused(bad) => bad
            .into_iter()
            .map(|cell| (cell.row, cell.column, cell.flaw))
            .collect(),
    }
}

async fn names(cx: &Cx, estate: EstateId) -> Vec<String> {
    let filter = DeviceFilter {
        estate: Some(estate),
        ..DeviceFilter::default()
    };
    let rows = crate::devices::list(cx, &filter, &PageAsk::longest()).await;
    rows.unwrap()
        .items
        .into_iter()
        .map(|row| row.name)
        .collect()
}

#[tokio::test]
async fn each_row_is_a_device_that_can_log_in() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let place = settle(cx, "阳光花园").await;
    // The same door in another estate is another home.
    let other = settle(cx, "月亮湾").await;
    let sheet = "设备登记表\n\
        名称 name,类型 kind,编号 key,房屋 home,位置 place,接入方式 transport,主机 host,站号 unit_id,型号 model,备注\n\
        101 水表,水表,w-101,1号楼 101,,,,,,新装\n\
        大门,door,,,东门,HTTP,,,,\n\
        \n\
        总表,电表,main-1,,配电房,Modbus,10.0.0.7,12,eastron-sdm120,\n";
    let made = registered(cx, place.estate, sheet).await;
    let told = |device: &SheetDevice| (device.name.clone(), device.place.clone());
    assert_eq!(
        made.iter().map(told).collect::<Vec<_>>(),
        [
            ("101 水表".to_owned(), "1号楼 101".to_owned()),
            ("大门".to_owned(), "东门".to_owned()),
            ("总表".to_owned(), "配电房".to_owned()),
        ]
    );
    assert_eq!(names(cx, place.estate).await, ["101 水表", "大门", "总表"]);
    assert!(names(cx, other.estate).await.is_empty());
    assert!(made[2].credentials.is_none(), "nobody logs in as it");

    for device in &made[..2] {
        let told = device.credentials.as_ref().unwrap();
        assert!(!format!("{made:?}").contains(&told.password));
        let login = log_in(&town.site, "anju", &device.key, told.password.as_bytes()).await;
        let login = login.unwrap().unwrap();
        assert_eq!(login.estate, place.estate);
        let stands = crate::devices::device(cx, login.device)
            .await
            .unwrap()
            .unwrap();
        let home = (device.name == "101 水表").then_some(place.unit);
        assert_eq!(stands.unit, home);
    }
    assert!(made[1].key.starts_with("door-"));

    let filter = EntryFilter {
        deeds: Some(Deeds::One(Deed::DevicesRegistered)),
        ..EntryFilter::default()
    };
    let told = audit::list(cx, &filter, &PageAsk::longest()).await.unwrap();
    let subjects: Vec<_> = told.items.iter().map(|entry| entry.subject).collect();
    assert_eq!(subjects, [Subject::Estate(place.estate)]);
}

#[tokio::test]
async fn one_bad_cell_and_nothing_is_registered() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let place = settle(cx, "阳光花园").await;
    build(cx, place.estate, "2号楼", "101").await;
    registered(cx, place.estate, "name,kind,key\n老表,水表,w-1\n").await;
    let sheet = "name,kind,key,home\n\
        好表,水表,w-2,1-101\n\
        ,水表,w-1,9-999\n\
        飞碟,飞碟,w-2,101\n\
        温度,传感器,大写,\n";
    let bad = refused(cx, place.estate, sheet).await;
    assert_eq!(
        bad,
        [
            (3, Name, Flaw::Required),
            (3, Key, Flaw::Taken),
            (3, Home, Flaw::Unknown),
            (4, Kind, Flaw::Unknown),
            (4, Key, Flaw::Taken),
            (4, Home, Flaw::Ambiguous),
            (5, Kind, Flaw::Malformed),
            (5, Key, Flaw::Malformed),
        ]
    );
    assert_eq!(names(cx, place.estate).await, ["老表"]);
}

#[tokio::test]
async fn a_truth_value_is_no_name() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let place = settle(cx, "阳光花园").await;
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (at, header) in (0..).zip(["name", "kind", "place"]) {
        sheet.write_string(0, at, header).unwrap();
    }
    sheet.write_boolean(1, 0, true).unwrap();
    sheet.write_boolean(1, 1, true).unwrap();
    sheet.write_string(2, 0, "水表").unwrap();
    sheet.write_string(2, 1, "水表").unwrap();
    sheet.write_boolean(2, 2, false).unwrap();
    let bytes = book.save_to_buffer().unwrap();
    let Batch::Refused(bad) = register_batch(cx, place.estate, bytes).await.unwrap() else {
        panic!("registered")
    };
    let bad: Vec<_> = bad
        .iter()
        .map(|cell| (cell.row, cell.column, cell.flaw))
        .collect();
    assert_eq!(
        bad,
        [
            (2, Name, Flaw::Unreadable),
            (2, Kind, Flaw::Unreadable),
            (3, Place, Flaw::Unreadable),
        ]
    );
    assert!(names(cx, place.estate).await.is_empty());
}

#[tokio::test]
async fn what_is_no_sheet_is_told() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let place = settle(cx, "阳光花园").await;
    let rows = |count: usize| {
        let mut sheet = "name,kind\n".to_owned();
        sheet.extend((0..count).map(|n| format!("表{n},水表\n")));
        sheet.into_bytes()
    };
    for (bytes, flaw) in [
        (Vec::new(), Flaw::Required),
        (b"name,kind\n".to_vec(), Flaw::Required),
        (b"what,ever\n1,2\n".to_vec(), Flaw::Unknown),
        (b"PK\x03\x04 and no more".to_vec(), Flaw::Unreadable),
        (rows(2_001), Flaw::OutOfRange),
        (vec![b'x'; MOST_BYTES + 1], Flaw::OutOfRange),
    ] {
        let error = register_batch(cx, place.estate, bytes).await.unwrap_err();
        assert_eq!(error.problem.fields["file"], flaw);
    }
    // The template itself has no row.
    let error = register_batch(cx, place.estate, batch_template().unwrap()).await;
    assert_eq!(error.unwrap_err().problem.fields["file"], Flaw::Required);
}

#[tokio::test]
async fn only_whoever_registers_devices_there() {
    let town = Town::new().await;
    let (ours, theirs) = (&town.admin_a, &town.admin_b);
    let place = settle(ours, "阳光花园").await;
    let code = async |cx: &Cx| {
        let sheet = "name,kind\n表,水表\n";
        register_batch(cx, place.estate, sheet.into())
            .await
            .map(drop)
            .map_err(|error| error.code())
    };
    assert_eq!(code(theirs).await, Err(Code::NotFound));
    let owner = town.owner_of(ours, place.household).await;
    assert_eq!(code(&owner).await, Err(Code::Forbidden));
    let there = [place.estate.to_string()];
    let guard = hire(ours, "保安", ("guard", &there)).await.unwrap();
    assert_eq!(code(&guard).await, Err(Code::Forbidden));
    assert!(names(ours, place.estate).await.is_empty());
    assert_eq!(code(ours).await, Ok(()));
}
