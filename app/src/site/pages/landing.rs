//! The first page: what Linli is, in ten seconds. Loads and works without wasm.

use leptos::prelude::*;
use leptos_meta::{Meta, Title};

use crate::{
    i18n::{Locale, locale, tu_string, use_i18n},
    routes,
    ui::{ButtonKind, Icon, LinkButton, LinkItem, SiteShell},
};

#[component]
pub fn LandingPage() -> impl IntoView {
    let i18n = use_i18n();
    let links = vec![LinkItem::new(
        routes::LOGIN,
        tu_string!(i18n, identity.log_in),
        false,
    )];
    let action = view! {
        <LinkButton href=routes::SIGNUP kind=ButtonKind::Primary>
            {tu_string!(i18n, identity.sign_up)}
        </LinkButton>
    }
    .into_any();
    let promises = [
        (
            Icon::Gauge,
            tu_string!(i18n, site.meters),
            tu_string!(i18n, site.meters_text),
        ),
        (
            Icon::ShieldCheck,
            tu_string!(i18n, site.walls),
            tu_string!(i18n, site.walls_text),
        ),
        (
            Icon::Phone,
            tu_string!(i18n, site.phone),
            tu_string!(i18n, site.phone_text),
        ),
    ]
    .into_iter()
    .map(|(icon, title, text)| {
        view! {
            <section class="promise">
                {icon.view()} <h2>{title}</h2> <p>{text}</p>
            </section>
        }
    })
    .collect_view();
    // The journeys photograph the real console; see end2end.
    let picture = match locale() {
        Locale::en => "/shots/console-en.jpg",
        Locale::zh_CN => "/shots/console-zh.jpg",
    };
    view! {
        <Title text="" />
        <Meta name="description" content=tu_string!(i18n, site.lead) />
        <SiteShell links=links action=action>
            <section class="hero">
                <div class="hero-words">
                    <h1 class="hero-title">
                        <span>{tu_string!(i18n, site.title_1)}</span>
                        <span>{tu_string!(i18n, site.title_2)}</span>
                    </h1>
                    <p class="hero-lead">{tu_string!(i18n, site.lead)}</p>
                    <div class="row">
                        <LinkButton href=routes::SIGNUP kind=ButtonKind::Primary>
                            {tu_string!(i18n, site.start)}
                        </LinkButton>
                        <LinkButton href=routes::LOGIN>{tu_string!(i18n, identity.log_in)}</LinkButton>
                    </div>
                    <p class="hero-note">{tu_string!(i18n, site.note)}</p>
                </div>
                <img
                    class="hero-picture"
                    src=picture
                    width="1440"
                    height="1010"
                    alt=tu_string!(i18n, site.picture)
                />
            </section>
            <div class="promises">{promises}</div>
        </SiteShell>
    }
    .into_any()
}
