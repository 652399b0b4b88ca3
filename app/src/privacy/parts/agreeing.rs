//! The sentence beside a button that lets somebody in.

use leptos::prelude::*;

use crate::{
    i18n::{locale, td_string},
    routes,
};

/// Says that pressing `button` agrees to the privacy notice, and leads there.
pub fn agreeing(button: &'static str) -> AnyView {
    let locale = locale();
    let by = td_string!(locale, privacy.agree_by, button = button);
    view! {
        <p class="field-hint">
            {by} " "
            <a class="link" href=routes::PRIVACY target="_blank">
                {td_string!(locale, privacy.notice)}
            </a>
        </p>
    }
    .into_any()
}
