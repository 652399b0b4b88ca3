//! Log-in: the password, and then the code of those who have a second factor.

use domain::Code;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    i18n::{locale, td_string, tu_string, use_i18n},
    identity::{
        api::{LogIn, LogInCode},
        parts::otp_field,
        sms::codes_by_sms,
    },
    load::resource,
    routes,
    ui::{Card, FormErrors, Notice, PasswordField, SiteShell, SubmitRow, TextField, Tone},
    words::{self, Complaints},
};

#[component]
pub fn LoginPage() -> impl IntoView {
    let i18n = use_i18n();
    let (log_in, code) = (
        ServerAction::<LogIn>::new(),
        ServerAction::<LogInCode>::new(),
    );
    let query = use_query_map();
    let step = Memo::new(move |_| query.with(|query| query.get("step")));
    view! {
        <Title text=tu_string!(i18n, identity.log_in) />
        <SiteShell narrow=true>
            {move || match step.get().as_deref() {
                Some("code") => code_form(code),
                step => password_form(log_in, step == Some("reset")),
            }}
        </SiteShell>
    }
    .into_any()
}

fn password_form(log_in: ServerAction<LogIn>, reset: bool) -> AnyView {
    let i18n = use_i18n();
    let complaints = Complaints::of(log_in.value());
    let done = reset.then(|| {
        view! { <Notice tone=Tone::Good>{tu_string!(i18n, identity.reset_done)}</Notice> }
    });
    view! {
        <h1 class="site-title">{tu_string!(i18n, identity.log_in)}</h1>
        {done}
        <Card>
            <ActionForm action=log_in>
                <FormErrors message=complaints.whole() />
                <TextField
                    name="login"
                    label=tu_string!(i18n, identity.login)
                    hint=tu_string!(i18n, identity.login_hint)
                    autocomplete="username"
                    maxlength=254
                />
                <PasswordField name="password" label=tu_string!(i18n, identity.password) />
                <SubmitRow label=tu_string!(i18n, identity.log_in) pending=log_in.pending() wide=true />
            </ActionForm>
        </Card>
        <p class="site-aside">
            <a class="link" href=routes::FORGOT>{tu_string!(i18n, identity.forgot)}</a>
        </p>
        {by_sms()}
        <p class="site-aside">
            {tu_string!(i18n, identity.no_account)} " "
            <a class="link" href=routes::SIGNUP>{tu_string!(i18n, identity.sign_up)}</a>
        </p>
    }
    .into_any()
}

/// The way to a code by SMS; nothing where there is none.
fn by_sms() -> AnyView {
    let i18n = use_i18n();
    let offered = resource(|| (), |()| codes_by_sms());
    let label = tu_string!(i18n, identity.by_sms);
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                matches!(offered.await, Ok(true))
                    .then(|| {
                        view! {
                            <p class="site-aside">
                                <a class="link" href=routes::LOGIN_SMS>
                                    {label}
                                </a>
                            </p>
                        }
                    })
            })}
        </Suspense>
    }
    .into_any()
}

fn code_form(action: ServerAction<LogInCode>) -> AnyView {
    let (i18n, locale) = (use_i18n(), locale());
    let complaints = Complaints::of(action.value());
    let code = complaints.code();
    let message = Signal::derive(move || match code.get()? {
        // Said beside the field.
        Code::OtpRequired | Code::BadCredentials => None,
        Code::Expired => Some(td_string!(locale, identity.otp_expired).to_owned()),
        other => Some(words::code(locale, other)),
    });
    view! {
        <h1 class="site-title">{tu_string!(i18n, identity.otp_title)}</h1>
        <p class="site-lead">{tu_string!(i18n, identity.otp_lead)}</p>
        <Card>
            <ActionForm action=action>
                <FormErrors message=message />
                {otp_field(complaints)}
                <SubmitRow label=tu_string!(i18n, identity.log_in) pending=action.pending() wide=true />
            </ActionForm>
        </Card>
        <p class="site-aside">
            <a class="link" href=routes::LOGIN>{tu_string!(i18n, identity.again)}</a>
        </p>
    }
    .into_any()
}
