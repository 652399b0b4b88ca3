//! One tenant's worker: takes what is queued, stores it in one commit, and answers.

use std::{
    error::Error as _,
    sync::{Arc, Mutex},
    time::Duration,
};

use backend::{
    Cx, Error,
    kernel::cx::Tenant,
    telemetry::{self, Batch, Incoming},
    tenancy,
};
use bridge::intake::Away;
use domain::{Code, telemetry::Refusal};
use metrics::histogram;
use tokio::{
    select,
    sync::mpsc,
    time::{Instant, sleep, timeout},
};

use super::{Job, Said, Shared, pace::Buckets};
use crate::{mutex::locked, observe};

/// A batch takes no further message once it has this many readings.
const ENOUGH: usize = 1_000;
/// A worker without work ends after this; the next message starts another.
const REST: Duration = Duration::from_mins(10);
/// How often the company's plan is looked at.
const LOOK: Duration = Duration::from_mins(1);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

pub(super) async fn run(
    shared: Arc<Shared>,
    tenant: Tenant,
    mut jobs: mpsc::Receiver<Job>,
    buckets: Arc<Mutex<Buckets>>,
) {
    let cx = Cx::system(&shared.site, tenant);
    let mut looked: Option<Instant> = None;
    loop {
        if looked.is_none_or(|looked| looked.elapsed() > LOOK) {
            // Where the plan cannot be looked up, it is as it was.
            if let Ok(pace) = tenancy::pace(&cx).await {
                locked(&buckets).keep_to(pace, Instant::now());
            }
            looked = Some(Instant::now());
        }
        let first = match timeout(REST, jobs.recv()).await {
            Ok(Some(job)) => job,
            Ok(None) => break,
            Err(_) => {
                // From here on senders go to another worker; what they sent before is still taken.
                jobs.close();
                continue;
            }
        };
        let mut batch = vec![first];
        let mut readings = batch.iter().map(Job::readings).sum::<usize>();
        while readings < ENOUGH
            && let Ok(job) = jobs.try_recv()
        {
            readings += job.readings();
            batch.push(job);
        }
        store(&shared, &cx, batch).await;
    }
    let mut queues = locked(&shared.queues);
    if queues
        .get(&cx.tenant.id)
        .is_some_and(|queue| queue.jobs.is_closed())
    {
        queues.remove(&cx.tenant.id);
    }
}

impl Job {
    fn readings(&self) -> usize {
        self.said.readings().len()
    }

    fn answer(self, answer: Result<(), Away>) {
        // Nobody waits any more: the device has not been told, and sends again.
        let _ = self.done.send(answer);
    }

    fn add_to(&self, batch: &mut Batch) {
        let device = self.device;
        if !self.said.readings().is_empty() {
            batch.items.push(Incoming {
                device,
                estate: self.estate,
                readings: self.said.readings().to_vec(),
            });
        }
        let said_offline = match &self.said {
            Said::Values(decoded) => {
                let refused = decoded.refused.iter();
                batch
                    .refusals
                    .extend(refused.map(|(reason, count)| (device, *reason, *count)));
                None
            }
            Said::Polled(polled) => {
                let failures = polled.failures.iter();
                batch.failures.extend(
                    failures.map(|failure| (device, failure.point.clone(), failure.reason)),
                );
                // Whoever does not answer was not heard.
                if !polled.heard() {
                    return;
                }
                None
            }
            Said::Status { online } => Some(!online),
            Said::Refused(count) => {
                batch.refusals.push((device, Refusal::Malformed, *count));
                None
            }
        };
        batch.presence.push((device, self.at, said_offline));
    }
}

fn batch_of(jobs: &[Job]) -> Batch {
    let mut batch = Batch::default();
    for job in jobs {
        job.add_to(&mut batch);
    }
    batch
}

/// What a failure says about the batch that it happened to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// Nothing: the store is away or out of order. The same batch is tried again.
    Away,
    /// A message in it fails for a reason that may be ours. It is not acknowledged, and must not
    /// hold up the others.
    Stuck,
    /// A message in it will never be stored. It is counted as refused.
    Poison,
    /// Nothing is stored for this company for now: nothing is acknowledged, and nobody waits.
    Shut,
}

fn verdict(error: &Error) -> Verdict {
    match error.code() {
        Code::Unavailable => return Verdict::Away,
        Code::Suspended => return Verdict::Shut,
        _ => {}
    }
    match error
        .source()
        .and_then(|cause| cause.downcast_ref::<sqlx::Error>())
    {
        Some(sqlx::Error::Database(db)) => {
            let code = db.code().unwrap_or_default();
            match code.get(..2) {
                // Data exceptions, and values past a limit of the server's.
                Some("22" | "54") => Verdict::Poison,
                // Without a name it is no constraint but a partition that was not made.
                Some("23") if db.constraint().is_some() => Verdict::Poison,
                Some("23") => Verdict::Stuck,
                _ => Verdict::Away,
            }
        }
        Some(sqlx::Error::Encode(_)) => Verdict::Poison,
        Some(
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::RowNotFound,
        )
        | None => Verdict::Stuck,
        Some(_) => Verdict::Away,
    }
}

/// Stores a batch and answers each of its messages, in their order as far as that is possible.
async fn store(shared: &Shared, cx: &Cx, batch: Vec<Job>) {
    let tenant = cx.tenant.id;
    let mut parts = vec![batch];
    let mut pause = FIRST_PAUSE;
    while let Some(mut jobs) = parts.pop() {
        // Whoever has stopped waiting will not acknowledge, and so gets it again.
        jobs.retain(|job| !job.done.is_closed());
        if jobs.is_empty() {
            continue;
        }
        let error = match attempt(shared, cx, &jobs).await {
            Ok(()) => {
                if pause > FIRST_PAUSE {
                    tracing::info!(%tenant, "readings are stored again");
                }
                pause = FIRST_PAUSE;
                for job in jobs {
                    job.answer(Ok(()));
                }
                continue;
            }
            Err(error) => error,
        };
        let why = error
            .source()
            .map_or_else(|| error.to_string(), ToString::to_string);
        match verdict(&error) {
            Verdict::Away => {
                if pause == FIRST_PAUSE {
                    tracing::warn!(%tenant, why, "readings cannot be stored for now: their devices wait");
                }
                parts.push(jobs);
                if !rest(shared, pause).await {
                    let stopping = || Away("stopping".to_owned());
                    parts
                        .into_iter()
                        .flatten()
                        .for_each(|job| job.answer(Err(stopping())));
                    return;
                }
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            Verdict::Shut => {
                for job in jobs {
                    job.answer(Err(Away("the company is suspended".to_owned())));
                }
            }
            verdict => match split(jobs) {
                Ok((first, second)) => parts.extend([second, first]),
                Err(Some(job)) => parts.extend(give_up(job, verdict, &why).map(|job| vec![job])),
                Err(None) => {}
            },
        }
    }
}

/// One message that cannot be stored: what to try instead, if anything.
fn give_up(mut job: Job, verdict: Verdict, why: &str) -> Option<Job> {
    let device = job.device;
    let lost = match &job.said {
        Said::Values(decoded) => Some(decoded.refused.values().map(|n| *n as usize).sum()),
        Said::Polled(polled) => Some(polled.failures.len()),
        Said::Status { .. } | Said::Refused(_) => None,
    };
    if let (Verdict::Poison, Some(lost)) = (verdict, lost) {
        let lost = job.readings().saturating_add(lost);
        tracing::error!(%device, readings = lost, why, "a message can never be stored: it is refused");
        job.said = Said::Refused(u32::try_from(lost).unwrap_or(u32::MAX));
        return Some(job);
    }
    tracing::error!(%device, why, "a message cannot be stored: it is not acknowledged");
    job.answer(Err(Away("the message cannot be stored".to_owned())));
    None
}

/// Two halves; one message alone comes back as it is.
fn split(mut jobs: Vec<Job>) -> Result<(Vec<Job>, Vec<Job>), Option<Job>> {
    if jobs.len() < 2 {
        return Err(jobs.pop());
    }
    let second = jobs.split_off(jobs.len() / 2);
    Ok((jobs, second))
}

/// False where we stop instead.
async fn rest(shared: &Shared, pause: Duration) -> bool {
    let mut stopping = shared.stopping.subscribe();
    select! {
        () = sleep(pause) => true,
        _ = stopping.wait_for(|stopping| *stopping) => false,
    }
}

/// One transaction; tells the hub after its commit.
async fn attempt(shared: &Shared, cx: &Cx, jobs: &[Job]) -> Result<(), Error> {
    let readings: usize = jobs.iter().map(Job::readings).sum();
    let started = Instant::now();
    let arrived = telemetry::ingest(cx, &shared.registry, batch_of(jobs)).await?;
    histogram!("ingest_seconds").record(started.elapsed().as_secs_f64());
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    histogram!("ingest_batch_size").record(readings as f64);
    let tally = shared.registry.take_tally();
    observe::readings_accepted(tally.taken);
    for (reason, count) in tally.refused {
        observe::readings_refused(reason.as_str(), count);
    }
    shared.hub.publish(cx.tenant.id, &arrived);
    Ok(())
}
