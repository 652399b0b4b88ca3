//! The websocket itself, in the browser.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, HashMap},
    rc::{Rc, Weak},
    time::Duration,
};

use domain::{Code, PointId, telemetry::Newest};
use leptos::{
    leptos_dom::helpers::{IntervalHandle, TimeoutHandle, WindowListenerHandle},
    prelude::*,
};
use serde::Deserialize;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{CloseEvent, MessageEvent, WebSocket};

use super::{LiveState, Refused, absorb, pause_ms};
use crate::ui::now_ms;

/// Between looks at how the connection is doing.
const TICK: Duration = Duration::from_secs(5);
/// After this long without a frame we ask for one, in milliseconds.
const QUIET: i64 = 18_000;
/// After this long without a frame what the page shows is old, in milliseconds.
const STALE: i64 = 45_000;
/// A connection that does not open within this is given up, in milliseconds.
const OPENING: u64 = 12_000;

/// Close codes of the server that no new try would change.
const ENDED: u16 = 4401;
const WRONG_HAT: u16 = 4409;

#[derive(Deserialize)]
struct Frame {
    id: Option<u32>,
    seq: Option<u64>,
    /// Number 0 of a subscription is its snapshot, all others are deltas.
    #[serde(alias = "snapshot", alias = "delta")]
    values: Option<Vec<Newest>>,
    #[serde(default)]
    resync: bool,
    error: Option<Failure>,
}

#[derive(Deserialize)]
struct Failure {
    code: Code,
}

struct Sub {
    topic: String,
    /// Its id on the wire, new with each try; `None` while it is to be asked for.
    wire: Option<u32>,
    /// The server said no.
    refused: bool,
    /// Of the next frame.
    seq: u64,
    newest: RwSignal<HashMap<PointId, Newest>>,
    arrived: RwSignal<Vec<Newest>>,
}

struct Handlers {
    open: Closure<dyn Fn()>,
    message: Closure<dyn Fn(MessageEvent)>,
    close: Closure<dyn Fn(CloseEvent)>,
}

/// Around the connection: what keeps an eye on it.
#[derive(Default)]
struct Watch {
    tick: Option<IntervalHandle>,
    retry: Option<TimeoutHandle>,
    listeners: Vec<WindowListenerHandle>,
}

pub(super) struct Link {
    state: RwSignal<LiveState>,
    refused: RwSignal<Option<Refused>>,
    /// For pages: as `heard`, of frames only and in whole seconds.
    said: RwSignal<Option<i64>>,
    me: Weak<Link>,
    handlers: Handlers,
    socket: RefCell<Option<WebSocket>>,
    subs: RefCell<BTreeMap<u32, Sub>>,
    tenant: RefCell<String>,
    watch: RefCell<Watch>,
    last_id: Cell<u32>,
    tries: Cell<u32>,
    /// The server has said that the session is over, and nothing else since.
    ended: Cell<bool>,
    /// When the connection was begun or last said something, in milliseconds since 1970.
    heard: Cell<i64>,
}

impl Link {
    pub(super) fn new(
        state: RwSignal<LiveState>,
        refused: RwSignal<Option<Refused>>,
        said: RwSignal<Option<i64>>,
    ) -> Rc<Self> {
        Rc::new_cyclic(|me: &Weak<Self>| {
            let (a, b, c) = (me.clone(), me.clone(), me.clone());
            let handlers = Handlers {
                open: Closure::new(move || with(&a, Self::opened)),
                message: Closure::new(move |event: MessageEvent| {
                    with(&b, |link| link.take(&event));
                }),
                close: Closure::new(move |event: CloseEvent| {
                    with(&c, |link| link.lost(event.code()));
                }),
            };
            Self {
                state,
                refused,
                said,
                me: me.clone(),
                handlers,
                socket: RefCell::default(),
                subs: RefCell::default(),
                tenant: RefCell::default(),
                watch: RefCell::default(),
                last_id: Cell::new(0),
                tries: Cell::new(0),
                ended: Cell::new(false),
                heard: Cell::new(now_ms()),
            }
        })
    }

    /// Begins to keep an eye on the connection: regularly, and when the machine wakes up.
    pub(super) fn start(&self) {
        let me = self.me.clone();
        let tick = set_interval_with_handle(move || with(&me, Self::tick), TICK).ok();
        let listeners = ["visibilitychange", "online", "pageshow"].map(|event| {
            let me = self.me.clone();
            window_event_listener_untyped(event, move |_| with(&me, Self::wake))
        });
        let mut watch = self.watch.borrow_mut();
        watch.tick = tick;
        watch.listeners = listeners.into();
    }

    pub(super) fn end(&self) {
        let watch = self.watch.take();
        if let Some(tick) = watch.tick {
            tick.clear();
        }
        if let Some(retry) = watch.retry {
            retry.clear();
        }
        watch
            .listeners
            .into_iter()
            .for_each(WindowListenerHandle::remove);
        self.drop_socket();
    }

    pub(super) fn subscribe(
        &self,
        topic: String,
        tenant: String,
        newest: RwSignal<HashMap<PointId, Newest>>,
        arrived: RwSignal<Vec<Newest>>,
    ) -> u32 {
        if *self.tenant.borrow() != tenant {
            // The page has changed its company without being loaded anew.
            self.drop_socket();
            self.refused.set(None);
            self.ended.set(false);
            *self.tenant.borrow_mut() = tenant;
        }
        let id = self.next_id();
        let sub = Sub {
            topic,
            wire: None,
            refused: false,
            seq: 0,
            newest,
            arrived,
        };
        self.subs.borrow_mut().insert(id, sub);
        if self.is_open() {
            self.ask();
        } else if self.socket.borrow().is_none() {
            self.connect();
        }
        id
    }

    pub(super) fn unsubscribe(&self, id: u32) {
        let gone = self.subs.borrow_mut().remove(&id);
        if let Some(wire) = gone.and_then(|sub| sub.wire) {
            self.send(&format!(r#"{{"op":"unsub","id":{wire}}}"#));
        }
    }

    fn next_id(&self) -> u32 {
        let id = self.last_id.get().wrapping_add(1);
        self.last_id.set(id);
        id
    }

    fn is_open(&self) -> bool {
        self.socket
            .borrow()
            .as_ref()
            .is_some_and(|socket| socket.ready_state() == WebSocket::OPEN)
    }

    fn send(&self, text: &str) {
        if let Some(socket) = self.socket.borrow().as_ref()
            && socket.ready_state() == WebSocket::OPEN
        {
            // It fails only where the connection is on its way out, which is told separately.
            let _ = socket.send_with_str(text);
        }
    }

    fn show(&self, state: LiveState) {
        if self
            .state
            .try_get_untracked()
            .is_some_and(|shown| shown != state)
        {
            self.state.set(state);
        }
    }

    fn connect(&self) {
        self.drop_socket();
        if self.refused.get_untracked().is_some() || self.subs.borrow().is_empty() {
            return;
        }
        self.heard_if_first();
        let place = location();
        let scheme = if place.protocol().is_ok_and(|scheme| scheme == "https:") {
            "wss"
        } else {
            "ws"
        };
        let host = place.host().unwrap_or_default();
        let url = format!("{scheme}://{host}/live?tenant={}", self.tenant.borrow());
        match WebSocket::new(&url) {
            Ok(socket) => {
                socket.set_onopen(Some(self.handlers.open.as_ref().unchecked_ref()));
                socket.set_onmessage(Some(self.handlers.message.as_ref().unchecked_ref()));
                socket.set_onclose(Some(self.handlers.close.as_ref().unchecked_ref()));
                *self.socket.borrow_mut() = Some(socket);
                // It may hang while it opens.
                self.later(OPENING, |link| link.lost(0));
            }
            Err(_) => self.lost(0),
        }
    }

    /// The age of what is shown counts from here until the first frame.
    fn heard_if_first(&self) {
        if self.state.get_untracked() == LiveState::Off {
            self.heard.set(now_ms());
        }
    }

    /// Lets go of the socket, whose events no longer concern us.
    fn drop_socket(&self) {
        let socket = self.socket.take();
        if let Some(socket) = socket {
            socket.set_onopen(None);
            socket.set_onmessage(None);
            socket.set_onclose(None);
            let _ = socket.close();
        }
        if let Some(retry) = self.watch.borrow_mut().retry.take() {
            retry.clear();
        }
        for sub in self.subs.borrow_mut().values_mut() {
            sub.wire = None;
        }
    }

    fn later(&self, ms: u64, act: impl Fn(&Self) + 'static) {
        let me = self.me.clone();
        let timer = set_timeout_with_handle(move || with(&me, act), Duration::from_millis(ms)).ok();
        let before = std::mem::replace(&mut self.watch.borrow_mut().retry, timer);
        if let Some(before) = before {
            before.clear();
        }
    }

    fn opened(&self) {
        if let Some(opening) = self.watch.borrow_mut().retry.take() {
            opening.clear();
        }
        self.heard.set(now_ms());
        self.ask();
    }

    /// Asks for every topic that is not being sent.
    fn ask(&self) {
        let mut asks = Vec::new();
        for sub in self.subs.borrow_mut().values_mut() {
            if sub.wire.is_none() && !sub.refused {
                let id = self.next_id();
                sub.wire = Some(id);
                sub.seq = 0;
                // Topics are made of ids and plain words: nothing in them needs escaping.
                asks.push(format!(
                    r#"{{"op":"sub","id":{id},"topic":"{}"}}"#,
                    sub.topic
                ));
            }
        }
        for ask in asks {
            self.send(&ask);
        }
    }

    fn lost(&self, code: u16) {
        self.drop_socket();
        let ended = self.ended.replace(code == ENDED);
        match code {
            WRONG_HAT => self.refused.set(Some(Refused::Hat)),
            // Asked once more: where another hat was put on, the next answer says so. Where nobody
            // is logged in there is none: a browser does not tell why a handshake was refused.
            _ if ended || (code == ENDED && self.tries.get() > 0) => {
                self.refused.set(Some(Refused::Session));
            }
            _ => {
                if self.state.get_untracked() == LiveState::Live {
                    self.show(LiveState::Reconnecting);
                }
                let tries = self.tries.get();
                self.tries.set(tries.saturating_add(1));
                self.later(pause_ms(tries, js_sys::Math::random()), Self::connect);
                return;
            }
        }
        self.show(LiveState::Stale);
    }

    fn take(&self, event: &MessageEvent) {
        self.heard.set(now_ms());
        self.tell_heard();
        self.tries.set(0);
        self.ended.set(false);
        let frame = event
            .data()
            .as_string()
            .and_then(|text| serde_json::from_str(&text).ok());
        let Some(Frame {
            id,
            seq,
            values,
            resync,
            error,
        }) = frame
        else {
            return;
        };
        self.show(LiveState::Live);
        let (mut news, mut again) = (None, false);
        {
            let mut subs = self.subs.borrow_mut();
            let Some(sub) = subs
                .values_mut()
                .find(|sub| sub.wire.is_some() && sub.wire == id)
            else {
                return;
            };
            if let Some(Failure { code }) = error {
                // What is out of order on the other side is asked for again with the next tick.
                sub.refused = !matches!(code, Code::Unavailable | Code::Internal);
                sub.wire = None;
            } else if resync || seq != Some(sub.seq) {
                sub.wire = None;
                again = true;
            } else if let Some(values) = values {
                sub.seq += 1;
                news = Some((sub.newest, sub.arrived, values));
            }
        }
        // With nothing borrowed: whoever listens to these signals may subscribe in turn.
        if let Some((newest, arrived, values)) = news {
            let mut fresh = Vec::new();
            newest.try_maybe_update(|known| {
                fresh = absorb(known, values);
                (!fresh.is_empty(), ())
            });
            if !fresh.is_empty() {
                let _ = arrived.try_set(fresh);
            }
        } else if again {
            self.ask();
        }
    }

    /// Once a second at most: frames may come by the hundred.
    fn tell_heard(&self) {
        let now = self.heard.get() / 1000 * 1000;
        if self
            .said
            .try_get_untracked()
            .is_some_and(|said| said != Some(now))
        {
            self.said.set(Some(now));
        }
    }

    fn tick(&self) {
        if self.subs.borrow().is_empty() {
            self.drop_socket();
            self.show(LiveState::Off);
            return;
        }
        let age = now_ms() - self.heard.get();
        if age > STALE && self.state.get_untracked() != LiveState::Off {
            self.show(LiveState::Stale);
        }
        if self.is_open() {
            if age > STALE {
                self.connect();
            } else {
                self.ask();
                if age > QUIET {
                    self.send(r#"{"op":"ping"}"#);
                }
            }
        }
    }

    /// The page is looked at again, or the network is back: what was open may long be dead.
    fn wake(&self) {
        if document().hidden() || self.subs.borrow().is_empty() {
            return;
        }
        if self.is_open() {
            // Without an answer, the tick after next starts anew.
            self.heard
                .set(self.heard.get().min(now_ms() - STALE + 6_000));
            self.send(r#"{"op":"ping"}"#);
        } else {
            self.tries.set(0);
            self.connect();
        }
    }
}

fn with(link: &Weak<Link>, act: impl Fn(&Link)) {
    if let Some(link) = link.upgrade() {
        act(&link);
    }
}
