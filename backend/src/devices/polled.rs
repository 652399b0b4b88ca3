//! Devices that say nothing by themselves and are asked, for whoever asks them.

use domain::{DeviceId, EstateId, TenantId, devices::modbus::Modbus, identity::Scope};

use super::store::polled as store;
use crate::kernel::{
    cx::{Cx, Site, Tenant},
    error::Result,
    tx::TenantTx,
};

/// A device and how to ask it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Polled {
    pub tenant: TenantId,
    /// The tenant's.
    pub slug: String,
    pub device: DeviceId,
    pub estate: EstateId,
    pub modbus: Modbus,
}

/// All of them, of every company that is not suspended. One that is registered is told as
/// [`Changed::Device`](crate::identity::Changed), with its commit.
///
/// # Errors
/// `unavailable` when the database is away.
pub async fn polled(site: &Site) -> Result<Vec<Polled>> {
    let mut tx = site.db.open().await?;
    let tenants = store::tenants(&mut tx).await?;
    tx.commit().await?;
    let mut all = Vec::new();
    for (tenant, slug) in tenants {
        let cx = Cx::system(site, Tenant::unattended(tenant, slug, false));
        let mut tx = TenantTx::begin(&cx, &Scope::Everywhere).await?;
        all.extend(store::of(&mut tx, &cx).await?);
        tx.commit().await?;
    }
    Ok(all)
}
