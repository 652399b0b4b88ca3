//! A person's own account, the same at the desk and at home.

use domain::problem::Flaw;
use leptos::prelude::*;

use super::{
    hats,
    second_factor::{self, Factor},
    sessions::{self, Sessions},
};
use crate::{
    i18n::{locale, td_string, tu_string, use_i18n},
    identity::api::{AccountView, ChangePassword, WantSecondFactor, account as load},
    load::resource,
    ui::{
        Card, Choice, FormErrors, Notice, PasswordField, SelectField, SkeletonRows, SubmitRow, Tone,
    },
    words::{self, Complaints},
};

/// What can be done here. Made outside of what is shown, which is made anew after each of them.
#[derive(Clone, Copy)]
struct Acts {
    sessions: Sessions,
    password: ServerAction<ChangePassword>,
    factor: Factor,
    want: ServerAction<WantSecondFactor>,
}

/// The account. `here` is the page that it is on.
pub fn account(here: &'static str) -> AnyView {
    let acts = Acts {
        sessions: Sessions::new(),
        password: ServerAction::new(),
        factor: Factor::new(),
        want: ServerAction::new(),
    };
    let done = move || {
        (
            acts.sessions.done(),
            acts.password.version().get(),
            acts.factor.done(),
            acts.want.version().get(),
        )
    };
    let found = resource(done, |_| load());
    view! {
        <Transition fallback=|| view! { <SkeletonRows rows=6 /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok(view) => whole(view, acts),
                    Err(error) => words::refused(&error, here),
                }
            })}
        </Transition>
    }
    .into_any()
}

fn whole(view: AccountView, acts: Acts) -> AnyView {
    let i18n = use_i18n();
    let AccountView {
        account,
        wanted,
        utc_offset_s,
    } = view;
    let first = account.second_factor_first.then(|| {
        view! {
            <Notice tone=Tone::Attention>{tu_string!(i18n, identity.second_factor_first)}</Notice>
        }
    });
    view! {
        <div class="stack">
            {first}
            {hats::card(account.hats)}
            {sessions::list(account.sessions, acts.sessions, utc_offset_s)}
            {second_factor::card(account.second_factor, acts.factor)}
            {password(acts.password)}
            {wanted.map(|wanted| policy(wanted, acts.want))}
        </div>
    }
    .into_any()
}

fn password(action: ServerAction<ChangePassword>) -> AnyView {
    let (i18n, locale) = (use_i18n(), locale());
    let complaints = Complaints::of(action.value());
    let old_error = complaints.field("old_password", move |flaw| {
        (flaw == Flaw::Wrong).then(|| td_string!(locale, identity.old_password_wrong).to_owned())
    });
    let new_error = complaints.field("password", move |flaw| {
        (flaw == Flaw::TooShort).then(|| td_string!(locale, identity.password_short).to_owned())
    });
    let changed = move || {
        let done = action.value().with(|answer| matches!(answer, Some(Ok(()))));
        done.then(|| {
            view! {
                <Notice tone=Tone::Good>{td_string!(locale, identity.password_changed)}</Notice>
            }
        })
    };
    view! {
        <Card title=tu_string!(i18n, identity.change_password)>
            {changed}
            <ActionForm action=action>
                <FormErrors message=complaints.whole() />
                <PasswordField
                    name="old_password"
                    label=tu_string!(i18n, identity.old_password)
                    error=old_error
                />
                <PasswordField
                    name="password"
                    label=tu_string!(i18n, identity.new_password)
                    hint=tu_string!(i18n, identity.change_password_text)
                    error=new_error
                    autocomplete="new-password"
                />
                <SubmitRow
                    label=tu_string!(i18n, identity.change_password)
                    pending=action.pending()
                />
            </ActionForm>
        </Card>
    }
    .into_any()
}

/// What the company wants of its staff, for those who decide.
fn policy(wanted: bool, action: ServerAction<WantSecondFactor>) -> AnyView {
    let i18n = use_i18n();
    let complaints = Complaints::of(action.value());
    let choices = Signal::stored(vec![
        Choice::new("false", tu_string!(i18n, identity.policy_optional)),
        Choice::new("true", tu_string!(i18n, identity.policy_required)),
    ]);
    view! {
        <Card title=tu_string!(i18n, identity.policy)>
            <ActionForm action=action>
                <FormErrors message=complaints.whole() />
                <SelectField
                    name="wanted"
                    label=tu_string!(i18n, identity.policy_label)
                    choices=choices
                    hint=tu_string!(i18n, identity.policy_text)
                    value=wanted.to_string()
                />
                <SubmitRow label=tu_string!(i18n, identity.save) pending=action.pending() />
            </ActionForm>
        </Card>
    }
    .into_any()
}
