//! The SQL of changed units.

use domain::{
    TenantId, UnitId,
    estates::{Occupancy, UnitFacts},
};
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;

use super::super::store::or_taken;
use crate::kernel::error::Result;

pub(super) async fn update(
    conn: &mut PgConnection,
    tenant: TenantId,
    unit: UnitId,
    facts: &UnitFacts,
    sort_key: &str,
) -> Result<()> {
    sqlx::query!(
        "UPDATE unit
         SET code = $3, sort_key = $4, floor_label = $5, true_floor = $6, gross_area = $7, inner_area = $8,
             use = $9, occupancy = $10, fee_start = $11
         WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        unit.0,
        facts.unit,
        sort_key,
        facts.floor_label,
        facts.true_floor,
        facts.area.map(|area| area.0),
        facts.inner_area.map(|area| area.0),
        facts.use_.as_str(),
        facts.occupancy.map(Occupancy::as_str),
        facts.fee_start.map(ToSqlx::to_sqlx) as _
    )
    .execute(conn)
    .await
    .map_err(|error| or_taken(error, "unit"))?;
    Ok(())
}
