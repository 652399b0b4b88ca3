//! Language, theme and the columns of lists: links and forms that the server answers, so all work
//! before wasm arrives.
//!
//! `?lang=en` and `?theme=dark` on any page set a cookie and lead back to the same page
//! without the parameter; `?columns=units&column=area&column=use` leads back with
//! `show=area,use`. [`change`] is what the server's middleware asks.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::{Icon, Menu};
#[cfg(feature = "ssr")]
use crate::columns::{COLUMN, LIST, List, SHOW};
use crate::i18n::{LANGUAGES, locale, tu_string, use_i18n};

/// Holds `light` or `dark`; absent means that the system decides.
pub const THEME_COOKIE: &str = "linli_theme";

/// The themes on offer, as they stand in the address.
const THEMES: [&str; 3] = ["auto", "light", "dark"];

/// The theme for `<html data-theme>` of the request that is being answered; `None` follows
/// the system.
#[cfg(feature = "ssr")]
pub fn theme_attribute() -> Option<&'static str> {
    let parts = use_context::<axum::http::request::Parts>()?;
    match cookie(&parts.headers, THEME_COOKIE)?.as_str() {
        "light" => Some("linli-light"),
        "dark" => Some("linli-dark"),
        _ => None,
    }
}

/// Only the server writes the document around the page.
#[cfg(not(feature = "ssr"))]
pub fn theme_attribute() -> Option<&'static str> {
    None
}

/// The value of one cookie.
#[cfg(feature = "ssr")]
pub fn cookie(headers: &axum::http::HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(axum::http::header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

/// What the server answers to a link that changes language or theme, or to chosen columns.
#[cfg(feature = "ssr")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Whole `Set-Cookie` values.
    pub set_cookies: Vec<String>,
    /// Where to go on (303): the same path with the rest of the query.
    pub location: String,
}

/// How long a choice is kept: a year, in seconds.
#[cfg(feature = "ssr")]
const KEPT: u32 = 31_536_000;

/// Reads `lang`, `theme` and the columns of a list from a page's address; `None` when there is
/// nothing to do.
///
/// Only known values come back out, so nothing from the address reaches a header.
#[cfg(feature = "ssr")]
pub fn change(path: &str, query: Option<&str>, secure: bool) -> Option<Change> {
    let secure = if secure { "; Secure" } else { "" };
    let cookie = |name: &str, value: &str, kept: u32| {
        format!("{name}={value}; Path=/; Max-Age={kept}; SameSite=Lax{secure}")
    };
    let mut set_cookies = Vec::new();
    let mut rest: Vec<String> = Vec::new();
    let query = query?;
    let pairs = || {
        let pairs = query.split('&');
        pairs.map(|pair| (pair, pair.split_once('=').unwrap_or((pair, ""))))
    };
    let list = pairs().find_map(|(_, (key, value))| {
        let known = List::ALL.into_iter().find(|list| list.word() == value);
        known.filter(|_| key == LIST)
    });
    for (pair, (key, value)) in pairs() {
        // Said anew below.
        if list.is_some() && [LIST, COLUMN, SHOW].contains(&key) {
            continue;
        }
        let known = match key {
            "lang" => LANGUAGES
                .iter()
                .find(|(code, _)| *code == value)
                .map(|(code, _)| (crate::i18n::LANG_COOKIE, *code, KEPT)),
            "theme" => THEMES.iter().find(|name| **name == value).map(|name| {
                let kept = if *name == "auto" { 0 } else { KEPT };
                (THEME_COOKIE, *name, kept)
            }),
            _ => None,
        };
        if let Some((name, value, kept)) = known {
            set_cookies.push(cookie(name, value, kept));
        } else if !pair.is_empty() {
            rest.push(pair.to_owned());
        }
    }
    if let Some(list) = list {
        let given = pairs().filter(|(_, (key, _))| *key == COLUMN);
        let given: Vec<&str> = given.map(|(_, (_, value))| value).collect();
        let words = list.known(&given.join(","));
        set_cookies.push(cookie(list.cookie(), &words, KEPT));
        rest.push(format!("{SHOW}={words}"));
    }
    if set_cookies.is_empty() {
        return None;
    }
    // `//host` would lead away from this site.
    let path = format!("/{}", path.trim_start_matches(['/', '\\']));
    let location = if rest.is_empty() {
        path
    } else {
        format!("{path}?{}", rest.join("&"))
    };
    Some(Change {
        set_cookies,
        location,
    })
}

/// The address of this page with one parameter more.
fn here_with(key: &'static str, value: &'static str) -> Signal<String> {
    let here = use_location();
    Signal::derive(move || {
        let path = here.pathname.get();
        let search = here.search.get();
        let search = search.trim_start_matches('?');
        let join = if search.is_empty() { "" } else { "&" };
        format!("{path}?{search}{join}{key}={value}")
    })
}

/// Links to the other languages; for the site's head and foot.
#[component]
pub fn LanguageLinks() -> impl IntoView {
    let current = locale().to_string();
    LANGUAGES
        .iter()
        .filter(|(code, _)| *code != current)
        .map(|(code, name)| {
            view! {
                <a href=here_with("lang", code) rel="external" lang=*code class="lang-link">
                    {*name}
                </a>
            }
        })
        .collect_view()
}

/// Language and theme as two groups of links, for inside a menu.
#[component]
pub fn PrefLinks() -> impl IntoView {
    let i18n = use_i18n();
    let current = locale().to_string();
    let languages = LANGUAGES
        .iter()
        .map(|(code, name)| {
            let chosen = (*code == current).then_some("true");
            view! {
                <a
                    class="menu-item"
                    href=here_with("lang", code)
                    rel="external"
                    lang=*code
                    aria-current=chosen
                >
                    {*name}
                </a>
            }
        })
        .collect_view();
    let themes = THEMES
        .iter()
        .map(|name| {
            let (icon, label) = match *name {
                "light" => (Icon::Sun, tu_string!(i18n, ui.theme_light)),
                "dark" => (Icon::Moon, tu_string!(i18n, ui.theme_dark)),
                _ => (Icon::SunMoon, tu_string!(i18n, ui.theme_auto)),
            };
            view! {
                <a class="menu-item" href=here_with("theme", name) rel="external">
                    {icon.view()}
                    {label}
                </a>
            }
        })
        .collect_view();
    view! {
        <div class="menu-group" role="group" aria-label=tu_string!(i18n, ui.theme)>
            {themes}
        </div>
        <div class="menu-group" role="group" aria-label=tu_string!(i18n, ui.language)>
            {languages}
        </div>
    }
}

/// Language and theme behind one button, where there is no person menu to hold them.
#[component]
pub fn PrefMenu() -> impl IntoView {
    let i18n = use_i18n();
    let label = format!(
        "{} · {}",
        tu_string!(i18n, ui.language),
        tu_string!(i18n, ui.theme)
    );
    view! {
        <Menu label=label end=true bare=true button=Icon::Languages.view().into_any()>
            <PrefLinks />
        </Menu>
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn a_known_choice_sets_a_cookie_and_leads_back() {
        let change = change("/console/devices", Some("state=late&lang=en"), true).unwrap();
        assert_eq!(change.location, "/console/devices?state=late");
        assert_eq!(
            change.set_cookies,
            ["linli_lang=en; Path=/; Max-Age=31536000; SameSite=Lax; Secure"]
        );
    }

    #[test]
    fn chosen_columns_are_kept_and_shown() {
        let asked = "columns=units&code=12&show=floor&column=owners&column=area&column=x%0d%0a";
        let change = change("/console/estates/est_1", Some(asked), true).unwrap();
        assert_eq!(
            change.location,
            "/console/estates/est_1?code=12&show=area,owners"
        );
        assert_eq!(
            change.set_cookies,
            ["linli_units=area,owners; Path=/; Max-Age=31536000; SameSite=Lax; Secure"]
        );
    }

    #[test]
    fn no_columns_are_a_choice_as_well() {
        let change = change(
            "/console/devices",
            Some("estate=est_1&columns=devices"),
            false,
        );
        let change = change.unwrap();
        assert_eq!(change.location, "/console/devices?estate=est_1&show=none");
        assert!(change.set_cookies[0].starts_with("linli_devices=none;"));
    }

    #[test]
    fn an_unknown_choice_does_nothing() {
        assert_eq!(change("/", Some("lang=xx%0d%0aSet-Cookie"), false), None);
        assert_eq!(change("/", None, false), None);
        assert_eq!(change("/", Some("columns=x&column=area"), false), None);
    }

    #[test]
    fn the_way_back_stays_on_this_site() {
        let change = change("//evil.example/x", Some("theme=dark"), false).unwrap();
        assert_eq!(change.location, "/evil.example/x");
    }
}
