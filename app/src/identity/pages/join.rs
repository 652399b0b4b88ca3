//! Somebody comes to work here with the link that the company sent.

use domain::identity::JoinInvitation;
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use leptos_router::hooks::use_params_map;

use crate::{
    i18n::{locale, td_string, tu_string, use_i18n},
    identity::{
        parts::{new_login, otp_if_wanted},
        staff::{Join, join_invitation},
    },
    load::resource,
    privacy::parts::agreeing,
    routes,
    ui::{
        Card, EmptyState, ErrorState, FormErrors, HiddenField, Icon, LinkButton, SiteShell,
        SubmitRow,
    },
    words::{self, Complaints},
};

#[component]
pub fn JoinPage() -> impl IntoView {
    let i18n = use_i18n();
    let locale = locale();
    let token = use_params_map().with_untracked(|params| params.get("token").unwrap_or_default());
    let secret = token.clone();
    let found = resource(|| (), move |()| join_invitation(secret.clone()));
    view! {
        <Title text=tu_string!(i18n, staff.join_title) />
        <Meta name="robots" content="noindex" />
        <SiteShell narrow=true>
            <h1 class="site-title">{tu_string!(i18n, staff.join_title)}</h1>
            <Suspense>
                {move || {
                    let token = token.clone();
                    Suspend::new(async move {
                        match found.await {
                            Ok(Some(invitation)) => join_form(invitation, token),
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

fn join_form(invitation: JoinInvitation, token: String) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let join = ServerAction::<Join>::new();
    let complaints = Complaints::of(join.value());
    let JoinInvitation { company, name } = invitation;
    let lead = td_string!(locale, staff.join_lead, company = company, name = name);
    view! {
        <p class="site-lead">{lead}</p>
        <Card>
            <ActionForm action=join>
                <FormErrors message=complaints.whole() />
                <HiddenField name="token" value=token />
                {new_login(complaints, "text", tu_string!(i18n, staff.join_password_hint))}
                {otp_if_wanted(complaints)} {agreeing(tu_string!(i18n, staff.join_submit))}
                <SubmitRow label=tu_string!(i18n, staff.join_submit) pending=join.pending() wide=true />
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
            title=tu_string!(i18n, staff.join_closed)
            text=tu_string!(i18n, staff.join_closed_text)
        >
            <LinkButton href=routes::LOGIN>{tu_string!(i18n, identity.log_in)}</LinkButton>
        </EmptyState>
    }
    .into_any()
}
