//! Many devices registered from one sheet, and what each needs to connect.

mod template;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use domain::{
    EstateId, UnitId,
    audit::{Deed, Subject},
    devices::{
        Credentials, NewDevice, Transport,
        batch::{BadCell, BatchColumn, BatchRow, MOST_DEVICES},
        models::DeviceModel,
    },
    identity::{Action, Place},
    problem::Flaw,
    sheet,
};

pub use self::template::batch_template;
use super::{Fresh, doors, models, store, store_all};
use crate::{
    audit, estates,
    kernel::{
        cx::Cx,
        error::{Error, Result},
        sheet::table,
        tx::TenantTx,
    },
};

/// What became of a sheet: all of it was registered, or none of it.
#[derive(Debug)]
pub enum Batch {
    Registered {
        /// The estate's name.
        estate: String,
        devices: Vec<SheetDevice>,
    },
    Refused(Vec<BadCell>),
}

/// A registered device as it stands on the sheet that goes to whoever mounts it.
#[derive(Debug)]
pub struct SheetDevice {
    pub name: String,
    /// The unit as the sheet had it, else the place; may be empty.
    pub place: String,
    pub key: String,
    /// Nothing for a device that is asked: it logs in nowhere. The password is told this once.
    pub credentials: Option<Credentials>,
}

/// Registers a device for each row of a workbook (.xlsx) or comma-separated text: all of them, or
/// none where a cell cannot be taken.
///
/// # Errors
/// `not_found` for an estate that is not there or not to be seen; `forbidden`; `invalid` on `file`:
/// `unreadable`, `unknown` where no row names the columns, `required` without a row under them,
/// `out_of_range` for over 2,000 rows or 20 MiB; `over_plan`.
pub async fn register_batch(cx: &Cx, estate: EstateId, bytes: Vec<u8>) -> Result<Batch> {
    let scope = cx.authorize(Action::ViewEstates)?;
    let place = Place::estate(estate);
    cx.authorize(Action::EditDevices)?;
    let known = estates::estate(cx, estate).await?;
    let name = known.ok_or_else(Error::not_found)?.name;
    cx.authorize_at(Action::EditDevices, &place)?;
    // No connection waits for the reading.
    let rows: Vec<BatchRow> = table::rows(bytes, MOST_DEVICES).await?;

    let mut tx = TenantTx::begin(cx, &scope).await?;
    let homes = homes(&mut tx, cx, &name, &rows).await?;
    let named = rows.iter().map(|row| row.cell(BatchColumn::Model));
    let named = named.filter(|model| !model.is_empty());
    let own = models::held(&mut tx, cx.tenant.id, named).await?;
    let (mut fresh, mut bad) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in &rows {
        let own = own.get(row.cell(BatchColumn::Model));
        match device(row, estate, &homes, own) {
            Ok(device) => fresh.push(Fresh::new(cx, device, &doors::secret(&cx.site))),
            Err(cells) => bad.extend(cells),
        }
    }
    bad.extend(taken(&mut tx, cx, &rows).await?);
    if !bad.is_empty() {
        return Ok(Batch::Refused(sheet::in_order(bad)));
    }
    let made = rows.iter().zip(&fresh);
    let made = made.map(|(row, fresh)| SheetDevice::of(cx, row, fresh));
    let made = made.collect();
    store_all(&mut tx, cx, fresh, cx.now()).await?;
    // One deed, however many they are.
    let there = Subject::Estate(estate);
    audit::record(
        &mut tx,
        cx,
        Deed::DevicesRegistered,
        there,
        Some(estate),
        [],
    )
    .await?;
    tx.commit().await?;
    Ok(Batch::Registered {
        estate: name,
        devices: made,
    })
}

impl SheetDevice {
    fn of(cx: &Cx, row: &BatchRow, fresh: &Fresh) -> Self {
        let asked = matches!(fresh.device.transport, Transport::Modbus(_));
        let secret = (!asked).then(|| fresh.secret.clone());
        let home = row.cell(BatchColumn::Home);
        let place = if home.is_empty() {
            row.cell(BatchColumn::Place)
        } else {
            home
        };
        Self {
            name: fresh.device.name.clone(),
            place: place.to_owned(),
            key: fresh.key.clone(),
            credentials: secret.map(|it| Credentials::new(&cx.tenant.slug, &fresh.key, it)),
        }
    }
}

/// Which units the rows' addresses may mean, by row.
type Homes = BTreeMap<i32, BTreeSet<UnitId>>;

async fn homes(tx: &mut TenantTx, cx: &Cx, estate: &str, rows: &[BatchRow]) -> Result<Homes> {
    let said = rows
        .iter()
        .map(|row| (line(row), row.cell(BatchColumn::Home)));
    let said = said.filter(|(_, home)| !home.is_empty());
    estates::homes_addressed(tx, cx.tenant.id, estate, said).await
}

fn line(row: &BatchRow) -> i32 {
    row.number.cast_signed()
}

fn device(
    row: &BatchRow,
    estate: EstateId,
    homes: &Homes,
    own: Option<&DeviceModel>,
) -> Result<NewDevice, Vec<BadCell>> {
    let said = !row.cell(BatchColumn::Home).is_empty();
    let unit = said
        .then(|| estates::only(homes.get(&line(row))))
        .transpose();
    let home = unit.err().map(|flaw| row.bad(BatchColumn::Home, flaw));
    match (row.device(estate, unit.ok().flatten(), own), home) {
        (Ok(device), None) => Ok(device),
        (Ok(_), Some(home)) => Err(vec![home]),
        (Err(bad), home) => Err(bad.into_iter().chain(home).collect()),
    }
}

/// The keys that a device has already, or a row further up.
async fn taken(tx: &mut TenantTx, cx: &Cx, rows: &[BatchRow]) -> Result<Vec<BadCell>> {
    let keys = rows.iter().map(|row| row.cell(BatchColumn::Key));
    let keys: Vec<&str> = keys.filter(|key| !key.is_empty()).collect();
    let mut seen: HashSet<String> = store::taken_keys(tx, cx.tenant.id, &keys).await?;
    let mut taken = Vec::new();
    for row in rows {
        let key = row.cell(BatchColumn::Key);
        if !key.is_empty() && !seen.insert(key.to_owned()) {
            taken.push(row.bad(BatchColumn::Key, Flaw::Taken));
        }
    }
    Ok(taken)
}

#[cfg(test)]
mod tests;
