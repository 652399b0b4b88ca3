use leptos::prelude::*;

use crate::ui::PageHead;

#[component]
pub fn DevicePage() -> impl IntoView {
    view! { <PageHead title="设备" /> }
}
