//! What can be told to a person or a client about something that went wrong.
//!
//! A problem carries codes, never internals: each side (REST, pages) turns a code into words in
//! the reader's language. What an operator needs to know is logged where it happened.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

/// Why a request was refused. The wire form is `snake_case`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The body, form or query breaks a rule; see the fields.
    Invalid,
    /// Nobody is logged in, or the session has ended.
    Unauthenticated,
    /// The log-in or the password is wrong; deliberately not said which.
    BadCredentials,
    /// The password is right, and a code of the second factor has to come with it.
    OtpRequired,
    /// The company wants its staff to have a second factor, and nothing else goes before that.
    SecondFactorRequired,
    /// Visible, but not allowed for this role.
    Forbidden,
    /// Not there, or not to be seen by the one who asks.
    NotFound,
    /// It clashes with what is already there; see the fields.
    Conflict,
    /// The page was rendered for another tenant or hat than the session now wears.
    WrongHat,
    /// A link or code that has been used or has run out.
    Expired,
    /// Too many attempts; try again later.
    TooMany,
    /// The body is larger than allowed.
    TooLarge,
    /// The device was not heard of lately, so nothing is sent to it and nothing is kept for it.
    DeviceOffline,
    /// The device is reached through its gateway only, and a gateway carries nothing down to it.
    BehindGateway,
    /// The tenant is suspended: it reads, and changes nothing.
    Suspended,
    /// The company's plan allows no more of it; the field says of what.
    OverQuota,
    /// Our side failed; the request id leads to the reason.
    Internal,
    /// A dependency is away for the moment.
    Unavailable,
}

impl Code {
    /// The wire form, e.g. `not_found`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Unauthenticated => "unauthenticated",
            Self::BadCredentials => "bad_credentials",
            Self::OtpRequired => "otp_required",
            Self::SecondFactorRequired => "second_factor_required",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::WrongHat => "wrong_hat",
            Self::Expired => "expired",
            Self::TooMany => "too_many",
            Self::TooLarge => "too_large",
            Self::DeviceOffline => "device_offline",
            Self::BehindGateway => "behind_gateway",
            Self::Suspended => "suspended",
            Self::OverQuota => "over_quota",
            Self::Internal => "internal",
            Self::Unavailable => "unavailable",
        }
    }

    /// The HTTP status that fits.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Invalid => 422,
            Self::Unauthenticated | Self::BadCredentials | Self::OtpRequired => 401,
            Self::Forbidden | Self::Suspended | Self::OverQuota | Self::SecondFactorRequired => 403,
            Self::NotFound => 404,
            Self::Conflict | Self::WrongHat | Self::DeviceOffline | Self::BehindGateway => 409,
            Self::Expired => 410,
            Self::TooLarge => 413,
            Self::TooMany => 429,
            Self::Internal => 500,
            Self::Unavailable => 503,
        }
    }
}

/// What is wrong with one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    Required,
    TooShort,
    TooLong,
    /// Characters or shape that the field does not take.
    Malformed,
    /// A number outside its range.
    OutOfRange,
    /// Somebody or something else has it already.
    Taken,
    /// A word that the platform keeps for itself.
    Reserved,
    /// It names something that is not there.
    Unknown,
    /// It names several things that are there.
    Ambiguous,
    /// A password that is among the most used ones.
    TooCommon,
    /// A password or code that is not the right one.
    Wrong,
    /// A file of a kind that cannot be read.
    Unreadable,
    /// The last one of its kind, without which nobody could go on: the last admin.
    LastOne,
    /// The end of a phone number, which is searched for only beside something else.
    NotAlone,
    /// It does not fit a reading that is there; [`Problem::seen`] has the reading.
    Clashes,
}

impl Flaw {
    /// The wire form, e.g. `too_short`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::Malformed => "malformed",
            Self::OutOfRange => "out_of_range",
            Self::Taken => "taken",
            Self::Reserved => "reserved",
            Self::Unknown => "unknown",
            Self::Ambiguous => "ambiguous",
            Self::TooCommon => "too_common",
            Self::Wrong => "wrong",
            Self::Unreadable => "unreadable",
            Self::LastOne => "last_one",
            Self::NotAlone => "not_alone",
            Self::Clashes => "clashes",
        }
    }
}

/// A refusal with the flaws of each field that has one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    pub code: Code,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, Flaw>,
    /// Of a field that [`Flaw::Clashes`], what with: a register and when it was read, such as
    /// `1234.5 2026-11-22T06:00:05Z`. The one who asks may see it anyway. One text and no map: every
    /// page's first wasm reads problems.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<String>,
}

impl Problem {
    #[must_use]
    pub const fn new(code: Code) -> Self {
        Self {
            code,
            fields: BTreeMap::new(),
            seen: None,
        }
    }

    #[must_use]
    pub fn field(code: Code, field: &str, flaw: Flaw) -> Self {
        Self::new(code).and(field, flaw)
    }

    #[must_use]
    pub fn and(mut self, field: &str, flaw: Flaw) -> Self {
        self.fields.insert(field.to_owned(), flaw);
        self
    }

    /// With a field that does not fit what was read.
    #[must_use]
    pub fn clashes(mut self, field: &str, register: f64, at: jiff::Timestamp) -> Self {
        self.seen = Some(format!("{register} {at}"));
        self.and(field, Flaw::Clashes)
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.as_str())?;
        for (field, flaw) in &self.fields {
            write!(f, " {field}={}", flaw.as_str())?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

/// Collects every flaw of a form before refusing it, so that a person mends all in one go.
#[derive(Debug, Default)]
pub struct Check {
    fields: BTreeMap<String, Flaw>,
}

impl Check {
    /// Keeps the value, or notes the field's flaw and yields nothing.
    pub fn take<T>(&mut self, field: &str, value: Result<T, Flaw>) -> Option<T> {
        match value {
            Ok(value) => Some(value),
            Err(flaw) => {
                self.fields.insert(field.to_owned(), flaw);
                None
            }
        }
    }

    /// # Errors
    /// `invalid` with all flaws, if there was any.
    pub fn done<T>(self, value: Option<T>) -> Result<T, Problem> {
        match value {
            Some(value) if self.fields.is_empty() => Ok(value),
            _ => Err(Problem {
                code: Code::Invalid,
                fields: self.fields,
                seen: None,
            }),
        }
    }
}

/// Trims `text` and holds its length, in characters, to `min..=max`.
///
/// # Errors
/// `required` for nothing, `too_short`, `too_long`; `malformed` for control characters.
pub fn text(text: &str, min: usize, max: usize) -> Result<String, Flaw> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 && min > 0 {
        Err(Flaw::Required)
    } else if length < min {
        Err(Flaw::TooShort)
    } else if length > max {
        Err(Flaw::TooLong)
    } else if text.chars().any(char::is_control) {
        Err(Flaw::Malformed)
    } else {
        Ok(text.to_owned())
    }
}
