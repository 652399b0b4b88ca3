//! Which columns of a list somebody has chosen: a part of its address, kept in a cookie for the next
//! visit.

use domain::{columns::Columns, devices::DeviceColumn, estates::UnitColumn};

/// In the form that chooses: whose columns they are, and each one that is to be shown.
pub const LIST: &str = "columns";
pub const COLUMN: &str = "column";
/// In an address: the columns that are shown, joined by commas.
pub const SHOW: &str = "show";

/// A list whose columns may be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    Units,
    Devices,
}

impl List {
    pub const ALL: [Self; 2] = [Self::Units, Self::Devices];

    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Units => "units",
            Self::Devices => "devices",
        }
    }

    /// Holds the words of the columns that were chosen last.
    #[must_use]
    pub const fn cookie(self) -> &'static str {
        match self {
            Self::Units => "linli_units",
            Self::Devices => "linli_devices",
        }
    }

    /// What of these words are columns of the list, in its order: nothing else reaches a header.
    #[must_use]
    pub fn known(self, words: &str) -> String {
        match self {
            Self::Units => Columns::<UnitColumn>::read(words).to_string(),
            Self::Devices => Columns::<DeviceColumn>::read(words).to_string(),
        }
    }

    /// The columns that an address asks for, else those that were chosen last, else the usual ones.
    #[cfg(feature = "ssr")]
    #[must_use]
    pub fn chosen<C: domain::columns::Column>(
        self,
        show: Option<&str>,
        headers: &axum::http::HeaderMap,
    ) -> Columns<C> {
        let kept = || crate::ui::prefs::cookie(headers, self.cookie());
        let words = show.map(str::to_owned).or_else(kept);
        words.map_or_else(Columns::usual, |words| Columns::read(&words))
    }

    /// The same for the request that is being answered.
    #[cfg(feature = "ssr")]
    #[must_use]
    pub fn shown<C: domain::columns::Column>(self, show: Option<&str>) -> Columns<C> {
        let parts = leptos::prelude::use_context::<axum::http::request::Parts>();
        let headers = parts.map(|parts| parts.headers).unwrap_or_default();
        self.chosen(show, &headers)
    }
}
