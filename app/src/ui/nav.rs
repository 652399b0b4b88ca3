//! Links in groups: menus, tabs, chips, paging. All of them are part of the address.

use leptos::prelude::*;
use leptos::{ev, html};
use leptos_router::hooks::use_location;

use super::Icon;
use crate::i18n::{tu_string, use_i18n};

/// One link of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkItem {
    /// Where it leads.
    pub href: String,
    /// Its words.
    pub label: String,
    /// How many things are behind it.
    pub count: Option<u64>,
    /// Whether it is the one being shown.
    pub current: bool,
}

impl LinkItem {
    /// A link that is shown now when `current`.
    pub fn new(href: impl Into<String>, label: impl Into<String>, current: bool) -> Self {
        Self {
            href: href.into(),
            label: label.into(),
            count: None,
            current,
        }
    }

    /// With the number of things behind it.
    #[must_use]
    pub fn counted(mut self, count: u64) -> Self {
        self.count = Some(count);
        self
    }
}

fn link_group(
    class: &'static str,
    item_class: &'static str,
    label: Option<String>,
    items: Signal<Vec<LinkItem>>,
) -> AnyView {
    let links = move || {
        items
            .get()
            .into_iter()
            .map(|item| {
                let count = item.count.map(super::format::count);
                view! {
                    <a class=item_class href=item.href aria-current=item.current.then_some("page")>
                        {item.label}
                        {count.map(|count| view! { <span class="count">{count}</span> })}
                    </a>
                }
            })
            .collect_view()
    };
    view! {
        <nav class=class aria-label=label>
            {links}
        </nav>
    }
    .into_any()
}

/// Filters above a table, with counts.
#[component]
pub fn FilterChips(
    /// What the group chooses, for assistive technology.
    #[prop(into)]
    label: String,
    /// The filters; exactly one is current.
    #[prop(into)]
    items: Signal<Vec<LinkItem>>,
) -> impl IntoView {
    link_group("chips", "chip", Some(label), items)
}

/// The parts of one thing's page.
#[component]
pub fn Tabs(
    /// What the group chooses, for assistive technology.
    #[prop(into)]
    label: String,
    /// The parts; exactly one is current.
    #[prop(into)]
    items: Signal<Vec<LinkItem>>,
) -> impl IntoView {
    link_group("page-tabs", "page-tab", Some(label), items)
}

/// Two to four choices side by side, such as spans of time.
#[component]
pub fn Segmented(
    /// What the group chooses, for assistive technology.
    #[prop(into)]
    label: String,
    /// The choices; exactly one is current.
    #[prop(into)]
    items: Signal<Vec<LinkItem>>,
) -> impl IntoView {
    link_group("segmented", "segment", Some(label), items)
}

/// Paging by cursor: there is no page number and no total to count.
#[component]
pub fn Pager(
    /// Leads to the rows before these.
    #[prop(optional, into)]
    prev: MaybeProp<String>,
    /// Leads to the rows after these.
    #[prop(optional, into)]
    next: MaybeProp<String>,
    /// What is shown: `1–50 / 460`.
    #[prop(optional, into)]
    shown: MaybeProp<String>,
) -> impl IntoView {
    let i18n = use_i18n();
    let prev_text = tu_string!(i18n, ui.prev_page);
    let next_text = tu_string!(i18n, ui.next_page);
    let nothing = move || prev.with(Option::is_none) && next.with(Option::is_none);
    view! {
        <nav class="pager" aria-label=tu_string!(i18n, ui.page_nav) hidden=nothing>
            <span class="pager-shown">{move || shown.get()}</span>
            {move || {
                prev.get()
                    .map(|href| {
                        view! {
                            <a class="btn btn-plain btn-sm" href=href rel="prev">
                                {Icon::ChevronLeft.view()}
                                {prev_text}
                            </a>
                        }
                    })
            }}
            {move || {
                next.get()
                    .map(|href| {
                        view! {
                            <a class="btn btn-plain btn-sm" href=href rel="next">
                                {next_text}
                                {Icon::ChevronRight.view()}
                            </a>
                        }
                    })
            }}
        </nav>
    }
    .into_any()
}

/// A button that opens a panel of links: `<details>`, so it opens without wasm.
/// With wasm it also closes when the page changes or the pointer goes elsewhere.
#[component]
pub fn Menu(
    /// What the button is called, where it shows no words.
    #[prop(optional, into)]
    label: Option<String>,
    /// What the button shows.
    button: AnyView,
    /// Open towards the start of the line, for buttons at the right edge.
    #[prop(optional)]
    end: bool,
    /// Without a frame around the button.
    #[prop(optional)]
    bare: bool,
    children: Children,
) -> impl IntoView {
    let details = NodeRef::<html::Details>::new();
    let summary = NodeRef::<html::Summary>::new();
    let close = move || {
        if let Some(details) = details.get_untracked() {
            details.set_open(false);
        }
    };
    let here = use_location().pathname;
    Effect::new(move |before: Option<String>| {
        let now = here.get();
        if before.is_some_and(|before| before != now) {
            close();
        }
        now
    });
    let on_focus_out = move |event: ev::FocusEvent| {
        use leptos::wasm_bindgen::JsCast;
        let to = event
            .related_target()
            .and_then(|to| to.dyn_into::<leptos::web_sys::Node>().ok());
        let inside = details
            .get_untracked()
            .is_some_and(|details| to.is_some() && details.contains(to.as_ref()));
        if !inside {
            close();
        }
    };
    let on_key = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" {
            // Back to the button, or the focus would be lost with the link that it was on.
            if let Some(summary) = summary.get_untracked() {
                let _ = summary.focus();
            }
            close();
        }
    };
    view! {
        <details
            class="menu"
            class:menu-end=end
            class:menu-bare=bare
            node_ref=details
            on:focusout=on_focus_out
            on:keydown=on_key
        >
            <summary aria-label=label node_ref=summary>
                {button}
            </summary>
            // Takes the focus when the pointer goes down between two links: the panel stays.
            <div class="menu-panel" tabindex="-1">
                {children()}
            </div>
        </details>
    }
    .into_any()
}
