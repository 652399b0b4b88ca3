//! A building drawn as a table: a row for each floor from the top down, a column for each door.

use domain::estates::{Drawing, DrawnEntrance, DrawnFloor};
use leptos::prelude::*;

use crate::i18n::{locale, td_string};

/// `cell` shows one unit. The table scrolls inside its own frame, and its first column stays.
pub fn floors<T>(drawing: Drawing<T>, caption: String, cell: impl Fn(T) -> AnyView) -> AnyView {
    let locale = locale();
    let Drawing { entrances, floors } = drawing;
    let named = entrances.iter().any(|entrance| entrance.name.is_some());
    let corner_rows = if named { "2" } else { "1" };
    let starts = starts(&entrances);
    let corner = view! {
        <th scope="col" rowspan=corner_rows class="floors-corner">
            {td_string!(locale, buildings.floor)}
        </th>
    };
    let doors = entrances
        .iter()
        .flat_map(|entrance| &entrance.doors)
        .zip(&starts)
        .map(|(door, first)| {
            view! {
                <th scope="col" class:floors-first=*first>
                    {door.clone()}
                </th>
            }
        })
        .collect_view();
    let head = if named {
        let titles = entrances
            .iter()
            .map(|entrance| {
                let wide = entrance.doors.len().to_string();
                view! {
                    <th scope="colgroup" colspan=wide class="floors-first">
                        {entrance.name.clone()}
                    </th>
                }
            })
            .collect_view();
        view! {
            <tr>{corner} {titles}</tr>
            <tr>{doors}</tr>
        }
        .into_any()
    } else {
        view! { <tr>{corner} {doors}</tr> }.into_any()
    };
    let row = |floor: DrawnFloor<T>| {
        // What a floor is called and which it is may differ; where they do not, once is enough.
        let truly = floor
            .number
            .filter(|number| number.to_string() != floor.label)
            .map(|number| td_string!(locale, buildings.true_floor, number = number).to_string());
        let truly = truly.map(|truly| view! { <span class="floors-truly">{truly}</span> });
        let cells = floor
            .units
            .into_iter()
            .zip(&starts)
            .map(|(unit, first)| view! { <td class:floors-first=*first>{unit.map(&cell)}</td> })
            .collect_view();
        view! {
            <tr>
                <th scope="row">{floor.label} {truly}</th>
                {cells}
            </tr>
        }
    };
    let rows = floors.into_iter().map(row).collect_view();
    let label = caption.clone();
    view! {
        <div class="floors-frame" role="region" tabindex="0" aria-label=label>
            <table class="floors">
                <caption class="sr-only">{caption}</caption>
                <thead>{head}</thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// Of each column, whether an entrance begins with it.
fn starts(entrances: &[DrawnEntrance]) -> Vec<bool> {
    let of = |entrance: &DrawnEntrance| (0..entrance.doors.len()).map(|n| n == 0);
    entrances.iter().flat_map(of).collect()
}
