//! The field for a code of the second factor.

use domain::{Code, problem::Flaw};
use leptos::prelude::*;

use crate::{
    i18n::{locale, td_string, tu_string, use_i18n},
    ui::TextField,
    words::Complaints,
};

pub fn otp_field(complaints: Complaints) -> AnyView {
    let (i18n, locale) = (use_i18n(), locale());
    let error = complaints.field("otp", move |flaw| match flaw {
        Flaw::Wrong => Some(td_string!(locale, identity.otp_wrong).to_owned()),
        _ => None,
    });
    view! {
        <TextField
            name="otp"
            label=tu_string!(i18n, identity.otp)
            hint=tu_string!(i18n, identity.otp_hint)
            error=error
            autocomplete="one-time-code"
            maxlength=20
        />
    }
    .into_any()
}

/// The same once the answer was that a code is needed: most people have none.
pub fn otp_if_wanted(complaints: Complaints) -> AnyView {
    let code = complaints.code();
    let wrong = complaints.plain("otp");
    let wanted =
        Memo::new(move |_| code.get() == Some(Code::OtpRequired) || wrong.with(Option::is_some));
    (move || wanted.get().then(|| otp_field(complaints))).into_any()
}
