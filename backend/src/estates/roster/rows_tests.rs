use super::*;

fn reading(text: &str) -> Reading {
    read(
        &super::super::sheet::read(
            text.as_bytes(),
            &super::super::columns::Said::default(),
            &|_| (),
        )
        .unwrap(),
    )
}

const HEADER: &str = "楼栋,单元,房号,楼层,建筑面积,套内面积,用途,业主,手机,入住状态\n";

fn refusal(row: &str) -> Option<(RowRefusal, String)> {
    let reading = reading(&format!("{HEADER}{row}\n"));
    let refused = reading.refused.into_iter().next()?;
    assert!(reading.rows.is_empty() && refused.row == 2);
    Some((refused.reason, refused.column.unwrap()))
}

fn taken(row: &str) -> Row {
    let mut reading = reading(&format!("{HEADER}{row}\n"));
    assert_eq!(reading.refused, [], "{row}");
    reading.rows.pop().unwrap()
}

#[test]
fn each_reason_has_its_row() {
    use RowRefusal::*;
    let long = "x".repeat(41);
    let owners = vec!["张三"; 21].join("、");
    let cases = [
        (",,101,,,,,,,".to_owned(), BuildingMissing, "楼栋"),
        ("1号楼,,,,,,,,,".to_owned(), UnitMissing, "房号"),
        (format!("{long},,101,,,,,,,"), TextTooLong, "楼栋"),
        (format!("1号楼,{long},101,,,,,,,"), TextTooLong, "单元"),
        (format!("1号楼,,101,,,,,{owners},,"), TextTooLong, "业主"),
        (
            format!("1号楼,,101,,,,,,,{}", "自".repeat(500)),
            TextTooLong,
            "入住状态",
        ),
        (
            "1号楼,,101,,89.375,,,,,".to_owned(),
            AreaUnreadable,
            "建筑面积",
        ),
        ("1号楼,,101,,,大,,,,".to_owned(), AreaUnreadable, "套内面积"),
        (
            "1号楼,,101,,,,,张三,12345,".to_owned(),
            PhoneUnreadable,
            "手机",
        ),
        (
            "1号楼,,101,,,,,张三、李四,13812345678、x,".to_owned(),
            PhoneUnreadable,
            "手机",
        ),
        (
            "1号楼,,101,,,,,张三,1.3812345678E10,".to_owned(),
            PhoneUnreadable,
            "手机",
        ),
        (
            "1号楼,,101,,,,,,13812345678,".to_owned(),
            PhoneWithoutOwner,
            "手机",
        ),
        (
            "1号楼,,101,,,,,张三,13812345678、13912345678,".to_owned(),
            PhonesDoNotMatchOwners,
            "手机",
        ),
        (
            "1号楼,,101,,,,,张三、李四、王五,13812345678、13912345678,".to_owned(),
            PhonesDoNotMatchOwners,
            "手机",
        ),
        (
            "1号楼,,101,,,,,,,别的".to_owned(),
            OccupancyUnknown,
            "入住状态",
        ),
        ("1号楼,,101,,,,别的,,,".to_owned(), UseUnknown, "用途"),
        ("=1+1,,101,,,,,,,".to_owned(), FormulaLike, "楼栋"),
        ("1号楼,@a,101,,,,,,,".to_owned(), FormulaLike, "单元"),
        ("1号楼,,-101,,,,,,,".to_owned(), FormulaLike, "房号"),
        ("1号楼,,101,=A1,,,,,,".to_owned(), FormulaLike, "楼层"),
        ("1号楼,,101,-A1,,,,,,".to_owned(), FormulaLike, "楼层"),
        (
            "1号楼,,101,,,,,+cmd|' /C calc'!A0,,".to_owned(),
            FormulaLike,
            "业主",
        ),
        ("1号楼,,101,,,,,张三、＝1,,".to_owned(), FormulaLike, "业主"),
    ];
    for (row, reason, column) in cases {
        assert_eq!(refusal(&row), Some((reason, column.to_owned())), "{row}");
    }
}

#[test]
fn a_unit_comes_once() {
    let text =
        "楼栋,单元,房号\n1号楼,1单元,101\n1号楼,2单元,101\n1号楼, 1单元 ,101.0\n１号楼,1单元,101\n";
    let reading = reading(text);
    assert_eq!(reading.rows.len(), 2);
    let again: Vec<_> = reading
        .refused
        .iter()
        .map(|refused| (refused.row, refused.reason))
        .collect();
    assert_eq!(
        again,
        [
            (4, RowRefusal::DuplicateUnit),
            (5, RowRefusal::DuplicateUnit)
        ]
    );
}

#[test]
fn numbers_and_words_as_they_are_written() {
    let row = taken("3.0,2单元,1202.0,-1,\"1,089.30\",71.5㎡,住宅（顶层复式）,,,已入住");
    assert_eq!((row.building.as_str(), row.unit.as_str()), ("3", "1202"));
    assert_eq!(row.floor.as_deref(), Some("-1"));
    assert_eq!(
        (row.area, row.inner_area),
        (Some(Area(108_930)), Some(Area(7_150)))
    );
    assert_eq!(
        (row.use_, row.occupancy),
        (Some(UnitUse::Home), Some(Occupancy::LivedIn))
    );
    let row = taken("地下车库,B1,001,,,,车位（产权或人防）,,,");
    assert_eq!((row.use_, row.unit.as_str()), (Some(UnitUse::Bay), "001"));
    assert!(row.owners.is_empty() && row.floor.is_none() && row.occupancy.is_none());
}

#[test]
fn several_owners_in_one_cell() {
    let owners = |cells: &str| -> Vec<(String, Option<String>)> {
        let row = taken(&format!("1号楼,,101,,,,,{cells},"));
        let shown = |owner: Owner| {
            (
                owner.name,
                owner.phone.map(|phone| phone.as_str().to_owned()),
            )
        };
        row.owners.into_iter().map(shown).collect()
    };
    let (a, b) = ("13812345678", "13912345678");
    let (zhang, li) = ("张三".to_owned(), "李四".to_owned());
    for names in [
        "张三、李四",
        "张三，李四",
        "\"张三,李四\"",
        "张三; 李四",
        "张三；李四",
        "张三/李四",
        "\"张三\n李四\"",
        "张三、李四、",
    ] {
        assert_eq!(
            owners(&format!("{names},{a}/{b}")),
            [
                (zhang.clone(), Some(a.to_owned())),
                (li.clone(), Some(b.to_owned()))
            ],
            "{names}"
        );
    }
    assert_eq!(
        owners(&format!("张三、李四,{a}")),
        [(zhang.clone(), Some(a.to_owned())), (li.clone(), None)]
    );
    assert_eq!(
        owners(&format!("张三、李四,、{b}")),
        [(zhang.clone(), None), (li.clone(), Some(b.to_owned()))]
    );
    assert_eq!(owners("张三、李四,"), [(zhang, None), (li, None)]);
    assert_eq!(
        owners("John  Smith,+86 138-1234-5678"),
        [("John Smith".to_owned(), Some(a.to_owned()))]
    );
    assert_eq!(
        owners("王 五,13812345678.0"),
        [("王 五".to_owned(), Some(a.to_owned()))]
    );
}
