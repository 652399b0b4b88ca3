//! Asks the devices that say nothing by themselves.
//!
//! ```text
//! registry, and news of it -> a line for each address of a company -> polls -> intake
//!                                  ^ commands
//! ```
//!
//! Companies share no line, even to the same address: one's slow device is no other's.

mod wire;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use backend::{Site, devices, identity::Changed};
use bridge::{
    dial::Dialer,
    modbus::{self, Framing, Line, Settings, Unit},
};
use domain::{DeviceId, Problem, TenantId};
use futures_util::future::join_all;
use tokio::{
    sync::{broadcast::Receiver, mpsc},
    time::{sleep, timeout},
};

use crate::{intake::Intake, mutex::locked, registry::told};

/// Between two looks at the registry where nobody tells anything.
const LOOK: Duration = Duration::from_mins(1);
/// How long to wait for more news after the first: hundreds of devices are registered at a time.
const GATHER: Duration = Duration::from_millis(200);
/// Polls of one line that wait to be stored.
const WAITING: usize = 8;

/// Where a line is, and whose.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Address {
    tenant: TenantId,
    host: String,
    port: u16,
    framing: Framing,
}

type Devices = Arc<Mutex<HashMap<DeviceId, devices::Polled>>>;

#[derive(Debug)]
struct Open {
    line: Arc<Line>,
    devices: Devices,
}

#[derive(Debug)]
struct Shared {
    site: Site,
    intake: Intake,
    dialer: Dialer,
    lines: Mutex<HashMap<Address, Open>>,
}

/// All lines that are being polled; clones are the same ones.
#[derive(Debug, Clone)]
pub struct Polling(Arc<Shared>);

impl Polling {
    /// Without lines. What is polled goes to `intake`.
    #[must_use]
    pub fn new(site: Site, intake: Intake, dialer: Dialer) -> Self {
        Self(Arc::new(Shared {
            site,
            intake,
            dialer,
            lines: Mutex::default(),
        }))
    }

    /// Polls what the registry has, for as long as there are news of it.
    pub async fn keep(self, mut changes: Receiver<Changed>) {
        loop {
            if let Err(error) = self.look().await {
                error.log();
            }
            match timeout(LOOK, told(&mut changes)).await {
                Ok(true) => {
                    sleep(GATHER).await;
                    while changes.try_recv().is_ok() {}
                }
                Ok(false) => return,
                Err(_) => {}
            }
        }
    }

    /// Lets the lines be those of the registry, with its devices and no others.
    async fn look(&self) -> backend::Result<()> {
        let mut wanted: HashMap<Address, Vec<(devices::Polled, Unit)>> = HashMap::new();
        for device in devices::polled(&self.0.site).await? {
            match unit(&device) {
                Ok(unit) => wanted
                    .entry(address(&device))
                    .or_default()
                    .push((device, unit)),
                Err(problem) => {
                    tracing::warn!(device = %device.device, %problem, "a device is not polled: its register map cannot be read");
                }
            }
        }
        let watching: Vec<_> = {
            let mut lines = locked(&self.0.lines);
            lines.retain(|address, _| wanted.contains_key(address));
            let wanted = wanted.into_iter();
            wanted
                .map(|(address, found)| {
                    let open = lines
                        .entry(address)
                        .or_insert_with_key(|address| self.open(address));
                    let (found, units): (Vec<_>, Vec<_>) = found.into_iter().unzip();
                    let found = found.into_iter().map(|device| (device.device, device));
                    *locked(&open.devices) = found.collect();
                    (Arc::clone(&open.line), units)
                })
                .collect()
        };
        // A line that is in the middle of a slow poll holds up no other.
        join_all(
            watching
                .into_iter()
                .map(|(line, units)| async move { line.watch(units).await }),
        )
        .await;
        Ok(())
    }

    fn open(&self, address: &Address) -> Open {
        let mut settings = Settings::new(&address.host, address.port);
        settings.framing = address.framing;
        let site = self.0.site.clone();
        let clock: modbus::Clock = Arc::new(move || site.now());
        let (polled, polls) = mpsc::channel(WAITING);
        let line = Line::open(settings, self.0.dialer.clone(), clock, polled);
        let devices = Devices::default();
        // Ends with the line, which holds the other end.
        tokio::spawn(pass_on(self.0.intake.clone(), Arc::clone(&devices), polls));
        Open {
            line: Arc::new(line),
            devices,
        }
    }

    /// The line that a device is on.
    fn line_of(&self, device: DeviceId) -> Option<Arc<Line>> {
        let lines = locked(&self.0.lines);
        let mut lines = lines.values();
        let open = lines.find(|open| locked(&open.devices).contains_key(&device))?;
        Some(Arc::clone(&open.line))
    }
}

/// Stores what a line polls, one poll after the other: while the store is away, polls wait, and then
/// the line does.
async fn pass_on(intake: Intake, devices: Devices, mut polls: mpsc::Receiver<modbus::Polled>) {
    while let Some(polled) = polls.recv().await {
        let Some(device) = locked(&devices).get(&polled.device).cloned() else {
            continue;
        };
        if let Err(away) = intake.polled(&device, polled).await {
            tracing::debug!(device = %device.device, %away, "a poll was not stored");
        }
    }
}

fn address(device: &devices::Polled) -> Address {
    Address {
        tenant: device.tenant,
        host: device.modbus.host.clone(),
        port: device.modbus.port,
        framing: device.modbus.framing,
    }
}

fn unit(device: &devices::Polled) -> Result<Unit, Problem> {
    Ok(Unit {
        device: device.device,
        id: device.modbus.unit_id,
        map: Arc::new(device.modbus.register_map()?),
        every: Duration::from_secs(device.modbus.every_s.into()),
    })
}
