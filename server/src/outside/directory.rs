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
    known: Mutex<HashMap<String, (Instant, Option<DeviceSession>)>>,
}

impl Company {
    pub(super) fn new(cx: Cx) -> Self {
        Self {
            cx,
            known: Mutex::default(),
        }
    }

    pub(super) fn forget(&self) {
        locked(&self.known).clear();
    }
}

impl Directory for Company {
    async fn device(&self, key: &str) -> Result<Option<DeviceSession>, Away> {
        if let Some((asked, known)) = locked(&self.known).get(key)
            && asked.elapsed() < GOOD
        {
            return Ok(known.clone());
        }
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
        locked(&self.known).insert(key.to_owned(), (asked, found.clone()));
        Ok(found)
    }
}
