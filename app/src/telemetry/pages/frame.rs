//! The frame around every page of the console: who is here, and which estate is looked at.

use domain::{
    estates::EstateSummary,
    identity::{Hat, Me, Role},
};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::{
    components::{Outlet, Redirect},
    hooks::{use_location, use_query_map},
};

use crate::{
    i18n::{tu_string, use_i18n},
    live::{Refused, provide_live, use_live_refused, use_live_state},
    routes,
    telemetry::console::{Console, named, over_there},
    ui::{ConsoleShell, Icon, Notice, RailItem, SwitchItem, Tone},
};

#[component]
pub fn ConsoleFrame() -> impl IntoView {
    let i18n = use_i18n();
    provide_live();
    let (path, query) = (use_location().pathname, use_query_map());
    let asked = Signal::derive(move || {
        let estate = query.with(|query| query.get("estate"));
        path.with(|path| named(path, estate.as_deref()))
    });
    let console = Console::new(asked);
    provide_context(console);
    keep_list(console);

    let along = Signal::derive(move || {
        console
            .wanted
            .get()
            .map(|id| format!("?estate={id}"))
            .unwrap_or_default()
    });
    let rooms = vec![
        RailItem::new(
            routes::DASHBOARD,
            tu_string!(i18n, telemetry.title),
            Icon::Layout,
        )
        .query(along),
        RailItem::new(
            routes::ESTATES,
            tu_string!(i18n, telemetry.estates),
            Icon::Users,
        ),
        RailItem::new(
            routes::DEVICES,
            tu_string!(i18n, devices.title),
            Icon::Gauge,
        )
        .query(along),
    ];
    let switch = Signal::derive(move || {
        let Some(desk) = console.seen() else {
            return Vec::new();
        };
        let chosen = desk.pick(console.wanted.get()).map(|estate| estate.id);
        let item = |estate: &EstateSummary| SwitchItem {
            href: path.with(|path| over_there(path, estate.id)),
            label: estate.name.clone(),
            sub: None,
            current: chosen == Some(estate.id),
        };
        desk.estates.iter().map(item).collect::<Vec<_>>()
    });
    let person =
        Signal::derive(move || console.seen().map(|desk| desk.me.name).unwrap_or_default());
    let (admin, staff) = (
        tu_string!(i18n, telemetry.role_admin),
        tu_string!(i18n, telemetry.role_staff),
    );
    let role = Signal::derive(move || {
        let me = console.seen()?.me;
        let role = if me.roles.contains(&Role::TenantAdmin) {
            admin
        } else {
            staff
        };
        Some(format!("{} · {role}", me.tenant_name))
    });
    view! {
        <ConsoleShell
            rooms=rooms
            foot=for_admins(console)
            home=routes::DASHBOARD
            estates=switch
            person=person
            role=role
            log_out=routes::LOGOUT
            live=use_live_state()
        >
            <Suspense>
                {move || Suspend::new(async move {
                    match console.arrived().await {
                        Ok(None) => lead_to(routes::LOGIN),
                        Ok(Some(desk)) => welcome(&desk.me),
                        // The page below says what is wrong.
                        Err(_) => ().into_any(),
                    }
                })}
            </Suspense>
            {live_ended()}
            <Outlet />
        </ConsoleShell>
    }
    .into_any()
}

/// What only an admin may open. Not a memo: whoever shows it waits for the desk.
fn for_admins(console: Console) -> Signal<Vec<RailItem>> {
    let title = tu_string!(use_i18n(), audit.title);
    Signal::derive(move || {
        let desk = console.seen();
        let admin = desk.is_some_and(|desk| desk.me.roles.contains(&Role::TenantAdmin));
        let items = admin.then(|| RailItem::new(routes::AUDIT, title, Icon::ShieldCheck));
        items.into_iter().collect()
    })
}

/// Leads away from pages that are not for this person. The server answers 302 whoever asks, not
/// only browsers.
pub(crate) fn lead_to(path: &'static str) -> AnyView {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        use axum::http::{HeaderValue, StatusCode, header::LOCATION};

        response.set_status(StatusCode::FOUND);
        response.insert_header(LOCATION, HeaderValue::from_static(path));
        return ().into_any();
    }
    view! { <Redirect path=path /> }.into_any()
}

/// Leads residents home, and tells staff of a suspended company what they cannot do.
fn welcome(me: &Me) -> AnyView {
    let i18n = use_i18n();
    if me.hat == Hat::Resident {
        return lead_to(routes::HOME);
    }
    let suspended = me.suspended.then(|| {
        view! { <Notice tone=Tone::Attention>{tu_string!(i18n, telemetry.suspended)}</Notice> }
    });
    suspended.into_any()
}

/// A new estate leads to its own page: then the switcher has to know it, and the dashboard what
/// has been done.
fn keep_list(console: Console) {
    let path = use_location().pathname;
    Effect::new(move |before: Option<String>| {
        let now = path.get();
        let moved = before.is_some_and(|before| before != now);
        if moved && (now.starts_with(routes::ESTATES) || now == routes::DASHBOARD) {
            spawn_local(console.read_again());
        }
        now
    });
}

/// Says so when the server will not have this page any more. Used by both frames.
pub(crate) fn live_ended() -> AnyView {
    let i18n = use_i18n();
    let refused = use_live_refused();
    let (session, hat) = (
        tu_string!(i18n, telemetry.ended),
        tu_string!(i18n, problem.wrong_hat),
    );
    let (log_in, reload) = (
        tu_string!(i18n, identity.log_in),
        tu_string!(i18n, telemetry.reload),
    );
    let here = use_location().pathname;
    (move || {
        let (text, href, label) = match refused.get()? {
            Refused::Session => (session, routes::LOGIN.to_owned(), log_in),
            Refused::Hat => (hat, here.get(), reload),
        };
        Some(view! {
            <Notice tone=Tone::Attention>
                {text} " " <a href=href rel="external">{label}</a>
            </Notice>
        })
    })
    .into_any()
}
