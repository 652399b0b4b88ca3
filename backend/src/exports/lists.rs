//! Lists as they are shown, each as a workbook.

use domain::{
    EstateId,
    audit::{Deed, Subject},
    devices::{DeviceFilter, DeviceKind, DeviceState},
    estates::{
        Area, Found, FoundResident, FoundUnit, FoundVehicle, Relation, RosterColumn, UnitFilter,
    },
    identity::{Action, Scope},
    telemetry::Value,
};

use super::{
    Pages,
    workbook::{Book, Cell},
};
use crate::{
    audit,
    devices::{self as registry, batch::SheetDevice},
    estates,
    kernel::{
        cx::Cx,
        error::{Error, Result},
        tx::TenantTx,
    },
};

/// What relations are called, in the reader's language.
#[derive(Debug, Clone, Copy)]
pub struct ResidentWords<R: Fn(Relation) -> &'static str> {
    pub unit: &'static str,
    pub car: &'static str,
    pub relation: R,
}

/// What kinds and states are called.
#[derive(Debug, Clone, Copy)]
pub struct DeviceWords<K: Fn(DeviceKind) -> &'static str, S: Fn(DeviceState) -> &'static str> {
    pub kind: K,
    pub state: S,
}

/// The passwords of devices that were registered from one sheet, under these headers: name, place, user
/// name, password, topic. They are stored nowhere, so that nothing else can write this file.
///
/// # Errors
/// Internal, if the workbook cannot be written.
pub async fn credentials(headers: [&str; 5], made: &[SheetDevice]) -> Result<Vec<u8>> {
    let mut book = Book::new(&headers)?;
    for device in made {
        let told = device.credentials.as_ref();
        let topic = told.map(|told| format!("{}/telemetry", told.topic));
        book.row([
            device.name.as_str().into(),
            device.place.as_str().into(),
            told.map(|told| told.username.as_str()).into(),
            told.map(|told| told.password.as_str()).into(),
            topic.as_deref().into(),
        ])?;
    }
    book.done().await
}

/// The units that a list shows, with the headers of a roster: it is imported again as it is.
///
/// # Errors
/// As [`estates::list_units`]; `too_large` for more rows than one file takes.
pub async fn units(cx: &Cx, filter: &UnitFilter) -> Result<Vec<u8>> {
    const COLUMNS: [RosterColumn; 9] = [
        RosterColumn::Building,
        RosterColumn::Entrance,
        RosterColumn::Unit,
        RosterColumn::Floor,
        RosterColumn::Area,
        RosterColumn::InnerArea,
        RosterColumn::Use,
        RosterColumn::Owner,
        RosterColumn::Occupancy,
    ];
    let scope = cx.authorize(Action::ViewEstates)?;
    let mut book = Book::new(&COLUMNS.map(estates::roster_header))?;
    let mut pages = Pages::new();
    while let Some(ask) = pages.next() {
        let page = estates::list_units(cx, filter, &ask).await?;
        for unit in pages.take(page) {
            book.row([
                unit.building_name.as_str().into(),
                unit.entrance.as_deref().into(),
                unit.unit.as_str().into(),
                unit.floor_label.as_deref().into(),
                area(unit.area),
                area(unit.inner_area),
                unit.use_.roster_word().into(),
                unit.owners.as_str().into(),
                unit.occupancy
                    .map(domain::estates::Occupancy::roster_word)
                    .into(),
            ])?;
        }
    }
    let taken = match (filter.building, filter.estate) {
        (Some(building), _) => Subject::Building(building),
        (None, Some(estate)) => Subject::Estate(estate),
        (None, None) => Subject::Company(cx.tenant.id),
    };
    let by = audit::given([
        ("estate", filter.estate.is_some()),
        ("building", filter.building.is_some()),
        ("unit", filter.code.is_some()),
    ]);
    let by = by.chain([pages.about()]);
    note(cx, &scope, Deed::UnitsExported, (taken, filter.estate), by).await?;
    book.done().await
}

/// Square metres, as a number.
fn area(area: Option<Area>) -> Cell<'static> {
    area.map_or(Cell::Blank, |area| Cell::Number(f64::from(area.0) / 100.0))
}

/// The units, cars and residents that a search finds. Numbers are masked.
///
/// # Errors
/// As [`estates::search`]; `too_large` for more rows than one file takes.
pub async fn residents<R>(cx: &Cx, q: &str, words: ResidentWords<R>) -> Result<Vec<u8>>
where
    R: Fn(Relation) -> &'static str,
{
    let scope = cx.authorize(Action::ViewEstates)?;
    let mut book = Book::new(&["房屋 home", "姓名 name", "关系 relation", "手机 phone"])?;
    let mut pages = Pages::new();
    while let Some(ask) = pages.next() {
        let page = estates::search(cx, q, &ask).await?;
        for found in pages.take(page) {
            match found {
                Found::Unit(FoundUnit { address, .. }) => book.row([
                    address.as_str().into(),
                    Cell::Blank,
                    words.unit.into(),
                    Cell::Blank,
                ])?,
                Found::Vehicle(FoundVehicle { vehicle, home, .. }) => book.row([
                    home.as_str().into(),
                    vehicle.plate.as_str().into(),
                    words.car.into(),
                    Cell::Blank,
                ])?,
                Found::Resident(FoundResident { resident, home }) => book.row([
                    home.as_str().into(),
                    resident.name.as_str().into(),
                    (words.relation)(resident.relation).into(),
                    resident.phone.as_deref().into(),
                ])?,
            }
        }
    }
    let taken = (Subject::Company(cx.tenant.id), None);
    let by = ["search", pages.about()];
    note(cx, &scope, Deed::ResidentsExported, taken, by).await?;
    book.done().await
}

/// The devices that a list shows, with the newest value of each.
///
/// # Errors
/// As [`registry::list`]; `not_found` for an estate that is not to be seen; `too_large` for more rows than one file takes.
pub async fn devices<K, S>(
    cx: &Cx,
    filter: &DeviceFilter,
    words: DeviceWords<K, S>,
) -> Result<Vec<u8>>
where
    K: Fn(DeviceKind) -> &'static str,
    S: Fn(DeviceState) -> &'static str,
{
    let scope = cx.authorize(Action::ViewDevices)?;
    if let Some(estate) = filter.estate {
        let seen = estates::estate(cx, estate).await?;
        seen.ok_or_else(Error::not_found)?;
    }
    let mut book = Book::new(&[
        "状态 state",
        "设备 device",
        "编号 key",
        "类型 kind",
        "位置 place",
        "最新值 newest",
        "计量单位 unit",
        "最近上报 last_seen",
        "拒收 refused",
    ])?;
    let mut pages = Pages::new();
    while let Some(ask) = pages.next() {
        let page = registry::list(cx, filter, &ask).await?;
        for device in pages.take(page) {
            // Of the company's own clock: whoever reads the file is there.
            let seen = device.last_seen.map(|at| {
                let at = at.to_zoned(cx.tenant.zone.clone());
                at.strftime("%Y-%m-%d %H:%M:%S").to_string()
            });
            let (value, unit) = device.value.unzip();
            let said = match &value {
                Some(Value::Text(text)) => Some(text.clone()),
                Some(Value::Bool(on)) => Some(on.to_string()),
                Some(Value::Number(_)) | None => None,
            };
            let newest = match value {
                Some(Value::Number(number)) => Cell::Number(number),
                _ => said.as_deref().into(),
            };
            book.row([
                (words.state)(device.state).into(),
                device.name.as_str().into(),
                device.key.as_str().into(),
                (words.kind)(device.kind).into(),
                device.place.as_deref().into(),
                newest,
                unit.as_deref().into(),
                seen.as_deref().into(),
                Cell::Number(f64::from(u32::try_from(device.refused).unwrap_or(u32::MAX))),
            ])?;
        }
    }
    let taken = filter
        .estate
        .map_or(Subject::Company(cx.tenant.id), Subject::Estate);
    let by = audit::given([
        ("estate", filter.estate.is_some()),
        ("kind", filter.kind.is_some()),
        ("state", filter.state.is_some()),
        ("unit", filter.unit.is_some()),
        ("retired", filter.retired),
    ]);
    let by = by.chain([pages.about()]);
    note(
        cx,
        &scope,
        Deed::DevicesExported,
        (taken, filter.estate),
        by,
    )
    .await?;
    book.done().await
}

async fn note(
    cx: &Cx,
    scope: &Scope,
    deed: Deed,
    (taken, estate): (Subject, Option<EstateId>),
    by: impl IntoIterator<Item = &'static str>,
) -> Result<()> {
    let mut tx = TenantTx::begin(cx, scope).await?;
    audit::record(&mut tx, cx, deed, taken, estate, by).await?;
    tx.commit().await
}
