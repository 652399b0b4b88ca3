//! One company's line to the broker.
//!
//! A connection is never mended but replaced, with all that belongs to it: an acknowledgement that
//! was worked out before the connection was lost would be taken for that of another message after
//! it, which nobody has stored.

use std::{
    collections::HashSet,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::{StreamExt, stream::FuturesOrdered};
use jiff::Timestamp;
use rumqttc::v5::{
    AsyncClient, Incoming,
    mqttbytes::{
        QoS,
        v5::{Filter, Publish, PublishProperties, RetainForwardRule, SubscribeReasonCode},
    },
};
use tokio::{
    select,
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};

use super::{Directory, SESSION, Server, UNDER_WAY, until_lost};
use crate::{
    intake::{Away, Intake},
    rpc::Request,
    topic::{self, Prefix},
    word::Word,
};

const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// How long a command may wait for room on its way to the broker.
const ROUTING: Duration = Duration::from_secs(1);
/// Messages that are brought to the store at a time.
const STORING: usize = UNDER_WAY as usize;
/// Messages that wait for that. Mosquitto 2.0 sends more at a time than it was asked to when a session
/// goes on; more than there are packet identifiers no broker can send unacknowledged.
const WAITING: usize = u16::MAX as usize;
/// Of them, those of `QoS` 0, which nobody counts.
const UNCOUNTED: usize = 2 * STORING;

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
    /// Whether the broker keeps what is said for this line, connected or not.
    known: AtomicBool,
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
    pub fn open<D: Directory, I: Intake>(
        server: Server,
        client_id: String,
        slug: String,
        directory: Arc<D>,
        intake: Arc<I>,
    ) -> Self {
        let state = Arc::new(State::default());
        let keeper = Keeper {
            state: Arc::clone(&state),
            server,
            client_id,
            slug,
            directory,
            intake,
        };
        Self {
            state,
            running: tokio::spawn(keeper.keep()),
        }
    }

    /// Whether the broker brings what devices say.
    #[must_use]
    pub fn is_up(&self) -> bool {
        locked(&self.state.client).is_some()
    }

    /// Whether the broker has ever been told, over this line, what to keep for it. What a device says
    /// before that, it acknowledges and nobody gets.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.state.known.load(Ordering::Acquire)
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

/// Whoever keeps a line.
struct Keeper<D, I> {
    state: Arc<State>,
    server: Server,
    client_id: String,
    slug: String,
    directory: Arc<D>,
    intake: Arc<I>,
}

impl<D: Directory, I: Intake> Keeper<D, I> {
    /// One connection after the other.
    async fn keep(self) {
        let (company, server) = (&*self.slug, &self.server);
        let mut pause = FIRST_PAUSE;
        loop {
            let began = Instant::now();
            let why = self.connection().await;
            let was_up = locked(&self.state.client).take().is_some();
            if was_up || pause == FIRST_PAUSE {
                tracing::warn!(company, ?server, why, "the line to the broker is down");
            }
            if began.elapsed() > LONGEST_PAUSE {
                pause = FIRST_PAUSE;
            }
            sleep(pause).await;
            pause = LONGEST_PAUSE.min(2 * pause);
        }
    }

    /// From connecting until it is lost; answers why.
    async fn connection(&self) -> String {
        let mut options = self.server.options(&self.client_id);
        options.set_clean_start(false);
        let seconds = u32::try_from(SESSION.as_secs()).unwrap_or(u32::MAX);
        options.set_session_expiry_interval(Some(seconds));
        options.set_manual_acks(true);
        let (client, mut events) = AsyncClient::new(options, STORING);
        let (said, hearing) = mpsc::channel(WAITING);
        let polling = until_lost(&mut events, |packet| self.hear(&client, &said, packet));
        select! {
            why = polling => why,
            why = self.store_all(&client, hearing) => why,
        }
    }

    /// What to do about a packet; an error ends the connection.
    fn hear(
        &self,
        client: &AsyncClient,
        said: &mpsc::Sender<Publish>,
        packet: Incoming,
    ) -> Result<(), String> {
        match packet {
            Incoming::ConnAck(answer) => {
                if self.state.known.load(Ordering::Acquire) && !answer.session_present {
                    tracing::warn!(
                        company = self.slug,
                        server = ?self.server,
                        "the broker has forgotten what it kept for this line: some of it may be lost"
                    );
                }
                let filters = topic::of_company(&self.slug).map(|filter| Filter {
                    // What was said while the line was away waits in its session, in its order;
                    // a retained word is older than that.
                    retain_forward_rule: RetainForwardRule::OnNewSubscribe,
                    ..Filter::new(filter, QoS::AtLeastOnce)
                });
                client
                    .try_subscribe_many(filters)
                    .map_err(|error| error.to_string())
            }
            Incoming::SubAck(answer) => {
                let granted = |code| matches!(code, &SubscribeReasonCode::Success(_));
                if !answer.return_codes.iter().all(granted) {
                    return Err("the broker does not let Linli subscribe".to_owned());
                }
                tracing::info!(company = self.slug, server = ?self.server, "the line to the broker is up");
                self.state.known.store(true, Ordering::Release);
                *locked(&self.state.client) = Some(client.clone());
                Ok(())
            }
            // At QoS 0 it is lost, as QoS 0 says.
            Incoming::Publish(publish)
                if publish.qos == QoS::AtMostOnce
                    && said.max_capacity() - said.capacity() >= UNCOUNTED =>
            {
                Ok(())
            }
            Incoming::Publish(publish) => said
                .try_send(publish)
                .map_err(|_| "more came than can be unacknowledged".to_owned()),
            _ => Ok(()),
        }
    }

    /// Stores many messages at a time, so that they share commits, and acknowledges them in their
    /// order. Ends where one cannot be stored; answers why.
    async fn store_all(
        &self,
        client: &AsyncClient,
        mut hearing: mpsc::Receiver<Publish>,
    ) -> String {
        let turn = tokio::sync::Mutex::new(());
        let mut storing = FuturesOrdered::new();
        loop {
            let (publish, kept) = select! {
                Some(publish) = hearing.recv(), if storing.len() < STORING => {
                    storing.push_back(async {
                        let kept = self.store(&publish, &turn).await;
                        (publish, kept)
                    });
                    continue;
                }
                Some(done) = storing.next() => done,
                else => return "nothing more comes".to_owned(),
            };
            match kept {
                Ok(()) => {
                    if let Err(error) = client.ack(&publish).await {
                        return error.to_string();
                    }
                }
                // Not acknowledged: it comes again over the next connection.
                Err(away) => return away.to_string(),
            }
        }
    }

    /// Keeps what one message says. Status words take turns, in the order in which they came.
    async fn store(&self, publish: &Publish, turn: &tokio::sync::Mutex<()>) -> Result<(), Away> {
        let topic = std::str::from_utf8(&publish.topic).unwrap_or_default();
        let own = topic::parse(topic).filter(|(slug, ..)| *slug == self.slug);
        let Some((_, key, topic)) = own else {
            return Ok(());
        };
        let Some(word) = Word::read(topic, &publish.payload, self.intake.now()) else {
            return Ok(());
        };
        let _turn = match word {
            Word::Status(_) => Some(turn.lock().await),
            _ => None,
        };
        // A retained word is of some time before: it says who is away, and of nobody that they were
        // heard just now.
        if publish.retain && !matches!(word, Word::Status(false)) {
            return Ok(());
        }
        let Some(device) = self.directory.device(key).await? else {
            tracing::debug!(
                company = self.slug,
                ?topic,
                "a message of an unknown device is dropped"
            );
            return Ok(());
        };
        match word {
            Word::Status(false) => locked(&self.state.absent).insert(key.to_owned()),
            _ => locked(&self.state.absent).remove(key),
        };
        word.tell(&*self.intake, &device).await
    }
}
