//! What a person agreed to, what is held about them, and how they are forgotten.

use domain::{PersonId, privacy::HeldPerson};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::types::Json;

use crate::kernel::{error::Result, tx::TenantTx};

pub(in crate::identity) async fn consent(
    tx: &mut TenantTx,
    person: PersonId,
    version: i32,
    way: &str,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "SELECT linli.consent($1, $2, $3, $4)",
        person.0,
        version,
        way,
        now.to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(in crate::identity) async fn consented(
    tx: &mut TenantTx,
    person: PersonId,
    version: i32,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"SELECT linli.consented($1, $2) AS "agreed!""#,
        person.0,
        version
    )
    .fetch_one(tx.conn())
    .await?)
}

pub(in crate::identity) async fn held(
    tx: &mut TenantTx,
    person: PersonId,
) -> Result<Option<HeldPerson>> {
    let held = sqlx::query_scalar!(
        r#"SELECT linli.held_of($1) AS "held: Json<HeldPerson>""#,
        person.0
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(held.map(|Json(held)| held))
}

/// True where nothing of theirs is left.
pub(in crate::identity) async fn forget(
    tx: &mut TenantTx,
    person: PersonId,
    now: Timestamp,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"SELECT linli.forget_person($1, $2) AS "wholly!""#,
        person.0,
        now.to_sqlx() as _
    )
    .fetch_one(tx.conn())
    .await?)
}
