//! One company's line to the broker.
//!
//! A connection is never mended but replaced, with all that belongs to it: an acknowledgement that
//! was worked out before the connection was lost would be taken for that of another message after
//! it, which nobody has stored.

use std::{
    collections::HashSet,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{StreamExt, stream::FuturesOrdered};
use jiff::Timestamp;
use rumqttc::v5::{
    AsyncClient, Incoming,
    mqttbytes::{
        QoS,
        v5::{Filter, Publish, PublishProperties, SubscribeReasonCode},
    },
};
use tokio::{
    select,
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};

use super::{SESSION, Server, UNDER_WAY, until_lost};
use crate::{
    intake::{Away, Directory},
    rpc::Request,
    topic::{self, Prefix},
    word::Word,
};

const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// How long a command may wait for room on its way to the broker.
const ROUTING: Duration = Duration::from_secs(1);
/// Messages that wait for the store: those under way, and as many of `QoS` 0, which nobody counts.
const WAITING: usize = 2 * UNDER_WAY as usize;

/// A company's line. It is there from [`Line::open`] until it is dropped, and connects again
/// whenever its connection is lost.
pub struct Line {
    state: Arc<State>,
    running: JoinHandle<()>,
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let up = self.is_up();
        f.debug_struct("Line")
            .field("up", &up)
            .finish_non_exhaustive()
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.running.abort();
    }
}

#[derive(Default)]
struct State {
    /// While connected and subscribed.
    client: Mutex<Option<AsyncClient>>,
    /// Keys of the devices that said, or whose will said, that they are offline.
    absent: Mutex<HashSet<String>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every change is a single one, so a panic elsewhere cannot have left it half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Line {
    /// Opens the line of the company `slug`. The broker remembers it by `client_id`: always the
    /// same for a company, and nothing that can be guessed, since whoever uses it gets what is kept
    /// for the line.
    pub fn open<D: Directory>(
        server: Server,
        client_id: String,
        slug: String,
        directory: Arc<D>,
    ) -> Self {
        let state = Arc::new(State::default());
        let keeping = keep(Arc::clone(&state), server, client_id, slug, directory);
        Self {
            state,
            running: tokio::spawn(keeping),
        }
    }

    /// Whether the broker brings what devices say.
    #[must_use]
    pub fn is_up(&self) -> bool {
        locked(&self.state.client).is_some()
    }

    /// Hands a command for a device to the broker, at `QoS` 1 and not retained. False where the
    /// broker is away, the device said that it is offline, or the command's time is up: nothing is
    /// kept for it. The broker keeps a command for a device that has just gone, until it expires.
    pub async fn carry(&self, slug: &str, key: &str, request: &Request, now: Timestamp) -> bool {
        let client = locked(&self.state.client).clone();
        let (Some(client), Some(prefix)) = (client, Prefix::new(slug, key)) else {
            return false;
        };
        let left = request.expires_at.duration_since(now);
        if left.is_zero() || left.is_negative() || locked(&self.state.absent).contains(key) {
            return false;
        }
        let seconds = u32::try_from(left.as_secs()).unwrap_or(u32::MAX).max(1);
        let properties = PublishProperties {
            message_expiry_interval: Some(seconds),
            ..PublishProperties::default()
        };
        let topic = prefix.request(request.number);
        let payload = request.payload();
        let handing =
            client.publish_with_properties(topic, QoS::AtLeastOnce, false, payload, properties);
        matches!(timeout(ROUTING, handing).await, Ok(Ok(())))
    }
}

/// One connection after the other.
async fn keep<D: Directory>(
    state: Arc<State>,
    server: Server,
    client_id: String,
    slug: String,
    directory: Arc<D>,
) {
    let mut pause = FIRST_PAUSE;
    loop {
        let began = Instant::now();
        let why = connection(&state, &server, &client_id, &slug, &directory).await;
        let was_up = locked(&state.client).take().is_some();
        if was_up || pause == FIRST_PAUSE {
            tracing::warn!(
                company = slug,
                ?server,
                why,
                "the line to the broker is down"
            );
        }
        if began.elapsed() > LONGEST_PAUSE {
            pause = FIRST_PAUSE;
        }
        sleep(pause).await;
        pause = LONGEST_PAUSE.min(2 * pause);
    }
}

/// From connecting until it is lost; answers why.
async fn connection<D: Directory>(
    state: &State,
    server: &Server,
    client_id: &str,
    slug: &str,
    directory: &Arc<D>,
) -> String {
    let mut options = server.options(client_id);
    options.set_clean_start(false);
    let seconds = u32::try_from(SESSION.as_secs()).unwrap_or(u32::MAX);
    options.set_session_expiry_interval(Some(seconds));
    options.set_manual_acks(true);
    let (client, mut events) = AsyncClient::new(options, WAITING);
    let (said, mut hearing) = mpsc::channel::<Publish>(WAITING);

    let polling = until_lost(&mut events, |packet| match packet {
        Incoming::ConnAck(_) => {
            let filters =
                topic::of_company(slug).map(|filter| Filter::new(filter, QoS::AtLeastOnce));
            client
                .try_subscribe_many(filters)
                .map_err(|error| error.to_string())
        }
        Incoming::SubAck(answer) => {
            let granted = |code| matches!(code, &SubscribeReasonCode::Success(_));
            if !answer.return_codes.iter().all(granted) {
                return Err("the broker does not let Linli subscribe".to_owned());
            }
            tracing::info!(company = slug, ?server, "the line to the broker is up");
            *locked(&state.client) = Some(client.clone());
            Ok(())
        }
        Incoming::Publish(publish) => match said.try_send(publish) {
            Ok(()) => Ok(()),
            // At QoS 0 it is lost, as QoS 0 says; of the others the broker sends no more than fit.
            Err(mpsc::error::TrySendError::Full(publish)) if publish.qos == QoS::AtMostOnce => {
                Ok(())
            }
            Err(_) => Err("more came than may be under way".to_owned()),
        },
        _ => Ok(()),
    });

    let storing = async {
        let status = tokio::sync::Mutex::new(());
        let mut storing = FuturesOrdered::new();
        loop {
            let done = select! {
                Some(publish) = hearing.recv(), if storing.len() < WAITING => {
                    storing.push_back(store(state, slug, &**directory, publish, &status));
                    continue;
                }
                Some(done) = storing.next() => done,
                else => return "nothing more comes".to_owned(),
            };
            let done: (Publish, Result<(), Away>) = done;
            match done {
                (publish, Ok(())) => {
                    if let Err(error) = client.ack(&publish).await {
                        return error.to_string();
                    }
                }
                // Not acknowledged: it comes again over the next connection.
                (_, Err(away)) => return away.to_string(),
            }
        }
    };
    select! {
        why = polling => why,
        why = storing => why,
    }
}

/// Keeps what one message says; answers the message, with whether it may be acknowledged.
async fn store<D: Directory>(
    state: &State,
    slug: &str,
    directory: &D,
    publish: Publish,
    status: &tokio::sync::Mutex<()>,
) -> (Publish, Result<(), Away>) {
    let kept = keep_word(state, slug, directory, &publish, status).await;
    (publish, kept)
}

async fn keep_word<D: Directory>(
    state: &State,
    slug: &str,
    directory: &D,
    publish: &Publish,
    status: &tokio::sync::Mutex<()>,
) -> Result<(), Away> {
    let topic = std::str::from_utf8(&publish.topic).unwrap_or_default();
    let Some((_, key, topic)) = topic::parse(topic).filter(|(of, ..)| *of == slug) else {
        return Ok(());
    };
    let Some(word) = Word::read(topic, &publish.payload, directory.now()) else {
        return Ok(());
    };
    // In the order in which they came: who waits first is first.
    let _turn = match word {
        Word::Status(_) => Some(status.lock().await),
        _ => None,
    };
    match word {
        Word::Status(false) => drop(locked(&state.absent).insert(key.to_owned())),
        _ => drop(locked(&state.absent).remove(key)),
    }
    // A retained word is of some time before: it says who is away, and of nobody that they were
    // heard just now.
    if publish.retain && !matches!(word, Word::Status(false)) {
        return Ok(());
    }
    let Some(device) = directory.device(key).await? else {
        tracing::debug!(
            company = slug,
            ?topic,
            "a message of an unknown device is dropped"
        );
        return Ok(());
    };
    word.tell(directory, &device).await
}
