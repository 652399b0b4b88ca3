//! The home's meters: what each shows, as one would read it at the meter itself.

use domain::telemetry::HomeMeter;
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    home::parts::{Shows, meter_card, with_meters},
    i18n::{tu_string, use_i18n},
    live::Live,
    routes,
};

#[component]
pub fn HomeMetersPage() -> impl IntoView {
    let i18n = use_i18n();
    let title = tu_string!(i18n, home.meters);
    view! {
        <Title text=title />
        <h1>{title}</h1>
        {with_meters(routes::HOME_METERS, whole)}
    }
    .into_any()
}

fn whole(meters: Vec<HomeMeter>, live: Live, offset_s: i32) -> AnyView {
    meters
        .into_iter()
        .map(|meter| meter_card(meter, live, offset_s, Shows::Register))
        .collect_view()
        .into_any()
}
