//! The company's estates.

use domain::{
    estates::{EstateSummary, Region},
    identity::Action,
};
use leptos::prelude::*;
use leptos_meta::Title;

use super::residents::find_form;
use crate::{
    estates::{
        api::{CreateEstate, list_estates},
        parts::{Named, named_lines},
        regions::{CreateRegion, regions},
    },
    i18n::{tu_string, use_i18n},
    load::{Anew, resource},
    routes,
    telemetry::console::use_console,
    ui::{
        Card, EmptyState, FormErrors, Icon, NumCell, PageHead, SkeletonRows, SubmitRow, Table,
        TextField, format,
    },
    words::{self, Complaints},
};

#[component]
pub fn EstateListPage() -> impl IntoView {
    let i18n = use_i18n();
    let console = use_console();
    let anew = Anew::new();
    let estates = resource(
        move || anew.count(),
        move |_| async move {
            let desk = console.desk().await?;
            let founds = desk.me.may_everywhere.contains(Action::EditEstates);
            if !desk.me.may(Action::ViewEstates) {
                return Ok(None);
            }
            let finds = desk.me.may(Action::ViewResidents);
            let (estates, regions) = (list_estates().await?.items, regions().await?);
            Ok(Some((estates, regions, founds, finds)))
        },
    );
    view! {
        <Title text=tu_string!(i18n, estates.title) />
        <PageHead title=tu_string!(i18n, estates.title) />
        <div class="form-page">
            <Suspense fallback=|| view! { <SkeletonRows rows=4 /> }>
                {move || Suspend::new(async move {
                    match estates.await {
                        Ok(None) => without_a_role(),
                        Ok(Some((estates, regions, founds, finds))) => {
                            let finds = finds && !estates.is_empty();
                            let parted = founds && !estates.is_empty();
                            let list = if estates.is_empty() { nothing() } else { table(estates) };
                            let regions = parted.then(|| regions_card(regions, anew));
                            // Two columns, whatever stands in them.
                            let find = finds.then(|| find_form(String::new(), None));
                            view! {
                                <div class="stack">{find} {list}</div>
                                <div class="stack">{founds.then(create_form)} {regions}</div>
                            }
                                .into_any()
                        }
                        Err(error) => words::refused(&error, routes::ESTATES),
                    }
                })}
            </Suspense>
        </div>
    }
    .into_any()
}

fn nothing() -> AnyView {
    let i18n = use_i18n();
    view! {
        <Card>
            <EmptyState
                icon=Icon::Buildings
                title=tu_string!(i18n, estates.none)
                text=tu_string!(i18n, estates.none_text)
            />
        </Card>
    }
    .into_any()
}

/// Somebody works here and has been given nothing to do yet.
fn without_a_role() -> AnyView {
    let i18n = use_i18n();
    view! {
        <Card>
            <EmptyState
                icon=Icon::Key
                title=tu_string!(i18n, staff.nothing_yet)
                text=tu_string!(i18n, staff.nothing_yet_text)
            />
        </Card>
    }
    .into_any()
}

fn table(estates: Vec<EstateSummary>) -> AnyView {
    let i18n = use_i18n();
    let parted = estates.iter().any(|estate| estate.region_name.is_some());
    let region = parted.then(|| view! { <th scope="col">{tu_string!(i18n, regions.region)}</th> });
    let count = |n: i64| format::count(u64::try_from(n).unwrap_or_default());
    let rows = estates
        .into_iter()
        .map(|estate| {
            view! {
                <tr>
                    <td>
                        <a class="link" href=routes::estate(estate.id)>{estate.name}</a>
                    </td>
                    {parted.then(|| view! { <td>{estate.region_name}</td> })}
                    <NumCell value=count(estate.buildings) />
                    <NumCell value=count(estate.units) />
                    <NumCell value=count(estate.households) />
                    <NumCell value=count(estate.devices) />
                </tr>
            }
        })
        .collect_view();
    view! {
        <Card>
            <Table caption=tu_string!(i18n, estates.title)>
                <thead>
                    <tr>
                        <th scope="col">{tu_string!(i18n, estates.name)}</th>
                        {region}
                        <th scope="col" class="num">{tu_string!(i18n, estates.buildings)}</th>
                        <th scope="col" class="num">{tu_string!(i18n, estates.units)}</th>
                        <th scope="col" class="num">{tu_string!(i18n, estates.households)}</th>
                        <th scope="col" class="num">{tu_string!(i18n, devices.title)}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Card>
    }
    .into_any()
}

/// The company's regions, and the form that makes one.
fn regions_card(regions: Vec<Region>, anew: Anew) -> AnyView {
    let i18n = use_i18n();
    let create = ServerAction::<CreateRegion>::new();
    anew.after(create);
    let complaints = Complaints::of(create.value());
    let list = if regions.is_empty() {
        view! { <p class="muted">{tu_string!(i18n, regions.none_yet)}</p> }.into_any()
    } else {
        let named = |region: Region| {
            let count = format::count(u64::try_from(region.estates).unwrap_or_default());
            Named {
                empty: region.estates == 0,
                place: region.id.to_string(),
                name: region.name,
                holds: tu_string!(i18n, regions.estates_count, count = count).to_string(),
            }
        };
        named_lines(regions.into_iter().map(named).collect(), anew)
    };
    view! {
        <Card title=tu_string!(i18n, regions.regions)>
            {list} <ActionForm action=create>
                <FormErrors message=complaints.whole() />
                <TextField
                    id="region-name"
                    name="name"
                    label=tu_string!(i18n, regions.region_name)
                    placeholder=tu_string!(i18n, regions.example)
                    error=complaints.plain("name")
                    maxlength=40
                />
                <SubmitRow label=tu_string!(i18n, regions.add) pending=create.pending() />
            </ActionForm>
        </Card>
    }
    .into_any()
}

fn create_form() -> AnyView {
    let i18n = use_i18n();
    let create = ServerAction::<CreateEstate>::new();
    let complaints = Complaints::of(create.value());
    view! {
        <Card title=tu_string!(i18n, estates.add_estate)>
            <ActionForm action=create>
                <FormErrors message=complaints.whole() />
                <TextField
                    name="name"
                    label=tu_string!(i18n, estates.name)
                    placeholder=tu_string!(i18n, estates.name_example)
                    error=complaints.plain("name")
                    maxlength=80
                />
                <SubmitRow label=tu_string!(i18n, common.add) pending=create.pending() />
            </ActionForm>
        </Card>
    }
    .into_any()
}
