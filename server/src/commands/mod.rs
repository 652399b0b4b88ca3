//! Takes commands to their devices.
//!
//! ```text
//! NOTIFY, or a second -> due companies: expire, claim -> the wire of the device's transport
//!                                                     `-> failed, where there is no way
//! ```
//!
//! A command is claimed before it goes out and never goes out twice: whatever ends in between, it
//! expires. The answer comes back another way, by [`bridge::intake::Intake::answered`].

mod wire;

use std::{sync::Arc, time::Duration};

use backend::{
    Cx, Site,
    devices::commands::{self, Claimed},
};
use domain::devices::commands::{CommandState, Unsent};
use tokio::{
    sync::Notify,
    task::JoinSet,
    time::{sleep, timeout},
};

pub(crate) use wire::request_of;
pub use wire::{Mqtt, Sending, Ways, Wire, Wires};

use crate::observe;

/// Between two looks where nobody tells anything; a notice may be lost, and time runs out unasked.
const LOOK: Duration = Duration::from_secs(1);
/// Between two tries to note what became of a command while the database is away.
const PAUSE: Duration = Duration::from_millis(500);

/// Sends what is to be sent and gives up what is over, for as long as the process runs.
pub async fn keep(site: Site, wires: impl Wires) {
    let told = Arc::new(Notify::new());
    let bell = Arc::clone(&told);
    let hearing = commands::watch(site.clone(), move || bell.notify_one());
    let sending = async {
        // Each device on its own: a slow line holds up nobody else's door.
        let mut under_way = JoinSet::new();
        loop {
            if let Err(error) = look(&site, &wires, &mut under_way).await {
                error.log();
            }
            while under_way.try_join_next().is_some() {}
            // Without a notice it is time for a look all the same.
            let _ = timeout(LOOK, told.notified()).await;
        }
    };
    tokio::join!(hearing, sending);
}

/// Once over every company that has something to be done.
async fn look(site: &Site, wires: &impl Wires, under_way: &mut JoinSet<()>) -> backend::Result<()> {
    for cx in commands::due(site).await? {
        // What fails for one company is no reason for another's to wait.
        if let Err(error) = serve(&cx, wires, under_way).await {
            error.log();
        }
    }
    Ok(())
}

async fn serve(cx: &Cx, wires: &impl Wires, under_way: &mut JoinSet<()>) -> backend::Result<()> {
    observe::commands(CommandState::Expired.as_str(), commands::expire(cx).await?);
    loop {
        let claimed = commands::claim(cx).await?;
        if claimed.is_empty() {
            return Ok(());
        }
        // In the order of each device: start and then stop is not stop and then start.
        for of_one in claimed.chunk_by(|one, next| one.device == next.device) {
            let of_one = of_one.iter().cloned();
            let of_one: Vec<_> = of_one
                .map(|command| (wires.of(&command.transport), command))
                .collect();
            let cx = cx.clone();
            under_way.spawn(async move {
                for (wire, command) in of_one {
                    send(&cx, wire, command).await;
                }
            });
        }
    }
}

async fn send(cx: &Cx, wire: Option<Arc<dyn Wire>>, command: Claimed) {
    let sent = match wire {
        Some(wire) => wire.send(cx, &command).await,
        None => Err(Unsent::Unsupported),
    };
    let Err(why) = sent else {
        observe::commands(CommandState::Sent.as_str(), 1);
        return;
    };
    observe::commands(why.as_str(), 1);
    tracing::debug!(command = %command.id, device = %command.device, why = why.as_str(), "a command could not be sent");
    while command.expires_at > cx.now() {
        match commands::unsent(cx, command.id, why).await {
            Ok(()) => return,
            Err(error) => error.log(),
        }
        sleep(PAUSE).await;
    }
}
