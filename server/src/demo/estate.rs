//! The demo's roster and assets, from the files that are built into the binary.

use super::{Company, curves::mix, people};
use crate::failure::Failure;

const ROSTER: &str = include_str!("../../demo/roster.csv");
const ASSETS: &str = include_str!("../../demo/assets.csv");

/// A home, shop or bay of the made-up roster.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// `1-1-101`
    pub(super) code: String,
    pub(super) building: String,
    pub(super) entrance: String,
    pub(super) floor_label: String,
    pub(super) unit: String,
    pub(super) use_: String,
    pub(super) area: String,
    pub(super) inner_area: String,
}

/// A lift, door, pump or public meter.
#[derive(Debug, Clone)]
pub(super) struct Asset {
    pub(super) code: String,
    pub(super) kind: String,
    pub(super) place: String,
    pub(super) detail: String,
}

fn rows<const N: usize>(text: &str, columns: [&str; N]) -> Result<Vec<[String; N]>, Failure> {
    let broken = |e: csv::Error| Failure::work(format!("the demo's data cannot be read: {e}"));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().map_err(broken)?.clone();
    let places = columns.map(|name| header.iter().position(|column| column == name));
    let mut rows = Vec::new();
    for row in reader.records() {
        let row = row.map_err(broken)?;
        rows.push(places.map(|place| {
            place
                .and_then(|place| row.get(place))
                .unwrap_or_default()
                .to_owned()
        }));
    }
    Ok(rows)
}

/// The company's places: all, or one building for the small one.
pub(super) fn places(company: Company) -> Result<Vec<Place>, Failure> {
    let columns = [
        "code",
        "building",
        "entrance",
        "floor_label",
        "unit",
        "use",
        "area_gross_m2",
        "area_inner_m2",
    ];
    let all = rows(ROSTER, columns)?.into_iter().map(
        |[
            code,
            building,
            entrance,
            floor_label,
            unit,
            use_,
            area,
            inner_area,
        ]| Place {
            code,
            building,
            entrance,
            floor_label,
            unit,
            use_,
            area,
            inner_area,
        },
    );
    Ok(all
        .filter(|place| !company.small || place.building == "6号楼")
        .collect())
}

/// The company's assets: all, or those of its one building.
pub(super) fn assets(company: Company) -> Result<Vec<Asset>, Failure> {
    let all = rows(ASSETS, ["asset", "kind", "place", "detail"])?
        .into_iter()
        .map(|[code, kind, place, detail]| Asset {
            code,
            kind,
            place,
            detail,
        });
    Ok(all
        .filter(|asset| !company.small || asset.place.starts_with("6号楼"))
        .collect())
}

/// The roster as a company would upload it: the contract's columns, with owners and numbers.
pub(super) fn roster(company: Company) -> Result<Vec<u8>, Failure> {
    let broken = |e: csv::Error| Failure::work(format!("the demo's roster cannot be made: {e}"));
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record([
        "楼栋",
        "单元",
        "房号",
        "楼层",
        "建筑面积",
        "套内面积",
        "用途",
        "业主",
        "手机",
        "入住状态",
    ])
    .map_err(broken)?;
    let offset: u64 = if company.small { 5_000 } else { 0 };
    for (n, place) in (offset..).zip(places(company)?) {
        let dice = mix(n) % 100;
        let home = place.use_ == "住宅";
        let occupancy = match dice {
            _ if !home => "",
            0..=66 => "自住",
            67..=82 => "出租",
            83..=92 => "空置",
            93..=96 => "装修",
            _ => "未售",
        };
        let owned = home && occupancy != "未售" || place.use_ == "商铺" && dice < 80;
        // Every fifteenth home has two owners, as couples register them.
        let (name, phone) = match owned {
            false => (String::new(), String::new()),
            true if dice.is_multiple_of(15) => (
                format!("{}、{}", people::name(n), people::name(n + 20_000)),
                format!("{}、{}", people::phone(n), people::phone(n + 2_000)),
            ),
            true => (people::name(n), people::phone(n)),
        };
        out.write_record([
            &place.building,
            &place.entrance,
            &place.unit,
            &place.floor_label,
            &place.area,
            &place.inner_area,
            &place.use_,
            &name,
            &phone,
            occupancy,
        ])
        .map_err(broken)?;
    }
    out.into_inner()
        .map_err(|e| Failure::work(format!("the demo's roster cannot be made: {e}")))
}
