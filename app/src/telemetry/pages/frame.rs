//! The frame around every page of the console: who is here, and which estate is looked at.

use domain::{
    estates::EstateBrief,
    identity::{Action, Hat, Me},
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
    worn,
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
    let (rooms, foot) = (rooms(console, along), foot(console));
    let switch = Signal::derive(move || {
        let Some(desk) = console.seen() else {
            return Vec::new();
        };
        let chosen = desk.pick(console.wanted.get()).map(|estate| estate.id);
        let item = |estate: &EstateBrief| SwitchItem {
            href: path.with(|path| over_there(path, estate.id)),
            label: estate.name.clone(),
            sub: None,
            current: chosen == Some(estate.id),
        };
        desk.estates.iter().map(item).collect::<Vec<_>>()
    });
    let person =
        Signal::derive(move || console.seen().map(|desk| desk.me.name).unwrap_or_default());
    // Which roles exactly, the staff pages say: all their names would be in everybody's first wasm.
    let (admin, member) = (
        tu_string!(i18n, telemetry.role_admin),
        tu_string!(i18n, telemetry.role_staff),
    );
    let role = Signal::derive(move || {
        let me = console.seen()?.me;
        let all = me.may_everywhere.contains(Action::EditRoles);
        let role = if all { admin } else { member };
        Some(format!("{} · {role}", me.tenant_name))
    });
    let logo = Signal::derive(move || {
        let me = console.seen()?.me;
        Some((routes::company_logo(me.logo?), me.tenant_name))
    });
    let whom = (move || {
        Suspend::new(async move {
            match console.arrived().await {
                Ok(None) => lead_to(routes::LOGIN),
                Ok(Some(desk)) => welcome(&desk.me, path),
                // The page below says what is wrong.
                Err(_) => ().into_any(),
            }
        })
    })
    .into_any();
    view! {
        <ConsoleShell
            rooms=rooms
            foot=foot
            home=routes::DASHBOARD
            estates=switch
            person=person
            role=role
            log_out=routes::LOGOUT
            logo=logo
            account=routes::CONSOLE_ME
            live=use_live_state()
        >
            <Suspense>{whom}</Suspense>
            {live_ended()}
            <Outlet />
        </ConsoleShell>
    }
    .into_any()
}

/// Pages that belong to a room on the rail, and do not lie below it.
const OF_ESTATES: &[&str] = &[
    routes::BUILDINGS,
    routes::UNITS,
    routes::IMPORT,
    routes::CLAIMS,
    routes::ERASURES,
];
const OF_DEVICES: &[&str] = &[routes::DEVICE_MODELS];
const OF_STAFF: &[&str] = &[routes::ROLES, routes::KEYS];

/// A room on the rail for those who may open it.
fn item(
    me: Option<&Me>,
    action: Action,
    (href, label, icon): (&'static str, &'static str, Icon),
) -> Option<RailItem> {
    let shown = me.is_some_and(|me| me.may(action));
    shown.then(|| RailItem::new(href, label, icon))
}

/// The rooms that this person may open. Not a memo: whoever shows it waits for the desk.
fn rooms(console: Console, along: Signal<String>) -> Signal<Vec<RailItem>> {
    let i18n = use_i18n();
    let board = tu_string!(i18n, telemetry.title);
    let places = tu_string!(i18n, telemetry.estates);
    let find = tu_string!(i18n, telemetry.find);
    let devices = tu_string!(i18n, devices.title);
    let equipment = tu_string!(i18n, boards.equipment);
    let doors = tu_string!(i18n, boards.doors);
    let energy = tu_string!(i18n, energy.title);
    let staff = tu_string!(i18n, staff.title);
    Signal::derive(move || {
        let me = console.seen().map(|desk| desk.me);
        let item = |action, room| item(me.as_ref(), action, room);
        // Rooms of one estate take it along.
        let here = |room| item(Action::ViewDevices, room).map(|item| item.query(along));
        [
            here((routes::DASHBOARD, board, Icon::Layout)),
            item(
                Action::ViewEstates,
                (routes::ESTATES, places, Icon::Buildings),
            )
            .map(|item| item.also(OF_ESTATES)),
            item(Action::ViewEstates, (routes::RESIDENTS, find, Icon::Search)),
            here((routes::DEVICES, devices, Icon::Gauge)).map(|item| item.also(OF_DEVICES)),
            here((routes::EQUIPMENT, equipment, Icon::Fan)),
            here((routes::DOORS, doors, Icon::Door)),
            here((routes::ENERGY, energy, Icon::Zap)),
            item(Action::ViewStaff, (routes::STAFF, staff, Icon::Users))
                .map(|item| item.also(OF_STAFF)),
        ]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
    })
}

/// What stands at the rail's foot.
fn foot(console: Console) -> Signal<Vec<RailItem>> {
    let i18n = use_i18n();
    let audit = tu_string!(i18n, audit.title);
    let company = tu_string!(i18n, tenancy.title);
    Signal::derive(move || {
        let me = console.seen().map(|desk| desk.me);
        let item = |action, room| item(me.as_ref(), action, room);
        [
            item(Action::ViewAudit, (routes::AUDIT, audit, Icon::ShieldCheck)),
            item(
                Action::EditCompany,
                (routes::COMPANY, company, Icon::Settings),
            ),
        ]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
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

/// Leads residents home, and staff who owe a second factor to where they set it up; tells those of
/// a suspended company what they cannot do.
fn welcome(me: &Me, path: Memo<String>) -> AnyView {
    let i18n = use_i18n();
    if me.hat == Hat::Resident {
        return lead_to(routes::HOME);
    }
    if me.notice_due {
        return lead_to(routes::AGREE);
    }
    if me.second_factor_first && path.with_untracked(|path| path != routes::CONSOLE_ME) {
        return lead_to(routes::CONSOLE_ME);
    }
    let suspended = me.suspended.then(|| {
        view! { <Notice tone=Tone::Attention>{tu_string!(i18n, telemetry.suspended)}</Notice> }
    });
    (worn::mark(me), suspended, unusual(me, routes::CONSOLE_ME)).into_any()
}

/// Tells of a log-in on a new device until the person has looked. Used by both frames.
pub(crate) fn unusual(me: &Me, account: &'static str) -> Option<AnyView> {
    let i18n = use_i18n();
    me.unusual.then(|| {
        view! {
            <Notice tone=Tone::Attention>
                {tu_string!(i18n, telemetry.unusual)} " "
                <a href=account>{tu_string!(i18n, telemetry.unusual_look)}</a>
            </Notice>
        }
        .into_any()
    })
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
