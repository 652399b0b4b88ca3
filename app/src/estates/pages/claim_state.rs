//! How a request for a home stands, for whoever holds its link.

use domain::estates::{ClaimState, ClaimStatus};
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use leptos_router::hooks::use_params_map;

use crate::{
    estates::claims::claim_status,
    i18n::{locale, tu_string, use_i18n},
    load::resource,
    routes,
    ui::{Card, EmptyState, ErrorState, Facts, Icon, LinkButton, Notice, SiteShell, Tone},
    words,
};

#[component]
pub fn ClaimStatePage() -> impl IntoView {
    let i18n = use_i18n();
    let locale = locale();
    let token = use_params_map().with_untracked(|params| params.get("token").unwrap_or_default());
    let found = resource(|| (), move |()| claim_status(token.clone()));
    view! {
        <Title text=tu_string!(i18n, claims.state_title) />
        <Meta name="robots" content="noindex" />
        <SiteShell narrow=true>
            <h1 class="site-title">{tu_string!(i18n, claims.state_title)}</h1>
            <Suspense>
                {move || Suspend::new(async move {
                    match found.await {
                        Ok(Some(status)) => shown(status),
                        Ok(None) => unknown(),
                        Err(error) => {
                            let text = words::code(locale, error.code());
                            view! { <ErrorState title=text /> }.into_any()
                        }
                    }
                })}
            </Suspense>
        </SiteShell>
    }
    .into_any()
}

fn shown(status: ClaimStatus) -> AnyView {
    let i18n = use_i18n();
    let (tone, text) = match status.state {
        ClaimState::Waiting => (Tone::Plain, tu_string!(i18n, claims.waiting)),
        ClaimState::Accepted => (Tone::Good, tu_string!(i18n, claims.accepted)),
        ClaimState::Refused => (Tone::Attention, tu_string!(i18n, claims.refused)),
    };
    let log_in = (status.state == ClaimState::Accepted).then(|| {
        view! { <LinkButton href=routes::LOGIN>{tu_string!(i18n, identity.log_in)}</LinkButton> }
    });
    view! {
        <Notice tone=tone>{text}</Notice>
        <Card>
            <Facts>
                <dt>{tu_string!(i18n, identity.company)}</dt>
                <dd>{status.company}</dd>
            </Facts>
            {log_in}
        </Card>
        <p class="field-hint">{tu_string!(i18n, claims.keep_link)}</p>
    }
    .into_any()
}

fn unknown() -> AnyView {
    let i18n = use_i18n();
    view! {
        <EmptyState
            icon=Icon::Link
            title=tu_string!(i18n, identity.invite_closed)
            text=tu_string!(i18n, claims.unknown)
        />
    }
    .into_any()
}
