use leptos::prelude::*;
use leptos_router::components::Outlet;

#[component]
pub fn HomePage() -> impl IntoView {
    view! { <Outlet /> }
}
