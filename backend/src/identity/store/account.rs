//! What a person may see and change of their own account.

use domain::{PersonId, SessionId, identity::Hat, session::OwnSession};
use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::{Timestamp as SqlTimestamp, ToSqlx};

use super::interval;
use crate::kernel::{cx::Cx, error::Result, tx::TenantTx};

/// The newest first; which of them asks is for the caller to say.
pub(in crate::identity) async fn sessions(
    tx: &mut TenantTx,
    person: PersonId,
    now: Timestamp,
    idle: SignedDuration,
) -> Result<Vec<OwnSession>> {
    let rows = sqlx::query!(
        r#"SELECT session_id AS "id!: SessionId", company AS "company!", hat AS "hat!",
                  device AS "device!", address AS "address!", unusual AS "unusual!",
                  created_at AS "created_at!: SqlTimestamp", seen_at AS "seen_at!: SqlTimestamp"
           FROM linli.sessions_of($1, $2, $3)"#,
        person.0,
        now.to_sqlx() as _,
        interval(idle)
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| OwnSession {
            id: row.id,
            company: row.company,
            hat: if row.hat == Hat::Staff.as_str() {
                Hat::Staff
            } else {
                Hat::Resident
            },
            device: row.device,
            address: row.address,
            created_at: row.created_at.to_jiff(),
            seen_at: row.seen_at.to_jiff(),
            current: false,
            unusual: row.unusual,
        })
        .collect())
}

pub(in crate::identity) async fn end_session_of(
    tx: &mut TenantTx,
    person: PersonId,
    which: SessionId,
    now: Timestamp,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"SELECT linli.end_session_of($1, $2, $3) AS "ended!""#,
        person.0,
        which.0,
        now.to_sqlx() as _
    )
    .fetch_one(tx.conn())
    .await?)
}

pub(in crate::identity) async fn end_other_sessions(
    tx: &mut TenantTx,
    person: PersonId,
    keep: SessionId,
    now: Timestamp,
) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"SELECT linli.end_other_sessions($1, $2, $3) AS "ended!""#,
        person.0,
        keep.0,
        now.to_sqlx() as _
    )
    .fetch_one(tx.conn())
    .await?)
}

/// What somebody should know of first, and what stands on each of their pages.
pub(in crate::identity) struct Met {
    pub(in crate::identity) unusual: bool,
    pub(in crate::identity) agreed: bool,
    pub(in crate::identity) logo_set_at: Option<SqlTimestamp>,
}

/// One question, since each page begins with it.
pub(in crate::identity) async fn met(
    tx: &mut TenantTx,
    cx: &Cx,
    (person, here): (PersonId, SessionId),
    idle: SignedDuration,
    version: i32,
) -> Result<Met> {
    Ok(sqlx::query_as!(
        Met,
        r#"SELECT linli.unusual_elsewhere($1, $2, $3, $4) AS "unusual!", linli.consented($1, $5) AS "agreed!",
                  linli.logo_set_at($6) AS "logo_set_at: SqlTimestamp""#,
        person.0,
        here.0,
        cx.now().to_sqlx() as _,
        interval(idle),
        version,
        cx.tenant.id.0
    )
    .fetch_one(tx.conn())
    .await?)
}

pub(in crate::identity) async fn know_sessions(
    tx: &mut TenantTx,
    person: PersonId,
    here: SessionId,
) -> Result<()> {
    sqlx::query!("SELECT linli.know_sessions($1, $2)", person.0, here.0)
        .execute(tx.conn())
        .await?;
    Ok(())
}

pub(in crate::identity) struct OwnCredential {
    pub(in crate::identity) login_index: Vec<u8>,
    pub(in crate::identity) password_hash: String,
}

pub(in crate::identity) async fn credential_by_person(
    tx: &mut TenantTx,
    person: PersonId,
) -> Result<Option<OwnCredential>> {
    Ok(sqlx::query_as!(
        OwnCredential,
        r#"SELECT login_index AS "login_index!", password_hash AS "password_hash!"
           FROM linli.credential_by_person($1)"#,
        person.0
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// False where the password is no longer the one behind `old`.
pub(in crate::identity) async fn change_password(
    tx: &mut TenantTx,
    person: PersonId,
    old: &str,
    new: &str,
    keep: SessionId,
    now: Timestamp,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"SELECT linli.change_password($1, $2, $3, $4, $5) AS "changed!""#,
        person.0,
        old,
        new,
        keep.0,
        now.to_sqlx() as _
    )
    .fetch_one(tx.conn())
    .await?)
}
