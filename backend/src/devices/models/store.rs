//! The SQL of models, and of the devices that follow them in [`followers`].

pub(super) mod followers;

use std::collections::HashMap;

use domain::{
    ModelId, TenantId,
    devices::{
        NewPoint,
        models::{DeviceModel, ModelFilter, ModelKey, ModelRow},
        register_map::RegisterMap,
    },
};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::types::Json;

use super::{kind, row};
use crate::kernel::{
    error::{Error, Result},
    tx::TenantTx,
};

/// A model as it is stored.
struct Row {
    slug: String,
    name: String,
    maker: String,
    kind: String,
    points: Json<Vec<NewPoint>>,
    map: Option<Json<RegisterMap>>,
}

impl TryFrom<Row> for DeviceModel {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.slug.parse().map_err(Error::internal)?,
            kind: kind(&row.kind)?,
            name: row.name,
            maker: row.maker,
            points: row.points.0,
            map: row.map.map(|map| map.0),
        })
    }
}

/// Those of the company's own after a cursor, with how many devices in use follow each.
pub(super) async fn list(
    tx: &mut TenantTx,
    tenant: TenantId,
    filter: &ModelFilter,
    after: Option<&ModelKey>,
    most: i64,
) -> Result<Vec<ModelRow>> {
    let q = filter
        .q
        .as_deref()
        .unwrap_or_default()
        .trim()
        .to_lowercase();
    let rows = sqlx::query!(
        r#"SELECT m.slug, m.name, m.maker, m.kind, m.points AS "points: Json<Vec<NewPoint>>",
                  m.map AS "map: Json<RegisterMap>", m.archived_at IS NOT NULL AS "archived!",
                  (SELECT count(*) FROM device d
                   WHERE d.tenant_id = $1 AND d.model = m.slug AND d.retired_at IS NULL) AS "devices!"
           FROM device_model m
           WHERE m.tenant_id = $1 AND ($2::text IS NULL OR m.slug > $2)
             AND (m.archived_at IS NOT NULL) = $3
             AND ($4::text IS NULL OR m.kind = $4)
             AND position($5::text IN lower(concat_ws(' ', m.slug, m.maker, m.name))) > 0
           ORDER BY m.slug LIMIT $6"#,
        tenant.0,
        after.map(ModelKey::as_str),
        filter.archived,
        filter.kind.map(domain::devices::DeviceKind::as_str),
        q,
        most
    )
    .fetch_all(tx.conn())
    .await?;
    let rows = rows.into_iter().map(|found| {
        let (devices, archived) = (found.devices, found.archived);
        let model = DeviceModel::try_from(Row {
            slug: found.slug,
            name: found.name,
            maker: found.maker,
            kind: found.kind,
            points: found.points,
            map: found.map,
        })?;
        Ok(row(&model, false, devices, archived))
    });
    rows.collect()
}

/// How many devices in use are asked by the map of each of Linli's models.
pub(super) async fn asked_by_known(
    tx: &mut TenantTx,
    tenant: TenantId,
) -> Result<HashMap<String, i64>> {
    let rows = sqlx::query!(
        r#"SELECT transport #>> '{modbus,map}' AS "id!", count(*) AS "devices!"
           FROM device
           WHERE tenant_id = $1 AND transport ? 'modbus' AND model IS NULL AND retired_at IS NULL
             AND jsonb_typeof(transport #> '{modbus,map}') = 'string'
           GROUP BY 1"#,
        tenant.0
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.devices)).collect())
}

/// A model of the company's own, and whether it is archived.
pub(super) async fn model(
    tx: &mut TenantTx,
    tenant: TenantId,
    slug: &ModelKey,
) -> Result<Option<(ModelId, DeviceModel, bool)>> {
    let found = sqlx::query!(
        r#"SELECT id AS "id: ModelId", slug, name, maker, kind, points AS "points: Json<Vec<NewPoint>>",
                  map AS "map: Json<RegisterMap>", archived_at IS NOT NULL AS "archived!"
           FROM device_model WHERE tenant_id = $1 AND slug = $2"#,
        tenant.0,
        slug.as_str()
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(found) = found else { return Ok(None) };
    let model = DeviceModel::try_from(Row {
        slug: found.slug,
        name: found.name,
        maker: found.maker,
        kind: found.kind,
        points: found.points,
        map: found.map,
    })?;
    Ok(Some((found.id, model, found.archived)))
}

/// The same, for whoever changes it: no device is registered with it meanwhile.
pub(super) async fn locked(
    tx: &mut TenantTx,
    tenant: TenantId,
    slug: &ModelKey,
) -> Result<Option<(ModelId, DeviceModel, bool)>> {
    sqlx::query!(
        "SELECT FROM device_model WHERE tenant_id = $1 AND slug = $2 FOR UPDATE",
        tenant.0,
        slug.as_str()
    )
    .fetch_optional(tx.conn())
    .await?;
    model(tx, tenant, slug).await
}

/// Of these names those that devices may be registered with, unchanged until the transaction ends.
pub(super) async fn held(
    tx: &mut TenantTx,
    tenant: TenantId,
    names: &[&str],
) -> Result<Vec<DeviceModel>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT slug, name, maker, kind, points AS "points: Json<Vec<NewPoint>>",
                  map AS "map: Json<RegisterMap>"
           FROM device_model WHERE tenant_id = $1 AND slug = ANY ($2) AND archived_at IS NULL
           ORDER BY slug FOR SHARE"#,
        tenant.0,
        names as _
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(DeviceModel::try_from).collect()
}

pub(super) async fn all(
    tx: &mut TenantTx,
    tenant: TenantId,
    archived: bool,
) -> Result<Vec<DeviceModel>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT slug, name, maker, kind, points AS "points: Json<Vec<NewPoint>>",
                  map AS "map: Json<RegisterMap>"
           FROM device_model WHERE tenant_id = $1 AND (archived_at IS NULL OR $2) ORDER BY slug"#,
        tenant.0,
        archived
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(DeviceModel::try_from).collect()
}

/// How many models there are; nobody makes one until the transaction ends.
pub(super) async fn count(tx: &mut TenantTx, tenant: TenantId) -> Result<i64> {
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtextextended('linli.models ' || $1::text, 0))",
        tenant.0.to_string()
    )
    .execute(tx.conn())
    .await?;
    Ok(sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM device_model WHERE tenant_id = $1"#,
        tenant.0
    )
    .fetch_one(tx.conn())
    .await?)
}

/// False where another has the id.
pub(super) async fn insert(
    tx: &mut TenantTx,
    tenant: TenantId,
    id: ModelId,
    model: &DeviceModel,
    now: Timestamp,
) -> Result<bool> {
    let made = sqlx::query!(
        "INSERT INTO device_model (tenant_id, id, slug, name, maker, kind, points, map, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (tenant_id, slug) DO NOTHING",
        tenant.0,
        id.0,
        model.id.as_str(),
        model.name,
        model.maker,
        model.kind.as_str(),
        Json(&model.points) as _,
        model.map.as_ref().map(Json) as _,
        now.to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(made.rows_affected() == 1)
}

pub(super) async fn update(tx: &mut TenantTx, tenant: TenantId, model: &DeviceModel) -> Result<()> {
    sqlx::query!(
        "UPDATE device_model SET name = $3, maker = $4, points = $5, map = $6
         WHERE tenant_id = $1 AND slug = $2",
        tenant.0,
        model.id.as_str(),
        model.name,
        model.maker,
        Json(&model.points) as _,
        model.map.as_ref().map(Json) as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// From then on; not any more where that is nothing.
pub(super) async fn archive(
    tx: &mut TenantTx,
    tenant: TenantId,
    slug: &ModelKey,
    at: Option<Timestamp>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE device_model SET archived_at = $3 WHERE tenant_id = $1 AND slug = $2",
        tenant.0,
        slug.as_str(),
        at.map(jiff_sqlx::Timestamp::from) as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn delete(tx: &mut TenantTx, tenant: TenantId, slug: &ModelKey) -> Result<()> {
    sqlx::query!(
        "DELETE FROM device_model WHERE tenant_id = $1 AND slug = $2",
        tenant.0,
        slug.as_str()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
