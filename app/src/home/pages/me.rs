use leptos::prelude::*;
use leptos_router::components::Outlet;

#[component]
pub fn HomeMePage() -> impl IntoView {
    view! { <Outlet /> }
}
