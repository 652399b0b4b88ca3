//! Importing a roster (房产台账): one row a unit, from .xlsx or .csv.
//!
//! The rules, which CONTRACT.md calls stated:
//!
//! - The header is the first row that names the building and the unit; titles above it, headings
//!   merged across the columns and blank rows are skipped. A cell merged downwards stands for
//!   each of its rows. Columns that are not understood are named and ignored.
//! - What a column is, somebody may say instead: that counts for this file, and is remembered of its
//!   header for the company's next ones.
//! - A number stored as text is read as a number where a number is wanted, and `101.0` as `101`
//!   where a code is.
//! - A cell that is a formula, or starts with `=`, `+`, `-` or `@`, is refused in a building,
//!   entrance, door code, floor or owner (a floor may be `-1`), because our own lists would
//!   carry it into somebody else's spreadsheet program.
//! - Several owners in one cell, with `、` `，` `,` `;` `；` `/` or a line break between them, are
//!   owners of one household each. Numbers are separated the same way and belong to the owner at
//!   the same place; one number for several owners is the first one's; other counts are refused.
//! - One person with two units is two residents of two households with the same phone index, and
//!   is never merged.
//! - An owner on a unit that has no household starts one, today in the tenant's zone. The same
//!   owners, in any order, are no change. Other owners are a possible sale: somebody confirms its
//!   row, and it is one (`transfers`), of today. A blank cell changes nothing. A new number of the
//!   same owner is a change.
//! - Any refused row, or any sale that nobody has confirmed, and nothing of the roster is written;
//!   only the import itself is. No copy of the file is kept, since it is full of names and numbers:
//!   whoever confirms sends it again, and its digest says that it is the same.

mod columns;
pub(super) mod plan;
mod refusals;
mod rows;
mod sheet;
mod template;

use std::collections::BTreeSet;

use domain::{
    EstateId, ImportId,
    audit::{Deed, Subject},
    estates::{
        ColumnChoice, ImportCounts, ImportState, ReadColumn, RosterColumn, RosterImport,
        plain_header,
    },
    identity::{Action, Place, Scope},
    page::{Page, PageAsk},
    problem::{Code, Flaw, Problem},
    tenancy::Counted,
};

use sha2::{Digest, Sha256};

use self::{
    columns::Said,
    plan::Plan,
    sheet::{Fault, Sheet},
};
use super::{store, transfers};
use crate::{
    audit, devices,
    kernel::{
        cx::Cx,
        error::{Error, Result},
        sheet::MOST_BYTES,
        tx::TenantTx,
    },
    tenancy,
};

pub use self::{
    columns::header as roster_header,
    refusals::{RefusalHeaders, refusal_file},
    template::roster_template,
};

/// Reads an upload as an import does, without a database: for fuzz/.
#[cfg(fuzzing)]
#[must_use]
pub fn read_upload(bytes: &[u8]) -> usize {
    sheet::read(bytes).map_or(0, |sheet| rows::read(&sheet).rows.len())
}

/// How many rows an import remembers of each list; the counts have them all.
const MOST_LISTED: usize = 1_000;

/// A roster as it was uploaded.
#[derive(Clone)]
pub struct RosterUpload {
    pub estate: EstateId,
    /// Work out and record what would happen, and write nothing else.
    pub dry_run: bool,
    pub file_name: String,
    pub bytes: Vec<u8>,
    /// The rows that are sales.
    pub confirmed: BTreeSet<u32>,
    /// The import that listed them, where the file has to be the same one.
    pub of: Option<ImportId>,
    /// What columns are, in somebody's word.
    pub columns: ColumnChoice,
    /// Where a column is missing and nobody has said anything of this file's: keep what columns
    /// there are, so that somebody can, instead of refusing the file.
    pub asks: bool,
}

impl std::fmt::Debug for RosterUpload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RosterUpload")
            .field("estate", &self.estate)
            .field("dry_run", &self.dry_run)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

impl Fault {
    /// Whose columns somebody has named is told which of them is missing.
    fn told(self, chosen: &ColumnChoice) -> Error {
        let flaw = match self {
            Self::Unreadable => Flaw::Unreadable,
            Self::TooManyRows => Flaw::OutOfRange,
            Self::ColumnsMissing(_) if chosen.is_empty() => Flaw::Unknown,
            Self::ColumnsMissing(columns) => {
                let known = |field| columns.iter().any(|column| column.field == Some(field));
                let needed = RosterColumn::NEEDED.into_iter();
                let missing = needed.filter(|field| !known(*field));
                let fields =
                    missing.map(|field| (format!("columns.{}", field.as_str()), Flaw::Required));
                return Problem {
                    code: Code::Invalid,
                    fields: fields.collect(),
                    seen: None,
                }
                .into();
            }
        };
        Error::invalid("file", flaw)
    }
}

/// Imports a roster into an estate, or says which rows stand in the way.
///
/// All of it is one transaction: at most eighteen statements of its own for a roster of any size
/// (scope, lock, planner, four to load, seven to write, the columns, the import, its evidence,
/// commit), and what starting tenures takes; four more for sales, and an entry of evidence for each
/// of them. What is remembered of columns is read in a shorter one before it.
///
/// # Errors
/// `forbidden`, `suspended`; `over_quota` where the company's plan has no room for the new units;
/// `not_found` for an estate that is not to be seen; `too_large` over
/// 20 MB; `invalid` with `file`: `unreadable`, `unknown` without the columns building and unit,
/// `out_of_range` over 20,000 rows, `wrong` for another file than the import `of` had; with
/// `columns.{field}`: `required` where what was said of columns leaves a needed one out. Refused rows
/// and possible sales are no error: they come back in the import.
pub async fn import_roster(cx: &Cx, mut upload: RosterUpload) -> Result<RosterImport> {
    cx.authorize(Action::EditEstates)?;
    let scope = cx.authorize(Action::ViewEstates)?;
    if upload.bytes.len() > MOST_BYTES {
        return Err(Error::new(Code::TooLarge));
    }
    let said = Said {
        now: upload.columns.clone(),
        before: remembered(cx, &scope).await?,
    };
    let bytes = std::mem::take(&mut upload.bytes);
    let digest = Sha256::digest(&bytes).to_vec();
    // Before the transaction and off the workers: unpacking may take seconds. A file that makes
    // the workbook reader panic is one that cannot be read.
    let read = tokio::task::spawn_blocking(move || sheet::read(&bytes, &said))
        .await
        .unwrap_or(Err(Fault::Unreadable));
    let sheet: Sheet = match read {
        Ok(sheet) => sheet,
        Err(Fault::ColumnsMissing(columns)) if upload.asks && upload.columns.is_empty() => {
            return ask(cx, &scope, upload, columns, &digest).await;
        }
        Err(fault) => return Err(fault.told(&upload.columns)),
    };
    let reading = rows::read(&sheet);

    let mut tx = begin(cx, &scope, &upload, &digest).await?;
    let (tenant, estate) = (cx.tenant.id, upload.estate);
    store::roster::expect_many(tx.conn()).await?;
    let known = store::roster::known(tx.conn(), tenant, estate).await?;
    let mut plan = Plan::of(cx, reading.rows, known, &upload.confirmed);
    let refused = reading.refused;
    let mut counts = plan.counts;
    counts.refused = u32::try_from(refused.len()).unwrap_or(u32::MAX);

    let stands = refused.is_empty() && !plan.waits();
    if stands && !plan.units.is_empty() {
        tenancy::make_room(&mut tx, Counted::Units, plan.units.len(), cx.now()).await?;
    }
    let written = stands && !upload.dry_run;
    if written {
        write(cx, &mut tx, estate, &plan).await?;
    }
    let told = remember(cx, &mut tx, &upload.columns, &sheet.read).await?;
    let import = RosterImport {
        state: if stands {
            ImportState::Done
        } else {
            ImportState::Refused
        },
        counts,
        refused: first_of(refused, |row| row.row),
        possible_sales: first_of(std::mem::take(&mut plan.possible_sales), |sale| sale.row),
        changes: first_of(std::mem::take(&mut plan.changes), |change| change.row),
        ignored_columns: sheet.columns.ignored,
        ..bare(cx, &upload, sheet.read)
    };
    // What the columns of a roster are to a form's fields: which kinds of thing were written.
    let fields = audit::given([
        ("building", written && !plan.buildings.is_empty()),
        ("entrance", written && !plan.entrances.is_empty()),
        (
            "unit",
            written && !(plan.units.is_empty() && plan.changed_units.is_empty()),
        ),
        ("resident", written && !plan.owners.is_empty()),
        ("phone", written && !plan.phones.is_empty()),
        ("columns", told),
    ]);
    keep(cx, tx, import, &digest, written, fields).await
}

/// An import of which nothing came yet.
fn bare(cx: &Cx, upload: &RosterUpload, columns: Vec<ReadColumn>) -> RosterImport {
    RosterImport {
        id: cx.new_id(),
        estate: upload.estate,
        file_name: plain_name(&upload.file_name),
        dry_run: upload.dry_run,
        state: ImportState::Refused,
        counts: ImportCounts::default(),
        refused: Vec::new(),
        possible_sales: Vec::new(),
        changes: Vec::new(),
        ignored_columns: Vec::new(),
        columns,
        created_at: cx.now(),
    }
}

/// Keeps what columns a file has that nobody has understood.
async fn ask(
    cx: &Cx,
    scope: &Scope,
    upload: RosterUpload,
    columns: Vec<ReadColumn>,
    digest: &[u8],
) -> Result<RosterImport> {
    // An empty file has none to ask about.
    if columns.is_empty() {
        return Err(Fault::ColumnsMissing(columns).told(&upload.columns));
    }
    let tx = begin(cx, scope, &upload, digest).await?;
    let import = bare(cx, &upload, columns);
    keep(cx, tx, import, digest, false, []).await
}

/// Begins the transaction of an import, with its estate held, where the asker may do all of it.
async fn begin(cx: &Cx, scope: &Scope, upload: &RosterUpload, digest: &[u8]) -> Result<TenantTx> {
    let (tenant, estate) = (cx.tenant.id, upload.estate);
    let mut tx = TenantTx::begin(cx, scope).await?;
    store::lock_estate(tx.conn(), tenant, estate)
        .await?
        .ok_or_else(Error::not_found)?;
    let whole = Place::estate(estate);
    cx.authorize_at(Action::EditEstates, &whole)?;
    cx.authorize_at(Action::EditResidents, &whole)?;
    if let Some(of) = upload.of {
        let listed = store::roster::digest(tx.conn(), tenant, estate, of).await?;
        let listed = listed.ok_or_else(Error::not_found)?;
        if listed != digest {
            return Err(Error::invalid("file", Flaw::Wrong));
        }
    }
    Ok(tx)
}

/// Keeps an import with its evidence, and commits.
async fn keep(
    cx: &Cx,
    mut tx: TenantTx,
    import: RosterImport,
    digest: &[u8],
    written: bool,
    fields: impl IntoIterator<Item = &'static str>,
) -> Result<RosterImport> {
    let person = cx.actor.person();
    store::roster::insert_import(tx.conn(), cx.tenant.id, person, &import, digest).await?;
    let deed = if written {
        Deed::RosterImported
    } else {
        Deed::RosterChecked
    };
    let (subject, estate) = (Subject::Import(import.id), Some(import.estate));
    audit::record(&mut tx, cx, deed, subject, estate, fields).await?;
    tx.commit().await?;
    Ok(import)
}

/// What the company has said of columns.
async fn remembered(cx: &Cx, scope: &Scope) -> Result<ColumnChoice> {
    let mut tx = TenantTx::begin(cx, scope).await?;
    let columns = store::roster::columns(tx.conn(), cx.tenant.id).await?;
    tx.commit().await?;
    Ok(columns)
}

/// Remembers what was said of the columns that the file has. One whose header has a long number in
/// it is no header, but the first row of a file without any: it is somebody's.
async fn remember(
    cx: &Cx,
    tx: &mut TenantTx,
    chosen: &ColumnChoice,
    read: &[ReadColumn],
) -> Result<bool> {
    let there: BTreeSet<String> = read
        .iter()
        .map(|column| plain_header(&column.header))
        .collect();
    let short = |header: &str| header.chars().filter(char::is_ascii_digit).count() <= 6;
    let told: Vec<_> = chosen
        .iter()
        .filter(|(header, _)| there.contains(*header) && short(header))
        .collect();
    store::roster::remember_columns(tx.conn(), cx.tenant.id, &told, cx.now()).await?;
    Ok(!told.is_empty())
}

async fn write(cx: &Cx, tx: &mut TenantTx, estate: EstateId, plan: &Plan) -> Result<()> {
    let (tenant, now) = (cx.tenant.id, cx.now());
    store::roster::insert_places(tx.conn(), tenant, estate, plan, now).await?;
    store::roster::update_units(tx.conn(), tenant, &plan.changed_units).await?;
    let today = now.to_zoned(cx.tenant.zone.clone()).date();
    let leaving: Vec<_> = plan.sales.iter().map(|(_, household)| *household).collect();
    transfers::end_many(tx, cx, &leaving, today).await?;
    store::roster::insert_households(tx.conn(), tenant, estate, &plan.households, today).await?;
    let mut owners = Vec::with_capacity(plan.owners.len());
    for owner in &plan.owners {
        let phone = owner
            .phone
            .as_ref()
            .map(|phone| super::seal(cx, phone))
            .transpose()?;
        owners.push((owner, phone));
    }
    store::roster::insert_owners(tx.conn(), tenant, &owners, now).await?;
    let mut phones = Vec::with_capacity(plan.phones.len());
    for (resident, phone) in &plan.phones {
        phones.push((*resident, super::seal(cx, phone)?));
    }
    store::roster::update_phones(tx.conn(), tenant, phones).await?;
    // A unit made just now has no devices yet, but one that stood empty may have a meter.
    let fresh: std::collections::HashSet<_> = plan.units.iter().map(|unit| unit.id).collect();
    let moved_in: Vec<_> = plan
        .households
        .iter()
        .filter(|(_, unit)| !fresh.contains(unit))
        .map(|(household, unit)| (*unit, *household))
        .collect();
    if !moved_in.is_empty() {
        devices::tenure_started(tx, &moved_in, now).await?;
    }
    for (unit, _) in &plan.sales {
        let (deed, sold) = (Deed::HomeTransferred, Subject::Unit(*unit));
        audit::record(tx, cx, deed, sold, Some(estate), ["on", "owners"]).await?;
    }
    Ok(())
}

/// The first rows of a list by their number.
fn first_of<T>(mut rows: Vec<T>, number: impl Fn(&T) -> u32) -> Vec<T> {
    rows.sort_by_key(number);
    rows.truncate(MOST_LISTED);
    rows
}

/// The name of a file without its folders, held to what a list can show.
fn plain_name(raw: &str) -> String {
    let name = raw.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().filter(|c| !c.is_control()).take(120).collect();
    match name.trim() {
        "" => "roster".to_owned(),
        name => name.to_owned(),
    }
}

/// An import by its id.
///
/// # Errors
/// `forbidden`.
pub async fn roster_import(cx: &Cx, import: ImportId) -> Result<Option<RosterImport>> {
    let scope = cx.authorize(Action::ViewEstates)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let found = store::roster::import(tx.conn(), cx.tenant.id, import).await?;
    tx.commit().await?;
    Ok(found)
}

/// The imports of an estate, newest first.
///
/// # Errors
/// `forbidden`; `not_found` for an estate that is not to be seen; `invalid` for a bad cursor.
pub async fn list_imports(cx: &Cx, estate: EstateId, ask: &PageAsk) -> Result<Page<RosterImport>> {
    let scope = cx.authorize(Action::ViewEstates)?;
    let before = ask.after::<ImportId>()?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let rows = store::roster::imports(tx.conn(), cx.tenant.id, estate, before, ask.rows()).await?;
    if rows.is_empty() && !store::estate_exists(tx.conn(), cx.tenant.id, estate).await? {
        return Err(Error::not_found());
    }
    tx.commit().await?;
    Ok(Page::cut(rows, ask.limit(), |row| row.id.to_string()))
}

#[cfg(test)]
mod columns_tests;
#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod sales_tests;
#[cfg(test)]
mod tests;
