//! Who asks to be forgotten, and waits for staff.

use domain::privacy::{ErasureRow, KeepReason};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    estates::words as estate_words,
    i18n::{locale, td_string, tu_string, use_i18n},
    load::{Anew, resource},
    privacy::{
        api::{Erase, RefuseErasure, list_erasures},
        words as room_words,
    },
    routes,
    ui::{
        Card, Choice, ConfirmDialog, Crumb, DialogActions, EmptyState, FormErrors, HiddenField,
        Icon, PageHead, SelectField, SkeletonRows,
    },
    words::{self, Complaints},
};

#[derive(Clone, Copy)]
struct Acts {
    erase: ServerAction<Erase>,
    refuse: ServerAction<RefuseErasure>,
}

#[component]
pub fn ErasuresPage() -> impl IntoView {
    let i18n = use_i18n();
    let acts = Acts {
        erase: ServerAction::new(),
        refuse: ServerAction::new(),
    };
    let anew = Anew::new();
    anew.after(acts.erase);
    anew.after(acts.refuse);
    let found = resource(move || anew.count(), |_| list_erasures());
    let title = tu_string!(i18n, privacy.erasures);
    view! {
        <Title text=title />
        <PageHead
            title=title
            sub=tu_string!(i18n, privacy.erasures_lead)
            crumbs=vec![Crumb::new(routes::ESTATES, tu_string!(i18n, estates.title))]
        />
        <Suspense fallback=|| view! { <SkeletonRows rows=4 /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok(rows) => whole(rows, acts),
                    Err(error) => words::refused(&error, routes::ERASURES),
                }
            })}
        </Suspense>
    }
    .into_any()
}

fn whole(rows: Vec<ErasureRow>, acts: Acts) -> AnyView {
    let i18n = use_i18n();
    if rows.is_empty() {
        return view! {
            <Card>
                <EmptyState
                    icon=Icon::ShieldCheck
                    title=tu_string!(i18n, privacy.erasures_none)
                    text=tu_string!(i18n, privacy.erasures_none_text)
                />
            </Card>
        }
        .into_any();
    }
    let lines = rows.iter().map(|row| line(row, acts)).collect_view();
    view! {
        <Card>
            <ul class="lines">{lines}</ul>
        </Card>
    }
    .into_any()
}

fn line(row: &ErasureRow, acts: Acts) -> AnyView {
    let locale = locale();
    let relation = estate_words::relation(locale, row.relation);
    let says = td_string!(
        locale,
        privacy.says,
        name = row.name.clone(),
        relation = relation
    );
    let reasons: Vec<&str> = row
        .reasons
        .iter()
        .map(|reason| room_words::reason(locale, *reason))
        .collect();
    let keep = (!reasons.is_empty()).then(|| {
        let keep = td_string!(locale, privacy.keep, reasons = reasons.join("；"));
        view! { <span class="muted">{keep}</span> }
    });
    let filed = row.filed_by.clone().map(|name| {
        let filed = td_string!(locale, privacy.filed_by, name = name);
        view! { <span class="muted">{filed}</span> }
    });
    let erasing = if row.waits_for_another {
        view! { <span class="muted">{td_string!(locale, privacy.another)}</span> }.into_any()
    } else {
        erasing(row, acts)
    };
    view! {
        <li class="row-between">
            <span class="stack-tight">
                <a class="link" href=routes::unit(row.unit)>
                    <strong>{row.home.clone()}</strong>
                </a>
                <span>{says}</span>
                {filed} {keep}
            </span>
            <span class="row">{erasing} {refusing(row, acts)}</span>
        </li>
    }
    .into_any()
}

fn erasing(row: &ErasureRow, acts: Acts) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let complaints = Complaints::of(acts.erase.value());
    let (id, request) = (format!("erase-{}", row.id), row.id.to_string());
    let title = td_string!(
        locale,
        privacy.erase_title,
        name = row.name.clone(),
        home = row.home.clone()
    );
    view! {
        <ConfirmDialog
            id=id.clone()
            trigger=tu_string!(i18n, privacy.erase)
            title=title
            text=tu_string!(i18n, privacy.erase_text)
        >
            <ActionForm action=acts.erase>
                <FormErrors message=complaints.whole() />
                <HiddenField name="request" value=request />
                <DialogActions
                    dialog=id
                    confirm=tu_string!(i18n, privacy.erase)
                    pending=acts.erase.pending()
                />
            </ActionForm>
        </ConfirmDialog>
    }
    .into_any()
}

fn refusing(row: &ErasureRow, acts: Acts) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let complaints = Complaints::of(acts.refuse.value());
    let (id, request) = (format!("keep-{}", row.id), row.id.to_string());
    // A page has many of these.
    let select = format!("reason-{}", row.id);
    let title = td_string!(locale, privacy.refuse_title, name = row.name.clone());
    let choices: Vec<Choice> = KeepReason::ALL
        .iter()
        .map(|reason| Choice::new(reason.as_str(), room_words::reason(locale, *reason)))
        .collect();
    view! {
        <ConfirmDialog
            id=id.clone()
            trigger=tu_string!(i18n, privacy.refuse)
            icon=Icon::X
            title=title
            text=tu_string!(i18n, privacy.refuse_text)
        >
            <ActionForm action=acts.refuse>
                <FormErrors message=complaints.whole() />
                <HiddenField name="request" value=request />
                <SelectField
                    id=select
                    name="reason"
                    label=tu_string!(i18n, privacy.reason)
                    choices=Signal::stored(choices)
                    error=complaints.plain("reason")
                />
                <DialogActions
                    dialog=id
                    confirm=tu_string!(i18n, privacy.refuse)
                    pending=acts.refuse.pending()
                />
            </ActionForm>
        </ConfirmDialog>
    }
    .into_any()
}
