//! The room's SQL: what is written here, what is read in [`seen`], in which order in [`sorted`],
//! who may connect in [`doors`], and who is asked in [`polled`].

pub(super) mod doors;
pub(super) mod outside;
pub(super) mod polled;
pub(super) mod seen;
pub(super) mod sorted;
pub(super) mod takeout;

use std::collections::HashSet;

use domain::{
    DeviceId, EstateId, HouseholdId, PointId, TenantId, UnitId, devices::models::ModelKey,
};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;

use super::Fresh;
use crate::kernel::{
    cx::Cx,
    error::{Error, Result},
    tx::TenantTx,
};

/// What is known of the place that a form names.
pub(super) struct PlaceRow {
    pub(super) estate_known: bool,
    /// Also true where the form names no unit.
    pub(super) unit_known: bool,
    /// Also true where the form names no gateway.
    pub(super) gateway_known: bool,
    /// Who lives there now.
    pub(super) household: Option<HouseholdId>,
}

pub(super) async fn places(
    tx: &mut TenantTx,
    tenant: TenantId,
    all: &[Fresh],
) -> Result<Vec<PlaceRow>> {
    let estates: Vec<EstateId> = all.iter().map(|fresh| fresh.device.estate).collect();
    let units: Vec<Option<UnitId>> = all.iter().map(|fresh| fresh.device.unit).collect();
    let gateways: Vec<Option<DeviceId>> = all.iter().map(|fresh| fresh.device.gateway).collect();
    Ok(sqlx::query_as!(
        PlaceRow,
        r#"SELECT e.id IS NOT NULL AS "estate_known!",
                  f.unit IS NULL OR u.id IS NOT NULL AS "unit_known!",
                  f.gateway IS NULL OR g.id IS NOT NULL AS "gateway_known!",
                  h.id AS "household: HouseholdId"
           FROM UNNEST($2::uuid[], $3::uuid[], $4::uuid[]) WITH ORDINALITY AS f(estate, unit, gateway, place)
           LEFT JOIN estate e ON e.tenant_id = $1 AND e.id = f.estate
           LEFT JOIN unit u ON u.tenant_id = $1 AND u.id = f.unit AND u.estate_id = f.estate
                AND u.archived_at IS NULL
           -- One gateway deep, and within an estate: whoever may see the one may see the other.
           LEFT JOIN device g ON g.tenant_id = $1 AND g.id = f.gateway AND g.estate_id = f.estate AND g.gateway_id IS NULL
           LEFT JOIN household h ON h.tenant_id = $1 AND h.unit_id = u.id AND h.ended_on IS NULL
           ORDER BY f.place"#,
        tenant.0,
        estates as _,
        units as _,
        gateways as _
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Those of the keys that a device of the company has.
pub(super) async fn taken_keys(
    tx: &mut TenantTx,
    tenant: TenantId,
    keys: &[&str],
) -> Result<HashSet<String>> {
    let taken = sqlx::query_scalar!(
        "SELECT key FROM device WHERE tenant_id = $1 AND key = ANY($2)",
        tenant.0,
        keys as _
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(taken.into_iter().collect())
}

/// False where a key is taken; then the transaction is not to be committed.
pub(super) async fn insert_devices(
    tx: &mut TenantTx,
    tenant: TenantId,
    all: &[Fresh],
    now: Timestamp,
) -> Result<bool> {
    let transports: Result<Vec<String>, serde_json::Error> = all
        .iter()
        .map(|fresh| serde_json::to_string(&fresh.device.transport))
        .collect();
    let made = sqlx::query!(
        "INSERT INTO device (tenant_id, id, estate_id, unit_id, key, name, kind, place, transport, gateway_id, model, created_at)
         SELECT $1, f.id, f.estate, f.unit, f.key, f.name, f.kind, f.place, f.transport::jsonb, f.gateway, f.model, $10
         FROM UNNEST($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $11::uuid[], $12::text[])
              AS f(id, estate, unit, key, name, kind, place, transport, gateway, model)
         ON CONFLICT (tenant_id, key) DO NOTHING",
        tenant.0,
        all.iter().map(|fresh| fresh.id).collect::<Vec<_>>() as _,
        all.iter().map(|fresh| fresh.device.estate).collect::<Vec<_>>() as _,
        all.iter().map(|fresh| fresh.device.unit).collect::<Vec<_>>() as _,
        all.iter().map(|fresh| fresh.key.as_str()).collect::<Vec<_>>() as _,
        all.iter().map(|fresh| fresh.device.name.as_str()).collect::<Vec<_>>() as _,
        all.iter().map(|fresh| fresh.device.kind.as_str()).collect::<Vec<_>>() as _,
        all.iter().map(|fresh| fresh.device.place.as_deref()).collect::<Vec<_>>() as _,
        transports.map_err(Error::internal)? as _,
        now.to_sqlx() as _,
        all.iter().map(|fresh| fresh.device.gateway).collect::<Vec<_>>() as _,
        all.iter().map(|fresh| fresh.device.model.as_ref().map(ModelKey::as_str)).collect::<Vec<_>>() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(usize::try_from(made.rows_affected()).is_ok_and(|made| made == all.len()))
}

/// Points, credentials and, where there is a household, tenures that begin at `since`.
pub(super) async fn insert_points(
    tx: &mut TenantTx,
    cx: &Cx,
    all: &[Fresh],
    households: &[Option<HouseholdId>],
    since: Timestamp,
) -> Result<()> {
    #[derive(Default)]
    struct Columns<'a> {
        ids: Vec<PointId>,
        devices: Vec<DeviceId>,
        estates: Vec<EstateId>,
        households: Vec<Option<HouseholdId>>,
        homes: Vec<Option<UnitId>>,
        names: Vec<&'a str>,
        units: Vec<&'a str>,
        types: Vec<&'a str>,
        places: Vec<i32>,
        mins: Vec<Option<f64>>,
        maxs: Vec<Option<f64>>,
    }
    let mut columns = Columns::default();
    for (fresh, household) in all.iter().zip(households) {
        for (place, point) in (0_i32..).zip(&fresh.device.points) {
            columns.ids.push(cx.new_id());
            columns.devices.push(fresh.id);
            columns.estates.push(fresh.device.estate);
            columns.households.push(*household);
            columns.homes.push(fresh.device.unit);
            columns.names.push(&point.name);
            columns.units.push(&point.unit);
            columns.types.push(point.value_type.as_str());
            columns.places.push(place);
            columns.mins.push(point.range.min);
            columns.maxs.push(point.range.max);
        }
    }
    sqlx::query!(
        "WITH credential AS (
             INSERT INTO device_credential (tenant_id, device_id, secret_hash, created_at)
             SELECT $1, c.id, c.hash, $12 FROM UNNEST($2::uuid[], $3::bytea[]) AS c(id, hash)
         ), made AS (
             INSERT INTO point (tenant_id, id, device_id, estate_id, unit_id, name, unit, value_type, place,
                                valid_min, valid_max)
             SELECT $1, p.id, p.device, p.estate, p.home, p.name, p.unit, p.type, p.place, p.min, p.max
             FROM UNNEST($4::uuid[], $5::uuid[], $6::uuid[], $14::uuid[], $7::text[], $8::text[], $9::text[], $10::int[],
                         $15::float8[], $16::float8[])
                  AS p(id, device, estate, home, name, unit, type, place, min, max)
         )
         INSERT INTO point_tenure (tenant_id, point_id, household_id, from_at)
         SELECT $1, o.point, o.household, $13
         FROM UNNEST($4::uuid[], $11::uuid[]) AS o(point, household)
         WHERE o.household IS NOT NULL",
        cx.tenant.id.0,
        all.iter().map(|fresh| fresh.id).collect::<Vec<_>>() as _,
        all.iter().map(|fresh| fresh.secret_hash.as_slice()).collect::<Vec<_>>() as _,
        columns.ids as _,
        columns.devices as _,
        columns.estates as _,
        columns.names as _,
        columns.units as _,
        columns.types as _,
        columns.places as _,
        columns.households as _,
        cx.now().to_sqlx() as _,
        since.to_sqlx() as _,
        columns.homes as _,
        columns.mins as _,
        columns.maxs as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Ends the tenures of other households on the points of these units, and starts the new ones'.
/// The tenant is the transaction's own.
pub(super) async fn start_tenures(
    tx: &mut TenantTx,
    homes: &[(UnitId, HouseholdId)],
    at: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "WITH home AS (
             SELECT DISTINCT p.tenant_id, p.id AS point_id, h.household
             FROM UNNEST($1::uuid[], $2::uuid[]) AS h(unit, household)
             JOIN device d ON d.unit_id = h.unit
             JOIN point p ON p.tenant_id = d.tenant_id AND p.device_id = d.id
         ), ended AS (
             -- A tenure that began at this very moment ends empty, not before it began.
             UPDATE point_tenure o SET to_at = greatest($3, o.from_at)
             FROM home WHERE o.tenant_id = home.tenant_id AND o.point_id = home.point_id
               AND o.household_id <> home.household AND o.to_at IS NULL
         )
         INSERT INTO point_tenure (tenant_id, point_id, household_id, from_at)
         SELECT home.tenant_id, home.point_id, home.household, $3 FROM home
         WHERE NOT EXISTS (SELECT FROM point_tenure o
                           WHERE o.tenant_id = home.tenant_id AND o.point_id = home.point_id
                             AND o.household_id = home.household AND o.to_at IS NULL)
         ON CONFLICT (tenant_id, point_id, household_id, from_at) DO UPDATE SET to_at = NULL",
        homes.iter().map(|home| home.0).collect::<Vec<_>>() as _,
        homes.iter().map(|home| home.1).collect::<Vec<_>>() as _,
        at.to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Whether there is such a device to be seen.
pub(crate) async fn device_there(
    tx: &mut TenantTx,
    tenant: TenantId,
    device: DeviceId,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM device WHERE tenant_id = $1 AND id = $2) AS "there!""#,
        tenant.0,
        device.0
    )
    .fetch_one(tx.conn())
    .await?)
}
