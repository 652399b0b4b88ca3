//! The owner's first page: one sentence, then what the meters say.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    home::{
        parts::{Found, Shows, home_notices, meter_card, with_meters},
        today::{Matter, matter},
        words,
    },
    i18n::{Locale, locale, td_string, tu_string, use_i18n},
    live::Live,
    routes,
    ui::now_ms,
};

#[component]
pub fn HomePage() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Title text=tu_string!(i18n, home.title) />
        {home_notices()}
        {with_meters(routes::HOME, Signal::stored(false), whole)}
    }
    .into_any()
}

fn whole(found: Found, live: Live) -> AnyView {
    let locale = locale();
    let sentence = sentence(locale, matter(&found.meters, now_ms()));
    let cards = found.meters.into_iter();
    let cards = cards
        .map(|meter| meter_card(meter, None, live, found.offset_s, Shows::Use))
        .collect_view();
    view! {
        <h1 class="lead">{sentence}</h1>
        {cards}
    }
    .into_any()
}

fn sentence(locale: Locale, matter: Matter) -> String {
    match matter {
        Matter::NothingRead => td_string!(locale, home.nothing_read).to_owned(),
        Matter::Silent(kind) => {
            td_string!(locale, home.silent, meter = words::meter(locale, kind))
        }
        Matter::ManyTimes(kind, times) => {
            let times = crate::ui::format::decimal(times, 1);
            td_string!(
                locale,
                home.many_times,
                used = words::used(locale, kind),
                n = times
            )
        }
        Matter::More(kind, more) => {
            let amount = words::amount(locale, kind, more);
            td_string!(
                locale,
                home.more,
                used = words::used(locale, kind),
                amount = amount
            )
        }
        Matter::Fine => td_string!(locale, home.fine).to_owned(),
    }
}
