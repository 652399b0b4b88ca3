//! The chosen home's meters, in all the states that loading has.

use domain::{Code, telemetry::HomeMeter};
use leptos::prelude::*;

use crate::{
    home::{api::meters, at_home::use_at_home},
    i18n::{tu_string, use_i18n},
    live::{Live, use_live},
    load::resource,
    ui::{Card, EmptyState, Icon, SkeletonCards},
    words,
};

/// Shows the meters with `view`, once they are there and there are any. It is also told the
/// company's zone, in seconds east of UTC.
pub fn with_meters(
    retry: &'static str,
    view: impl Fn(Vec<HomeMeter>, Live, i32) -> AnyView + Copy + Send + Sync + 'static,
) -> AnyView {
    let home = use_at_home();
    let live = use_live(home.points_topic(), home.tenant());
    let found = resource(
        move || home.wanted.get(),
        move |wanted| async move {
            let indoors = home.indoors().await?;
            let offset_s = indoors.me.utc_offset_s;
            match indoors.pick(wanted) {
                Some(home) => meters(home.household)
                    .await
                    .map(|meters| Some((meters, offset_s))),
                None => Ok(None),
            }
        },
    );
    view! {
        <Suspense fallback=|| view! { <SkeletonCards count=2 /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok(Some((meters, offset_s))) if !meters.is_empty() => view(meters, live, offset_s),
                    Ok(Some(_)) => no_meters(),
                    Ok(None) => no_home(),
                    Err(error) if error.code() == Code::Forbidden => not_shared(),
                    Err(error) => words::refused(&error, retry),
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

/// A renter whom the owner shows no meters.
fn not_shared() -> AnyView {
    let i18n = use_i18n();
    view! {
        <Card>
            <EmptyState
                icon=Icon::Gauge
                title=tu_string!(i18n, home.not_shared)
                text=tu_string!(i18n, home.not_shared_text)
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
