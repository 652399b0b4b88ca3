//! Documents of their own, without a script: what is printed and handed out, and what is only read.

use leptos::prelude::*;

use crate::i18n::Locale;

/// How a document looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Black on white, measured for A4.
    Printed,
    /// As a page of the site.
    Read,
}

/// The whole document, in the reader's language.
pub fn document(
    english: bool,
    look: Look,
    title: impl FnOnce(Locale) -> String,
    body: impl FnOnce(Locale) -> AnyView,
) -> String {
    let (locale, tag) = if english {
        (Locale::en, "en")
    } else {
        (Locale::zh_CN, "zh-CN")
    };
    // Not as a child: the marks that wake a view up would be read out as part of the title.
    let title = title(locale).replace('&', "&amp;").replace('<', "&lt;");
    let (class, style) = match look {
        Look::Printed => (
            Some("sheet"),
            Some(view! { <link rel="stylesheet" href="/slips.css" /> }),
        ),
        Look::Read => (None, None),
    };
    let html = Owner::new().with(|| {
        let body = body(locale);
        let page = view! {
            <html lang=tag data-theme="linli-light">
                <head>
                    <meta charset="utf-8" />
                    <meta name="viewport" content="width=device-width, initial-scale=1" />
                    <title inner_html=title></title>
                    <link rel="stylesheet" href="/pkg/linli.css" />
                    {style}
                </head>
                <body class=class>{body}</body>
            </html>
        };
        page.to_html()
    });
    format!("<!DOCTYPE html>{html}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_nothing_but_its_words() {
        let title = |_| "水 & <电>".to_owned();
        let body = |_| view! { <main>"一"</main> }.into_any();
        let html = document(false, Look::Read, title, body);
        assert!(html.starts_with("<!DOCTYPE html><html lang=\"zh-CN\""));
        assert!(html.contains("<title>水 &amp; &lt;电></title>"), "{html}");
        assert!(!html.contains("slips.css") && !html.contains("<script"));
        let printed = document(true, Look::Printed, title, body);
        assert!(printed.contains("lang=\"en\"") && printed.contains("slips.css"));
        assert!(printed.contains("class=\"sheet\""));
    }
}
