//! The frame around the owner's pages: which home, and a bar at the thumb.

use domain::{
    estates::Home,
    identity::{Hat, Me},
};
use leptos::prelude::*;
use leptos_router::{
    components::{Outlet, Redirect},
    hooks::{use_location, use_query_map},
};

use crate::{
    AppError,
    home::{api::homes, at_home::AtHome},
    i18n::{locale, tu_string, use_i18n},
    identity::api::me,
    live::{provide_live, use_live_state},
    routes,
    telemetry::pages::live_ended,
    ui::{ErrorState, HomeShell, Icon, LiveDot, RailItem, SkeletonCards, SwitchItem},
    words,
};

/// Who asks and where they live; staff live nowhere here.
async fn arrive() -> Result<Option<(Me, Vec<Home>)>, AppError> {
    let Some(me) = me().await? else {
        return Ok(None);
    };
    let homes = match me.hat {
        Hat::Resident => homes().await?,
        Hat::Staff => Vec::new(),
    };
    Ok(Some((me, homes)))
}

#[component]
pub fn HomeFrame() -> impl IntoView {
    let locale = locale();
    provide_live();
    let found = Resource::new(|| (), |()| arrive());
    view! {
        <Suspense fallback=|| view! { <SkeletonCards count=2 /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok(None) => view! { <Redirect path=routes::LOGIN /> }.into_any(),
                    Ok(Some((me, _))) if me.hat == Hat::Staff => {
                        view! { <Redirect path=routes::DASHBOARD /> }.into_any()
                    }
                    Ok(Some((me, homes))) => indoors(me, homes),
                    Err(error) => {
                        let title = words::code(locale, error.code());
                        view! { <ErrorState title=title retry=routes::HOME /> }.into_any()
                    }
                }
            })}
        </Suspense>
    }
    .into_any()
}

fn indoors(me: Me, homes: Vec<Home>) -> AnyView {
    let i18n = use_i18n();
    let (path, query) = (use_location().pathname, use_query_map());
    let asked = Signal::derive(move || query.with(|query| query.get("home")?.parse().ok()));
    let home = AtHome::new(Some(me), homes, asked);
    provide_context(home);

    let many = home.homes.with_value(|homes| homes.len() > 1);
    let along = Signal::derive(move || match home.chosen.get() {
        Some(id) if many => format!("?home={id}"),
        _ => String::new(),
    });
    let switch = Signal::derive(move || {
        let chosen = home.chosen.get();
        let path = path.get();
        let item = |each: &Home| SwitchItem {
            href: format!("{path}?home={}", each.household),
            label: format!("{} {}", each.estate_name, each.address),
            sub: None,
            current: chosen == Some(each.household),
        };
        home.homes.with_value(|homes| homes.iter().map(item).collect::<Vec<_>>())
    });
    let bar = vec![
        RailItem::new(routes::HOME, tu_string!(i18n, home.first), Icon::Home).exact().query(along),
        RailItem::new(routes::HOME_METERS, tu_string!(i18n, home.meters), Icon::Gauge).query(along),
        RailItem::new(routes::HOME_ME, tu_string!(i18n, home.me), Icon::User).query(along),
    ];
    let dot = view! { <LiveDot state=use_live_state() /> }.into_any();
    view! {
        <HomeShell homes=switch bar=bar top_end=dot>
            {live_ended()}
            <Outlet />
        </HomeShell>
    }
    .into_any()
}
