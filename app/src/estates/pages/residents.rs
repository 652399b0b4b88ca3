//! What a search has found: units, cars and residents. A plain GET form: what is looked for is part of the address, which our
//! own log never writes down.

use domain::estates::{Found, FoundResident, FoundUnit, FoundVehicle};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{hooks::use_query_map, location::Url};

use crate::{
    AppError,
    estates::{api::find, words as room_words},
    i18n::{locale, tu_string, use_i18n},
    load::resource,
    routes,
    ui::{Card, Crumb, EmptyState, Icon, LinkButton, PageHead, Pager, SkeletonRows, Table},
    words,
};

#[component]
pub fn ResidentsPage() -> impl IntoView {
    let i18n = use_i18n();
    let query = use_query_map();
    let asked = move || {
        query.with(|query| {
            (
                query.get("q").unwrap_or_default(),
                query.get("cursor").filter(|cursor| !cursor.is_empty()),
            )
        })
    };
    let found = resource(asked, |(search, cursor)| async move {
        let found = match search.trim() {
            "" => None,
            _ => Some(find(search.clone(), cursor.clone()).await),
        };
        (search, cursor, found)
    });
    let title = tu_string!(i18n, estates.find);
    view! {
        <Title text=title />
        <PageHead
            title=title
            crumbs=vec![Crumb::new(routes::ESTATES, tu_string!(i18n, estates.title))]
        />
        <Suspense fallback=|| view! { <SkeletonRows rows=6 /> }>
            {move || Suspend::new(async move {
                let (search, cursor, found) = found.await;
                match found {
                    None => view! { <Card>{find_form(search, None)}</Card> }.into_any(),
                    Some(Err(error)) => flawed(search, &error),
                    Some(Ok(page)) => whole(search, cursor.is_some(), page.items, page.next),
                }
            })}
        </Suspense>
    }
    .into_any()
}

/// What a list shows, as a file.
pub(super) fn file_link(file: String, name: &'static str) -> AnyView {
    let i18n = use_i18n();
    view! {
        <LinkButton href=file icon=Icon::Download download=name external=true>
            {tu_string!(i18n, estates.export_xlsx)}
        </LinkButton>
    }
    .into_any()
}

/// The box to search in, wherever it stands. `flaw` is what is wrong with what was searched for.
pub(super) fn find_form(search: String, flaw: Option<String>) -> AnyView {
    let i18n = use_i18n();
    let label = tu_string!(i18n, estates.find_label);
    let described = flaw.is_some().then_some("find-error");
    view! {
        <form class="search" method="get" action=routes::RESIDENTS role="search">
            {Icon::Search.view()}
            <input
                class="input"
                type="search"
                name="q"
                value=search
                maxlength="60"
                autocomplete="off"
                placeholder=label
                aria-label=label
                aria-invalid=flaw.is_some().then_some("true")
                aria-describedby=described
            />
        </form>
        {flaw
            .map(|flaw| {
                view! {
                    <p class="field-error" id="find-error">
                        {Icon::CircleAlert.view()}
                        {flaw}
                    </p>
                }
            })}
    }
    .into_any()
}

/// What is wrong with the search stands beside it; all else is a page that cannot be shown.
fn flawed(search: String, error: &AppError) -> AnyView {
    match error.0.fields.get("q") {
        Some(flaw) => {
            let flaw = words::flaw(locale(), *flaw);
            view! { <Card>{find_form(search, Some(flaw))}</Card> }.into_any()
        }
        None => words::refused(error, routes::RESIDENTS),
    }
}

fn whole(search: String, further: bool, found: Vec<Found>, next: Option<String>) -> AnyView {
    let i18n = use_i18n();
    let first = format!("{}?q={}", routes::RESIDENTS, Url::escape(&search));
    let next = next.map(|next| format!("{first}&cursor={next}"));
    let file = routes::file_of(&first);
    let prev = further.then_some(first);
    let list = if found.is_empty() {
        view! {
            <EmptyState
                icon=Icon::Search
                title=tu_string!(i18n, estates.find_none)
                text=tu_string!(i18n, estates.find_none_text)
            />
        }
        .into_any()
    } else {
        view! {
            {table(found)}
            <Pager prev=prev next=next />
            {file_link(file, "linli-residents.xlsx")}
        }
        .into_any()
    };
    view! {
        <Card>
            <div class="toolbar">{find_form(search, None)}</div>
            {list}
        </Card>
    }
    .into_any()
}

fn table(found: Vec<Found>) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let unit_word = tu_string!(i18n, estates.found_unit);
    let car_word = tu_string!(i18n, estates.found_car);
    let rows = found
        .into_iter()
        .map(|found| {
            // Where it is, what it is called, what it is, and what else is said of it.
            let (unit, address, name, kind, more) = match found {
                Found::Unit(FoundUnit { id, address }) => (id, address, None, unit_word, None),
                Found::Vehicle(FoundVehicle {
                    vehicle,
                    unit,
                    home,
                }) => (unit, home, Some(vehicle.plate), car_word, vehicle.about),
                Found::Resident(FoundResident { resident, home }) => {
                    let relation = room_words::relation(locale, resident.relation);
                    (
                        resident.unit,
                        home,
                        Some(resident.name),
                        relation,
                        resident.phone,
                    )
                }
            };
            view! {
                <tr>
                    <td>
                        <a class="link" href=routes::unit(unit)>{address}</a>
                    </td>
                    <td>{name}</td>
                    <td class="wide-only">{kind}</td>
                    <td class="tabular">{more}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Table caption=tu_string!(i18n, estates.find)>
            <thead>
                <tr>
                    <th scope="col">{tu_string!(i18n, estates.home)}</th>
                    <th scope="col">{tu_string!(i18n, estates.resident_name)}</th>
                    <th scope="col" class="wide-only">
                        {tu_string!(i18n, estates.found_kind)}
                    </th>
                    <th scope="col">{tu_string!(i18n, estates.phone)}</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
    }
    .into_any()
}
