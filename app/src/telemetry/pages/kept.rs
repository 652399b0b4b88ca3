//! What a page shows, read again from time to time: sums that only the server can make, and what no
//! reading tells.

use std::time::Duration;

use domain::{Code, telemetry::Newest};
use leptos::prelude::*;

use crate::{
    AppError,
    live::{Live, LiveState},
    ui::{every, now_ms},
};

/// How often sums that only the server can make are asked for.
pub(super) const REFRESH: Duration = Duration::from_mins(1);
/// Usually not sooner than this after the last time, in milliseconds.
const PAUSE_MS: i64 = 5_000;

/// Something that is read again, and when to.
pub(super) struct Kept<T: 'static> {
    pub now: RwSignal<T>,
    /// Why the last try brought nothing.
    pub failed: RwSignal<Option<Code>>,
    load: Action<(), Result<T, AppError>>,
    asked: StoredValue<i64>,
    /// Whether it is to be read again in a moment.
    later: StoredValue<bool>,
    pause_ms: i64,
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Kept<T> {}

impl<T: Clone + Send + Sync + 'static> Kept<T> {
    /// Begins with what the page was made of, and reads it again each minute.
    pub fn new<Fut>(first: T, load: impl Fn() -> Fut + Send + Sync + 'static) -> Self
    where
        Fut: Future<Output = Result<T, AppError>> + Send + 'static,
    {
        Self::with_pause(PAUSE_MS, first, load)
    }

    /// The same for what changes often: never sooner than so many milliseconds after the last time.
    pub fn with_pause<Fut>(
        pause_ms: i64,
        first: T,
        load: impl Fn() -> Fut + Send + Sync + 'static,
    ) -> Self
    where
        Fut: Future<Output = Result<T, AppError>> + Send + 'static,
    {
        let kept = Self {
            now: RwSignal::new(first),
            failed: RwSignal::new(None),
            load: Action::new(move |(): &()| load()),
            asked: StoredValue::new(now_ms()),
            later: StoredValue::new(false),
            pause_ms,
        };
        let value = kept.load.value();
        Effect::new(move |_| match value.get() {
            None => {}
            Some(Ok(newer)) => {
                kept.now.set(newer);
                kept.failed.set(None);
            }
            Some(Err(error)) => kept.failed.set(Some(error.code())),
        });
        Effect::new(move |_| every(REFRESH, move || kept.ask()));
        kept
    }

    /// Reads it again; where that was done a moment ago, once the moment is over: what has changed
    /// since must not wait for the next minute.
    pub fn ask(self) {
        let waits = self.pause_ms - (now_ms() - self.asked.get_value());
        if waits <= 0 && !self.load.pending().get_untracked() {
            self.ask_now();
        } else if !self.later.get_value() {
            self.later.set_value(true);
            let wait = Duration::from_millis(waits.max(1_000).unsigned_abs());
            // Whoever has left the page by then asks nothing.
            let ask = move || {
                if self.later.try_get_value() == Some(true) {
                    self.later.set_value(false);
                    self.ask();
                }
            };
            set_timeout(ask, wait);
        }
    }

    /// Reads it again, unless it is on its way.
    pub fn ask_now(self) {
        if !self.load.pending().get_untracked() {
            self.asked.set_value(now_ms());
            self.load.dispatch(());
        }
    }

    /// Reads it again when the connection is back, and whenever something has arrived that changes more
    /// than its own number.
    pub fn follow(self, live: Live, matters: impl Fn(&T, &Newest) -> bool + 'static) {
        Effect::new(move |before: Option<LiveState>| {
            let state = live.state.get();
            if state == LiveState::Live && before.is_some_and(|before| before == LiveState::Stale) {
                self.ask_now();
            }
            // One that connects anew was away for as long as it took.
            if state == LiveState::Live && before == Some(LiveState::Reconnecting) {
                self.ask();
            }
            state
        });
        Effect::new(move |_| {
            let changed = live.arrived.with(|arrived| {
                self.now
                    .with_untracked(|now| arrived.iter().any(|value| matters(now, value)))
            });
            if changed {
                self.ask();
            }
        });
    }
}
