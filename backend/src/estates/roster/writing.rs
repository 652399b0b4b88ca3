//! What an import does: it reads, compares, and writes all or nothing.

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

use domain::{
    audit::{Deed, Subject},
    estates::{ImportStage, ImportState, ReadColumn, RosterImport, plain_header},
    problem::Code,
    tenancy::Counted,
};
use tokio::task::spawn_blocking;

use super::{
    super::{seal, store, transfers},
    columns::Said,
    plan::Plan,
    rows::{self, Reading},
    running::{Outcome, Run, Stopped, heard},
    sheet::{self, Fault, Sheet},
};
use crate::{
    audit, devices,
    kernel::{
        error::{Error, Result},
        tx::TenantTx,
    },
    tenancy,
};

/// How many rows an import remembers of each list; the counts have them all.
const MOST_LISTED: usize = 1_000;

impl Run {
    /// All of it is one transaction: at most eighteen statements of its own for a roster of any size
    /// (scope, lock, planner, four to load, seven to write, the columns, the import, its evidence,
    /// commit), and what starting tenures takes; four more for sales, and an entry of evidence for each
    /// of them. Its row is touched last, since whoever writes down how far it is wants that too.
    pub(super) async fn work(self: Arc<Self>, bytes: Vec<u8>, said: Said) -> Outcome {
        let _seat = self.cx.site.background.seat().await;
        // Before the transaction and off the workers: unpacking may take seconds. A file that makes
        // the workbook reader panic is one that cannot be read.
        let teller = self.teller.clone();
        let read = spawn_blocking(move || -> Result<_, Fault> {
            teller.stage(ImportStage::Reading);
            let passed = |rows| teller.rows(ImportStage::Reading, rows, None);
            let mut sheet = sheet::read(&bytes, &said, &passed)?;
            let reading = rows::read(&sheet);
            // All that they say is in the reading: no need to hold it twice.
            sheet.rows = Vec::new();
            Ok((sheet, reading))
        });
        match read.await.unwrap_or(Err(Fault::Unreadable)) {
            Ok((sheet, reading)) => self.take(sheet, reading).await.map_err(Stopped::from),
            // An empty file has no columns to ask about.
            Err(Fault::ColumnsMissing(columns))
                if self.upload.asks && self.upload.columns.is_empty() && !columns.is_empty() =>
            {
                self.ask(columns).await.map_err(Stopped::from)
            }
            Err(fault) => Err(Stopped::of(fault, &self.upload.columns)),
        }
    }

    async fn take(self: &Arc<Self>, sheet: Sheet, reading: Reading) -> Result<RosterImport> {
        let (cx, upload) = (&self.cx, &self.upload);
        self.teller.stage(ImportStage::Waiting);
        let mut tx = self.hold().await?;
        let refused = reading.refused;
        let mut plan = self.compare(&mut tx, reading.rows).await?;
        let mut counts = plan.counts;
        counts.refused = u32::try_from(refused.len()).unwrap_or(u32::MAX);

        let stands = refused.is_empty() && !plan.waits();
        if stands && !plan.units.is_empty() {
            tenancy::make_room(&mut tx, Counted::Units, plan.units.len(), cx.now()).await?;
        }
        let written = stands && !upload.dry_run;
        if written {
            self.write(&mut tx, &plan).await?;
        }
        let told = self.remember(&mut tx, &sheet.read).await?;
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
            columns: sheet.read,
            ..self.bare.clone()
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
        self.keep(tx, import, written, fields).await
    }

    /// Keeps what columns a file has that nobody has understood.
    async fn ask(&self, columns: Vec<ReadColumn>) -> Result<RosterImport> {
        let tx = TenantTx::begin(&self.cx, &self.scope).await?;
        let import = RosterImport {
            state: ImportState::Refused,
            columns,
            ..self.bare.clone()
        };
        self.keep(tx, import, false, []).await
    }

    /// Begins the transaction, with the estate held.
    async fn hold(&self) -> Result<TenantTx> {
        let mut tx = TenantTx::begin(&self.cx, &self.scope).await?;
        store::lock_estate(tx.conn(), self.cx.tenant.id, self.upload.estate)
            .await?
            .ok_or_else(Error::not_found)?;
        Ok(tx)
    }

    /// What the rows would do to what stands on the estate.
    async fn compare(self: &Arc<Self>, tx: &mut TenantTx, rows: Vec<rows::Row>) -> Result<Plan> {
        let (stage, total) = (ImportStage::Checking, rows.len());
        self.teller.rows(stage, 0, Some(total));
        store::roster::expect_many(tx.conn()).await?;
        let known = store::roster::known(tx.conn(), self.cx.tenant.id, self.upload.estate).await?;
        let run = Arc::clone(self);
        let compared = spawn_blocking(move || {
            let passed = |done| run.teller.rows(stage, done, Some(total));
            Plan::of(&run.cx, rows, known, &run.upload.confirmed, passed)
        });
        compared.await.map_err(Error::internal)
    }

    async fn write(&self, tx: &mut TenantTx, plan: &Plan) -> Result<()> {
        let (cx, estate) = (&self.cx, self.upload.estate);
        let (tenant, now) = (cx.tenant.id, cx.now());
        let (total, mut done) = (Some(plan.size()), 0);
        let mut wrote = |rows: usize| {
            done += rows;
            self.teller.rows(ImportStage::Writing, done, total);
        };
        wrote(0);
        store::roster::insert_places(tx.conn(), tenant, estate, plan, now).await?;
        wrote(plan.units.len());
        store::roster::update_units(tx.conn(), tenant, &plan.changed_units).await?;
        wrote(plan.changed_units.len());
        let today = now.to_zoned(cx.tenant.zone.clone()).date();
        let leaving: Vec<_> = plan.sales.iter().map(|(_, household)| *household).collect();
        transfers::end_many(tx, cx, &leaving, today).await?;
        store::roster::insert_households(tx.conn(), tenant, estate, &plan.households, today)
            .await?;
        wrote(plan.households.len());
        let mut owners = Vec::with_capacity(plan.owners.len());
        for owner in &plan.owners {
            let phone = owner.phone.as_ref();
            let phone = phone.map(|phone| seal(cx, phone)).transpose()?;
            owners.push((owner, phone));
        }
        store::roster::insert_owners(tx.conn(), tenant, &owners, now).await?;
        wrote(owners.len());
        let mut phones = Vec::with_capacity(plan.phones.len());
        for (resident, phone) in &plan.phones {
            phones.push((*resident, seal(cx, phone)?));
        }
        store::roster::update_phones(tx.conn(), tenant, phones).await?;
        wrote(plan.phones.len());
        // A unit made just now has no devices yet, but one that stood empty may have a meter.
        let fresh: HashSet<_> = plan.units.iter().map(|unit| unit.id).collect();
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

    /// Remembers what was said of the columns that the file has. One whose header has a long number in
    /// it is no header, but the first row of a file without any: it is somebody's.
    async fn remember(&self, tx: &mut TenantTx, read: &[ReadColumn]) -> Result<bool> {
        let there: BTreeSet<String> = read
            .iter()
            .map(|column| plain_header(&column.header))
            .collect();
        let short = |header: &str| header.chars().filter(char::is_ascii_digit).count() <= 6;
        let chosen = self.upload.columns.iter();
        let told: Vec<_> = chosen
            .filter(|(header, _)| there.contains(*header) && short(header))
            .collect();
        let (tenant, now) = (self.cx.tenant.id, self.cx.now());
        store::roster::remember_columns(tx.conn(), tenant, &told, now).await?;
        Ok(!told.is_empty())
    }

    /// Keeps an import with its evidence, and commits.
    async fn keep(
        &self,
        mut tx: TenantTx,
        import: RosterImport,
        written: bool,
        fields: impl IntoIterator<Item = &'static str>,
    ) -> Result<RosterImport> {
        let (cx, heard) = (&self.cx, heard(self.cx.now()));
        let (tenant, person) = (cx.tenant.id, cx.actor.person());
        let kept = (&import, &*self.digest);
        if !store::imports::keep(tx.conn(), tenant, person, kept, heard).await? {
            return Err(Error::new(Code::Expired));
        }
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
}

/// The first rows of a list by their number.
fn first_of<T>(mut rows: Vec<T>, number: impl Fn(&T) -> u32) -> Vec<T> {
    rows.sort_by_key(number);
    rows.truncate(MOST_LISTED);
    rows
}
