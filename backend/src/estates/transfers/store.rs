//! The SQL of a sale.

use domain::{
    HouseholdId, ResidentId, TenantId, UnitId,
    estates::{NewOwner, PastHousehold, Unit},
};
use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx;

use super::super::{search::spellings, store::people::SealedPhone, vehicles};
use crate::kernel::{cx::Cx, error::Result, tx::TenantTx};

/// The first day of a running household.
pub(super) async fn started_on(
    tx: &mut TenantTx,
    tenant: TenantId,
    household: HouseholdId,
) -> Result<Date> {
    let started = sqlx::query_scalar!(
        r#"SELECT started_on AS "started_on: jiff_sqlx::Date" FROM household
           WHERE tenant_id = $1 AND id = $2 AND ended_on IS NULL"#,
        tenant.0,
        household.0
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(started.to_jiff())
}

/// Ends households with all that opens them. What somebody may be using at this moment comes first
/// and is waited for: whoever holds it got in before the sale.
pub(super) async fn end(
    tx: &mut TenantTx,
    tenant: TenantId,
    households: &[HouseholdId],
    on: Date,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "UPDATE invitation SET revoked_at = $3
         WHERE tenant_id = $1 AND household_id = ANY ($2) AND used_at IS NULL AND revoked_at IS NULL",
        tenant.0,
        households as _,
        now.to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "UPDATE home_code SET ended_at = $3
         WHERE tenant_id = $1 AND household_id = ANY ($2) AND used_at IS NULL AND ended_at IS NULL",
        tenant.0,
        households as _,
        now.to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "UPDATE claim_request SET state = 'refused', decided_at = $3
         WHERE tenant_id = $1 AND household_id = ANY ($2) AND state = 'waiting'",
        tenant.0,
        households as _,
        now.to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    vehicles::end(tx, tenant, households, now).await?;
    sqlx::query!(
        "UPDATE household SET ended_on = $3 WHERE tenant_id = $1 AND id = ANY ($2)",
        tenant.0,
        households as _,
        on.to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn insert_owner(
    tx: &mut TenantTx,
    cx: &Cx,
    (id, household, unit): (ResidentId, HouseholdId, &Unit),
    owner: &NewOwner,
    phone: Option<SealedPhone>,
) -> Result<()> {
    let phone = phone.as_ref();
    sqlx::query!(
        "INSERT INTO resident (tenant_id, id, household_id, estate_id, unit_id, name, phone_cipher, phone_index,
                               relation, share, company, agent, created_at, phone_tail, spelt)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'owner', $9, $10, $11, $12, $13, $14)",
        cx.tenant.id.0,
        id.0,
        household.0,
        unit.estate.0,
        unit.id.0,
        owner.name,
        phone.map(|phone| &*phone.cipher),
        phone.map(|phone| &*phone.index),
        owner.share.map(|share| share.0),
        owner.company,
        owner.agent,
        cx.now().to_sqlx() as _,
        phone.map(|phone| &*phone.tail),
        &spellings(&owner.name)
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The households of a unit that have ended, latest first.
pub(super) async fn earlier(
    tx: &mut TenantTx,
    tenant: TenantId,
    unit: UnitId,
) -> Result<Vec<PastHousehold>> {
    let rows = sqlx::query!(
        r#"SELECT h.id AS "id: HouseholdId", h.started_on AS "from: jiff_sqlx::Date",
                  h.ended_on AS "to!: jiff_sqlx::Date",
                  COALESCE((SELECT string_agg(r.name, '、' ORDER BY r.id) FROM resident r
                            WHERE r.tenant_id = $1 AND r.household_id = h.id
                              AND r.relation = 'owner' AND r.ended_at IS NULL), '') AS "owners!"
           FROM household h
           WHERE h.tenant_id = $1 AND h.unit_id = $2 AND h.ended_on IS NOT NULL
           ORDER BY h.ended_on DESC, h.id DESC
           LIMIT 50"#,
        tenant.0,
        unit.0
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| PastHousehold {
            id: row.id,
            owners: row.owners,
            from: row.from.to_jiff(),
            to: row.to.to_jiff(),
        })
        .collect())
}
