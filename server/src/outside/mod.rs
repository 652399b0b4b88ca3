//! Devices behind a broker that is not ours.
//!
//! ```text
//! registry, and news of it -> a line for each company -> intake
//!                             ^ commands
//! secrets put aside -> accounts at the broker
//! ```
//!
//! Companies share no line: what one's devices say holds up no other's, and a line that breaks is
//! one company's.

mod accounts;
mod directory;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use backend::{Cx, Site, devices, devices::commands::Claimed, identity::Changed};
use bridge::outside::{Line, Server};
use domain::{TenantId, devices::commands::Unsent};
use tokio::{
    sync::broadcast::Receiver,
    time::{Duration, sleep, timeout},
};

use self::directory::Company;
use crate::{
    commands::{Sending, Wire, request_of},
    intake::Intake,
    mutex::locked,
    registry::told,
};

/// Between two looks at the registry where nobody tells anything.
const LOOK: Duration = Duration::from_mins(1);
/// How long to wait for more news after the first: hundreds of devices are registered at a time.
const GATHER: Duration = Duration::from_millis(200);

#[derive(Debug)]
struct Open {
    line: Arc<Line>,
    company: Arc<Company>,
}

#[derive(Debug)]
struct Shared {
    site: Site,
    intake: Intake,
    server: Server,
    lines: Mutex<HashMap<TenantId, Open>>,
}

/// The lines of all companies; clones are the same ones.
#[derive(Debug, Clone)]
pub struct Outside(Arc<Shared>);

impl Outside {
    /// Without lines. What devices say goes to `intake`.
    #[must_use]
    pub fn new(site: Site, intake: Intake, server: Server) -> Self {
        Self(Arc::new(Shared {
            site,
            intake,
            server,
            lines: Mutex::default(),
        }))
    }

    /// Keeps lines and accounts as the registry has them, for as long as there are news of it.
    pub async fn keep(self, changes: Receiver<Changed>) {
        let accounts = accounts::keep(&self, changes.resubscribe());
        tokio::join!(self.keep_lines(changes), accounts);
    }

    async fn keep_lines(&self, mut changes: Receiver<Changed>) {
        loop {
            if let Err(error) = self.look().await {
                error.log();
            }
            match timeout(LOOK, told(&mut changes)).await {
                Ok(true) => {
                    // A secret that is good no longer is not to be heard for another moment.
                    self.forget();
                    sleep(GATHER).await;
                    while changes.try_recv().is_ok() {}
                    self.forget();
                }
                Ok(false) => return,
                Err(_) => {}
            }
        }
    }

    /// What is known of devices is looked up again.
    fn forget(&self) {
        locked(&self.0.lines)
            .values()
            .for_each(|open| open.company.forget());
    }

    /// Lets there be a line for each company that has devices behind the broker, and no other.
    async fn look(&self) -> backend::Result<()> {
        let wanted = devices::bridged(&self.0.site).await?;
        let mut lines = locked(&self.0.lines);
        lines.retain(|tenant, _| wanted.iter().any(|cx| cx.tenant.id == *tenant));
        for cx in wanted {
            lines.entry(cx.tenant.id).or_insert_with(|| self.open(cx));
        }
        Ok(())
    }

    fn line_of(&self, tenant: TenantId) -> Option<Arc<Line>> {
        let lines = locked(&self.0.lines);
        lines.get(&tenant).map(|open| Arc::clone(&open.line))
    }

    fn open(&self, cx: Cx) -> Open {
        let (tenant, slug) = (cx.tenant.id, cx.tenant.slug.clone());
        let client_id = self.0.site.keys.broker_client(Some(tenant));
        let company = Arc::new(Company::new(cx));
        let intake = Arc::new(self.0.intake.patient());
        let line = Line::open(
            self.0.server.clone(),
            client_id,
            slug,
            Arc::clone(&company),
            intake,
        );
        Open {
            line: Arc::new(line),
            company,
        }
    }
}

impl Wire for Outside {
    fn send<'a>(&'a self, cx: &'a Cx, command: &'a Claimed) -> Sending<'a> {
        Box::pin(async move {
            let line = self.line_of(cx.tenant.id).ok_or(Unsent::Offline)?;
            let request = request_of(command);
            let carried = line.carry(&command.slug, &command.key, &request, cx.now());
            carried.await.then_some(()).ok_or(Unsent::Offline)
        })
    }
}
