use leptos::prelude::*;

use crate::ui::PageHead;

#[component]
pub fn NewDevicePage() -> impl IntoView {
    view! { <PageHead title="设备" /> }
}
