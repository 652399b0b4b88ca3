//! Languages. Words live in `locales/<language>/<room>.json`; a key that does not exist
//! does not compile.
//!
//! The server picks the language (cookie [`LANG_COOKIE`], then the company of whoever is logged
//! in, then `Accept-Language`, then Chinese)
//! and writes it to `<html lang>`, where the browser's side reads it. Changing it is a link
//! that the server answers (see [`crate::ui::prefs`]), so it works before wasm arrives, and
//! no text on the page has to be reactive: `tu_string!` is the macro to reach for.

use leptos::prelude::*;

#[allow(
    dead_code,
    unused_imports,
    reason = "the generator offers more than is used here"
)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/i18n/mod.rs"));
}

pub use generated::i18n::{Locale, t, t_string, td, td_string, tu, tu_string, use_i18n};

/// Holds `zh-CN` or `en`; set by the server when a link carries `?lang=`.
pub const LANG_COOKIE: &str = "linli_lang";

/// The languages on offer: code and the name that its speakers use.
pub const LANGUAGES: [(&str, &str); 2] = [("zh-CN", "中文"), ("en", "English")];

/// The language of this page. Call it while a component is being built, not in an event handler.
pub fn locale() -> Locale {
    use_i18n().get_locale_untracked()
}

/// Provides the language to everything inside and writes `<html lang>`.
#[component]
pub fn LocaleProvider(children: Children) -> impl IntoView {
    use generated::i18n::I18nContextProvider;
    use leptos_i18n::context::UseLocalesOptions;

    let wanted = UseLocalesOptions::default().ssr_lang_header_getter(wanted);
    let inner = move || children();
    view! {
        <I18nContextProvider
            enable_cookie=false
            set_dir_attr_on_html=false
            ssr_lang_header_getter=wanted
        >
            {inner()}
        </I18nContextProvider>
    }
}

/// The list of languages that the request asks for, the chosen one first.
#[cfg(feature = "ssr")]
fn wanted() -> Option<String> {
    let parts = use_context::<axum::http::request::Parts>()?;
    if let Some(chosen) = crate::ui::prefs::cookie(&parts.headers, LANG_COOKIE)
        && LANGUAGES.iter().any(|(code, _)| *code == chosen)
    {
        return Some(chosen);
    }
    if let Some(cx) = parts.extensions.get::<backend::Cx>() {
        return Some(cx.tenant.language.as_str().to_owned());
    }
    let header = parts.headers.get(axum::http::header::ACCEPT_LANGUAGE)?;
    header.to_str().ok().map(str::to_owned)
}

/// In the browser the language is read from `<html lang>` instead.
#[cfg(not(feature = "ssr"))]
fn wanted() -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    fn keys(value: &Value, prefix: &str, out: &mut BTreeSet<String>) {
        match value {
            Value::Object(map) => {
                for (key, inner) in map {
                    keys(inner, &format!("{prefix}.{key}"), out);
                }
            }
            _ => {
                out.insert(prefix.to_owned());
            }
        }
    }

    /// The generator falls back to Chinese for a key that English lacks; here it is an error.
    #[test]
    fn every_language_has_every_key() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("locales");
        for entry in fs::read_dir(root.join("zh-CN")).unwrap() {
            let name = entry.unwrap().file_name();
            let read = |language: &str| {
                let text = fs::read_to_string(root.join(language).join(&name)).unwrap();
                let mut out = BTreeSet::new();
                keys(&serde_json::from_str(&text).unwrap(), "", &mut out);
                out
            };
            assert_eq!(read("zh-CN"), read("en"), "{}", name.display());
        }
    }
}
