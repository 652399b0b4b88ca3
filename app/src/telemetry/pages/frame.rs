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
    AppError,
    estates::api::list_estates,
    i18n::{locale, tu_string, use_i18n},
    identity::api::me,
    live::{Refused, provide_live, use_live_refused, use_live_state},
    routes,
    telemetry::console::{Console, named, over_there},
    ui::{ConsoleShell, ErrorState, Icon, Notice, RailItem, SkeletonRows, SwitchItem, Tone},
    words,
};

/// Who asks and the estates that they may see; a resident sees none.
async fn arrive() -> Result<Option<(Me, Vec<EstateSummary>)>, AppError> {
    let Some(me) = me().await? else {
        return Ok(None);
    };
    let estates = match me.hat {
        Hat::Staff => list_estates().await?.items,
        Hat::Resident => Vec::new(),
    };
    Ok(Some((me, estates)))
}

#[component]
pub fn ConsoleFrame() -> impl IntoView {
    let locale = locale();
    provide_live();
    let found = Resource::new(|| (), |()| arrive());
    view! {
        <Suspense fallback=|| view! { <SkeletonRows rows=12 /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok(None) => view! { <Redirect path=routes::LOGIN /> }.into_any(),
                    Ok(Some((me, _))) if me.hat == Hat::Resident => {
                        view! { <Redirect path=routes::HOME /> }.into_any()
                    }
                    Ok(Some((me, estates))) => desk(me, estates),
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

fn desk(me: Me, estates: Vec<EstateSummary>) -> AnyView {
    let i18n = use_i18n();
    let estates = RwSignal::new(estates);
    let (path, query) = (use_location().pathname, use_query_map());
    let asked = Signal::derive(move || {
        let estate = query.with(|query| query.get("estate"));
        path.with(|path| named(path, estate.as_deref()))
    });
    let console = Console::new(Some(me.clone()), estates, asked);
    provide_context(console);
    keep_list(console);

    // With one estate there is nothing to carry along.
    let along = Signal::derive(move || match console.chosen.get() {
        Some(id) if estates.with(|all| all.len() > 1) => format!("?estate={id}"),
        _ => String::new(),
    });
    let rooms = vec![
        RailItem::new(routes::DASHBOARD, tu_string!(i18n, telemetry.title), Icon::Layout).query(along),
        RailItem::new(routes::ESTATES, tu_string!(i18n, telemetry.estates), Icon::Users),
        RailItem::new(routes::DEVICES, tu_string!(i18n, devices.title), Icon::Gauge).query(along),
    ];
    let switch = Signal::derive(move || {
        let chosen = console.chosen.get();
        let item = |estate: &EstateSummary| SwitchItem {
            href: path.with(|path| over_there(path, estate.id)),
            label: estate.name.clone(),
            sub: None,
            current: chosen == Some(estate.id),
        };
        estates.with(|estates| estates.iter().map(item).collect::<Vec<_>>())
    });
    let role = if me.roles.contains(&Role::TenantAdmin) {
        tu_string!(i18n, telemetry.role_admin)
    } else {
        tu_string!(i18n, telemetry.role_staff)
    };
    let suspended = me
        .suspended
        .then(|| view! { <Notice tone=Tone::Attention>{tu_string!(i18n, telemetry.suspended)}</Notice> });
    view! {
        <ConsoleShell
            rooms=rooms
            home=routes::DASHBOARD
            estates=switch
            person=me.name
            role=format!("{} · {role}", me.tenant_name)
            log_out=routes::LOGOUT
            live=use_live_state()
        >
            {suspended}
            {live_ended()}
            <Outlet />
        </ConsoleShell>
    }
    .into_any()
}

/// A new estate leads to its own page: then the switcher has to know it, and the dashboard what
/// has been done.
fn keep_list(console: Console) {
    let path = use_location().pathname;
    Effect::new(move |before: Option<String>| {
        let now = path.get();
        let moved = before.is_some_and(|before| before != now);
        if moved && (now.starts_with(routes::ESTATES) || now == routes::DASHBOARD) {
            spawn_local(async move {
                if let Ok(page) = list_estates().await {
                    let _ = console.estates.try_set(page.items);
                }
            });
        }
        now
    });
}

/// Says so when the server will not have this page any more. Used by both frames.
pub(crate) fn live_ended() -> AnyView {
    let i18n = use_i18n();
    let refused = use_live_refused();
    let (session, hat) = (tu_string!(i18n, telemetry.ended), tu_string!(i18n, problem.wrong_hat));
    let (log_in, reload) = (tu_string!(i18n, identity.log_in), tu_string!(i18n, telemetry.reload));
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
