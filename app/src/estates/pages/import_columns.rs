//! What each column of a roster is: as it was read, to be said otherwise. Whoever does sends the file
//! again, of which no copy is kept.

use std::collections::BTreeSet;

use domain::estates::{IGNORED, ReadColumn, RosterColumn, RosterImport};
use leptos::prelude::*;
use leptos_router::params::ParamsMap;

use super::import::file_words;
use crate::{
    estates::words::roster_column,
    i18n::{Locale, locale, td_string, tu_string, use_i18n},
    routes,
    ui::{Card, CheckField, Choice, FileField, FormErrors, Icon, SubmitRow, Table, UploadBar},
};

/// What was said and not taken, as the address tells it: of columns the words alone, in their order,
/// and never a header; of sales the rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Before {
    /// What is wrong with the file, or `columns`.
    flaw: Option<String>,
    chosen: Vec<String>,
    /// What two columns were said to be, and what none was.
    taken: Vec<String>,
    missing: Vec<String>,
    sold: BTreeSet<u32>,
}

impl Before {
    pub(super) fn of(query: &ParamsMap) -> Self {
        let list = |name: &str| {
            let text = query.get(name).unwrap_or_default();
            let words = text.split(',').filter(|word| !word.is_empty());
            words.map(str::to_owned).collect::<Vec<_>>()
        };
        Self {
            flaw: query.get("flaw"),
            chosen: list("chosen"),
            taken: list("taken"),
            missing: list("missing"),
            sold: list("sold")
                .iter()
                .filter_map(|row| row.parse().ok())
                .collect(),
        }
    }

    /// Whether that row was confirmed as a sale.
    pub(super) fn sold(&self, row: u32) -> bool {
        self.sold.contains(&row)
    }

    /// What is wrong with the file, where nothing was said of columns.
    pub(super) fn of_the_file(&self) -> Option<&str> {
        self.flaw.as_deref().filter(|_| !self.speaks())
    }

    /// Whether it is about columns at all.
    fn speaks(&self) -> bool {
        !self.chosen.is_empty()
    }

    fn words(&self, locale: Locale) -> Option<String> {
        if !self.speaks() {
            return None;
        }
        if !self.missing.is_empty() {
            let fields = self
                .missing
                .iter()
                .filter_map(|word| RosterColumn::parse(word));
            return Some(lacking(locale, fields));
        }
        if !self.taken.is_empty() {
            return Some(td_string!(locale, estates.columns_taken).to_owned());
        }
        self.flaw.as_deref().map(|flaw| file_words(locale, flaw))
    }
}

/// That no column is one of these.
pub(super) fn lacking(locale: Locale, fields: impl Iterator<Item = RosterColumn>) -> String {
    let names: Vec<_> = fields.map(|field| roster_column(locale, field)).collect();
    td_string!(locale, estates.columns_lacking, fields = names.join("、")).to_string()
}

/// The columns of an import, open where one is missing or something was just said of them.
pub(super) fn columns(import: &RosterImport, before: &Before) -> Option<AnyView> {
    if import.columns.is_empty() {
        return None;
    }
    let i18n = use_i18n();
    let locale = locale();
    let rows = import
        .columns
        .iter()
        .enumerate()
        .map(|(at, column)| row(at, column, before, locale))
        .collect_view();
    let title = tu_string!(i18n, estates.columns);
    let form = view! {
        <form class="stack" method="post" action="/fn/estates/import" enctype="multipart/form-data">
            <FormErrors message=before.words(locale) />
            <p>{tu_string!(i18n, estates.columns_text)}</p>
            <input type="hidden" name="estate" value=import.estate.to_string() />
            <input type="hidden" name="of" value=import.id.to_string() />
            <Table caption=title>
                <thead>
                    <tr>
                        <th scope="col">{tu_string!(i18n, estates.column)}</th>
                        <th scope="col">{tu_string!(i18n, estates.column_sample)}</th>
                        <th scope="col">{tu_string!(i18n, estates.column_is)}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
            <FileField
                name="file"
                label=tu_string!(i18n, estates.file_again)
                hint=tu_string!(i18n, estates.file_again_hint)
                accept=".xlsx,.csv"
            />
            <CheckField
                name="dry_run"
                label=tu_string!(i18n, estates.dry_run)
                hint=tu_string!(i18n, estates.dry_run_hint)
                checked=import.dry_run
            />
            <UploadBar />
            <SubmitRow
                label=tu_string!(i18n, estates.import_start)
                cancel=routes::import(import.estate)
            />
        </form>
    };
    let open = !import.lacks().is_empty() || before.speaks();
    let inside = if open {
        form.into_any()
    } else {
        view! {
            <details>
                <summary>{tu_string!(i18n, estates.columns_change)}</summary>
                {form}
            </details>
        }
        .into_any()
    };
    Some(view! { <Card title=title>{inside}</Card> }.into_any())
}

fn row(at: usize, column: &ReadColumn, before: &Before, locale: Locale) -> AnyView {
    let read = column.field.map_or(IGNORED, RosterColumn::as_str);
    let chosen = before
        .chosen
        .get(at)
        .map_or_else(|| read.to_owned(), Clone::clone);
    let flawed = before.taken.contains(&chosen);
    let id = format!("column-{at}-error");
    let choices = std::iter::once(Choice::new(
        IGNORED,
        td_string!(locale, estates.column_ignored),
    ));
    let fields = RosterColumn::ALL.iter().copied();
    let fields = fields.map(|field| Choice::new(field.as_str(), roster_column(locale, field)));
    let options = choices
        .chain(fields)
        .map(|choice| {
            let selected = choice.value == chosen;
            view! {
                <option value=choice.value selected=selected>
                    {choice.label}
                </option>
            }
        })
        .collect_view();
    let label =
        td_string!(locale, estates.column_label, column = column.header.clone()).to_string();
    view! {
        <tr>
            <td>
                {column.header.clone()}
                <input type="hidden" name="header" value=column.header.clone() />
            </td>
            <td class="muted">{column.sample.clone()}</td>
            <td>
                <select
                    class="select"
                    name="column"
                    aria-label=label
                    aria-invalid=flawed.then_some("true")
                    aria-describedby=flawed.then(|| id.clone())
                >
                    {options}
                </select>
                {flawed
                    .then(|| {
                        view! {
                            <p class="field-error" id=id.clone()>
                                {Icon::CircleAlert.view()}
                                {td_string!(locale, estates.columns_taken)}
                            </p>
                        }
                    })}
            </td>
        </tr>
    }
    .into_any()
}
