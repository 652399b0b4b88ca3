//! The privacy notice: a document of its own, which needs no script and no code in the browser.

use domain::privacy::{NOTICE_DATE, NOTICE_VERSION};
use leptos::prelude::*;

use crate::{
    i18n::{Locale, td_string},
    routes,
};

/// The whole document.
#[must_use]
pub fn document(english: bool) -> String {
    let (locale, tag, other) = if english {
        (Locale::en, "en", ("?lang=zh-CN", "中文"))
    } else {
        (Locale::zh_CN, "zh-CN", ("?lang=en", "English"))
    };
    let title = td_string!(locale, privacy.notice);
    let owner = Owner::new();
    let html = owner.with(|| {
        let parts = parts(locale).map(|(title, text)| {
            view! {
                <section class="stack-tight">
                    <h2>{title}</h2>
                    <p>{text}</p>
                </section>
            }
        });
        let lead = td_string!(
            locale,
            privacy.n_lead,
            version = NOTICE_VERSION,
            date = NOTICE_DATE
        );
        let page = view! {
            <html lang=tag data-theme="linli-light">
                <head>
                    <meta charset="utf-8" />
                    <meta name="viewport" content="width=device-width, initial-scale=1" />
                    <title>{title} " · 邻里"</title>
                    <link rel="stylesheet" href="/pkg/linli.css" />
                </head>
                <body>
                    <main class="site-main site-narrow stack">
                        <h1>{title}</h1>
                        <p class="muted">{lead}</p>
                        {parts.collect_view()}
                        <p>
                            <a class="link" href=routes::LANDING>
                                "邻里 Linli"
                            </a>
                            " · "
                            <a class="link" href=other.0>
                                {other.1}
                            </a>
                        </p>
                    </main>
                </body>
            </html>
        };
        page.to_html()
    });
    format!("<!DOCTYPE html>{html}")
}

fn parts(locale: Locale) -> impl Iterator<Item = (&'static str, &'static str)> {
    [
        (
            td_string!(locale, privacy.n_who_title),
            td_string!(locale, privacy.n_who),
        ),
        (
            td_string!(locale, privacy.n_what_title),
            td_string!(locale, privacy.n_what),
        ),
        (
            td_string!(locale, privacy.n_why_title),
            td_string!(locale, privacy.n_why),
        ),
        (
            td_string!(locale, privacy.n_long_title),
            td_string!(locale, privacy.n_long),
        ),
        (
            td_string!(locale, privacy.n_rights_title),
            td_string!(locale, privacy.n_rights),
        ),
        (
            td_string!(locale, privacy.n_ask_title),
            td_string!(locale, privacy.n_ask),
        ),
    ]
    .into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_who_what_why_how_long_and_whom_to_ask() {
        let chinese = document(false);
        assert!(chinese.starts_with("<!DOCTYPE html><html lang=\"zh-CN\""));
        for word in [
            "个人信息处理者",
            "受托人",
            "保存多久",
            "联系谁",
            NOTICE_DATE,
        ] {
            assert!(chinese.contains(word), "{word}");
        }
        let english = document(true);
        assert!(english.contains("lang=\"en\"") && english.contains("Whom to ask"));
        assert!(!english.contains("<script"));
    }
}
