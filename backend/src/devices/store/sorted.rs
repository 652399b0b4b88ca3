//! In which order a list has its devices.

use domain::{
    DeviceId, TenantId,
    columns::Column,
    devices::{DeviceFilter, DeviceKind, DeviceSort, DeviceState},
    page::Mark,
};
use jiff_sqlx::ToSqlx;
use uuid::Uuid;

use crate::kernel::{cx::Cx, error::Result, tx::TenantTx};

/// The devices that a filter lets through, between what is selected of them and what becomes of it:
/// `$1` to `$9` are the company, the time, the estates, what they are narrowed to, and the most there
/// may be.
macro_rules! narrowed {
    ($cx:expr, $filter:expr, $most:expr; [$($selected:tt)+], [$($then:tt)+]; $($arg:expr),+ $(,)?) => {
        sqlx::query_as!(
            Mark,
            $($selected)+
                + r#" FROM device d
                    LEFT JOIN device_presence s ON s.tenant_id = d.tenant_id AND s.device_id = d.id
                    WHERE d.tenant_id = $1 AND d.estate_id BETWEEN $3 AND $4
                      AND ($5::text IS NULL OR d.kind = $5)
                      AND ($6::uuid IS NULL OR d.unit_id = $6)
                      AND ($7::text IS NULL OR linli.device_state(s.last_seen, s.said_offline,
                              linli.device_rhythm(d.transport, s.rhythm_s), $2) = $7)
                      AND (d.retired_at IS NOT NULL) = $8 "#
                + $($then)+,
            $cx.tenant.id.0,
            $cx.now().to_sqlx() as _,
            $filter.estate.map_or(Uuid::nil(), |id| id.0),
            $filter.estate.map_or(Uuid::max(), |id| id.0),
            $filter.kind.map(DeviceKind::as_str),
            $filter.unit.map(|id| id.0),
            $filter.state.map(DeviceState::as_str),
            $filter.retired,
            $most,
            $($arg),+
        )
    };
}

/// Where a device stands among all by name. `None` for one that is not there, or not to be seen.
pub(in super::super) async fn name_key(
    tx: &mut TenantTx,
    tenant: TenantId,
    device: DeviceId,
) -> Result<Option<String>> {
    let found = sqlx::query_scalar!(
        "SELECT sort_key FROM device WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        device.0
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found)
}

/// The devices of a list with the number that each is sorted by, after such a one: as they stand at
/// this moment, since states and times move all the while. What is sorted by nothing is as it was
/// registered.
///
/// The refused readings are counted for each device by itself. Counted for all and joined, and with
/// a plan that was made for any estate, that is minutes: the planner takes the devices for one.
/// Nothing is indexed by a time that every reading moves.
pub(in super::super) async fn by_value(
    tx: &mut TenantTx,
    cx: &Cx,
    filter: &DeviceFilter,
    after: Option<Mark<DeviceId>>,
    most: i64,
) -> Result<Vec<Mark<DeviceId>>> {
    let words = |words: Vec<&str>| words.into_iter().map(str::to_owned).collect::<Vec<_>>();
    let kinds = words(DeviceKind::ALL.iter().map(|kind| kind.as_str()).collect());
    let states = words(
        DeviceState::ALL
            .iter()
            .map(|state| state.as_str())
            .collect(),
    );
    let down = filter.sort.is_some_and(|sort| sort.down);
    let rows = narrowed!(
        cx, filter, most;
        [r#"SELECT v.id AS "id: DeviceId", v.value AS "value!" FROM (
                SELECT d.id, COALESCE($10::bigint * CASE $11::text
                    WHEN 'kind' THEN array_position($12::text[], d.kind)
                    WHEN 'state' THEN array_position($13::text[],
                        linli.device_state(s.last_seen, s.said_offline, linli.device_rhythm(d.transport, s.rhythm_s), $2))
                    WHEN 'seen' THEN (extract(epoch FROM s.last_seen) * 1000000)::bigint
                    WHEN 'refused' THEN (SELECT COALESCE(sum(f.count), 0)::bigint FROM refusal f
                                         WHERE f.tenant_id = $1 AND f.device_id = d.id)
                    END, 9223372036854775807) AS value"#],
        ["OFFSET 0) v WHERE (v.value, v.id) > ($14, $15) ORDER BY v.value, v.id LIMIT $9"];
        if down { -1_i64 } else { 1 },
        filter.sort.map(|sort| sort.by.word()),
        &kinds,
        &states,
        after.map_or(i64::MIN, |mark| mark.value),
        after.map_or(Uuid::nil(), |mark| mark.id.0),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

/// The same by name, after a device whose name is that. Devices of one name are in their order
/// either way.
pub(in super::super) async fn by_name(
    tx: &mut TenantTx,
    cx: &Cx,
    filter: &DeviceFilter,
    after: Option<(DeviceId, String)>,
    most: i64,
) -> Result<Vec<Mark<DeviceId>>> {
    let down = filter.sort.is_some_and(|sort| sort.down);
    let (id, key) = after.unzip();
    let rows = narrowed!(
        cx, filter, most;
        [r#"SELECT d.id AS "id: DeviceId", 0::bigint AS "value!""#],
        ["AND ($10::text IS NULL OR CASE WHEN $12 THEN d.sort_key < $10 ELSE d.sort_key > $10 END
               OR (d.sort_key = $10 AND d.id > $11))
          ORDER BY CASE WHEN $12 THEN d.sort_key END DESC, CASE WHEN NOT $12 THEN d.sort_key END, d.id
          LIMIT $9"];
        key,
        id.map(|id| id.0),
        down,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

/// Whether a list is sorted by name.
pub(in super::super) fn named(filter: &DeviceFilter) -> bool {
    filter.sort.is_some_and(|sort| sort.by == DeviceSort::Name)
}
