//! One estate: its buildings as chips, its units as a table.

use domain::{
    BuildingId, EstateId,
    estates::{Building, Phase},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{estate_facts, estate_units};
use crate::{
    estates::{
        api::{CreateBuilding, CreateUnit, EstateView, estate_view},
        asked::UnitAsk,
    },
    i18n::{tu_string, use_i18n},
    load::{Anew, resource},
    routes,
    ui::{
        ButtonKind, Card, Choice, Crumb, EmptyState, FieldRow, FormErrors, HiddenField, Icon,
        LinkButton, NumberField, PageHead, SelectField, SkeletonRows, SubmitRow, TextField, format,
    },
    words::{self, Complaints},
};

#[component]
pub fn EstatePage() -> impl IntoView {
    let params = use_params_map();
    let query = use_query_map();
    let asked = move || {
        let estate = params.with(|params| params.get("estate"));
        let estate = estate.and_then(|id| id.parse::<EstateId>().ok());
        (
            estate,
            query.with(|query| UnitAsk::of(|name| query.get(name))),
        )
    };
    let anew = Anew::new();
    let source = move || (asked(), anew.count());
    let found = resource(source, |((estate, asked), _)| async move {
        match estate {
            Some(estate) => {
                let view = estate_view(estate, asked.clone()).await?;
                Ok((view, asked))
            }
            None => Err(crate::AppError::not_found()),
        }
    });
    view! {
        // What was there stays while another order is on its way.
        <Transition fallback=|| view! { <SkeletonRows rows=12 /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok((view, asked)) => whole(view, &asked, anew),
                    Err(error) => words::refused(&error, routes::ESTATES),
                }
            })}
        </Transition>
    }
    .into_any()
}

fn whole(view: EstateView, asked: &UnitAsk, anew: Anew) -> AnyView {
    let i18n = use_i18n();
    let EstateView {
        estate,
        buildings,
        phases,
        regions,
        units,
        columns,
        edits,
        imports,
        prints,
        reviews,
        finds,
        erases,
    } = view;
    let id = estate.id;
    let facts = edits.then(|| estate_facts::facts(&estate, regions, anew));
    let number = |n: i64| u64::try_from(n).unwrap_or_default();
    let sub = tu_string!(
        i18n,
        estates.summary,
        buildings = format::count(number(estate.buildings)),
        units = format::count(number(estate.units)),
        households = format::count(number(estate.households))
    )
    .to_string();
    let sub = match &estate.region_name {
        Some(region) => format!("{region} · {sub}"),
        None => sub,
    };
    let nothing = move || {
        view! {
            <EmptyState
                icon=Icon::Building
                title=tu_string!(i18n, estates.no_units)
                text=tu_string!(i18n, estates.no_units_text)
            >
                {imports.then(|| import_link(id, ButtonKind::Primary, Icon::FileSpreadsheet))}
                {edits.then(|| build_link(id, ButtonKind::Secondary))}
            </EmptyState>
        }
        .into_any()
    };
    let building = asked.building;
    let toolbar = estate_units::toolbar(&estate, &buildings, asked, &columns);
    let list = estate_units::list(id, units, asked, columns, nothing);
    view! {
        <Title text=estate.name.clone() />
        <PageHead
            title=estate.name
            crumbs=vec![Crumb::new(routes::ESTATES, tu_string!(i18n, estates.title))]
            sub=sub
        >
            {edits.then(|| build_link(id, ButtonKind::Secondary))}
            {building.filter(|_| prints).map(print_button)} {reviews.then(claims_button)}
            {finds.then(find_button)} {erases.then(erasures_button)}
            {imports.then(|| import_link(id, ButtonKind::Secondary, Icon::Upload))}
        </PageHead>
        <div class="stack">
            {doors(&buildings, &phases)}
            <Card>
                {toolbar} {list}
            </Card>
            {edits
                .then(|| {
                    view! {
                        <div class="grid-two">
                            {add_unit(buildings, anew)} {add_building(id, anew)} {facts}
                            {estate_facts::phases(id, phases, anew)}
                        </div>
                    }
                })}
        </div>
    }
    .into_any()
}

/// The way into each building, which is drawn on a page of its own.
fn doors(buildings: &[Building], phases: &[Phase]) -> Option<AnyView> {
    let i18n = use_i18n();
    if buildings.is_empty() {
        return None;
    }
    // By phase, in the order of the phases; what stands in none comes last.
    let parts = phases.iter().map(Some).chain([None]).filter_map(|phase| {
        let inside = |building: &&Building| building.phase == phase.map(|phase| phase.id);
        let inside: Vec<&Building> = buildings.iter().filter(inside).collect();
        let name = phase.map(|phase| view! { <h3>{phase.name.clone()}</h3> });
        (!inside.is_empty()).then(|| (name, links(&inside)))
    });
    let parts = parts.collect_view();
    let card = view! {
        <Card title=tu_string!(i18n, buildings.drawing)>
            <div class="stack-tight">{parts}</div>
        </Card>
    };
    Some(card.into_any())
}

fn links(buildings: &[&Building]) -> AnyView {
    let i18n = use_i18n();
    let links = buildings
        .iter()
        .map(|building| {
            let count = format::count(u64::try_from(building.units).unwrap_or_default());
            let count = tu_string!(i18n, buildings.units_count, units = count).to_string();
            view! {
                <li>
                    <a class="building-link" href=routes::building(building.id)>
                        {Icon::Building.view()}
                        <span class="building-name">{building.name.clone()}</span>
                        " "
                        <span class="muted tabular">{count}</span>
                    </a>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="building-links">{links}</ul> }.into_any()
}

fn build_link(estate: EstateId, kind: ButtonKind) -> AnyView {
    let i18n = use_i18n();
    view! {
        <LinkButton href=routes::new_building(estate) kind=kind icon=Icon::Buildings>
            {tu_string!(i18n, buildings.build)}
        </LinkButton>
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

fn claims_button() -> AnyView {
    let i18n = use_i18n();
    view! {
        <LinkButton href=routes::CLAIMS icon=Icon::ShieldCheck>
            {tu_string!(i18n, claims.requests)}
        </LinkButton>
    }
    .into_any()
}

fn find_button() -> AnyView {
    let i18n = use_i18n();
    view! {
        <LinkButton href=routes::RESIDENTS icon=Icon::Search>
            {tu_string!(i18n, estates.find)}
        </LinkButton>
    }
    .into_any()
}

fn erasures_button() -> AnyView {
    let i18n = use_i18n();
    view! {
        <LinkButton href=routes::ERASURES icon=Icon::Trash>
            {tu_string!(i18n, privacy.erasures)}
        </LinkButton>
    }
    .into_any()
}

fn import_link(estate: EstateId, kind: ButtonKind, icon: Icon) -> AnyView {
    let i18n = use_i18n();
    view! {
        <LinkButton href=routes::import(estate) kind=kind icon=icon>
            {tu_string!(i18n, estates.import)}
        </LinkButton>
    }
    .into_any()
}

fn add_building(estate: EstateId, anew: Anew) -> AnyView {
    let i18n = use_i18n();
    let create = ServerAction::<CreateBuilding>::new();
    anew.after(create);
    let complaints = Complaints::of(create.value());
    view! {
        <Card title=tu_string!(i18n, estates.add_building)>
            <ActionForm action=create>
                <FormErrors message=complaints.whole() />
                <HiddenField name="estate" value=estate.to_string() />
                <TextField
                    name="name"
                    label=tu_string!(i18n, estates.building_name)
                    placeholder=tu_string!(i18n, estates.building_example)
                    error=complaints.plain("name")
                    maxlength=40
                />
                <SubmitRow label=tu_string!(i18n, common.add) pending=create.pending() />
            </ActionForm>
        </Card>
    }
    .into_any()
}

fn add_unit(buildings: Vec<Building>, anew: Anew) -> Option<AnyView> {
    if buildings.is_empty() {
        return None;
    }
    let i18n = use_i18n();
    let create = ServerAction::<CreateUnit>::new();
    anew.after(create);
    let complaints = Complaints::of(create.value());
    let choices: Vec<Choice> = buildings
        .into_iter()
        .map(|building| Choice::new(building.id.to_string(), building.name))
        .collect();
    let view = view! {
        <Card title=tu_string!(i18n, estates.add_unit)>
            <ActionForm action=create>
                <FormErrors message=complaints.whole() />
                <FieldRow>
                    <SelectField
                        name="building"
                        label=tu_string!(i18n, estates.building)
                        choices=Signal::stored(choices)
                    />
                    <TextField
                        name="entrance"
                        label=tu_string!(i18n, estates.entrance)
                        placeholder=tu_string!(i18n, estates.entrance_example)
                        error=complaints.plain("entrance")
                        optional=true
                        maxlength=20
                    />
                </FieldRow>
                <FieldRow>
                    <TextField
                        name="unit"
                        label=tu_string!(i18n, estates.unit)
                        placeholder="1202"
                        error=complaints.plain("unit")
                        maxlength=20
                    />
                    <NumberField
                        name="area_m2"
                        label=tu_string!(i18n, estates.area)
                        unit="m²"
                        error=complaints.plain("area_m2")
                        optional=true
                    />
                </FieldRow>
                <SubmitRow label=tu_string!(i18n, common.add) pending=create.pending() />
            </ActionForm>
        </Card>
    };
    Some(view.into_any())
}
