//! Log-in with a code by SMS in the place of the password, where codes go by SMS.

use domain::Code;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    AppError,
    i18n::{locale, td_string, tu_string, use_i18n},
    identity::sms::{LogInSms, SendCode, codes_by_sms},
    load::resource,
    routes,
    ui::{Button, Card, FormErrors, Notice, SiteShell, SkeletonRows, SubmitRow, TextField, Tone},
    words::{self, Complaints},
};

#[component]
pub fn LoginSmsPage() -> impl IntoView {
    let i18n = use_i18n();
    let offered = resource(|| (), |()| codes_by_sms());
    view! {
        <Title text=tu_string!(i18n, identity.log_in) />
        <SiteShell narrow=true>
            <Suspense fallback=|| view! { <SkeletonRows rows=4 /> }>
                {move || Suspend::new(async move {
                    match offered.await {
                        Ok(true) => both(),
                        Ok(false) => words::refused(&AppError::not_found(), routes::LOGIN),
                        Err(error) => words::refused(&error, routes::LOGIN_SMS),
                    }
                })}
            </Suspense>
            <p class="site-aside">
                <a class="link" href=routes::LOGIN>{tu_string!(i18n, identity.by_password)}</a>
            </p>
        </SiteShell>
    }
    .into_any()
}

/// The number, and then the code. Once wasm is there the second form knows the number; before, it is
/// typed again, since it belongs into no address.
fn both() -> AnyView {
    let i18n = use_i18n();
    let number = RwSignal::new(String::new());
    view! {
        <h1 class="site-title">{tu_string!(i18n, identity.sms_title)}</h1>
        <p class="site-lead">{tu_string!(i18n, identity.sms_lead)}</p>
        {asking(number)}
        {entering(number)}
    }
    .into_any()
}

fn number_field(id: &'static str, number: RwSignal<String>, complaints: Complaints) -> AnyView {
    let i18n = use_i18n();
    view! {
        <TextField
            id=id
            name="login"
            kind="tel"
            label=tu_string!(i18n, identity.sms_number)
            error=complaints.plain("login")
            bind=number
            autocomplete="tel"
            maxlength=24
        />
    }
    .into_any()
}

fn asking(number: RwSignal<String>) -> AnyView {
    let i18n = use_i18n();
    let ask = ServerAction::<SendCode>::new();
    let complaints = Complaints::of(ask.value());
    let query = use_query_map();
    let text = tu_string!(i18n, identity.sms_sent);
    let sent = move || {
        let sent = query.with(|query| query.get("sent").is_some());
        sent.then(|| view! { <Notice tone=Tone::Plain>{text}</Notice> })
    };
    view! {
        <div aria-live="polite">{sent}</div>
        <Card>
            <ActionForm action=ask>
                <FormErrors message=complaints.whole() />
                {number_field("sms-ask", number, complaints)}
                <Button pending=ask.pending()>{tu_string!(i18n, identity.sms_send)}</Button>
            </ActionForm>
        </Card>
    }
    .into_any()
}

fn entering(number: RwSignal<String>) -> AnyView {
    let (i18n, locale) = (use_i18n(), locale());
    let enter = ServerAction::<LogInSms>::new();
    let complaints = Complaints::of(enter.value());
    let code = complaints.code();
    let message = Signal::derive(move || match code.get()? {
        // Said beside the field.
        Code::BadCredentials => None,
        other => Some(words::code(locale, other)),
    });
    let wrong = complaints.field("code", move |_| {
        Some(td_string!(locale, identity.sms_wrong).to_owned())
    });
    view! {
        <Card>
            <ActionForm action=enter>
                <FormErrors message=message />
                {number_field("sms-enter", number, complaints)}
                <TextField
                    name="code"
                    label=tu_string!(i18n, identity.sms_code)
                    hint=tu_string!(i18n, identity.sms_code_hint)
                    error=wrong
                    inputmode="numeric"
                    autocomplete="one-time-code"
                    maxlength=12
                />
                <SubmitRow label=tu_string!(i18n, identity.log_in) pending=enter.pending() wide=true />
            </ActionForm>
        </Card>
    }
    .into_any()
}
