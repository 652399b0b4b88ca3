//! What is held about a resident, on their own page: seen, taken along, and asked to be forgotten.

use domain::privacy::{ErasureState, HeldHomeView, HeldView};
use leptos::prelude::*;

use crate::{
    i18n::{locale, td_string, tu_string, use_i18n},
    load::{Anew, resource},
    privacy::{
        api::{AskErasure, held},
        words as room_words,
    },
    routes,
    ui::{
        Button, Card, ConfirmDialog, DialogActions, Facts, FormErrors, Icon, Notice, SkeletonRows,
        Tone,
    },
    words::{self, Complaints},
};

/// The card. Made once beside the page, and loaded anew when the asker has asked.
pub fn my_data() -> AnyView {
    let i18n = use_i18n();
    let ask = ServerAction::<AskErasure>::new();
    let anew = Anew::new();
    anew.after(ask);
    let found = resource(move || anew.count(), |_| held());
    view! {
        <Card title=tu_string!(i18n, privacy.my_data)>
            <p class="muted">{tu_string!(i18n, privacy.my_data_lead)}</p>
            <Suspense fallback=|| view! { <SkeletonRows rows=2 /> }>
                {move || Suspend::new(async move {
                    match found.await {
                        Ok(held) => whole(held, ask),
                        Err(error) => words::refused(&error, routes::HOME_ME),
                    }
                })}
            </Suspense>
        </Card>
    }
    .into_any()
}

fn whole(held: HeldView, ask: ServerAction<AskErasure>) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let waits = |home: &HeldHomeView| home.asked == Some(ErasureState::Waiting);
    let all_wait = held.homes.iter().all(waits);
    let count = td_string!(locale, privacy.sessions_count, count = held.sessions);
    let consent = held.consent.map(|consent| {
        let version = td_string!(locale, privacy.consent_version, version = consent.version);
        let day = consent.agreed_at.to_string();
        let day = day.split('T').next().unwrap_or_default().to_owned();
        view! {
            <dt>{td_string!(locale, privacy.consent)}</dt>
            <dd>
                <a class="link" href=routes::PRIVACY target="_blank">
                    {version}
                </a>
                " "
                <span class="muted tabular">{day}</span>
            </dd>
        }
    });
    let homes = held.homes.into_iter().map(home).collect_view();
    view! {
        <ul class="lines">{homes}</ul>
        <Facts>
            <dt>{tu_string!(i18n, privacy.sessions)}</dt>
            <dd>{count}</dd>
            {consent}
        </Facts>
        <p class="field-hint">{tu_string!(i18n, privacy.login_held)}</p>
        <div class="row">
            <form method="post" action=routes::HOME_EXPORT>
                <Button icon=Icon::FileSpreadsheet>{tu_string!(i18n, privacy.download)}</Button>
            </form>
            {(!all_wait).then(|| asking(ask))}
        </div>
    }
    .into_any()
}

fn home(home: HeldHomeView) -> AnyView {
    let locale = locale();
    let number = |term: &'static str, value: Option<String>| {
        value.map(|value| view! { <span class="muted tabular">{term} " " {value}</span> })
    };
    let state = match (home.asked, home.refused_for) {
        (Some(ErasureState::Waiting), _) => {
            Some(td_string!(locale, privacy.erase_waiting).to_owned())
        }
        (Some(ErasureState::Refused), Some(reason)) => {
            let reason = room_words::reason(locale, reason);
            Some(td_string!(locale, privacy.erase_refused, reason = reason).to_string())
        }
        _ => None,
    };
    let cars = (!home.cars.is_empty()).then(|| home.cars.join("、"));
    view! {
        <li class="stack-tight">
            <strong>{home.home}</strong>
            <span>{home.name}</span>
            {number(td_string!(locale, privacy.phone), home.phone)}
            {number(td_string!(locale, privacy.id_number), home.id_number)}
            {number(td_string!(locale, privacy.cars), cars)}
            {state.map(|state| view! { <Notice tone=Tone::Attention>{state}</Notice> })}
        </li>
    }
    .into_any()
}

fn asking(ask: ServerAction<AskErasure>) -> AnyView {
    let i18n = use_i18n();
    let complaints = Complaints::of(ask.value());
    view! {
        <ConfirmDialog
            id="ask-erasure"
            trigger=tu_string!(i18n, privacy.erase_ask)
            title=tu_string!(i18n, privacy.erase_ask_title)
            text=tu_string!(i18n, privacy.erase_ask_text)
        >
            <ActionForm action=ask>
                <FormErrors message=complaints.whole() />
                <DialogActions
                    dialog="ask-erasure"
                    confirm=tu_string!(i18n, privacy.erase_ask)
                    pending=ask.pending()
                />
            </ActionForm>
        </ConfirmDialog>
    }
    .into_any()
}
