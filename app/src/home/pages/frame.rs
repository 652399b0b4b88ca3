use leptos::prelude::*;
use leptos_router::components::Outlet;

#[component]
pub fn HomeFrame() -> impl IntoView {
    view! { <Outlet /> }
}
