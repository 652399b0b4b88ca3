//! An address that leads nowhere.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    i18n::{tu_string, use_i18n},
    routes,
    ui::{EmptyState, Icon, LinkButton, SiteShell},
};

#[component]
pub fn MissingPage() -> impl IntoView {
    let i18n = use_i18n();
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(axum::http::StatusCode::NOT_FOUND);
    }
    view! {
        <Title text=tu_string!(i18n, site.missing) />
        <SiteShell narrow=true>
            <h1 class="sr-only">{tu_string!(i18n, site.missing)}</h1>
            <EmptyState
                icon=Icon::Search
                title=tu_string!(i18n, site.missing)
                text=tu_string!(i18n, site.missing_text)
            >
                <LinkButton href=routes::LANDING>{tu_string!(i18n, site.to_start)}</LinkButton>
            </EmptyState>
        </SiteShell>
    }
    .into_any()
}
