//! One building, drawn floor by floor: each unit in the colour and the word of its state, and a
//! link to its page.

use domain::{
    BuildingId,
    estates::{Drawing, DrawnUnit, MOST_DRAWN, Occupancy},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use super::building_facts;
use crate::{
    estates::{
        buildings::{Drawn, drawn},
        parts::{archived, floors},
        words as room_words,
    },
    i18n::{locale, td_string, tu_string, use_i18n},
    load::{Anew, resource},
    routes,
    ui::{Card, Crumb, EmptyState, Icon, LinkButton, Notice, PageHead, SkeletonRows, Tone, format},
    words,
};

#[component]
pub fn BuildingPage() -> impl IntoView {
    let params = use_params_map();
    let id = move || params.with(|params| params.get("building")?.parse::<BuildingId>().ok());
    let anew = Anew::new();
    let source = move || (id(), anew.count());
    let found = resource(source, |(id, _)| async move {
        match id {
            Some(id) => drawn(id).await,
            None => Err(crate::AppError::not_found()),
        }
    });
    view! {
        <Suspense fallback=|| view! { <SkeletonRows rows=16 /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok(drawn) => whole(drawn, anew),
                    Err(error) => words::refused(&error, routes::ESTATES),
                }
            })}
        </Suspense>
    }
    .into_any()
}

fn whole(
    Drawn {
        view,
        phases,
        prints,
    }: Drawn,
    anew: Anew,
) -> AnyView {
    let i18n = use_i18n();
    let (building, units) = (view.building, view.units);
    let restores = phases.is_some();
    let phases = phases.filter(|_| !building.archived);
    let facts = phases.map(|phases| building_facts::facts(&building, phases, anew));
    let gone = building.archived.then(|| {
        let text = tu_string!(i18n, buildings.archived_text).to_owned();
        archived(building.id.to_string(), text, restores, anew)
    });
    let list = format!(
        "{}?building={}",
        routes::estate(building.estate),
        building.id
    );
    let crumbs = vec![
        Crumb::new(routes::ESTATES, tu_string!(i18n, estates.title)),
        Crumb::new(routes::estate(building.estate), view.estate_name),
    ];
    let count = format::count(u64::try_from(building.units).unwrap_or_default());
    let count = tu_string!(i18n, buildings.units_count, units = count).to_string();
    let sub = match &building.phase_name {
        Some(phase) => format!("{phase} · {count}"),
        None => count,
    };
    let cut = building.units > i64::try_from(units.len()).unwrap_or(i64::MAX);
    let cut = cut.then(|| {
        let shown = format::count(u64::try_from(MOST_DRAWN).unwrap_or_default());
        let text = tu_string!(i18n, buildings.shown_first, shown = shown).to_string();
        view! { <Notice tone=Tone::Attention>{text}</Notice> }
    });
    let body = if units.is_empty() {
        view! {
            <Card>
                <EmptyState
                    icon=Icon::Building
                    title=tu_string!(i18n, buildings.no_units)
                    text=tu_string!(i18n, buildings.no_units_text)
                >
                    <LinkButton href=routes::estate(building.estate) icon=Icon::Plus>
                        {tu_string!(i18n, estates.to_estate)}
                    </LinkButton>
                </EmptyState>
            </Card>
        }
        .into_any()
    } else {
        picture(&building.name, units)
    };
    view! {
        <Title text=building.name.clone() />
        <PageHead title=building.name crumbs=crumbs sub=sub>
            {prints.then(|| print_button(building.id))}
            <LinkButton href=list icon=Icon::Layout>
                {tu_string!(i18n, buildings.as_list)}
            </LinkButton>
        </PageHead>
        <div class="stack">{gone} {cut} {body} {facts}</div>
    }
    .into_any()
}

fn print_button(building: BuildingId) -> AnyView {
    let i18n = use_i18n();
    view! {
        <LinkButton href=routes::claims_print(building) icon=Icon::Key>
            {tu_string!(i18n, claims.print)}
        </LinkButton>
    }
    .into_any()
}

fn picture(name: &str, units: Vec<DrawnUnit>) -> AnyView {
    let locale = locale();
    let legend = legend(&units);
    let caption = td_string!(locale, buildings.drawing_of, name = name.to_owned()).to_string();
    let (drawing, others) = Drawing::of(units);
    let drawn = (!drawing.floors.is_empty()).then(|| floors(drawing, caption, cell));
    let others = (!others.is_empty()).then(|| {
        let cells = others
            .into_iter()
            .map(|unit| view! { <li>{cell(unit)}</li> })
            .collect_view();
        view! {
            <section class="stack-tight">
                <h3>{td_string!(locale, buildings.others)}</h3>
                <ul class="doors">{cells}</ul>
            </section>
        }
    });
    view! {
        <Card title=td_string!(locale, buildings.drawing) beside=legend>
            <div class="stack">{drawn} {others}</div>
        </Card>
    }
    .into_any()
}

fn class(state: Option<Occupancy>) -> String {
    format!("door is-{}", state.map_or("unknown", Occupancy::as_str))
}

fn word(state: Option<Occupancy>) -> &'static str {
    let locale = locale();
    match state {
        Some(state) => room_words::occupancy(locale, state),
        None => td_string!(locale, buildings.not_recorded),
    }
}

fn cell(unit: DrawnUnit) -> AnyView {
    view! {
        <a class=class(unit.occupancy) href=routes::unit(unit.id)>
            <span class="door-code">{unit.code}</span>
            " "
            <span class="door-state">{word(unit.occupancy)}</span>
        </a>
    }
    .into_any()
}

/// What the colours mean, with how many units have each. Only states that are there.
fn legend(units: &[DrawnUnit]) -> AnyView {
    let i18n = use_i18n();
    let states = Occupancy::ALL.iter().copied().map(Some).chain([None]);
    let lines = states
        .filter_map(|state| {
            let count = units.iter().filter(|unit| unit.occupancy == state).count();
            (count > 0).then(|| {
                let count = format::count(u64::try_from(count).unwrap_or_default());
                view! {
                    <li>
                        <span class=class(state) aria-hidden="true"></span>
                        {word(state)}
                        <span class="count">{count}</span>
                    </li>
                }
            })
        })
        .collect_view();
    view! {
        <ul class="floors-legend" aria-label=tu_string!(i18n, buildings.legend)>
            {lines}
        </ul>
    }
    .into_any()
}
