//! Buttons, and links that look like them.

use leptos::prelude::*;

use super::Icon;
use crate::i18n::{tu_string, use_i18n};

/// How much a button wants to be pressed. One `Primary` a screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// The main thing to do here.
    Primary,
    /// Another thing to do.
    #[default]
    Secondary,
    /// Hardly there until pointed at.
    Ghost,
    /// Ends or removes something.
    Danger,
}

impl ButtonKind {
    const fn class(self) -> &'static str {
        match self {
            Self::Primary => "btn btn-primary",
            Self::Secondary => "btn btn-plain",
            Self::Ghost => "btn btn-ghost",
            Self::Danger => "btn btn-error",
        }
    }
}

/// A button; `<Button on:click=…>` works as on a plain one.
#[component]
pub fn Button(
    /// How much it wants to be pressed.
    #[prop(optional)]
    kind: ButtonKind,
    /// `submit`, `button` or `reset`.
    #[prop(default = "submit")]
    action: &'static str,
    /// Shown before the words.
    #[prop(optional)]
    icon: Option<Icon>,
    /// While true the button is busy: it says so and cannot be pressed again.
    #[prop(optional, into)]
    pending: Signal<bool>,
    /// While true it cannot be pressed.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// Sent with the form, to tell two submit buttons apart.
    #[prop(optional, into)]
    name: Option<String>,
    /// The value sent under `name`.
    #[prop(optional, into)]
    value: Option<String>,
    children: Children,
) -> impl IntoView {
    let i18n = use_i18n();
    let busy_text = tu_string!(i18n, ui.working);
    // Before any script runs, the pressed button is what carries the hat along.
    #[cfg(feature = "ssr")]
    let (name, value) = match (name, crate::worn::on_this_page()) {
        (None, Some(worn)) if action == "submit" => {
            (Some(crate::worn::FIELD.to_owned()), Some(worn))
        }
        (name, _) => (name, value),
    };
    view! {
        <button
            class=kind.class()
            type=action
            name=name
            value=value
            class:is-busy=move || pending.get()
            aria-busy=move || pending.get().then_some("true")
            disabled=move || disabled.get() || pending.get()
        >
            {icon.map(Icon::view)}
            <span class="btn-text">{children()}</span>
            {move || pending.get().then(|| view! { <span class="sr-only">{busy_text}</span> })}
        </button>
    }
}

/// A link that looks like a button.
#[component]
pub fn LinkButton(
    /// Where it leads.
    #[prop(into)]
    href: String,
    /// How much it wants to be pressed.
    #[prop(optional)]
    kind: ButtonKind,
    /// Shown before the words.
    #[prop(optional)]
    icon: Option<Icon>,
    /// The file name under which the answer is saved: makes it a download.
    #[prop(optional, into)]
    download: Option<String>,
    /// Let the browser load it anew, not the page's router: for addresses that are no page.
    #[prop(optional)]
    external: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <a class=kind.class() href=href download=download rel=external.then_some("external")>
            {icon.map(Icon::view)}
            <span class="btn-text">{children()}</span>
        </a>
    }
}
