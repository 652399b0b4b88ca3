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
//!
//! A request waits a second for its import. One that takes longer goes on by itself:
//!
//! ```text
//! request   checks who asks ── waits ──┬─ through by then: what came of it
//!                                      └─ else: running
//! import    reading ── waiting for the estate ── checking ── writing ── commit
//! its row   none ──────────────────────── running, twice a second how far ── done or refused
//! ```

mod columns;
mod kept;
pub(super) mod plan;
mod refusals;
mod rows;
mod running;
mod sheet;
mod template;
mod writing;

use std::{collections::BTreeSet, time::Duration};

use domain::{
    EstateId, ImportId,
    estates::{ColumnChoice, RosterImport},
    identity::{Action, Place, Scope},
    problem::{Code, Flaw},
};
use sha2::{Digest, Sha256};

use self::{columns::Said, running::Run};
use super::store;
use crate::kernel::{
    cx::Cx,
    error::{Error, Result},
    sheet::MOST_BYTES,
    tx::TenantTx,
};

pub use self::{
    columns::header as roster_header,
    kept::{import_standing, list_imports, roster_import},
    refusals::{RefusalHeaders, refusal_file},
    template::roster_template,
};

/// Reads an upload as an import does, without a database: for fuzz/.
#[cfg(fuzzing)]
#[must_use]
pub fn read_upload(bytes: &[u8]) -> usize {
    sheet::read(bytes, &Said::default(), &|_| ()).map_or(0, |sheet| rows::read(&sheet).rows.len())
}

/// How long a request waits for its import.
const PATIENCE: Duration = Duration::from_secs(1);

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

/// Imports a roster into an estate, or says which rows stand in the way, and waits for that to the end.
///
/// # Errors
/// `forbidden`, `suspended`; `over_quota` where the company's plan has no room for the new units;
/// `not_found` for an estate that is not to be seen; `too_large` over
/// 20 MB; `invalid` with `file`: `unreadable`, `unknown` without the columns building and unit,
/// `out_of_range` over 20,000 rows, `wrong` for another file than the import `of` had; with
/// `columns.{field}`: `required` where what was said of columns leaves a needed one out. Refused rows
/// and possible sales are no error: they come back in the import.
pub async fn import_roster(cx: &Cx, upload: RosterUpload) -> Result<RosterImport> {
    run(cx, upload, Duration::MAX).await
}

/// The same, waiting for a second: then the import is answered as it runs, and goes on. What is wrong
/// with it after that is its flaw, and no error.
///
/// # Errors
/// As [`import_roster`].
pub async fn start_import(cx: &Cx, upload: RosterUpload) -> Result<RosterImport> {
    run(cx, upload, PATIENCE).await
}

async fn run(cx: &Cx, mut upload: RosterUpload, patience: Duration) -> Result<RosterImport> {
    cx.authorize(Action::EditEstates)?;
    let scope = cx.authorize(Action::ViewEstates)?;
    if upload.bytes.len() > MOST_BYTES {
        return Err(Error::new(Code::TooLarge));
    }
    let bytes = std::mem::take(&mut upload.bytes);
    let digest = Sha256::digest(&bytes).to_vec();
    let said = Said {
        now: upload.columns.clone(),
        before: open(cx, &scope, &upload, &digest).await?,
    };
    let run = Run::new(cx, scope, upload, digest);
    running::begin(run, bytes, said, patience).await
}

/// Whether the asker may do all of it, and what the company has said of columns. The estate is not held
/// yet: whoever has it may take long.
async fn open(
    cx: &Cx,
    scope: &Scope,
    upload: &RosterUpload,
    digest: &[u8],
) -> Result<ColumnChoice> {
    let (tenant, estate) = (cx.tenant.id, upload.estate);
    let mut tx = TenantTx::begin(cx, scope).await?;
    if !store::estate_exists(tx.conn(), tenant, estate).await? {
        return Err(Error::not_found());
    }
    let whole = Place::estate(estate);
    cx.authorize_at(Action::EditEstates, &whole)?;
    cx.authorize_at(Action::EditResidents, &whole)?;
    if let Some(of) = upload.of {
        let listed = store::imports::digest(tx.conn(), tenant, estate, of).await?;
        let listed = listed.ok_or_else(Error::not_found)?;
        if listed != digest {
            return Err(Error::invalid("file", Flaw::Wrong));
        }
    }
    let heard = running::heard(cx.now());
    store::imports::end_silent(tx.conn(), tenant, estate, heard).await?;
    let columns = store::roster::columns(tx.conn(), tenant).await?;
    tx.commit().await?;
    Ok(columns)
}

#[cfg(test)]
mod columns_tests;
#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod large_tests;
#[cfg(test)]
mod running_tests;
#[cfg(test)]
mod sales_tests;
#[cfg(test)]
mod tests;
