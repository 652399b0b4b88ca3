//! The chosen home's meters, in all the states that loading has.

use domain::telemetry::HomeMeter;
use leptos::prelude::*;

use crate::{
    home::{
        api::meters,
        at_home::{AtHome, use_at_home},
    },
    i18n::{locale, tu_string, use_i18n},
    live::{Live, use_live},
    ui::{Card, EmptyState, ErrorState, Icon, SkeletonCards},
    words,
};

/// Shows the meters with `view`, once they are there and there are any.
pub fn with_meters(
    retry: &'static str,
    view: impl Fn(Vec<HomeMeter>, Live, AtHome) -> AnyView + Copy + Send + Sync + 'static,
) -> AnyView {
    let locale = locale();
    let home = use_at_home();
    let chosen = home.chosen;
    let topic = Signal::derive(move || chosen.get().map(|id| format!("home/{id}/points")));
    let live = use_live(topic, home.tenant());
    let found = Resource::new(
        move || chosen.get(),
        |household| async move {
            match household {
                Some(household) => meters(household).await.map(Some),
                None => Ok(None),
            }
        },
    );
    view! {
        <Suspense fallback=|| view! { <SkeletonCards count=2 /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok(Some(meters)) if !meters.is_empty() => view(meters, live, home),
                    Ok(Some(_)) => no_meters(),
                    Ok(None) => no_home(),
                    Err(error) => {
                        let title = words::code(locale, error.code());
                        view! { <ErrorState title=title retry=retry /> }.into_any()
                    }
                }
            })}
        </Suspense>
    }
    .into_any()
}

fn no_meters() -> AnyView {
    let i18n = use_i18n();
    view! {
        <Card>
            <EmptyState
                icon=Icon::Gauge
                title=tu_string!(i18n, home.no_meters)
                text=tu_string!(i18n, home.no_meters_text)
            />
        </Card>
    }
    .into_any()
}

fn no_home() -> AnyView {
    let i18n = use_i18n();
    view! {
        <Card>
            <EmptyState
                icon=Icon::Home
                title=tu_string!(i18n, home.no_home)
                text=tu_string!(i18n, home.no_home_text)
            />
        </Card>
    }
    .into_any()
}
