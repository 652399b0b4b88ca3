//! The room's SQL. People, credentials and sessions are reached through definer functions only.

use std::collections::BTreeSet;

use domain::{HouseholdId, PersonId, SessionId, TenantId, identity::Hat};
use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use serde::Deserialize;
use sqlx::{postgres::types::PgInterval, types::Json};
use uuid::Uuid;

use super::session::Kind;
use crate::kernel::{cx::Peer, error::Result, tx::TenantTx};

pub(super) mod account;
pub(super) mod consents;
pub(super) mod reset;
pub(super) mod second_factor;
pub(super) mod sms;

fn interval(span: SignedDuration) -> PgInterval {
    PgInterval {
        months: 0,
        days: 0,
        microseconds: span.as_secs() * 1_000_000,
    }
}

pub(super) struct CredentialRow {
    pub(super) person_id: PersonId,
    pub(super) password_hash: String,
}

pub(super) async fn credential(tx: &mut TenantTx, index: &[u8]) -> Result<Option<CredentialRow>> {
    Ok(sqlx::query_as!(
        CredentialRow,
        r#"SELECT person_id AS "person_id!: PersonId", password_hash AS "password_hash!"
           FROM linli.credential_of($1)"#,
        index
    )
    .fetch_optional(tx.conn())
    .await?)
}

pub(super) async fn add_person(
    tx: &mut TenantTx,
    person: PersonId,
    name: &str,
    index: &[u8],
    hash: &str,
    now: Timestamp,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"SELECT linli.add_person($1, $2, $3, $4, $5) AS "added!""#,
        person.0,
        name,
        index,
        hash,
        now.to_sqlx() as _
    )
    .fetch_one(tx.conn())
    .await?)
}

pub(super) struct HatRow {
    pub(super) tenant: TenantId,
    pub(super) slug: String,
    pub(super) company: String,
    pub(super) hat: Hat,
}

/// The hats that a person can wear, staff first.
pub(super) async fn hats(
    tx: &mut TenantTx,
    person: PersonId,
    now: Timestamp,
) -> Result<Vec<HatRow>> {
    let rows = sqlx::query!(
        r#"SELECT tenant_id AS "tenant!: TenantId", slug AS "slug!", company AS "company!", hat AS "hat!"
           FROM linli.hats_of($1, $2)"#,
        person.0,
        now.to_sqlx() as _
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| HatRow {
            tenant: row.tenant,
            slug: row.slug,
            company: row.company,
            hat: if row.hat == "staff" {
                Hat::Staff
            } else {
                Hat::Resident
            },
        })
        .collect())
}

#[expect(clippy::too_many_arguments, reason = "the columns of a session")]
pub(super) async fn open_session(
    tx: &mut TenantTx,
    id: SessionId,
    token: &[u8],
    person: PersonId,
    tenant: TenantId,
    hat: Hat,
    kind: Kind,
    from: &Peer,
    now: Timestamp,
    until: Timestamp,
) -> Result<()> {
    let device = match kind {
        Kind::Browser => from.device.as_str(),
        Kind::Client => "API",
    };
    sqlx::query!(
        "SELECT linli.open_session($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        id.0,
        token,
        person.0,
        tenant.0,
        hat.as_str(),
        kind.as_str(),
        device,
        from.address,
        now.to_sqlx() as _,
        until.to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A running grant, as `linli.grants_of` writes it.
#[derive(Debug, Deserialize)]
pub(super) struct GrantRow {
    pub(super) id: Uuid,
    pub(super) role: String,
    pub(super) custom_role: Option<Uuid>,
    pub(super) actions: Option<Vec<String>>,
    pub(super) until: Option<Timestamp>,
    pub(super) everywhere: bool,
    pub(super) places: BTreeSet<Uuid>,
    pub(super) around: BTreeSet<Uuid>,
}

pub(super) struct SessionRow {
    pub(super) session_id: SessionId,
    pub(super) person_id: PersonId,
    pub(super) person_name: String,
    pub(super) tenant_id: TenantId,
    pub(super) slug: String,
    pub(super) company: String,
    pub(super) time_zone: String,
    pub(super) language: String,
    pub(super) tenant_state: String,
    pub(super) hat: String,
    pub(super) kind: String,
    pub(super) epoch: i32,
    pub(super) grants: Json<Vec<GrantRow>>,
    pub(super) relations: Vec<String>,
    pub(super) households: Vec<HouseholdId>,
    pub(super) second_factor_missing: bool,
    pub(super) metered: Vec<HouseholdId>,
}

/// A live session by its token's hash or by its id.
pub(super) async fn session(
    tx: &mut TenantTx,
    token: Option<&[u8]>,
    id: Option<SessionId>,
    now: Timestamp,
    idle: SignedDuration,
) -> Result<Option<SessionRow>> {
    Ok(sqlx::query_as!(
        SessionRow,
        r#"SELECT session_id AS "session_id!: SessionId", person_id AS "person_id!: PersonId",
                  person_name AS "person_name!", tenant_id AS "tenant_id!: TenantId", slug AS "slug!",
                  company AS "company!", time_zone AS "time_zone!",
                  linli.language_of(tenant_id) AS "language!", tenant_state AS "tenant_state!",
                  hat AS "hat!", kind AS "kind!", epoch AS "epoch!",
                  grants AS "grants!: Json<Vec<GrantRow>>", relations AS "relations!",
                  households AS "households!: Vec<HouseholdId>", metered AS "metered!: Vec<HouseholdId>",
                  (hat = 'staff' AND linli.second_factor_missing(tenant_id, person_id)) AS "second_factor_missing!"
           FROM linli.session_of($1, $2, $3, $4)"#,
        token,
        id.map(|id| id.0),
        now.to_sqlx() as _,
        interval(idle)
    )
    .fetch_optional(tx.conn())
    .await?)
}

pub(super) async fn end_session(tx: &mut TenantTx, id: SessionId, now: Timestamp) -> Result<()> {
    sqlx::query!("SELECT linli.end_session($1, $2)", id.0, now.to_sqlx() as _)
        .execute(tx.conn())
        .await?;
    Ok(())
}

pub(super) async fn renew_session(
    tx: &mut TenantTx,
    old: &[u8],
    new: &[u8],
    now: Timestamp,
    idle: SignedDuration,
) -> Result<Option<SessionId>> {
    Ok(sqlx::query_scalar!(
        r#"SELECT linli.renew_session($1, $2, $3, $4) AS "id: SessionId""#,
        old,
        new,
        now.to_sqlx() as _,
        interval(idle)
    )
    .fetch_one(tx.conn())
    .await?)
}

pub(super) async fn issue_ticket(
    tx: &mut TenantTx,
    ticket: &[u8],
    session: SessionId,
    now: Timestamp,
    until: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "SELECT linli.issue_ticket($1, $2, $3, $4)",
        ticket,
        session.0,
        now.to_sqlx() as _,
        until.to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn redeem_ticket(
    tx: &mut TenantTx,
    ticket: &[u8],
    now: Timestamp,
) -> Result<Option<SessionId>> {
    Ok(sqlx::query_scalar!(
        r#"SELECT linli.redeem_ticket($1, $2) AS "id: SessionId""#,
        ticket,
        now.to_sqlx() as _
    )
    .fetch_one(tx.conn())
    .await?)
}
