//! An import on its way: who waits for it, where it tells how far it is, and how it ends when nothing
//! comes of it.

use std::{convert::Infallible, sync::Arc, time::Duration};

use domain::{
    audit::{Deed, Subject},
    estates::{
        ColumnChoice, ImportCounts, ImportFlaw, ImportProgress, ImportStage, ImportState,
        ReadColumn, RosterColumn, RosterImport,
    },
    identity::Scope,
    problem::{Code, Flaw, Problem},
};
use jiff::{SignedDuration, Timestamp};
use tokio::{
    sync::{oneshot, watch},
    time::{sleep, timeout},
};

use super::{super::store::imports, RosterUpload, columns::Said, sheet::Fault};
use crate::{
    audit,
    kernel::{
        cx::Cx,
        error::{Error, Result},
        tx::TenantTx,
    },
};

/// How many rows pass before it is told again how many.
pub(super) const STEP: usize = 256;
/// How far an import is is written down no oftener than this.
const PACE: Duration = Duration::from_millis(500);
/// One that stands still says so often that it goes on.
const SIGN: Duration = Duration::from_secs(5);
/// One that gives no sign for so long is none any more: its process has ended.
const SILENCE: SignedDuration = SignedDuration::from_secs(60);

/// Since when there has to be a sign of an import that goes on.
pub(super) fn heard(now: Timestamp) -> Timestamp {
    now.checked_sub(SILENCE).unwrap_or(Timestamp::MIN)
}

/// Where an import says how far it is. It waits for nobody: whoever writes it down looks now and then.
#[derive(Debug, Clone)]
pub(super) struct Teller(watch::Sender<ImportProgress>);

impl Teller {
    pub(super) fn listen(&self) -> watch::Receiver<ImportProgress> {
        self.0.subscribe()
    }

    pub(super) fn stage(&self, stage: ImportStage) {
        self.0.send_replace(ImportProgress::at(stage));
    }

    pub(super) fn rows(&self, stage: ImportStage, done: usize, total: Option<usize>) {
        let count = |rows: usize| u32::try_from(rows).unwrap_or(u32::MAX);
        self.0.send_replace(ImportProgress {
            stage,
            done: Some(count(done)),
            total: total.map(count),
        });
    }
}

/// Why nothing came of an import, and which columns the file has where it is for want of others.
#[derive(Debug)]
pub(super) struct Stopped {
    error: Error,
    columns: Vec<ReadColumn>,
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self {
            error,
            columns: Vec::new(),
        }
    }
}

impl Stopped {
    /// Whose columns somebody has named is told which of them is missing.
    pub(super) fn of(fault: Fault, chosen: &ColumnChoice) -> Self {
        let file = |flaw| Error::invalid("file", flaw);
        match fault {
            Fault::Unreadable => file(Flaw::Unreadable).into(),
            Fault::TooManyRows => file(Flaw::OutOfRange).into(),
            Fault::ColumnsMissing(columns) => {
                let error = if chosen.is_empty() {
                    file(Flaw::Unknown)
                } else {
                    missing(&columns)
                };
                Self { error, columns }
            }
        }
    }

    /// The same as it is kept.
    pub(super) fn flaw(&self) -> ImportFlaw {
        let problem = &self.error.problem;
        match (problem.code, problem.fields.get("file")) {
            (Code::Invalid, Some(Flaw::Unreadable)) => ImportFlaw::Unreadable,
            (Code::Invalid, Some(Flaw::OutOfRange)) => ImportFlaw::OutOfRange,
            (Code::Invalid, _) => ImportFlaw::Unknown,
            (Code::OverQuota, _) => ImportFlaw::OverQuota,
            (Code::NotFound, _) => ImportFlaw::NotFound,
            (Code::Unavailable, _) => ImportFlaw::Unavailable,
            (Code::Expired, _) => ImportFlaw::Interrupted,
            _ => ImportFlaw::Internal,
        }
    }
}

fn missing(columns: &[ReadColumn]) -> Error {
    let known = |field| columns.iter().any(|column| column.field == Some(field));
    let needed = RosterColumn::NEEDED.into_iter();
    let missing = needed.filter(|field| !known(*field));
    let fields = missing.map(|field| (format!("columns.{}", field.as_str()), Flaw::Required));
    let problem = Problem {
        code: Code::Invalid,
        fields: fields.collect(),
        seen: None,
    };
    problem.into()
}

/// What came of an import.
pub(super) type Outcome = Result<RosterImport, Stopped>;

/// An import on its way.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) cx: Cx,
    pub(super) scope: Scope,
    /// Without its bytes.
    pub(super) upload: RosterUpload,
    pub(super) digest: Vec<u8>,
    /// The import before anything came of it.
    pub(super) bare: RosterImport,
    pub(super) teller: Teller,
}

impl Run {
    pub(super) fn new(cx: &Cx, scope: Scope, upload: RosterUpload, digest: Vec<u8>) -> Self {
        let waiting = ImportProgress::at(ImportStage::Waiting);
        let bare = RosterImport {
            id: cx.new_id(),
            estate: upload.estate,
            file_name: plain_name(&upload.file_name),
            dry_run: upload.dry_run,
            state: ImportState::Running,
            counts: ImportCounts::default(),
            refused: Vec::new(),
            possible_sales: Vec::new(),
            changes: Vec::new(),
            ignored_columns: Vec::new(),
            columns: Vec::new(),
            progress: None,
            flaw: None,
            created_at: cx.now(),
        };
        Self {
            cx: cx.clone(),
            scope,
            upload,
            digest,
            bare,
            teller: Teller(watch::Sender::new(waiting)),
        }
    }

    fn progress(&self) -> ImportProgress {
        *self.teller.0.borrow()
    }

    /// Keeps it as running; false where it is through by now, or could not be kept.
    async fn kept(&self) -> bool {
        self.keep_running().await.unwrap_or_else(|error| {
            error.log();
            false
        })
    }

    async fn keep_running(&self) -> Result<bool> {
        let (cx, person) = (&self.cx, self.cx.actor.person());
        let mut tx = TenantTx::begin(cx, &self.scope).await?;
        let (import, progress) = ((&self.bare, &*self.digest), self.progress());
        let (tenant, now) = (cx.tenant.id, cx.now());
        let kept =
            imports::insert_running(tx.conn(), tenant, person, import, progress, now).await?;
        tx.commit().await?;
        Ok(kept)
    }

    /// Writes down how far it is for as long as this is polled.
    async fn report(&self) -> Infallible {
        let mut seen = self.teller.listen();
        loop {
            // The sender is ours, so that it never goes.
            let _ = timeout(SIGN, seen.changed()).await;
            let progress = *seen.borrow_and_update();
            if let Err(error) = self.touch(progress).await {
                error.log();
            }
            sleep(PACE).await;
        }
    }

    async fn touch(&self, progress: ImportProgress) -> Result<()> {
        let (cx, now) = (&self.cx, self.cx.now());
        let mut tx = TenantTx::begin(cx, &self.scope).await?;
        let times = (now, heard(now));
        imports::touch(tx.conn(), cx.tenant.id, self.bare.id, progress, times).await?;
        tx.commit().await
    }

    /// Ends what was told to run.
    async fn end(&self, stopped: &Stopped) -> Result<()> {
        let (cx, id) = (&self.cx, self.bare.id);
        let mut tx = TenantTx::begin(cx, &self.scope).await?;
        let (flaw, columns) = (stopped.flaw(), &stopped.columns);
        if imports::end(tx.conn(), cx.tenant.id, id, flaw, columns).await? {
            let (subject, estate) = (Subject::Import(id), Some(self.bare.estate));
            audit::record(&mut tx, cx, Deed::RosterChecked, subject, estate, []).await?;
        }
        tx.commit().await
    }
}

/// Begins an import and waits for it so long; then it is answered as it runs.
pub(super) async fn begin(
    run: Run,
    bytes: Vec<u8>,
    said: Said,
    patience: Duration,
) -> Result<RosterImport> {
    let background = Arc::clone(&run.cx.site.background);
    let run = Arc::new(run);
    let (settle, outcome) = oneshot::channel();
    let (answer, answered) = oneshot::channel();
    // Two tasks: the one with the transaction waits for nobody who writes down how far it is.
    let work = Arc::clone(&run);
    background.spawn(async move {
        let _ = settle.send(work.work(bytes, said).await);
    });
    background.spawn(keep(run, outcome, answer, patience));
    answered.await.unwrap_or_else(|_| Err(silent()))
}

/// Waits for an import, first with its request and then without. One that its request has heard the end
/// of was never kept as running, so that a list shows nothing of a file that was not taken.
async fn keep(
    run: Arc<Run>,
    mut outcome: oneshot::Receiver<Outcome>,
    answer: oneshot::Sender<Result<RosterImport>>,
    patience: Duration,
) {
    let settled = |outcome: Result<Outcome, _>| outcome.unwrap_or_else(|_| Err(silent().into()));
    // Whoever waits for nothing hears no end, not even one that has come already.
    let heard = if patience.is_zero() {
        None
    } else {
        timeout(patience, &mut outcome).await.ok()
    };
    let early = match heard {
        Some(outcome) => Some(outcome),
        None if run.kept().await => None,
        None => Some((&mut outcome).await),
    };
    // Whoever asked may be gone.
    if let Some(outcome) = early {
        let _ = answer.send(settled(outcome).map_err(|stopped| stopped.error));
        return;
    }
    let _ = answer.send(Ok(RosterImport {
        progress: Some(run.progress()),
        ..run.bare.clone()
    }));
    let outcome = tokio::select! {
        outcome = outcome => settled(outcome),
        never = run.report() => match never {},
    };
    if let Err(stopped) = outcome {
        stopped.error.log();
        // Where even that fails, it is told as interrupted in a minute.
        if let Err(error) = run.end(&stopped).await {
            error.log();
        }
    }
}

/// It panicked, or the process stops.
fn silent() -> Error {
    Error::internal("an import ended without a word")
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
