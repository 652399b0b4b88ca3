//! Which columns of a list are shown: a plain form under a button. [`super::prefs::change`] answers it.

use leptos::prelude::*;

use super::{HiddenField, Icon, Menu};
use crate::{
    columns::{COLUMN, LIST, List},
    i18n::{tu_string, use_i18n},
};

/// A column that may be hidden.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnChoice {
    /// Its word.
    pub word: &'static str,
    /// What it is called.
    pub label: String,
    /// Whether it is shown now.
    pub shown: bool,
}

/// The columns of a list behind a button, each with a box.
#[component]
pub fn ColumnsMenu(
    /// Whose columns they are.
    list: List,
    /// The list's page, without what it is asked for.
    #[prop(into)]
    action: String,
    /// What it is asked for, which stays.
    kept: Vec<(&'static str, String)>,
    /// The columns in their order.
    columns: Vec<ColumnChoice>,
) -> impl IntoView {
    let i18n = use_i18n();
    let label = tu_string!(i18n, ui.columns);
    let button = view! {
        {Icon::Columns.view()}
        {label}
    }
    .into_any();
    let kept = kept
        .into_iter()
        .map(|(name, value)| view! { <HiddenField name=name value=value /> })
        .collect_view();
    let boxes = columns
        .into_iter()
        .map(|column| {
            view! {
                <label class="menu-item">
                    <input
                        class="checkbox checkbox-primary checkbox-sm"
                        type="checkbox"
                        name=COLUMN
                        value=column.word
                        checked=column.shown
                    />
                    <span>{column.label}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <Menu button=button end=true>
            <form method="get" action=action class="columns-form">
                <HiddenField name=LIST value=list.word() />
                {kept}
                <fieldset>
                    <legend class="sr-only">{label}</legend>
                    {boxes}
                </fieldset>
                <button class="btn btn-primary btn-sm" type="submit">
                    {tu_string!(i18n, ui.columns_show)}
                </button>
            </form>
        </Menu>
    }
    .into_any()
}
