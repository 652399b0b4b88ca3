//! A person's own account: their sessions, their password, their second factor.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    id::{SessionId, TenantId},
    identity::Hat,
};

/// What a browser's `User-Agent` says in a few words: `Chrome · Android`. Coarse on purpose: a new
/// version is not a new device, and nobody is followed around by it.
#[must_use]
pub fn device(agent: &str) -> String {
    // The order matters: nearly all of them claim to be Safari, and many to be Chrome.
    const BROWSERS: [(&str, &str); 14] = [
        ("MicroMessenger", "WeChat"),
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("HuaweiBrowser", "Huawei"),
        ("MiuiBrowser", "MIUI"),
        ("SamsungBrowser", "Samsung"),
        ("QQBrowser", "QQ"),
        ("UCBrowser", "UC"),
        ("UBrowser", "UC"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 9] = [
        ("HarmonyOS", "HarmonyOS"),
        ("Android", "Android"),
        ("iPhone", "iOS"),
        ("iPad", "iPadOS"),
        ("Windows", "Windows"),
        ("CrOS", "ChromeOS"),
        ("Macintosh", "macOS"),
        ("X11", "Linux"),
        ("Linux", "Linux"),
    ];
    let first = |words: &[(&str, &'static str)]| {
        let found = words.iter().find(|(sign, _)| agent.contains(sign));
        found.map(|(_, name)| *name)
    };
    match (first(&BROWSERS), first(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} · {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "?".to_owned(),
    }
}

/// One of a person's sessions, as they see it themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnSession {
    pub id: SessionId,
    /// The company that it is with, and as whom.
    pub company: String,
    pub hat: Hat,
    /// `Chrome · Android`, or `API`.
    pub device: String,
    /// Where it was opened from.
    pub address: String,
    #[serde(with = "crate::time")]
    pub created_at: Timestamp,
    /// To five minutes.
    #[serde(with = "crate::time")]
    pub seen_at: Timestamp,
    /// It is the one that asks.
    pub current: bool,
    /// Opened on a device that the person had not used for ninety days, and not looked at since.
    pub unusual: bool,
}

/// One of a person's hats, as they see it themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnHat {
    pub tenant: TenantId,
    pub company: String,
    pub hat: Hat,
    /// It is the one that the asking session wears.
    pub current: bool,
}

/// How a person's second factor stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactor {
    Off,
    /// Shown and not yet switched on.
    Pending(Enrolling),
    On {
        /// Recovery codes that have not been used.
        codes_left: u32,
    },
}

/// What somebody needs to set their second factor up. Secret, and shown to its person only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolling {
    /// In base32, in groups of four.
    pub secret: String,
    /// The same as a picture for the phone's camera: SVG.
    pub picture: String,
    /// Each lets its person in once without the phone.
    pub codes: Vec<String>,
}

impl fmt::Debug for Enrolling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Enrolling(…)")
    }
}

/// A person's account, as they see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub name: String,
    /// Staff first.
    pub hats: Vec<OwnHat>,
    /// The newest first.
    pub sessions: Vec<OwnSession>,
    pub second_factor: SecondFactor,
    /// The company lets this person do nothing else before it is on.
    pub second_factor_first: bool,
}

/// Recovery codes as people copy them: without hyphens and spaces, in capitals, and with the
/// letters that look like figures read as figures (Crockford's base 32 has no I, L, O and U).
#[must_use]
pub fn plain_code(typed: &str) -> String {
    typed
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_in_a_few_words() {
        for (agent, words) in [
            (
                "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36",
                "Chrome · Android",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.50",
                "WeChat · iOS",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15",
                "Safari · macOS",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0",
                "Edge · Windows",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox · Linux",
            ),
            ("curl/8.5.0", "?"),
            ("", "?"),
        ] {
            assert_eq!(device(agent), words, "{agent}");
        }
    }

    #[test]
    fn a_code_is_read_as_people_copy_it() {
        assert_eq!(plain_code(" oil12-abcde "), "01112ABCDE");
    }

    #[test]
    fn secrets_do_not_print() {
        let enrolling = Enrolling {
            secret: "JBSW Y3DP".into(),
            picture: "<svg>".into(),
            codes: vec!["ABCDE-FGHJK".into()],
        };
        let shown = format!("{:?}", SecondFactor::Pending(enrolling));
        assert_eq!(shown, "Pending(Enrolling(…))");
    }
}
