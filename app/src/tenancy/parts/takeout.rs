//! All of the company as a file: a plain form, since its answer is one.

use leptos::prelude::*;

use crate::{
    i18n::{locale, td_string, tu_string, use_i18n},
    routes,
    ui::{Card, CheckField, PasswordField, SubmitRow},
};

/// `flaw` is what was wrong with the password.
pub fn takeout(flaw: Option<String>) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let error = flaw.map(|flaw| match flaw.as_str() {
        "too_many" => td_string!(locale, problem.too_many).to_owned(),
        _ => td_string!(locale, problem.wrong).to_owned(),
    });
    view! {
        <Card title=tu_string!(i18n, tenancy.takeout)>
            <form class="stack" method="post" action=routes::COMPANY_EXPORT>
                <p>{tu_string!(i18n, tenancy.takeout_text)}</p>
                <CheckField
                    name="phones"
                    label=tu_string!(i18n, tenancy.takeout_phones)
                    hint=tu_string!(i18n, tenancy.takeout_phones_hint)
                />
                <PasswordField
                    name="password"
                    label=tu_string!(i18n, tenancy.takeout_password)
                    error=error
                    autocomplete="current-password"
                />
                <SubmitRow label=tu_string!(i18n, tenancy.takeout_get) />
            </form>
        </Card>
    }
    .into_any()
}
