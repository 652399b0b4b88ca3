//! The way back in for those who forgot their password.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Login, Password, SmsCode};
use crate::{
    estates::HomeCode,
    problem::{Check, Problem},
};

/// Which way leads back in, by what the log-in looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WayBack {
    /// If there is such a log-in, a link is on its way to it.
    Mail,
    /// If there is such a log-in, a code is on its way to it by SMS.
    Sms,
    /// The property company's desk prints a code.
    Desk,
}

/// A code that the desk prints for a resident.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResetSlip {
    /// In two groups: `7K3QF-9XW2M`.
    pub code: String,
    #[serde(with = "crate::time")]
    pub until: jiff::Timestamp,
}

impl fmt::Debug for ResetSlip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResetSlip(…)")
    }
}

/// A new password, as the form says it: with the token of a mailed link, or else with a code, on
/// paper or by SMS, and the log-in that it is for.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct ResetForm {
    #[serde(default)]
    pub token: String,
    #[serde(default)]
    pub login: String,
    #[serde(default)]
    pub code: String,
    pub password: String,
}

impl fmt::Debug for ResetForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResetForm(…)")
    }
}

/// What entitles somebody to a new password.
#[derive(Clone, PartialEq, Eq)]
pub enum Proof {
    /// The token of a mailed link.
    Link(String),
    Paper {
        code: HomeCode,
        login: Login,
    },
    Sms {
        code: SmsCode,
        login: Login,
    },
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proof(…)")
    }
}

/// The same, whose every field holds.
#[derive(Debug, Clone)]
pub struct Reset {
    pub proof: Proof,
    pub password: Password,
}

impl TryFrom<ResetForm> for Reset {
    type Error = Problem;

    fn try_from(form: ResetForm) -> Result<Self, Problem> {
        let mut check = Check::default();
        let proof = if form.token.is_empty() {
            let login = check.take("login", Login::parse(&form.login));
            // Six digits were sent; on paper there are ten letters and digits.
            if let Ok(code) = SmsCode::parse(&form.code) {
                login.map(|login| Proof::Sms { code, login })
            } else {
                let code = check.take("code", HomeCode::parse(&form.code));
                let both = code.zip(login);
                both.map(|(code, login)| Proof::Paper { code, login })
            }
        } else {
            Some(Proof::Link(form.token))
        };
        let password = check.take("password", Password::choose(&form.password));
        check.done(
            proof
                .zip(password)
                .map(|(proof, password)| Self { proof, password }),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Flaw;

    #[test]
    fn a_form_says_link_or_paper() {
        let form = ResetForm {
            password: "correct horse battery".into(),
            ..ResetForm::default()
        };
        let link = ResetForm {
            token: "abc".into(),
            ..form.clone()
        };
        assert_eq!(
            Reset::try_from(link).unwrap().proof,
            Proof::Link("abc".into())
        );
        let refused = Reset::try_from(form.clone()).unwrap_err();
        assert_eq!(refused.fields["code"], Flaw::Required);
        assert_eq!(refused.fields["login"], Flaw::Required);
        let paper = ResetForm {
            code: "7k3qf 9xw2m".into(),
            login: "138 1234 5678".into(),
            ..form.clone()
        };
        let sent = ResetForm {
            code: "123 456".into(),
            login: "138 1234 5678".into(),
            ..form
        };
        assert!(matches!(
            Reset::try_from(sent).unwrap().proof,
            Proof::Sms { .. }
        ));
        assert!(matches!(
            Reset::try_from(paper).unwrap().proof,
            Proof::Paper { .. }
        ));
        let short = ResetForm {
            token: "abc".into(),
            password: "short".into(),
            ..ResetForm::default()
        };
        let refused = Reset::try_from(short).unwrap_err();
        assert_eq!(refused.fields["password"], Flaw::TooShort);
    }
}
