//! The SQL of the search.

use domain::{
    EstateId, HouseholdId, ResidentId, TenantId, UnitId,
    estates::{FoundUnit, address},
};
use jiff_sqlx::ToSqlx;
use uuid::Uuid;

use super::{
    super::store::people::ResidentRow,
    address::{Address, Column, Shelf},
    asked::Asked,
};
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
/// alone, so that an index serves it. All else is looked up for each of them and not joined: past
/// the policies the planner expects next to no units, begins with all of a company's, and asks for
/// each anew whom the search has found (12 s among 100,000).
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
               JOIN LATERAL (SELECT * FROM resident r WHERE r.tenant_id = $1 AND r.id = f.id LIMIT 1) r ON true
               JOIN LATERAL (SELECT u.estate_id, u.building_id, u.entrance_id, u.code FROM unit u
                             WHERE u.tenant_id = $1 AND u.id = r.unit_id LIMIT 1) u ON true
               JOIN LATERAL (SELECT b.name FROM building b
                             WHERE b.tenant_id = $1 AND b.id = u.building_id LIMIT 1) b ON true
               JOIN LATERAL (SELECT e.name FROM estate e
                             WHERE e.tenant_id = $1 AND e.id = u.estate_id LIMIT 1) e ON true
               LEFT JOIN LATERAL (SELECT n.name FROM entrance n
                                  WHERE n.tenant_id = $1 AND n.id = u.entrance_id LIMIT 1) n ON true
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

/// `linli.find_residents` says who, within the walls that it repeats; here they are read under the
/// policies. `tail` is the keyed index of the digits.
pub(super) async fn by_words(
    tx: &mut TenantTx,
    cx: &Cx,
    asked: &Asked,
    tail: Option<&[u8]>,
    after: Option<ResidentId>,
    most: i64,
) -> Result<Vec<(ResidentRow, String)>> {
    let addresses: Vec<Option<Address>> = asked.words.iter().map(|w| Address::read(w)).collect();
    let column = |part: fn(&Address) -> String| -> Vec<String> {
        let parts = addresses.iter();
        parts
            .map(|address| address.as_ref().map(part).unwrap_or_default())
            .collect()
    };
    let rows = select_found!(
        "SELECT x.resident_id AS id
         FROM linli.find_residents($3, $4, $5, $6, $7, $8, $9, $2, $10, $11) x",
        cx.tenant.id.0,
        cx.now().to_sqlx() as _,
        &asked.words,
        &column(Address::under),
        &column(Address::whole),
        &column(Address::door),
        asked.digits.as_deref(),
        tail,
        asked.estates.as_deref() as _,
        after.map_or(Uuid::nil(), |id| id.0),
        most
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Row::split).collect())
}

/// The estates whose name starts with a word.
pub(super) async fn estates_named(
    tx: &mut TenantTx,
    tenant: TenantId,
    word: &str,
) -> Result<Vec<EstateId>> {
    let rows = sqlx::query_scalar!(
        r#"SELECT id AS "id: EstateId" FROM estate WHERE tenant_id = $1 AND starts_with(name, $2)"#,
        tenant.0,
        word
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

/// Which units are looked for, and where they were found already.
pub(super) struct Sought<'a> {
    pub(super) shelf: &'a Shelf,
    pub(super) earlier: &'a [Shelf],
    pub(super) estates: Option<&'a [EstateId]>,
}

impl Sought<'_> {
    /// Between which texts of a column units were found already; between nothing where none were.
    fn found(&self, column: Column) -> (&str, &str) {
        let before = self.earlier.iter().find(|before| before.column == column);
        before.map_or(("", ""), |before| (&before.from, &before.to))
    }
}

struct UnitRow {
    id: UnitId,
    estate: String,
    building: String,
    entrance: Option<String>,
    code: String,
}

impl From<UnitRow> for FoundUnit {
    fn from(row: UnitRow) -> Self {
        let door = address(&row.building, row.entrance.as_deref(), &row.code);
        Self {
            id: row.id,
            address: format!("{} {door}", row.estate),
        }
    }
}

/// In the order of the column, which is that of its index: a page is read and no more.
macro_rules! select_shelf {
    ($column:tt, $($arg:expr),+ $(,)?) => {
        sqlx::query_as!(
            UnitRow,
            r#"SELECT u.id AS "id: UnitId", e.name AS estate, b.name AS building, n.name AS "entrance?", u.code
               FROM (SELECT u.id, u.estate_id, u.building_id, u.entrance_id, u.code, u."#
            + $column
            + r#" AS place FROM unit u
                     WHERE u.tenant_id = $1 AND u."#
            + $column
            + r#" >= $2 AND u."#
            + $column
            + r#" < $3 AND (u."#
            + $column
            + r#", u.id) > (CASE WHEN $4::uuid = '00000000-0000-0000-0000-000000000000' THEN ''
                                 ELSE (SELECT c."#
            + $column
            + r#" FROM unit c WHERE c.tenant_id = $1 AND c.id = $4) END, $4)
                       AND NOT (u.find_key >= $5 AND u.find_key < $6)
                       AND NOT (u.find_short >= $7 AND u.find_short < $8)
                       AND NOT (u.find_door >= $9 AND u.find_door < $10)
                       AND ($11::uuid[] IS NULL OR u.estate_id = ANY ($11)) AND u.archived_at IS NULL
                     ORDER BY u."#
            + $column
            + r#", u.id LIMIT $12) u
               JOIN LATERAL (SELECT b.name FROM building b
                             WHERE b.tenant_id = $1 AND b.id = u.building_id LIMIT 1) b ON true
               JOIN LATERAL (SELECT e.name FROM estate e
                             WHERE e.tenant_id = $1 AND e.id = u.estate_id LIMIT 1) e ON true
               LEFT JOIN LATERAL (SELECT n.name FROM entrance n
                                  WHERE n.tenant_id = $1 AND n.id = u.entrance_id LIMIT 1) n ON true
               ORDER BY u.place, u.id"#,
            $($arg),+
        )
    };
}

/// The units of a shelf that no earlier one has.
pub(super) async fn on_shelf(
    tx: &mut TenantTx,
    tenant: TenantId,
    sought: &Sought<'_>,
    after: Option<UnitId>,
    most: i64,
) -> Result<Vec<FoundUnit>> {
    let after = after.map_or(Uuid::nil(), |id| id.0);
    let (key, short, door) = (
        sought.found(Column::Key),
        sought.found(Column::Short),
        sought.found(Column::Door),
    );
    macro_rules! fetch {
        ($column:tt) => {
            select_shelf!(
                $column,
                tenant.0,
                sought.shelf.from,
                sought.shelf.to,
                after,
                key.0,
                key.1,
                short.0,
                short.1,
                door.0,
                door.1,
                sought.estates as _,
                most
            )
            .fetch_all(tx.conn())
            .await?
        };
    }
    let rows = match sought.shelf.column {
        Column::Key => fetch!("find_key"),
        Column::Short => fetch!("find_short"),
        Column::Door => fetch!("find_door"),
    };
    Ok(rows.into_iter().map(FoundUnit::from).collect())
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

/// Names that are not spelt yet.
pub(super) async fn unspelt(
    tx: &mut TenantTx,
    tenant: TenantId,
) -> Result<Vec<(ResidentId, String)>> {
    let rows = sqlx::query!(
        r#"SELECT id AS "id: ResidentId", name FROM resident
           WHERE tenant_id = $1 AND spelt IS NULL AND ended_at IS NULL"#,
        tenant.0
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// Each with its spellings, a space between them: an array of arrays has to be square.
pub(super) async fn set_spelt(
    tx: &mut TenantTx,
    tenant: TenantId,
    ids: &[ResidentId],
    spelt: &[String],
) -> Result<()> {
    sqlx::query!(
        "UPDATE resident r SET spelt = string_to_array(x.spelt, ' ')
         FROM UNNEST($2::uuid[], $3::text[]) AS x (id, spelt)
         WHERE r.tenant_id = $1 AND r.id = x.id AND r.ended_at IS NULL",
        tenant.0,
        ids as _,
        spelt
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Addresses, each on a line of a text; a line may have several readings. Columns of one length.
#[derive(Default)]
pub(super) struct Lines {
    pub(super) numbers: Vec<i32>,
    /// Empty for any.
    pub(super) estates: Vec<String>,
    /// The key of a unit, with its entrance or without; empty where the line is a door alone.
    pub(super) wholes: Vec<String>,
    pub(super) doors: Vec<String>,
}

/// Which units each line may mean. Compared whole, so that the indexes serve it past the policies.
pub(super) async fn addressed(
    tx: &mut TenantTx,
    tenant: TenantId,
    asked: &Lines,
) -> Result<Vec<(i32, UnitId)>> {
    let rows = sqlx::query!(
        r#"SELECT l.line AS "line!", u.id AS "id!: UnitId"
           FROM UNNEST($2::int[], $3::text[], $4::text[], $5::text[]) AS l (line, estate, whole, door)
           CROSS JOIN LATERAL (
               SELECT x.id, x.estate_id, x.archived_at FROM unit x WHERE x.tenant_id = $1 AND x.find_key = l.whole
               UNION
               SELECT x.id, x.estate_id, x.archived_at FROM unit x WHERE x.tenant_id = $1 AND x.find_short = l.whole
               UNION
               SELECT x.id, x.estate_id, x.archived_at FROM unit x WHERE x.tenant_id = $1 AND x.find_door = l.door) u
           JOIN estate e ON e.tenant_id = $1 AND e.id = u.estate_id
           WHERE u.archived_at IS NULL AND (l.estate = '' OR e.name = l.estate)"#,
        tenant.0,
        &asked.numbers,
        &asked.estates,
        &asked.wholes,
        &asked.doors
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.line, row.id)).collect())
}
