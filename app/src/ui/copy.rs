//! Something to take along: a secret that is shown once, a command line.

use leptos::prelude::*;

use super::Icon;
use crate::i18n::{tu_string, use_i18n};

/// A value with a copy button. Without wasm one click selects it whole.
#[component]
pub fn CopyBox(
    /// What it is: "口令".
    #[prop(into)]
    label: String,
    /// The value.
    #[prop(into)]
    value: String,
    /// Several lines, such as a command.
    #[prop(optional)]
    block: bool,
) -> impl IntoView {
    let i18n = use_i18n();
    let copied = RwSignal::new(false);
    let text = StoredValue::new(value.clone());
    let copy_text = tu_string!(i18n, ui.copy);
    let copied_text = tu_string!(i18n, ui.copied);
    let name = format!("{copy_text} {label}");
    let on_click = move |_| {
        text.with_value(|text| put_on_clipboard(text));
        copied.set(true);
        set_timeout(
            move || {
                let _ = copied.try_set(false);
            },
            std::time::Duration::from_secs(2),
        );
    };
    view! {
        <div class="copy" class:copy-block=block>
            <span class="copy-label">{label}</span>
            <code class="copy-value">{value}</code>
            <button class="btn btn-plain btn-sm needs-wasm" type="button" aria-label=name on:click=on_click>
                {move || if copied.get() { Icon::Check.view() } else { Icon::Copy.view() }}
                <span aria-live="polite">
                    {move || if copied.get() { copied_text } else { copy_text }}
                </span>
            </button>
        </div>
    }
    .into_any()
}

/// Clipboard access needs https or loopback; where it is refused the value can still be selected.
#[cfg(feature = "hydrate")]
fn put_on_clipboard(text: &str) {
    let _ = window().navigator().clipboard().write_text(text);
}

#[cfg(not(feature = "hydrate"))]
fn put_on_clipboard(_text: &str) {}
