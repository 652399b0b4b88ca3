//! Property companies: their address on the site and what a sign-up must say.

pub mod logo;
pub mod steps;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    estates::words,
    identity::{Login, Password},
    problem::{Check, Flaw, Problem, text},
};
pub use logo::LogoKind;
pub use steps::Step;

/// Words that no company may take as its address: they are ours, or would look like ours.
pub const RESERVED: &[&str] = &[
    "account", "admin", "api", "app", "assets", "billing", "claim", "company", "console", "docs",
    "edge", "favicon", "fn", "healthz", "help", "home", "hooks", "invite", "join", "linli", "live",
    "login", "logo", "logout", "mail", "manifest", "metrics", "mqtt", "operator", "pay", "pkg",
    "platform", "public", "readyz", "robots", "root", "security", "signup", "static", "status",
    "support", "system", "test", "www",
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
    /// Four fifths of it or more are used: worth a word before it is full.
    #[must_use]
    pub const fn is_near(self) -> bool {
        self.used.saturating_mul(5) >= self.most.saturating_mul(4)
    }

    #[must_use]
    pub const fn is_full(self) -> bool {
        self.used >= self.most
    }

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
    /// Stored since the company's own midnight. What comes over it is refused until the next one.
    pub readings: Quota,
    /// In bytes, estimated.
    pub storage: Quota,
}

/// What a verb may add to, of what a plan counts.
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

words! {
    /// What a company reckons in (ISO 4217).
    Currency {
        Cny = "CNY" [];
        Hkd = "HKD" [];
        Mop = "MOP" [];
        Twd = "TWD" [];
        Sgd = "SGD" [];
        Myr = "MYR" [];
        Usd = "USD" [];
        Eur = "EUR" [];
        Jpy = "JPY" [];
    }
}

words! {
    /// What the company speaks to whoever has not chosen for themselves.
    Language {
        ZhCn = "zh-CN" [];
        En = "en" [];
    }
}

/// What a company changes of what it says about itself; what is not there stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompanyForm {
    pub name: Option<String>,
    /// An IANA name such as `Asia/Shanghai`.
    pub time_zone: Option<String>,
    /// A [`Currency`]'s word.
    pub currency: Option<String>,
    /// A [`Language`]'s word.
    pub language: Option<String>,
}

/// The same, whose every field holds. That the zone exists, its tables say: they are not here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company {
    pub name: Option<String>,
    pub time_zone: Option<String>,
    pub currency: Option<Currency>,
    pub language: Option<Language>,
}

impl TryFrom<CompanyForm> for Company {
    type Error = Problem;

    fn try_from(form: CompanyForm) -> Result<Self, Problem> {
        let mut check = Check::default();
        let paid = |text: &str| Currency::parse(text.trim()).ok_or(Flaw::Unknown);
        let spoken = |text: &str| Language::parse(text.trim()).ok_or(Flaw::Unknown);
        let name = form.name.map(|name| text(&name, 2, 80)).transpose();
        let zone = form.time_zone.map(|zone| text(&zone, 1, 64)).transpose();
        let currency = form.currency.as_deref().map(paid).transpose();
        let language = form.language.as_deref().map(spoken).transpose();
        let name = check.take("name", name);
        let time_zone = check.take("time_zone", zone);
        let currency = check.take("currency", currency);
        let language = check.take("language", language);
        check.done((|| {
            Some(Self {
                name: name?,
                time_zone: time_zone?,
                currency: currency?,
                language: language?,
            })
        })())
    }
}

/// A company to itself: what it says about itself, and what it uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompanyView {
    pub slug: String,
    pub name: String,
    pub time_zone: String,
    pub currency: Currency,
    pub language: Language,
    /// Since when it only reads, and why, in the operator's words.
    pub suspended: Option<Suspended>,
    /// When its logo was set.
    #[serde(default, with = "crate::time::maybe")]
    pub logo: Option<Timestamp>,
    pub usage: Usage,
    /// The first steps that are done, while somebody needs to see them.
    pub steps: Option<Vec<Step>>,
}

/// A company that looks and changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspended {
    #[serde(default, with = "crate::time::maybe")]
    pub since: Option<Timestamp>,
    pub why: String,
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
    fn a_quota_is_near_before_it_is_full() {
        for (used, near, full) in [(79, false, false), (80, true, false), (100, true, true)] {
            let quota = Quota { used, most: 100 };
            assert_eq!((quota.is_near(), quota.is_full()), (near, full), "{used}");
        }
    }

    #[test]
    fn a_company_changes_what_it_names() {
        let form = CompanyForm {
            currency: Some("XAU".into()),
            language: Some("tlh".into()),
            ..CompanyForm::default()
        };
        let refused = Company::try_from(form).unwrap_err();
        let fields: Vec<_> = refused.fields.into_iter().collect();
        let unknown = |field: &str| (field.to_owned(), Flaw::Unknown);
        assert_eq!(fields, [unknown("currency"), unknown("language")]);
        let form = CompanyForm {
            currency: Some("HKD".into()),
            ..CompanyForm::default()
        };
        let company = Company::try_from(form).unwrap();
        assert_eq!(
            (company.name, company.currency),
            (None, Some(Currency::Hkd))
        );
    }

    #[test]
    fn a_bad_signup_names_every_field_at_once() {
        let refused = Signup::try_from(SignupForm::default()).unwrap_err();
        assert_eq!(refused.fields.len(), 5);
    }
}
