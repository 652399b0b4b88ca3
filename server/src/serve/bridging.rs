//! The part that devices speak to, and that speaks to them.

use std::{net::SocketAddr, sync::Arc};

use backend::Site;
use bridge::{
    broker::{self, Broker},
    dial::Dialer,
};
use tokio::task::JoinHandle;

use crate::{
    commands::{self, Wire},
    config::Config,
    failure::Failure,
    intake::{self, Intake},
    lead::lead,
    live::Live,
    open_files,
    ops::Census,
    outside::Outside,
    polling::Polling,
};

/// What devices reach, and what reaches them.
#[derive(Debug, Clone)]
pub(super) struct Reaching {
    pub(super) site: Site,
    pub(super) intake: Intake,
    pub(super) dialer: Dialer,
}

/// The running part.
#[derive(Debug)]
pub(super) struct Bridging {
    /// Ours; none where another is read.
    broker: Option<Broker>,
    tasks: Vec<JoinHandle<()>>,
}

impl Bridging {
    /// Starts our own broker on `listen`, or reads the one that the settings name.
    ///
    /// # Errors
    /// The broker does not start.
    pub(super) async fn start(
        config: &Config,
        listen: SocketAddr,
        reaching: Reaching,
        live: &Live,
    ) -> Result<Self, Failure> {
        let Some(server) = config.mqtt_outside.clone() else {
            return Self::embedded(config, listen, reaching, live).await;
        };
        let (db, live) = (reaching.site.db.clone(), live.clone());
        // Lines and polls belong to one process, and commands go out where they are.
        let working = move || {
            let Reaching { site, intake, .. } = reaching.clone();
            let outside = Outside::new(site, intake, server.clone());
            let (reaching, live) = (reaching.clone(), live.clone());
            async move {
                let telling = reaching.keep(Arc::new(outside.clone()), &live);
                tokio::join!(outside.keep(live.changes()), telling);
            }
        };
        Ok(Self {
            broker: None,
            tasks: vec![tokio::spawn(lead(db, working))],
        })
    }

    async fn embedded(
        config: &Config,
        listen: SocketAddr,
        reaching: Reaching,
        live: &Live,
    ) -> Result<Self, Failure> {
        let mut settings = broker::Config::new(listen);
        settings.storage = Some(config.data_dir.join("broker"));
        settings.max_connections = open_files::devices_at_a_time();
        let broker = Broker::start(settings, Arc::new(reaching.intake.clone()))
            .await
            .map_err(|e| Failure::work(format!("the broker does not start: {e}")))?;
        let mqtt = Arc::new(commands::Mqtt::new(broker.courier()));
        let gate = intake::gate::keep(reaching.site.clone(), broker.gate(), live.changes());
        let live = live.clone();
        let telling = async move { reaching.keep(mqtt, &live).await };
        Ok(Self {
            broker: Some(broker),
            tasks: vec![tokio::spawn(gate), tokio::spawn(telling)],
        })
    }

    /// Where our own broker listens.
    pub(super) fn local_addr(&self) -> Option<SocketAddr> {
        self.broker.as_ref().map(Broker::local_addr)
    }

    /// Who is connected to it.
    pub(super) fn census(&self) -> Option<Census> {
        self.broker
            .as_ref()
            .map(|broker| Census::new(broker.census()))
    }

    pub(super) async fn stop(self) {
        if let Some(broker) = self.broker {
            broker.shutdown().await;
        }
        for task in self.tasks {
            task.abort();
        }
    }
}

impl Reaching {
    /// Asks those that do not speak by themselves, and tells all of them what they are to do.
    async fn keep(self, mqtt: Arc<dyn Wire>, live: &Live) {
        let polling = Polling::new(self.site.clone(), self.intake, self.dialer);
        let ways = commands::Ways {
            mqtt,
            polling: polling.clone(),
        };
        tokio::join!(
            polling.keep(live.changes()),
            commands::keep(self.site, ways)
        );
    }
}
