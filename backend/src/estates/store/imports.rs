//! The SQL of imports themselves: how far each is, and what came of it.

use domain::{
    EstateId, ImportId, PersonId, TenantId,
    estates::{
        ImportCounts, ImportFlaw, ImportProgress, ImportStage, ImportStanding, ImportState,
        PossibleSale, ReadColumn, RefusedRow, RosterImport, RowChange,
    },
};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, types::Json};

use super::broken;
use crate::kernel::error::Result;

const fn state_word(state: ImportState) -> &'static str {
    match state {
        ImportState::Running => "running",
        ImportState::Done => "done",
        ImportState::Refused => "refused",
    }
}

fn state_of(word: &str) -> Result<ImportState> {
    match word {
        "running" => Ok(ImportState::Running),
        "done" => Ok(ImportState::Done),
        "refused" => Ok(ImportState::Refused),
        _ => Err(broken("state")),
    }
}

fn count(rows: Option<u32>) -> Option<i32> {
    rows.map(|rows| i32::try_from(rows).unwrap_or(i32::MAX))
}

fn progress_of(
    stage: Option<&str>,
    done: Option<i32>,
    total: Option<i32>,
) -> Result<Option<ImportProgress>> {
    let Some(stage) = stage else { return Ok(None) };
    let rows = |rows: Option<i32>| rows.and_then(|rows| u32::try_from(rows).ok());
    Ok(Some(ImportProgress {
        stage: ImportStage::parse(stage).ok_or_else(|| broken("stage"))?,
        done: rows(done),
        total: rows(total),
    }))
}

/// Keeps an import on its way. False where it is there already, so that it is through.
pub(in crate::estates) async fn insert_running(
    conn: &mut PgConnection,
    tenant: TenantId,
    person: Option<PersonId>,
    (import, digest): (&RosterImport, &[u8]),
    progress: ImportProgress,
    now: Timestamp,
) -> Result<bool> {
    let done = sqlx::query!(
        "INSERT INTO roster_import
             (tenant_id, id, estate_id, person_id, file_name, dry_run, state, counts, refused, ignored_columns, created_at,
              digest, stage, rows_done, rows_total, touched_at)
         VALUES ($1, $2, $3, $4, $5, $6, 'running', $7, '[]', '[]', $8, $9, $10, $11, $12, $13)
         ON CONFLICT (tenant_id, id) DO NOTHING",
        tenant.0,
        import.id.0,
        import.estate.0,
        person.map(|id| id.0),
        import.file_name,
        import.dry_run,
        Json(&import.counts) as _,
        import.created_at.to_sqlx(),
        digest,
        progress.stage.as_str(),
        count(progress.done),
        count(progress.total),
        now.to_sqlx()
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// How far an import is, with its sign that it goes on; none of one that gave none since `heard`.
pub(in crate::estates) async fn touch(
    conn: &mut PgConnection,
    tenant: TenantId,
    import: ImportId,
    progress: ImportProgress,
    (now, heard): (Timestamp, Timestamp),
) -> Result<()> {
    sqlx::query!(
        "UPDATE roster_import SET stage = $3, rows_done = $4, rows_total = $5, touched_at = $6
         WHERE tenant_id = $1 AND id = $2 AND state = 'running' AND touched_at >= $7",
        tenant.0,
        import.0,
        progress.stage.as_str(),
        count(progress.done),
        count(progress.total),
        now.to_sqlx(),
        heard.to_sqlx()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps what came of an import. False where it had been kept on its way and gave no sign since
/// `heard`: somebody may have been told that it was interrupted, and so nothing may come of it.
pub(in crate::estates) async fn keep(
    conn: &mut PgConnection,
    tenant: TenantId,
    person: Option<PersonId>,
    (import, digest): (&RosterImport, &[u8]),
    heard: Timestamp,
) -> Result<bool> {
    let done = sqlx::query!(
        "INSERT INTO roster_import
             (tenant_id, id, estate_id, person_id, file_name, dry_run, state, counts, refused, ignored_columns, created_at,
              possible_sales, changes, digest, columns)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
         ON CONFLICT (tenant_id, id) DO UPDATE
         SET state = excluded.state, counts = excluded.counts, refused = excluded.refused,
             ignored_columns = excluded.ignored_columns, possible_sales = excluded.possible_sales,
             changes = excluded.changes, columns = excluded.columns,
             stage = NULL, rows_done = NULL, rows_total = NULL
         WHERE roster_import.state = 'running' AND roster_import.touched_at >= $16",
        tenant.0,
        import.id.0,
        import.estate.0,
        person.map(|id| id.0),
        import.file_name,
        import.dry_run,
        state_word(import.state),
        Json(&import.counts) as _,
        Json(&import.refused) as _,
        Json(&import.ignored_columns) as _,
        import.created_at.to_sqlx(),
        Json(&import.possible_sales) as _,
        Json(&import.changes) as _,
        digest,
        Json(&import.columns) as _,
        heard.to_sqlx()
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends an import on its way of which nothing comes. False where it has ended.
pub(in crate::estates) async fn end(
    conn: &mut PgConnection,
    tenant: TenantId,
    import: ImportId,
    flaw: ImportFlaw,
    columns: &[ReadColumn],
) -> Result<bool> {
    let done = sqlx::query!(
        "UPDATE roster_import
         SET state = 'refused', flaw = $3, columns = $4, stage = NULL, rows_done = NULL, rows_total = NULL
         WHERE tenant_id = $1 AND id = $2 AND state = 'running'",
        tenant.0,
        import.0,
        flaw.as_str(),
        Json(columns) as _
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends those of an estate's imports that gave no sign since `heard`.
pub(in crate::estates) async fn end_silent(
    conn: &mut PgConnection,
    tenant: TenantId,
    estate: EstateId,
    heard: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "UPDATE roster_import
         SET state = 'refused', flaw = 'interrupted', stage = NULL, rows_done = NULL, rows_total = NULL
         WHERE tenant_id = $1 AND estate_id = $2 AND state = 'running' AND touched_at < $3",
        tenant.0,
        estate.0,
        heard.to_sqlx()
    )
    .execute(conn)
    .await?;
    Ok(())
}

struct ImportRow {
    id: ImportId,
    estate: EstateId,
    file_name: String,
    dry_run: bool,
    state: String,
    counts: Json<ImportCounts>,
    refused: Json<Vec<RefusedRow>>,
    possible_sales: Json<Vec<PossibleSale>>,
    changes: Json<Vec<RowChange>>,
    ignored_columns: Json<Vec<String>>,
    columns: Json<Vec<ReadColumn>>,
    stage: Option<String>,
    rows_done: Option<i32>,
    rows_total: Option<i32>,
    flaw: Option<String>,
    /// Whether it is on its way and no sign of it came lately.
    silent: bool,
    created_at: jiff_sqlx::Timestamp,
}

impl TryFrom<ImportRow> for RosterImport {
    type Error = crate::kernel::error::Error;

    fn try_from(row: ImportRow) -> Result<Self> {
        let flaw = row
            .flaw
            .map(|word| ImportFlaw::parse(&word).ok_or_else(|| broken("flaw")));
        let progress = progress_of(row.stage.as_deref(), row.rows_done, row.rows_total)?;
        let (state, progress, flaw) = if row.silent {
            (ImportState::Refused, None, Some(ImportFlaw::Interrupted))
        } else {
            (state_of(&row.state)?, progress, flaw.transpose()?)
        };
        Ok(Self {
            id: row.id,
            estate: row.estate,
            file_name: row.file_name,
            dry_run: row.dry_run,
            state,
            counts: row.counts.0,
            refused: row.refused.0,
            possible_sales: row.possible_sales.0,
            changes: row.changes.0,
            ignored_columns: row.ignored_columns.0,
            columns: row.columns.0,
            progress,
            flaw,
            created_at: row.created_at.to_jiff(),
        })
    }
}

/// An import. One on its way that gave no sign since `heard` counts as interrupted.
pub(in crate::estates) async fn import(
    conn: &mut PgConnection,
    tenant: TenantId,
    import: ImportId,
    heard: Timestamp,
) -> Result<Option<RosterImport>> {
    let row = sqlx::query_as!(
        ImportRow,
        r#"SELECT id AS "id: ImportId", estate_id AS "estate: EstateId", file_name, dry_run, state,
                  counts AS "counts: Json<ImportCounts>", refused AS "refused: Json<Vec<RefusedRow>>",
                  ignored_columns AS "ignored_columns: Json<Vec<String>>", created_at,
                  possible_sales AS "possible_sales: Json<Vec<PossibleSale>>", changes AS "changes: Json<Vec<RowChange>>",
                  columns AS "columns: Json<Vec<ReadColumn>>", stage, rows_done, rows_total, flaw,
                  (state = 'running' AND touched_at < $3) IS TRUE AS "silent!"
           FROM roster_import WHERE tenant_id = $1 AND id = $2"#,
        tenant.0,
        import.0,
        heard.to_sqlx()
    )
    .fetch_optional(conn)
    .await?;
    row.map(RosterImport::try_from).transpose()
}

/// The imports of an estate before one of them, newest first, without what each changed.
pub(in crate::estates) async fn imports(
    conn: &mut PgConnection,
    tenant: TenantId,
    estate: EstateId,
    (before, most): (Option<ImportId>, i64),
    heard: Timestamp,
) -> Result<Vec<RosterImport>> {
    let rows = sqlx::query_as!(
        ImportRow,
        r#"SELECT id AS "id: ImportId", estate_id AS "estate: EstateId", file_name, dry_run, state,
                  counts AS "counts: Json<ImportCounts>", refused AS "refused: Json<Vec<RefusedRow>>",
                  ignored_columns AS "ignored_columns: Json<Vec<String>>", created_at,
                  possible_sales AS "possible_sales: Json<Vec<PossibleSale>>",
                  '[]'::jsonb AS "changes!: Json<Vec<RowChange>>", '[]'::jsonb AS "columns!: Json<Vec<ReadColumn>>",
                  stage, rows_done, rows_total, flaw,
                  (state = 'running' AND touched_at < $5) IS TRUE AS "silent!"
           FROM roster_import
           WHERE tenant_id = $1 AND estate_id = $2 AND id < $3
           ORDER BY id DESC
           LIMIT $4"#,
        tenant.0,
        estate.0,
        super::last(before.map(|id| id.0)),
        most,
        heard.to_sqlx()
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(RosterImport::try_from).collect()
}

/// Where an import stands.
pub(in crate::estates) async fn standing(
    conn: &mut PgConnection,
    tenant: TenantId,
    import: ImportId,
    heard: Timestamp,
) -> Result<Option<ImportStanding>> {
    let row = sqlx::query!(
        r#"SELECT state, stage, rows_done, rows_total, (state = 'running' AND touched_at < $3) IS TRUE AS "silent!"
           FROM roster_import WHERE tenant_id = $1 AND id = $2"#,
        tenant.0,
        import.0,
        heard.to_sqlx()
    )
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    if row.silent {
        return Ok(Some(ImportStanding {
            state: ImportState::Refused,
            progress: None,
        }));
    }
    Ok(Some(ImportStanding {
        state: state_of(&row.state)?,
        progress: progress_of(row.stage.as_deref(), row.rows_done, row.rows_total)?,
    }))
}

/// The digest of the file of one of an estate's imports; an empty one where none was kept yet.
pub(in crate::estates) async fn digest(
    conn: &mut PgConnection,
    tenant: TenantId,
    estate: EstateId,
    import: ImportId,
) -> Result<Option<Vec<u8>>> {
    let row = sqlx::query_scalar!(
        r#"SELECT coalesce(digest, '') AS "digest!" FROM roster_import
           WHERE tenant_id = $1 AND estate_id = $2 AND id = $3"#,
        tenant.0,
        estate.0,
        import.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(row)
}
