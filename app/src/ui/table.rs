//! Parts of a data table. Rows are written by the page; these keep them alike.

use std::fmt;

use domain::columns::{Column, Sort};
use leptos::prelude::*;

use super::{Icon, Num};
use crate::i18n::{tu_string, use_i18n};

/// A table in a frame that scrolls sideways by itself. Children are `<thead>` and `<tbody>`.
#[component]
pub fn Table(
    /// What the rows are, for assistive technology.
    #[prop(into)]
    caption: String,
    children: Children,
) -> impl IntoView {
    let label = caption.clone();
    view! {
        <div class="table-frame" role="region" tabindex="0" aria-label=label>
            <table class="data">
                <caption class="sr-only">{caption}</caption>
                {children()}
            </table>
        </div>
    }
    .into_any()
}

/// The direction in which a column is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sorted {
    /// Smallest first.
    Up,
    /// Largest first.
    Down,
}

/// A column head that sorts: a link, since the order is part of the address.
#[component]
pub fn SortHead(
    /// The column's name.
    #[prop(into)]
    label: String,
    /// Leads to the table in the other order.
    #[prop(into)]
    href: String,
    /// The order now, if it is by this column.
    #[prop(optional_no_strip)]
    sorted: Option<Sorted>,
    /// Set at the right, over numbers.
    #[prop(optional)]
    numeric: bool,
    /// Left out where the screen is a phone's.
    #[prop(optional)]
    wide_only: bool,
) -> impl IntoView {
    let i18n = use_i18n();
    let (order, icon) = match sorted {
        Some(Sorted::Up) => (Some("ascending"), Icon::ArrowUp),
        Some(Sorted::Down) => (Some("descending"), Icon::ArrowDown),
        None => (None, Icon::Sort),
    };
    let title = tu_string!(i18n, ui.sort_by, column = label.clone());
    // Stays where it is: the list may stand far down its page.
    view! {
        <th scope="col" class:num-cell=numeric class:wide-only=wide_only aria-sort=order>
            <a class="sort" href=href title=title data-noscroll="">
                {label}
                {icon.view()}
            </a>
        </th>
    }
}

/// How a list is sorted now, and the address of each other order of it.
pub struct Heads<C> {
    now: Option<Sort<C>>,
    address: Box<dyn Fn(Sort<C>) -> String>,
}

impl<C: fmt::Debug> fmt::Debug for Heads<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Heads")
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}

impl<C: Column> Heads<C> {
    /// `address` leads to the first page in an order.
    pub fn new(now: Option<Sort<C>>, address: impl Fn(Sort<C>) -> String + 'static) -> Self {
        Self {
            now,
            address: Box::new(address),
        }
    }

    /// The head of a column that sorts.
    pub fn head(&self, by: C, label: &str, numeric: bool, wide_only: bool) -> AnyView {
        let now = self.now.filter(|now| now.by == by);
        let sorted = now.map(|now| if now.down { Sorted::Down } else { Sorted::Up });
        let href = (self.address)(Sort::turned(self.now, by));
        view! {
            <SortHead
                label=label
                href=href
                sorted=sorted
                numeric=numeric
                wide_only=wide_only
            />
        }
        .into_any()
    }
}

/// The head of a column that does not sort.
pub fn plain_head(label: &str, numeric: bool, wide_only: bool) -> AnyView {
    view! {
        <th scope="col" class:num-cell=numeric class:wide-only=wide_only>
            {label.to_owned()}
        </th>
    }
    .into_any()
}

/// A cell with a number at the right and its unit.
#[component]
pub fn NumCell(
    /// Ready text, from [`super::format`].
    #[prop(into)]
    value: Signal<String>,
    /// The unit, if any.
    #[prop(optional, into)]
    unit: MaybeProp<String>,
    /// Whether the number is old and should look it.
    #[prop(optional, into)]
    stale: Signal<bool>,
    /// Left out where the screen is a phone's.
    #[prop(optional)]
    wide_only: bool,
) -> impl IntoView {
    view! {
        <td class="num-cell" class:wide-only=wide_only class:is-stale=move || stale.get()>
            <Num value=value unit=unit />
        </td>
    }
}
