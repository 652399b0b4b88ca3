//! Devices that speak over a broker which is not ours: whose they are, and what that broker has
//! still to be told of their secrets.
//!
//! The broker wants a secret in the clear, and only its hash is kept. So with the commit that makes
//! a secret it is put aside, sealed, until the broker has been told; a process that ends in between
//! leaves nothing behind that is never told.

use domain::{DeviceId, EstateId, Secret, identity::Scope};
use jiff::Timestamp;

use super::{doors::DeviceLogin, store::outside as store};
use crate::kernel::{
    cx::{Cx, Site, Tenant},
    error::Result,
    tx::TenantTx,
};

/// The companies whose devices speak over a broker, each as the product's own context. One that is
/// suspended is not among them.
///
/// # Errors
/// `unavailable` when the database is away.
pub async fn bridged(site: &Site) -> Result<Vec<Cx>> {
    let mut tx = site.db.open().await?;
    let tenants = store::bridged(&mut tx).await?;
    tx.commit().await?;
    let cx = |(tenant, slug)| Cx::system(site, Tenant::unattended(tenant, slug, false));
    Ok(tenants.into_iter().map(cx).collect())
}

/// The device of that key which may speak over a broker: its secret is not revoked, and it is in use.
///
/// # Errors
/// `unavailable` when the database is away.
pub async fn speaker(cx: &Cx, key: &str) -> Result<Option<DeviceLogin>> {
    cx.product_only()?;
    let mut tx = TenantTx::begin(cx, &Scope::Everywhere).await?;
    let found = store::speaker(&mut tx, cx.tenant.id, key).await?;
    tx.commit().await?;
    Ok(found)
}

/// Something that the broker has to be told of a device.
#[derive(Debug)]
pub struct AccountDue {
    pub device: DeviceId,
    /// `{slug}:{key}`.
    pub username: String,
    /// None: the account is to end.
    pub secret: Option<Secret>,
    changed_at: Timestamp,
}

/// At most `most` of what the broker has to be told, of one company after the other: what is to end
/// first, since the rest may have to wait.
///
/// # Errors
/// `unavailable` when the database is away.
pub async fn accounts_due(site: &Site, most: i64) -> Result<Vec<(Cx, Vec<AccountDue>)>> {
    let mut tx = site.db.open().await?;
    let tenants = store::with_accounts_due(&mut tx).await?;
    tx.commit().await?;
    let mut all = Vec::new();
    for (tenant, slug) in tenants {
        let cx = Cx::system(site, Tenant::unattended(tenant, slug, false));
        let mut tx = TenantTx::begin(&cx, &Scope::Everywhere).await?;
        let rows = store::accounts_due(&mut tx, tenant, most).await?;
        tx.commit().await?;
        let due = rows.into_iter().map(|row| AccountDue {
            device: row.device,
            username: format!("{}:{}", cx.tenant.slug, row.key),
            secret: opened(&cx, &row),
            changed_at: row.changed_at,
        });
        let due: Vec<_> = due.collect();
        all.push((cx, due));
    }
    Ok(all)
}

/// The secret that was put aside. One that was sealed under another key file is lost for good, and kept
/// it would stand in the way of others: the device's account ends until it has a new password.
fn opened(cx: &Cx, row: &store::AccountRow) -> Option<Secret> {
    let sealed = row.sealed.as_ref()?;
    let keys = &cx.site.keys;
    match keys.open_device_secret(cx.tenant.id, row.device, sealed) {
        Ok(secret) => Some(Secret::new(secret)),
        Err(error) => {
            error.log();
            tracing::error!(
                company = cx.tenant.slug,
                key = row.key,
                "a device needs a new password: the one for the broker cannot be read"
            );
            None
        }
    }
}

/// The broker has been told. What has changed since then is still due.
///
/// # Errors
/// `unavailable` when the database is away: then it is told again.
pub async fn accounts_told(cx: &Cx, told: &[AccountDue]) -> Result<()> {
    cx.product_only()?;
    let told: Vec<_> = told
        .iter()
        .map(|due| (due.device, due.changed_at))
        .collect();
    let mut tx = TenantTx::begin(cx, &Scope::Everywhere).await?;
    store::told(&mut tx, cx.tenant.id, &told).await?;
    tx.commit().await
}

/// Puts aside what the broker has to be told of some devices, inside the transaction that changes
/// their secrets. Does nothing where the broker is ours.
pub(super) async fn put_aside(
    tx: &mut TenantTx,
    cx: &Cx,
    devices: &[(DeviceId, EstateId, Option<&str>)],
) -> Result<()> {
    if !cx.site.tells_a_broker || devices.is_empty() {
        return Ok(());
    }
    let mut rows = Vec::with_capacity(devices.len());
    for (device, estate, secret) in devices {
        let seal = |secret: &str| {
            let nonce = cx.site.random();
            cx.site
                .keys
                .seal_device_secret(cx.tenant.id, *device, nonce, secret)
        };
        rows.push((*device, *estate, secret.map(seal).transpose()?));
    }
    store::put_aside(tx, cx.tenant.id, &rows, cx.now()).await
}
