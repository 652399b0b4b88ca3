//! One live websocket.
//!
//! A subscription registers first, takes its snapshot then, and drops what waits and is not newer:
//! no gap and no step back.
//!
//! ```text
//! register -> (values wait on the tape) -> snapshot -> seq 0 -> what is newer -> seq 1 -> …
//! ```

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use backend::{
    Cx, Error,
    identity::{self, Changed},
};
use domain::Code;
use futures_util::SinkExt;
use tokio::{
    select,
    sync::{
        Notify,
        broadcast::{self, error::RecvError},
        watch,
    },
    time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout},
};

use super::{
    Live,
    frame::{self, Ask},
    hub::{Item, Subscription, Taken},
    topic::{self, Topic},
};

/// A larger message from a client ends its socket, in bytes.
pub(super) const MAX_FRAME: usize = 16 * 1024;

/// Why we end a socket: a close code and a word.
pub(super) type Farewell = (u16, &'static str);

/// The page was rendered for another tenant than the session is in.
pub(super) const WRONG_HAT: Farewell = (4409, "wrong_hat");
/// The session is over: asking again will not help.
const ENDED: Farewell = (4401, "unauthenticated");
/// The session holds, but what it may do is not what it was: whoever asks again is told by the new
/// rules. A client comes back by itself.
const CHANGED: Farewell = (close_code::AGAIN, "changed");
const STOPPING: Farewell = (close_code::AWAY, "stopping");
const TOO_LARGE: Farewell = (close_code::SIZE, "too_large");
const BINARY: Farewell = (close_code::UNSUPPORTED, "text frames only");
const SILENT: Farewell = (close_code::POLICY, "silent");

#[derive(Debug)]
enum End {
    /// The other side is not there, or takes nothing any more.
    Gone,
    Farewell(Farewell),
}

/// Closes a socket that was opened only to say why it cannot be.
pub(super) async fn refuse(mut socket: WebSocket, (code, reason): Farewell) {
    let close = CloseFrame {
        code,
        reason: Utf8Bytes::from_static(reason),
    };
    let parting = async {
        if socket.send(Message::Close(Some(close))).await.is_ok() {
            // Until the other side has answered, or a proxy may drop what is still under way.
            while let Some(Ok(_)) = socket.recv().await {}
        }
    };
    let _ = timeout(Duration::from_secs(2), parting).await;
}

/// Serves a socket until it ends.
pub(super) async fn run(live: Live, socket: WebSocket, cx: Cx) {
    let mut session = Session {
        live,
        socket,
        cx,
        subs: BTreeMap::new(),
        bell: Arc::new(Notify::new()),
        heard: Instant::now(),
    };
    let end = session.serve().await;
    // Out of the hub before the parting, which may take a while.
    session.subs.clear();
    if let End::Farewell(why) = end {
        refuse(session.socket, why).await;
    }
}

/// Whoever stops us keeps nobody waiting: an error means that the last of them is gone.
async fn stopped(stopping: &mut watch::Receiver<bool>) {
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

/// Waits for news of this session.
async fn concerns(changes: &mut broadcast::Receiver<Changed>, cx: &Cx) {
    loop {
        let concerned = match changes.recv().await {
            Ok(Changed::Session(session)) => cx.actor.session() == Some(session),
            Ok(Changed::Person(tenant, person)) => {
                cx.tenant.id == tenant && cx.actor.person() == Some(person)
            }
            Ok(Changed::Tenant(tenant)) => cx.tenant.id == tenant,
            Ok(Changed::Device(..)) => false,
            Ok(Changed::Anything) | Err(RecvError::Lagged(_)) => true,
            // Never while this socket is open, since it holds the sender.
            Err(RecvError::Closed) => std::future::pending().await,
        };
        if concerned {
            return;
        }
    }
}

/// What the other side takes in time.
async fn taken<E>(
    patience: Duration,
    sending: impl Future<Output = Result<(), E>>,
) -> Result<(), End> {
    match timeout(patience, sending).await {
        Ok(Ok(())) => Ok(()),
        // One that takes nothing would not take a close frame either.
        Ok(Err(_)) | Err(_) => Err(End::Gone),
    }
}

#[derive(Debug)]
struct Sub {
    topic: Topic,
    subscription: Subscription,
    /// Of the frame that was sent last.
    seq: u64,
    /// No delta before this.
    not_before: Instant,
}

struct Session {
    live: Live,
    socket: WebSocket,
    cx: Cx,
    subs: BTreeMap<u64, Sub>,
    /// Rung for each of this socket's subscriptions.
    bell: Arc<Notify>,
    /// When the client last said anything.
    heard: Instant,
}

impl Session {
    async fn serve(&mut self) -> End {
        let mut stopping = self.live.0.stopping.subscribe();
        let mut changes = self.live.0.changes.subscribe();
        // What changed between the look that let it in and now was told to nobody here.
        if let Err(end) = self.recheck().await {
            return end;
        }
        let (ping, recheck) = (self.live.0.pace.ping, self.live.0.pace.recheck);
        let mut pings = interval_at(Instant::now() + ping, ping);
        let mut rechecks = interval_at(Instant::now() + recheck, recheck);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        rechecks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let bell = Arc::clone(&self.bell);
        loop {
            let due = self.due();
            let step = select! {
                () = stopped(&mut stopping) => Err(End::Farewell(STOPPING)),
                message = self.socket.recv() => match message {
                    Some(Ok(message)) => self.take(message).await,
                    Some(Err(_)) | None => Err(End::Gone),
                },
                // Only to look again at what is due.
                () = bell.notified() => Ok(()),
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => self.deliver().await,
                _ = pings.tick() => self.ping().await,
                () = concerns(&mut changes, &self.cx) => self.recheck().await,
                _ = rechecks.tick() => self.recheck().await,
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    /// When the next delta is due.
    fn due(&self) -> Option<Instant> {
        self.subs
            .values()
            .filter(|sub| sub.subscription.is_waiting())
            .map(|sub| sub.not_before)
            .min()
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        taken(self.live.0.pace.patience, self.socket.send(message)).await
    }

    async fn say(&mut self, frame: String) -> Result<(), End> {
        self.send(Message::Text(frame.into())).await
    }

    async fn ping(&mut self) -> Result<(), End> {
        if self.heard.elapsed() > self.live.0.pace.silence {
            return Err(End::Farewell(SILENT));
        }
        self.send(Message::Ping(Vec::new().into())).await
    }

    async fn take(&mut self, message: Message) -> Result<(), End> {
        self.heard = Instant::now();
        let text = match message {
            Message::Text(text) if text.len() <= MAX_FRAME => text,
            Message::Text(_) => return Err(End::Farewell(TOO_LARGE)),
            Message::Binary(_) => return Err(End::Farewell(BINARY)),
            // Answered by the library; after a close, the next read ends the socket.
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) => return Ok(()),
        };
        match Ask::parse(&text) {
            Ok(Ask::Ping) => self.send(Message::Text(frame::PONG.into())).await,
            Ok(Ask::Unsub { id }) => {
                self.subs.remove(&id);
                Ok(())
            }
            Ok(Ask::Sub { id, topic }) => self.subscribe(id, &topic).await,
            Err(id) => self.say(frame::error(id, Code::Invalid)).await,
        }
    }

    async fn subscribe(&mut self, id: u64, name: &str) -> Result<(), End> {
        // The same id again is the same subscription, started anew.
        self.subs.remove(&id);
        let opened = match Topic::parse(name) {
            None => Err(Error::not_found()),
            Some(_) if self.subs.len() >= self.live.0.pace.subscriptions_per_socket => {
                Err(Error::new(Code::TooMany))
            }
            Some(topic) => self.open(topic).await,
        };
        match opened {
            Ok((mut sub, items)) => {
                let frame = frame::snapshot(id, &items);
                // All of it is in the frame; what it answers is for those who have sent one before.
                let _ = sub.subscription.seen(items);
                self.subs.insert(id, sub);
                self.say(frame).await
            }
            Err(error) => {
                error.log();
                self.say(frame::error(Some(id), error.code())).await
            }
        }
    }

    // A socket can be used by one task at a time only, so a shared reference to it may not wait.
    async fn open(&mut self, topic: Topic) -> backend::Result<(Sub, Vec<Item>)> {
        topic.allow(&self.cx)?;
        let sources = topic.sources(&self.cx).await?;
        let bell = Arc::clone(&self.bell);
        let mut subscription = self.live.0.hub.subscribe(self.cx.tenant.id, &sources, bell);
        let newest = topic.snapshot(&self.cx).await?;
        if topic.by_points(&self.cx) {
            // It may have gained or lost a meter between the two looks.
            subscription.listen_to(&topic::sources(&topic::points(&newest)));
        }
        let items = newest.iter().filter_map(Item::of).collect();
        Ok((
            Sub {
                topic,
                subscription,
                seq: 0,
                not_before: Instant::now(),
            },
            items,
        ))
    }

    /// Sends what is due, all of it in one go: to hand over each frame by itself costs more than
    /// to write it.
    async fn deliver(&mut self) -> Result<(), End> {
        let now = Instant::now();
        let due: Vec<u64> = self
            .subs
            .iter()
            .filter(|(_, sub)| sub.not_before <= now)
            .map(|(id, _)| *id)
            .collect();
        for id in due {
            let Some(sub) = self.subs.get_mut(&id) else {
                continue;
            };
            let frame = match sub.subscription.take() {
                Taken::Nothing => continue,
                Taken::Values(items) => {
                    sub.seq += 1;
                    sub.not_before = now + self.live.0.pace.window;
                    frame::delta(id, sub.seq, items.iter().map(AsRef::as_ref))
                }
                Taken::Overflown => {
                    self.subs.remove(&id);
                    frame::resync(id)
                }
            };
            let message = Message::Text(frame.into());
            taken(self.live.0.pace.patience, self.socket.feed(message)).await?;
        }
        taken(self.live.0.pace.patience, self.socket.flush()).await
    }

    /// Looks whether the session still holds and what it may still see.
    async fn recheck(&mut self) -> Result<(), End> {
        let Some(session) = self.cx.actor.session() else {
            return Err(End::Farewell(ENDED));
        };
        match identity::cx_of(&self.live.0.site, session).await {
            Ok(Some(cx))
                if cx.tenant.id == self.cx.tenant.id && cx.actor.hat() == self.cx.actor.hat() =>
            {
                let rules = |cx: &Cx| (cx.tenant.suspended, cx.tenant.second_factor_missing);
                if cx.actor != self.cx.actor || rules(&cx) != rules(&self.cx) {
                    return Err(End::Farewell(CHANGED));
                }
                self.cx = cx;
            }
            Ok(_) => return Err(End::Farewell(ENDED)),
            // While the database is away, nobody can end a session there either.
            Err(error) => {
                error.log();
                return Ok(());
            }
        }
        let ids: Vec<(u64, Topic)> = self.subs.iter().map(|(id, sub)| (*id, sub.topic)).collect();
        for (id, topic) in ids {
            let still = match topic.allow(&self.cx) {
                Ok(()) if topic.by_points(&self.cx) => self.refresh(id, topic).await?,
                allowed => allowed,
            };
            if let Err(error) = still
                && error.code() != Code::Unavailable
            {
                error.log();
                self.subs.remove(&id);
                self.say(frame::error(Some(id), error.code())).await?;
            }
        }
        Ok(())
    }

    /// Follows a home to the meters that it has now; what they say first comes as a delta.
    async fn refresh(&mut self, id: u64, topic: Topic) -> Result<backend::Result<()>, End> {
        let newest = match topic.snapshot(&self.cx).await {
            Ok(newest) => newest,
            Err(error) => return Ok(Err(error)),
        };
        let Some(sub) = self.subs.get_mut(&id) else {
            return Ok(Ok(()));
        };
        let points = topic::points(&newest);
        sub.subscription.listen_to(&topic::sources(&points));
        sub.subscription.keep_only(&points);
        let news = sub
            .subscription
            .seen(newest.iter().filter_map(Item::of).collect());
        if !news.is_empty() {
            sub.seq += 1;
            let frame = frame::delta(id, sub.seq, news.iter());
            self.say(frame).await?;
        }
        Ok(Ok(()))
    }
}
