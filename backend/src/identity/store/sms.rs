//! Codes by SMS. All of them are sealed.

use domain::{PersonId, identity::SmsUse};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use uuid::Uuid;

use crate::kernel::{error::Result, tx::TenantTx};

/// False too soon after the last one, and after too many in a day.
pub(in crate::identity) async fn open(
    tx: &mut TenantTx,
    id: Uuid,
    person: PersonId,
    what_for: SmsUse,
    code: &[u8],
    (now, until): (Timestamp, Timestamp),
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"SELECT linli.open_sms_code($1, $2, $3, $4, $5, $6) AS "opened!""#,
        id,
        person.0,
        what_for.as_str(),
        code,
        now.to_sqlx() as _,
        until.to_sqlx() as _
    )
    .fetch_one(tx.conn())
    .await?)
}

/// Whether it is the one that is out; a wrong one counts as a try.
pub(in crate::identity) async fn spend(
    tx: &mut TenantTx,
    person: PersonId,
    what_for: SmsUse,
    code: &[u8],
    now: Timestamp,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"SELECT linli.use_sms_code($1, $2, $3, $4) AS "used!""#,
        person.0,
        what_for.as_str(),
        code,
        now.to_sqlx() as _
    )
    .fetch_one(tx.conn())
    .await?)
}

/// Spends a code and sets the password.
pub(in crate::identity) async fn reset(
    tx: &mut TenantTx,
    person: PersonId,
    code: &[u8],
    hash: &str,
    now: Timestamp,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"SELECT linli.reset_by_sms($1, $2, $3, $4) AS "set!""#,
        person.0,
        code,
        hash,
        now.to_sqlx() as _
    )
    .fetch_one(tx.conn())
    .await?)
}
