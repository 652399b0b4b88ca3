use leptos::prelude::*;
use leptos_router::components::Outlet;

#[component]
pub fn HomeMetersPage() -> impl IntoView {
    view! { <Outlet /> }
}
