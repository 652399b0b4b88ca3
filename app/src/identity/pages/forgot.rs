//! Where somebody who forgot their password begins.

use domain::{identity::WayBack, problem::Flaw};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    i18n::{locale, td_string, tu_string, use_i18n},
    identity::api::Forgot,
    routes,
    ui::{Card, FormErrors, Notice, SiteShell, SubmitRow, TextField, Tone},
    words::Complaints,
};

/// Asks for the log-in, and tells which way leads back in.
#[component]
pub fn ForgotPage() -> impl IntoView {
    let i18n = use_i18n();
    let forgot = ServerAction::<Forgot>::new();
    let complaints = Complaints::of(forgot.value());
    let (mail, sms, desk) = (
        tu_string!(i18n, claims.forgot_mail),
        tu_string!(i18n, claims.forgot_sms),
        tu_string!(i18n, claims.forgot_desk),
    );
    let next = tu_string!(i18n, claims.forgot_sms_next);
    let answer = move || {
        let way = forgot.value().get()?.ok()?;
        let text = match way {
            WayBack::Mail => mail,
            WayBack::Sms => sms,
            WayBack::Desk => desk,
        };
        let next = (way == WayBack::Sms).then(|| {
            view! {
                " "
                <a class="link" href=routes::RESET_SMS>
                    {next}
                </a>
            }
        });
        Some(view! { <Notice tone=Tone::Plain>{text} {next}</Notice> })
    };
    view! {
        <Title text=tu_string!(i18n, claims.forgot) />
        <SiteShell narrow=true>
            <h1 class="site-title">{tu_string!(i18n, claims.forgot)}</h1>
            <p class="site-lead">{tu_string!(i18n, claims.forgot_lead)}</p>
            <div aria-live="polite">{answer}</div>
            <Card>
                <ActionForm action=forgot>
                    <FormErrors message=complaints.whole() />
                    {login_field(complaints)}
                    <SubmitRow
                        label=tu_string!(i18n, claims.forgot_next)
                        pending=forgot.pending()
                        wide=true
                    />
                </ActionForm>
            </Card>
            <p class="site-aside">
                {tu_string!(i18n, claims.have_code)} " "
                <a class="link" href=routes::RESET>{tu_string!(i18n, claims.use_code)}</a>
            </p>
        </SiteShell>
    }
    .into_any()
}

pub(super) fn login_field(complaints: Complaints) -> AnyView {
    let (i18n, locale) = (use_i18n(), locale());
    let error = complaints.field("login", move |flaw| {
        (flaw == Flaw::Malformed).then(|| td_string!(locale, identity.login_malformed).to_owned())
    });
    view! {
        <TextField
            name="login"
            label=tu_string!(i18n, identity.login)
            hint=tu_string!(i18n, identity.login_hint)
            error=error
            autocomplete="username"
            maxlength=254
        />
    }
    .into_any()
}
