//! Every piece in every state, to look at.

use leptos::prelude::*;

/// placeholder
#[component]
pub fn Gallery() -> impl IntoView {
    view! { <p></p> }
}
