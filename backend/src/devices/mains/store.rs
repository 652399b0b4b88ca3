//! The SQL of main meters.

use domain::{
    BuildingId, DeviceId, EstateId, TenantId,
    devices::{
        DeviceKind,
        mains::{Below, BuildingMeters, Hangings, OwnMeter},
    },
};

use crate::kernel::{error::Result, tx::TenantTx};

/// A meter that others may hang below.
pub(super) struct Main {
    pub(super) id: DeviceId,
    pub(super) estate: EstateId,
    kind: String,
    /// Whether it is a unit's.
    home: bool,
}

impl Main {
    /// Whether anything can hang below it: the estate's own meters alone.
    pub(super) fn can_be_one(&self) -> bool {
        let kind = DeviceKind::parse(&self.kind);
        !self.home && kind.is_some_and(|kind| kind.register().is_some())
    }
}

pub(super) async fn main(
    tx: &mut TenantTx,
    tenant: TenantId,
    id: DeviceId,
) -> Result<Option<Main>> {
    Ok(sqlx::query_as!(
        Main,
        r#"SELECT id AS "id: DeviceId", estate_id AS "estate: EstateId", kind, unit_id IS NOT NULL AS "home!"
           FROM device WHERE tenant_id = $1 AND id = $2 AND retired_at IS NULL"#,
        tenant.0,
        id.0
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Until the transaction ends.
pub(super) async fn lock(tx: &mut TenantTx, tenant: TenantId, estate: EstateId) -> Result<()> {
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtextextended('linli.mains ' || $1::text || $2::text, 0))",
        tenant.0.to_string(),
        estate.0.to_string()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The main meters above one, itself included.
pub(super) async fn above(
    tx: &mut TenantTx,
    tenant: TenantId,
    id: DeviceId,
) -> Result<Vec<DeviceId>> {
    Ok(sqlx::query_scalar!(
        r#"WITH RECURSIVE up(id, main_id) AS (
               SELECT d.id, d.main_id FROM device d WHERE d.tenant_id = $1 AND d.id = $2
               UNION
               SELECT d.id, d.main_id FROM up JOIN device d ON d.tenant_id = $1 AND d.id = up.main_id
           )
           SELECT id AS "id!: DeviceId" FROM up"#,
        tenant.0,
        id.0
    )
    .fetch_all(tx.conn())
    .await?)
}

pub(super) async fn hangings(tx: &mut TenantTx, tenant: TenantId, main: &Main) -> Result<Hangings> {
    let buildings = sqlx::query_as!(
        BuildingMeters,
        r#"SELECT b.id AS "building: BuildingId", b.name, count(*) AS "meters!",
                  count(*) FILTER (WHERE d.main_id = $4) AS "below!"
           FROM device d
           JOIN unit u ON u.tenant_id = $1 AND u.id = d.unit_id
           JOIN building b ON b.tenant_id = $1 AND b.id = u.building_id
           WHERE d.tenant_id = $1 AND d.estate_id = $2 AND d.kind = $3 AND d.retired_at IS NULL
           GROUP BY b.id, b.name, b.sort_key
           ORDER BY b.sort_key, b.id"#,
        tenant.0,
        main.estate.0,
        main.kind,
        main.id.0
    )
    .fetch_all(tx.conn())
    .await?;
    let above = above(tx, tenant, main.id).await?;
    let meters = sqlx::query_as!(
        OwnMeter,
        r#"SELECT d.id AS "device: DeviceId", d.name, coalesce(d.main_id = $4, false) AS "below!"
           FROM device d
           WHERE d.tenant_id = $1 AND d.estate_id = $2 AND d.kind = $3 AND d.unit_id IS NULL
             AND d.retired_at IS NULL AND d.id <> ALL ($5)
           ORDER BY d.name, d.id"#,
        tenant.0,
        main.estate.0,
        main.kind,
        main.id.0,
        above as _
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(Hangings { buildings, meters })
}

/// Answers how many meters hang elsewhere now than before.
pub(super) async fn hang(
    tx: &mut TenantTx,
    tenant: TenantId,
    main: &Main,
    below: &Below,
) -> Result<u64> {
    let changed = sqlx::query!(
        "UPDATE device d SET main_id = CASE WHEN w.below THEN $4::uuid END
         FROM (SELECT o.id, o.id = ANY ($5) OR coalesce(u.building_id = ANY ($6), false) AS below
               FROM device o LEFT JOIN unit u ON u.tenant_id = $1 AND u.id = o.unit_id
               WHERE o.tenant_id = $1 AND o.estate_id = $2 AND o.kind = $3 AND o.retired_at IS NULL) w
         WHERE d.tenant_id = $1 AND d.id = w.id AND d.id <> $4
           AND w.below IS DISTINCT FROM (d.main_id IS NOT DISTINCT FROM $4)",
        tenant.0,
        main.estate.0,
        main.kind,
        main.id.0,
        below.meters as _,
        below.buildings as _
    )
    .execute(tx.conn())
    .await?;
    Ok(changed.rows_affected())
}
