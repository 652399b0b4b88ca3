//! Log-in.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    i18n::{tu_string, use_i18n},
    identity::api::LogIn,
    routes,
    ui::{Card, FormErrors, PasswordField, SiteShell, SubmitRow, TextField},
    words::Complaints,
};

#[component]
pub fn LoginPage() -> impl IntoView {
    let i18n = use_i18n();
    let log_in = ServerAction::<LogIn>::new();
    let complaints = Complaints::of(log_in.value());
    view! {
        <Title text=tu_string!(i18n, identity.log_in) />
        <SiteShell narrow=true>
            <h1 class="site-title">{tu_string!(i18n, identity.log_in)}</h1>
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
                {tu_string!(i18n, identity.no_account)} " "
                <a class="link" href=routes::SIGNUP>{tu_string!(i18n, identity.sign_up)}</a>
            </p>
        </SiteShell>
    }
    .into_any()
}
