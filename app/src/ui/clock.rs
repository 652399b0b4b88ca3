//! The page's own clock, so that «2 秒前» counts up while nothing else happens.

use std::time::Duration;

use leptos::prelude::*;

use super::format;
use crate::i18n::locale;

#[derive(Clone, Copy)]
struct Clock(RwSignal<i64>);

/// Milliseconds since 1970, UTC.
pub fn now_ms() -> i64 {
    #[cfg(feature = "hydrate")]
    {
        #[allow(clippy::cast_possible_truncation, reason = "whole milliseconds fit")]
        let now = js_sys::Date::now() as i64;
        now
    }
    #[cfg(not(feature = "hydrate"))]
    {
        #[allow(
            clippy::disallowed_methods,
            reason = "only ages on the page are computed from it, nothing is stored"
        )]
        let now = std::time::SystemTime::now();
        now.duration_since(std::time::UNIX_EPOCH)
            .ok()
            .and_then(|since| i64::try_from(since.as_millis()).ok())
            .unwrap_or_default()
    }
}

/// Starts the clock for everything inside; one timer a page.
pub fn provide_clock() {
    let clock = RwSignal::new(now_ms());
    provide_context(Clock(clock));
    // Effects do not run on the server, so the timer exists in the browser only.
    Effect::new(move |_| every(Duration::from_secs(1), move || clock.set(now_ms())));
}

/// Does something again and again until what it was begun in goes: an effect, say.
pub fn every(span: Duration, act: impl Fn() + 'static) {
    let timer = set_interval_with_handle(act, span).ok();
    on_cleanup(move || {
        if let Some(timer) = timer {
            timer.clear();
        }
    });
}

/// The time now in milliseconds since 1970, moving on once a second in the browser.
pub fn use_now() -> Signal<i64> {
    use_context::<Clock>().map_or_else(|| Signal::stored(now_ms()), |clock| clock.0.into())
}

/// How long ago something happened, counting up by itself; older than `stale_after_s` it looks old.
#[component]
pub fn Age(
    /// When, in milliseconds since 1970; `None` reads "nothing yet".
    #[prop(into)]
    at: Signal<Option<i64>>,
    /// Seconds after which the value counts as old.
    #[prop(default = i64::MAX)]
    stale_after_s: i64,
) -> impl IntoView {
    let now = use_now();
    let language = locale();
    let stale = move || {
        at.get()
            .is_some_and(|at| (now.get() - at) / 1000 > stale_after_s)
    };
    let text = Memo::new(move |_| match at.get() {
        Some(at) => format::age(now.get(), at, language),
        None => format::never(language).to_owned(),
    });
    view! {
        <time class="age" class:is-stale=stale datetime=move || at.get().map(format::rfc3339)>
            {text}
        </time>
    }
}
