//! The owner's side: which home on top, a bar of at most four at the thumb.

use leptos::prelude::*;

use super::console::switcher;
use super::{RailItem, SwitchItem, is_here, skip_link};
use crate::i18n::{tu_string, use_i18n};
use crate::ui::prefs::PrefMenu;

/// The frame of the owner's pages. The homes may come from a resource: the switcher waits for it.
#[component]
pub fn HomeShell(
    /// The person's homes.
    #[prop(into)]
    homes: Signal<Vec<SwitchItem>>,
    /// The bar at the bottom: at most four.
    bar: Vec<RailItem>,
    /// At the right of the top: a bell, a live dot.
    #[prop(optional)]
    top_end: Option<AnyView>,
    children: Children,
) -> impl IntoView {
    let i18n = use_i18n();
    let label = tu_string!(i18n, ui.home);
    let links = bar
        .into_iter()
        .map(|item| {
            let here = is_here(item.href.clone(), item.exact);
            let (href, query) = (item.href, item.query);
            let href = move || match query {
                Some(query) => format!("{href}{}", query.get()),
                None => href.clone(),
            };
            view! {
                <li>
                    <a
                        class="thumb-item"
                        href=href
                        aria-current=move || here.get().then_some("page")
                    >
                        {item.icon.view()}
                        <span>{item.label}</span>
                    </a>
                </li>
            }
        })
        .collect_view();
    let homes = switcher(label, homes, label, None);
    view! {
        <div class="home">
            {skip_link()}
            <header class="home-top">
                <Suspense fallback=|| ()>{homes}</Suspense>
                <div class="home-top-end">{top_end} <PrefMenu /></div>
            </header>
            <main class="home-main" id="main" tabindex="-1">
                {children()}
            </main>
            <nav class="thumb-bar" aria-label=tu_string!(i18n, ui.rooms)>
                <ul>{links}</ul>
            </nav>
        </div>
    }
    .into_any()
}
