//! Property companies: their address on the site and what a sign-up must say.

use serde::{Deserialize, Serialize};

use crate::{
    identity::{Login, Password},
    problem::{Check, Flaw, Problem, text},
};

/// Words that no company may take as its address: they are ours, or would look like ours.
pub const RESERVED: &[&str] = &[
    "admin", "api", "app", "assets", "billing", "console", "docs", "edge", "fn", "healthz", "help",
    "home", "hooks", "invite", "join", "linli", "live", "login", "logout", "mail", "metrics",
    "mqtt", "operator", "pay", "pkg", "platform", "public", "readyz", "root", "signup", "static",
    "status", "support", "system", "test", "www",
];

/// A company's short name in addresses and topics, for ever: `sunny-homes`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Slug(String);

impl Slug {
    /// 3 to 32 of `a-z`, `0-9` and inner single hyphens, starting with a letter.
    ///
    /// # Errors
    /// The flaw, if any; reserved words are refused.
    pub fn parse(raw: &str) -> Result<Self, Flaw> {
        let raw = text(raw, 3, 32)?;
        let shaped = raw
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && raw.starts_with(|c: char| c.is_ascii_lowercase())
            && !raw.ends_with('-')
            && !raw.contains("--");
        if !shaped {
            return Err(Flaw::Malformed);
        }
        if RESERVED.contains(&raw.as_str()) {
            return Err(Flaw::Reserved);
        }
        Ok(Self(raw))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A sign-up as it comes from a form or a client.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct SignupForm {
    pub company: String,
    pub slug: String,
    pub admin_name: String,
    pub login: String,
    pub password: String,
}

/// A sign-up whose every field holds.
pub struct Signup {
    pub company: String,
    pub slug: Slug,
    pub admin_name: String,
    pub login: Login,
    pub password: Password,
}

impl TryFrom<SignupForm> for Signup {
    type Error = Problem;

    fn try_from(form: SignupForm) -> Result<Self, Problem> {
        let mut check = Check::default();
        let company = check.take("company", text(&form.company, 2, 80));
        let slug = check.take("slug", Slug::parse(&form.slug));
        let admin_name = check.take("admin_name", text(&form.admin_name, 1, 60));
        let login = check.take("login", Login::parse(&form.login));
        let password = check.take("password", Password::choose(&form.password));
        let whole = (|| {
            Some(Self {
                company: company?,
                slug: slug?,
                admin_name: admin_name?,
                login: login?,
                password: password?,
            })
        })();
        check.done(whole)
    }
}

/// How much of something a company has, and may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    pub used: i64,
    pub most: i64,
}

impl Quota {
    /// Whether `more` of it would still fit.
    #[must_use]
    pub const fn has_room_for(self, more: i64) -> bool {
        self.used.saturating_add(more) <= self.most
    }
}

/// A company's plan and what is used of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// `trial`, `standard`, `group`.
    pub plan: String,
    pub estates: Quota,
    pub units: Quota,
    pub devices: Quota,
}

/// What a plan counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    Estates,
    Units,
    Devices,
}

impl Usage {
    #[must_use]
    pub const fn of(&self, counted: Counted) -> Quota {
        match counted {
            Counted::Estates => self.estates,
            Counted::Units => self.units,
            Counted::Devices => self.devices,
        }
    }
}

impl Counted {
    /// The field that a refusal names.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Estates => "estates",
            Self::Units => "units",
            Self::Devices => "devices",
        }
    }
}

/// What a company says about itself, as a form has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompanyForm {
    pub name: String,
    /// An IANA name such as `Asia/Shanghai`.
    pub time_zone: String,
}

/// The same, whose every field holds. That the zone exists, its tables say: they are not here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company {
    pub name: String,
    pub time_zone: String,
}

impl TryFrom<CompanyForm> for Company {
    type Error = Problem;

    fn try_from(form: CompanyForm) -> Result<Self, Problem> {
        let mut check = Check::default();
        let name = check.take("name", text(&form.name, 2, 80));
        let time_zone = check.take("time_zone", text(&form.time_zone, 1, 64));
        check.done((|| {
            Some(Self {
                name: name?,
                time_zone: time_zone?,
            })
        })())
    }
}

/// The company's page: what it says about itself, and what it uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompanyView {
    pub slug: String,
    pub name: String,
    pub time_zone: String,
    pub usage: Usage,
}

impl std::fmt::Debug for SignupForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignupForm")
            .field("slug", &self.slug)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Signup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signup")
            .field("slug", &self.slug)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs() {
        assert!(Slug::parse("sunny-homes2").is_ok());
        for (raw, flaw) in [
            ("", Flaw::Required),
            ("ab", Flaw::TooShort),
            ("Sunny", Flaw::Malformed),
            ("阳光物业", Flaw::Malformed),
            ("-sunny", Flaw::Malformed),
            ("sunny-", Flaw::Malformed),
            ("sun--ny", Flaw::Malformed),
            ("9sun", Flaw::Malformed),
            ("console", Flaw::Reserved),
        ] {
            assert_eq!(Slug::parse(raw), Err(flaw), "{raw}");
        }
        assert_eq!(Slug::parse(&"a".repeat(33)), Err(Flaw::TooLong));
    }

    #[test]
    fn a_bad_signup_names_every_field_at_once() {
        let refused = Signup::try_from(SignupForm::default()).unwrap_err();
        assert_eq!(refused.fields.len(), 5);
    }
}
