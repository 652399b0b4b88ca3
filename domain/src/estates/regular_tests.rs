use proptest::prelude::*;

use super::*;

fn tower() -> RegularTexts {
    RegularTexts {
        name: "5号楼".to_owned(),
        entrances: "1单元、2单元".to_owned(),
        floors: "33".to_owned(),
        doors: "4".to_owned(),
        skipped_floors: "4=3A, 13=12A，14＝12B".to_owned(),
        areas_m2: "89.37 102.5 102.5 89.37".to_owned(),
        ..RegularTexts::default()
    }
}

fn built(texts: RegularTexts) -> Result<RegularBuilding, Problem> {
    RegularForm::from(texts).try_into()
}

fn flaw(texts: RegularTexts) -> (String, Flaw) {
    let problem = built(texts).unwrap_err();
    assert_eq!(problem.fields.len(), 1, "{problem}");
    problem.fields.into_iter().next().unwrap()
}

#[test]
fn a_tower_of_33_floors() {
    let tower = built(tower()).unwrap();
    assert_eq!(tower.count(), 33 * 4 * 2);
    let floors: Vec<_> = tower
        .floors
        .iter()
        .map(|floor| (floor.number, floor.label.as_str()))
        .collect();
    assert_eq!(floors[2..5], [(3, "3"), (4, "3A"), (5, "5")]);
    assert_eq!(
        floors[11..15],
        [(12, "12"), (13, "12A"), (14, "12B"), (15, "15")]
    );
    assert_eq!(floors[32], (33, "33"));
    let units: Vec<_> = tower.units().collect();
    assert_eq!(units[0].code, "101");
    assert_eq!(units[12].code, "3A01");
    assert_eq!(units[33 * 4].code, "101", "each entrance counts anew");
    assert_eq!(units[1].area, Some(Area(10_250)));
    assert_eq!(units[263].code, "3304");
    let drawing = tower.drawing();
    assert_eq!(drawing.floors[0].label, "33");
    assert_eq!(drawing.floors[0].units[0].as_ref().unwrap().0, "3301");
    assert_eq!(drawing.entrances[1].name.as_deref(), Some("2单元"));
}

#[test]
fn numbers_with_nothing_instead_are_passed_over() {
    let tower = built(RegularTexts {
        skipped_floors: "4 13 14".to_owned(),
        skipped_doors: "4".to_owned(),
        ..tower()
    })
    .unwrap();
    let floor = |n: usize| (tower.floors[n].number, tower.floors[n].label.as_str());
    assert_eq!((floor(2), floor(3)), ((3, "3"), (4, "5")));
    assert_eq!(floor(32), (33, "36"), "33 true floors all the same");
    let doors: Vec<_> = tower.entrances[0]
        .doors
        .iter()
        .map(|door| door.label.as_str())
        .collect();
    assert_eq!(doors, ["01", "02", "03", "05"]);
}

#[test]
fn doors_by_letters_through_all_entrances_from_the_second_floor() {
    let tower = built(RegularTexts {
        numbering: "letters".to_owned(),
        through: "true".to_owned(),
        first_floor: "2".to_owned(),
        floors: "3".to_owned(),
        skipped_doors: "C, f=E2".to_owned(),
        ..tower()
    })
    .unwrap();
    let labels = |n: usize| -> Vec<&str> {
        let doors = tower.entrances[n].doors.iter();
        doors.map(|door| door.label.as_str()).collect()
    };
    assert_eq!(labels(0), ["A", "B", "D", "E"]);
    assert_eq!(labels(1), ["E2", "G", "H", "I"]);
    let floors: Vec<_> = tower.floors.iter().map(|f| (f.number, &*f.label)).collect();
    assert_eq!(floors, [(2, "2"), (3, "3"), (4, "3A")]);
    assert_eq!(tower.units().last().unwrap().code, "3AI");
}

#[test]
fn doors_by_another_name_keep_two_digits() {
    let tower = built(RegularTexts {
        skipped_doors: "4=3a".to_owned(),
        ..tower()
    })
    .unwrap();
    assert_eq!(tower.units().nth(3).unwrap().code, "103A");
}

/// What is done to the form, and what that is in which field.
type Case = (fn(&mut RegularTexts), &'static str, Flaw);

#[test]
fn each_flaw_is_beside_its_field() {
    let with = |change: fn(&mut RegularTexts)| {
        let mut texts = tower();
        change(&mut texts);
        flaw(texts)
    };
    let cases: [Case; 19] = [
        (|t| t.name = " ".to_owned(), "name", Flaw::Required),
        (|t| t.floors.clear(), "floors", Flaw::Required),
        (|t| t.floors = "0".to_owned(), "floors", Flaw::OutOfRange),
        (|t| t.floors = "-3".to_owned(), "floors", Flaw::Malformed),
        (
            |t| t.floors = "99999999".to_owned(),
            "floors",
            Flaw::OutOfRange,
        ),
        (
            |t| t.first_floor = "x".to_owned(),
            "first_floor",
            Flaw::Malformed,
        ),
        (|t| t.doors = "61".to_owned(), "doors", Flaw::OutOfRange),
        (
            |t| {
                t.numbering = "letters".to_owned();
                t.doors = "27".to_owned();
                t.areas_m2.clear();
            },
            "doors",
            Flaw::OutOfRange,
        ),
        (
            |t| t.numbering = "roman".to_owned(),
            "numbering",
            Flaw::Unknown,
        ),
        (
            |t| t.entrances = "东、东".to_owned(),
            "entrances",
            Flaw::Taken,
        ),
        (
            |t| t.entrances = "单".repeat(21),
            "entrances",
            Flaw::TooLong,
        ),
        (
            |t| t.skipped_floors = "4=3A 4".to_owned(),
            "skipped_floors",
            Flaw::Taken,
        ),
        (
            |t| t.skipped_floors = "4=5".to_owned(),
            "skipped_floors",
            Flaw::Taken,
        ),
        (
            |t| t.skipped_floors = "4=三".to_owned(),
            "skipped_floors",
            Flaw::Malformed,
        ),
        (
            |t| t.skipped_floors = "4=".to_owned(),
            "skipped_floors",
            Flaw::Malformed,
        ),
        (
            |t| t.skipped_doors = "4=03".to_owned(),
            "skipped_doors",
            Flaw::Taken,
        ),
        (
            |t| t.areas_m2 = "89 90".to_owned(),
            "areas_m2",
            Flaw::OutOfRange,
        ),
        (
            |t| t.areas_m2 = "大".to_owned(),
            "areas_m2",
            Flaw::Malformed,
        ),
        (
            |t| t.occupancy = "full".to_owned(),
            "occupancy",
            Flaw::Unknown,
        ),
    ];
    for (n, (change, field, wanted)) in cases.into_iter().enumerate() {
        assert_eq!(with(change), (field.to_owned(), wanted), "case {n}");
    }
    // All of them at once, not one after another.
    let empty = built(RegularTexts::default()).unwrap_err();
    assert_eq!(
        empty.fields.keys().collect::<Vec<_>>(),
        ["doors", "floors", "name"]
    );
}

#[test]
fn a_building_has_an_end() {
    let huge = RegularTexts {
        floors: "150".to_owned(),
        doors: "40".to_owned(),
        areas_m2: String::new(),
        ..tower()
    };
    assert_eq!(flaw(huge), ("floors".to_owned(), Flaw::OutOfRange));
}

#[test]
fn codes_that_meet_by_accident_are_refused() {
    // Floor 1 with door 01A, and floor 101 with door A.
    let texts = RegularTexts {
        entrances: String::new(),
        floors: "101".to_owned(),
        doors: "2".to_owned(),
        skipped_floors: String::new(),
        skipped_doors: "1=1A 2=A".to_owned(),
        areas_m2: String::new(),
        ..tower()
    };
    assert_eq!(flaw(texts), ("skipped_doors".to_owned(), Flaw::Taken));
}

prop_compose! {
    fn any_form()(
        entrances in 0_usize..5, floors in 1_u16..60, first in 1_u16..6, doors in 1_u16..7,
        letters: bool, through: bool,
        skipped in proptest::collection::btree_map(1_u16..70, any::<bool>(), 0..10),
        missing in proptest::collection::btree_map(1_u16..9, any::<bool>(), 0..4),
    ) -> (RegularForm, u16, u16) {
        let skip = |(number, named): (u16, bool)| {
            if named { format!("{number}={}X{}", number.saturating_sub(1), number % 10) } else { number.to_string() }
        };
        let form = RegularForm {
            name: "楼".to_owned(),
            entrances: (1..=entrances).map(|n| format!("{n}单元")).collect(),
            first_floor: first.to_string(),
            floors: floors.to_string(),
            doors: doors.to_string(),
            numbering: if letters { "letters" } else { "digits" }.to_owned(),
            through,
            skipped_floors: skipped.into_iter().map(skip).collect(),
            skipped_doors: missing.into_iter().map(skip).collect(),
            areas_m2: vec!["80".to_owned(); usize::from(doors)],
            occupancy: None,
        };
        (form, first, floors)
    }
}

proptest! {
    #[test]
    fn no_unit_is_there_twice_and_none_is_missing((form, first, floors) in any_form()) {
        let doors: usize = form.doors.parse().unwrap();
        let ends = form.entrances.len().max(1);
        let skips = form.skipped_floors.clone();
        let numbering = form.numbering.clone();
        match RegularBuilding::try_from(form) {
            Ok(building) => {
                prop_assert_eq!(building.count(), doors * ends * usize::from(floors));
                prop_assert_eq!(building.units().count(), building.count());
                let mut seen = HashSet::new();
                for unit in building.units() {
                    prop_assert!(unit.code.starts_with(&unit.floor.label));
                    prop_assert!(unit.code.len() <= 20);
                    prop_assert!(unit.area == Some(Area(8_000)));
                    prop_assert!(seen.insert((unit.entrance, unit.code.clone())), "{} is there twice", unit.code);
                }
                let numbers: Vec<u16> = building.floors.iter().map(|f| f.number.try_into().unwrap()).collect();
                prop_assert_eq!(numbers, (first..first + floors).collect::<Vec<_>>());
                for skip in skips {
                    let number = skip.split('=').next().unwrap();
                    prop_assert!(building.floors.iter().all(|floor| floor.label != number));
                }
                let drawing = building.drawing();
                let drawn = drawing.floors.iter().flat_map(|floor| &floor.units).flatten();
                prop_assert_eq!(drawn.count(), building.count());
            }
            // Letters come to an end, and through all entrances sooner.
            Err(problem) => {
                prop_assert_eq!(numbering, "letters");
                prop_assert_eq!(problem.fields.keys().collect::<Vec<_>>(), ["doors"]);
            }
        }
    }

    #[test]
    fn no_text_makes_it_panic(texts in proptest::collection::vec(".{0,12}", 11)) {
        let mut texts = texts.into_iter();
        let mut next = || texts.next().unwrap();
        let texts = RegularTexts {
            name: next(), entrances: next(), first_floor: next(), floors: next(), doors: next(),
            numbering: next(), through: next(), skipped_floors: next(), skipped_doors: next(),
            areas_m2: next(), occupancy: next(),
        };
        drop(built(texts));
    }
}
