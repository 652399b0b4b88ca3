//! Setting a second factor up, and switching it off. All of it works as plain forms: what has to
//! be kept is shown before the last step, not as its answer.
//!
//! Switching it on or off loads the whole page anew, since it may change what the frame shows.

use domain::{
    problem::Flaw,
    session::{Enrolling, SecondFactor},
};
use leptos::{prelude::*, server_fn::ServerFn};

use super::otp_field;
use crate::{
    i18n::{locale, td_string, tu_string, use_i18n},
    identity::api::{ConfirmSecondFactor, DropSecondFactor, StartSecondFactor},
    ui::{Card, CopyBox, FormErrors, PasswordField, State, StateMark, SubmitRow},
    words::Complaints,
};

#[derive(Clone, Copy)]
pub(super) struct Factor {
    start: ServerAction<StartSecondFactor>,
    confirm: ServerAction<ConfirmSecondFactor>,
    drop: ServerAction<DropSecondFactor>,
}

impl Factor {
    pub(super) fn new() -> Self {
        Self {
            start: ServerAction::new(),
            confirm: ServerAction::new(),
            drop: ServerAction::new(),
        }
    }

    /// Changes whenever something was done.
    pub(super) fn done(self) -> usize {
        self.start.version().get()
    }
}

pub(super) fn card(state: SecondFactor, acts: Factor) -> AnyView {
    let i18n = use_i18n();
    let inner = match state {
        SecondFactor::Off => view! {
            <p class="field-hint">{tu_string!(i18n, identity.second_factor_text)}</p>
            {start(acts.start, tu_string!(i18n, identity.second_factor_start))}
        }
        .into_any(),
        SecondFactor::Pending(enrolling) => pending(enrolling, acts),
        SecondFactor::On { codes_left } => switched_on(codes_left, acts.drop),
    };
    view! { <Card title=tu_string!(i18n, identity.second_factor)>{inner}</Card> }.into_any()
}

/// The person's password: a page that was left open is not enough.
fn password(complaints: Complaints) -> AnyView {
    let (i18n, locale) = (use_i18n(), locale());
    let error = complaints.field("password", move |flaw| {
        (flaw == Flaw::Wrong).then(|| td_string!(locale, identity.password_wrong).to_owned())
    });
    view! {
        <PasswordField name="password" label=tu_string!(i18n, identity.password) error=error />
    }
    .into_any()
}

fn start(action: ServerAction<StartSecondFactor>, label: &'static str) -> AnyView {
    let complaints = Complaints::of(action.value());
    view! {
        <ActionForm action=action>
            <FormErrors message=complaints.whole() />
            {password(complaints)}
            <SubmitRow label=label pending=action.pending() />
        </ActionForm>
    }
    .into_any()
}

fn pending(enrolling: Enrolling, acts: Factor) -> AnyView {
    let i18n = use_i18n();
    let complaints = Complaints::of(acts.confirm.value());
    let Enrolling {
        secret,
        picture,
        codes,
    } = enrolling;
    view! {
        <div class="stack">
            <h3>{tu_string!(i18n, identity.second_factor_scan)}</h3>
            <div
                class="qr"
                role="img"
                aria-label=tu_string!(i18n, identity.picture)
                inner_html=picture
            ></div>
            <CopyBox label=tu_string!(i18n, identity.secret) value=secret />
            <h3>{tu_string!(i18n, identity.second_factor_codes)}</h3>
            <CopyBox
                label=tu_string!(i18n, identity.second_factor_codes_text)
                value=codes.join("\n")
                block=true
            />
            <h3>{tu_string!(i18n, identity.second_factor_confirm)}</h3>
            <form method="post" action=ConfirmSecondFactor::PATH>
                <FormErrors message=complaints.whole() />
                {otp_field(complaints)}
                <SubmitRow label=tu_string!(i18n, identity.second_factor_on) />
            </form>
            <details>
                <summary>{tu_string!(i18n, identity.second_factor_anew)}</summary>
                {start(acts.start, tu_string!(i18n, identity.second_factor_anew))}
            </details>
        </div>
    }
    .into_any()
}

fn switched_on(codes_left: u32, action: ServerAction<DropSecondFactor>) -> AnyView {
    let (i18n, locale) = (use_i18n(), locale());
    let complaints = Complaints::of(action.value());
    let on = tu_string!(i18n, identity.second_factor_is_on);
    view! {
        <p>
            <StateMark state=State::Good word=on /> " "
            {td_string!(locale, identity.codes_left, n = codes_left.to_string())}
        </p>
        <details>
            <summary>{tu_string!(i18n, identity.second_factor_off)}</summary>
            <form method="post" action=DropSecondFactor::PATH>
                <FormErrors message=complaints.whole() />
                <p class="field-hint">{tu_string!(i18n, identity.second_factor_off_text)}</p>
                {password(complaints)}
                {otp_field(complaints)}
                <SubmitRow label=tu_string!(i18n, identity.second_factor_off) />
            </form>
        </details>
    }
    .into_any()
}
