//! Second factors, and log-ins that wait for one.

use domain::{PersonId, SessionId, TenantId, identity::Hat};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;

use crate::kernel::{error::Result, tx::TenantTx};

/// Sealed, all of it.
pub(in crate::identity) struct FactorRow {
    pub(in crate::identity) secret: Vec<u8>,
    pub(in crate::identity) seed: Option<Vec<u8>>,
    pub(in crate::identity) enrolled: bool,
    pub(in crate::identity) codes_left: i64,
}

pub(in crate::identity) async fn second_factor(
    tx: &mut TenantTx,
    person: PersonId,
) -> Result<Option<FactorRow>> {
    Ok(sqlx::query_as!(
        FactorRow,
        r#"SELECT secret AS "secret!", seed, enrolled AS "enrolled!", codes_left AS "codes_left!"
           FROM linli.second_factor_of($1)"#,
        person.0
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// False where one is on already.
pub(in crate::identity) async fn start_second_factor(
    tx: &mut TenantTx,
    person: PersonId,
    secret: &[u8],
    seed: &[u8],
    now: Timestamp,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"SELECT linli.start_second_factor($1, $2, $3, $4) AS "started!""#,
        person.0,
        secret,
        seed,
        now.to_sqlx() as _
    )
    .fetch_one(tx.conn())
    .await?)
}

/// False where another secret is being set up by now.
pub(in crate::identity) async fn enrol_second_factor(
    tx: &mut TenantTx,
    person: PersonId,
    secret: &[u8],
    step: i64,
    codes: &[Vec<u8>],
    keep: SessionId,
    now: Timestamp,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"SELECT linli.enrol_second_factor($1, $2, $3, $4, $5, $6) AS "enrolled!""#,
        person.0,
        secret,
        step,
        codes,
        keep.0,
        now.to_sqlx() as _
    )
    .fetch_one(tx.conn())
    .await?)
}

pub(in crate::identity) async fn use_second_factor(
    tx: &mut TenantTx,
    person: PersonId,
    step: i64,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"SELECT linli.use_second_factor($1, $2) AS "used!""#,
        person.0,
        step
    )
    .fetch_one(tx.conn())
    .await?)
}

pub(in crate::identity) async fn use_recovery_code(
    tx: &mut TenantTx,
    person: PersonId,
    code: &[u8],
    now: Timestamp,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"SELECT linli.use_recovery_code($1, $2, $3) AS "used!""#,
        person.0,
        code,
        now.to_sqlx() as _
    )
    .fetch_one(tx.conn())
    .await?)
}

pub(in crate::identity) async fn drop_second_factor(
    tx: &mut TenantTx,
    person: PersonId,
) -> Result<()> {
    sqlx::query!("SELECT linli.drop_second_factor($1)", person.0)
        .execute(tx.conn())
        .await?;
    Ok(())
}

pub(in crate::identity) struct HalfRow {
    pub(in crate::identity) person: PersonId,
    pub(in crate::identity) tenant: TenantId,
    pub(in crate::identity) hat: Hat,
}

pub(in crate::identity) async fn open_half(
    tx: &mut TenantTx,
    token: &[u8],
    half: &HalfRow,
    now: Timestamp,
    until: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "SELECT linli.open_half($1, $2, $3, $4, $5, $6)",
        token,
        half.person.0,
        half.tenant.0,
        half.hat.as_str(),
        now.to_sqlx() as _,
        until.to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(in crate::identity) async fn half_open(
    tx: &mut TenantTx,
    token: &[u8],
    now: Timestamp,
) -> Result<Option<HalfRow>> {
    let row = sqlx::query!(
        r#"SELECT person_id AS "person!: PersonId", tenant_id AS "tenant!: TenantId", hat AS "hat!"
           FROM linli.half_open_of($1, $2)"#,
        token,
        now.to_sqlx() as _
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| HalfRow {
        person: row.person,
        tenant: row.tenant,
        hat: if row.hat == Hat::Staff.as_str() {
            Hat::Staff
        } else {
            Hat::Resident
        },
    }))
}

pub(in crate::identity) async fn use_half_open(tx: &mut TenantTx, token: &[u8]) -> Result<bool> {
    Ok(
        sqlx::query_scalar!(r#"SELECT linli.use_half_open($1) AS "used!""#, token)
            .fetch_one(tx.conn())
            .await?,
    )
}
