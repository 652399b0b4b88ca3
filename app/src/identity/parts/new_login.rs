//! The two fields in which somebody chooses how they will log in.

use domain::problem::Flaw;
use leptos::prelude::*;

use crate::{
    i18n::{locale, td_string, tu_string, use_i18n},
    ui::{PasswordField, TextField},
    words::Complaints,
};

/// Log-in and password, each with its own complaint beside it. `keyboard` is the one that a phone
/// offers for the log-in: `tel` where it is most likely a number, else `text`.
pub fn new_login(
    complaints: Complaints,
    keyboard: &'static str,
    password_hint: &'static str,
) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let login_error = complaints.field("login", move |flaw| match flaw {
        Flaw::Malformed => Some(td_string!(locale, identity.login_malformed).to_owned()),
        Flaw::Taken => Some(td_string!(locale, identity.login_taken).to_owned()),
        _ => None,
    });
    let password_error = complaints.field("password", move |flaw| match flaw {
        Flaw::TooShort => Some(td_string!(locale, identity.password_short).to_owned()),
        _ => None,
    });
    view! {
        <TextField
            name="login"
            label=tu_string!(i18n, identity.login)
            hint=tu_string!(i18n, identity.login_new_hint)
            error=login_error
            autocomplete="username"
            inputmode=keyboard
            maxlength=254
        />
        <PasswordField
            name="password"
            label=tu_string!(i18n, identity.password)
            hint=password_hint
            error=password_error
            autocomplete="new-password"
        />
    }
    .into_any()
}
