//! Why nothing of a file of models was taken, as a document of its own.

use domain::{
    Problem,
    devices::models::sheet::{BadCell, RegisterColumn},
    problem::Flaw,
};
use leptos::prelude::*;

use crate::{
    bad_cells,
    i18n::{Locale, td_string},
    paper::{self, Look},
    routes, words,
};

/// The cells of a sheet of registers that have to be put right.
#[must_use]
pub fn refused_cells(english: bool, bad: &[BadCell]) -> String {
    bad_cells::document(english, routes::DEVICE_MODEL_NEW, bad, wrong)
}

fn wrong(locale: Locale, cell: BadCell) -> Option<&'static str> {
    Some(match (cell.column, cell.flaw) {
        (RegisterColumn::Name | RegisterColumn::Point, Flaw::Malformed) => {
            td_string!(locale, models.sheet_name)
        }
        (RegisterColumn::Address, Flaw::Malformed | Flaw::OutOfRange) => {
            td_string!(locale, models.sheet_address)
        }
        (RegisterColumn::Type, Flaw::Malformed) => td_string!(locale, models.sheet_type),
        (RegisterColumn::Order, Flaw::Malformed) => td_string!(locale, models.sheet_order),
        (RegisterColumn::Function, _) => td_string!(locale, models.sheet_function),
        (RegisterColumn::Unit, Flaw::Malformed) => td_string!(locale, models.sheet_clash),
        _ => return None,
    })
}

/// The places in a file, or the fields beside it, that have to be put right.
#[must_use]
pub fn refused_places(english: bool, problem: &Problem) -> String {
    let title = |locale: Locale| td_string!(locale, models.refused).to_owned();
    paper::document(english, Look::Printed, title, |locale| {
        let rows = problem.fields.iter().map(|(place, flaw)| {
            let what = match (place.as_str(), flaw) {
                ("file", flaw) => whole(locale, *flaw).to_owned(),
                ("models", _) => td_string!(locale, models.quota).to_owned(),
                (place, Flaw::Taken) if place.ends_with("id") => {
                    td_string!(locale, models.id_taken).to_owned()
                }
                (_, Flaw::Reserved) => td_string!(locale, models.id_reserved).to_owned(),
                (place, Flaw::Required) if place.ends_with("points") => {
                    td_string!(locale, models.points_required).to_owned()
                }
                (_, flaw) => words::flaw(locale, *flaw),
            };
            view! {
                <tr>
                    <td>
                        <code>{place.clone()}</code>
                    </td>
                    <td>{what}</td>
                </tr>
            }
        });
        let rows = rows.collect_view();
        view! {
            <main>
                <h1>{td_string!(locale, models.refused)}</h1>
                <p>{td_string!(locale, models.refused_text, n = problem.fields.len())}</p>
                <p>
                    <a class="btn btn-primary" href=routes::DEVICE_MODEL_NEW>
                        {td_string!(locale, models.back)}
                    </a>
                </p>
                <table class="sheet-table">
                    <thead>
                        <tr>
                            <th scope="col">{td_string!(locale, models.place)}</th>
                            <th scope="col">{td_string!(locale, models.wrong)}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </main>
        }
        .into_any()
    })
}

/// What is wrong with a file as a whole.
fn whole(locale: Locale, flaw: Flaw) -> &'static str {
    match flaw {
        Flaw::Required => td_string!(locale, models.flaw_required),
        Flaw::Unknown => td_string!(locale, models.flaw_unknown),
        Flaw::OutOfRange => td_string!(locale, models.flaw_out_of_range),
        Flaw::TooLong => td_string!(locale, models.flaw_too_long),
        _ => td_string!(locale, models.flaw_unreadable),
    }
}

#[cfg(test)]
mod tests {
    use domain::Code;

    use super::*;

    #[test]
    fn each_place_says_what_is_wrong_there() {
        let problem = Problem::field(Code::Invalid, "maps.2.registers.3.type", Flaw::Malformed)
            .and("maps.0.id", Flaw::Taken);
        let html = refused_places(false, &problem);
        for part in [
            "maps.2.registers.3.type",
            "格式不对",
            "这个编号已经有了",
            "2 处",
        ] {
            assert!(html.contains(part), "{part} is not in {html}");
        }
        let file = Problem::field(Code::Invalid, "file", Flaw::Unreadable);
        assert!(refused_places(true, &file).contains("cannot be read"));
        let cell = BadCell {
            row: 4,
            column: RegisterColumn::Type,
            flaw: Flaw::Malformed,
        };
        let html = refused_cells(false, &[cell]);
        assert!(
            html.contains("类型 type") && html.contains("不认识的类型"),
            "{html}"
        );
    }
}
