//! What a page is laid out on: its head, cards, and the states without content.

use leptos::prelude::*;

use super::Icon;
use crate::i18n::{tu_string, use_i18n};

/// One step of the way to a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crumb {
    /// Where it leads.
    pub href: String,
    /// Its name.
    pub label: String,
}

impl Crumb {
    /// A step with its address and name.
    pub fn new(href: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            href: href.into(),
            label: label.into(),
        }
    }
}

/// The head of a page: the one `<h1>`, where we are, and what can be done here.
#[component]
pub fn PageHead(
    /// The page's name.
    #[prop(into)]
    title: Signal<String>,
    /// The pages above this one.
    #[prop(optional)]
    crumbs: Vec<Crumb>,
    /// A quiet line below the title.
    #[prop(optional, into)]
    sub: MaybeProp<String>,
    /// Beside the title: a state mark.
    #[prop(optional)]
    mark: Option<AnyView>,
    /// Buttons or a segmented control on the right.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let i18n = use_i18n();
    let crumbs = (!crumbs.is_empty()).then(|| {
        let steps = crumbs
            .into_iter()
            .map(|crumb| view! { <li><a href=crumb.href>{crumb.label}</a></li> })
            .collect_view();
        view! {
            <nav class="crumbs" aria-label=tu_string!(i18n, ui.path)>
                <ol>{steps}</ol>
            </nav>
        }
    });
    view! {
        <header class="page-head">
            <div class="page-head-words">
                {crumbs}
                <div class="page-head-title">
                    <h1>{move || title.get()}</h1>
                    {mark}
                </div>
                {move || sub.get().map(|sub| view! { <p class="page-sub">{sub}</p> })}
            </div>
            {children.map(|children| view! { <div class="page-head-actions">{children()}</div> })}
        </header>
    }
    .into_any()
}

/// A raised surface, with a heading where `title` is given.
#[component]
pub fn Card(
    /// The heading.
    #[prop(optional, into)]
    title: Option<String>,
    /// Beside the heading: a legend, chips, a count.
    #[prop(optional)]
    beside: Option<AnyView>,
    /// At the right end of the heading: a link, a unit.
    #[prop(optional)]
    end: Option<AnyView>,
    /// More classes: `col-2` and such, to place it in a grid.
    #[prop(optional, into)]
    class: String,
    children: Children,
) -> impl IntoView {
    let head = (title.is_some() || beside.is_some() || end.is_some()).then(|| {
        view! {
            <div class="card-head">
                {title.map(|title| view! { <h2>{title}</h2> })}
                {beside}
                {end.map(|end| view! { <div class="card-end">{end}</div> })}
            </div>
        }
    });
    view! {
        <section class=format!("panel {class}")>
            {head}
            {children()}
        </section>
    }
    .into_any()
}

/// Name and value pairs, as on the page of one thing. Children are `<dt>` and `<dd>`.
#[component]
pub fn Facts(children: Children) -> impl IntoView {
    view! { <dl class="facts">{children()}</dl> }
}

/// Nothing here yet: what the page is for, and the first step as children.
#[component]
pub fn EmptyState(
    /// A picture of the missing thing.
    icon: Icon,
    /// What is missing.
    #[prop(into)]
    title: String,
    /// What this page is for.
    #[prop(optional, into)]
    text: Option<String>,
    /// The first step: usually one `LinkButton`.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <span class="empty-icon">{icon.view()}</span>
            <h2 class="empty-title">{title}</h2>
            {text.map(|text| view! { <p class="empty-text">{text}</p> })}
            {children.map(|children| view! { <div class="empty-step">{children()}</div> })}
        </div>
    }
    .into_any()
}

/// Something went wrong while loading: what, and a way on.
#[component]
pub fn ErrorState(
    /// What went wrong, in plain words.
    #[prop(into)]
    title: String,
    /// What to do about it, or a request id.
    #[prop(optional, into)]
    text: Option<String>,
    /// Loads the page again.
    #[prop(optional, into)]
    retry: Option<String>,
    /// Other words for that than "try again", where it leads elsewhere.
    #[prop(optional, into)]
    label: Option<String>,
) -> impl IntoView {
    let i18n = use_i18n();
    let icon = label.is_none().then(|| Icon::Refresh.view());
    let label = label.unwrap_or_else(|| tu_string!(i18n, ui.retry).to_owned());
    view! {
        <div class="empty" role="alert">
            <span class="empty-icon tone-alarm">{Icon::TriangleAlert.view()}</span>
            <h2 class="empty-title">{title}</h2>
            {text.map(|text| view! { <p class="empty-text">{text}</p> })}
            {retry
                .map(|href| {
                    view! {
                        <div class="empty-step">
                            <a class="btn btn-plain" href=href rel="external">
                                {icon}
                                {label}
                            </a>
                        </div>
                    }
                })}
        </div>
    }
    .into_any()
}

/// Holds the place of figures while they load.
#[component]
pub fn SkeletonCards(
    /// How many.
    #[prop(default = 4)]
    count: usize,
) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <div class="figures" role="status" aria-label=tu_string!(i18n, ui.working)>
            {(0..count).map(|_| view! { <div class="figure skeleton"></div> }).collect_view()}
        </div>
    }
}

/// Holds the place of a list while it loads.
#[component]
pub fn SkeletonRows(
    /// How many.
    #[prop(default = 6)]
    rows: usize,
) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <div class="skeleton-rows" role="status" aria-label=tu_string!(i18n, ui.working)>
            {(0..rows).map(|_| view! { <div class="skeleton skeleton-row"></div> }).collect_view()}
        </div>
    }
}
