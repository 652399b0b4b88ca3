//! The SQL of households and residents.

use domain::{
    EstateId, HouseholdId, ResidentId, TenantId, UnitId,
    estates::{Area, Home, NewResident, Relation, Unit, address},
};
use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{super::search::spellings, broken, first};
use crate::kernel::error::Result;

/// Starts a household on a unit that has none.
pub(in crate::estates) async fn start_household(
    conn: &mut PgConnection,
    tenant: TenantId,
    fresh: HouseholdId,
    unit: &Unit,
    on: Date,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO household (tenant_id, id, estate_id, unit_id, started_on) VALUES ($1, $2, $3, $4, $5)",
        tenant.0,
        fresh.0,
        unit.estate.0,
        unit.id.0,
        on.to_sqlx()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A phone number as it is stored: sealed, its keyed index, and that of its end.
pub(in crate::estates) struct SealedPhone {
    pub(in crate::estates) cipher: Vec<u8>,
    pub(in crate::estates) index: Vec<u8>,
    pub(in crate::estates) tail: Vec<u8>,
}

/// An identity number as it is stored.
pub(in crate::estates) struct SealedIdNumber {
    pub(in crate::estates) cipher: Vec<u8>,
    pub(in crate::estates) index: Vec<u8>,
}

pub(in crate::estates) async fn insert_resident(
    conn: &mut PgConnection,
    tenant: TenantId,
    (id, household, unit): (ResidentId, HouseholdId, &Unit),
    resident: &NewResident,
    (phone, id_number): (Option<SealedPhone>, Option<SealedIdNumber>),
    now: Timestamp,
) -> Result<()> {
    let phone = phone.as_ref();
    let id_number = id_number.as_ref();
    sqlx::query!(
        "INSERT INTO resident (tenant_id, id, household_id, name, phone_cipher, phone_index, relation, created_at,
                               estate_id, unit_id, phone_tail, id_number_cipher, id_number_index, spelt)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        tenant.0,
        id.0,
        household.0,
        resident.name,
        phone.map(|phone| &*phone.cipher),
        phone.map(|phone| &*phone.index),
        resident.relation.as_str(),
        now.to_sqlx(),
        unit.estate.0,
        unit.id.0,
        phone.map(|phone| &*phone.tail),
        id_number.map(|number| &*number.cipher),
        id_number.map(|number| &*number.index),
        &spellings(&resident.name)
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(in crate::estates) struct ResidentRow {
    pub(in crate::estates) id: ResidentId,
    pub(in crate::estates) household: HouseholdId,
    pub(in crate::estates) unit: UnitId,
    pub(in crate::estates) name: String,
    pub(in crate::estates) phone_cipher: Option<Vec<u8>>,
    pub(in crate::estates) relation: String,
    pub(in crate::estates) claimed: bool,
    pub(in crate::estates) invited: bool,
}

impl ResidentRow {
    pub(in crate::estates) fn relation(&self) -> Result<Relation> {
        Relation::parse(&self.relation).ok_or_else(|| broken("relation"))
    }
}

/// The household is looked up for each resident and not joined: see `select_units`. Whether it
/// has ended is asked outside, since inside it invites the planner to a partial index over all.
macro_rules! select_residents {
    ($tail:tt, $($arg:expr),+ $(,)?) => {
        sqlx::query_as!(
            ResidentRow,
            r#"SELECT r.id AS "id: ResidentId", r.household_id AS "household: HouseholdId", h.unit_id AS "unit: UnitId",
                      r.name, r.phone_cipher, r.relation, r.person_id IS NOT NULL AS "claimed!",
                      EXISTS (SELECT FROM invitation i
                              WHERE i.tenant_id = $1 AND i.resident_id = r.id AND i.used_at IS NULL
                                AND i.revoked_at IS NULL AND i.expires_at > $2) AS "invited!"
               FROM resident r
               JOIN LATERAL (SELECT h.unit_id, h.ended_on FROM household h
                             WHERE h.tenant_id = $1 AND h.id = r.household_id
                             LIMIT 1) h ON h.ended_on IS NULL "#
            + $tail,
            $($arg),+
        )
    };
}

/// The residents of running households, oldest first; of one unit where it is named.
pub(in crate::estates) async fn residents(
    conn: &mut PgConnection,
    tenant: TenantId,
    unit: Option<UnitId>,
    after: Option<ResidentId>,
    now: Timestamp,
    most: i64,
) -> Result<Vec<ResidentRow>> {
    let after = first(after.map(|id| id.0));
    let rows = match unit {
        Some(unit) => {
            select_residents!(
                "WHERE r.tenant_id = $1 AND r.ended_at IS NULL AND (r.until_at IS NULL OR r.until_at > $2) AND r.id > $4
                   AND r.household_id = (SELECT c.id FROM household c
                                         WHERE c.tenant_id = $1 AND c.unit_id = $3 AND c.ended_on IS NULL)
                 ORDER BY r.id LIMIT $5",
                tenant.0,
                now.to_sqlx(),
                unit.0,
                after,
                most
            )
            .fetch_all(conn)
            .await?
        }
        None => {
            select_residents!(
                "WHERE r.tenant_id = $1 AND r.ended_at IS NULL AND (r.until_at IS NULL OR r.until_at > $2) AND r.id > $3
                 ORDER BY r.id LIMIT $4",
                tenant.0,
                now.to_sqlx(),
                after,
                most
            )
            .fetch_all(conn)
            .await?
        }
    };
    Ok(rows)
}

/// The homes in the scope of the resident who asks.
pub(in crate::estates) async fn homes(conn: &mut PgConnection) -> Result<Vec<Home>> {
    struct Row {
        household: Uuid,
        estate_id: Uuid,
        estate: String,
        building: String,
        entrance: Option<String>,
        unit: String,
        area: Option<i32>,
    }
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT household_id AS "household!", estate_id AS "estate_id!", estate AS "estate!", building AS "building!",
                  entrance, unit AS "unit!", gross_area AS area
           FROM linli.homes()"#
    )
    .fetch_all(conn)
    .await?;
    let home = |row: Row| Home {
        household: HouseholdId(row.household),
        estate: EstateId(row.estate_id),
        address: address(&row.building, row.entrance.as_deref(), &row.unit),
        estate_name: row.estate,
        area: row.area.map(Area),
    };
    Ok(rows.into_iter().map(home).collect())
}
