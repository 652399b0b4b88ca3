//! Which devices of a company may speak, kept in memory so that a message need not ask.

use std::{collections::HashMap, sync::Mutex, time::Duration};

use backend::{Cx, devices};
use bridge::{
    intake::{Away, DeviceSession},
    outside::Directory,
};
use tokio::time::Instant;

use crate::mutex::locked;

/// How long an answer is good, where no news come.
const GOOD: Duration = Duration::from_mins(1);

/// A company's devices by their keys.
#[derive(Debug)]
pub(super) struct Company {
    cx: Cx,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    devices: HashMap<String, (Instant, Option<DeviceSession>)>,
    /// How often all was forgotten: an answer that was on its way meanwhile is of before.
    forgotten: u64,
}

/// Keys that are remembered; beyond, all are looked up anew.
const MOST: usize = 100_000;

impl Company {
    pub(super) fn new(cx: Cx) -> Self {
        Self {
            cx,
            known: Mutex::default(),
        }
    }

    pub(super) fn forget(&self) {
        let mut known = locked(&self.known);
        known.devices.clear();
        known.forgotten += 1;
    }
}

impl Directory for Company {
    async fn device(&self, key: &str) -> Result<Option<DeviceSession>, Away> {
        let forgotten = {
            let known = locked(&self.known);
            if let Some((asked, device)) = known.devices.get(key)
                && asked.elapsed() < GOOD
            {
                return Ok(device.clone());
            }
            known.forgotten
        };
        let asked = Instant::now();
        let found = devices::speaker(&self.cx, key).await.map_err(|error| {
            error.log();
            Away(error.to_string())
        })?;
        let found = found.map(|login| DeviceSession {
            tenant: login.tenant,
            device: login.device,
            estate: login.estate,
            slug: self.cx.tenant.slug.clone(),
            key: key.to_owned(),
            since: login.since,
        });
        let mut known = locked(&self.known);
        if known.devices.len() >= MOST {
            known.devices.clear();
        }
        if known.forgotten == forgotten {
            known.devices.insert(key.to_owned(), (asked, found.clone()));
        }
        drop(known);
        Ok(found)
    }
}
