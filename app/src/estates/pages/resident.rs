//! One resident: what is on record, moving out, and being forgotten.

use domain::{
    ResidentId,
    estates::{Relation, ResidentView},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::{
    estates::{
        register::{ChangeResident, MoveOut, Registered, registered},
        words as room_words,
    },
    i18n::{locale, td_string, tu_string, use_i18n},
    load::resource,
    privacy::api::FileErasure,
    routes,
    ui::{
        Card, CheckField, Choice, ConfirmForm, Crumb, Facts, FieldRow, FormErrors, HiddenField,
        Icon, Notice, PageHead, SelectField, SkeletonRows, SubmitRow, TextField, Tone,
    },
    words::{self, Complaints},
};

#[component]
pub fn ResidentPage() -> impl IntoView {
    let params = use_params_map();
    let id = move || {
        params.with(|params| {
            let id = params.get("resident");
            id.and_then(|id| id.parse::<ResidentId>().ok())
        })
    };
    let found = resource(id, |id| async move {
        match id {
            Some(id) => registered(id).await,
            None => Err(crate::AppError::not_found()),
        }
    });
    view! {
        <Suspense fallback=|| view! { <SkeletonRows rows=8 /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok(found) => whole(&found),
                    Err(error) => words::refused(&error, routes::ESTATES),
                }
            })}
        </Suspense>
    }
    .into_any()
}

fn whole(found: &Registered) -> AnyView {
    let i18n = use_i18n();
    let Registered { view, edits } = found;
    let name = view.resident.name.clone();
    let crumbs = vec![
        Crumb::new(routes::ESTATES, tu_string!(i18n, estates.title)),
        Crumb::new(routes::unit(view.resident.unit), view.home.clone()),
    ];
    let living = *edits && view.running;
    view! {
        <Title text=name.clone() />
        <PageHead title=name crumbs=crumbs />
        <div class="grid-main">
            <div class="stack">{if living { change(view) } else { facts(view) }}</div>
            <div class="stack">
                {living.then(|| leaving(view))} {edits.then(|| forgetting(view.resident.id))}
            </div>
        </div>
    }
    .into_any()
}

/// What is on record, where nothing of it may be changed.
fn facts(view: &ResidentView) -> AnyView {
    let (i18n, locale) = (use_i18n(), locale());
    let gone = (!view.running).then(|| {
        view! { <Notice tone=Tone::Attention>{tu_string!(i18n, estates.gone)}</Notice> }
    });
    let phone = view.resident.phone.clone().map(|phone| {
        view! {
            <dt>{tu_string!(i18n, estates.phone)}</dt>
            <dd class="tabular">{phone}</dd>
        }
    });
    let relation = room_words::relation(locale, view.resident.relation);
    view! {
        {gone}
        <Card title=tu_string!(i18n, estates.residents)>
            <Facts>
                <dt>{tu_string!(i18n, estates.relation)}</dt>
                <dd>{relation}</dd>
                {phone}
            </Facts>
        </Card>
    }
    .into_any()
}

fn change(view: &ResidentView) -> AnyView {
    let i18n = use_i18n();
    let change = ServerAction::<ChangeResident>::new();
    let complaints = Complaints::of(change.value());
    let (id, name) = (view.resident.id.to_string(), view.resident.name.clone());
    let relation = relation(view.resident.relation, complaints);
    let numbers = numbers(view, complaints);
    view! {
        <Card title=tu_string!(i18n, estates.change_resident)>
            <ActionForm action=change>
                <FormErrors message=complaints.whole() />
                <HiddenField name="resident" value=id />
                <FieldRow>
                    <TextField
                        name="texts[name]"
                        label=tu_string!(i18n, estates.resident_name)
                        error=complaints.plain("name")
                        value=name
                        autocomplete="off"
                        maxlength=60
                    />
                    {relation}
                </FieldRow>
                {numbers}
                <Notice tone=Tone::Attention>{tu_string!(i18n, estates.phone_changes)}</Notice>
                <SubmitRow label=tu_string!(i18n, estates.save) pending=change.pending() />
            </ActionForm>
        </Card>
    }
    .into_any()
}

/// Of an owner there is nothing to choose: the deed says it.
fn relation(now: Relation, complaints: Complaints) -> AnyView {
    let (i18n, locale) = (use_i18n(), locale());
    if now == Relation::Owner {
        return ().into_any();
    }
    let wrong = complaints.field("relation", move |_| {
        Some(td_string!(locale, estates.relation_wrong).to_owned())
    });
    let choices: Vec<Choice> = [Relation::Family, Relation::Renter]
        .into_iter()
        .map(|each| Choice::new(each.as_str(), room_words::relation(locale, each)))
        .collect();
    view! {
        <SelectField
            name="texts[relation]"
            label=tu_string!(i18n, estates.relation)
            choices=Signal::stored(choices)
            error=wrong
            value=now.as_str()
        />
    }
    .into_any()
}

/// Numbers are not shown whole, so their fields are empty: what is typed takes the old one's place.
fn numbers(view: &ResidentView, complaints: Complaints) -> AnyView {
    let (i18n, locale) = (use_i18n(), locale());
    let phone = match view.resident.phone.clone() {
        Some(phone) => td_string!(locale, estates.phone_kept, phone = phone),
        None => td_string!(locale, estates.phone_none).to_owned(),
    };
    let id_number = complaints.field("id_number", move |_| {
        Some(td_string!(locale, estates.id_number_wrong).to_owned())
    });
    let identified = if view.identified {
        tu_string!(i18n, estates.id_number_kept)
    } else {
        tu_string!(i18n, estates.id_number_hint)
    };
    let clear_phone = view.resident.phone.is_some().then(|| {
        let label = tu_string!(i18n, estates.clear_phone);
        view! { <CheckField name="texts[clear_phone]" label=label /> }
    });
    let clear_id_number = view.identified.then(|| {
        let label = tu_string!(i18n, estates.clear_id_number);
        view! { <CheckField name="texts[clear_id_number]" label=label /> }
    });
    view! {
        <TextField
            name="texts[phone]"
            label=tu_string!(i18n, estates.phone)
            hint=phone
            error=complaints.plain("phone")
            autocomplete="off"
            inputmode="tel"
            optional=true
            maxlength=24
        />
        {clear_phone}
        <TextField
            name="texts[id_number]"
            label=tu_string!(i18n, estates.id_number)
            hint=identified
            error=id_number
            autocomplete="off"
            optional=true
            maxlength=24
        />
        {clear_id_number}
    }
    .into_any()
}

/// Whoever moves out is taken off; an owner leaves by a sale.
fn leaving(view: &ResidentView) -> AnyView {
    let i18n = use_i18n();
    let title = tu_string!(i18n, estates.moved_out);
    if view.resident.relation == Relation::Owner {
        let href = routes::transfer(view.resident.unit);
        return view! {
            <Card title=title>
                <p class="muted">{tu_string!(i18n, estates.owner_stays)}</p>
                <a class="link" href=href>
                    {tu_string!(i18n, estates.transfer_start)}
                </a>
            </Card>
        }
        .into_any();
    }
    let move_out = ServerAction::<MoveOut>::new();
    let (resident, unit) = (view.resident.id.to_string(), view.resident.unit.to_string());
    let asked = format!("{title}: {}", view.resident.name);
    view! {
        <Card title=title>
            <p class="muted">{tu_string!(i18n, estates.moved_out_text)}</p>
            <ConfirmForm
                id="moved-out"
                trigger=title
                icon=Icon::LogOut
                title=asked
                text=tu_string!(i18n, estates.moved_out_text)
                confirm=tu_string!(i18n, estates.moved_out_confirm)
                action=move_out
                fields=[("resident", resident), ("unit", unit)]
                refused=Complaints::of(move_out.value()).whole()
            />
        </Card>
    }
    .into_any()
}

/// A request to be forgotten, for somebody who asks at the desk.
fn forgetting(resident: ResidentId) -> AnyView {
    let i18n = use_i18n();
    let query = use_query_map();
    let file = ServerAction::<FileErasure>::new();
    let complaints = Complaints::of(file.value());
    let (resident, done) = (resident.to_string(), tu_string!(i18n, privacy.filed));
    let filed = move || {
        let filed = query.with(|query| query.get("filed").is_some());
        filed.then(|| view! { <Notice tone=Tone::Good>{done}</Notice> })
    };
    view! {
        <Card title=tu_string!(i18n, privacy.file)>
            {filed} <p class="muted">{tu_string!(i18n, privacy.file_text)}</p>
            <ActionForm action=file>
                <FormErrors message=complaints.whole() />
                <HiddenField name="resident" value=resident />
                <SubmitRow label=tu_string!(i18n, privacy.file_submit) pending=file.pending() />
            </ActionForm>
        </Card>
    }
    .into_any()
}
