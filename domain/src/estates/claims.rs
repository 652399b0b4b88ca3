//! Codes on paper: how an owner whose phone is on record opens a home, and how others ask for it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::words;
use crate::{
    id::{ClaimId, NoticeId, UnitId},
    identity::{Login, Password},
    problem::{Check, Flaw, Problem, text},
};

/// Crockford's base 32: no I, L, O or U, which are read as something else.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// 50 bits: with five tries a code, and the throttles before them, not to be guessed.
const LENGTH: usize = 10;

/// The secret on a slip of paper, in its canonical form.
#[derive(Clone, PartialEq, Eq)]
pub struct HomeCode(String);

impl HomeCode {
    /// A code of random bytes, five bits of each.
    #[must_use]
    pub fn of(random: [u8; LENGTH]) -> Self {
        let letter = |byte: u8| LETTERS.get(usize::from(byte % 32)).copied().unwrap_or(b'0');
        Self(
            random
                .into_iter()
                .map(|byte| char::from(letter(byte)))
                .collect(),
        )
    }

    /// Reads a code as people type it: in any case, with spaces or hyphens, O for 0, I and L for 1.
    ///
    /// # Errors
    /// `required` for nothing, `malformed` for what is no code.
    pub fn parse(raw: &str) -> Result<Self, Flaw> {
        let letters: String = raw
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '–' | '—' | '_'))
            .map(|c| match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                c => c,
            })
            .collect();
        if letters.is_empty() {
            return Err(Flaw::Required);
        }
        let known = letters.bytes().all(|b| LETTERS.contains(&b));
        if letters.len() == LENGTH && known {
            Ok(Self(letters))
        } else {
            Err(Flaw::Malformed)
        }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// In two groups, as it is printed: `7K3QF-9XW2M`.
    #[must_use]
    pub fn grouped(&self) -> String {
        let (first, rest) = self.0.split_at_checked(LENGTH / 2).unwrap_or((&self.0, ""));
        format!("{first}-{rest}")
    }
}

impl fmt::Debug for HomeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HomeCode(…)")
    }
}

/// What an owner says to open a home, as a form says it.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct ClaimForm {
    pub code: String,
    /// Or the whole name.
    pub surname: String,
    /// The last four digits of the phone on record.
    #[serde(default)]
    pub last_digits: String,
    /// Whether the phone on record is not theirs (any more): then staff look at it.
    #[serde(default)]
    pub other_phone: bool,
    pub login: String,
    pub password: String,
}

impl fmt::Debug for ClaimForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClaimForm(…)")
    }
}

/// The same, whose every field holds.
#[derive(Debug, Clone)]
pub struct Claim {
    pub code: HomeCode,
    pub surname: Said,
    /// `None` where the phone is not theirs.
    pub last_digits: Option<Said>,
    pub login: Login,
    pub password: Password,
}

/// Something about a person that is compared and never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Said(pub String);

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Said(…)")
    }
}

impl Said {
    /// Whether a name begins with it: a surname, or all of the name.
    #[must_use]
    pub fn begins(&self, name: &str) -> bool {
        let plain = |text: &str| -> String {
            let letters = text.chars().filter(|c| !c.is_whitespace());
            letters.flat_map(char::to_lowercase).collect()
        };
        let said = plain(&self.0);
        !said.is_empty() && plain(name).starts_with(&said)
    }

    /// Whether a phone number ends with it.
    #[must_use]
    pub fn ends(&self, phone: &str) -> bool {
        self.0.len() == 4 && phone.ends_with(&self.0)
    }
}

impl TryFrom<ClaimForm> for Claim {
    type Error = Problem;

    fn try_from(form: ClaimForm) -> Result<Self, Problem> {
        let mut check = Check::default();
        let code = check.take("code", HomeCode::parse(&form.code));
        let surname = check.take("surname", text(&form.surname, 1, 60));
        let digits: String = form.last_digits.trim().to_owned();
        let last_digits = match digits.as_str() {
            _ if form.other_phone => Ok(None),
            "" => Err(Flaw::Required),
            text if text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit()) => {
                Ok(Some(Said(digits)))
            }
            _ => Err(Flaw::Malformed),
        };
        let last_digits = check.take("last_digits", last_digits);
        let login = check.take("login", Login::parse(&form.login));
        let password = check.take("password", Password::choose(&form.password));
        let whole = (|| {
            Some(Self {
                code: code?,
                surname: Said(surname?),
                last_digits: last_digits?,
                login: login?,
                password: password?,
            })
        })();
        check.done(whole)
    }
}

/// How a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimState {
    Waiting,
    Accepted,
    Refused,
}

impl ClaimState {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let all = [Self::Waiting, Self::Accepted, Self::Refused];
        all.into_iter().find(|state| state.as_str() == text)
    }
}

/// Why a home does not open by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimReason {
    /// No phone is on record.
    NoPhone,
    /// The one on record is not theirs, they say.
    OtherPhone,
    /// An owner has come in already.
    OpenAlready,
}

impl ClaimReason {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoPhone => "no_phone",
            Self::OtherPhone => "other_phone",
            Self::OpenAlready => "open_already",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let all = [Self::NoPhone, Self::OtherPhone, Self::OpenAlready];
        all.into_iter().find(|reason| reason.as_str() == text)
    }
}

/// A request as whoever made it sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimStatus {
    pub company: String,
    pub state: ClaimState,
}

/// A request as staff see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimRow {
    pub id: ClaimId,
    pub unit: UnitId,
    /// `阳光花园 3号楼 2单元 1202`
    pub home: String,
    /// The owner on record whom they say they are.
    pub owner: String,
    pub reason: ClaimReason,
    /// Whether an owner of the home has come in, and was told.
    pub open_already: bool,
    #[serde(with = "crate::time")]
    pub created_at: jiff::Timestamp,
}

/// A home that a code can be printed for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeHome {
    pub unit: UnitId,
    /// `3号楼 2单元 1202`
    pub address: String,
    /// Whether an owner has come in.
    pub open: bool,
    /// Until when the code that was printed last opens.
    #[serde(default, with = "crate::time::maybe")]
    pub until: Option<jiff::Timestamp>,
}

/// A slip of paper.
#[derive(Debug, Clone)]
pub struct Slip {
    pub estate: String,
    pub address: String,
    pub code: HomeCode,
}

words! {
    /// What an owner is told of.
    NoticeKind {
        /// Somebody else wants to come in.
        Claim = "claim" [];
        /// The desk changed the phone number that is on record for somebody of the home.
        PhoneChanged = "phone_changed" [];
    }
}

/// What an owner is told on their first page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HomeNotice {
    pub id: NoticeId,
    pub kind: NoticeKind,
    #[serde(with = "crate::time")]
    pub created_at: jiff::Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_people_type_them() {
        let code = HomeCode::of([0, 1, 2, 31, 30, 255, 64, 10, 18, 17]);
        assert_eq!(code.as_str(), "012ZYZ0AJH");
        assert_eq!(code.grouped(), "012ZY-Z0AJH");
        for raw in ["012zy-z0ajh", " 0I2ZY ZOAJH", "OL2zyzoajh"] {
            assert_eq!(HomeCode::parse(raw), Ok(code.clone()), "{raw}");
        }
        assert_eq!(HomeCode::parse(" - "), Err(Flaw::Required));
        for raw in [
            "012ZY",
            "012ZY-Z0AJHX",
            "U12ZYZ0AJH",
            "一二三四五六七八九十",
        ] {
            assert_eq!(HomeCode::parse(raw), Err(Flaw::Malformed), "{raw}");
        }
        assert!(!format!("{code:?}").contains("012"));
    }

    #[test]
    fn a_surname_is_enough() {
        let said = |text: &str| Said(text.to_owned());
        for (text, name, fits) in [
            ("王", "王小明", true),
            ("王小明", "王小明", true),
            ("欧阳", "欧阳 修", true),
            ("smith", "Smith John", true),
            ("李", "王小明", false),
            ("小明", "王小明", false),
            (" ", "王小明", false),
        ] {
            assert_eq!(said(text).begins(name), fits, "{text} {name}");
        }
        assert!(said("5678").ends("13812345678"));
        assert!(!said("678").ends("13812345678"));
    }

    #[test]
    fn a_claim_names_all_its_flaws() {
        let problem = Claim::try_from(ClaimForm::default()).unwrap_err();
        let fields: Vec<_> = problem.fields.keys().map(String::as_str).collect();
        assert_eq!(
            fields,
            ["code", "last_digits", "login", "password", "surname"]
        );
    }
}
