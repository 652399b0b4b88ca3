//! The console's first page: one estate at a glance.

use domain::telemetry::Dashboard;
use leptos::prelude::*;
use leptos_meta::Title;

use super::{board::board, first_steps::first_steps};
use crate::{
    i18n::{locale, tu_string, use_i18n},
    live::use_live,
    routes,
    telemetry::{api::dashboard, console::use_console},
    ui::{ErrorState, SkeletonCards, SkeletonRows},
    words,
};

#[component]
pub fn DashboardPage() -> impl IntoView {
    let i18n = use_i18n();
    let locale = locale();
    let console = use_console();
    let chosen = console.chosen;
    let topic = Signal::derive(move || chosen.get().map(|id| format!("estate/{id}/points")));
    let live = use_live(topic, console.tenant());
    let found = Resource::new(
        move || chosen.get(),
        |estate| async move {
            match estate {
                Some(estate) => dashboard(estate).await.map(Some),
                None => Ok(None),
            }
        },
    );
    view! {
        <Title text=tu_string!(i18n, telemetry.title) />
        <Suspense fallback=|| {
            view! {
                <SkeletonCards />
                <SkeletonRows rows=10 />
            }
        }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok(Some(found)) if registered(&found) => board(found, live),
                    Ok(_) => (move || first_steps(console)).into_any(),
                    Err(error) => {
                        let title = words::code(locale, error.code());
                        view! { <ErrorState title=title retry=routes::DASHBOARD /> }.into_any()
                    }
                }
            })}
        </Suspense>
    }
    .into_any()
}

const fn registered(dashboard: &Dashboard) -> bool {
    dashboard.devices > 0
}
