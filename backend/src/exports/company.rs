//! All of a company, as an archive (.zip) for whoever runs its account.

use std::{
    collections::{HashMap, HashSet},
    fs::File,
};

use domain::{
    EstateId, UnitId,
    audit::{Deed, Subject},
    estates::{EstateSummary, Relation, RosterColumn, Unit, VehicleColumn, address},
    identity::{Action, Scope},
    sheet::Column,
};

use super::{
    Pages,
    registers::Tables,
    tables::{Cell, Csv},
};
use crate::{
    audit, devices, estates,
    identity::{self, staff},
    kernel::{
        cx::{Cx, Peer},
        error::{Error, Result},
        tx::TenantTx,
    },
    tenancy,
};

/// An archive, to be read from its start.
#[derive(Debug)]
pub struct Taken {
    pub file: File,
    /// `linli-anju-2026-05-09.zip`
    pub name: String,
}

/// Takes all of a company along: its places, homes and people, devices and points and their models, roles
/// and grants, and a roster for each estate which the ordinary import takes. Readings are not among it.
///
/// Of one estate at a time its owners are in memory, of everything else a page.
///
/// `phones` asks for whole numbers, which whoever may not see them everywhere does not get: theirs
/// are masked. Of each whole number it is remembered who took it along.
///
/// # Errors
/// `forbidden` for whoever does not run the account and see all of it; `invalid` on
/// `password` where it is wrong, `too_many` past the throttle of the log-in.
pub async fn company(cx: &Cx, password: &str, phones: bool, from: &Peer) -> Result<Taken> {
    for action in [
        Action::EditCompany,
        Action::ViewEstates,
        Action::ViewResidents,
        Action::ViewDevices,
        Action::ViewStaff,
    ] {
        if cx.authorize_to_see(action)? != Scope::Everywhere {
            return Err(Error::forbidden());
        }
    }
    identity::prove_again(cx, password, from).await?;
    let everywhere = |scope| scope == Scope::Everywhere;
    let whole = phones
        && cx
            .authorize_to_see(Action::ViewPhones)
            .is_ok_and(everywhere);

    let mut tables = Tables::new().map_err(Error::internal)?;
    tables.company(cx).await?;
    tables.roles(cx).await?;
    let (mut pages, mut rosters) = (Pages::new(), Vec::new());
    while let Some(ask) = pages.next() {
        for estate in pages.take(estates::list_estates(cx, &ask).await?) {
            let (roster, cars) = tables.estate(cx, &estate, whole).await?;
            rosters.push((estate.name, roster, cars));
        }
    }
    let models = devices::models::kept(cx).await?;
    let fields = audit::given([("phone", whole)]);
    let mut tx = TenantTx::begin(cx, &Scope::Everywhere).await?;
    let taken = Subject::Company(cx.tenant.id);
    audit::record(&mut tx, cx, Deed::CompanyExported, taken, None, fields).await?;
    tx.commit().await?;

    let file = tokio::task::spawn_blocking(move || tables.pack(rosters, &models, whole))
        .await
        .map_err(Error::internal)?
        .map_err(Error::internal)?;
    let today = cx.now().to_zoned(cx.tenant.zone.clone()).date();
    Ok(Taken {
        file,
        name: format!("linli-{}-{today}.zip", cx.tenant.slug),
    })
}

/// What a roster says, in the template's order.
const ROSTER: [RosterColumn; 10] = [
    RosterColumn::Building,
    RosterColumn::Entrance,
    RosterColumn::Unit,
    RosterColumn::Floor,
    RosterColumn::Area,
    RosterColumn::InnerArea,
    RosterColumn::Use,
    RosterColumn::Owner,
    RosterColumn::Phone,
    RosterColumn::Occupancy,
];

/// The owners of units, in the order in which they were written down, with their whole numbers.
type Owners = HashMap<UnitId, Vec<(String, Option<String>)>>;

impl Tables {
    async fn company(&mut self, cx: &Cx) -> Result<()> {
        let company = tenancy::company(cx).await?;
        let row = [
            Cell::Text(company.slug),
            Cell::Text(company.name),
            Cell::Text(company.time_zone),
            Cell::id(company.currency.as_str()),
            Cell::id(company.language.as_str()),
        ];
        self.company.row(row).map_err(Error::internal)?;
        let mut pages = Pages::new();
        while let Some(ask) = pages.next() {
            for region in pages.take(estates::list_regions(cx, &ask).await?) {
                let row = [Cell::id(region.id), Cell::Text(region.name)];
                self.regions.row(row).map_err(Error::internal)?;
            }
        }
        Ok(())
    }

    async fn roles(&mut self, cx: &Cx) -> Result<()> {
        for role in staff::roles(cx).await? {
            let actions: Vec<_> = role.actions.iter().map(|action| action.as_str()).collect();
            let row = [
                Cell::id(role.key),
                Cell::maybe(role.name),
                Cell::Text(actions.join(" ")),
            ];
            self.roles.row(row).map_err(Error::internal)?;
        }
        let mut pages = Pages::new();
        while let Some(ask) = pages.next() {
            for member in pages.take(staff::list(cx, &ask).await?) {
                for given in member.roles {
                    let row = [
                        Cell::id(given.id),
                        Cell::id(member.person),
                        Cell::id(&member.name),
                        Cell::id(member.since),
                        Cell::id(given.role),
                        Cell::Bool(given.everywhere),
                        Cell::Text(given.places.join("、")),
                        Cell::maybe(given.until),
                        Cell::maybe(given.stands_in_for),
                    ];
                    self.grants.row(row).map_err(Error::internal)?;
                }
            }
        }
        Ok(())
    }

    /// One estate, with its roster and its sheet of cars.
    async fn estate(&mut self, cx: &Cx, estate: &EstateSummary, whole: bool) -> Result<(Csv, Csv)> {
        let id = estate.id;
        let row = [
            Cell::id(id),
            Cell::maybe(estate.region),
            Cell::id(&estate.name),
        ];
        self.estates.row(row).map_err(Error::internal)?;
        self.places(cx, id).await?;
        let owners = self.people(cx, id, whole).await?;
        self.registry(cx, id).await?;
        Ok((self.homes(cx, id, owners).await?, cars(cx, id).await?))
    }

    async fn places(&mut self, cx: &Cx, estate: EstateId) -> Result<()> {
        let mut pages = Pages::new();
        while let Some(ask) = pages.next() {
            for phase in pages.take(estates::list_phases(cx, Some(estate), &ask).await?) {
                let row = [Cell::id(phase.id), Cell::id(estate), Cell::Text(phase.name)];
                self.phases.row(row).map_err(Error::internal)?;
            }
        }
        let mut pages = Pages::new();
        while let Some(ask) = pages.next() {
            for building in pages.take(estates::list_buildings(cx, Some(estate), &ask).await?) {
                let row = [
                    Cell::id(building.id),
                    Cell::id(estate),
                    Cell::maybe(building.phase),
                    Cell::Text(building.name),
                ];
                self.buildings.row(row).map_err(Error::internal)?;
            }
        }
        Ok(())
    }

    /// Writes the people down, and keeps the owners for the roster. A masked number is none there.
    async fn people(&mut self, cx: &Cx, estate: EstateId, whole: bool) -> Result<Owners> {
        let mut owners = Owners::new();
        let mut households = HashSet::new();
        let mut pages = Pages::new();
        while let Some(ask) = pages.next() {
            for person in pages.take(estates::people(cx, estate, whole, &ask).await?) {
                if households.insert(person.household) {
                    let row = [
                        Cell::id(person.household),
                        Cell::id(estate),
                        Cell::id(person.unit),
                        Cell::id(person.since),
                    ];
                    self.households.row(row).map_err(Error::internal)?;
                }
                if person.relation == Relation::Owner {
                    let phone = person.phone.clone().filter(|_| whole);
                    let of = owners.entry(person.unit).or_default();
                    of.push((person.name.clone(), phone));
                }
                let row = [
                    Cell::id(person.id),
                    Cell::id(person.household),
                    Cell::id(person.unit),
                    Cell::id(person.relation.as_str()),
                    Cell::Text(person.name),
                    Cell::maybe(person.phone),
                ];
                self.residents.row(row).map_err(Error::internal)?;
            }
        }
        Ok(owners)
    }

    async fn registry(&mut self, cx: &Cx, estate: EstateId) -> Result<()> {
        let mut pages = Pages::new();
        while let Some(ask) = pages.next() {
            let (page, points) = devices::kept(cx, estate, &ask).await?;
            for device in pages.take(page) {
                let row = [
                    Cell::id(device.id),
                    Cell::id(estate),
                    Cell::maybe(device.unit),
                    Cell::maybe(device.gateway),
                    Cell::Text(device.key),
                    Cell::Text(device.name),
                    Cell::Text(device.kind),
                    Cell::maybe(device.place),
                    Cell::Text(device.transport),
                    Cell::maybe(device.model),
                    Cell::Bool(device.retired),
                ];
                self.devices.row(row).map_err(Error::internal)?;
            }
            for point in points {
                let row = [
                    Cell::id(point.id),
                    Cell::id(point.device),
                    Cell::Text(point.name),
                    Cell::Text(point.unit),
                    Cell::Text(point.value_type),
                    point.min.map_or(Cell::Blank, Cell::Number),
                    point.max.map_or(Cell::Blank, Cell::Number),
                ];
                self.points.row(row).map_err(Error::internal)?;
            }
        }
        Ok(())
    }

    /// The units, and the roster that they make.
    async fn homes(&mut self, cx: &Cx, estate: EstateId, mut owners: Owners) -> Result<Csv> {
        let mut roster = Csv::new(&ROSTER.map(estates::roster_header)).map_err(Error::internal)?;
        let filter = domain::estates::UnitFilter {
            estate: Some(estate),
            ..Default::default()
        };
        let mut pages = Pages::new();
        while let Some(ask) = pages.next() {
            for unit in pages.take(estates::list_units(cx, &filter, &ask).await?) {
                let of = owners.remove(&unit.id).unwrap_or_default();
                roster.row(&line(&unit, &of)).map_err(Error::internal)?;
                let area = |area: Option<domain::estates::Area>| {
                    area.map_or(Cell::Blank, |area| Cell::Number(f64::from(area.0) / 100.0))
                };
                let row = [
                    Cell::id(unit.id),
                    Cell::id(estate),
                    Cell::id(unit.building),
                    Cell::maybe(unit.entrance),
                    Cell::Text(unit.unit),
                    Cell::maybe(unit.floor_label),
                    Cell::maybe(unit.true_floor),
                    area(unit.area),
                    area(unit.inner_area),
                    Cell::id(unit.use_.as_str()),
                    Cell::maybe(unit.occupancy.map(domain::estates::Occupancy::as_str)),
                    Cell::maybe(unit.fee_start),
                    Cell::maybe(unit.household),
                ];
                self.units.row(row).map_err(Error::internal)?;
            }
        }
        Ok(roster)
    }
}

/// The cars of an estate, as their own import takes them.
async fn cars(cx: &Cx, estate: EstateId) -> Result<Csv> {
    let headers: Vec<String> = VehicleColumn::ALL.iter().map(|it| it.header()).collect();
    let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
    let mut sheet = Csv::new(&headers).map_err(Error::internal)?;
    for car in estates::cars(cx, estate).await? {
        let home = address(&car.building, car.entrance.as_deref(), &car.unit);
        let row = [
            Cell::Text(home),
            Cell::Text(car.plate),
            Cell::maybe(car.about),
        ];
        sheet.row(&row).map_err(Error::internal)?;
    }
    Ok(sheet)
}

/// A unit as a roster has it.
fn line(unit: &Unit, owners: &[(String, Option<String>)]) -> [Cell; 10] {
    let area = |area: Option<domain::estates::Area>| Cell::maybe(area);
    let names: Vec<_> = owners.iter().map(|(name, _)| name.as_str()).collect();
    let phones: Vec<_> = owners
        .iter()
        .map(|(_, phone)| phone.as_deref().unwrap_or_default())
        .collect();
    let phones = if phones.iter().all(|phone| phone.is_empty()) {
        Cell::Blank
    } else {
        Cell::Text(phones.join("、"))
    };
    [
        Cell::id(&unit.building_name),
        Cell::maybe(unit.entrance.as_ref()),
        Cell::id(&unit.unit),
        Cell::maybe(unit.floor_label.as_ref()),
        area(unit.area),
        area(unit.inner_area),
        Cell::id(unit.use_.roster_word()),
        Cell::Text(names.join("、")),
        phones,
        Cell::maybe(unit.occupancy.map(domain::estates::Occupancy::roster_word)),
    ]
}
