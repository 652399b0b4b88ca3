//! The home's meters: what each shows, as one would read it at the meter itself, and what it used by day
//! or by month.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    home::parts::{Found, Shows, meter_card, with_meters},
    i18n::{tu_string, use_i18n},
    live::Live,
    routes,
    ui::{LinkItem, Segmented},
};

#[component]
pub fn HomeMetersPage() -> impl IntoView {
    let i18n = use_i18n();
    let title = tu_string!(i18n, home.meters);
    let query = use_query_map();
    let by_month =
        Memo::new(move |_| query.with(|query| query.get("by").as_deref() == Some("month")));
    let (days, months) = (tu_string!(i18n, home.days), tu_string!(i18n, home.months));
    let home = move || query.with(|query| query.get("home").unwrap_or_default());
    let spans = Signal::derive(move || {
        let address = |by: &str| {
            let parts = [("home", home()), ("by", by.to_owned())];
            routes::asking(routes::HOME_METERS, &parts)
        };
        vec![
            LinkItem::new(address(""), days, !by_month.get()),
            LinkItem::new(address("month"), months, by_month.get()),
        ]
    });
    view! {
        <Title text=title />
        <div class="row-between">
            <h1>{title}</h1>
            <Segmented label=tu_string!(i18n, home.span) items=spans />
        </div>
        {with_meters(routes::HOME_METERS, by_month.into(), whole)}
    }
    .into_any()
}

fn whole(found: Found, live: Live) -> AnyView {
    let Found {
        meters,
        mut months,
        offset_s,
    } = found;
    let cards = meters.into_iter().map(|meter| {
        let own = months.iter_mut().find(|each| each.point == meter.point);
        let own = own.map(|each| std::mem::take(&mut each.months));
        meter_card(meter, own, live, offset_s, Shows::Register)
    });
    cards.collect_view().into_any()
}
