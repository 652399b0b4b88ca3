//! The frame around the owner's pages: which home, and a bar at the thumb.

use domain::{estates::Home, identity::Hat};
use leptos::prelude::*;
use leptos_router::{
    components::Outlet,
    hooks::{use_location, use_query_map},
};

use crate::{
    home::at_home::AtHome,
    i18n::{tu_string, use_i18n},
    live::{provide_live, use_live_state},
    routes,
    telemetry::pages::{lead_to, live_ended, unusual},
    ui::{HomeShell, Icon, LiveDot, RailItem, SwitchItem},
    worn,
};

#[component]
pub fn HomeFrame() -> impl IntoView {
    let i18n = use_i18n();
    provide_live();
    let (path, query) = (use_location().pathname, use_query_map());
    let asked = Signal::derive(move || query.with(|query| query.get("home")?.parse().ok()));
    let home = AtHome::new(asked);
    provide_context(home);

    let along = Signal::derive(move || {
        home.wanted
            .get()
            .map(|id| format!("?home={id}"))
            .unwrap_or_default()
    });
    let switch = Signal::derive(move || {
        let Some(indoors) = home.seen() else {
            return Vec::new();
        };
        let chosen = indoors.pick(home.wanted.get()).map(|home| home.household);
        let path = path.get();
        let item = |each: &Home| SwitchItem {
            href: format!("{path}?home={}", each.household),
            label: format!("{} {}", each.estate_name, each.address),
            sub: None,
            current: chosen == Some(each.household),
        };
        indoors.homes.iter().map(item).collect::<Vec<_>>()
    });
    let bar = vec![
        RailItem::new(routes::HOME, tu_string!(i18n, home.first), Icon::Home)
            .exact()
            .query(along),
        RailItem::new(
            routes::HOME_METERS,
            tu_string!(i18n, home.meters),
            Icon::Gauge,
        )
        .query(along),
        RailItem::new(
            routes::HOME_PEOPLE,
            tu_string!(i18n, home.people_short),
            Icon::Users,
        )
        .query(along),
        RailItem::new(routes::HOME_ME, tu_string!(i18n, home.me), Icon::User).query(along),
    ];
    let dot = view! { <LiveDot state=use_live_state() /> }.into_any();
    view! {
        <HomeShell homes=switch bar=bar top_end=dot>
            <Suspense>
                {move || Suspend::new(async move {
                    match home.arrived().await {
                        Ok(None) => lead_to(routes::LOGIN),
                        Ok(Some(indoors)) if indoors.me.hat == Hat::Staff => lead_to(routes::DASHBOARD),
                        Ok(Some(indoors)) if indoors.me.notice_due => lead_to(routes::AGREE),
                        Ok(Some(indoors)) => {
                            let me = &indoors.me;
                            (worn::mark(me), unusual(me, routes::HOME_ME)).into_any()
                        }
                        // What is wrong is said by the page below.
                        Err(_) => ().into_any(),
                    }
                })}
            </Suspense>
            {live_ended()}
            <Outlet />
        </HomeShell>
    }
    .into_any()
}
