//! The person: name, homes, language, looks, and the way out.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    home::at_home::{Indoors, use_at_home},
    i18n::{tu_string, use_i18n},
    identity::parts::account,
    privacy::parts::my_data,
    routes,
    ui::{Button, Card, Icon, SkeletonRows, prefs::PrefLinks},
    words,
};

#[component]
pub fn HomeMePage() -> impl IntoView {
    let i18n = use_i18n();
    let home = use_at_home();
    view! {
        <Title text=tu_string!(i18n, home.me) />
        <Suspense fallback=|| view! { <SkeletonRows rows=2 /> }>
            {move || Suspend::new(async move {
                match home.indoors().await {
                    Ok(indoors) => person(indoors),
                    Err(error) => words::refused(&error, routes::HOME_ME),
                }
            })}
        </Suspense>
        {account(routes::HOME_ME)} {my_data()}
        <Card title=tu_string!(i18n, home.settings)>
            <PrefLinks />
        </Card>
        <form method="post" action=routes::LOGOUT>
            <Button icon=Icon::LogOut>{tu_string!(i18n, ui.log_out)}</Button>
        </form>
    }
    .into_any()
}

fn person(indoors: Indoors) -> AnyView {
    let i18n = use_i18n();
    let homes = indoors
        .homes
        .into_iter()
        .map(|each| {
            let area = each.area.map(|area| format!("{area} m²"));
            let href = format!("{}?home={}", routes::HOME, each.household);
            view! {
                <a class="owner-row" href=href>
                    {Icon::Home.view()}
                    <span class="owner-words">
                        <span>{each.estate_name} " " {each.address}</span>
                        <span class="muted">{area}</span>
                    </span>
                    {Icon::ChevronRight.view()}
                </a>
            }
        })
        .collect_view();
    let company = indoors.me.tenant_name;
    view! {
        <h1>{indoors.me.name}</h1>
        <p class="muted">{tu_string!(i18n, home.looked_after, company = company)}</p>
        <section class="stack" aria-label=tu_string!(i18n, home.homes)>
            {homes}
        </section>
    }
    .into_any()
}
