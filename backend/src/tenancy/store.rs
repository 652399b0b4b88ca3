//! The room's SQL.

use domain::{
    TenantId,
    tenancy::{Company, Quota, Usage},
};
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

/// What the transaction's tenant uses of its plan. With `hold` nobody else adds until the
/// transaction has ended.
pub(super) async fn usage(tx: &mut TenantTx, hold: bool) -> Result<Usage> {
    let row = sqlx::query!(
        r#"SELECT plan AS "plan!", most_estates AS "most_estates!", estates AS "estates!",
                  most_units AS "most_units!", units AS "units!",
                  most_devices AS "most_devices!", devices AS "devices!"
           FROM linli.usage($1)"#,
        hold
    )
    .fetch_one(tx.conn())
    .await?;
    let quota = |used, most: i32| Quota {
        used,
        most: i64::from(most),
    };
    Ok(Usage {
        plan: row.plan,
        estates: quota(row.estates, row.most_estates),
        units: quota(row.units, row.most_units),
        devices: quota(row.devices, row.most_devices),
    })
}

pub(super) async fn change(tx: &mut TenantTx, tenant: TenantId, company: &Company) -> Result<()> {
    sqlx::query!(
        "UPDATE tenant SET name = $2, time_zone = $3 WHERE id = $1",
        tenant.0,
        company.name,
        company.time_zone
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn any_tenant(tx: &mut TenantTx) -> Result<bool> {
    Ok(
        sqlx::query_scalar!(r#"SELECT linli.any_tenant() AS "any!""#)
            .fetch_one(tx.conn())
            .await?,
    )
}

pub(super) async fn wants_second_factor(tx: &mut TenantTx, tenant: TenantId) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"SELECT second_factor = 'required' AS "wanted!" FROM tenant WHERE id = $1"#,
        tenant.0
    )
    .fetch_one(tx.conn())
    .await?)
}

pub(super) async fn want_second_factor(
    tx: &mut TenantTx,
    tenant: TenantId,
    wanted: bool,
) -> Result<()> {
    let word = if wanted { "required" } else { "optional" };
    sqlx::query!(
        "UPDATE tenant SET second_factor = $2 WHERE id = $1",
        tenant.0,
        word
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
