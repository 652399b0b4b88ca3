//! The chosen home's meters, in all the states that loading has.

use domain::{
    Code,
    telemetry::{HomeMeter, HomeMonths},
};
use leptos::prelude::*;

use crate::{
    AppError,
    home::{
        api::{meters, months},
        at_home::use_at_home,
    },
    i18n::{tu_string, use_i18n},
    live::{Live, use_live},
    load::resource,
    ui::{Card, EmptyState, Icon, SkeletonCards},
    words,
};

/// The meters of a home, and what they used month by month where that was asked for.
pub struct Found {
    pub meters: Vec<HomeMeter>,
    pub months: Vec<HomeMonths>,
    /// The company's zone, in seconds east of UTC.
    pub offset_s: i32,
}

/// Shows the meters with `view`, once they are there and there are any.
pub fn with_meters(
    retry: &'static str,
    by_month: Signal<bool>,
    view: impl Fn(Found, Live) -> AnyView + Copy + Send + Sync + 'static,
) -> AnyView {
    let home = use_at_home();
    let live = use_live(home.points_topic(), home.tenant());
    let found = resource(
        move || (home.wanted.get(), by_month.get()),
        move |(wanted, by_month)| async move {
            let indoors = home.indoors().await?;
            let offset_s = indoors.me.utc_offset_s;
            let Some(home) = indoors.pick(wanted) else {
                return Ok::<_, AppError>(None);
            };
            let found = meters(home.household).await?;
            let months = if by_month {
                months(home.household).await?
            } else {
                Vec::new()
            };
            Ok(Some((found, months, offset_s)))
        },
    );
    view! {
        // Days stay while months are on their way.
        <Transition fallback=|| view! { <SkeletonCards count=2 /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok(Some((meters, months, offset_s))) if !meters.is_empty() => {
                        view(Found { meters, months, offset_s }, live)
                    }
                    Ok(Some(_)) => no_meters(),
                    Ok(None) => no_home(),
                    Err(error) if error.code() == Code::Forbidden => not_shared(),
                    Err(error) => words::refused(&error, retry),
                }
            })}
        </Transition>
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
