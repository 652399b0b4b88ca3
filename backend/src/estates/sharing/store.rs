//! The SQL of those who share a home.

use domain::{
    EstateId, HouseholdId, PersonId, ResidentId, TenantId, UnitId,
    estates::{NewSharer, Presence, Relation, Sharer},
};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;

use super::super::{search::spellings, store::broken};
use crate::{
    estates::invitations,
    kernel::{clock, cx::Cx, error::Result, tx::TenantTx},
};

/// A running home, and how the asker stands to it.
pub(super) struct Standing {
    household: HouseholdId,
    pub(super) estate: EstateId,
    unit: UnitId,
    pub(super) owns: bool,
}

/// Locks the home against a sale as well: one that has begun is waited for, and then the home is
/// not there any more.
pub(super) async fn standing(
    tx: &mut TenantTx,
    tenant: TenantId,
    household: HouseholdId,
    person: PersonId,
) -> Result<Option<Standing>> {
    Ok(sqlx::query_as!(
        Standing,
        r#"SELECT h.id AS "household: HouseholdId", h.estate_id AS "estate: EstateId", h.unit_id AS "unit: UnitId",
                  EXISTS (SELECT FROM resident r
                          WHERE r.tenant_id = $1 AND r.household_id = h.id AND r.person_id = $3
                            AND r.relation = 'owner' AND r.ended_at IS NULL) AS "owns!"
           FROM household h
           WHERE h.tenant_id = $1 AND h.id = $2 AND h.ended_on IS NULL
           FOR SHARE OF h"#,
        tenant.0,
        household.0,
        person.0
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Who is of a running household now, owners first.
pub(super) async fn people(
    tx: &mut TenantTx,
    cx: &Cx,
    household: HouseholdId,
    you: PersonId,
) -> Result<Vec<Sharer>> {
    let rows = sqlx::query!(
        r#"SELECT r.id AS "id: ResidentId", r.name, r.relation, r.until_at AS "until: jiff_sqlx::Timestamp",
                  r.sees_meters, r.person_id IS NOT NULL AS "joined!",
                  coalesce(r.person_id = $4, false) AS "you!",
                  EXISTS (SELECT FROM invitation i
                          WHERE i.tenant_id = $1 AND i.resident_id = r.id AND i.used_at IS NULL
                            AND i.revoked_at IS NULL AND i.expires_at > $3) AS "invited!"
           FROM resident r
           WHERE r.tenant_id = $1 AND r.household_id = $2 AND r.ended_at IS NULL
             AND (r.until_at IS NULL OR r.until_at > $3)
           ORDER BY CASE r.relation WHEN 'owner' THEN 0 WHEN 'family' THEN 1 ELSE 2 END, r.id"#,
        cx.tenant.id.0,
        household.0,
        cx.now().to_sqlx() as _,
        you.0
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let relation = Relation::parse(&row.relation).ok_or_else(|| broken("relation"))?;
            let last_day =
                |until: jiff_sqlx::Timestamp| clock::last_day(until.to_jiff(), &cx.tenant.zone);
            Ok(Sharer {
                id: row.id,
                name: row.name,
                relation,
                until: row.until.map(last_day),
                sees_meters: row.sees_meters,
                presence: match (row.joined, row.invited) {
                    (true, _) => Presence::Joined,
                    (false, true) => Presence::Invited,
                    (false, false) => Presence::Away,
                },
                you: row.you,
            })
        })
        .collect()
}

pub(super) async fn insert(
    tx: &mut TenantTx,
    cx: &Cx,
    id: ResidentId,
    home: &Standing,
    new: &NewSharer,
    until: Option<Timestamp>,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO resident (tenant_id, id, household_id, estate_id, unit_id, name, relation, until_at,
                               sees_meters, created_at, spelt)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        cx.tenant.id.0,
        id.0,
        home.household.0,
        home.estate.0,
        home.unit.0,
        new.name,
        new.relation.as_str(),
        until.map(ToSqlx::to_sqlx) as _,
        new.sees_meters,
        cx.now().to_sqlx() as _,
        &spellings(&new.name)
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The home of somebody who is still of one, and how.
pub(super) async fn sharer(
    tx: &mut TenantTx,
    tenant: TenantId,
    resident: ResidentId,
) -> Result<Option<(HouseholdId, Relation)>> {
    let row = sqlx::query!(
        r#"SELECT household_id AS "household: HouseholdId", relation FROM resident
           WHERE tenant_id = $1 AND id = $2 AND ended_at IS NULL"#,
        tenant.0,
        resident.0
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(|row| {
        let relation = Relation::parse(&row.relation).ok_or_else(|| broken("relation"))?;
        Ok((row.household, relation))
    })
    .transpose()
}

/// Ends somebody's time in a home, and the links to it that they have not used. The links come
/// first: whoever is going through one just now is waited for.
pub(super) async fn end(
    tx: &mut TenantTx,
    tenant: TenantId,
    resident: ResidentId,
    now: Timestamp,
) -> Result<()> {
    invitations::store::revoke(tx, tenant, resident, now).await?;
    sqlx::query!(
        "UPDATE resident SET ended_at = $3 WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        resident.0,
        now.to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn show_meters(
    tx: &mut TenantTx,
    tenant: TenantId,
    resident: ResidentId,
    sees: bool,
) -> Result<()> {
    sqlx::query!(
        "UPDATE resident SET sees_meters = $3 WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        resident.0,
        sees
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
