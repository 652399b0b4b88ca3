//! Messages: in the page ([`Notice`]), or passing by once wasm is there ([`Toasts`]).

use leptos::prelude::*;

use super::{Icon, Tone};
use crate::i18n::{tu_string, use_i18n};

const fn icon_of(tone: Tone) -> Icon {
    match tone {
        Tone::Good => Icon::CircleCheck,
        Tone::Attention | Tone::Stale => Icon::TriangleAlert,
        Tone::Alarm => Icon::CircleAlert,
        Tone::Plain => Icon::Info,
    }
}

/// A message that stays in the page: after a redirect, above a form, about the whole page.
#[component]
pub fn Notice(
    /// Its colour and shape.
    #[prop(optional)]
    tone: Tone,
    /// Words, and a link if there is something to do.
    children: Children,
) -> impl IntoView {
    let role = if tone == Tone::Alarm {
        "alert"
    } else {
        "status"
    };
    view! {
        <div class=format!("notice {}", tone.class()) role=role>
            {icon_of(tone).view()}
            <div class="notice-text">{children()}</div>
        </div>
    }
    .into_any()
}

#[derive(Clone, Debug)]
struct Toast {
    id: u32,
    tone: Tone,
    text: String,
}

/// Passing messages. Get it with [`use_toasts`] while a component is being built.
#[derive(Clone, Copy, Debug)]
pub struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    last: StoredValue<u32>,
}

impl Toasts {
    /// Shows a message for six seconds; an alarm stays until it is closed.
    pub fn push(self, tone: Tone, text: impl Into<String>) {
        let id = self.last.with_value(|last| last.wrapping_add(1));
        self.last.set_value(id);
        let text = text.into();
        self.shown
            .update(|shown| shown.push(Toast { id, tone, text }));
        if tone != Tone::Alarm {
            set_timeout(move || self.close(id), std::time::Duration::from_secs(6));
        }
    }

    fn close(self, id: u32) {
        // The page may be gone by the time that the timer rings.
        let _ = self
            .shown
            .try_update(|shown| shown.retain(|toast| toast.id != id));
    }
}

/// Makes passing messages available to everything inside.
pub fn provide_toasts() {
    provide_context(Toasts {
        shown: RwSignal::new(Vec::new()),
        last: StoredValue::new(0),
    });
}

/// The page's passing messages.
pub fn use_toasts() -> Toasts {
    use_context().unwrap_or_else(|| Toasts {
        shown: RwSignal::new(Vec::new()),
        last: StoredValue::new(0),
    })
}

/// Where passing messages appear; read out as they come. One a page, in the app's root.
#[component]
pub fn ToastRegion() -> impl IntoView {
    let i18n = use_i18n();
    let close_text = tu_string!(i18n, common.close);
    let toasts = use_toasts();
    let each = move |toast: Toast| {
        let id = toast.id;
        view! {
            <div class=format!("toast-item {}", toast.tone.class())>
                {icon_of(toast.tone).view()}
                <span>{toast.text}</span>
                <button
                    class="icon-button"
                    type="button"
                    aria-label=close_text
                    on:click=move |_| toasts.close(id)
                >
                    {Icon::X.view()}
                </button>
            </div>
        }
    };
    view! {
        <div class="toasts" aria-live="polite">
            <For each=move || toasts.shown.get() key=|toast| toast.id children=each />
        </div>
    }
    .into_any()
}
