//! What arrives at other processes, for those who listen to this one.

use std::collections::{BTreeSet, HashMap};

use backend::{
    Cx, Site,
    kernel::cx::Tenant,
    telemetry::{self, News},
};
use domain::{DeviceId, TenantId};
use tokio::sync::mpsc;

use super::Hub;

/// Notices that may wait; beyond, everybody starts over.
const WAITING: usize = 1_024;

/// Feeds the hub with what is stored elsewhere, for as long as the process runs. News that pile up
/// while the database is slow are read together.
pub async fn feed(site: Site, hub: Hub) {
    let (passing, mut heard) = mpsc::channel::<News>(WAITING);
    let hearing = telemetry::hear(site.clone(), |news| match news {
        Some(news) if !hub.hears(news.tenant) => {}
        Some(news) => {
            let tenant = news.tenant;
            if passing.try_send(news).is_err() {
                hub.start_over(Some(tenant));
            }
        }
        None => hub.start_over(None),
    });
    let reading = async {
        while let Some(first) = heard.recv().await {
            let mut all: HashMap<TenantId, BTreeSet<DeviceId>> = HashMap::new();
            let mut next = Some(first);
            while let Some(news) = next {
                all.entry(news.tenant).or_default().extend(news.devices);
                next = heard.try_recv().ok();
            }
            for (tenant, devices) in all {
                let devices: Vec<_> = devices.into_iter().collect();
                // The product asks, so nobody has to know the company's slug.
                let cx = Cx::system(&site, Tenant::unattended(tenant, String::new(), false));
                match telemetry::newest_of(&cx, &devices).await {
                    Ok(arrived) => hub.publish(tenant, &arrived),
                    Err(error) => {
                        error.log();
                        hub.start_over(Some(tenant));
                    }
                }
            }
        }
    };
    tokio::join!(hearing, reading);
}
