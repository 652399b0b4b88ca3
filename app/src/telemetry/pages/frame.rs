//! The frame around every page of the console.

use leptos::prelude::*;
use leptos_router::components::Outlet;

#[component]
pub fn ConsoleFrame() -> impl IntoView {
    view! { <Outlet /> }
}
