//! The room's SQL.

use domain::{
    TenantId,
    tenancy::{Company, Currency, Language, LogoKind, Quota, Step, Suspended, Usage},
};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;

use super::Pace;
use crate::kernel::{
    cx::{Cx, Tenant},
    error::{Error, Result},
    tx::TenantTx,
};

pub(super) async fn slug_taken(tx: &mut TenantTx, slug: &str) -> Result<bool> {
    Ok(
        sqlx::query_scalar!(r#"SELECT linli.slug_taken($1) AS "taken!""#, slug)
            .fetch_one(tx.conn())
            .await?,
    )
}

/// False where the slug is taken.
pub(super) async fn found(tx: &mut TenantTx, tenant: &Tenant, now: Timestamp) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"SELECT linli.found_tenant($1, $2, $3, $4) AS "founded!""#,
        tenant.id.0,
        tenant.slug,
        tenant.name,
        now.to_sqlx() as _
    )
    .fetch_one(tx.conn())
    .await?)
}

/// About what a reading takes, in bytes, with its index and its share of the half hours where a point
/// speaks once a minute: docs/OPERATIONS.md says how that was measured.
const READING_BYTES: i64 = 200;

/// What the transaction's tenant uses of its plan. With `hold` nobody else adds until the
/// transaction has ended.
pub(super) async fn usage(tx: &mut TenantTx, hold: bool, now: Timestamp) -> Result<Usage> {
    let row = sqlx::query!(
        r#"SELECT plan AS "plan!", most_estates AS "most_estates!", estates AS "estates!",
                  most_units AS "most_units!", units AS "units!",
                  most_devices AS "most_devices!", devices AS "devices!",
                  most_readings AS "most_readings!", readings AS "readings!",
                  most_storage AS "most_storage!", storage AS "storage!"
           FROM linli.usage($1, $2, $3)"#,
        hold,
        now.to_sqlx() as _,
        READING_BYTES
    )
    .fetch_one(tx.conn())
    .await?;
    let quota = |used, most: i32| Quota {
        used,
        most: i64::from(most),
    };
    Ok(Usage {
        plan: row.plan,
        estates: quota(row.estates, row.most_estates),
        units: quota(row.units, row.most_units),
        devices: quota(row.devices, row.most_devices),
        readings: Quota {
            used: row.readings,
            most: row.most_readings,
        },
        storage: Quota {
            used: row.storage,
            most: row.most_storage,
        },
    })
}

pub(super) async fn suspended(tx: &mut TenantTx, tenants: &[TenantId]) -> Result<Vec<TenantId>> {
    Ok(sqlx::query_scalar!(
        r#"SELECT id AS "id!: TenantId" FROM linli.suspended($1) AS id"#,
        tenants as _
    )
    .fetch_all(tx.conn())
    .await?)
}

/// What a company says about itself, and how far it has come.
pub(super) struct Own {
    pub(super) name: String,
    pub(super) time_zone: String,
    pub(super) currency: Currency,
    pub(super) language: Language,
    pub(super) suspended: Option<Suspended>,
    pub(super) logo: Option<Timestamp>,
    /// Those that are done.
    pub(super) steps: Vec<Step>,
    pub(super) put_away: bool,
}

pub(super) async fn own(tx: &mut TenantTx, tenant: TenantId) -> Result<Own> {
    let row = sqlx::query!(
        r#"SELECT t.name, t.time_zone, t.currency AS "currency!", t.language, t.state, t.suspended_for,
                  t.suspended_at AS "suspended_at?: jiff_sqlx::Timestamp",
                  t.steps_put_away_at IS NOT NULL AS "put_away!",
                  l.set_at AS "logo?: jiff_sqlx::Timestamp",
                  EXISTS (SELECT FROM estate e WHERE e.tenant_id = $1) AS "estate!",
                  EXISTS (SELECT FROM unit u WHERE u.tenant_id = $1) AS "units!",
                  EXISTS (SELECT FROM device d WHERE d.tenant_id = $1) AS "device!",
                  EXISTS (SELECT FROM point_newest n WHERE n.tenant_id = $1) AS "reading!",
                  (EXISTS (SELECT FROM invitation i WHERE i.tenant_id = $1)
                   OR EXISTS (SELECT FROM home_code c WHERE c.tenant_id = $1)) AS "owner!",
                  (EXISTS (SELECT FROM staff_invitation j WHERE j.tenant_id = $1)
                   OR (SELECT count(*) FROM staff s WHERE s.tenant_id = $1) > 1) AS "staff!"
           FROM tenant t LEFT JOIN company_logo l ON l.tenant_id = t.id
           WHERE t.id = $1"#,
        tenant.0
    )
    .fetch_one(tx.conn())
    .await?;
    let done = [
        (Step::Estate, row.estate),
        (Step::Units, row.units),
        (Step::Device, row.device),
        (Step::Reading, row.reading),
        (Step::Owner, row.owner),
        (Step::Staff, row.staff),
        (Step::Logo, row.logo.is_some()),
    ];
    let broken = |column: &str| Error::internal(format!("unknown word in {column}"));
    Ok(Own {
        name: row.name,
        time_zone: row.time_zone,
        currency: Currency::parse(&row.currency).ok_or_else(|| broken("currency"))?,
        language: Language::parse(&row.language).ok_or_else(|| broken("language"))?,
        suspended: (row.state == "suspended").then(|| Suspended {
            since: row.suspended_at.map(jiff_sqlx::Timestamp::to_jiff),
            why: row.suspended_for.unwrap_or_default(),
        }),
        logo: row.logo.map(jiff_sqlx::Timestamp::to_jiff),
        steps: done
            .into_iter()
            .filter_map(|(step, done)| done.then_some(step))
            .collect(),
        put_away: row.put_away,
    })
}

/// Whether the database has that zone as well.
pub(super) async fn knows_zone(tx: &mut TenantTx, zone: &str) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM pg_catalog.pg_timezone_names z WHERE lower(z.name) = lower($1)) AS "known!""#,
        zone
    )
    .fetch_one(tx.conn())
    .await?)
}

pub(super) async fn change(tx: &mut TenantTx, tenant: TenantId, company: &Company) -> Result<()> {
    sqlx::query!(
        "UPDATE tenant SET name = coalesce($2, name), time_zone = coalesce($3, time_zone),
                           currency = coalesce($4, currency), language = coalesce($5, language)
         WHERE id = $1",
        tenant.0,
        company.name,
        company.time_zone,
        company.currency.map(Currency::as_str),
        company.language.map(Language::as_str)
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn set_logo(
    tx: &mut TenantTx,
    cx: &Cx,
    kind: LogoKind,
    bytes: &[u8],
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO company_logo (tenant_id, kind, bytes, set_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant_id) DO UPDATE
         SET kind = excluded.kind, bytes = excluded.bytes, set_at = excluded.set_at",
        cx.tenant.id.0,
        kind.as_str(),
        bytes,
        cx.now().to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// False where there is none.
pub(super) async fn drop_logo(tx: &mut TenantTx, tenant: TenantId) -> Result<bool> {
    let gone = sqlx::query!("DELETE FROM company_logo WHERE tenant_id = $1", tenant.0);
    Ok(gone.execute(tx.conn()).await?.rows_affected() > 0)
}

pub(super) async fn logo(
    tx: &mut TenantTx,
    tenant: TenantId,
) -> Result<Option<(LogoKind, Vec<u8>)>> {
    let row = sqlx::query!(
        "SELECT kind, bytes FROM company_logo WHERE tenant_id = $1",
        tenant.0
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.and_then(|row| Some((LogoKind::parse(&row.kind)?, row.bytes))))
}

pub(super) async fn put_steps_away(
    tx: &mut TenantTx,
    tenant: TenantId,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "UPDATE tenant SET steps_put_away_at = coalesce(steps_put_away_at, $2) WHERE id = $1",
        tenant.0,
        now.to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn any_tenant(tx: &mut TenantTx) -> Result<bool> {
    Ok(
        sqlx::query_scalar!(r#"SELECT linli.any_tenant() AS "any!""#)
            .fetch_one(tx.conn())
            .await?,
    )
}

pub(super) async fn wants_second_factor(tx: &mut TenantTx, tenant: TenantId) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"SELECT second_factor = 'required' AS "wanted!" FROM tenant WHERE id = $1"#,
        tenant.0
    )
    .fetch_one(tx.conn())
    .await?)
}

pub(super) async fn want_second_factor(
    tx: &mut TenantTx,
    tenant: TenantId,
    wanted: bool,
) -> Result<()> {
    let word = if wanted { "required" } else { "optional" };
    sqlx::query!(
        "UPDATE tenant SET second_factor = $2 WHERE id = $1",
        tenant.0,
        word
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn pace(tx: &mut TenantTx) -> Result<Pace> {
    let row =
        sqlx::query!(r#"SELECT company AS "company!", device AS "device!" FROM linli.pace()"#)
            .fetch_one(tx.conn())
            .await?;
    Ok(Pace {
        company: row.company.unsigned_abs(),
        device: row.device.unsigned_abs(),
    })
}
