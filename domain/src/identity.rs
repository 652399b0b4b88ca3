//! People, log-ins, hats and what each role may do.

mod access;
mod api_keys;
mod reset;
mod sms;
mod staff;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use access::{
    Action, Actions, Grant, Place, Role, RoleKey, Scope, Whereabouts, may_give, within_maker,
};
pub use api_keys::{ApiKey, KeyForm, KeyMade, KeySecret, KeyUse, NewKey};
pub use reset::{Proof, Reset, ResetForm, ResetSlip, WayBack};
pub use sms::{SmsCode, SmsLogin, SmsLoginForm, SmsUse};
pub use staff::{
    GivenRole, GrantForm, InviteStaff, InviteStaffForm, JoinInvitation, MOST_PLACES, Member,
    NewGrant, NewRole, PlaceId, RoleForm, RoleRow, StandIn, StandInForm,
};

use crate::{
    id::{HouseholdId, PersonId, SessionId, TenantId},
    problem::{Check, Flaw, Problem, text},
};

/// What a person types to say who they are: a mail address, a mobile number, or `name@company`.
///
/// Held in its canonical form, so that `+86 138…` and `138…`, or two spellings of a mail address,
/// are one log-in.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Login(String);

impl Login {
    /// # Errors
    /// `malformed` for what is neither a mail-like name nor a phone number.
    pub fn parse(raw: &str) -> Result<Self, Flaw> {
        let raw = text(raw, 3, 254)?;
        if let Ok(phone) = Phone::parse(&raw) {
            return Ok(Self(phone.0));
        }
        let lower = raw.to_lowercase();
        match lower.split_once('@') {
            Some((name, host))
                if !name.is_empty()
                    && !host.is_empty()
                    && !host.contains('@')
                    && !lower.contains(char::is_whitespace) =>
            {
                Ok(Self(lower))
            }
            _ => Err(Flaw::Malformed),
        }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A log-in that is a phone number.
    ///
    /// # Errors
    /// `required` for nothing, `malformed` for what cannot be dialled.
    pub fn by_phone(raw: &str) -> Result<Self, Flaw> {
        if raw.trim().is_empty() {
            return Err(Flaw::Required);
        }
        Phone::parse(raw).map(|phone| Self(phone.0))
    }

    /// The number to dial, in E.164, where it is a phone's.
    #[must_use]
    pub fn phone(&self) -> Option<String> {
        let phone = Phone::parse(&self.0).ok()?;
        Some(if phone.0.starts_with('+') {
            phone.0
        } else {
            format!("+86{}", phone.0)
        })
    }

    /// Whether mail can go there. A name that a company gave out (`name@company`) is no address.
    #[must_use]
    pub fn is_mail(&self) -> bool {
        let host = self.0.split_once('@').map(|(_, host)| host);
        host.is_some_and(|host| host.trim_matches('.').contains('.'))
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login(…)")
    }
}

/// A phone number: mainland mobiles as 11 digits, all else in E.164 with `+`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Phone(String);

impl Phone {
    /// Takes spaces, hyphens and a leading `+86` or `0086`.
    ///
    /// # Errors
    /// `malformed` for what cannot be dialled.
    pub fn parse(raw: &str) -> Result<Self, Flaw> {
        let compact: String = raw
            .trim()
            .chars()
            .filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '\u{a0}'))
            .collect();
        let local = compact
            .strip_prefix("+86")
            .or_else(|| compact.strip_prefix("0086"))
            .unwrap_or(&compact);
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let mobile = local.len() == 11
            && digits(local)
            && local.starts_with('1')
            && !matches!(local.as_bytes().get(1), Some(b'0' | b'1' | b'2'));
        if mobile {
            return Ok(Self(local.to_owned()));
        }
        match compact.strip_prefix('+') {
            Some(rest) if digits(rest) && (8..=15).contains(&rest.len()) => Ok(Self(compact)),
            _ => Err(Flaw::Malformed),
        }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What may be shown by default: `138****5678`.
    #[must_use]
    pub fn masked(&self) -> String {
        mask_phone(&self.0)
    }
}

/// Keeps the first three and the last four digits.
#[must_use]
pub fn mask_phone(number: &str) -> String {
    let tail: String = number
        .chars()
        .skip(number.chars().count().saturating_sub(4))
        .collect();
    let head: String = number.chars().take(3).collect();
    format!("{head}****{tail}")
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone(…)")
    }
}

/// A password on its way to being hashed. Never printed, never stored.
#[derive(Clone)]
pub struct Password(String);

/// Longer ones would only cost hashing time.
pub const PASSWORD_MAX: usize = 128;
/// NIST SP 800-63B asks for at least 8; length matters more than kinds of characters.
pub const PASSWORD_MIN: usize = 10;

impl Password {
    /// A new password must be long enough and not one of the most used.
    ///
    /// # Errors
    /// The flaw, if any.
    pub fn choose(raw: &str) -> Result<Self, Flaw> {
        const COMMON: &[&str] = &[
            "1234567890",
            "12345678910",
            "0123456789",
            "1111111111",
            "0000000000",
            "qwertyuiop",
            "password123",
            "password1234",
            "1q2w3e4r5t",
            "a123456789",
            "woaini1314",
            "qq123456789",
            "abcdefghij",
            "9876543210",
            "8888888888",
            "6666666666",
            "linli123456",
        ];
        match raw.chars().count() {
            0 => Err(Flaw::Required),
            n if n < PASSWORD_MIN => Err(Flaw::TooShort),
            n if n > PASSWORD_MAX => Err(Flaw::TooLong),
            _ if COMMON.contains(&raw.to_lowercase().as_str()) => Err(Flaw::TooCommon),
            _ => Ok(Self(raw.to_owned())),
        }
    }

    /// A password that somebody offers to log in: any text that is not absurdly long.
    #[must_use]
    pub fn offered(raw: &str) -> Self {
        Self(raw.chars().take(PASSWORD_MAX).collect())
    }

    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Which side of a tenant a session is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hat {
    Staff,
    Resident,
}

impl Hat {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Resident => "resident",
        }
    }
}

/// What a page is made under, and carries along in all that it asks for: `demo.staff`. A session
/// that wears another hat by then refuses it.
#[must_use]
pub fn worn(slug: &str, hat: Hat) -> String {
    format!("{slug}.{}", hat.as_str())
}

/// Who is logged in, as the pages see it.
#[expect(clippy::struct_excessive_bools, reason = "what a page says first")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    pub person: PersonId,
    pub session: SessionId,
    pub name: String,
    pub tenant: TenantId,
    pub tenant_name: String,
    pub slug: String,
    pub hat: Hat,
    /// All that some grant allows somewhere: which rooms and buttons to show.
    pub may: Actions,
    /// All that some grant allows in the whole company.
    pub may_everywhere: Actions,
    pub households: Vec<HouseholdId>,
    /// The tenant's zone right now, in seconds east of UTC.
    pub utc_offset_s: i32,
    /// Whether the tenant is suspended and so only reads.
    pub suspended: bool,
    /// The company lets this person do nothing before they have a second factor.
    pub second_factor_first: bool,
    /// Another session of this person was opened on an unusual device, and nobody has looked yet.
    pub unusual: bool,
    /// They have not agreed to the privacy notice as it is now.
    pub notice_due: bool,
    /// When the company's logo was set, in milliseconds since 1970, which its address carries; `None`
    /// where it has none.
    pub logo: Option<i64>,
}

impl Me {
    /// Whether some grant allows it somewhere.
    #[must_use]
    pub fn may(&self, action: Action) -> bool {
        self.may.contains(action)
    }

    /// What the pages of this session are made under; see [`worn`].
    #[must_use]
    pub fn worn(&self) -> String {
        worn(&self.slug, self.hat)
    }
}

/// Log-in form. `tenant` is the slug and may be empty where the person has one hat only.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct LoginForm {
    #[serde(default)]
    pub tenant: String,
    pub login: String,
    pub password: String,
}

impl fmt::Debug for LoginForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginForm")
            .field("tenant", &self.tenant)
            .finish_non_exhaustive()
    }
}

/// What an owner sees on an invitation before accepting it: where they are invited to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    pub company: String,
    /// e.g. `阳光花园 3号楼 2单元 1202`
    pub home: String,
    /// The resident's name as the company wrote it, first character only: `王**`.
    pub name_hint: String,
}

/// Accepting an invitation: a new log-in, or the password of the one that is there already.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct AcceptForm {
    pub token: String,
    pub login: String,
    pub password: String,
}

impl AcceptForm {
    /// The log-in and the password that were chosen.
    ///
    /// # Errors
    /// `invalid` with the flawed fields.
    pub fn checked(&self) -> Result<(Login, Password), Problem> {
        let mut check = Check::default();
        let login = check.take("login", Login::parse(&self.login));
        let password = check.take("password", Password::choose(&self.password));
        check.done((|| Some((login?, password?)))())
    }
}

impl fmt::Debug for AcceptForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AcceptForm(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_types_a_number_in_many_ways() {
        for raw in [
            "13812345678",
            "+86 138 1234 5678",
            "0086-138-1234-5678",
            " 138 1234 5678 ",
        ] {
            assert_eq!(Login::parse(raw).unwrap().as_str(), "13812345678", "{raw}");
        }
        assert_eq!(Login::parse("Admin@Demo").unwrap().as_str(), "admin@demo");
        for (raw, mail) in [
            ("Zhou@Linli.example", true),
            ("admin@demo", false),
            ("a@b.", false),
            ("13812345678", false),
        ] {
            assert_eq!(Login::parse(raw).unwrap().is_mail(), mail, "{raw}");
        }
        for raw in [
            "",
            "ab",
            "12345",
            "a b@c",
            "@c",
            "a@",
            "a@b@c",
            "12012345678",
        ] {
            assert!(Login::parse(raw).is_err(), "{raw}");
        }
        assert_eq!(Phone::parse("13812345678").unwrap().masked(), "138****5678");
    }

    #[test]
    fn secrets_do_not_print() {
        let password = Password::choose("correct horse battery").unwrap();
        assert!(!format!("{password:?}").contains("horse"));
        assert!(!format!("{:?}", Login::parse("a@b").unwrap()).contains("a@b"));
        assert_eq!(Password::choose("1234567890").unwrap_err(), Flaw::TooCommon);
        assert_eq!(Password::choose("short").unwrap_err(), Flaw::TooShort);
    }
}
