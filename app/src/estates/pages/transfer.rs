//! A sale: who leaves, who comes, and what happens with it.

use domain::{
    UnitId,
    estates::{Relation, Resident, Unit},
    problem::Flaw,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use crate::{
    estates::{
        api::{UnitView, unit_view},
        transfers::Transfer,
        words as room_words,
    },
    i18n::{locale, td_string, tu_string, use_i18n},
    load::resource,
    routes,
    ui::{
        Button, ButtonKind, Card, CheckField, Crumb, EmptyState, FieldRow, FormErrors, HiddenField,
        Icon, Notice, PageHead, SkeletonRows, TextField, Tone,
    },
    words::{self, Complaints},
};

/// Lines for owners in the form. More than four are rare, and can be written down afterwards.
const LINES: usize = 4;

#[component]
pub fn TransferPage() -> impl IntoView {
    let params = use_params_map();
    let id =
        move || params.with(|params| params.get("unit").and_then(|id| id.parse::<UnitId>().ok()));
    let found = resource(id, |id| async move {
        match id {
            Some(id) => unit_view(id).await,
            None => Err(crate::AppError::not_found()),
        }
    });
    view! {
        <Suspense fallback=|| view! { <SkeletonRows rows=8 /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok(view) => whole(view),
                    Err(error) => words::refused(&error, routes::ESTATES),
                }
            })}
        </Suspense>
    }
    .into_any()
}

fn whole(view: UnitView) -> AnyView {
    let i18n = use_i18n();
    let title = tu_string!(i18n, estates.transfer);
    let crumbs = vec![
        Crumb::new(routes::ESTATES, tu_string!(i18n, estates.title)),
        Crumb::new(routes::unit(view.unit.id), view.unit.address()),
    ];
    let form = match (view.unit.household, view.adds) {
        (Some(household), true) => sale(&view.unit, household.to_string()),
        _ => view! { <EmptyState icon=Icon::Home title=tu_string!(i18n, estates.nobody) /> }
            .into_any(),
    };
    view! {
        <Title text=title />
        <PageHead title=title sub=view.unit.address() crumbs=crumbs />
        <div class="grid-main">
            {form} {leaving(view.residents.unwrap_or_default())}
        </div>
    }
    .into_any()
}

/// Who leaves, by name: a sale is not to be entered for the wrong home.
fn leaving(residents: Vec<Resident>) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let line = |resident: Resident| {
        let relation = room_words::relation(locale, resident.relation);
        view! {
            <li class="row-between">
                <strong>{resident.name}</strong>
                <span class="muted">{relation}</span>
            </li>
        }
    };
    let lines = residents.into_iter().map(line).collect_view();
    view! {
        <Card title=tu_string!(i18n, estates.leaving)>
            <ul class="lines">{lines}</ul>
            <p class="field-hint">{tu_string!(i18n, estates.leaving_text)}</p>
        </Card>
    }
    .into_any()
}

fn sale(unit: &Unit, household: String) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let transfer = ServerAction::<Transfer>::new();
    let id = unit.id.to_string();
    let complaints = Complaints::of(transfer.value());
    let moved = complaints.field("household", move |_| {
        Some(td_string!(locale, estates.transfer_moved).to_owned())
    });
    let day = complaints.field("on", move |flaw| match flaw {
        Flaw::OutOfRange => Some(td_string!(locale, estates.transfer_day_wrong).to_owned()),
        _ => None,
    });
    let whole = complaints.whole();
    let message = Signal::derive(move || moved.get().or_else(|| whole.get()));
    let more = (1..LINES)
        .map(|line| {
            view! {
                <details class="stack">
                    <summary>{tu_string!(i18n, estates.another_owner)}</summary>
                    {owner(line, complaints)}
                </details>
            }
        })
        .collect_view();
    view! {
        <Card title=tu_string!(i18n, estates.coming)>
            <ActionForm action=transfer>
                <FormErrors message=message />
                <HiddenField name="unit" value=id />
                <HiddenField name="household" value=household />
                <TextField
                    name="on"
                    kind="date"
                    label=tu_string!(i18n, estates.transfer_day)
                    hint=tu_string!(i18n, estates.transfer_day_hint)
                    error=day
                />
                {owner(0, complaints)} {more}
                <Notice tone=Tone::Attention>{tu_string!(i18n, estates.transfer_text)}</Notice>
                <Button kind=ButtonKind::Danger pending=transfer.pending()>
                    {tu_string!(i18n, estates.transfer_submit)}
                </Button>
            </ActionForm>
        </Card>
    }
    .into_any()
}

/// The fields of one owner, as [`domain::estates::OwnerForm`] wants them.
fn owner(line: usize, complaints: Complaints) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let field = move |name: &str| format!("owners[{line}][{name}]");
    let share = complaints.field(field("share"), move |flaw| match flaw {
        Flaw::OutOfRange => Some(td_string!(locale, estates.shares_wrong).to_owned()),
        _ => None,
    });
    view! {
        <fieldset class="stack">
            <legend class="sr-only">{room_words::relation(locale, Relation::Owner)} {line + 1}</legend>
            <FieldRow>
                <TextField
                    name=field("name")
                    label=tu_string!(i18n, estates.resident_name)
                    error=complaints.plain(field("name"))
                    autocomplete="off"
                    maxlength=60
                />
                <TextField
                    name=field("phone")
                    label=tu_string!(i18n, estates.phone)
                    error=complaints.plain(field("phone"))
                    autocomplete="off"
                    inputmode="tel"
                    optional=true
                    maxlength=24
                />
            </FieldRow>
            <FieldRow>
                <TextField
                    name=field("share")
                    label=tu_string!(i18n, estates.share)
                    hint=tu_string!(i18n, estates.share_hint)
                    error=share
                    autocomplete="off"
                    inputmode="decimal"
                    optional=true
                    maxlength=8
                />
                <TextField
                    name=field("agent")
                    label=tu_string!(i18n, estates.agent)
                    hint=tu_string!(i18n, estates.agent_hint)
                    error=complaints.plain(field("agent"))
                    autocomplete="off"
                    optional=true
                    maxlength=60
                />
            </FieldRow>
            <CheckField name=field("company") label=tu_string!(i18n, estates.owner_company) />
        </fieldset>
    }
    .into_any()
}
