//! The public site: landing, sign-up, log-in.

use leptos::prelude::*;

use super::skip_link;
use crate::ui::prefs::{LanguageLinks, PrefMenu};
use crate::ui::{LinkItem, Logo};

/// The frame of the public pages.
#[component]
pub fn SiteShell(
    /// Links in the head, before the language.
    #[prop(optional)]
    links: Vec<LinkItem>,
    /// The one button at the right, if the page itself is not about it.
    #[prop(optional)]
    action: Option<AnyView>,
    /// A narrow column in the middle: for log-in and sign-up.
    #[prop(optional)]
    narrow: bool,
    /// The line at the bottom.
    #[prop(optional)]
    foot: Option<AnyView>,
    children: Children,
) -> impl IntoView {
    let links = links
        .into_iter()
        .map(|link| {
            view! {
                <a
                    class="site-link"
                    href=link.href
                    aria-current=link.current.then_some("page")
                >
                    {link.label}
                </a>
            }
        })
        .collect_view();
    let main_class = if narrow {
        "site-main site-narrow"
    } else {
        "site-main"
    };
    view! {
        <div class="site">
            {skip_link()}
            <header class="site-head">
                <a class="site-logo" href="/">
                    <Logo />
                </a>
                <nav class="site-links">{links} <LanguageLinks /> {action}</nav>
            </header>
            <main class=main_class id="main" tabindex="-1">
                {children()}
            </main>
            <footer class="site-foot">{foot} <PrefMenu /></footer>
        </div>
    }
    .into_any()
}
