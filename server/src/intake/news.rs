//! What is told of devices while they speak.

use backend::identity::Changed;
use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::Intake;

impl Intake {
    /// Looks points up again whose model was changed, as soon as that is told.
    pub async fn hear(self, mut changes: Receiver<Changed>) {
        loop {
            let tenant = match changes.recv().await {
                Ok(Changed::Tenant(tenant)) => Some(tenant),
                // Something may have been missed.
                Ok(Changed::Anything) | Err(RecvError::Lagged(_)) => None,
                Ok(Changed::Device(..) | Changed::Session(_) | Changed::Person(..)) => continue,
                Err(RecvError::Closed) => return,
            };
            self.shared.registry.forget(tenant);
        }
    }
}
