//! Refusals in the reader's words, beside the field that they are about.

use domain::{Code, problem::Flaw, time::Written};
use leptos::prelude::*;

use crate::{
    AppError,
    i18n::{Locale, locale, td_string},
    routes,
    ui::ErrorState,
};

/// A code in the language of the page.
#[must_use]
pub fn code(locale: Locale, code: Code) -> String {
    match code {
        Code::Invalid => td_string!(locale, problem.invalid),
        Code::Unauthenticated => td_string!(locale, problem.unauthenticated),
        Code::BadCredentials => td_string!(locale, problem.bad_credentials),
        Code::OtpRequired => td_string!(locale, problem.otp_required),
        Code::SecondFactorRequired => td_string!(locale, problem.second_factor_required),
        Code::Forbidden => td_string!(locale, problem.forbidden),
        Code::NotFound => td_string!(locale, problem.not_found),
        Code::Conflict => td_string!(locale, problem.conflict),
        Code::WrongHat => td_string!(locale, problem.wrong_hat),
        Code::Expired => td_string!(locale, problem.expired),
        Code::TooMany => td_string!(locale, problem.too_many),
        Code::TooLarge => td_string!(locale, problem.too_large),
        Code::DeviceOffline => td_string!(locale, problem.device_offline),
        Code::BehindGateway => td_string!(locale, problem.behind_gateway),
        Code::Suspended => td_string!(locale, problem.suspended),
        Code::OverQuota => td_string!(locale, problem.over_quota),
        Code::Internal => td_string!(locale, problem.internal),
        Code::Unavailable => td_string!(locale, problem.unavailable),
    }
    .to_owned()
}

/// A field's flaw in the language of the page.
#[must_use]
pub fn flaw(locale: Locale, flaw: Flaw) -> String {
    match flaw {
        Flaw::Required => td_string!(locale, problem.required),
        Flaw::TooShort => td_string!(locale, problem.too_short),
        Flaw::TooLong => td_string!(locale, problem.too_long),
        Flaw::Malformed => td_string!(locale, problem.malformed),
        Flaw::OutOfRange => td_string!(locale, problem.out_of_range),
        Flaw::Taken => td_string!(locale, problem.taken),
        Flaw::Reserved => td_string!(locale, problem.reserved),
        Flaw::Unknown => td_string!(locale, problem.unknown),
        Flaw::Ambiguous => td_string!(locale, problem.ambiguous),
        Flaw::TooCommon => td_string!(locale, problem.too_common),
        Flaw::Wrong => td_string!(locale, problem.wrong),
        Flaw::Unreadable => td_string!(locale, problem.unreadable),
        Flaw::LastOne => td_string!(locale, problem.last_one),
        Flaw::NotAlone => td_string!(locale, problem.not_alone),
        Flaw::Clashes => td_string!(locale, problem.clashes),
    }
    .to_owned()
}

/// A page that cannot be shown: says why, offers another try, and answers with the status that
/// fits. Where the frame leads away (nobody is logged in, say), its redirect stands.
pub fn refused(error: &AppError, retry: impl Into<String>) -> AnyView {
    #[cfg(feature = "ssr")]
    if error.code() != Code::Unauthenticated
        && let Some(response) = use_context::<leptos_axum::ResponseOptions>()
        && let Ok(status) = axum::http::StatusCode::from_u16(error.code().status())
        && response.0.read().is_ok_and(|parts| parts.status.is_none())
    {
        response.set_status(status);
    }
    let title = code(locale(), error.code());
    if error.code() == Code::Unauthenticated {
        // Another try would only say the same again.
        let label = td_string!(locale(), identity.log_in);
        return view! { <ErrorState title=title retry=routes::LOGIN label=label /> }.into_any();
    }
    view! { <ErrorState title=title retry=retry.into() /> }.into_any()
}

/// What a form's last answer complains about. Made once beside the action; then each field asks.
#[derive(Clone, Copy, Debug)]
pub struct Complaints {
    error: Signal<Option<AppError>>,
    locale: Locale,
}

impl Complaints {
    /// Of an action's newest answer.
    pub fn of<T, S>(answer: S) -> Self
    where
        T: Send + Sync + 'static,
        S: With<Value = Option<Result<T, AppError>>> + Copy + Send + Sync + 'static,
    {
        let error = Signal::derive(move || {
            answer.with(|answer| {
                answer
                    .as_ref()
                    .and_then(|answer| answer.as_ref().err().cloned())
            })
        });
        Self {
            error,
            locale: locale(),
        }
    }

    /// What is wrong with one field, in words. `more` may say it better for some flaws.
    pub fn field(
        self,
        name: impl Into<String>,
        more: impl Fn(Flaw) -> Option<String> + Send + Sync + 'static,
    ) -> Signal<Option<String>> {
        let name = name.into();
        Signal::derive(move || {
            self.error.with(|error| {
                let found = *error.as_ref()?.0.fields.get(&name)?;
                Some(more(found).unwrap_or_else(|| flaw(self.locale, found)))
            })
        })
    }

    /// What is wrong with one field, in the common words.
    #[must_use]
    pub fn plain(self, name: impl Into<String>) -> Signal<Option<String>> {
        self.field(name, |_| None)
    }

    /// What is wrong at a place that may be another later, as the row of a table is.
    pub fn at(
        self,
        place: impl Fn() -> String + Send + Sync + 'static,
        more: impl Fn(Flaw) -> Option<String> + Send + Sync + 'static,
    ) -> Signal<Option<String>> {
        Signal::derive(move || {
            self.error.with(|error| {
                let found = *error.as_ref()?.0.fields.get(&place())?;
                Some(more(found).unwrap_or_else(|| flaw(self.locale, found)))
            })
        })
    }

    /// Of a field that clashes with a reading, its register and when it was read, in milliseconds.
    #[must_use]
    pub fn clash(self, name: &'static str) -> Signal<Option<(f64, i64)>> {
        Signal::derive(move || {
            self.error.with(|error| {
                let problem = &error.as_ref()?.0;
                let seen = problem.seen.as_ref();
                let seen = seen.filter(|_| problem.fields.get(name) == Some(&Flaw::Clashes));
                let (register, at) = seen?.split_once(' ')?;
                let at = jiff::Timestamp::read(at)?;
                Some((register.parse().ok()?, at.as_millisecond()))
            })
        })
    }

    /// What is wrong with a field or below it, each with its place: `registers.3.type`.
    #[must_use]
    pub fn below(self, name: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || {
            self.error.with(|error| {
                let fields = error.as_ref()?.0.fields.iter();
                let lines = fields.filter_map(|(field, found)| {
                    let place = field.strip_prefix(name)?.trim_start_matches('.');
                    let gap = if place.is_empty() { "" } else { ": " };
                    Some(format!("{place}{gap}{}", flaw(self.locale, *found)))
                });
                // The first ones are enough to go on with.
                let lines: Vec<_> = lines.take(4).collect();
                (!lines.is_empty()).then(|| lines.join(" · "))
            })
        })
    }

    /// Why it was refused: nothing while there is no complaint.
    #[must_use]
    pub fn code(self) -> Signal<Option<Code>> {
        Signal::derive(move || self.error.with(|error| error.as_ref().map(AppError::code)))
    }

    /// What is wrong as a whole: nothing while there is no complaint.
    #[must_use]
    pub fn whole(self) -> Signal<Option<String>> {
        Signal::derive(move || {
            self.error
                .with(|error| error.as_ref().map(|error| code(self.locale, error.code())))
        })
    }
}
