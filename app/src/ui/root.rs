//! What must be around every page.

use leptos::prelude::*;

use super::{ToastRegion, provide_clock, provide_toasts};
use crate::i18n::LocaleProvider;

/// Language, clock and passing messages for everything inside; sits inside the router.
#[component]
pub fn UiRoot(children: Children) -> impl IntoView {
    view! {
        <LocaleProvider>
            <Inner children=children />
        </LocaleProvider>
    }
}

#[component]
fn Inner(children: Children) -> impl IntoView {
    provide_clock();
    provide_toasts();
    view! {
        {children()}
        <ToastRegion />
    }
}
