//! Commands to devices that are asked: registers that their maps let us write.

use std::time::Duration;

use backend::{
    Cx,
    devices::commands::{self, Claimed},
};
use bridge::modbus::Unwritten;
use domain::{
    devices::{
        commands::{Answer, Unsent},
        modbus,
    },
    telemetry::Refusal,
};
use tokio::time::{sleep, timeout};

use super::Polling;
use crate::commands::{Sending, Wire};

/// Between two tries to keep an answer while the database is away.
const PAUSE: Duration = Duration::from_millis(500);

impl Wire for Polling {
    fn send<'a>(&'a self, cx: &'a Cx, command: &'a Claimed) -> Sending<'a> {
        Box::pin(async move {
            let line = self.line_of(command.device).ok_or(Unsent::Offline)?;
            let value = modbus::value(&command.params).map_err(|_| Unsent::NotAllowed)?;
            let left = command.expires_at.duration_since(cx.now());
            let left = Duration::try_from(left).unwrap_or_default();
            let write = line.write(command.device, &command.method, value);
            let Ok(written) = timeout(left, write).await else {
                return Ok(());
            };
            let answer = match written {
                Ok(()) => Answer::done(),
                Err(Unwritten::NotAllowed) => return Err(Unsent::NotAllowed),
                Err(
                    Unwritten::UnknownDevice
                    | Unwritten::Closed
                    | Unwritten::Failed(Refusal::Unreachable),
                ) => return Err(Unsent::Offline),
                // It may have been written all the same: nobody knows, and so it expires.
                Err(Unwritten::Failed(
                    Refusal::TimedOut | Refusal::Disconnected | Refusal::Garbled,
                )) => return Ok(()),
                Err(Unwritten::Failed(reason)) => Answer::failed(reason.as_str()),
            };
            keep(cx, command, &answer).await;
            Ok(())
        })
    }
}

async fn keep(cx: &Cx, command: &Claimed, answer: &Answer) {
    while command.expires_at > cx.now() {
        let number = command.number.unsigned_abs();
        match commands::answered(cx, command.device, number, answer.clone()).await {
            Ok(_) => return,
            Err(error) => error.log(),
        }
        sleep(PAUSE).await;
    }
}
