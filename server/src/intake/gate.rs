//! Turns devices away: those of suspended companies, and those whose secret is good no longer.
//!
//! Ingest stores nothing for a suspended company whoever is connected; this is what ends the
//! connections, so that devices know soon that they have to keep what they read.

use std::time::Duration;

use backend::{
    Site,
    devices::{self, Door},
    identity::Changed,
    tenancy,
};
use bridge::{broker::Gate, intake::DeviceSession};
use domain::{DeviceId, TenantId};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::sleep,
};

/// Between two looks at a database that is away.
const PAUSE: Duration = Duration::from_secs(1);

/// Ends connections as there are news, for as long as there are any.
pub async fn keep(site: Site, gate: Gate, mut changes: Receiver<Changed>) {
    loop {
        match changes.recv().await {
            Ok(Changed::Tenant(tenant)) => shut_suspended(&site, &gate, &[tenant]).await,
            Ok(Changed::Device(tenant, device)) => {
                let door = door_of(&gate, tenant, device);
                turn_out(&site, &gate, &[door]).await;
            }
            // Something may have been missed.
            Ok(Changed::Anything) | Err(RecvError::Lagged(_)) => {
                let sessions = gate.sessions();
                let mut tenants: Vec<_> = sessions.iter().map(|session| session.tenant).collect();
                tenants.sort_unstable();
                tenants.dedup();
                shut_suspended(&site, &gate, &tenants).await;
                let doors: Vec<_> = sessions.iter().map(door).collect();
                turn_out(&site, &gate, &doors).await;
            }
            Ok(Changed::Session(_) | Changed::Person(..)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

const fn door(session: &DeviceSession) -> Door {
    Door {
        tenant: session.tenant,
        device: session.device,
        since: Some(session.since),
    }
}

/// Where nobody is connected, what the broker remembers of the device goes all the same.
fn door_of(gate: &Gate, tenant: TenantId, device: DeviceId) -> Door {
    let sessions = gate.sessions();
    let connected = sessions.iter().find(|session| session.device == device);
    connected.map_or(
        Door {
            tenant,
            device,
            since: None,
        },
        door,
    )
}

async fn shut_suspended(site: &Site, gate: &Gate, concerned: &[TenantId]) {
    if concerned.is_empty() {
        return;
    }
    for tenant in answered(|| tenancy::suspended(site, concerned)).await {
        tracing::info!(%tenant, "the devices of a suspended company are turned away");
        gate.shut(tenant).await;
    }
}

async fn turn_out(site: &Site, gate: &Gate, doors: &[Door]) {
    if doors.is_empty() {
        return;
    }
    // Of one that is not connected, a new one among them, only what is remembered goes.
    let connected = doors.iter().any(|door| door.since.is_some());
    for username in answered(|| devices::out(site, doors)).await {
        if connected {
            tracing::info!(
                username,
                "a device whose password is no longer good is turned away"
            );
        }
        gate.revoke(&username).await;
    }
}

/// What the database says, as soon as it says anything.
async fn answered<T, F>(ask: impl Fn() -> F) -> T
where
    F: Future<Output = backend::Result<T>>,
{
    loop {
        match ask().await {
            Ok(answer) => return answer,
            Err(error) => error.log(),
        }
        sleep(PAUSE).await;
    }
}
