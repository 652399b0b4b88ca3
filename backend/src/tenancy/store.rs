//! The room's SQL.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;

use crate::kernel::{cx::Tenant, error::Result, tx::TenantTx};

pub(super) async fn slug_taken(tx: &mut TenantTx, slug: &str) -> Result<bool> {
    Ok(
        sqlx::query_scalar!(r#"SELECT linli.slug_taken($1) AS "taken!""#, slug)
            .fetch_one(tx.conn())
            .await?,
    )
}

/// False where the slug is taken.
pub(super) async fn found(tx: &mut TenantTx, tenant: &Tenant, now: Timestamp) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"SELECT linli.found_tenant($1, $2, $3, $4) AS "founded!""#,
        tenant.id.0,
        tenant.slug,
        tenant.name,
        now.to_sqlx() as _
    )
    .fetch_one(tx.conn())
    .await?)
}

pub(super) async fn any_tenant(tx: &mut TenantTx) -> Result<bool> {
    Ok(
        sqlx::query_scalar!(r#"SELECT linli.any_tenant() AS "any!""#)
            .fetch_one(tx.conn())
            .await?,
    )
}
