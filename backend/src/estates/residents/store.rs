//! The SQL of one resident.

use domain::{
    BuildingId, EstateId, HouseholdId, ResidentId, TenantId, UnitId,
    estates::{Relation, address},
    identity::Place,
};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;

use super::super::{
    search::spellings,
    store::{
        broken,
        people::{SealedIdNumber, SealedPhone},
    },
};
use crate::kernel::{error::Result, tx::TenantTx};

/// Somebody who is or was of a household, and who has not been forgotten.
pub(super) struct Found {
    pub(super) household: HouseholdId,
    pub(super) estate: EstateId,
    pub(super) building: BuildingId,
    pub(super) unit: UnitId,
    pub(super) name: String,
    pub(super) phone: Option<Vec<u8>>,
    pub(super) id_number: Option<Vec<u8>>,
    relation: String,
    pub(super) claimed: bool,
    pub(super) invited: bool,
    pub(super) running: bool,
    estate_name: String,
    building_name: String,
    entrance: Option<String>,
    code: String,
}

impl Found {
    pub(super) fn relation(&self) -> Result<Relation> {
        Relation::parse(&self.relation).ok_or_else(|| broken("relation"))
    }

    pub(super) const fn place(&self) -> Place {
        Place {
            estate: self.estate,
            building: Some(self.building),
            unit: Some(self.unit),
        }
    }

    pub(super) fn home(&self) -> String {
        let door = address(&self.building_name, self.entrance.as_deref(), &self.code);
        format!("{} {door}", self.estate_name)
    }
}

pub(super) async fn find(
    tx: &mut TenantTx,
    tenant: TenantId,
    resident: ResidentId,
    now: Timestamp,
) -> Result<Option<Found>> {
    Ok(sqlx::query_as!(
        Found,
        r#"SELECT r.household_id AS "household: HouseholdId", u.estate_id AS "estate: EstateId",
                  u.building_id AS "building: BuildingId", u.id AS "unit: UnitId", r.name,
                  r.phone_cipher AS phone, r.id_number_cipher AS id_number, r.relation,
                  r.person_id IS NOT NULL AS "claimed!",
                  EXISTS (SELECT FROM invitation i
                          WHERE i.tenant_id = $1 AND i.resident_id = r.id AND i.used_at IS NULL
                            AND i.revoked_at IS NULL AND i.expires_at > $3) AS "invited!",
                  (r.ended_at IS NULL AND h.ended_on IS NULL AND (r.until_at IS NULL OR r.until_at > $3)) AS "running!",
                  e.name AS estate_name, b.name AS building_name, n.name AS "entrance?", u.code
           FROM resident r
           JOIN household h ON h.tenant_id = r.tenant_id AND h.id = r.household_id
           JOIN unit u ON u.tenant_id = r.tenant_id AND u.id = r.unit_id
           JOIN building b ON b.tenant_id = r.tenant_id AND b.id = u.building_id
           JOIN estate e ON e.tenant_id = r.tenant_id AND e.id = u.estate_id
           LEFT JOIN entrance n ON n.tenant_id = r.tenant_id AND n.id = u.entrance_id
           WHERE r.tenant_id = $1 AND r.id = $2 AND r.erased_at IS NULL"#,
        tenant.0,
        resident.0,
        now.to_sqlx() as _
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// What is written in the place of what was there.
pub(super) struct Rewrite<'a> {
    pub(super) name: &'a str,
    pub(super) relation: Relation,
    /// Whether the number changes, and to which, or to none; the same below.
    pub(super) rings: bool,
    pub(super) phone: Option<&'a SealedPhone>,
    pub(super) identifies: bool,
    pub(super) id_number: Option<&'a SealedIdNumber>,
}

/// False where they have left, or were forgotten, in the meantime. Of family there is nothing to
/// limit: what a renter was not shown, they see from then on, and for good.
pub(super) async fn rewrite(
    tx: &mut TenantTx,
    tenant: TenantId,
    resident: ResidentId,
    to: &Rewrite<'_>,
) -> Result<bool> {
    let (phone, id_number) = (to.phone, to.id_number);
    let made = sqlx::query!(
        "UPDATE resident
         SET name = $3, spelt = $12, relation = $4,
             until_at = CASE $4 WHEN 'renter' THEN until_at END,
             sees_meters = sees_meters OR $4 <> 'renter',
             phone_cipher = CASE WHEN $5 THEN $6 ELSE phone_cipher END,
             phone_index = CASE WHEN $5 THEN $7 ELSE phone_index END,
             phone_tail = CASE WHEN $5 THEN $8 ELSE phone_tail END,
             id_number_cipher = CASE WHEN $9 THEN $10 ELSE id_number_cipher END,
             id_number_index = CASE WHEN $9 THEN $11 ELSE id_number_index END
         WHERE tenant_id = $1 AND id = $2 AND ended_at IS NULL",
        tenant.0,
        resident.0,
        to.name,
        to.relation.as_str(),
        to.rings,
        phone.map(|phone| &*phone.cipher),
        phone.map(|phone| &*phone.index),
        phone.map(|phone| &*phone.tail),
        to.identifies,
        id_number.map(|number| &*number.cipher),
        id_number.map(|number| &*number.index),
        &spellings(to.name)
    )
    .execute(tx.conn())
    .await?;
    Ok(made.rows_affected() == 1)
}
