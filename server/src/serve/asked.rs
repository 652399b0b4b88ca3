//! When somebody wants it to end.

use tokio::signal::unix::{SignalKind, signal};

use crate::failure::Failure;

/// Ctrl-C, a supervisor's TERM, or the terminal going away.
#[derive(Debug)]
pub struct Asked {
    signals: [tokio::signal::unix::Signal; 3],
}

impl Asked {
    /// From here on these signals no longer end the process by themselves.
    ///
    /// # Errors
    /// The kernel refused a handler.
    pub fn listen() -> Result<Self, Failure> {
        let on = |kind| {
            signal(kind).map_err(|e| Failure::work(format!("signals cannot be handled: {e}")))
        };
        let signals = [
            on(SignalKind::interrupt())?,
            on(SignalKind::terminate())?,
            on(SignalKind::hangup())?,
        ];
        Ok(Self { signals })
    }

    /// Waits for the next one.
    pub async fn to_stop(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.signals;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}
