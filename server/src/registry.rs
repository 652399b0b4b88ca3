//! News of the registry of devices, for whoever keeps something in step with it.

use backend::identity::Changed;
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// Waits for news of devices or companies; false once there will be none.
pub(crate) async fn told(changes: &mut Receiver<Changed>) -> bool {
    loop {
        match changes.recv().await {
            Ok(Changed::Tenant(_) | Changed::Device(..) | Changed::Anything)
            | Err(RecvError::Lagged(_)) => return true,
            Ok(Changed::Session(_) | Changed::Person(..)) => {}
            Err(RecvError::Closed) => return false,
        }
    }
}
