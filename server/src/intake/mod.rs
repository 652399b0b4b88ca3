//! Between the broker and the store: a bounded queue and one worker a tenant.
//!
//! ```text
//! hook -> accept -> queue -> worker: whatever is queued, one commit -> answers -> live hub
//! ```
//!
//! A commit takes what came in during the one before: under load batches grow by themselves, and
//! a lone message waits for nobody. A full queue makes its senders wait and drops nothing; one
//! tenant's flood fills its own queue only.

pub mod gate;
mod news;
mod pace;
mod worker;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use backend::{
    Cx, Site,
    devices::{
        self,
        commands::{self, Heard},
    },
    kernel::cx::Tenant,
    telemetry::Registry,
    tenancy::Pace,
};
use bridge::{
    intake::{Away, DeviceSession},
    modbus,
    payload::{Behind, Decoded},
};
use domain::{
    DeviceId, EstateId, TenantId,
    devices::commands::Answer,
    telemetry::{Reading, Refusal},
};
use futures_util::future::join_all;
use jiff::Timestamp;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch},
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

use self::pace::{Buckets, Spent};

use crate::{demo, live::Hub, mutex::locked};

/// Messages that wait in a tenant's queue.
const MESSAGES: usize = 4_096;
/// And readings: a message may hold 10,000.
const READINGS: u32 = 65_536;
/// How long what is queued may take to be stored when we stop.
const DRAIN: Duration = Duration::from_secs(10);

/// Who says something.
#[derive(Debug, Clone, Copy)]
struct Origin<'a> {
    tenant: TenantId,
    slug: &'a str,
    device: DeviceId,
    estate: EstateId,
}

impl<'a> From<&'a DeviceSession> for Origin<'a> {
    fn from(session: &'a DeviceSession) -> Self {
        Self {
            tenant: session.tenant,
            slug: &session.slug,
            device: session.device,
            estate: session.estate,
        }
    }
}

impl<'a> From<&'a devices::Polled> for Origin<'a> {
    fn from(asked: &'a devices::Polled) -> Self {
        Self {
            tenant: asked.tenant,
            slug: &asked.slug,
            device: asked.device,
            estate: asked.estate,
        }
    }
}

/// What a device said.
#[derive(Debug)]
enum Said {
    Values(Decoded),
    /// To what it was asked.
    Polled(Box<modbus::Polled>),
    Status {
        online: bool,
    },
    /// Values that the store will never take: only their number is kept.
    Refused(u32),
}

impl Said {
    fn readings(&self) -> &[Reading] {
        match self {
            Self::Values(decoded) => &decoded.readings,
            Self::Polled(polled) => &polled.readings,
            Self::Status { .. } | Self::Refused(_) => &[],
        }
    }
}

/// One message on its way, and whom to tell.
#[derive(Debug)]
struct Job {
    device: DeviceId,
    estate: EstateId,
    at: Timestamp,
    said: Said,
    done: oneshot::Sender<Result<(), Away>>,
    /// Its share of the queue's readings, given back with the job.
    _room: OwnedSemaphorePermit,
}

#[derive(Debug, Clone)]
struct Queue {
    jobs: mpsc::Sender<Job>,
    room: Arc<Semaphore>,
    buckets: Arc<Mutex<Buckets>>,
}

#[derive(Debug)]
struct Shared {
    site: Site,
    hub: Hub,
    registry: Registry,
    queues: Mutex<HashMap<TenantId, Queue>>,
    workers: Mutex<JoinSet<()>>,
    stopping: watch::Sender<bool>,
    /// Whether the demo's devices, whose secrets anybody can work out, may connect.
    demo: AtomicBool,
}

/// The way in for what devices say; clones are the same one.
#[derive(Debug, Clone)]
pub struct Intake {
    shared: Arc<Shared>,
    /// Whether what is over a company's pace waits, instead of being refused.
    patient: bool,
}

/// Opens the way in. What is stored is told to `hub`.
#[must_use]
pub fn start(site: Site, hub: Hub) -> Intake {
    let shared = Arc::new(Shared {
        site,
        hub,
        registry: Registry::default(),
        queues: Mutex::default(),
        workers: Mutex::default(),
        stopping: watch::Sender::new(false),
        demo: AtomicBool::new(true),
    });
    Intake {
        shared,
        patient: false,
    }
}

/// The company of a device. Whether it is suspended, what stores looks up itself.
fn tenant<'a>(device: impl Into<Origin<'a>>) -> Tenant {
    let device = device.into();
    Tenant::unattended(device.tenant, device.slug.to_owned(), false)
}

impl Intake {
    /// Refuses the demo's devices: for a site that is reached from elsewhere.
    #[must_use]
    pub fn without_demo(self) -> Self {
        self.shared.demo.store(false, Ordering::Relaxed);
        self
    }

    /// The same way in for what somebody else keeps until we take it, a company's own line to a broker:
    /// what is over the company's pace waits there.
    #[must_use]
    pub fn patient(&self) -> Self {
        Self {
            patient: true,
            ..self.clone()
        }
    }

    /// Whose credentials these are. The demo's own, which anybody can work out, count only `here`:
    /// on the machine itself.
    ///
    /// # Errors
    /// The store is away.
    pub async fn admit(
        &self,
        username: &str,
        password: &[u8],
        here: bool,
    ) -> Result<Option<DeviceSession>, Away> {
        let Some((slug, key)) = username.split_once(':') else {
            return Ok(None);
        };
        let published = || demo::device_secret(slug, key).as_bytes() == password;
        if !here && demo::is_demo(slug) && published() {
            return Ok(None);
        }
        match devices::log_in(&self.shared.site, slug, key, password).await {
            Ok(found) => Ok(found.map(|login| DeviceSession {
                tenant: login.tenant,
                device: login.device,
                estate: login.estate,
                slug: slug.to_owned(),
                key: key.to_owned(),
                since: login.since,
            })),
            Err(error) => {
                error.log();
                Err(Away(error.to_string()))
            }
        }
    }

    /// Takes nothing more, stores what is queued, and ends; what cannot be stored in time is not
    /// acknowledged.
    pub async fn stop(&self) {
        self.shared.stopping.send_replace(true);
        locked(&self.shared.queues).clear();
        let mut workers = std::mem::take(&mut *locked(&self.shared.workers));
        let drained = timeout(DRAIN, async {
            while workers.join_next().await.is_some() {}
        });
        if drained.await.is_err() {
            tracing::warn!("some readings were not stored in time: their devices send them again");
        }
    }

    /// The tenant's queue, with a worker behind it; `None` while stopping.
    fn queue(&self, device: Origin<'_>) -> Option<Queue> {
        let mut queues = locked(&self.shared.queues);
        if *self.shared.stopping.borrow() {
            return None;
        }
        if let Some(queue) = queues.get(&device.tenant)
            && !queue.jobs.is_closed()
        {
            return Some(queue.clone());
        }
        let (jobs, waiting) = mpsc::channel(MESSAGES);
        // A worker comes and goes; what a company has let in lately stays.
        let buckets = queues.get(&device.tenant).map_or_else(
            || Arc::new(Mutex::new(self.buckets(device.slug))),
            |queue| Arc::clone(&queue.buckets),
        );
        let queue = Queue {
            jobs,
            room: Arc::new(Semaphore::new(READINGS as usize)),
            buckets: Arc::clone(&buckets),
        };
        queues.insert(device.tenant, queue.clone());
        let mut workers = locked(&self.shared.workers);
        while workers.try_join_next().is_some() {}
        workers.spawn(worker::run(
            Arc::clone(&self.shared),
            tenant(device),
            waiting,
            buckets,
        ));
        Some(queue)
    }

    fn buckets(&self, slug: &str) -> Buckets {
        let now = Instant::now();
        if demo::is_demo(slug) && self.shared.demo.load(Ordering::Relaxed) {
            Buckets::demo(now)
        } else {
            Buckets::new(Pace::default(), now)
        }
    }

    /// Refuses what is over the pace of the device or its company: the last of a message, since what
    /// comes first is oldest. Whoever is patient waits for the company instead, which holds up nobody
    /// else. What is answered is given back unless it is stored.
    async fn keep_pace(&self, device: Origin<'_>, decoded: &mut Decoded) -> Result<Spent, Away> {
        let queue = self
            .queue(device)
            .ok_or_else(|| Away("stopping".to_owned()))?;
        let wanted = decoded.readings.len();
        let take =
            || locked(&queue.buckets).take(device.device, wanted, self.patient, Instant::now());
        let mut taken = take();
        while let Err(pause) = taken {
            sleep(pause).await;
            taken = take();
        }
        let taken = taken.unwrap_or_default();
        decoded.readings.truncate(taken);
        let over = u32::try_from(wanted - taken).unwrap_or(u32::MAX);
        if over > 0 {
            let counted = decoded.refused.entry(Refusal::OverQuota).or_default();
            *counted = counted.saturating_add(over);
        }
        Ok(Spent {
            buckets: queue.buckets,
            device: device.device,
            readings: taken,
        })
    }

    /// Within the pace, and said.
    async fn say_values<'a>(
        &self,
        device: impl Into<Origin<'a>>,
        mut decoded: Decoded,
    ) -> Result<(), Away> {
        let device = device.into();
        let spent = self.keep_pace(device, &mut decoded).await?;
        self.say(device, Said::Values(decoded)).await?;
        spent.stored();
        Ok(())
    }

    /// Keeps what a poll brought. Returns once it is stored, or never will be.
    ///
    /// # Errors
    /// [`Away`] where it is not stored: the company is suspended, or we are stopping.
    pub async fn polled(
        &self,
        device: &devices::Polled,
        polled: modbus::Polled,
    ) -> Result<(), Away> {
        self.say(device, Said::Polled(Box::new(polled))).await
    }

    async fn say<'a>(&self, device: impl Into<Origin<'a>>, said: Said) -> Result<(), Away> {
        let device = device.into();
        let weight = u32::try_from(said.readings().len()).unwrap_or(READINGS);
        let at = self.shared.site.now();
        let (mut said, mut done) = (said, oneshot::channel());
        loop {
            let queue = self
                .queue(device)
                .ok_or_else(|| Away("stopping".to_owned()))?;
            let room = Arc::clone(&queue.room)
                .acquire_many_owned(weight.clamp(1, READINGS))
                .await;
            let Ok(room) = room else {
                return Err(Away("the queue is closed".to_owned()));
            };
            let (done_here, answer) = done;
            let job = Job {
                device: device.device,
                estate: device.estate,
                at,
                said,
                done: done_here,
                _room: room,
            };
            match queue.jobs.send(job).await {
                Ok(()) => {
                    drop(queue);
                    return answer
                        .await
                        .unwrap_or_else(|_| Err(Away("the worker ended".to_owned())));
                }
                // The worker went to rest in this moment: there is another one now.
                Err(mpsc::error::SendError(job)) => (said, done) = (job.said, (job.done, answer)),
            }
        }
    }
}

impl bridge::intake::Intake for Intake {
    async fn connect(
        &self,
        username: &str,
        password: &[u8],
    ) -> Result<Option<DeviceSession>, Away> {
        let here = self.shared.demo.load(Ordering::Relaxed);
        self.admit(username, password, here).await
    }

    async fn accept(&self, device: &DeviceSession, decoded: Decoded) -> Result<(), Away> {
        self.say_values(device, decoded).await
    }

    async fn accept_behind(&self, gateway: &DeviceSession, behind: Behind) -> Result<(), Away> {
        let Behind { said, mut own } = behind;
        let keys = said.iter().map(|(key, _)| key.as_str().to_owned());
        let keys: Vec<String> = keys.collect();
        let cx = Cx::system(&self.shared.site, tenant(gateway));
        let registered = devices::behind(&cx, gateway.device, &keys).await;
        let registered = registered.map_err(|error| {
            error.log();
            Away(error.to_string())
        })?;
        let mut all = Vec::with_capacity(said.len().saturating_add(1));
        for (key, decoded) in said {
            match registered.get(key.as_str()) {
                Some((device, estate)) => {
                    let device = DeviceSession {
                        device: *device,
                        estate: *estate,
                        key: key.as_str().to_owned(),
                        ..gateway.clone()
                    };
                    all.push((device, decoded));
                }
                None => own.refuse(Refusal::ForeignDevice),
            }
        }
        // The gateway itself was heard, whatever it said of whom.
        all.push((gateway.clone(), own));
        // All are queued before the first is waited for, so that they share a commit.
        let answers = all
            .into_iter()
            .map(|(device, decoded)| async move { self.say_values(&device, decoded).await });
        join_all(answers).await.into_iter().collect()
    }

    async fn status(&self, device: &DeviceSession, online: bool) -> Result<(), Away> {
        self.say(device, Said::Status { online }).await
    }

    async fn answered(
        &self,
        device: &DeviceSession,
        number: u64,
        answer: Answer,
    ) -> Result<bool, Away> {
        let cx = Cx::system(&self.shared.site, tenant(device));
        let heard = commands::answered(&cx, device.device, number, answer).await;
        let heard = heard.map_err(|error| {
            error.log();
            Away(error.to_string())
        })?;
        if heard == Heard::Unknown {
            return Ok(false);
        }
        // Whoever answers is there.
        self.say(device, Said::Values(Decoded::default())).await?;
        Ok(true)
    }

    fn now(&self) -> Timestamp {
        self.shared.site.now()
    }
}
