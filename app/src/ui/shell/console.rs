//! The desk: a rail of rooms, and a top bar with the estate, the live dot and the person.

use leptos::html;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::{is_here, skip_link};
use crate::i18n::{tu_string, use_i18n};
use crate::ui::prefs::PrefLinks;
use crate::ui::{Icon, LiveDot, LiveState, Logo, Menu};

/// One room on the rail.
#[derive(Clone, Debug)]
pub struct RailItem {
    /// Where it leads; pages below it belong to it.
    pub href: String,
    /// The room's name.
    pub label: String,
    /// Before the name.
    pub icon: Icon,
    /// Things waiting there.
    pub badge: Option<u64>,
    /// Only this very address belongs to it.
    pub exact: bool,
    /// Pages that belong to it and do not lie below it.
    pub also: &'static [&'static str],
    /// What the link carries along after the address: `?estate=…`, or nothing.
    pub query: Option<Signal<String>>,
}

impl RailItem {
    /// A room with its address, name and icon.
    pub fn new(href: impl Into<String>, label: impl Into<String>, icon: Icon) -> Self {
        Self {
            href: href.into(),
            label: label.into(),
            icon,
            badge: None,
            exact: false,
            also: &[],
            query: None,
        }
    }

    /// With the number of things waiting there.
    #[must_use]
    pub fn badge(mut self, badge: u64) -> Self {
        self.badge = (badge > 0).then_some(badge);
        self
    }

    /// With a query that follows what is chosen in the frame.
    #[must_use]
    pub fn query(mut self, query: Signal<String>) -> Self {
        self.query = Some(query);
        self
    }

    /// With pages elsewhere that belong to it.
    #[must_use]
    pub fn also(mut self, also: &'static [&'static str]) -> Self {
        self.also = also;
        self
    }

    /// Pages below it do not belong to it.
    #[must_use]
    pub fn exact(mut self) -> Self {
        self.exact = true;
        self
    }
}

/// One estate or home to switch to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SwitchItem {
    /// Where it leads: the same page for that estate.
    pub href: String,
    /// Its name.
    pub label: String,
    /// A quiet line below.
    pub sub: Option<String>,
    /// Whether it is the one being shown.
    pub current: bool,
}

/// A menu of estates or homes, shown by the current one's name.
pub(super) fn switcher(
    label: &'static str,
    items: Signal<Vec<SwitchItem>>,
    none: &'static str,
    icon: Option<Icon>,
) -> AnyView {
    let current = move || {
        items.with(|items| {
            items
                .iter()
                .find(|item| item.current)
                .map_or_else(|| none.to_owned(), |item| item.label.clone())
        })
    };
    let links = move || {
        items
            .get()
            .into_iter()
            .map(|item| {
                view! {
                    <a class="menu-item" href=item.href aria-current=item.current.then_some("true")>
                        <span class="menu-words">
                            <span>{item.label}</span>
                            {item.sub.map(|sub| view! { <span class="menu-sub">{sub}</span> })}
                        </span>
                        {item.current.then(|| Icon::Check.view())}
                    </a>
                }
            })
            .collect_view()
    };
    let button = view! {
        {icon.map(Icon::view)}
        <span class="sr-only">{label}</span>
        <span class="switch-name">{current}</span>
        {Icon::ChevronsUpDown.view()}
    }
    .into_any();
    view! {
        <Menu button=button bare=icon.is_none()>
            {links}
        </Menu>
    }
    .into_any()
}

fn rail_links(items: Vec<RailItem>) -> AnyView {
    items
        .into_iter()
        .map(|item| {
            let here = is_here(item.href.clone(), item.exact);
            let (path, also) = (use_location().pathname, item.also);
            let near =
                move || path.with(|path| also.iter().any(|elsewhere| path.starts_with(*elsewhere)));
            let (href, query) = (item.href, item.query);
            let href = move || match query {
                Some(query) => format!("{href}{}", query.get()),
                None => href.clone(),
            };
            let badge = item
                .badge
                .map(|badge| view! { <span class="rail-badge">{badge}</span> });
            view! {
                <li>
                    <a
                        class="rail-item"
                        href=href
                        aria-current=move || (here.get() || near()).then_some("page")
                    >
                        {item.icon.view()}
                        <span>{item.label}</span>
                        {badge}
                    </a>
                </li>
            }
        })
        .collect_view()
        .into_any()
}

/// Log-out, language and theme behind the person's name.
fn person_menu(
    person: Signal<String>,
    role: MaybeProp<String>,
    log_out: String,
    hidden: Vec<(String, String)>,
    account: Option<String>,
) -> AnyView {
    let i18n = use_i18n();
    let initial = move || person.with(|person| person.chars().next().map(String::from));
    let hidden = hidden
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
        .collect_view();
    let button = view! {
        <span class="avatar" aria-hidden="true">{initial}</span>
        <span class="person">
            <span class="person-name">{move || person.get()}</span>
            {move || role.get().map(|role| view! { <span class="person-role">{role}</span> })}
        </span>
        {Icon::ChevronDown.view()}
    }
    .into_any();
    view! {
        <Menu button=button end=true bare=true>
            {account.map(|href| view! { <a class="menu-item" href=href>{tu_string!(i18n, ui.account)}</a> })}
            <PrefLinks />
            <form class="menu-group" method="post" action=log_out>
                {hidden}
                <button class="menu-item" type="submit">
                    {Icon::LogOut.view()}
                    {tu_string!(i18n, ui.log_out)}
                </button>
            </form>
        </Menu>
    }
    .into_any()
}

/// The rooms as they come to be known. As any view, like all that a `Suspense` holds here: each other
/// type would be one more of it in the wasm.
fn follow(rooms: Signal<Vec<RailItem>>) -> AnyView {
    (move || rail_links(rooms.get())).into_any()
}

/// The frame of the console. At 390 px the rail becomes a drawer behind a menu button; the
/// drawer is a popover, so the browser opens and closes it without wasm.
///
/// Estates, person and role may come from a resource: the bar waits for it by itself. The children
/// do not, since what is inside a `Suspense` may be made twice, and an `Outlet` must not be.
#[component]
pub fn ConsoleShell(
    /// The rooms that this person may open.
    #[prop(into)]
    rooms: Signal<Vec<RailItem>>,
    /// At the rail's foot: what only some may open. May come from a resource.
    #[prop(optional, into)]
    foot: Option<Signal<Vec<RailItem>>>,
    /// Where the logo leads.
    #[prop(into)]
    home: String,
    /// The estates that this person may see; their addresses are the same page over there.
    #[prop(into)]
    estates: Signal<Vec<SwitchItem>>,
    /// Who is logged in.
    #[prop(into)]
    person: Signal<String>,
    /// As what.
    #[prop(optional, into)]
    role: MaybeProp<String>,
    /// Where log-out is posted.
    #[prop(into)]
    log_out: String,
    /// Hidden fields of the log-out form.
    #[prop(optional)]
    log_out_fields: Vec<(String, String)>,
    /// The company's own picture, and what it is called; else the mark of the house.
    #[prop(optional, into)]
    logo: Option<Signal<Option<(String, String)>>>,
    /// Where the person's own account is.
    #[prop(optional, into)]
    account: Option<String>,
    /// The live connection; without it there is no dot.
    #[prop(optional, into)]
    live: Option<Signal<LiveState>>,
    children: Children,
) -> impl IntoView {
    let i18n = use_i18n();
    let rail = NodeRef::<html::Nav>::new();
    let here = use_location().pathname;
    Effect::new(move |before: Option<String>| {
        let now = here.get();
        if before.is_some_and(|before| before != now)
            && let Some(rail) = rail.get_untracked()
        {
            // An open popover closes when it stops being one.
            let _ = rail.remove_attribute("popover");
            let _ = rail.set_attribute("popover", "auto");
        }
        now
    });
    let estates = switcher(
        tu_string!(i18n, ui.estate),
        estates,
        tu_string!(i18n, ui.no_estate),
        Some(Icon::Buildings),
    );
    let person = person_menu(person, role, log_out, log_out_fields, account);
    // As any view: see `follow`.
    let logo = (move || match logo.and_then(|logo| logo.get()) {
        Some((src, alt)) => view! { <img class="rail-picture" src=src alt=alt /> }.into_any(),
        None => view! { <Logo /> }.into_any(),
    })
    .into_any();
    let foot = foot.map(|foot| {
        view! {
            <ul class="rail-list rail-foot">
                <Suspense fallback=|| ()>{follow(foot)}</Suspense>
            </ul>
        }
    });
    view! {
        <div class="console">
            {skip_link()}
            <nav
                class="rail"
                id="rail"
                popover="auto"
                aria-label=tu_string!(i18n, ui.rooms)
                node_ref=rail
            >
                <a class="rail-logo" href=home>
                    <Suspense fallback=|| ()>{logo}</Suspense>
                </a>
                <ul class="rail-list">
                    <Suspense fallback=|| ()>{follow(rooms)}</Suspense>
                </ul>
                {foot}
            </nav>
            <header class="topbar">
                <button
                    class="icon-button rail-open"
                    type="button"
                    popovertarget="rail"
                    aria-label=tu_string!(i18n, ui.menu)
                >
                    {Icon::Menu.view()}
                </button>
                <Suspense fallback=|| ()>{estates}</Suspense>
                <div class="topbar-end">
                    {live.map(|live| view! { <LiveDot state=live /> })}
                    <Suspense fallback=|| ()>{person}</Suspense>
                </div>
            </header>
            <main class="console-main" id="main" tabindex="-1">
                {children()}
            </main>
        </div>
    }
    .into_any()
}
