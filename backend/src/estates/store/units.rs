//! The SQL of lists of units.

use domain::{
    BuildingId, EntranceId, EstateId, HouseholdId, TenantId, UnitId,
    columns::Column,
    estates::{Area, Occupancy, Unit, UnitFilter, UnitSort, UnitUse},
    page::Mark,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{broken, first, last};
use crate::kernel::error::{Error, Result};

struct UnitRow {
    id: UnitId,
    estate: EstateId,
    building: BuildingId,
    entrance_id: Option<EntranceId>,
    building_name: String,
    entrance: Option<String>,
    unit: String,
    floor_label: Option<String>,
    true_floor: Option<i16>,
    gross_area: Option<i32>,
    inner_area: Option<i32>,
    use_: String,
    occupancy: Option<String>,
    fee_start: Option<jiff_sqlx::Date>,
    archived_at: Option<jiff_sqlx::Timestamp>,
    merged_into: Option<UnitId>,
    household: Option<HouseholdId>,
    owners: String,
    /// What it is sorted by, where that is not its address.
    value: i64,
}

impl TryFrom<UnitRow> for Unit {
    type Error = Error;

    fn try_from(row: UnitRow) -> Result<Self> {
        let occupancy = row
            .occupancy
            .map(|word| Occupancy::parse(&word).ok_or_else(|| broken("occupancy")));
        Ok(Self {
            id: row.id,
            estate: row.estate,
            building: row.building,
            entrance_id: row.entrance_id,
            building_name: row.building_name,
            entrance: row.entrance,
            unit: row.unit,
            floor_label: row.floor_label,
            true_floor: row.true_floor,
            area: row.gross_area.map(Area),
            inner_area: row.inner_area.map(Area),
            use_: UnitUse::parse(&row.use_).ok_or_else(|| broken("use"))?,
            occupancy: occupancy.transpose()?,
            fee_start: row.fee_start.map(jiff_sqlx::Date::to_jiff),
            archived_at: row.archived_at.map(jiff_sqlx::Timestamp::to_jiff),
            merged_into: row.merged_into,
            household: row.household,
            owners: row.owners,
        })
    }
}

/// The columns of a unit are the same in each list; which page of units it is comes first, alone,
/// so that an index serves it, and says at its end in which order. The household is looked up for
/// each unit of the page: as a plain join, and right after an import when nothing has counted the
/// rows yet, the planner reads all households for each unit (2.3 s a page among 20,000). The owners
/// are looked up by their unit as well, or it reads all of a company's residents for each (620 ms
/// among 30,000).
macro_rules! select_units {
    ([$($page:tt)+], $order:tt, $($arg:expr),+ $(,)?) => {
        sqlx::query_as!(
            UnitRow,
            r#"SELECT u.id AS "id: UnitId", u.estate_id AS "estate: EstateId", u.building_id AS "building: BuildingId",
                      u.entrance_id AS "entrance_id: EntranceId", b.name AS building_name, n.name AS "entrance?",
                      u.code AS unit, u.floor_label, u.true_floor, u.gross_area, u.inner_area,
                      u.use AS use_, u.occupancy, u.fee_start AS "fee_start: jiff_sqlx::Date",
                      u.archived_at AS "archived_at: jiff_sqlx::Timestamp", u.merged_into AS "merged_into: UnitId",
                      h.id AS "household?: HouseholdId",
                      COALESCE((SELECT string_agg(r.name, '、' ORDER BY r.id) FROM resident r
                                WHERE r.tenant_id = $1 AND r.unit_id = u.id AND r.household_id = h.id
                                  AND r.relation = 'owner' AND r.ended_at IS NULL), '') AS "owners!",
                      u.value AS "value!"
               FROM ("#
            + $($page)+
            + r#") u
               JOIN building b ON b.tenant_id = u.tenant_id AND b.id = u.building_id
               LEFT JOIN entrance n ON n.tenant_id = u.tenant_id AND n.id = u.entrance_id
               LEFT JOIN LATERAL (SELECT h.id FROM household h
                                  WHERE h.tenant_id = $1 AND h.unit_id = u.id AND h.ended_on IS NULL
                                  LIMIT 1) h ON true
               ORDER BY "#
            + $order,
            $($arg),+
        )
    };
}

pub(in super::super) async fn unit(
    conn: &mut PgConnection,
    tenant: TenantId,
    unit: UnitId,
) -> Result<Option<Unit>> {
    let row = select_units!(
        ["SELECT *, 0::bigint AS value FROM unit WHERE tenant_id = $1 AND id = $2"],
        "u.id",
        tenant.0,
        unit.0
    )
    .fetch_optional(conn)
    .await?;
    row.map(Unit::try_from).transpose()
}

/// Where a unit stands among all.
pub(in super::super) struct Stand {
    estate: EstateId,
    sort_key: String,
}

/// `None` for a unit that is not there, or not to be seen.
pub(in super::super) async fn stand(
    conn: &mut PgConnection,
    tenant: TenantId,
    unit: UnitId,
) -> Result<Option<Stand>> {
    let found = sqlx::query_as!(
        Stand,
        r#"SELECT estate_id AS "estate: EstateId", sort_key FROM unit WHERE tenant_id = $1 AND id = $2"#,
        tenant.0,
        unit.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(found)
}

/// After which row a page starts: before the first one there is, or behind it the other way round. Of
/// an estate that is before its own first one: an index is entered here, and what lies before is read.
struct After {
    value: i64,
    estate: Uuid,
    sort_key: String,
    id: Uuid,
}

/// Above every character of a sort key.
const ABOVE: &str = "\u{10ffff}";

impl After {
    fn new(
        estate: Option<EstateId>,
        after: Option<(Mark<UnitId>, Stand)>,
        backwards: bool,
    ) -> Self {
        let estate = estate.map(|id| id.0);
        match after {
            Some((mark, stand)) => Self {
                value: mark.value,
                estate: stand.estate.0,
                sort_key: stand.sort_key,
                id: mark.id.0,
            },
            None if backwards => Self {
                value: i64::MAX,
                estate: last(estate),
                sort_key: ABOVE.to_owned(),
                id: last(None),
            },
            None => Self {
                value: i64::MIN,
                estate: first(estate),
                sort_key: String::new(),
                id: first(None),
            },
        }
    }
}

/// The units that a filter lets through, between what is selected of them and what becomes of it:
/// `$1` to `$7` are the company, the estates, what they are narrowed to, and the most there may be.
macro_rules! narrowed {
    (
        $tenant:expr, $filter:expr, $most:expr;
        [$($selected:tt)+], [$($then:tt)+], $order:tt;
        $($arg:expr),+ $(,)?
    ) => {
        select_units!(
            [$($selected)+
                + " FROM unit u
                    WHERE u.tenant_id = $1 AND u.estate_id BETWEEN $2 AND $3
                      AND u.archived_at IS NULL AND starts_with(u.code, $4)
                      AND ($5::text IS NULL OR u.use = $5) AND ($6::text IS NULL OR u.occupancy = $6) "
                + $($then)+],
            $order,
            $tenant.0,
            first($filter.estate.map(|id| id.0)),
            last($filter.estate.map(|id| id.0)),
            $filter.code.as_deref().map(str::trim).unwrap_or_default(),
            $filter.use_.map(UnitUse::as_str),
            $filter.state.map(Occupancy::as_str),
            $most,
            $($arg),+
        )
    };
}

/// In the order that an index has: the units of a building, or of estates.
macro_rules! in_order {
    ($tenant:expr, $filter:expr, $most:expr; $beyond:tt, $order:tt; $($arg:expr),+) => {
        narrowed!(
            $tenant, $filter, $most;
            ["SELECT u.*, 0::bigint AS value"],
            [" AND " + $beyond + " ORDER BY " + $order + " LIMIT $7"],
            $order;
            $($arg),+
        )
    };
}

/// The units of a building, or else of an estate, or else all, each with what it is sorted by.
pub(in super::super) async fn units(
    conn: &mut PgConnection,
    tenant: TenantId,
    filter: &UnitFilter,
    after: Option<(Mark<UnitId>, Stand)>,
    most: i64,
) -> Result<Vec<(i64, Unit)>> {
    let down = filter.sort.is_some_and(|sort| sort.down);
    let valued = filter.sort.is_some_and(|sort| sort.by != UnitSort::Address);
    let after = After::new(filter.estate, after, down && !valued);
    let rows = if valued {
        by_value(conn, tenant, filter, &after, most).await?
    } else {
        by_address(conn, tenant, filter, &after, most).await?
    };
    rows.into_iter()
        .map(|row| Ok((row.value, Unit::try_from(row)?)))
        .collect()
}

/// In the order that people count in, or the other way round.
async fn by_address(
    conn: &mut PgConnection,
    tenant: TenantId,
    filter: &UnitFilter,
    after: &After,
    most: i64,
) -> Result<Vec<UnitRow>> {
    along_an_index(conn).await?;
    let down = filter.sort.is_some_and(|sort| sort.down);
    let After {
        estate,
        sort_key,
        id,
        ..
    } = after;
    let rows = match (filter.building, down) {
        (Some(building), false) => {
            in_order!(
                tenant, filter, most;
                "u.building_id = $8 AND (u.sort_key, u.id) > ($9, $10)",
                "u.sort_key, u.id";
                building.0, sort_key, id
            )
            .fetch_all(conn)
            .await?
        }
        (Some(building), true) => {
            in_order!(
                tenant, filter, most;
                "u.building_id = $8 AND (u.sort_key, u.id) < ($9, $10)",
                "u.sort_key DESC, u.id DESC";
                building.0, sort_key, id
            )
            .fetch_all(conn)
            .await?
        }
        (None, false) => {
            in_order!(
                tenant, filter, most;
                "(u.estate_id, u.sort_key, u.id) > ($8, $9, $10)",
                "u.estate_id, u.sort_key, u.id";
                estate, sort_key, id
            )
            .fetch_all(conn)
            .await?
        }
        (None, true) => {
            in_order!(
                tenant, filter, most;
                "(u.estate_id, u.sort_key, u.id) < ($8, $9, $10)",
                "u.estate_id DESC, u.sort_key DESC, u.id DESC";
                estate, sort_key, id
            )
            .fetch_all(conn)
            .await?
        }
    };
    Ok(rows)
}

/// For the rest of the transaction, pages are read along an index. The planner expects a handful of
/// rows behind the walls, and would rather read a whole estate and sort it.
async fn along_an_index(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!(
        "SELECT set_config('enable_sort', 'off', true) AS sort,
                set_config('enable_bitmapscan', 'off', true) AS bitmaps"
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

/// By a number that is made of a column, as it stands or below zero. No index holds it: the units of
/// one estate are read and the first few kept, which takes less than an index for each column and
/// direction would cost whoever writes units. With OFFSET 0 the number is made once a unit, and only
/// the few are read whole.
async fn by_value(
    conn: &mut PgConnection,
    tenant: TenantId,
    filter: &UnitFilter,
    after: &After,
    most: i64,
) -> Result<Vec<UnitRow>> {
    let words = |words: Vec<&str>| words.into_iter().map(str::to_owned).collect::<Vec<_>>();
    let uses = words(UnitUse::ALL.iter().map(|use_| use_.as_str()).collect());
    let states = words(Occupancy::ALL.iter().map(|state| state.as_str()).collect());
    let down = filter.sort.is_some_and(|sort| sort.down);
    let rows = narrowed!(
        tenant, filter, most;
        ["SELECT u.*, w.value FROM (
          SELECT v.id, v.value FROM (
              SELECT u.id, u.estate_id, u.sort_key, COALESCE($9::bigint * CASE $10::text
                  WHEN 'use' THEN array_position($11::text[], u.use)
                  WHEN 'state' THEN array_position($12::text[], u.occupancy)
                  WHEN 'area' THEN u.gross_area
                  WHEN 'fee_start' THEN u.fee_start - date '2000-01-01' END, 9223372036854775807) AS value"],
        ["    AND ($8::uuid IS NULL OR u.building_id = $8)
              OFFSET 0) v
          WHERE (v.value, v.estate_id, v.sort_key, v.id) > ($13, $14, $15, $16)
          ORDER BY v.value, v.estate_id, v.sort_key, v.id
          LIMIT $7) w JOIN unit u ON u.tenant_id = $1 AND u.id = w.id"],
        "u.value, u.estate_id, u.sort_key, u.id";
        filter.building.map(|id| id.0),
        if down { -1_i64 } else { 1 },
        filter.sort.map(|sort| sort.by.word()),
        &uses,
        &states,
        after.value,
        after.estate,
        after.sort_key,
        after.id,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}
