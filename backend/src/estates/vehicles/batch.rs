//! The cars of an estate from one sheet.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::{
    EstateId, HouseholdId, UnitId, VehicleId,
    audit::{Deed, Subject},
    estates::{MOST_VEHICLES, NewVehicle, VehicleColumn, VehicleForm},
    identity::{Action, Place},
    problem::Flaw,
    sheet::{self, BadCell},
};

use super::{
    super::{estate as estate_seen, search, store as register},
    store::{self, Fresh, Known},
};
use crate::{
    audit,
    kernel::{
        cx::Cx,
        error::{Error, Result},
        sheet::table,
        tx::TenantTx,
    },
};

type Row = sheet::Row<VehicleColumn>;

/// What became of a sheet: all of it was written down, or none of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VehicleBatch {
    Imported { new: u32, changed: u32, same: u32 },
    Refused(Vec<BadCell<VehicleColumn>>),
}

/// Writes down each row's car for whoever lives at its address: all of them, or none where a cell
/// cannot be taken. A car that its home has already is the same; the same sheet again adds nothing. A
/// blank cell changes nothing.
///
/// # Errors
/// `forbidden`, `suspended`; `not_found` for an estate that is not to be seen; `invalid` on `file`:
/// `unreadable`, `unknown` where no row names the columns, `required` without a row under them,
/// `out_of_range` for over 5,000 rows or 20 MiB.
pub async fn import_vehicles(cx: &Cx, estate: EstateId, bytes: Vec<u8>) -> Result<VehicleBatch> {
    cx.authorize(Action::EditResidents)?;
    let scope = cx.authorize(Action::ViewResidents)?;
    let seen = estate_seen(cx, estate).await?;
    let name = seen.ok_or_else(Error::not_found)?.name;
    cx.authorize_at(Action::EditResidents, &Place::estate(estate))?;
    // No connection waits for the reading.
    let rows: Vec<Row> = table::rows(bytes, MOST_VEHICLES).await?;

    let tenant = cx.tenant.id;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    register::lock_estate(tx.conn(), tenant, estate)
        .await?
        .ok_or_else(Error::not_found)?;
    let homes = homes(&mut tx, cx, &name, &rows).await?;
    let known = store::of_estate(&mut tx, tenant, estate).await?;
    let plan = match Plan::of(cx, &rows, &homes, &known) {
        Ok(plan) => plan,
        Err(bad) => return Ok(VehicleBatch::Refused(sheet::in_order(bad))),
    };
    store::insert(&mut tx, tenant, estate, &plan.new, cx.now()).await?;
    store::redescribe(&mut tx, tenant, &plan.changed).await?;
    // One deed, however many they are, and none for what changes nothing.
    if !(plan.new.is_empty() && plan.changed.is_empty()) {
        let there = Subject::Estate(estate);
        let (deed, fields) = (Deed::VehiclesImported, ["plate"]);
        audit::record(&mut tx, cx, deed, there, Some(estate), fields).await?;
    }
    tx.commit().await?;
    let count = |many: usize| u32::try_from(many).unwrap_or(u32::MAX);
    Ok(VehicleBatch::Imported {
        new: count(plan.new.len()),
        changed: count(plan.changed.len()),
        same: plan.same,
    })
}

/// Who lives at each row's address, or what is wrong with the address.
type Homes = BTreeMap<u32, Result<(UnitId, HouseholdId), Flaw>>;

async fn homes(tx: &mut TenantTx, cx: &Cx, estate: &str, rows: &[Row]) -> Result<Homes> {
    let said = rows.iter().map(|row| {
        let home = row.cell(VehicleColumn::Home);
        (row.number.cast_signed(), home)
    });
    let found = search::homes_addressed(tx, cx.tenant.id, estate, said).await?;
    let units: Vec<UnitId> = found.values().flatten().copied().collect();
    let lived_in = store::households_of(tx, cx.tenant.id, &units).await?;
    let lived_in: HashMap<UnitId, HouseholdId> = lived_in.into_iter().collect();
    let home = |row: &Row| {
        if row.cell(VehicleColumn::Home).is_empty() {
            return Err(Flaw::Required);
        }
        let unit = search::only(found.get(&row.number.cast_signed()))?;
        // Nobody lives there whose car it could be.
        let household = lived_in.get(&unit).ok_or(Flaw::OutOfRange)?;
        Ok((unit, *household))
    };
    Ok(rows.iter().map(|row| (row.number, home(row))).collect())
}

#[derive(Default)]
struct Plan {
    new: Vec<Fresh>,
    changed: Vec<(VehicleId, String)>,
    same: u32,
}

impl Plan {
    fn of(
        cx: &Cx,
        rows: &[Row],
        homes: &Homes,
        known: &[Known],
    ) -> Result<Self, Vec<BadCell<VehicleColumn>>> {
        let known: HashMap<&str, &Known> = known.iter().map(|one| (&*one.plate, one)).collect();
        let (mut plan, mut bad, mut seen) = (Self::default(), Vec::new(), HashSet::new());
        for row in rows {
            let (unit, household, car) = match read(row, homes) {
                Ok(read) => read,
                Err(cells) => {
                    bad.extend(cells);
                    continue;
                }
            };
            let plate = car.plate.as_str().to_owned();
            let taken = row.bad(VehicleColumn::Plate, Flaw::Taken);
            match known.get(&*plate) {
                _ if !seen.insert(plate.clone()) => bad.push(taken),
                Some(known) if known.household != household => bad.push(taken),
                Some(known) => match car.about {
                    Some(about) if known.about.as_ref() != Some(&about) => {
                        plan.changed.push((known.id, about));
                    }
                    _ => plan.same += 1,
                },
                None => plan.new.push(Fresh {
                    id: cx.new_id(),
                    unit,
                    household,
                    plate,
                    about: car.about,
                }),
            }
        }
        if bad.is_empty() { Ok(plan) } else { Err(bad) }
    }
}

fn read(
    row: &Row,
    homes: &Homes,
) -> Result<(UnitId, HouseholdId, NewVehicle), Vec<BadCell<VehicleColumn>>> {
    let mut bad = row.unreadable();
    let home = homes.get(&row.number).copied();
    let home = home.unwrap_or(Err(Flaw::Unknown));
    let form = VehicleForm {
        unit: home.map_or(UnitId(uuid::Uuid::nil()), |(unit, _)| unit),
        plate: row.cell(VehicleColumn::Plate).to_owned(),
        about: row.said(VehicleColumn::About),
    };
    let car = NewVehicle::try_from(form).map_err(|problem| {
        let cells = problem.fields.into_iter().map(|(field, flaw)| {
            let about = field == "about";
            let column = if about {
                VehicleColumn::About
            } else {
                VehicleColumn::Plate
            };
            row.bad(column, flaw)
        });
        bad.extend(cells);
    });
    if let Err(flaw) = home {
        bad.push(row.bad(VehicleColumn::Home, flaw));
    }
    match (home, car) {
        (Ok((unit, household)), Ok(car)) if bad.is_empty() => Ok((unit, household, car)),
        _ => Err(bad),
    }
}

/// An empty sheet (.xlsx) with the header row, and what each column takes.
///
/// # Errors
/// Internal, if the workbook cannot be written.
pub fn vehicle_template() -> Result<Vec<u8>> {
    let say = |chinese: &str, english: &str| (chinese.to_owned(), english.to_owned());
    let note = |column| match column {
        VehicleColumn::Home => say(
            "必填。车主所在房屋，如 3号楼 2单元 1702 或 3-2-1702；须有住户",
            "Required. The unit, such as 3-2-1702; somebody has to live there",
        ),
        VehicleColumn::Plate => say(
            "必填。车牌号，如 沪A·12345；同一小区内不得重复",
            "Required. The number on the plate; once in an estate",
        ),
        VehicleColumn::About => say(
            "颜色、车型等，不超过 40 个字；留空不改动已有资料",
            "What it looks like, at most 40 characters; blank changes nothing",
        ),
    };
    let chinese = format!("任何一格有问题，则整份表都不会写入。最多 {MOST_VEHICLES} 辆。");
    let english =
        format!("If any cell is refused, nothing is written. At most {MOST_VEHICLES} cars.");
    table::template("车辆", note, (chinese, english))
}
