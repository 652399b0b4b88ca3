//! How a thing is doing: never colour alone, always a shape and a word.

use leptos::prelude::*;

use crate::i18n::{tu_string, use_i18n};

/// Colour of a message or a figure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Says nothing by colour.
    #[default]
    Plain,
    /// As it should be.
    Good,
    /// Somebody should look.
    Attention,
    /// Somebody must act.
    Alarm,
    /// Old: what it shows may no longer be so.
    Stale,
}

impl Tone {
    /// The class that colours text and marks.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Plain => "tone-plain",
            Self::Good => "tone-good",
            Self::Attention => "tone-attention",
            Self::Alarm => "tone-alarm",
            Self::Stale => "tone-stale",
        }
    }
}

/// The state of a device or a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Reports as expected: a full dot.
    Good,
    /// Reports something unusual: a diamond.
    Attention,
    /// Reports danger: a triangle.
    Alarm,
    /// Late: a hatched square.
    Stale,
    /// Silent: a hollow ring.
    Offline,
}

impl State {
    const fn class(self) -> &'static str {
        match self {
            Self::Good => "state state-good",
            Self::Attention => "state state-attention",
            Self::Alarm => "state state-alarm",
            Self::Stale => "state state-stale",
            Self::Offline => "state state-offline",
        }
    }

    /// What journeys look for, whatever the word.
    const fn key(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Attention => "attention",
            Self::Alarm => "alarm",
            Self::Stale => "stale",
            Self::Offline => "offline",
        }
    }

    const fn outline(self) -> &'static str {
        match self {
            // Full or hollow, by style.
            Self::Good | Self::Offline => "M6 2.5a3.5 3.5 0 1 0 0 7a3.5 3.5 0 1 0 0-7z",
            Self::Attention => "M6 1L11 6L6 11L1 6z",
            Self::Alarm => "M6 1L11.5 10.5H.5z",
            Self::Stale => "M2 2H10V10H2zM2 6L6 2M2 10L10 2M6 10L10 6",
        }
    }
}

/// Shape and word of a state. The word can be the room's own (`运行`, `有人`).
#[component]
pub fn StateMark(
    /// The state; live values move it.
    #[prop(into)]
    state: Signal<State>,
    /// Another word than the usual one.
    #[prop(optional, into)]
    word: MaybeProp<String>,
) -> impl IntoView {
    let i18n = use_i18n();
    let usual = move || match state.get() {
        State::Good => tu_string!(i18n, ui.state_good),
        State::Attention => tu_string!(i18n, ui.state_attention),
        State::Alarm => tu_string!(i18n, ui.state_alarm),
        State::Stale => tu_string!(i18n, ui.state_stale),
        State::Offline => tu_string!(i18n, ui.state_offline),
    };
    view! {
        <span class=move || state.get().class() data-state=move || state.get().key()>
            <svg class="state-shape" viewBox="0 0 12 12" aria-hidden="true" focusable="false">
                <path d=move || state.get().outline() />
            </svg>
            <span>{move || word.get().unwrap_or_else(|| usual().to_owned())}</span>
        </span>
    }
}

/// How the page's live connection is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LiveState {
    /// No wasm yet, or nothing subscribed: the page shows what it was rendered with.
    #[default]
    Off,
    /// Connected and fresh.
    Live,
    /// Lost, trying again.
    Reconnecting,
    /// Connected, but nothing new for too long.
    Stale,
}

/// The live dot in the top bar.
#[component]
pub fn LiveDot(
    /// Told by the live connection.
    #[prop(into)]
    state: Signal<LiveState>,
) -> impl IntoView {
    let i18n = use_i18n();
    let class = move || match state.get() {
        LiveState::Off => "live live-off",
        LiveState::Live => "live live-on",
        LiveState::Reconnecting => "live live-reconnecting",
        LiveState::Stale => "live live-stale",
    };
    let word = move || match state.get() {
        LiveState::Off => tu_string!(i18n, ui.live_off),
        LiveState::Live => tu_string!(i18n, ui.live_on),
        LiveState::Reconnecting => tu_string!(i18n, ui.live_reconnecting),
        LiveState::Stale => tu_string!(i18n, ui.live_stale),
    };
    view! {
        <span class=class role="status">
            <span class="live-dot" aria-hidden="true"></span>
            <span class="live-word">{word}</span>
        </span>
    }
}
