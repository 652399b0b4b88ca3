//! Turns the devices of suspended companies away.
//!
//! Ingest stores nothing for them whoever is connected; this is what ends the connections, so that
//! devices know soon that they have to keep what they read.

use std::time::Duration;

use backend::{Site, identity::Changed, tenancy};
use bridge::broker::Gate;
use domain::TenantId;
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::sleep,
};

/// Between two looks at a database that is away.
const PAUSE: Duration = Duration::from_secs(1);

/// Ends the connections of companies as they are suspended, for as long as there are news.
pub async fn keep(site: Site, gate: Gate, mut changes: Receiver<Changed>) {
    loop {
        let concerned = match changes.recv().await {
            Ok(Changed::Tenant(tenant)) => vec![tenant],
            // Something may have been missed.
            Ok(Changed::Anything) | Err(RecvError::Lagged(_)) => gate.tenants(),
            Ok(Changed::Session(_) | Changed::Person(..)) => continue,
            Err(RecvError::Closed) => return,
        };
        for tenant in suspended(&site, &concerned).await {
            tracing::info!(%tenant, "the devices of a suspended company are turned away");
            gate.shut(tenant).await;
        }
    }
}

/// Which of them are, as soon as the database says so.
async fn suspended(site: &Site, concerned: &[TenantId]) -> Vec<TenantId> {
    if concerned.is_empty() {
        return Vec::new();
    }
    loop {
        match tenancy::suspended(site, concerned).await {
            Ok(found) => return found,
            Err(error) => error.log(),
        }
        sleep(PAUSE).await;
    }
}
