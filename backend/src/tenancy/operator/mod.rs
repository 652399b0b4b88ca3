//! What the operator does to companies, from the command line.
//!
//! No session and no permission: whoever may log in to the database as `linli_owner` is the operator.
//! Each verb takes such a connection, and leaves one entry in the company's own audit log.

mod store;
#[cfg(test)]
mod tests;

use domain::{
    problem::{Flaw, text},
    tenancy::Slug,
};
use jiff::Timestamp;
use sqlx::PgConnection;

use crate::kernel::error::{Error, Result};
pub use store::Company;

/// Every company, by slug.
///
/// # Errors
/// Unavailable when the database is away.
pub async fn companies(conn: &mut PgConnection) -> Result<Vec<Company>> {
    store::companies(conn).await
}

/// Suspends a company: from the next request on it reads, and changes nothing; its devices are
/// turned away and its live sockets closed. Once more changes the reason.
///
/// # Errors
/// `not_found`; `invalid` on `reason`, which the company's own staff will read: 1 to 200 characters.
pub async fn suspend(
    conn: &mut PgConnection,
    slug: &str,
    reason: &str,
    now: Timestamp,
) -> Result<()> {
    let reason = text(reason, 1, 200).map_err(|flaw| Error::invalid("reason", flaw))?;
    found(store::suspend(conn, known(slug)?.as_str(), &reason, now).await?)
}

/// Lets a suspended company go on.
///
/// # Errors
/// `not_found` for a company that is not there, or not suspended.
pub async fn resume(conn: &mut PgConnection, slug: &str, now: Timestamp) -> Result<()> {
    found(store::resume(conn, known(slug)?.as_str(), now).await?)
}

/// Moves a company to another plan. What it has over the new one stays.
///
/// # Errors
/// `not_found`; `invalid` on `plan` for one that there is not.
pub async fn move_to(
    conn: &mut PgConnection,
    slug: &str,
    plan: &str,
    now: Timestamp,
) -> Result<()> {
    if !store::plans(conn).await?.iter().any(|code| code == plan) {
        return Err(Error::invalid("plan", Flaw::Unknown));
    }
    found(store::move_to(conn, known(slug)?.as_str(), plan, now).await?)
}

fn known(slug: &str) -> Result<Slug> {
    Slug::parse(slug).map_err(|_| Error::not_found())
}

fn found(changed: bool) -> Result<()> {
    changed.then_some(()).ok_or_else(Error::not_found)
}
