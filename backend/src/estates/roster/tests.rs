use std::fmt::Write;

use domain::{
    DeviceId, UnitId,
    estates::{
        EstateForm, ImportCounts, ImportState, Relation, ResidentForm, RosterColumn as Field,
        RowRefusal, UnitFilter, UnitForm,
    },
    page::PageAsk,
};
use rust_xlsxwriter::Workbook;

use super::*;
use crate::{
    devices,
    estates::{
        self, add_resident, create_building, create_estate, create_unit, list_residents, list_units,
    },
    testing::Town,
};

const DEMO: &[u8] = include_bytes!("../../../../server/demo/roster.csv");

pub(super) async fn garden(cx: &Cx) -> EstateId {
    create_estate(
        cx,
        EstateForm {
            name: "阳光花园".to_owned(),
        },
    )
    .await
    .unwrap()
    .id
}

pub(super) fn upload(estate: EstateId, bytes: impl Into<Vec<u8>>) -> RosterUpload {
    RosterUpload {
        estate,
        dry_run: false,
        file_name: "roster.csv".to_owned(),
        bytes: bytes.into(),
        confirmed: BTreeSet::new(),
        of: None,
        columns: domain::estates::ColumnChoice::default(),
        asks: false,
    }
}

pub(super) async fn import(cx: &Cx, estate: EstateId, text: &str) -> RosterImport {
    import_roster(cx, upload(estate, text)).await.unwrap()
}

pub(super) const fn counts(new: u32, changed: u32, same: u32, refused: u32) -> ImportCounts {
    ImportCounts {
        new,
        changed,
        same,
        refused,
        sales: 0,
    }
}

/// Rows in the tables that an import writes to, behind the walls.
pub(super) async fn rows(town: &Town) -> i64 {
    sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM building) + (SELECT count(*) FROM entrance) + (SELECT count(*) FROM unit)
              + (SELECT count(*) FROM household) + (SELECT count(*) FROM resident)",
    )
    .fetch_one(town.db.admin())
    .await
    .unwrap()
}

fn reasons(import: &RosterImport) -> Vec<(u32, RowRefusal)> {
    import
        .refused
        .iter()
        .map(|row| (row.row, row.reason))
        .collect()
}

#[tokio::test]
async fn the_real_roster_comes_in_and_again_is_the_same() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let estate = garden(cx).await;

    let dry = RosterUpload {
        dry_run: true,
        ..upload(estate, DEMO)
    };
    let import = import_roster(cx, dry).await.unwrap();
    assert_eq!(
        (import.state, import.counts),
        (ImportState::Done, counts(652, 0, 0, 0))
    );
    assert!(import.dry_run && import.refused.is_empty());
    assert_eq!(rows(&town).await, 0);

    let import = import_roster(cx, upload(estate, DEMO)).await.unwrap();
    assert_eq!(
        (import.state, import.counts),
        (ImportState::Done, counts(652, 0, 0, 0))
    );
    assert_eq!(
        import.ignored_columns,
        [
            "code",
            "floor_no",
            "building_kind",
            "fee_yuan_per_m2_month",
            "electricity_meter",
            "water_meter",
            "gas_meter"
        ]
    );
    assert_eq!(roster_import(cx, import.id).await.unwrap(), Some(import));
    let summary = estates::estate(cx, estate).await.unwrap().unwrap();
    assert_eq!(
        (summary.buildings, summary.units, summary.households),
        (8, 652, 0)
    );

    let again = import_roster(cx, upload(estate, DEMO)).await.unwrap();
    assert_eq!(again.counts, counts(0, 0, 652, 0));
    let summary = estates::estate(cx, estate).await.unwrap().unwrap();
    assert_eq!((summary.buildings, summary.units), (8, 652));

    // The order is the one that people count in, past the page's end too.
    let third = estates::list_buildings(cx, Some(estate), &PageAsk::default())
        .await
        .unwrap();
    let third = third
        .items
        .into_iter()
        .find(|building| building.name == "3号楼")
        .unwrap();
    let filter = UnitFilter {
        building: Some(third.id),
        ..UnitFilter::default()
    };
    let mut codes = Vec::new();
    let mut ask = PageAsk {
        limit: Some(30),
        cursor: None,
    };
    loop {
        let page = list_units(cx, &filter, &ask).await.unwrap();
        codes.extend(page.items.into_iter().map(|unit| unit.unit));
        ask.cursor = page.next;
        if ask.cursor.is_none() {
            break;
        }
    }
    assert_eq!(codes.len(), 104);
    let floor = |code: &str| codes.iter().position(|c| c == code).unwrap();
    assert!(
        floor("304") < floor("3A01")
            && floor("3A04") < floor("501")
            && floor("902") < floor("1001")
    );
    assert!(
        floor("1204") < floor("12A01")
            && floor("12A04") < floor("12B01")
            && floor("12B04") < floor("1501")
    );
}

#[tokio::test]
async fn any_refused_row_and_nothing_is_written() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let estate = garden(cx).await;
    let text = "楼栋,单元,房号,业主,手机,备注\n\
                1号楼,1单元,101,张三,13812345678,x\n\
                1号楼,1单元,101,张三,,\n\
                1号楼,,,李四,,\n\
                1号楼,1单元,103,王五,123,\n";
    let import = import(cx, estate, text).await;
    assert_eq!(
        (import.state, import.counts),
        (ImportState::Refused, counts(1, 0, 0, 3))
    );
    assert_eq!(
        reasons(&import),
        [
            (3, RowRefusal::DuplicateUnit),
            (4, RowRefusal::UnitMissing),
            (5, RowRefusal::PhoneUnreadable)
        ]
    );
    assert_eq!(import.refused[2].column.as_deref(), Some("手机"));
    assert_eq!(rows(&town).await, 0);

    let kept = roster_import(cx, import.id).await.unwrap().unwrap();
    assert_eq!(kept, import);
    let stored: String = sqlx::query_scalar("SELECT row_to_json(i)::text FROM roster_import i")
        .fetch_one(town.db.admin())
        .await
        .unwrap();
    // Enough digits that no id and no digest has them by chance.
    for personal in ["1381234", "2345678", "张三"] {
        assert!(!stored.contains(personal), "{stored}");
    }
}

#[tokio::test]
async fn owners_move_in_and_never_change_silently() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let estate = garden(cx).await;
    let header = "楼栋,单元,房号,业主,手机,入住状态\n";
    let (a, b, c) = ("13812345678", "13912345678", "13712345678");

    let first = import(cx, estate, &format!("{header}1号楼,1单元,101,张三、李四,{a}、{b},\n1号楼,1单元,102,,,\n1号楼,1单元,103,张三,{a},\n")).await;
    assert_eq!(first.counts, counts(3, 0, 0, 0));
    let people = list_residents(cx, None, &PageAsk::default())
        .await
        .unwrap()
        .items;
    assert_eq!(people.len(), 3);
    assert!(
        people
            .iter()
            .all(|one| one.relation == Relation::Owner && !one.claimed)
    );
    assert!(people.iter().all(|one| {
        one.phone
            .as_deref()
            .is_some_and(|phone| phone.contains("****"))
    }));
    let phones: (i64, i64) = sqlx::query_as(
        "SELECT count(DISTINCT phone_index), count(DISTINCT phone_cipher) FROM resident",
    )
    .fetch_one(town.db.admin())
    .await
    .unwrap();
    assert_eq!(
        phones,
        (2, 3),
        "one index for one number, and no two ciphers alike"
    );
    let units = list_units(cx, &UnitFilter::default(), &PageAsk::default())
        .await
        .unwrap()
        .items;
    let owners: Vec<&str> = units.iter().map(|unit| unit.owners.as_str()).collect();
    assert_eq!(owners, ["张三、李四", "", "张三"]);
    let started: jiff_sqlx::Date = sqlx::query_scalar("SELECT DISTINCT started_on FROM household")
        .fetch_one(town.db.admin())
        .await
        .unwrap();
    assert_eq!(
        started.to_jiff(),
        cx.now().to_zoned(cx.tenant.zone.clone()).date()
    );

    // The other way round, or left out, is no change; a new number is.
    let same = import(
        cx,
        estate,
        &format!("{header}1号楼,1单元,101,李四/张三,{b}/{a},\n1号楼,1单元,103,,,\n"),
    )
    .await;
    assert_eq!(same.counts, counts(0, 0, 2, 0));
    let moved = import(
        cx,
        estate,
        &format!("{header}1号楼,1单元,101,张三、李四,{a}、{c},\n1号楼,1单元,102,王五,,自住\n"),
    )
    .await;
    assert_eq!(moved.counts, counts(0, 2, 0, 0));
    let units = list_units(cx, &UnitFilter::default(), &PageAsk::default())
        .await
        .unwrap()
        .items;
    assert_eq!(units[1].owners, "王五");
    let person = list_residents(cx, Some(units[0].id), &PageAsk::default())
        .await
        .unwrap()
        .items;
    assert_eq!(person[1].phone.as_deref(), Some("137****5678"));

    for owners in ["赵六", "张三", "张三、李四、王五", "张三、张三"] {
        let before = rows(&town).await;
        let text = format!("{header}2号楼,1单元,101,新人,,\n1号楼,1单元,101,{owners},,\n");
        let refused = import(cx, estate, &text).await;
        let sales = ImportCounts {
            sales: 1,
            ..counts(1, 0, 0, 0)
        };
        assert_eq!(
            (refused.state, refused.counts),
            (ImportState::Refused, sales),
            "{owners}"
        );
        assert!(refused.refused.is_empty());
        let listed = &refused.possible_sales[0];
        assert_eq!((listed.row, &*listed.from), (3, "张**、李**"));
        assert_eq!(listed.address, "1号楼 1单元 101");
        assert!(!listed.confirmed && listed.to.ends_with("**"));
        assert_eq!(rows(&town).await, before);
    }
}

#[tokio::test]
async fn a_roster_meets_what_was_entered_by_hand() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let estate = garden(cx).await;
    let building = create_building(
        cx,
        domain::estates::BuildingForm {
            estate,
            name: "1号楼".to_owned(),
        },
    )
    .await
    .unwrap();
    let unit = |entrance: Option<&str>| UnitForm {
        building: building.id,
        entrance: entrance.map(str::to_owned),
        unit: "101".to_owned(),
        area_m2: Some("89.37".to_owned()),
    };
    let one = create_unit(cx, unit(Some("1单元"))).await.unwrap();
    create_unit(cx, unit(None)).await.unwrap();
    let renter = ResidentForm {
        id_number: None,
        unit: one.id,
        name: "租客".to_owned(),
        phone: None,
        relation: Relation::Renter,
    };
    add_resident(cx, renter).await.unwrap();

    let text = "building,entrance,unit,area_m2,owner\n1号楼,1单元,101,89.37,张三\n1号楼,,101,89.37,\n1号楼,2单元,101,,\n";
    let import = import(cx, estate, text).await;
    assert_eq!(import.counts, counts(1, 1, 1, 0));
    let people = list_residents(cx, Some(one.id), &PageAsk::default())
        .await
        .unwrap()
        .items;
    assert_eq!(people.len(), 2);
    assert_eq!(people[0].household, people[1].household);
}

#[tokio::test]
async fn a_meter_becomes_readable_with_the_household() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let estate = garden(cx).await;
    import(cx, estate, "building,unit\n1号楼,101\n1号楼,102\n").await;
    let units = list_units(cx, &UnitFilter::default(), &PageAsk::default())
        .await
        .unwrap()
        .items;
    for unit in &units {
        meter(cx, estate, unit.id).await;
    }
    let tenures = || async {
        sqlx::query_scalar::<_, i64>("SELECT count(*) FROM point_tenure t JOIN household h ON h.id = t.household_id WHERE t.to_at IS NULL")
            .fetch_one(town.db.admin())
            .await
            .unwrap()
    };
    assert_eq!(tenures().await, 0);
    import(cx, estate, "building,unit,owner\n1号楼,101,张三\n").await;
    assert_eq!(tenures().await, 2);
    let form = ResidentForm {
        id_number: None,
        unit: units[1].id,
        name: "李四".to_owned(),
        phone: None,
        relation: Relation::Owner,
    };
    add_resident(cx, form).await.unwrap();
    assert_eq!(tenures().await, 4);
}

async fn meter(cx: &Cx, estate: EstateId, unit: UnitId) -> DeviceId {
    let form = domain::devices::DeviceForm {
        name: "电表".to_owned(),
        key: None,
        kind: domain::devices::DeviceKind::ElectricityMeter,
        estate,
        unit: Some(unit),
        place: None,
        transport: domain::devices::TransportForm::Mqtt {},
        gateway: None,
        model: None,
        points: Vec::new(),
    };
    devices::register(cx, form).await.unwrap().id
}

#[tokio::test]
async fn a_hostile_workbook_and_a_gb18030_file() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let estate = garden(cx).await;
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, field) in (0..).zip(Field::ALL) {
        sheet
            .write_string(0, column, columns::header(*field))
            .unwrap();
    }
    for row in 1..=5 {
        sheet.write_string(row, 0, "1号楼").unwrap();
        sheet.write_number(row, 2, 100.0 + f64::from(row)).unwrap();
    }
    sheet
        .write_formula(1, 7, "=HYPERLINK(\"http://example.com\",\"张三\")")
        .unwrap();
    sheet.write_string(2, 7, "@SUM(1)").unwrap();
    sheet.write_string(3, 4, "八十九").unwrap();
    sheet.write_boolean(4, 9, true).unwrap();
    sheet.write_string(5, 2, "101").unwrap();
    let import = import_roster(cx, upload(estate, book.save_to_buffer().unwrap()))
        .await
        .unwrap();
    assert_eq!(
        reasons(&import),
        [
            (2, RowRefusal::FormulaLike),
            (3, RowRefusal::FormulaLike),
            (4, RowRefusal::AreaUnreadable),
            (5, RowRefusal::OccupancyUnknown),
        ],
        "row 6 is no duplicate, since row 2 was not taken"
    );
    assert_eq!(rows(&town).await, 0);

    let text = "楼栋,房号,业主\n１号楼,101,李雷\n";
    let bytes = encoding_rs::GB18030.encode(text).0.into_owned();
    let import = import_roster(cx, upload(estate, bytes)).await.unwrap();
    assert_eq!(import.counts, counts(1, 0, 0, 0));
    let unit = list_units(cx, &UnitFilter::default(), &PageAsk::default())
        .await
        .unwrap()
        .items
        .remove(0);
    assert_eq!(
        (unit.building_name.as_str(), unit.owners.as_str()),
        ("1号楼", "李雷")
    );
}

#[tokio::test]
async fn files_that_are_not_taken() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let estate = garden(cx).await;
    let mut many = String::from("building,unit\n");
    for row in 0..=sheet::MOST_ROWS {
        writeln!(many, "1,{row}").unwrap();
    }
    for (bytes, flaw) in [
        (b"\xd0\xcf\x11\xe0\0".to_vec(), Flaw::Unreadable),
        (Vec::new(), Flaw::Unknown),
        (b"building,owner\n1,2\n".to_vec(), Flaw::Unknown),
        (many.into_bytes(), Flaw::OutOfRange),
    ] {
        let error = import_roster(cx, upload(estate, bytes)).await.unwrap_err();
        assert_eq!(error.problem, Error::invalid("file", flaw).problem);
    }
    let error = import_roster(cx, upload(estate, vec![b'x'; MOST_BYTES + 1]))
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::TooLarge);
    assert!(
        list_imports(cx, estate, &PageAsk::default())
            .await
            .unwrap()
            .items
            .is_empty()
    );
}

#[tokio::test]
async fn a_stranger_imports_nothing_and_sees_no_import() {
    let town = Town::new().await;
    let (a, b) = (&town.admin_a, &town.admin_b);
    let estate = garden(a).await;
    let text = "building,unit,owner\n1号楼,101,张三\n";
    let import = import(a, estate, text).await;
    let household = list_residents(a, None, &PageAsk::default())
        .await
        .unwrap()
        .items[0]
        .household;
    let owner = town.owner_of(a, household).await;

    assert_eq!(
        import_roster(b, upload(estate, text))
            .await
            .unwrap_err()
            .code(),
        Code::NotFound
    );
    assert_eq!(roster_import(b, import.id).await.unwrap(), None);
    assert_eq!(
        list_imports(b, estate, &PageAsk::default())
            .await
            .unwrap_err()
            .code(),
        Code::NotFound
    );

    assert_eq!(
        import_roster(&owner, upload(estate, text))
            .await
            .unwrap_err()
            .code(),
        Code::Forbidden
    );
    assert_eq!(
        roster_import(&owner, import.id).await.unwrap_err().code(),
        Code::Forbidden
    );
    assert_eq!(
        list_imports(&owner, estate, &PageAsk::default())
            .await
            .unwrap_err()
            .code(),
        Code::Forbidden
    );

    let mut suspended = a.clone();
    suspended.tenant.suspended = true;
    assert_eq!(
        import_roster(&suspended, upload(estate, text))
            .await
            .unwrap_err()
            .code(),
        Code::Suspended
    );
}

#[tokio::test]
async fn imports_are_listed_newest_first() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let estate = garden(cx).await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        let upload = RosterUpload {
            file_name: "C:\\账本\\名册.xlsx".to_owned(),
            ..upload(estate, "building,unit\n1,101\n")
        };
        // A list leaves out what each changed.
        let import = import_roster(cx, upload).await.unwrap();
        ids.push(RosterImport {
            changes: Vec::new(),
            columns: Vec::new(),
            ..import
        });
        town.site
            .clock
            .set(town.site.now() + jiff::SignedDuration::from_secs(1));
    }
    assert_eq!(ids[0].file_name, "名册.xlsx");
    ids.reverse();
    let first = list_imports(
        cx,
        estate,
        &PageAsk {
            limit: Some(2),
            cursor: None,
        },
    )
    .await
    .unwrap();
    assert_eq!(first.items, ids[..2]);
    let rest = list_imports(
        cx,
        estate,
        &PageAsk {
            limit: Some(2),
            cursor: first.next,
        },
    )
    .await
    .unwrap();
    assert_eq!((rest.items.as_slice(), rest.next), (&ids[2..], None));
    let bad = PageAsk {
        cursor: Some("est_1".to_owned()),
        limit: None,
    };
    assert_eq!(
        list_imports(cx, estate, &bad).await.unwrap_err().problem,
        Error::invalid("cursor", Flaw::Malformed).problem
    );
}

#[test]
fn the_template_is_read_by_the_importer_and_brings_nothing() {
    let bytes = roster_template().unwrap();
    let sheet = sheet::read(&bytes, &Said::default(), &|_| ()).unwrap();
    assert!(sheet.rows.is_empty() && sheet.columns.ignored.is_empty());
    for field in Field::ALL.iter().copied() {
        let header = sheet.columns.header(field);
        assert_eq!(header.as_deref(), Some(columns::header(field)));
    }
}
