//! Codes by SMS: six digits, for a new password or to log in with.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Login;
use crate::{
    estates::words,
    problem::{Check, Flaw, Problem},
};

words! {
    /// What a code that was sent opens; one for something else opens nothing.
    SmsUse {
        LogIn = "log_in" [];
        Reset = "reset" [];
    }
}

/// A code that was sent to a phone.
#[derive(Clone, PartialEq, Eq)]
pub struct SmsCode(String);

impl SmsCode {
    /// A code of random bytes.
    #[must_use]
    pub fn of(random: [u8; 8]) -> Self {
        // Of so many values to one code, that none of them is likelier does not matter.
        Self(format!("{:06}", u64::from_be_bytes(random) % 1_000_000))
    }

    /// Takes spaces and hyphens.
    ///
    /// # Errors
    /// `required` for nothing, `malformed` for what is no code.
    pub fn parse(raw: &str) -> Result<Self, Flaw> {
        let digits: String = raw
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .collect();
        if digits.is_empty() {
            return Err(Flaw::Required);
        }
        if digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self(digits))
        } else {
            Err(Flaw::Malformed)
        }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SmsCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SmsCode(…)")
    }
}

/// A log-in with a code instead of the password.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct SmsLoginForm {
    pub login: String,
    pub code: String,
}

impl fmt::Debug for SmsLoginForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SmsLoginForm(…)")
    }
}

/// The same, whose every field holds.
#[derive(Debug, Clone)]
pub struct SmsLogin {
    pub login: Login,
    pub code: SmsCode,
}

impl TryFrom<SmsLoginForm> for SmsLogin {
    type Error = Problem;

    fn try_from(form: SmsLoginForm) -> Result<Self, Problem> {
        let mut check = Check::default();
        let login = check.take("login", Login::by_phone(&form.login));
        let code = check.take("code", SmsCode::parse(&form.code));
        let whole = login.zip(code);
        check.done(whole.map(|(login, code)| Self { login, code }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_six_digits() {
        assert_eq!(SmsCode::of([0; 8]).as_str(), "000000");
        assert_eq!(SmsCode::of(1_000_042_u64.to_be_bytes()).as_str(), "000042");
        assert_eq!(SmsCode::of([255; 8]).as_str().len(), 6);
        assert_eq!(SmsCode::parse(" 123 456").unwrap().as_str(), "123456");
        assert_eq!(SmsCode::parse(" - "), Err(Flaw::Required));
        for raw in ["12345", "1234567", "12345x", "１２３４５６"] {
            assert_eq!(SmsCode::parse(raw), Err(Flaw::Malformed), "{raw}");
        }
        assert!(!format!("{:?}", SmsCode::of([7; 8])).contains(char::is_numeric));
    }

    #[test]
    fn codes_go_to_phones_alone() {
        let form = SmsLoginForm {
            login: "wang@mail.example".to_owned(),
            code: "12".to_owned(),
        };
        let problem = SmsLogin::try_from(form).unwrap_err();
        assert_eq!(problem.fields.len(), 2, "{problem}");
        let form = SmsLoginForm {
            login: "+86 138 0000 0001".to_owned(),
            code: "123456".to_owned(),
        };
        let login = SmsLogin::try_from(form).unwrap().login;
        assert_eq!(login.phone().as_deref(), Some("+8613800000001"));
        let abroad = Login::by_phone("+49 170 1234567").unwrap();
        assert_eq!(abroad.phone().as_deref(), Some("+491701234567"));
        assert_eq!(Login::parse("admin@anju").unwrap().phone(), None);
    }
}
