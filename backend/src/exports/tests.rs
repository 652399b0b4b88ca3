use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use domain::{
    Code, EstateId,
    audit::{Deed, EntryFilter, Subject},
    columns::{Columns, Sort},
    devices::{DeviceFilter, DeviceForm, DeviceKind, TransportForm},
    estates::{
        BuildingForm, ColumnChoice, EstateForm, ImportState, Relation, ResidentForm, UnitFilter,
        UnitForm, UnitUse,
    },
    page::PageAsk,
};

use super::*;
use crate::{
    audit,
    estates::{self, RosterUpload},
    kernel::cx::Cx,
    testing::{Town, hire},
};

const ROSTER: &str = "楼栋,单元,房号,楼层,建筑面积,用途,业主,手机,入住状态\n\
    1号楼,1单元,101,-1,89.37,住宅,\"张三、李四\",13812345678,自住\n\
    1号楼,1单元,102,,,商铺,,,\n\
    2号楼,,201,3A,90,,王五,,空置\n";

pub(super) async fn roster(
    cx: &Cx,
    estate: EstateId,
    bytes: Vec<u8>,
) -> domain::estates::RosterImport {
    let upload = RosterUpload {
        estate,
        dry_run: false,
        file_name: "roster.xlsx".to_owned(),
        bytes,
        confirmed: std::collections::BTreeSet::default(),
        of: None,
        columns: ColumnChoice::default(),
        asks: false,
    };
    estates::import_roster(cx, upload).await.unwrap()
}

async fn estate(cx: &Cx, name: &str) -> EstateId {
    let name = name.to_owned();
    let made = estates::create_estate(cx, EstateForm { name });
    made.await.unwrap().id
}

fn of(estate: EstateId) -> UnitFilter {
    UnitFilter {
        estate: Some(estate),
        ..UnitFilter::default()
    }
}

/// The rows of a workbook below its header, and whether any cell of it is a formula.
fn read(bytes: Vec<u8>) -> Vec<Vec<Data>> {
    let mut book = Xlsx::new(Cursor::new(bytes)).unwrap();
    let name = book.sheet_names()[0].clone();
    assert!(book.worksheet_formula(&name).unwrap().is_empty());
    let cells = book.worksheet_range(&name).unwrap();
    cells.rows().skip(1).map(<[Data]>::to_vec).collect()
}

fn text(text: &str) -> Data {
    Data::String(text.to_owned())
}

fn said() -> ResidentWords<fn(Relation) -> &'static str> {
    ResidentWords {
        car: "车辆",
        unit: "房屋",
        relation: |relation| relation.as_str(),
    }
}

async fn newest(cx: &Cx) -> domain::audit::Entry {
    let all = audit::list(cx, &EntryFilter::default(), &PageAsk::default()).await;
    all.unwrap().items.remove(0)
}

fn later(town: &Town) {
    let clock = &town.site.clock;
    clock.set(clock.now() + jiff::SignedDuration::from_secs(1));
}

#[tokio::test]
async fn the_units_of_a_list_come_in_again() {
    let town = Town::new().await;
    let (cx, theirs) = (&town.admin_a, &town.admin_b);
    let ours = estate(cx, "阳光花园").await;
    roster(cx, ours, ROSTER.into()).await;
    later(&town);
    let bytes = units(cx, &of(ours), &Columns::usual()).await.unwrap();
    let entry = newest(cx).await;
    assert_eq!(
        (entry.deed, entry.subject),
        (Deed::UnitsExported, Subject::Estate(ours))
    );
    assert_eq!(entry.fields, ["estate", "up_to_10"]);

    let rows = read(bytes.clone());
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[0][..4], ["1号楼", "1单元", "101", "-1"].map(text));
    assert_eq!(rows[0][4], Data::Float(89.37));
    assert_eq!(
        rows[0][6..],
        [text("住宅"), text("张三、李四"), text("自住")]
    );
    // The same estate: nothing changes. Another company's: the same comes out.
    let again = roster(cx, ours, bytes.clone()).await;
    assert_eq!((again.state, again.counts.same), (ImportState::Done, 3));
    assert!(again.ignored_columns.is_empty());
    let other = estate(theirs, "学府").await;
    let new = roster(theirs, other, bytes).await;
    assert_eq!((new.state, new.counts.new), (ImportState::Done, 3));
    assert_eq!(
        read(units(theirs, &of(other), &Columns::usual()).await.unwrap()),
        rows
    );

    // Filters hold, and what is not to be seen is not there.
    let code = UnitFilter {
        code: Some("20".to_owned()),
        ..of(ours)
    };
    later(&town);
    assert_eq!(
        read(units(cx, &code, &Columns::usual()).await.unwrap()).len(),
        1
    );
    assert_eq!(newest(cx).await.fields, ["estate", "unit", "up_to_10"]);
    let stranger = units(theirs, &of(ours), &Columns::usual())
        .await
        .unwrap_err();
    assert_eq!(stranger.code(), Code::NotFound);
}

#[tokio::test]
async fn a_file_has_the_order_and_the_columns_of_its_list() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let ours = estate(cx, "阳光花园").await;
    roster(cx, ours, ROSTER.into()).await;
    let shown = UnitFilter {
        use_: Some(UnitUse::Home),
        sort: Sort::parse("-area"),
        ..of(ours)
    };
    later(&town);
    let bytes = units(cx, &shown, &Columns::read("area,fee_start"))
        .await
        .unwrap();
    assert_eq!(newest(cx).await.fields, ["estate", "use", "up_to_10"]);
    let rows = read(bytes.clone());
    assert_eq!(
        rows[0],
        [
            text("2号楼"),
            Data::Empty,
            text("201"),
            Data::Float(90.0),
            Data::Empty
        ]
    );
    assert_eq!((rows.len(), &rows[1][2]), (2, &text("101")));
    // Whatever else is left out, each row says which unit it is about.
    let again = roster(cx, ours, bytes).await;
    assert_eq!((again.state, again.counts.same), (ImportState::Done, 2));
    let bare = read(units(cx, &of(ours), &Columns::read("none")).await.unwrap());
    assert_eq!(bare[0], ["1号楼", "1单元", "101"].map(text));

    for name in ["10号泵", "2号泵", "1号泵"] {
        let form = DeviceForm {
            name: name.to_owned(),
            key: None,
            kind: DeviceKind::Pump,
            estate: ours,
            unit: None,
            place: None,
            transport: TransportForm::Mqtt {},
            gateway: None,
            model: None,
            points: Vec::new(),
        };
        crate::devices::register(cx, form).await.unwrap();
    }
    let filter = DeviceFilter {
        estate: Some(ours),
        sort: Sort::parse("name"),
        ..DeviceFilter::default()
    };
    let said = DeviceWords {
        kind: DeviceKind::as_str,
        state: |_| "状态",
    };
    let rows = devices(cx, &filter, &Columns::read("kind"), said).await;
    let wanted = ["1号泵", "2号泵", "10号泵"].map(|name| [name, "pump"].map(text).to_vec());
    assert_eq!(read(rows.unwrap()), wanted);
}

#[tokio::test]
async fn more_than_a_page_is_taken_whole() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let ours = estate(cx, "阳光花园").await;
    let mut text = String::from("楼栋,房号\n");
    for door in 0..450 {
        text += "1号楼,";
        text += &(1000 + door).to_string();
        text.push('\n');
    }
    roster(cx, ours, text.into()).await;
    later(&town);
    assert_eq!(
        read(units(cx, &of(ours), &Columns::usual()).await.unwrap()).len(),
        450
    );
    assert_eq!(newest(cx).await.fields, ["estate", "up_to_1000"]);
}

#[tokio::test]
async fn found_residents_are_masked_and_run_nothing() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let ours = estate(cx, "阳光花园").await;
    roster(cx, ours, ROSTER.into()).await;
    let unit = estates::list_units(cx, &of(ours), &PageAsk::default())
        .await
        .unwrap()
        .items
        .remove(0);
    // A name that a spreadsheet program would run.
    let form = ResidentForm {
        unit: unit.id,
        name: "=张三cmd()".to_owned(),
        phone: None,
        id_number: None,
        relation: Relation::Family,
    };
    estates::add_resident(cx, form).await.unwrap();
    later(&town);
    let bytes = residents(cx, "张三", said()).await.unwrap();
    let entry = newest(cx).await;
    assert_eq!(entry.deed, Deed::ResidentsExported);
    assert_eq!(entry.fields, ["search", "up_to_10"]);
    let rows = read(bytes);
    let mut names: Vec<_> = rows.iter().map(|row| row[1].to_string()).collect();
    names.sort();
    assert_eq!(names, ["=张三cmd()", "张三"]);
    let phone = rows.iter().find(|row| row[1] == text("张三")).unwrap();
    assert_eq!(phone[3], text("138****5678"));
    assert!(read(residents(&town.admin_b, "张三", said()).await.unwrap()).is_empty());
    let empty = residents(cx, " ", said()).await.unwrap_err();
    assert_eq!(empty.code(), Code::Invalid);
}

#[tokio::test]
async fn devices_with_their_filters() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let ours = estate(cx, "阳光花园").await;
    for (name, kind) in [("水表", DeviceKind::WaterMeter), ("门", DeviceKind::Door)] {
        let form = DeviceForm {
            name: name.to_owned(),
            key: None,
            kind,
            estate: ours,
            unit: None,
            place: Some("=井".to_owned()),
            transport: TransportForm::Mqtt {},
            gateway: None,
            model: None,
            points: Vec::new(),
        };
        crate::devices::register(cx, form).await.unwrap();
    }
    later(&town);
    let said = || DeviceWords {
        kind: DeviceKind::as_str,
        state: |_| "状态",
    };
    let filter = DeviceFilter {
        estate: Some(ours),
        kind: Some(DeviceKind::Door),
        ..DeviceFilter::default()
    };
    let rows = read(
        devices(cx, &filter, &Columns::usual(), said())
            .await
            .unwrap(),
    );
    assert_eq!(rows.len(), 1);
    assert_eq!((&rows[0][1], &rows[0][3]), (&text("门"), &text("=井")));
    let entry = newest(cx).await;
    assert_eq!(entry.deed, Deed::DevicesExported);
    assert_eq!(entry.fields, ["estate", "kind", "up_to_10"]);
    let stranger = devices(&town.admin_b, &filter, &Columns::usual(), said())
        .await
        .unwrap_err();
    assert_eq!(stranger.code(), Code::NotFound);
}

#[tokio::test]
async fn whoever_may_not_see_a_list_takes_none_along() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let (ours, other) = (estate(cx, "阳光花园").await, estate(cx, "学府").await);
    let building = estates::create_building(
        cx,
        BuildingForm {
            estate: ours,
            name: "1号楼".to_owned(),
        },
    );
    let building = building.await.unwrap().id;
    let form = UnitForm {
        building,
        entrance: None,
        unit: "101".to_owned(),
        area_m2: None,
    };
    estates::create_unit(cx, form).await.unwrap();
    let places = [other.to_string()];
    let elsewhere = hire(cx, "高原", ("estate_manager", &places)).await.unwrap();
    let refused = units(&elsewhere, &of(ours), &Columns::usual())
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    assert!(
        read(
            units(&elsewhere, &UnitFilter::default(), &Columns::usual())
                .await
                .unwrap()
        )
        .is_empty()
    );
}
