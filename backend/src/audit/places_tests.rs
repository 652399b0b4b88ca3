//! What is remembered of cars, and of places that are rearranged.

use domain::{
    EstateId,
    audit::{Deed, Entry, Subject},
    devices::models::{ModelForm, change::ModelChangeForm},
    estates::{BuildingForm, MoveForm, PartForm, SplitForm, UnitForm, VehicleForm},
};

use super::{Diary, MARK};
use crate::{devices::models, estates};

fn told(entries: &[Entry]) -> Vec<(Deed, Subject)> {
    entries
        .iter()
        .map(|entry| (entry.deed, entry.subject))
        .collect()
}

/// A device model that is made, changed, archived, taken back and deleted.
pub(super) async fn model(diary: &mut Diary<'_>) {
    let cx = &diary.town.admin_a;
    let form = ModelForm {
        id: "marked".to_owned(),
        name: format!("{MARK}型"),
        kind: "pump".to_owned(),
        ..ModelForm::default()
    };
    let id = models::create(cx, form).await.unwrap().model.id;
    let entry = diary.wrote().await;
    let made = entry.subject;
    assert_eq!((entry.deed, made.kind()), (Deed::ModelMade, "model"));
    assert_eq!(entry.subject_name, Some(format!("{MARK}型")));
    assert_eq!(entry.fields, ["id", "name", "kind"]);
    let archived = |archived| ModelChangeForm {
        archived: Some(archived),
        ..ModelChangeForm::default()
    };
    let named = ModelChangeForm {
        maker: Some(format!("{MARK}厂")),
        ..ModelChangeForm::default()
    };
    for (form, deed, fields) in [
        (named, Deed::ModelChanged, &["maker"][..]),
        (archived(true), Deed::ModelArchived, &[]),
        (archived(false), Deed::ModelRestored, &[]),
    ] {
        models::change(cx, &id, form).await.unwrap();
        let entry = diary.wrote().await;
        assert_eq!((entry.deed, entry.subject), (deed, made));
        assert_eq!(entry.fields, fields);
    }
    models::remove(cx, &id).await.unwrap();
    let entry = diary.wrote().await;
    assert_eq!((entry.deed, entry.subject), (Deed::ModelRemoved, made));
}

/// Two units of a building of their own, moved, split, made one, archived and taken back.
pub(super) async fn rearrange(diary: &mut Diary<'_>, estate: EstateId) {
    let cx = &diary.town.admin_a;
    let name = format!("{MARK}二楼");
    let building = estates::create_building(cx, BuildingForm { estate, name });
    let building = building.await.unwrap().id;
    diary.wrote().await;
    let mut doors = Vec::new();
    for door in ["101", "102"] {
        let form = UnitForm {
            building,
            entrance: None,
            unit: format!("{MARK}{door}"),
            area_m2: Some("50".to_owned()),
        };
        doors.push(estates::create_unit(cx, form).await.unwrap().id);
        diary.wrote().await;
    }
    let (one, other) = (doors[0], doors[1]);
    let form = MoveForm {
        building,
        entrance: format!("{MARK}西"),
    };
    estates::move_unit(cx, one, form).await.unwrap();
    let entry = diary.wrote().await;
    assert_eq!(
        (entry.deed, entry.subject),
        (Deed::UnitMoved, Subject::Unit(one))
    );
    assert_eq!(
        (entry.fields, entry.unit),
        (vec!["entrance".to_owned()], Some(one))
    );

    let form = SplitForm {
        area_m2: "40".to_owned(),
        parts: vec![PartForm {
            unit: format!("{MARK}101A"),
            area_m2: String::new(),
        }],
        ..SplitForm::default()
    };
    let part = estates::split_unit(cx, one, form).await.unwrap()[0];
    let split = told(&diary.wrote_many(2).await);
    assert!(
        split.contains(&(Deed::UnitSplit, Subject::Unit(one))),
        "{split:?}"
    );
    assert!(
        split.contains(&(Deed::UnitCreated, Subject::Unit(part))),
        "{split:?}"
    );

    estates::archive_unit(cx, part).await.unwrap();
    let entry = diary.wrote().await;
    assert_eq!(
        (entry.deed, entry.subject),
        (Deed::UnitArchived, Subject::Unit(part))
    );
    estates::restore_unit(cx, part).await.unwrap();
    assert_eq!(diary.wrote().await.deed, Deed::UnitRestored);
    estates::merge_units(cx, one, &format!("{MARK}102"))
        .await
        .unwrap();
    let merged = told(&diary.wrote_many(2).await);
    assert!(
        merged.contains(&(Deed::UnitsMerged, Subject::Unit(one))),
        "{merged:?}"
    );
    assert!(
        merged.contains(&(Deed::UnitArchived, Subject::Unit(other))),
        "{merged:?}"
    );

    estates::archive_building(cx, building).await.unwrap();
    let entry = diary.wrote().await;
    let gone = (Deed::BuildingArchived, Subject::Building(building));
    assert_eq!((entry.deed, entry.subject), gone);
    estates::restore_building(cx, building).await.unwrap();
    assert_eq!(diary.wrote().await.deed, Deed::BuildingRestored);
}

/// A car that comes and goes, and one from a sheet.
pub(super) async fn park(diary: &mut Diary<'_>, estate: EstateId, unit: domain::UnitId) {
    let cx = &diary.town.admin_a;
    let form = VehicleForm {
        unit,
        plate: "沪A56789".to_owned(),
        about: Some(format!("{MARK}色")),
    };
    let car = estates::add_vehicle(cx, form).await.unwrap().id;
    let entry = diary.wrote().await;
    assert_eq!(
        (entry.deed, entry.subject),
        (Deed::VehicleAdded, Subject::Unit(unit))
    );
    assert_eq!(entry.fields, ["plate", "about"]);
    estates::remove_vehicle(cx, car).await.unwrap();
    assert_eq!(diary.wrote().await.deed, Deed::VehicleRemoved);
    let home = estates::unit(cx, unit).await.unwrap().unwrap().address();
    let sheet = format!("home,plate\n{home},沪A56789\n");
    for entries in [1, 0] {
        // The same again changes nothing, and leaves nothing.
        estates::import_vehicles(cx, estate, sheet.clone().into())
            .await
            .unwrap();
        let told = told(&diary.wrote_many(entries).await);
        let wanted = (Deed::VehiclesImported, Subject::Estate(estate));
        assert!(told.iter().all(|each| *each == wanted), "{told:?}");
    }
}
