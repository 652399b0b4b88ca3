//! What arrives at one process, told to the others that serve the same companies.
//!
//! A notice holds ids and nothing else: notices pass row security by, and whoever hears one reads
//! the values as the company's own. One notice a batch, however many readings it has, since
//! Postgres takes a lock of the whole database for each commit that tells something.

use domain::{DeviceId, TenantId, identity::Scope};
use uuid::Uuid;

use super::{ingest::Arrived, store::arrivals as store};
use crate::kernel::{
    cx::{Cx, Site},
    error::Result,
    news,
    tx::TenantTx,
};

const CHANNEL: &str = "linli_arrived";
/// A notice is less than 8,000 bytes long: a company and so many devices are.
const MOST: usize = 200;

/// Some devices of a company have news.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    pub tenant: TenantId,
    pub devices: Vec<DeviceId>,
}

impl News {
    fn write(tenant: TenantId, devices: &[DeviceId]) -> String {
        let ids = devices.iter().map(|device| device.0);
        let ids = std::iter::once(tenant.0).chain(ids);
        ids.map(|id| id.simple().to_string())
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn read(notice: &str) -> Option<Self> {
        let mut ids = notice.split(' ').map(Uuid::parse_str);
        let tenant = TenantId(ids.next()?.ok()?);
        let devices = ids.map(|id| id.map(DeviceId));
        let devices = devices.collect::<Result<_, _>>().ok()?;
        Some(Self { tenant, devices })
    }
}

/// Tells the others with the commit.
pub(super) async fn tell(
    tx: &mut TenantTx,
    tenant: TenantId,
    devices: impl IntoIterator<Item = DeviceId>,
) -> Result<()> {
    let devices: Vec<_> = devices.into_iter().collect();
    let notices = devices.chunks(MOST).map(|some| News::write(tenant, some));
    let notices: Vec<_> = notices.collect();
    if notices.is_empty() {
        return Ok(());
    }
    store::tell(tx, CHANNEL, &notices).await
}

/// Passes on the news of all companies, for as long as the process runs. Each time that it begins
/// to listen it says `None`, since nobody knows what was told before.
pub async fn hear(site: Site, mut pass_on: impl FnMut(Option<News>) + Send) {
    news::follow(&site, CHANNEL, |notice| match notice.map(News::read) {
        None => pass_on(None),
        Some(Some(news)) => pass_on(Some(news)),
        Some(None) => tracing::warn!("a notice of readings cannot be read"),
    })
    .await;
}

/// The newest values of some devices, for whoever has heard of news.
///
/// # Errors
/// `forbidden` for anybody but the product itself; `unavailable` when the database is away.
pub async fn newest_of(cx: &Cx, devices: &[DeviceId]) -> Result<Vec<Arrived>> {
    cx.product_only()?;
    let mut tx = TenantTx::begin(cx, &Scope::Everywhere).await?;
    let newest = store::newest_of(&mut tx, cx.tenant.id, devices).await?;
    tx.commit().await?;
    Ok(newest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_fits_and_can_be_read() {
        let tenant = TenantId(Uuid::from_u128(u128::MAX));
        let devices: Vec<_> = (0..MOST)
            .map(|n| DeviceId(Uuid::from_u128(n as u128)))
            .collect();
        let notice = News::write(tenant, &devices);
        assert!(notice.len() < 8_000, "{}", notice.len());
        assert_eq!(News::read(&notice), Some(News { tenant, devices }));
        for odd in ["", "x", "0 1"] {
            assert_eq!(News::read(odd), None);
        }
    }
}
