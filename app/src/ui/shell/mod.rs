//! The frames around pages: the desk's console, the owner's home, the public site.

mod console;
mod home;
mod site;

pub use console::{ConsoleShell, RailItem, SwitchItem};
pub use home::HomeShell;
pub use site::SiteShell;

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::i18n::{tu_string, use_i18n};

/// The first thing that the tab key reaches.
fn skip_link() -> AnyView {
    let i18n = use_i18n();
    // The browser's own way, and not the router's: that one would leave the focus where it was.
    view! { <a class="skip" href="#main" rel="external">{tu_string!(i18n, ui.skip)}</a> }.into_any()
}

/// Whether the page shown is this one or lies below it.
fn is_here(href: String, exact: bool) -> Signal<bool> {
    let here = use_location().pathname;
    Signal::derive(move || {
        here.with(|here| match here.strip_prefix(href.as_str()) {
            Some("") => true,
            Some(rest) => !exact && (rest.starts_with('/') || href.ends_with('/')),
            None => false,
        })
    })
}
