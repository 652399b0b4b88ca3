use leptos::prelude::*;

use crate::ui::PageHead;

#[component]
pub fn DeviceListPage() -> impl IntoView {
    view! { <PageHead title="设备" /> }
}
