//! An owner opens their home with the link that the company sent.

use domain::identity::Invitation;
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use leptos_router::hooks::use_params_map;

use crate::{
    i18n::{locale, tu_string, use_i18n},
    identity::{
        api::{Accept, invitation},
        parts::{new_login, otp_if_wanted},
    },
    load::resource,
    privacy::parts::agreeing,
    routes,
    ui::{
        Card, EmptyState, ErrorState, Facts, FormErrors, HiddenField, Icon, LinkButton, SiteShell,
        SubmitRow,
    },
    words::{self, Complaints},
};

#[component]
pub fn InvitePage() -> impl IntoView {
    let i18n = use_i18n();
    let locale = locale();
    let token = use_params_map().with_untracked(|params| params.get("token").unwrap_or_default());
    let secret = token.clone();
    let found = resource(|| (), move |()| invitation(secret.clone()));
    view! {
        <Title text=tu_string!(i18n, identity.invite_title) />
        <Meta name="robots" content="noindex" />
        <SiteShell narrow=true>
            <h1 class="site-title">{tu_string!(i18n, identity.invite_title)}</h1>
            <Suspense>
                {move || {
                    let token = token.clone();
                    Suspend::new(async move {
                        match found.await {
                            Ok(Some(home)) => accept_form(home, token),
                            Ok(None) => closed(),
                            Err(error) => {
                                let text = words::code(locale, error.code());
                                view! { <ErrorState title=text /> }.into_any()
                            }
                        }
                    })
                }}
            </Suspense>
        </SiteShell>
    }
    .into_any()
}

fn accept_form(home: Invitation, token: String) -> AnyView {
    let i18n = use_i18n();
    let accept = ServerAction::<Accept>::new();
    let complaints = Complaints::of(accept.value());
    view! {
        <Card>
            <Facts>
                <dt>{tu_string!(i18n, identity.invite_home)}</dt>
                <dd>{home.home}</dd>
                <dt>{tu_string!(i18n, identity.invite_name)}</dt>
                <dd>{home.name_hint}</dd>
                <dt>{tu_string!(i18n, identity.company)}</dt>
                <dd>{home.company}</dd>
            </Facts>
        </Card>
        <Card>
            <ActionForm action=accept>
                <FormErrors message=complaints.whole() />
                <HiddenField name="token" value=token />
                {new_login(complaints, "tel", tu_string!(i18n, identity.invite_password_hint))}
                {otp_if_wanted(complaints)} {agreeing(tu_string!(i18n, identity.invite_accept))}
                <SubmitRow label=tu_string!(i18n, identity.invite_accept) pending=accept.pending() wide=true />
            </ActionForm>
        </Card>
    }
    .into_any()
}

fn closed() -> AnyView {
    let i18n = use_i18n();
    view! {
        <EmptyState
            icon=Icon::Link
            title=tu_string!(i18n, identity.invite_closed)
            text=tu_string!(i18n, identity.invite_closed_text)
        >
            <LinkButton href=routes::LOGIN>{tu_string!(i18n, identity.log_in)}</LinkButton>
        </EmptyState>
    }
    .into_any()
}
