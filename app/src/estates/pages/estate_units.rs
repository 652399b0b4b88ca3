//! The units of an estate as a table: narrowed, sorted, and with the columns that somebody chose.

use domain::{
    EstateId,
    columns::{Column, Columns},
    estates::{Building, EstateSummary, Occupancy, Unit, UnitColumn, UnitSort, UnitUse},
    page::Page,
};
use leptos::prelude::*;

use super::residents::file_link;
use crate::{
    columns::List,
    estates::{asked::UnitAsk, words as room_words},
    i18n::{Locale, locale, tu_string, use_i18n},
    routes,
    ui::{
        ColumnChoice, ColumnsMenu, EmptyState, FilterChips, Heads, HiddenField, Icon, LinkItem,
        NumCell, Pager, Table, plain_head,
    },
};

/// The address of the estate's page that asks for this.
fn address(estate: EstateId, asked: &UnitAsk) -> String {
    routes::asking(&routes::estate(estate), &asked.parts())
}

/// The buildings as chips, the other filters as a form, and the columns.
pub(super) fn toolbar(
    estate: &EstateSummary,
    buildings: &[Building],
    asked: &UnitAsk,
    columns: &Columns<UnitColumn>,
) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let chips = chips(estate, buildings, asked);
    let choices = UnitColumn::ALL.iter().map(|column| ColumnChoice {
        word: column.word(),
        label: room_words::unit_column(locale, *column).to_owned(),
        shown: columns.has(*column),
    });
    view! {
        <div class="toolbar">
            <FilterChips label=tu_string!(i18n, estates.buildings) items=Signal::stored(chips) />
            {filters(estate.id, asked)}
            <ColumnsMenu
                list=List::Units
                action=routes::estate(estate.id)
                kept=asked.parts()
                columns=choices.collect()
            />
        </div>
    }
    .into_any()
}

/// All buildings, and each of them.
fn chips(estate: &EstateSummary, buildings: &[Building], asked: &UnitAsk) -> Vec<LinkItem> {
    let i18n = use_i18n();
    let count = |n: i64| u64::try_from(n).unwrap_or_default();
    let of = |building| {
        let asked = UnitAsk {
            building,
            ..asked.first()
        };
        address(estate.id, &asked)
    };
    let here = asked.building;
    let all = LinkItem::new(of(None), tu_string!(i18n, common.all), here.is_none())
        .counted(count(estate.units));
    let each = buildings.iter().map(|each| {
        LinkItem::new(of(Some(each.id)), each.name.clone(), here == Some(each.id))
            .counted(count(each.units))
    });
    [all].into_iter().chain(each).collect()
}

/// A plain GET form: the filters are part of the address.
fn filters(estate: EstateId, asked: &UnitAsk) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    // What the form says itself it does not keep as well.
    let said = ["code", "state", "use"];
    let kept = asked.first().parts().into_iter();
    let kept = kept
        .filter(|(name, _)| !said.contains(name))
        .map(|(name, value)| view! { <HiddenField name=name value=value /> })
        .collect_view();
    let states = Occupancy::ALL.iter().map(|state| {
        let word = room_words::occupancy(locale, *state);
        (state.as_str(), word)
    });
    let purposes = UnitUse::ALL.iter().map(|use_| {
        let word = room_words::unit_use(locale, *use_);
        (use_.as_str(), word)
    });
    let state = select(
        "state",
        tu_string!(i18n, estates.occupancy),
        (tu_string!(i18n, estates.any_state), states.collect()),
        &asked.state,
    );
    let use_ = select(
        "use",
        tu_string!(i18n, estates.use_of),
        (tu_string!(i18n, estates.any_use), purposes.collect()),
        &asked.use_,
    );
    view! {
        <form class="list-filters" method="get" action=routes::estate(estate) role="search">
            {kept} <div class="search">
                {Icon::Search.view()}
                <input
                    class="input"
                    type="search"
                    name="code"
                    value=asked.code.clone()
                    maxlength="20"
                    placeholder=tu_string!(i18n, estates.code_search)
                    aria-label=tu_string!(i18n, estates.code_search)
                />
            </div> {state} {use_}
            <button class="btn btn-plain" type="submit">
                {tu_string!(i18n, estates.filter)}
            </button>
        </form>
    }
    .into_any()
}

/// A small list to choose from, of which the first is any.
fn select(
    name: &'static str,
    label: &'static str,
    (any, words): (&'static str, Vec<(&'static str, &'static str)>),
    chosen: &str,
) -> AnyView {
    let options = words
        .into_iter()
        .map(|(value, word)| {
            view! {
                <option value=value selected=value == chosen>
                    {word}
                </option>
            }
        })
        .collect_view();
    view! {
        <select class="select" name=name aria-label=label>
            <option value="">{any}</option>
            {options}
        </select>
    }
    .into_any()
}

/// One page of the units; `nothing` where the estate has none.
pub(super) fn list(
    estate: EstateId,
    units: Page<Unit>,
    asked: &UnitAsk,
    columns: Columns<UnitColumn>,
    nothing: impl FnOnce() -> AnyView,
) -> AnyView {
    let i18n = use_i18n();
    if units.items.is_empty() && !asked.narrows() {
        return nothing();
    }
    if units.items.is_empty() {
        return view! {
            <EmptyState icon=Icon::Search title=tu_string!(i18n, estates.no_match) />
        }
        .into_any();
    }
    let first = address(estate, &asked.first());
    let next = units.next.map(|cursor| {
        let asked = UnitAsk {
            cursor,
            ..asked.clone()
        };
        address(estate, &asked)
    });
    let file = routes::file_of(&first);
    let prev = (!asked.cursor.is_empty()).then_some(first);
    let from = asked.first();
    let heads = Heads::new(Some(asked.sorted()), move |sort| {
        let asked = UnitAsk {
            sort: sort.to_string(),
            ..from.clone()
        };
        address(estate, &asked)
    });
    view! {
        {table(units.items, &heads, &columns)}
        <Pager prev=prev next=next />
        {file_link(file, "linli-units.xlsx")}
    }
    .into_any()
}

fn table(units: Vec<Unit>, heads: &Heads<UnitSort>, columns: &Columns<UnitColumn>) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let shown = columns.shown();
    // What somebody chose is there on a phone as well.
    let usual = *columns == Columns::usual();
    let columns = shown
        .iter()
        .map(|column| {
            let label = room_words::unit_column(locale, *column);
            head(*column, heads, label, usual)
        })
        .collect_view();
    let rows = units
        .into_iter()
        .map(|unit| {
            let cells = shown
                .iter()
                .map(|column| cell(*column, &unit, locale, usual))
                .collect_view();
            view! {
                <tr>
                    <td>{unit.building_name.clone()}</td>
                    <td>{unit.entrance.clone()}</td>
                    <td>
                        <a class="link" href=routes::unit(unit.id)>
                            {unit.unit.clone()}
                        </a>
                    </td>
                    {cells}
                </tr>
            }
        })
        .collect_view();
    let building = tu_string!(i18n, estates.building);
    let address = heads.head(UnitSort::Address, building, false, false);
    let entrance = plain_head(tu_string!(i18n, estates.entrance), false, false);
    let unit = plain_head(tu_string!(i18n, estates.unit), false, false);
    view! {
        <Table caption=tu_string!(i18n, estates.units)>
            <thead>
                <tr>{address} {entrance} {unit} {columns}</tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
    }
    .into_any()
}

/// `wide` leaves out, on a phone, what it has no room for.
fn head(column: UnitColumn, heads: &Heads<UnitSort>, label: &str, wide: bool) -> AnyView {
    match column {
        UnitColumn::Floor => plain_head(label, false, wide),
        UnitColumn::Area => heads.head(UnitSort::Area, label, true, wide),
        UnitColumn::InnerArea => plain_head(label, true, wide),
        UnitColumn::Use => heads.head(UnitSort::Use, label, false, wide),
        // What is sorted by names tells them to those who may not read them.
        UnitColumn::Owners => plain_head(label, false, false),
        UnitColumn::State => heads.head(UnitSort::State, label, false, false),
        UnitColumn::FeeStart => heads.head(UnitSort::FeeStart, label, false, wide),
    }
}

fn cell(column: UnitColumn, unit: &Unit, locale: Locale, wide: bool) -> AnyView {
    let area = |area: Option<domain::estates::Area>| {
        view! {
            <NumCell
                wide_only=wide
                value=area.map(|area| area.to_string()).unwrap_or_default()
                unit=area.map(|_| "m²".to_owned()).unwrap_or_default()
            />
        }
        .into_any()
    };
    match column {
        UnitColumn::Floor => {
            view! { <td class:wide-only=wide>{unit.floor_label.clone()}</td> }.into_any()
        }
        UnitColumn::Area => area(unit.area),
        UnitColumn::InnerArea => area(unit.inner_area),
        UnitColumn::Use => {
            view! { <td class:wide-only=wide>{room_words::unit_use(locale, unit.use_)}</td> }
                .into_any()
        }
        UnitColumn::Owners => view! { <td>{unit.owners.clone()}</td> }.into_any(),
        UnitColumn::State => {
            let state = unit
                .occupancy
                .map(|state| room_words::occupancy(locale, state));
            view! { <td>{state}</td> }.into_any()
        }
        UnitColumn::FeeStart => {
            let day = unit.fee_start.map(|day| day.to_string());
            view! { <td class="tabular" class:wide-only=wide>{day}</td> }.into_any()
        }
    }
}
