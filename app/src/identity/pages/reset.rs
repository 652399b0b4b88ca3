//! A new password for somebody who forgot theirs.

use domain::{Code, problem::Flaw};
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use leptos_router::hooks::{use_params_map, use_query_map};

use super::forgot::login_field;
use crate::{
    i18n::{locale, td_string, tu_string, use_i18n},
    identity::api::ResetPassword,
    routes,
    ui::{Card, FormErrors, HiddenField, PasswordField, SiteShell, SubmitRow, TextField},
    words::Complaints,
};

/// Sets a new password: with a mailed link the password alone is asked for, and with a code on
/// paper the log-in as well.
#[component]
pub fn ResetPage() -> impl IntoView {
    let (i18n, locale) = (use_i18n(), locale());
    let token = use_params_map().with_untracked(|params| params.get("token"));
    let reset = ServerAction::<ResetPassword>::new();
    let complaints = Complaints::of(reset.value());
    let (mismatch, code, whole) = (
        complaints.field("match", move |_| {
            Some(td_string!(locale, claims.reset_mismatch).to_owned())
        }),
        complaints.code(),
        complaints.whole(),
    );
    let message = Signal::derive(move || {
        let closed = (code.get() == Some(Code::Expired))
            .then(|| td_string!(locale, claims.reset_closed).to_owned());
        mismatch.get().or(closed).or_else(|| whole.get())
    });
    let short = complaints.field("password", move |flaw| {
        (flaw == Flaw::TooShort).then(|| td_string!(locale, identity.password_short).to_owned())
    });
    let sent = use_query_map().with_untracked(|query| query.get("by").is_some());
    let hint = if sent {
        tu_string!(i18n, identity.sms_code_hint)
    } else {
        tu_string!(i18n, claims.code_hint)
    };
    let proof = match token {
        Some(token) => view! { <HiddenField name="token" value=token /> }.into_any(),
        None => view! {
            {login_field(complaints)}
            <TextField
                name="code"
                label=tu_string!(i18n, claims.reset_code)
                hint=hint
                error=complaints.plain("code")
                autocomplete="off"
                maxlength=24
            />
        }
        .into_any(),
    };
    view! {
        <Title text=tu_string!(i18n, claims.reset) />
        <Meta name="robots" content="noindex" />
        <SiteShell narrow=true>
            <h1 class="site-title">{tu_string!(i18n, claims.reset)}</h1>
            <p class="site-lead">{tu_string!(i18n, claims.reset_lead)}</p>
            <Card>
                <ActionForm action=reset>
                    <FormErrors message=message />
                    {proof}
                    <PasswordField
                        name="password"
                        label=tu_string!(i18n, identity.new_password)
                        hint=tu_string!(i18n, identity.password_hint)
                        error=short
                        autocomplete="new-password"
                    />
                    <SubmitRow
                        label=tu_string!(i18n, claims.reset)
                        pending=reset.pending()
                        wide=true
                    />
                </ActionForm>
            </Card>
            <p class="site-aside">
                <a class="link" href=routes::FORGOT>{tu_string!(i18n, claims.forgot)}</a>
            </p>
        </SiteShell>
    }
    .into_any()
}
