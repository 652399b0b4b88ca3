//! The console's first page: one estate at a glance.

use leptos::prelude::*;

use crate::ui::PageHead;

#[component]
pub fn DashboardPage() -> impl IntoView {
    view! { <PageHead title="总览" /> }
}
