//! The account of somebody at the desk.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    i18n::{tu_string, use_i18n},
    identity::parts::account,
    routes,
    ui::PageHead,
};

#[component]
pub fn AccountPage() -> impl IntoView {
    let i18n = use_i18n();
    let title = tu_string!(i18n, ui.account);
    view! {
        <Title text=title />
        <PageHead title=title />
        <div class="form-page">{account(routes::CONSOLE_ME)}</div>
    }
    .into_any()
}
