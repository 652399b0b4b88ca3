//! The connection of one line: dialled when it is needed, and given up at the first doubt.

use std::{io::ErrorKind, time::Duration};

use domain::telemetry::Refusal;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_modbus::{
    Request, Response, Slave,
    client::{Client, Context, rtu, tcp},
    prelude::SlaveContext,
};

use super::{Framing, Settings, reason::exception};
use crate::dial::Dialer;

/// How long a host that cannot be reached is left alone: at first, and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A gateway may have closed a connection that was silent for longer than this, and a write is
/// never sent twice.
const TRUSTED: Duration = Duration::from_secs(5);

pub(super) struct Connection {
    settings: Settings,
    dialer: Dialer,
    open: Option<Open>,
    /// When the line was last busy.
    quiet_since: Option<Instant>,
    /// No sooner is a host dialled again that could not be reached.
    dial_at: Instant,
    pause: Duration,
}

struct Open {
    context: Context,
    /// The last answer. Without one the connection is as good as its dialling.
    heard: Option<Instant>,
}

impl Connection {
    pub(super) fn new(settings: Settings, dialer: Dialer) -> Self {
        Self {
            settings,
            dialer,
            open: None,
            quiet_since: None,
            dial_at: Instant::now(),
            pause: FIRST_PAUSE,
        }
    }

    /// Asks once more where the connection turns out to have been closed since the last answer,
    /// as gateways do with silent ones.
    pub(super) async fn read(
        &mut self,
        unit: u8,
        request: Request<'_>,
        silence: Duration,
    ) -> Result<Response, Refusal> {
        let used = self.open.as_ref().is_some_and(|open| open.heard.is_some());
        match self.call(unit, request.clone(), silence).await {
            Err(Refusal::Disconnected) if used => self.call(unit, request, silence).await,
            answer => answer,
        }
    }

    pub(super) async fn write(
        &mut self,
        unit: u8,
        request: Request<'_>,
        silence: Duration,
    ) -> Result<Response, Refusal> {
        let heard = self.open.as_ref().and_then(|open| open.heard);
        if heard.is_some_and(|heard| heard.elapsed() > TRUSTED) {
            self.open = None;
        }
        self.call(unit, request, silence).await
    }

    /// One request and its answer, after the silence that the line needs.
    async fn call(
        &mut self,
        unit: u8,
        request: Request<'_>,
        silence: Duration,
    ) -> Result<Response, Refusal> {
        let mut open = match self.open.take() {
            Some(open) => open,
            None => self.dial().await?,
        };
        if let Some(since) = self.quiet_since {
            let until = since + silence.max(self.settings.pause);
            // A timer takes a millisecond even for what is over.
            if until > Instant::now() {
                sleep_until(until).await;
            }
        }
        open.context.set_slave(Slave(unit));
        // Not through the library's readers: they panic at an answer of another length.
        let answer = timeout(self.settings.timeout, open.context.call(request)).await;
        let now = Instant::now();
        self.quiet_since = Some(now);
        let reason = match answer {
            Ok(Ok(answer)) => {
                open.heard = Some(now);
                self.open = Some(open);
                return answer.map_err(exception);
            }
            Ok(Err(tokio_modbus::Error::Transport(error))) => match error.kind() {
                // The decoder's. A socket that ends says something else, or nothing.
                ErrorKind::InvalidData | ErrorKind::UnexpectedEof => Refusal::Garbled,
                _ => Refusal::Disconnected,
            },
            Ok(Err(tokio_modbus::Error::Protocol(_))) => Refusal::Garbled,
            Err(_) => Refusal::TimedOut,
        };
        // The connection is dropped here: an answer that comes late would be taken for that to the
        // next request, and RTU frames have no number to tell them apart.
        Err(reason)
    }

    async fn dial(&mut self) -> Result<Open, Refusal> {
        if Instant::now() < self.dial_at {
            return Err(Refusal::Unreachable);
        }
        let Settings { host, port, .. } = &self.settings;
        let Ok(stream) = self.dialer.dial(host, *port).await else {
            self.dial_at = Instant::now() + self.pause;
            self.pause = (self.pause * 2).min(LONGEST_PAUSE);
            return Err(Refusal::Unreachable);
        };
        self.pause = FIRST_PAUSE;
        let context = match self.settings.framing {
            Framing::Tcp => tcp::attach(stream),
            Framing::RtuOverTcp => rtu::attach(stream),
        };
        Ok(Open {
            context,
            heard: None,
        })
    }
}
