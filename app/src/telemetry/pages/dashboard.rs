//! The console's first page: one estate at a glance.

use domain::telemetry::Dashboard;
use leptos::prelude::*;
use leptos_meta::Title;

use super::{board::board, first_steps::first_steps};
use crate::{
    i18n::{tu_string, use_i18n},
    live::use_live,
    routes,
    telemetry::{api::dashboard, console::use_console},
    ui::{SkeletonCards, SkeletonRows},
    words,
};

#[component]
pub fn DashboardPage() -> impl IntoView {
    let i18n = use_i18n();
    let console = use_console();
    let live = use_live(console.points_topic(), console.tenant());
    let found = Resource::new(
        move || console.wanted.get(),
        move |wanted| async move {
            let desk = console.desk().await?;
            match desk.pick(wanted) {
                Some(estate) => dashboard(estate.id).await.map(Some),
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
                match (found.await, console.desk().await) {
                    (Ok(Some(found)), Ok(desk)) if registered(&found) => board(found, desk.me, live),
                    (Ok(_), Ok(desk)) => {
                        (move || first_steps(&console.seen().unwrap_or_else(|| desk.clone()), console))
                            .into_any()
                    }
                    (Err(error), _) | (_, Err(error)) => words::refused(&error, routes::DASHBOARD),
                }
            })}
        </Suspense>
    }
    .into_any()
}

const fn registered(dashboard: &Dashboard) -> bool {
    dashboard.devices > 0
}
