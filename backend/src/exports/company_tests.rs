use std::{collections::BTreeMap, io::Read};

use domain::{
    Code, EstateId,
    audit::{Deed, Deeds, EntryFilter, Subject},
    devices::{DeviceForm, DeviceKind, TransportForm},
    estates::{EstateForm, ImportCounts, ImportState, UnitFilter},
    identity::Role,
    page::PageAsk,
};
use zip::ZipArchive;

use super::{tests::roster, *};
use crate::{
    audit, estates,
    kernel::cx::{Cx, Peer},
    testing::{PASSWORD, Town, with_role},
};

const GARDEN: &str = "楼栋,单元,房号,楼层,建筑面积,用途,业主,手机,入住状态\n\
    1号楼,1单元,101,-1,89.37,住宅,\"张三、李四\",\"13812345678、13900001111\",自住\n\
    1号楼,1单元,102,,,商铺,赵六,,\n\
    2号楼,,201,3A,90,,\"王五、孙七\",13611112222,空置\n\
    地下车库,,B1-001,,,车位,,,\n";

async fn estate(cx: &Cx, name: &str) -> EstateId {
    let name = name.to_owned();
    let made = estates::create_estate(cx, EstateForm { name });
    made.await.unwrap().id
}

/// The archive's files by name.
async fn taken(cx: &Cx, phones: bool) -> BTreeMap<String, String> {
    let taken = company(cx, PASSWORD, phones, &Peer::local()).await.unwrap();
    let kind = std::path::Path::new(&taken.name).extension();
    assert!(taken.name.starts_with("linli-") && kind.is_some_and(|kind| kind == "zip"));
    let mut archive = ZipArchive::new(taken.file).unwrap();
    let mut files = BTreeMap::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).unwrap();
        let name = file.name().unwrap().to_string();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        files.insert(name, text);
    }
    files
}

async fn deeds(cx: &Cx, deed: Deed) -> Vec<domain::audit::Entry> {
    let filter = EntryFilter {
        deeds: Some(Deeds::One(deed)),
        ..EntryFilter::default()
    };
    let all = audit::list(cx, &filter, &PageAsk::longest()).await;
    all.unwrap().items
}

fn json(text: &str) -> Vec<serde_json::Value> {
    serde_json::from_str(text).unwrap()
}

#[tokio::test]
async fn another_company_imports_what_one_took_along() {
    let town = Town::new().await;
    let (ours, theirs) = (&town.admin_a, &town.admin_b);
    let garden = estate(ours, "阳光/花园").await;
    roster(ours, garden, GARDEN.into()).await;
    estate(ours, "还没有房屋").await;
    let form = DeviceForm {
        name: "水表".to_owned(),
        key: Some("wm-1".to_owned()),
        kind: DeviceKind::WaterMeter,
        estate: garden,
        unit: None,
        place: None,
        transport: TransportForm::Mqtt {},
        gateway: None,
        model: None,
        points: Vec::new(),
    };
    crate::devices::register(ours, form).await.unwrap();

    let files = taken(ours, true).await;
    assert!(files["README.txt"].contains("完整 / whole"));
    let counts = [
        ("company", 1),
        ("regions", 0),
        ("estates", 2),
        ("phases", 0),
        ("buildings", 3),
        ("units", 4),
        ("households", 3),
        ("residents", 5),
        ("devices", 1),
        ("points", 1),
        ("grants", 1),
    ];
    for (name, count) in counts {
        let rows = json(&files[&format!("{name}.json")]);
        assert_eq!(rows.len(), count, "{name}");
        let csv = files[&format!("{name}.csv")]
            .strip_prefix('\u{feff}')
            .unwrap();
        let lines = csv::Reader::from_reader(csv.as_bytes())
            .into_records()
            .count();
        assert_eq!(lines, count, "{name}.csv");
    }
    assert_eq!(json(&files["devices.json"])[0]["transport"], "mqtt");
    assert!(!files["devices.json"].contains("password"));

    // The ordinary import, in another company, of what there is to import.
    let text = files["rosters/01-阳光_花园.csv"].clone();
    let new = estate(theirs, "接管的小区").await;
    let import = roster(theirs, new, text.clone().into()).await;
    assert_eq!(import.state, ImportState::Done, "{import:?}");
    assert_eq!(
        import.counts,
        ImportCounts {
            new: 4,
            ..ImportCounts::default()
        }
    );
    assert!(import.ignored_columns.is_empty());
    let summary = async |cx: &Cx, id: EstateId| {
        let found = estates::estate(cx, id).await.unwrap().unwrap();
        (found.buildings, found.units, found.households)
    };
    assert_eq!(summary(theirs, new).await, summary(ours, garden).await);
    let units = async |cx: &Cx, id: EstateId| {
        let filter = UnitFilter {
            estate: Some(id),
            ..UnitFilter::default()
        };
        let all = estates::list_units(cx, &filter, &PageAsk::longest()).await;
        let all = all.unwrap().items.into_iter();
        all.map(|unit| {
            let (area, owners) = (unit.area, unit.owners.clone());
            (
                unit.address(),
                unit.floor_label,
                area,
                unit.use_,
                unit.occupancy,
                owners,
            )
        })
        .collect::<Vec<_>>()
    };
    assert_eq!(units(theirs, new).await, units(ours, garden).await);
    let again = taken(theirs, true).await;
    assert_eq!(again["rosters/01-接管的小区.csv"], text);
    // And here nothing is new.
    let same = roster(ours, garden, text.into()).await;
    assert_eq!(same.counts.same, 4);
    // Nothing of one is in the other's.
    assert!(
        !again
            .values()
            .any(|text| text.contains("阳光") || text.contains("anju"))
    );
}

#[tokio::test]
async fn whole_numbers_are_remembered_one_by_one() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let garden = estate(cx, "阳光花园").await;
    roster(cx, garden, GARDEN.into()).await;
    let masked = taken(cx, false).await;
    assert!(masked["README.txt"].contains("已遮挡 / masked"));
    assert!(masked["residents.csv"].contains("138****5678"));
    assert!(!masked.values().any(|text| text.contains("13812345678")));
    assert!(deeds(cx, Deed::ContactExported).await.is_empty());
    let exported = deeds(cx, Deed::CompanyExported).await.remove(0);
    assert_eq!(exported.subject, Subject::Company(cx.tenant.id));
    assert!(exported.fields.is_empty());

    let whole = taken(cx, true).await;
    assert!(whole["residents.json"].contains("13812345678"));
    let looked = deeds(cx, Deed::ContactExported).await;
    assert_eq!(looked.len(), 3);
    assert!(looked.iter().all(|entry| entry.fields == ["phone"]));
    assert_eq!(deeds(cx, Deed::CompanyExported).await[0].fields, ["phone"]);
}

#[tokio::test]
async fn only_whoever_runs_the_account_and_knows_the_password() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let refused = async |cx: &Cx, password: &str| {
        let taken = company(cx, password, true, &Peer::local()).await;
        taken.unwrap_err()
    };
    let wrong = refused(cx, "wrong horse battery").await;
    assert_eq!(wrong.problem.fields["password"].as_str(), "wrong");
    for role in Role::of_staff().filter(|role| *role != Role::TenantAdmin) {
        let somebody = with_role(cx, role);
        assert_eq!(
            refused(&somebody, PASSWORD).await.code(),
            Code::Forbidden,
            "{role:?}"
        );
    }
    let system = town.system(cx);
    let _ = refused(&system, PASSWORD).await;
    assert!(deeds(cx, Deed::CompanyExported).await.is_empty());
}
