//! The mark: a low house and a tall one, side by side.

use leptos::prelude::*;

use crate::i18n::{tu_string, use_i18n};

/// The mark with the name beside it.
#[component]
pub fn Logo() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <span class="logo">
            <svg class="logo-mark" viewBox="0 0 28 24" aria-hidden="true" focusable="false">
                <rect class="logo-low" x="1" y="9" width="10" height="14" rx="2" />
                <path
                    class="logo-tall"
                    d="M14 3.5a2 2 0 0 1 2-2h9a2 2 0 0 1 2 2v18.5h-13zM18.5 7h4M18.5 12h4M18.5 17h4"
                />
            </svg>
            <span class="logo-name">{tu_string!(i18n, common.brand)}</span>
        </span>
    }
}
