//! The SQL of the search.

use domain::{HouseholdId, ResidentId, TenantId, UnitId, estates::address};
use jiff_sqlx::ToSqlx;
use uuid::Uuid;

use super::super::store::people::ResidentRow;
use crate::kernel::{cx::Cx, error::Result, tx::TenantTx};

struct Row {
    id: ResidentId,
    household: HouseholdId,
    unit: UnitId,
    name: String,
    phone_cipher: Option<Vec<u8>>,
    relation: String,
    claimed: bool,
    invited: bool,
    estate: String,
    building: String,
    entrance: Option<String>,
    code: String,
}

impl Row {
    /// The resident, and the address that they live at.
    fn split(self) -> (ResidentRow, String) {
        let door = address(&self.building, self.entrance.as_deref(), &self.code);
        let resident = ResidentRow {
            id: self.id,
            household: self.household,
            unit: self.unit,
            name: self.name,
            phone_cipher: self.phone_cipher,
            relation: self.relation,
            claimed: self.claimed,
            invited: self.invited,
        };
        (resident, format!("{} {door}", self.estate))
    }
}

/// What is told of a resident is the same however they are found; which they are comes first,
/// alone, so that an index serves it.
macro_rules! select_found {
    ($which:tt, $($arg:expr),+ $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"SELECT r.id AS "id: ResidentId", r.household_id AS "household: HouseholdId", r.unit_id AS "unit: UnitId",
                      r.name, r.phone_cipher, r.relation, r.person_id IS NOT NULL AS "claimed!",
                      EXISTS (SELECT FROM invitation i
                              WHERE i.tenant_id = $1 AND i.resident_id = r.id AND i.used_at IS NULL
                                AND i.revoked_at IS NULL AND i.expires_at > $2) AS "invited!",
                      e.name AS estate, b.name AS building, n.name AS "entrance?", u.code
               FROM ("#
            + $which
            + r#") f
               JOIN resident r ON r.tenant_id = $1 AND r.id = f.id
               JOIN unit u ON u.tenant_id = $1 AND u.id = r.unit_id
               JOIN building b ON b.tenant_id = $1 AND b.id = u.building_id
               JOIN estate e ON e.tenant_id = $1 AND e.id = u.estate_id
               LEFT JOIN entrance n ON n.tenant_id = $1 AND n.id = u.entrance_id
               ORDER BY r.id"#,
            $($arg),+
        )
    };
}

pub(super) async fn by_phone(
    tx: &mut TenantTx,
    cx: &Cx,
    index: &[u8],
    after: Option<ResidentId>,
    most: i64,
) -> Result<Vec<(ResidentRow, String)>> {
    let rows = select_found!(
        "SELECT r.id FROM resident r
         JOIN household h ON h.tenant_id = r.tenant_id AND h.id = r.household_id AND h.ended_on IS NULL
         WHERE r.tenant_id = $1 AND r.phone_index = $3 AND r.id > $4 AND r.ended_at IS NULL
           AND (r.until_at IS NULL OR r.until_at > $2)
         ORDER BY r.id LIMIT $5",
        cx.tenant.id.0,
        cx.now().to_sqlx() as _,
        index,
        after.map_or(Uuid::nil(), |id| id.0),
        most
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Row::split).collect())
}

/// What a search by words goes by.
#[expect(clippy::struct_field_names, reason = "the words that were typed")]
pub(super) struct Words<'a> {
    pub(super) words: &'a [String],
    pub(super) digits: Option<&'a str>,
    /// The keyed index of the digits.
    pub(super) tail: Option<&'a [u8]>,
}

/// `linli.find_residents` says who, within the walls that it repeats; here they are read under the
/// policies.
pub(super) async fn by_words(
    tx: &mut TenantTx,
    cx: &Cx,
    by: &Words<'_>,
    after: Option<ResidentId>,
    most: i64,
) -> Result<Vec<(ResidentRow, String)>> {
    let rows = select_found!(
        "SELECT x.resident_id AS id FROM linli.find_residents($3, $4, $5, $2, $6, $7) x",
        cx.tenant.id.0,
        cx.now().to_sqlx() as _,
        by.words,
        by.digits,
        by.tail,
        after.map_or(Uuid::nil(), |id| id.0),
        most
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Row::split).collect())
}

/// Numbers whose end is not kept yet.
pub(super) async fn without_tail(
    tx: &mut TenantTx,
    tenant: TenantId,
) -> Result<Vec<(ResidentId, Vec<u8>)>> {
    let rows = sqlx::query!(
        r#"SELECT id AS "id: ResidentId", phone_cipher AS "cipher!" FROM resident
           WHERE tenant_id = $1 AND phone_cipher IS NOT NULL AND phone_tail IS NULL"#,
        tenant.0
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.cipher)).collect())
}

pub(super) async fn set_tails(
    tx: &mut TenantTx,
    tenant: TenantId,
    ids: &[ResidentId],
    tails: &[Vec<u8>],
) -> Result<()> {
    sqlx::query!(
        "UPDATE resident r SET phone_tail = x.tail FROM UNNEST($2::uuid[], $3::bytea[]) AS x (id, tail)
         WHERE r.tenant_id = $1 AND r.id = x.id AND r.phone_cipher IS NOT NULL",
        tenant.0,
        ids as _,
        tails
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
