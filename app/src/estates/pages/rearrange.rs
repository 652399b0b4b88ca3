//! Moving, splitting, merging and archiving a unit, each a form of its own.

use domain::{
    UnitId,
    estates::{Building, MOST_PARTS, Unit},
    problem::{Code, Flaw},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use crate::{
    estates::{
        parts::archive_button,
        rearranging::{MergeUnits, MoveUnit, Rearranged, SplitUnit, rearranged},
    },
    i18n::{locale, td_string, tu_string, use_i18n},
    load::{Anew, resource},
    routes,
    ui::{
        Card, CheckField, Choice, Crumb, EmptyState, FieldRow, FormErrors, HiddenField, Icon,
        NumberField, PageHead, SelectField, SkeletonRows, SubmitRow, TextField,
    },
    words::{self, Complaints},
};

#[component]
pub fn RearrangePage() -> impl IntoView {
    let params = use_params_map();
    let id =
        move || params.with(|params| params.get("unit").and_then(|id| id.parse::<UnitId>().ok()));
    let anew = Anew::new();
    let source = move || (id(), anew.count());
    let found = resource(source, |(id, _)| async move {
        match id {
            Some(id) => rearranged(id).await,
            None => Err(crate::AppError::not_found()),
        }
    });
    view! {
        <Suspense fallback=|| view! { <SkeletonRows rows=10 /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok(found) => whole(found, anew),
                    Err(error) => words::refused(&error, routes::ESTATES),
                }
            })}
        </Suspense>
    }
    .into_any()
}

fn whole(Rearranged { unit, buildings }: Rearranged, anew: Anew) -> AnyView {
    let i18n = use_i18n();
    let title = tu_string!(i18n, estates.rearrange);
    let crumbs = vec![
        Crumb::new(routes::ESTATES, tu_string!(i18n, estates.title)),
        Crumb::new(routes::unit(unit.id), unit.address()),
    ];
    let forms = if unit.archived_at.is_some() {
        view! { <EmptyState icon=Icon::Home title=tu_string!(i18n, estates.archived) /> }.into_any()
    } else {
        view! {
            <div class="grid-two">
                {moving(&unit, buildings)} {merging(&unit)} {splitting(&unit)}
                {archiving(&unit, anew)}
            </div>
        }
        .into_any()
    };
    view! {
        <Title text=title />
        <PageHead title=title sub=unit.address() crumbs=crumbs />
        {forms}
    }
    .into_any()
}

/// That a door is taken, or else what is wrong with the form as a whole.
fn door_or_whole(complaints: Complaints) -> Signal<Option<String>> {
    let locale = locale();
    let taken = complaints.field("unit", move |_| {
        Some(td_string!(locale, estates.door_taken).to_owned())
    });
    let whole = complaints.whole();
    Signal::derive(move || taken.get().or_else(|| whole.get()))
}

fn moving(unit: &Unit, buildings: Vec<Building>) -> AnyView {
    let i18n = use_i18n();
    let go = ServerAction::<MoveUnit>::new();
    let complaints = Complaints::of(go.value());
    let refused = door_or_whole(complaints);
    let choices: Vec<Choice> = buildings
        .into_iter()
        .map(|building| Choice::new(building.id.to_string(), building.name))
        .collect();
    let (id, here, entrance) = (
        unit.id.to_string(),
        unit.building.to_string(),
        unit.entrance.clone(),
    );
    view! {
        <Card title=tu_string!(i18n, estates.move_unit)>
            <p class="muted">{tu_string!(i18n, estates.move_unit_text)}</p>
            <ActionForm action=go>
                <FormErrors message=refused />
                <HiddenField name="unit" value=id />
                <FieldRow>
                    <SelectField
                        name="building"
                        label=tu_string!(i18n, estates.building)
                        choices=Signal::stored(choices)
                        error=complaints.plain("building")
                        value=here
                    />
                    <TextField
                        name="entrance"
                        label=tu_string!(i18n, estates.entrance)
                        error=complaints.plain("entrance")
                        value=entrance.unwrap_or_default()
                        placeholder=tu_string!(i18n, estates.entrance_example)
                        optional=true
                        autocomplete="off"
                        maxlength=20
                    />
                </FieldRow>
                <SubmitRow label=tu_string!(i18n, estates.move_do) pending=go.pending() />
            </ActionForm>
        </Card>
    }
    .into_any()
}

fn merging(unit: &Unit) -> AnyView {
    let i18n = use_i18n();
    let id = unit.id.to_string();
    let locale = locale();
    let merge = ServerAction::<MergeUnits>::new();
    let complaints = Complaints::of(merge.value());
    let other = complaints.field("other", move |flaw| {
        let text = match flaw {
            Flaw::Unknown => td_string!(locale, common.sheet_home),
            Flaw::Ambiguous => td_string!(locale, common.sheet_homes),
            Flaw::Wrong => td_string!(locale, estates.merge_itself),
            _ => return None,
        };
        Some(text.to_owned())
    });
    let (whole, code) = (complaints.whole(), complaints.code());
    let (owners, residents) = (complaints.plain("owners"), complaints.plain("residents"));
    let refused = Signal::derive(move || {
        let text = match code.get()? {
            Code::Conflict if owners.get().is_some() => td_string!(locale, estates.merge_owners),
            Code::Conflict if residents.get().is_some() => {
                td_string!(locale, estates.merge_residents)
            }
            _ => return whole.get(),
        };
        Some(text.to_owned())
    });
    view! {
        <Card title=tu_string!(i18n, estates.merge)>
            <p class="muted">{tu_string!(i18n, estates.merge_text)}</p>
            <ActionForm action=merge>
                <FormErrors message=refused />
                <HiddenField name="unit" value=id />
                <TextField
                    name="other"
                    label=tu_string!(i18n, estates.merge_other)
                    error=other
                    placeholder="3-2-1703"
                    autocomplete="off"
                    maxlength=60
                />
                <SubmitRow label=tu_string!(i18n, estates.merge_do) pending=merge.pending() />
            </ActionForm>
        </Card>
    }
    .into_any()
}

fn splitting(unit: &Unit) -> AnyView {
    let i18n = use_i18n();
    let id = unit.id.to_string();
    let before = unit.area.map(|area| area.to_string()).unwrap_or_default();
    let locale = locale();
    let split = ServerAction::<SplitUnit>::new();
    let complaints = Complaints::of(split.value());
    let area = complaints.field("area_m2", move |flaw| match flaw {
        Flaw::OutOfRange => Some(td_string!(locale, estates.split_area).to_owned()),
        _ => None,
    });
    let refused = door_or_whole(complaints);
    let more = (1..MOST_PARTS)
        .map(|line| {
            view! {
                <details class="stack">
                    <summary>{tu_string!(i18n, estates.split_more)}</summary>
                    {part(line, complaints)}
                </details>
            }
        })
        .collect_view();
    let owned = unit.household.is_some();
    let owners = owned.then(|| {
        view! {
            <CheckField
                name="same_owners"
                label=tu_string!(i18n, estates.split_owners)
                hint=tu_string!(i18n, estates.split_owners_hint)
                checked=true
            />
        }
    });
    view! {
        <Card title=tu_string!(i18n, estates.split)>
            <p class="muted">{tu_string!(i18n, estates.split_text)}</p>
            <ActionForm action=split>
                <FormErrors message=refused />
                <HiddenField name="unit" value=id />
                <NumberField
                    name="area_m2"
                    label=tu_string!(i18n, estates.split_keeps)
                    unit="m²"
                    error=area
                    value=before
                    optional=true
                />
                {part(0, complaints)}
                {more}
                {owners}
                <SubmitRow label=tu_string!(i18n, estates.split_do) pending=split.pending() />
            </ActionForm>
        </Card>
    }
    .into_any()
}

/// The fields of one new unit, as [`domain::estates::PartForm`] wants them.
fn part(line: usize, complaints: Complaints) -> AnyView {
    let i18n = use_i18n();
    let field = move |name: &str| format!("parts[{line}][{name}]");
    view! {
        <FieldRow>
            <TextField
                name=field("unit")
                label=tu_string!(i18n, estates.split_door)
                error=complaints.plain(field("unit"))
                autocomplete="off"
                maxlength=20
            />
            <NumberField
                name=field("area_m2")
                label=tu_string!(i18n, estates.area)
                unit="m²"
                error=complaints.plain(field("area_m2"))
                optional=true
            />
        </FieldRow>
    }
    .into_any()
}

fn archiving(unit: &Unit, anew: Anew) -> AnyView {
    let i18n = use_i18n();
    let button = archive_button(unit.id.to_string(), &unit.address(), anew);
    view! {
        <Card title=tu_string!(i18n, estates.archive)>
            <p class="muted">{tu_string!(i18n, estates.archive_lead)}</p>
            {button}
        </Card>
    }
    .into_any()
}
