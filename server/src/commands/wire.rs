//! The ways to a device, by what it speaks.

use std::{future::Future, pin::Pin, sync::Arc};

use backend::{Cx, devices::commands::Claimed};
use bridge::{broker::Courier, rpc::Request};
use domain::devices::{Transport, commands::Unsent};

use crate::polling::Polling;

/// A command on its way out.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<(), Unsent>> + Send + 'a>>;

/// One way to devices. A device that answers by itself does so through the intake; a wire that
/// knows the answer at once (a register that was written) keeps it with
/// [`backend::devices::commands::answered`], under the context that it is given.
pub trait Wire: Send + Sync + 'static {
    fn send<'a>(&'a self, cx: &'a Cx, command: &'a Claimed) -> Sending<'a>;
}

/// Which wire leads to a device.
pub trait Wires: Send + Sync + 'static {
    /// None where nothing can be told to a device that speaks so.
    fn of(&self, transport: &Transport) -> Option<Arc<dyn Wire>>;
}

/// A command as devices read it over MQTT.
pub(crate) fn request_of(command: &Claimed) -> Request {
    Request {
        number: command.number.unsigned_abs(),
        method: command.method.clone(),
        params: command.params.clone(),
        expires_at: command.expires_at,
    }
}

/// By our own broker, to the connection that is there now.
#[derive(Debug, Clone)]
pub struct Mqtt(Courier);

impl Mqtt {
    #[must_use]
    pub const fn new(courier: Courier) -> Self {
        Self(courier)
    }
}

impl Wire for Mqtt {
    fn send<'a>(&'a self, _: &'a Cx, command: &'a Claimed) -> Sending<'a> {
        Box::pin(async move {
            let request = request_of(command);
            let username = format!("{}:{}", command.slug, command.key);
            if self.0.carry(&username, &request).await {
                Ok(())
            } else {
                Err(Unsent::Offline)
            }
        })
    }
}

/// All ways that there are.
#[derive(Clone)]
pub struct Ways {
    /// Our own broker's, or that to another.
    pub mqtt: Arc<dyn Wire>,
    pub polling: Polling,
}

impl std::fmt::Debug for Ways {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ways(…)")
    }
}

impl Wires for Ways {
    fn of(&self, transport: &Transport) -> Option<Arc<dyn Wire>> {
        match transport {
            Transport::Mqtt {} => Some(Arc::clone(&self.mqtt)),
            Transport::Modbus(_) => Some(Arc::new(self.polling.clone())),
            // It asks when it likes, and waits for nothing.
            Transport::Http {} => None,
        }
    }
}
