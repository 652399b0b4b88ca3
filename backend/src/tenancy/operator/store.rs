//! The operator's SQL. A deed and its entry are one statement: both or neither.

use domain::{AuditId, audit::Deed};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;

use crate::kernel::{cx::id_at, error::Result};

/// A company as the operator sees it.
#[derive(Debug)]
pub struct Company {
    pub slug: String,
    pub name: String,
    /// `trial`, `active`, `suspended`.
    pub state: String,
    pub plan: String,
    /// Why it is suspended.
    pub suspended_for: Option<String>,
}

pub(super) async fn companies(conn: &mut PgConnection) -> Result<Vec<Company>> {
    Ok(sqlx::query_as!(
        Company,
        "SELECT slug, name, state, plan, suspended_for FROM tenant ORDER BY slug"
    )
    .fetch_all(conn)
    .await?)
}

pub(super) async fn plans(conn: &mut PgConnection) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar!("SELECT code FROM plan")
        .fetch_all(conn)
        .await?)
}

/// False where there is no such company.
pub(super) async fn suspend(
    conn: &mut PgConnection,
    slug: &str,
    reason: &str,
    now: Timestamp,
) -> Result<bool> {
    let done = sqlx::query!(
        "WITH changed AS (
             UPDATE tenant
             SET suspended_at = CASE state WHEN 'suspended' THEN suspended_at ELSE $3 END,
                 suspended_for = $2, state = 'suspended'
             WHERE slug = $1
             RETURNING id
         )
         INSERT INTO audit_entry (tenant_id, id, at, actor, deed, subject_kind, subject_id, fields, channel)
         SELECT c.id, $4, $3, 'operator', $5, 'company', c.id, '{}', 'inside' FROM changed c",
        slug,
        reason,
        now.to_sqlx() as _,
        id_at::<AuditId>(now).0,
        Deed::CompanySuspended.as_str()
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// False where there is no such company, or it is not suspended.
pub(super) async fn resume(conn: &mut PgConnection, slug: &str, now: Timestamp) -> Result<bool> {
    let done = sqlx::query!(
        "WITH changed AS (
             UPDATE tenant
             SET suspended_at = NULL, suspended_for = NULL,
                 state = CASE plan WHEN 'trial' THEN 'trial' ELSE 'active' END
             WHERE slug = $1 AND state = 'suspended'
             RETURNING id
         )
         INSERT INTO audit_entry (tenant_id, id, at, actor, deed, subject_kind, subject_id, fields, channel)
         SELECT c.id, $3, $2, 'operator', $4, 'company', c.id, '{}', 'inside' FROM changed c",
        slug,
        now.to_sqlx() as _,
        id_at::<AuditId>(now).0,
        Deed::CompanyResumed.as_str()
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// False where there is no such company.
pub(super) async fn move_to(
    conn: &mut PgConnection,
    slug: &str,
    plan: &str,
    now: Timestamp,
) -> Result<bool> {
    let done = sqlx::query!(
        "WITH changed AS (
             UPDATE tenant
             SET plan = $2,
                 state = CASE WHEN state = 'suspended' THEN state WHEN $2 = 'trial' THEN 'trial' ELSE 'active' END
             WHERE slug = $1
             RETURNING id
         )
         INSERT INTO audit_entry (tenant_id, id, at, actor, deed, subject_kind, subject_id, fields, channel)
         SELECT c.id, $4, $3, 'operator', $5, 'company', c.id, '{plan}', 'inside' FROM changed c",
        slug,
        plan,
        now.to_sqlx() as _,
        id_at::<AuditId>(now).0,
        Deed::PlanChanged.as_str()
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}
