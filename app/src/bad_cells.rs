//! Why nothing of a sheet was taken, as a document of its own: each cell that has to be put right.

use domain::{
    problem::Flaw,
    sheet::{BadCell, Column},
};
use leptos::prelude::*;

use crate::{
    i18n::{Locale, td_string},
    paper::{self, Look},
    words,
};

/// The cells, each with what is wrong in the words that its sheet has for it, and the way back to the
/// upload.
#[must_use]
pub fn document<C: Column>(
    english: bool,
    back: &str,
    bad: &[BadCell<C>],
    wrong: impl Fn(Locale, BadCell<C>) -> Option<&'static str>,
) -> String {
    let title = |locale: Locale| td_string!(locale, common.sheet_refused).to_owned();
    paper::document(english, Look::Printed, title, |locale| {
        let rows = bad.iter().map(|cell| {
            let flaw = match (wrong(locale, *cell), cell.flaw) {
                (Some(words), _) => words.to_owned(),
                // Its own words are about a whole file.
                (None, Flaw::Unreadable) => words::flaw(locale, Flaw::Malformed),
                (None, flaw) => words::flaw(locale, flaw),
            };
            view! {
                <tr>
                    <td>{cell.row}</td>
                    <td>{cell.column.header()}</td>
                    <td>{flaw}</td>
                </tr>
            }
        });
        let rows = rows.collect_view();
        view! {
            <main>
                <h1>{td_string!(locale, common.sheet_refused)}</h1>
                <p>{td_string!(locale, common.sheet_refused_text, n = bad.len())}</p>
                <p>
                    <a class="btn btn-primary" href=back.to_owned()>
                        {td_string!(locale, common.sheet_back)}
                    </a>
                </p>
                <table class="sheet-table">
                    <thead>
                        <tr>
                            <th scope="col">{td_string!(locale, common.sheet_row)}</th>
                            <th scope="col">{td_string!(locale, common.sheet_column)}</th>
                            <th scope="col">{td_string!(locale, common.sheet_flaw)}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </main>
        }
        .into_any()
    })
}
