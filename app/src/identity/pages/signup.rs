//! Sign-up of a property company.

use std::time::Duration;

use domain::problem::Flaw;
use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};
use leptos_meta::Title;

use crate::{
    i18n::{Locale, locale, td_string, tu_string, use_i18n},
    identity::{
        api::{SignUp, check_slug},
        parts::{new_login, otp_if_wanted},
    },
    privacy::parts::agreeing,
    routes,
    ui::{Card, FormErrors, Icon, SiteShell, SubmitRow, TextField},
    words::{self, Complaints},
};

/// How long the typing must rest before the address is asked after.
const REST: Duration = Duration::from_millis(350);

#[component]
pub fn SignupPage() -> impl IntoView {
    let i18n = use_i18n();
    let locale = locale();
    let sign_up = ServerAction::<SignUp>::new();
    let complaints = Complaints::of(sign_up.value());
    let slug = RwSignal::new(String::new());
    let verdict = live_verdict(slug);

    // The answer to the form stands until the address is typed anew; then the live check speaks.
    let answered = complaints.field("slug", move |flaw| slug_words(locale, flaw));
    let slug_error = Signal::derive(move || match verdict.get() {
        Some(Verdict::Flawed(flaw)) => {
            Some(slug_words(locale, flaw).unwrap_or_else(|| words::flaw(locale, flaw)))
        }
        Some(Verdict::Free) => None,
        None => answered.get(),
    });
    let free = view! {
        <span class="field-check" aria-live="polite">
            {move || {
                (verdict.get() == Some(Verdict::Free))
                    .then(|| view! { {Icon::Check.view()} {td_string!(locale, identity.slug_free)} })
            }}
        </span>
    }
    .into_any();

    view! {
        <Title text=tu_string!(i18n, identity.sign_up) />
        <SiteShell narrow=true>
            <h1 class="site-title">{tu_string!(i18n, identity.sign_up_title)}</h1>
            <p class="site-lead">{tu_string!(i18n, identity.sign_up_lead)}</p>
            <Card>
                <ActionForm action=sign_up>
                    <FormErrors message=complaints.whole() />
                    <TextField
                        name="company"
                        label=tu_string!(i18n, identity.company)
                        placeholder=tu_string!(i18n, identity.company_example)
                        error=complaints.plain("company")
                        autocomplete="organization"
                        maxlength=80
                    />
                    <TextField
                        name="slug"
                        label=tu_string!(i18n, identity.slug)
                        hint=tu_string!(i18n, identity.slug_hint)
                        error=slug_error
                        bind=slug
                        suffix=free
                        autocomplete="off"
                        maxlength=32
                    />
                    <TextField
                        name="admin_name"
                        label=tu_string!(i18n, identity.your_name)
                        error=complaints.plain("admin_name")
                        autocomplete="name"
                        maxlength=60
                    />
                    {new_login(complaints, "text", tu_string!(i18n, identity.password_hint))}
                    {otp_if_wanted(complaints)} {agreeing(tu_string!(i18n, identity.sign_up))}
                    <SubmitRow label=tu_string!(i18n, identity.sign_up) pending=sign_up.pending() wide=true />
                </ActionForm>
            </Card>
            <p class="site-aside">
                {tu_string!(i18n, identity.have_account)} " "
                <a class="link" href=routes::LOGIN>{tu_string!(i18n, identity.log_in)}</a>
            </p>
        </SiteShell>
    }
    .into_any()
}

/// What the server says of a company's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Free,
    Flawed(Flaw),
}

/// The verdict once the typing rests; `None` while nothing has been asked.
fn live_verdict(slug: RwSignal<String>) -> Signal<Option<Verdict>> {
    let verdict = RwSignal::new(None);
    let asked = Action::new(move |typed: &String| {
        let typed = typed.clone();
        async move {
            let answer = check_slug(typed.clone()).await;
            // An answer to what is no longer in the field says nothing, and the page may be gone.
            if slug.try_get_untracked() == Some(typed)
                && let Ok(answer) = answer
            {
                let answer = answer.map_or(Verdict::Free, Verdict::Flawed);
                let _ = verdict.try_set(Some(answer));
            }
        }
    });
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    Effect::new(move |_| {
        let typed = slug.get();
        verdict.set(None);
        if let Some(earlier) = waiting.get_value() {
            earlier.clear();
        }
        if !typed.trim().is_empty() {
            let handle = set_timeout_with_handle(move || drop(asked.dispatch(typed)), REST);
            waiting.set_value(handle.ok());
        }
    });
    on_cleanup(move || {
        if let Some(Some(waiting)) = waiting.try_get_value() {
            waiting.clear();
        }
    });
    verdict.into()
}

fn slug_words(locale: Locale, flaw: Flaw) -> Option<String> {
    match flaw {
        Flaw::Malformed => Some(td_string!(locale, identity.slug_malformed).to_owned()),
        Flaw::TooShort => Some(td_string!(locale, identity.slug_short).to_owned()),
        Flaw::Taken => Some(td_string!(locale, identity.slug_taken).to_owned()),
        _ => None,
    }
}
