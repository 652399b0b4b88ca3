//! Imports that their request does not wait for.

use std::fmt::Write;

use domain::{
    audit::{Deed, EntryFilter, Subject},
    estates::{ImportFlaw, ImportProgress, ImportStage, ImportState, Unit, UnitFilter},
    page::PageAsk,
};
use jiff::SignedDuration;
use sqlx::{Postgres, Transaction};
use tokio::time::{sleep, timeout};

use super::{
    running::Stopped,
    tests::{counts, garden, rows, upload},
    *,
};
use crate::{estates::list_units, testing::Town};

const ONE: &str = "building,unit,owner\n1号楼,101,张三\n";
/// For a condition that has to come about.
const LONGEST: Duration = Duration::from_secs(30);

/// Somebody else writes to the estate, and takes their time. As such writers hold it: a new row that only
/// points at the estate does not wait.
async fn held(town: &Town, estate: EstateId) -> Transaction<'static, Postgres> {
    let mut other = town.db.admin().begin().await.unwrap();
    sqlx::query("SELECT FROM estate WHERE id = $1 FOR NO KEY UPDATE")
        .bind(estate.0)
        .execute(&mut *other)
        .await
        .unwrap();
    other
}

/// The same as a request that waits for nothing.
async fn hurried(cx: &Cx, upload: RosterUpload) -> RosterImport {
    let import = run(cx, upload, Duration::ZERO).await.unwrap();
    assert_eq!(import.state, ImportState::Running);
    import
}

async fn ended(cx: &Cx, import: ImportId) -> RosterImport {
    let end = async {
        while import_standing(cx, import).await.unwrap().unwrap().state == ImportState::Running {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(LONGEST, end).await.unwrap();
    roster_import(cx, import).await.unwrap().unwrap()
}

async fn unit(cx: &Cx) -> Unit {
    let units = list_units(cx, &UnitFilter::default(), &PageAsk::default()).await;
    units.unwrap().items.remove(0)
}

async fn stage(cx: &Cx, import: ImportId) -> Option<ImportStage> {
    let standing = import_standing(cx, import).await.unwrap().unwrap();
    standing.progress.map(|progress| progress.stage)
}

async fn column(town: &Town, name: &str, import: ImportId) -> Option<String> {
    let statement = format!("SELECT {name}::text FROM roster_import WHERE id = $1");
    sqlx::query_scalar(sqlx::AssertSqlSafe(statement))
        .bind(import.0)
        .fetch_one(town.db.admin())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_slow_import_is_answered_as_it_runs() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let estate = garden(cx).await;
    let other = held(&town, estate).await;
    let before = std::time::Instant::now();
    let import = start_import(cx, upload(estate, ONE)).await.unwrap();
    assert!(before.elapsed() >= PATIENCE);
    assert_eq!(
        (import.state, import.progress),
        (
            ImportState::Running,
            Some(ImportProgress::at(ImportStage::Waiting))
        )
    );

    // Its company sees it, by its id and in the list.
    let kept = roster_import(cx, import.id).await.unwrap().unwrap();
    assert_eq!(kept, import);
    let listed = list_imports(cx, estate, &PageAsk::default()).await.unwrap();
    assert_eq!(listed.items, std::slice::from_ref(&import));
    assert_eq!(rows(&town).await, 0);
    // Nobody else does.
    let b = &town.admin_b;
    assert_eq!(roster_import(b, import.id).await.unwrap(), None);
    assert_eq!(import_standing(b, import.id).await.unwrap(), None);

    other.rollback().await.unwrap();
    let done = ended(cx, import.id).await;
    assert_eq!(
        (done.state, done.counts, done.progress, done.flaw),
        (ImportState::Done, counts(1, 0, 0, 0), None, None)
    );
    assert_eq!(
        (done.created_at, done.file_name),
        (import.created_at, import.file_name)
    );
    assert_eq!(unit(cx).await.owners, "张三");
    let entries = crate::audit::list(cx, &EntryFilter::default(), &PageAsk::default()).await;
    let entry = entries.unwrap().items.remove(0);
    assert_eq!(
        (entry.deed, entry.subject),
        (Deed::RosterImported, Subject::Import(import.id))
    );
}

#[tokio::test]
async fn residents_learn_nothing_of_a_running_import() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let estate = garden(cx).await;
    import_roster(cx, upload(estate, ONE)).await.unwrap();
    let household = unit(cx).await.household.unwrap();
    let owner = town.owner_of(cx, household).await;
    let other = held(&town, estate).await;
    let import = hurried(cx, upload(estate, ONE)).await;
    let code = import_standing(&owner, import.id).await.unwrap_err().code();
    assert_eq!(code, Code::Forbidden);
    other.rollback().await.unwrap();
    ended(cx, import.id).await;
}

#[tokio::test]
async fn what_is_wrong_is_an_error_while_somebody_waits_and_a_flaw_after() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let estate = garden(cx).await;
    let named = ColumnChoice::read([("室", "unit")].into_iter()).unwrap();
    let chosen = |bytes: &[u8], columns: &ColumnChoice| RosterUpload {
        columns: columns.clone(),
        ..upload(estate, bytes)
    };
    let none = ColumnChoice::default();
    let columns = "室,客户\n101,张三\n".as_bytes();
    for (bytes, columns, field, flaw, kept) in [
        (
            b"\xd0\xcf\x11\xe0\0".as_slice(),
            &none,
            "file",
            Flaw::Unreadable,
            ImportFlaw::Unreadable,
        ),
        (columns, &none, "file", Flaw::Unknown, ImportFlaw::Unknown),
        (
            columns,
            &named,
            "columns.building",
            Flaw::Required,
            ImportFlaw::Unknown,
        ),
    ] {
        let heard = start_import(cx, chosen(bytes, columns)).await.unwrap_err();
        assert_eq!(heard.problem.fields.get(field), Some(&flaw), "{heard}");
        let page = list_imports(cx, estate, &PageAsk::default()).await.unwrap();
        assert!(
            page.items.iter().all(|import| import.flaw.is_some()),
            "{page:?}"
        );

        let late = hurried(cx, chosen(bytes, columns)).await;
        let refused = ended(cx, late.id).await;
        assert_eq!(
            (refused.state, refused.flaw),
            (ImportState::Refused, Some(kept))
        );
        assert_eq!(refused.lacks().is_empty(), kept != ImportFlaw::Unknown);
        let entries = crate::audit::list(cx, &EntryFilter::default(), &PageAsk::default()).await;
        let entry = entries.unwrap().items.remove(0);
        assert_eq!(
            (entry.deed, entry.subject),
            (Deed::RosterChecked, Subject::Import(late.id))
        );
    }
    // Refused rows are no flaw.
    let late = hurried(cx, upload(estate, "building,unit\n1,\n")).await;
    let refused = ended(cx, late.id).await;
    assert_eq!(
        (refused.state, refused.flaw, refused.counts.refused),
        (ImportState::Refused, None, 1)
    );
    assert_eq!(rows(&town).await, 0);

    let stopped = |code: Code| Stopped::from(Error::new(code)).flaw();
    assert_eq!(stopped(Code::OverQuota), ImportFlaw::OverQuota);
    assert_eq!(stopped(Code::NotFound), ImportFlaw::NotFound);
    assert_eq!(stopped(Code::Unavailable), ImportFlaw::Unavailable);
    assert_eq!(stopped(Code::Internal), ImportFlaw::Internal);
}

#[tokio::test]
async fn what_concerns_the_request_is_refused_at_once() {
    let town = Town::new().await;
    let (a, b) = (&town.admin_a, &town.admin_b);
    let estate = garden(a).await;
    // Nobody waits for the estate to hear it.
    let other = held(&town, estate).await;
    let code = |outcome: Result<RosterImport>| outcome.unwrap_err().code();
    assert_eq!(
        code(start_import(b, upload(estate, ONE)).await),
        Code::NotFound
    );
    let mut suspended = a.clone();
    suspended.tenant.suspended = true;
    assert_eq!(
        code(start_import(&suspended, upload(estate, ONE)).await),
        Code::Suspended
    );
    let large = upload(estate, vec![b'x'; MOST_BYTES + 1]);
    assert_eq!(code(start_import(a, large).await), Code::TooLarge);
    let import = hurried(a, upload(estate, ONE)).await;
    let another = RosterUpload {
        of: Some(import.id),
        ..upload(estate, "building,unit\n1,2\n")
    };
    let error = start_import(a, another).await.unwrap_err();
    assert_eq!(error.problem, Error::invalid("file", Flaw::Wrong).problem);
    other.rollback().await.unwrap();
    ended(a, import.id).await;
}

#[tokio::test]
async fn one_whose_process_is_gone_is_interrupted() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let estate = garden(cx).await;
    let other = held(&town, estate).await;
    let import = hurried(cx, upload(estate, ONE)).await;
    // As a stop does that is in a hurry.
    assert!(!town.site.background.finish(Duration::from_millis(1)).await);
    other.rollback().await.unwrap();

    town.site
        .clock
        .set(town.site.now() + SignedDuration::from_secs(60));
    let running = roster_import(cx, import.id).await.unwrap().unwrap();
    assert_eq!(running.state, ImportState::Running, "a sign may still come");
    town.site
        .clock
        .set(town.site.now() + SignedDuration::from_secs(1));
    let told = roster_import(cx, import.id).await.unwrap().unwrap();
    assert_eq!(
        (told.state, told.flaw, told.progress),
        (ImportState::Refused, Some(ImportFlaw::Interrupted), None)
    );
    let standing = import_standing(cx, import.id).await.unwrap().unwrap();
    assert_eq!(standing.state, ImportState::Refused);
    let listed = list_imports(cx, estate, &PageAsk::default()).await.unwrap();
    assert_eq!(listed.items[0].flaw, Some(ImportFlaw::Interrupted));
    assert_eq!(rows(&town).await, 0);

    // The next one finds nothing in its way, and ends what was left.
    assert_eq!(
        column(&town, "state", import.id).await.as_deref(),
        Some("running")
    );
    let next = import_roster(cx, upload(estate, ONE)).await.unwrap();
    assert_eq!(next.counts, counts(1, 0, 0, 0));
    assert_eq!(
        column(&town, "state", import.id).await.as_deref(),
        Some("refused")
    );
    assert_eq!(roster_import(cx, import.id).await.unwrap(), Some(told));
}

#[tokio::test]
async fn what_was_told_as_interrupted_is_not_written_after_all() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let estate = garden(cx).await;
    let other = held(&town, estate).await;
    let import = hurried(cx, upload(estate, ONE)).await;
    // Its process stood still for longer than anybody believes in it.
    town.site
        .clock
        .set(town.site.now() + SignedDuration::from_secs(61));
    other.rollback().await.unwrap();
    let end = async {
        while column(&town, "flaw", import.id).await.is_none() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(LONGEST, end).await.unwrap();
    assert_eq!(
        roster_import(cx, import.id).await.unwrap().unwrap().flaw,
        Some(ImportFlaw::Interrupted)
    );
    assert_eq!(rows(&town).await, 0);
}

#[tokio::test]
async fn one_that_waits_for_another_says_that_it_lives() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let estate = garden(cx).await;
    let other = held(&town, estate).await;
    let [first, second] = [
        hurried(cx, upload(estate, ONE)).await,
        hurried(cx, upload(estate, ONE)).await,
    ];
    for import in [&first, &second] {
        let waiting = async {
            while stage(cx, import.id).await != Some(ImportStage::Waiting) {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(LONGEST, waiting).await.unwrap();
    }
    // Twice what it may be silent, in two steps with a sign between them.
    for _ in 0..2 {
        let touched = async || {
            let (first, second) = (first.id, second.id);
            [
                column(&town, "touched_at", first).await,
                column(&town, "touched_at", second).await,
            ]
        };
        let past = touched().await;
        town.site
            .clock
            .set(town.site.now() + SignedDuration::from_secs(59));
        // Of both: whoever says nothing for two steps is taken for dead by the other.
        let signs = async {
            loop {
                let now = touched().await;
                if now.iter().zip(&past).all(|(now, past)| now != past) {
                    break;
                }
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(LONGEST, signs).await.unwrap();
    }
    assert_eq!(stage(cx, second.id).await, Some(ImportStage::Waiting));

    other.rollback().await.unwrap();
    let (first, second) = (ended(cx, first.id).await, ended(cx, second.id).await);
    let mut both = [first.counts, second.counts];
    both.sort_by_key(|counts| counts.new);
    assert_eq!(both, [counts(0, 0, 1, 0), counts(1, 0, 0, 0)]);
}

#[tokio::test]
async fn how_far_it_is_grows() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let estate = garden(cx).await;
    let mut text = String::from("building,unit,owner\n");
    for row in 0..600 {
        writeln!(text, "1号楼,{row},业主{row}").unwrap();
    }
    let run = running::Run::new(
        cx,
        cx.authorize(Action::ViewEstates).unwrap(),
        upload(estate, ""),
        Vec::new(),
    );
    let mut seen = run.teller.listen();
    let mut all = vec![*seen.borrow_and_update()];
    let told = tokio::spawn(async move {
        while seen.changed().await.is_ok() {
            all.push(*seen.borrow_and_update());
        }
        all
    });
    let run = std::sync::Arc::new(run);
    let import = run.work(text.into_bytes(), Said::default()).await.unwrap();
    assert_eq!(import.counts, counts(600, 0, 0, 0));
    let all = told.await.unwrap();
    let mut stages: Vec<_> = all.iter().map(|progress| progress.stage).collect();
    stages.dedup();
    assert_eq!(stages.first(), Some(&ImportStage::Waiting));
    assert_eq!(stages.last(), Some(&ImportStage::Writing));
    let last = all.last().unwrap();
    // Units, households and owners.
    assert_eq!((last.done, last.total), (Some(1_800), Some(1_800)));
}
