//! Reasons in the reader's words.

use domain::privacy::KeepReason;

use crate::i18n::{Locale, td_string};

#[must_use]
pub fn reason(locale: Locale, reason: KeepReason) -> &'static str {
    match reason {
        KeepReason::Contract => td_string!(locale, privacy.reason_contract),
        KeepReason::Bills => td_string!(locale, privacy.reason_bills),
        KeepReason::Dispute => td_string!(locale, privacy.reason_dispute),
        KeepReason::Law => td_string!(locale, privacy.reason_law),
        KeepReason::Identity => td_string!(locale, privacy.reason_identity),
    }
}
