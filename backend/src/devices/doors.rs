//! Who may speak as a device: secrets, their ends, and gateways that speak for others.
//!
//! A secret is shown once and kept only as SHA-256: it is 256 random bits, so there is nothing to
//! guess and nothing to slow down. A connection knows since when the secret was good that let it
//! in; once another is good, or none, the connection ends.

use std::collections::HashMap;

use domain::{
    Code, DeviceId, EstateId, TenantId,
    audit::{Deed, Subject},
    devices::Credentials,
    identity::{Action, Place},
};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{outside, store::doors as store};
use crate::{
    audit,
    identity::hex,
    kernel::{
        cx::{Cx, Site},
        error::{Error, Result},
        tx::TenantTx,
    },
};

/// A new one: 64 hexadecimal digits.
pub(super) fn secret(site: &Site) -> String {
    hex(&site.random::<32>())
}

pub(super) fn digest(secret: &[u8]) -> [u8; 32] {
    Sha256::digest(secret).into()
}

/// Who a device turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceLogin {
    pub tenant: TenantId,
    pub device: DeviceId,
    pub estate: EstateId,
    /// When the secret was made that let it in.
    pub since: Timestamp,
}

/// Checks a device's credentials. `None` for an unknown device, a revoked or wrong secret and a
/// suspended tenant alike.
///
/// # Errors
/// `unavailable` when the database is away.
pub async fn log_in(
    site: &Site,
    slug: &str,
    key: &str,
    secret: &[u8],
) -> Result<Option<DeviceLogin>> {
    // What comes from a socket may hold a NUL, which Postgres refuses as a failure of ours.
    if slug.contains('\0') || key.contains('\0') {
        return Ok(None);
    }
    let mut tx = site.db.open().await?;
    let found = store::login(&mut tx, slug, key).await?;
    tx.commit().await?;
    Ok(found.and_then(|(login, hash)| {
        let same: bool = digest(secret).as_slice().ct_eq(hash.as_slice()).into();
        same.then_some(login)
    }))
}

/// Gives a device a new secret, which is in the answer and never again; the old one is good for
/// nothing from the commit on, and the connection that it let in ends. A device whose secret was
/// revoked may connect again with the new one.
///
/// # Errors
/// `not_found` for a device that is not there or not to be seen, `forbidden`; `conflict` for one that
/// is retired.
pub async fn rekey(cx: &Cx, id: DeviceId) -> Result<Credentials> {
    let secret = secret(&cx.site);
    let key = change(cx, id, Deed::DeviceRekeyed, Some(&secret)).await?;
    Ok(Credentials::new(&cx.tenant.slug, &key, secret))
}

/// Ends a device's secret, and with it its connection. It says nothing more until it gets another.
///
/// # Errors
/// As [`rekey`].
pub async fn revoke(cx: &Cx, id: DeviceId) -> Result<()> {
    change(cx, id, Deed::DeviceRevoked, None).await.map(drop)
}

/// Answers the device's key. Whoever holds its connection hears of it with the commit.
async fn change(cx: &Cx, id: DeviceId, deed: Deed, secret: Option<&str>) -> Result<String> {
    let scope = cx.authorize(Action::ViewDevices)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let device = store::device(&mut tx, cx.tenant.id, id).await?;
    let device = device.ok_or_else(Error::not_found)?;
    let place = Place::hanging(device.estate, device.unit);
    cx.authorize_at(Action::EditDevices, &place)?;
    if device.retired && secret.is_some() {
        return Err(Error::new(Code::Conflict));
    }
    let hash = secret.map(|secret| digest(secret.as_bytes()));
    store::change(&mut tx, cx.tenant.id, id, hash.as_ref(), cx.now()).await?;
    outside::put_aside(&mut tx, cx, &[(id, device.estate, secret)]).await?;
    audit::record(
        &mut tx,
        cx,
        deed,
        Subject::Device(id),
        Some(device.estate),
        [],
    )
    .await?;
    tx.commit().await?;
    Ok(device.key)
}

/// A connection that a device's secret let in, or one that there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Door {
    pub tenant: TenantId,
    pub device: DeviceId,
    /// When the secret was made that let it in; `None` for a device that is not connected.
    pub since: Option<Timestamp>,
}

/// The user names of those that are to be turned away: connected by another secret than today's,
/// or not connected at all.
///
/// # Errors
/// `unavailable` when the database is away.
pub async fn out(site: &Site, doors: &[Door]) -> Result<Vec<String>> {
    let mut tx = site.db.open().await?;
    let out = store::out(&mut tx, doors).await?;
    tx.commit().await?;
    Ok(out)
}

/// The devices of these keys that a gateway may speak for: those registered under it. For whoever
/// takes in what devices say.
///
/// # Errors
/// `unavailable` when the database is away.
pub async fn behind(
    cx: &Cx,
    gateway: DeviceId,
    keys: &[String],
) -> Result<HashMap<String, (DeviceId, EstateId)>> {
    let scope = cx.authorize(Action::ViewDevices)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let behind = store::behind(&mut tx, cx.tenant.id, gateway, keys).await?;
    tx.commit().await?;
    Ok(behind)
}
