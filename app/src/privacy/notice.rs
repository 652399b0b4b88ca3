//! The privacy notice: a document of its own, which needs no script and no code in the browser.

use domain::privacy::{NOTICE_DATE, NOTICE_VERSION};
use leptos::prelude::*;

use crate::{
    i18n::{Locale, td_string},
    paper::{self, Look},
    routes,
};

/// The whole document.
#[must_use]
pub fn document(english: bool) -> String {
    let other = if english {
        ("?lang=zh-CN", "中文")
    } else {
        ("?lang=en", "English")
    };
    let title = |locale: Locale| format!("{} · 邻里", td_string!(locale, privacy.notice));
    paper::document(english, Look::Read, title, |locale| {
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
        view! {
            <main class="site-main site-narrow stack">
                <h1>{td_string!(locale, privacy.notice)}</h1>
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
        }
        .into_any()
    })
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
