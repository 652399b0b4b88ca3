//! Lists as they are shown, each as a workbook.

use domain::{
    EstateId,
    audit::{Deed, Subject},
    columns::Columns,
    devices::{DeviceColumn, DeviceFilter, DeviceKind, DeviceRow, DeviceState},
    estates::{
        Area, Found, FoundResident, FoundUnit, FoundVehicle, Occupancy, Relation, RosterColumn,
        UnitColumn, UnitFilter,
    },
    identity::{Action, Scope},
    telemetry::Value,
};
use jiff::tz::TimeZone;

use super::{
    Pages, about,
    workbook::{Book, Cell, MOST_ROWS},
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

/// A column of the units' file. As usual they are those of a roster; another one has a header that
/// an import leaves aside.
fn unit_header(column: UnitColumn) -> &'static str {
    estates::roster_header(match column {
        UnitColumn::Floor => RosterColumn::Floor,
        UnitColumn::Area => RosterColumn::Area,
        UnitColumn::InnerArea => RosterColumn::InnerArea,
        UnitColumn::Use => RosterColumn::Use,
        UnitColumn::Owners => RosterColumn::Owner,
        UnitColumn::State => RosterColumn::Occupancy,
        UnitColumn::FeeStart => return "计费起始日 fee_start",
    })
}

/// The units that a list shows, with the headers of a roster: it is imported again as it is. Which
/// unit it is stands in each row, whatever else is shown.
///
/// # Errors
/// As [`estates::list_units`]; `too_large` for more rows than one file takes.
pub async fn units(cx: &Cx, filter: &UnitFilter, columns: &Columns<UnitColumn>) -> Result<Vec<u8>> {
    const ADDRESS: [RosterColumn; 3] = [
        RosterColumn::Building,
        RosterColumn::Entrance,
        RosterColumn::Unit,
    ];
    let scope = cx.authorize(Action::ViewEstates)?;
    let shown = columns.shown();
    let mut headers = ADDRESS.map(estates::roster_header).to_vec();
    headers.extend(shown.iter().copied().map(unit_header));
    let mut book = Book::new(&headers)?;
    let mut pages = Pages::new();
    while let Some(ask) = pages.next() {
        let page = estates::list_units(cx, filter, &ask).await?;
        for unit in pages.take(page) {
            let fee_start = unit.fee_start.map(|day| day.to_string());
            let address = [
                unit.building_name.as_str().into(),
                unit.entrance.as_deref().into(),
                unit.unit.as_str().into(),
            ];
            let rest = shown.iter().map(|column| match column {
                UnitColumn::Floor => unit.floor_label.as_deref().into(),
                UnitColumn::Area => area(unit.area),
                UnitColumn::InnerArea => area(unit.inner_area),
                UnitColumn::Use => unit.use_.roster_word().into(),
                UnitColumn::Owners => unit.owners.as_str().into(),
                UnitColumn::State => unit.occupancy.map(Occupancy::roster_word).into(),
                UnitColumn::FeeStart => fee_start.as_deref().into(),
            });
            book.row(address.into_iter().chain(rest))?;
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
        ("use", filter.use_.is_some()),
        ("occupancy", filter.state.is_some()),
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

/// What a column of the devices' file is called: two of the newest value, whose unit stands beside it.
const fn device_headers(column: DeviceColumn) -> &'static [&'static str] {
    match column {
        DeviceColumn::State => &["状态 state"],
        DeviceColumn::Key => &["编号 key"],
        DeviceColumn::Kind => &["类型 kind"],
        DeviceColumn::Place => &["位置 place"],
        DeviceColumn::Newest => &["最新值 newest", "计量单位 unit"],
        DeviceColumn::Seen => &["最近上报 last_seen"],
        DeviceColumn::Refused => &["拒收 refused"],
    }
}

/// The name, which is always there, and what is shown beside it.
fn device_row<K, S>(
    device: &DeviceRow,
    shown: &[DeviceColumn],
    zone: &TimeZone,
    words: &DeviceWords<K, S>,
    book: &mut Book,
) -> Result<()>
where
    K: Fn(DeviceKind) -> &'static str,
    S: Fn(DeviceState) -> &'static str,
{
    // Of the company's own clock: whoever reads the file is there.
    let seen = device.last_seen.map(|at| {
        let at = at.to_zoned(zone.clone());
        at.strftime("%Y-%m-%d %H:%M:%S").to_string()
    });
    let (value, unit) = device.value.as_ref().map(|(v, u)| (v, u.as_str())).unzip();
    let said = match value {
        Some(Value::Text(text)) => Some(text.clone()),
        Some(Value::Bool(on)) => Some(on.to_string()),
        Some(Value::Number(_)) | None => None,
    };
    let mut cells = Vec::with_capacity(shown.len() + 2);
    for column in shown {
        cells.push(match column {
            DeviceColumn::State => (words.state)(device.state).into(),
            DeviceColumn::Key => device.key.as_str().into(),
            DeviceColumn::Kind => (words.kind)(device.kind).into(),
            DeviceColumn::Place => device.place.as_deref().into(),
            DeviceColumn::Newest => match value {
                Some(Value::Number(number)) => Cell::Number(*number),
                _ => said.as_deref().into(),
            },
            DeviceColumn::Seen => seen.as_deref().into(),
            DeviceColumn::Refused => {
                Cell::Number(f64::from(u32::try_from(device.refused).unwrap_or(u32::MAX)))
            }
        });
        if *column == DeviceColumn::Newest {
            cells.push(unit.into());
        }
    }
    cells.insert(place_of_name(shown), device.name.as_str().into());
    book.row(cells)
}

/// Behind the state, as on the page.
fn place_of_name(shown: &[DeviceColumn]) -> usize {
    usize::from(shown.first() == Some(&DeviceColumn::State))
}

/// The devices that a list shows, with the newest value of each. They stand as they did when it was
/// begun: one that is heard meanwhile would else move past the row that is being written.
///
/// # Errors
/// As [`registry::list`]; `not_found` for an estate that is not to be seen; `too_large` for more rows than one file takes.
pub async fn devices<K, S>(
    cx: &Cx,
    filter: &DeviceFilter,
    columns: &Columns<DeviceColumn>,
    words: DeviceWords<K, S>,
) -> Result<Vec<u8>>
where
    K: Fn(DeviceKind) -> &'static str,
    S: Fn(DeviceState) -> &'static str,
{
    const AT_ONCE: usize = 200;
    let scope = cx.authorize(Action::ViewDevices)?;
    if let Some(estate) = filter.estate {
        let seen = estates::estate(cx, estate).await?;
        seen.ok_or_else(Error::not_found)?;
    }
    let shown = columns.shown();
    let each = shown.iter().flat_map(|column| device_headers(*column));
    let mut headers: Vec<&str> = each.copied().collect();
    headers.insert(place_of_name(shown), "设备 device");
    let mut book = Book::new(&headers)?;
    // One more than fits, so that what does not is refused.
    let order = registry::order(cx, filter, MOST_ROWS + 1).await?;
    for part in order.chunks(AT_ONCE) {
        for device in registry::these(cx, part).await? {
            device_row(&device, shown, &cx.tenant.zone, &words, &mut book)?;
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
    let rows = u32::try_from(order.len()).unwrap_or(u32::MAX);
    let by = by.chain([about(rows)]);
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
