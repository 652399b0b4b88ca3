//! The SQL of people who are taken along.

use domain::{EstateId, HouseholdId, ResidentId, UnitId, estates::Relation};
use jiff_sqlx::ToSqlx;

use super::super::store::broken;
use crate::kernel::{cx::Cx, error::Result, tx::TenantTx};

pub(super) struct PersonRow {
    pub(super) id: ResidentId,
    pub(super) household: HouseholdId,
    pub(super) started_on: jiff_sqlx::Date,
    pub(super) unit: UnitId,
    pub(super) name: String,
    pub(super) relation: String,
    pub(super) phone: Option<Vec<u8>>,
}

/// A stored word for how somebody belongs to a household.
pub(super) fn relation(word: &str) -> Result<Relation> {
    Relation::parse(word).ok_or_else(|| broken("relation"))
}

pub(super) async fn people(
    tx: &mut TenantTx,
    cx: &Cx,
    estate: EstateId,
    after: Option<ResidentId>,
    most: i64,
) -> Result<Vec<PersonRow>> {
    Ok(sqlx::query_as!(
        PersonRow,
        r#"SELECT r.id AS "id: ResidentId", r.household_id AS "household: HouseholdId",
                  h.started_on AS "started_on: jiff_sqlx::Date", r.unit_id AS "unit: UnitId", r.name, r.relation,
                  r.phone_cipher AS phone
           FROM resident r
           JOIN household h ON h.tenant_id = r.tenant_id AND h.id = r.household_id AND h.ended_on IS NULL
           WHERE r.tenant_id = $1 AND r.estate_id = $2 AND r.ended_at IS NULL
             AND (r.until_at IS NULL OR r.until_at > $3) AND r.id > $4
           ORDER BY r.id LIMIT $5"#,
        cx.tenant.id.0,
        estate.0,
        cx.now().to_sqlx() as _,
        after.map_or(uuid::Uuid::nil(), |id| id.0),
        most
    )
    .fetch_all(tx.conn())
    .await?)
}
