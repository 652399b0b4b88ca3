//! The only place with a `<textarea>`: Leptos 0.8 renders its children unescaped on the
//! server, so a text that holds `</textarea><script>` would run. The lint step looks for others.

use leptos::prelude::*;

use super::Frame;

/// Several lines of text.
#[component]
pub fn TextArea(
    /// The field's name in the form.
    #[prop(into)]
    name: String,
    /// What to enter.
    #[prop(into)]
    label: String,
    /// Lines shown.
    #[prop(default = 4)]
    rows: u32,
    /// A sentence of help.
    #[prop(optional, into)]
    hint: Option<String>,
    /// The server's complaint.
    #[prop(optional, into)]
    error: MaybeProp<String>,
    /// What the server knows, or what was entered before.
    #[prop(optional, into)]
    value: String,
    /// May be left empty.
    #[prop(optional)]
    optional: bool,
    /// Most characters that can be entered.
    #[prop(optional)]
    maxlength: Option<u32>,
) -> impl IntoView {
    let frame = Frame::new(None, &name, label, hint, error, optional);
    let described_by = frame.described_by();
    let invalid = frame.invalid();
    let control = view! {
        <textarea
            class="textarea"
            id=frame.id.clone()
            name=name
            rows=rows
            aria-describedby=described_by
            aria-invalid=invalid
            aria-required=(!optional).then_some("true")
            maxlength=maxlength
            inner_html=escaped(&value)
        ></textarea>
    }
    .into_any();
    frame.wrap(control)
}

/// Text as the HTML parser must read it inside a `<textarea>`; the parser undoes the escapes
/// in the server's page and in `innerHTML` alike.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    // The parser drops one line break right after the opening tag.
    if cfg!(feature = "ssr") && text.starts_with('\n') {
        out.push('\n');
    }
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use crate::ui::testing::render;

    #[test]
    fn hostile_text_stays_text() {
        let hostile = "</textarea><script>alert(1)</script>&lt;\"'";
        let html = render("zh-CN", move || {
            view! { <TextArea name="note" label="备注" value=hostile /> }
        });
        assert!(!html.contains("<script>alert"), "{html}");
        assert!(!html.contains("</textarea><script"), "{html}");
        assert!(
            html.contains(
                "&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;lt;&quot;'</textarea>"
            ),
            "{html}"
        );
    }

    #[test]
    fn hostile_text_stays_text_in_every_field() {
        let hostile = "\"><script>alert(1)</script>";
        let html = render("en", move || {
            view! {
                <super::super::TextField
                    name="a"
                    label=hostile
                    hint=hostile
                    error=hostile
                    value=hostile
                    placeholder=hostile
                />
            }
        });
        assert!(!html.contains("<script>alert"), "{html}");
    }
}
