//! Ways to a new password. All of them are sealed.

use domain::{PersonId, TenantId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;

use crate::kernel::{error::Result, tx::TenantTx};

pub(in crate::identity) struct ResetRow {
    pub(in crate::identity) person: PersonId,
    pub(in crate::identity) printed: bool,
}

pub(in crate::identity) async fn lives_here_only(
    tx: &mut TenantTx,
    person: PersonId,
    tenant: TenantId,
    now: Timestamp,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"SELECT linli.lives_here_only($1, $2, $3) AS "only!""#,
        person.0,
        tenant.0,
        now.to_sqlx() as _
    )
    .fetch_one(tx.conn())
    .await?)
}

/// False after too many in a day. `desk` is whose desk printed it, and who.
pub(in crate::identity) async fn open(
    tx: &mut TenantTx,
    token: &[u8],
    person: PersonId,
    desk: Option<(TenantId, PersonId)>,
    now: Timestamp,
    until: Timestamp,
) -> Result<bool> {
    let (tenant, printer) = desk.unzip();
    Ok(sqlx::query_scalar!(
        r#"SELECT linli.open_reset($1, $2, $3, $4, $5, $6) AS "opened!""#,
        token,
        person.0,
        tenant.map(|tenant| tenant.0),
        printer.map(|printer| printer.0),
        now.to_sqlx() as _,
        until.to_sqlx() as _
    )
    .fetch_one(tx.conn())
    .await?)
}

pub(in crate::identity) async fn of(
    tx: &mut TenantTx,
    token: &[u8],
    now: Timestamp,
) -> Result<Option<ResetRow>> {
    Ok(sqlx::query_as!(
        ResetRow,
        r#"SELECT person_id AS "person!: PersonId", printed AS "printed!" FROM linli.reset_of($1, $2)"#,
        token,
        now.to_sqlx() as _
    )
    .fetch_optional(tx.conn())
    .await?)
}

pub(in crate::identity) async fn count_try(tx: &mut TenantTx, token: &[u8]) -> Result<()> {
    sqlx::query!("SELECT linli.count_reset_try($1)", token)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// False where it opens no more.
pub(in crate::identity) async fn spend(
    tx: &mut TenantTx,
    token: &[u8],
    hash: &str,
    now: Timestamp,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"SELECT linli.use_reset($1, $2, $3) AS "used!""#,
        token,
        hash,
        now.to_sqlx() as _
    )
    .fetch_one(tx.conn())
    .await?)
}
