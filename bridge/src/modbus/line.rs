//! One address, and the units that are polled there, one after the other.
//!
//! A serial line behind a gateway is one wire, so there is one connection, one request at a time
//! and a silence after it. What that asks for:
//!
//! - **One bad unit must not cost the others.** A unit that does not answer ends its poll at once
//!   and is left alone twice as long each time, up to [`Settings::longest_pause`].
//! - **One bad register must not cost the others.** Where a request for several is refused, each
//!   is asked for alone. From then on the others are read together around those that were refused,
//!   until these answer.
//! - **Nothing old counts as new.** A point that could not be read is a [`Failure`], never its last
//!   value; and a connection is given up after a time-out, before the late answer can come.
//! - **Commands go first**, between two requests of a poll, and are never sent twice.

use std::{sync::Arc, time::Duration};

use domain::{
    DeviceId,
    devices::register_map::RegisterMap,
    telemetry::{Reading, Refusal},
};
use jiff::Timestamp;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use super::{Framing, reason::is_an_answer};
use crate::dial::Dialer;

mod poll;

use poll::Poller;

/// Where a line is and how patient it is.
#[derive(Debug, Clone)]
pub struct Settings {
    pub host: String,
    pub port: u16,
    pub framing: Framing,
    /// The silence between two requests.
    pub pause: Duration,
    /// How long a unit may take to answer.
    pub timeout: Duration,
    /// The longest that a unit which does not answer is left alone, in favour of the others.
    pub longest_pause: Duration,
}

impl Settings {
    #[must_use]
    pub fn new(host: &str, port: u16) -> Self {
        Self {
            host: host.to_owned(),
            port,
            framing: Framing::Tcp,
            pause: Duration::from_millis(200),
            timeout: Duration::from_secs(2),
            longest_pause: Duration::from_mins(5),
        }
    }
}

/// A device on a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    pub device: DeviceId,
    /// The number that it has on its line.
    pub id: u8,
    pub map: Arc<RegisterMap>,
    /// From one poll to the next.
    pub every: Duration,
}

/// What one poll of a unit brought. Each register of its map is in one of the two lists.
#[derive(Debug, Clone, PartialEq)]
pub struct Polled {
    pub device: DeviceId,
    pub unit: u8,
    /// When the poll ended.
    pub at: Timestamp,
    /// Each with the time of its answer.
    pub readings: Vec<Reading>,
    pub failures: Vec<Failure>,
}

impl Polled {
    /// Whether the device answered at all, be it with nothing but refusals.
    #[must_use]
    pub fn heard(&self) -> bool {
        let answered = |failure: &Failure| is_an_answer(failure.reason);
        !self.readings.is_empty() || self.failures.iter().any(answered)
    }
}

/// A point without a value: a register could not be read, or holds none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub point: String,
    pub reason: Refusal,
}

/// Why nothing was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unwritten {
    /// The device is not on this line (any more).
    #[error("unknown_device")]
    UnknownDevice,
    /// The map lists no such command, or not with this value.
    #[error("not_allowed")]
    NotAllowed,
    /// After a time-out, a lost connection or a garbled answer it may have been written all the
    /// same: an answer can be lost, too.
    #[error("{}", .0.as_str())]
    Failed(Refusal),
    /// The line is being closed.
    #[error("closed")]
    Closed,
}

/// Tells the time of a reading.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

enum Order {
    Watch(Vec<Unit>),
    Write {
        device: DeviceId,
        method: String,
        value: Option<f64>,
        done: oneshot::Sender<Result<(), Unwritten>>,
    },
}

/// A line that is being polled. Dropping it ends the polls and the connection.
#[derive(Debug)]
pub struct Line {
    orders: mpsc::Sender<Order>,
    polling: JoinHandle<()>,
}

impl Line {
    /// Starts without units; polls go to `polled`. While that is full nothing is polled.
    #[must_use]
    pub fn open(
        settings: Settings,
        dialer: Dialer,
        clock: Clock,
        polled: mpsc::Sender<Polled>,
    ) -> Self {
        let (orders, queue) = mpsc::channel(16);
        let polling = Poller::new(settings, dialer, clock, queue).run(polled);
        Self {
            orders,
            polling: tokio::spawn(polling),
        }
    }

    /// Polls these units and no others from now on. One that stays the same keeps its turn; any
    /// other is due at once.
    pub async fn watch(&self, units: Vec<Unit>) {
        // Fails only where the receiver of the polls is gone, and nobody polls any more.
        let _ = self.orders.send(Order::Watch(units)).await;
    }

    /// Does what the device's map lists under `method`, before the next request of a poll. Where
    /// the caller stops waiting before its turn has come, nothing is written: a door does not open
    /// for somebody who has left.
    ///
    /// # Errors
    /// See [`Unwritten`].
    pub async fn write(
        &self,
        device: DeviceId,
        method: &str,
        value: Option<f64>,
    ) -> Result<(), Unwritten> {
        let (done, answer) = oneshot::channel();
        let order = Order::Write {
            device,
            method: method.to_owned(),
            value,
            done,
        };
        self.orders
            .send(order)
            .await
            .map_err(|_| Unwritten::Closed)?;
        answer.await.unwrap_or(Err(Unwritten::Closed))
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.polling.abort();
    }
}
