//! The SQL of keys. Their hashes are written and never read back: `linli.key_of` compares them.

use domain::{
    EstateId, KeyId, PersonId, RoleId, TenantId,
    identity::{ApiKey, KeySecret, KeyUse},
};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::types::Json;

use crate::{
    identity::{
        staff::store::{Stored, columns, role_key, split},
        store::GrantRow,
    },
    kernel::{
        clock,
        cx::Cx,
        error::{Error, Result},
        tx::TenantTx,
    },
};

pub(super) async fn insert(
    tx: &mut TenantTx,
    cx: &Cx,
    id: KeyId,
    name: &str,
    secret: &KeySecret,
    grant: &Stored,
    maker: PersonId,
) -> Result<()> {
    let (role, custom) = columns(grant.role);
    // A key has no other places.
    let estates = split(&grant.places).estates;
    sqlx::query!(
        "INSERT INTO api_key (tenant_id, id, name, key_hash, starts_with, role, custom_role_id, everywhere, estates,
                              made_by, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        cx.tenant.id.0,
        id.0,
        name,
        cx.site.keys.api_key(secret),
        secret.starts_with(),
        role,
        custom,
        estates.is_empty(),
        estates as _,
        maker.0,
        cx.now().to_sqlx() as _,
        grant.until.map(ToSqlx::to_sqlx) as _
    )
    .execute(tx.conn())
    .await
    .map_err(|error| match &error {
        sqlx::Error::Database(db) if db.is_unique_violation() => Error::taken("name"),
        _ => error.into(),
    })?;
    Ok(())
}

/// Keys by id, the newest first. Whoever sees part of the company sees those that work at one of its
/// estates and does not see those that work everywhere.
pub(super) async fn keys(
    tx: &mut TenantTx,
    cx: &Cx,
    before: Option<KeyId>,
    most: i64,
) -> Result<Vec<ApiKey>> {
    let rows = sqlx::query!(
        r#"SELECT k.id AS "id: KeyId", k.name, k.starts_with, k.role, k.custom_role_id AS "custom_role: RoleId",
                  c.name AS "role_name?", k.everywhere, p.names AS "places!",
                  k.expires_at AS "expires_at: jiff_sqlx::Timestamp", s.name AS maker,
                  k.used_at AS "used_at: jiff_sqlx::Timestamp", k.used_from
           FROM api_key k
           JOIN staff s ON s.tenant_id = $1 AND s.person_id = k.made_by
           LEFT JOIN custom_role c ON c.tenant_id = $1 AND c.id = k.custom_role_id
           CROSS JOIN LATERAL (
               SELECT coalesce(array_agg(e.name ORDER BY e.name), '{}') AS names
               FROM estate e WHERE e.tenant_id = $1 AND e.id = ANY (k.estates)) p
           WHERE k.tenant_id = $1 AND k.ended_at IS NULL AND ($2::uuid IS NULL OR k.id < $2)
             AND (current_setting('app.places') = '*' OR cardinality(p.names) > 0)
           ORDER BY k.id DESC LIMIT $3"#,
        cx.tenant.id.0,
        before.map(|id| id.0),
        most
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let end = row.expires_at.to_jiff();
            let used = row.used_at.zip(row.used_from);
            Ok(ApiKey {
                id: row.id,
                name: row.name,
                starts_with: row.starts_with,
                role: role_key(&row.role, row.custom_role)?,
                role_name: row.role_name,
                everywhere: row.everywhere,
                places: row.places,
                until: clock::last_day(end, &cx.tenant.zone),
                expired: end <= cx.now(),
                maker: row.maker,
                used: used.map(|(at, from)| KeyUse {
                    at: at.to_jiff(),
                    from,
                }),
            })
        })
        .collect()
}

/// Where a key works that nobody has ended, locked: none for everywhere. Nothing for one that is not
/// to be seen.
pub(super) async fn estates(
    tx: &mut TenantTx,
    tenant: TenantId,
    id: KeyId,
) -> Result<Option<Vec<EstateId>>> {
    Ok(sqlx::query_scalar!(
        r#"SELECT k.estates AS "estates: Vec<EstateId>" FROM api_key k
           WHERE k.tenant_id = $1 AND k.id = $2 AND k.ended_at IS NULL
             AND (current_setting('app.places') = '*'
                  OR EXISTS (SELECT FROM estate e WHERE e.tenant_id = $1 AND e.id = ANY (k.estates)))
           FOR UPDATE OF k"#,
        tenant.0,
        id.0
    )
    .fetch_optional(tx.conn())
    .await?)
}

pub(super) async fn end(
    tx: &mut TenantTx,
    tenant: TenantId,
    id: KeyId,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "UPDATE api_key SET ended_at = $3 WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        id.0,
        now.to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn end_of_maker(
    tx: &mut TenantTx,
    tenant: TenantId,
    maker: PersonId,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "UPDATE api_key SET ended_at = $3 WHERE tenant_id = $1 AND made_by = $2 AND ended_at IS NULL",
        tenant.0,
        maker.0,
        now.to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) struct KeyRow {
    pub(super) key: KeyId,
    pub(super) name: String,
    pub(super) tenant: TenantId,
    pub(super) slug: String,
    pub(super) company: String,
    pub(super) time_zone: String,
    pub(super) language: String,
    pub(super) tenant_state: String,
    pub(super) own: Json<GrantRow>,
    pub(super) held: Json<Vec<GrantRow>>,
    pub(super) second_factor_missing: bool,
}

/// A key that opens something. Crosses tenants: the key is all that is known.
pub(super) async fn by_hash(
    tx: &mut TenantTx,
    hash: &[u8],
    now: Timestamp,
    from: &str,
) -> Result<Option<KeyRow>> {
    Ok(sqlx::query_as!(
        KeyRow,
        r#"SELECT key_id AS "key!: KeyId", key_name AS "name!", tenant AS "tenant!: TenantId", slug AS "slug!",
                  company AS "company!", time_zone AS "time_zone!", linli.language_of(tenant) AS "language!",
                  tenant_state AS "tenant_state!",
                  own AS "own!: Json<GrantRow>", held AS "held!: Json<Vec<GrantRow>>",
                  linli.second_factor_missing(tenant, maker) AS "second_factor_missing!"
           FROM linli.key_of($1, $2, $3)"#,
        hash,
        now.to_sqlx() as _,
        from
    )
    .fetch_optional(tx.conn())
    .await?)
}
