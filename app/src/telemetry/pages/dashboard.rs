//! The console's first page: one estate at a glance.

use domain::{EstateId, identity::Action, telemetry::Dashboard};
use leptos::prelude::*;
use leptos_meta::Title;

use super::{board::board, first_steps::first_steps, frame::lead_to};
use crate::{
    AppError,
    devices::api::{Unheard, unheard},
    i18n::{tu_string, use_i18n},
    live::use_live,
    load::resource,
    routes,
    telemetry::{api::dashboard, console::use_console},
    ui::{SkeletonCards, SkeletonRows},
    words,
};

/// The figures, and where there are none, what to do about it.
async fn look(estate: EstateId) -> Result<(Dashboard, Option<Unheard>), AppError> {
    let found = dashboard(estate).await?;
    if !found.recent.is_empty() || !registered(&found) {
        return Ok((found, None));
    }
    let first = unheard(estate).await?;
    Ok((found, first))
}

#[component]
pub fn DashboardPage() -> impl IntoView {
    let i18n = use_i18n();
    let console = use_console();
    let live = use_live(console.points_topic(), console.tenant());
    let found = resource(
        move || console.wanted.get(),
        move |wanted| async move {
            let desk = console.desk().await?;
            match desk.pick(wanted) {
                Some(estate) => look(estate.id).await.map(Some),
                None => Ok(None),
            }
        },
    );
    // As any view: see `ConsoleShell`.
    let body = (move || {
        Suspend::new(async move {
            match (found.await, console.desk().await) {
                // Who does not look after devices begins with the places; who owes a second
                // factor is led away by the frame.
                (_, Ok(desk)) if !desk.me.may(Action::ViewDevices) => {
                    if desk.me.second_factor_first {
                        ().into_any()
                    } else {
                        lead_to(routes::ESTATES)
                    }
                }
                (Ok(Some((found, first))), Ok(desk)) if registered(&found) => {
                    board(found, first, desk.me, live)
                }
                (Ok(_), Ok(desk)) => {
                    (move || first_steps(&console.seen().unwrap_or_else(|| desk.clone()), console))
                        .into_any()
                }
                (Err(error), _) | (_, Err(error)) => words::refused(&error, routes::DASHBOARD),
            }
        })
    })
    .into_any();
    view! {
        <Title text=tu_string!(i18n, telemetry.title) />
        <Suspense fallback=|| {
            view! {
                <SkeletonCards />
                <SkeletonRows rows=10 />
            }
        }>
            {body}
        </Suspense>
    }
    .into_any()
}

const fn registered(dashboard: &Dashboard) -> bool {
    dashboard.devices > 0
}
