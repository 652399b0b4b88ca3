//! Fields of one line.

use leptos::prelude::*;

use super::Frame;
use crate::i18n::{tu_string, use_i18n};

/// A line of text.
#[component]
pub fn TextField(
    /// The field's name in the form.
    #[prop(into)]
    name: String,
    /// What to enter.
    #[prop(into)]
    label: String,
    /// `text`, `email`, `tel`, `url`, `search`, `date`, `datetime-local`.
    #[prop(default = "text")]
    kind: &'static str,
    /// A sentence of help.
    #[prop(optional, into)]
    hint: Option<String>,
    /// The server's complaint.
    #[prop(optional, into)]
    error: MaybeProp<String>,
    /// What the server knows, or what was entered before.
    #[prop(optional, into)]
    value: MaybeProp<String>,
    /// Follows each keystroke once wasm is there (and can be set).
    #[prop(optional)]
    bind: Option<RwSignal<String>>,
    /// May be left empty.
    #[prop(optional)]
    optional: bool,
    /// The `autocomplete` token: `username`, `organization`, `tel`.
    #[prop(optional, into)]
    autocomplete: Option<String>,
    /// The on-screen keyboard: `numeric`, `tel`, `email`.
    #[prop(optional, into)]
    inputmode: Option<String>,
    /// An example, never the only explanation.
    #[prop(optional, into)]
    placeholder: Option<String>,
    /// Most characters that can be entered.
    #[prop(optional)]
    maxlength: Option<u32>,
    /// Set before the text, outside of the value: `linli.example/`.
    #[prop(optional, into)]
    prefix: Option<String>,
    /// Set after the text, outside of the value: a unit, a live check.
    #[prop(optional)]
    suffix: Option<AnyView>,
    /// Another id than `field-{name}`, where a page has two forms.
    #[prop(optional, into)]
    id: Option<String>,
) -> impl IntoView {
    let frame = Frame::new(id, &name, label, hint, error, optional);
    let described_by = frame.described_by();
    let invalid = frame.invalid();
    let first = move || {
        bind.map(|bind| bind.get_untracked())
            .filter(|text| !text.is_empty())
            .or_else(|| value.get())
    };
    let input = view! {
        <input
            class="input"
            id=frame.id.clone()
            name=name
            type=kind
            value=first
            aria-describedby=described_by
            aria-invalid=invalid
            aria-required=(!optional).then_some("true")
            autocomplete=autocomplete
            inputmode=inputmode
            placeholder=placeholder
            maxlength=maxlength
        />
    };
    let input = match bind {
        Some(bind) => input
            .into_inner()
            .prop("value", move || bind.get())
            .on(leptos::ev::input, move |event| {
                bind.set(event_target_value(&event));
            })
            .into_any(),
        None => input.into_any(),
    };
    let control = if prefix.is_some() || suffix.is_some() {
        view! {
            <div class="input-group">
                {prefix.map(|prefix| view! { <span class="input-prefix">{prefix}</span> })}
                {input}
                {suffix.map(|suffix| view! { <span class="input-suffix">{suffix}</span> })}
            </div>
        }
        .into_any()
    } else {
        input
    };
    frame.wrap(control)
}

/// A number, with its unit after the field. The value stays text, as it was entered.
#[component]
pub fn NumberField(
    /// The field's name in the form.
    #[prop(into)]
    name: String,
    /// What to enter.
    #[prop(into)]
    label: String,
    /// Shown after the field.
    #[prop(optional, into)]
    unit: Option<String>,
    /// A sentence of help.
    #[prop(optional, into)]
    hint: Option<String>,
    /// The server's complaint.
    #[prop(optional, into)]
    error: MaybeProp<String>,
    /// What the server knows, or what was entered before.
    #[prop(optional, into)]
    value: MaybeProp<String>,
    /// May be left empty.
    #[prop(optional)]
    optional: bool,
) -> impl IntoView {
    let suffix = unit.map(IntoAny::into_any);
    // `type=number` loses what it cannot parse and scrolls its value away: text with a
    // numeric keyboard keeps what was typed, so the server can say what is wrong with it.
    let props = TextFieldProps::builder()
        .name(name)
        .label(label)
        .error(error)
        .value(value)
        .optional(optional)
        .inputmode("decimal".to_owned());
    match (suffix, hint) {
        (Some(suffix), Some(hint)) => TextField(props.suffix(suffix).hint(hint).build()).into_any(),
        (Some(suffix), None) => TextField(props.suffix(suffix).build()).into_any(),
        (None, Some(hint)) => TextField(props.hint(hint).build()).into_any(),
        (None, None) => TextField(props.build()).into_any(),
    }
}

/// A password, with a button that shows it once wasm is there. Its value is never sent back.
#[component]
pub fn PasswordField(
    /// The field's name in the form.
    #[prop(into)]
    name: String,
    /// What to enter.
    #[prop(into)]
    label: String,
    /// `current-password` or `new-password`.
    #[prop(default = "current-password")]
    autocomplete: &'static str,
    /// A sentence of help.
    #[prop(optional, into)]
    hint: Option<String>,
    /// The server's complaint.
    #[prop(optional, into)]
    error: MaybeProp<String>,
) -> impl IntoView {
    let i18n = use_i18n();
    let shown = RwSignal::new(false);
    let (show_text, hide_text) = (
        tu_string!(i18n, ui.show_password),
        tu_string!(i18n, ui.hide_password),
    );
    let frame = Frame::new(None, &name, label, hint, error, false);
    let described_by = frame.described_by();
    let invalid = frame.invalid();
    let id = frame.id.clone();
    let name_of_button = format!("{show_text} {}", frame.label);
    let control = view! {
        <div class="input-group">
            <input
                class="input"
                id=id.clone()
                name=name
                type=move || if shown.get() { "text" } else { "password" }
                aria-describedby=described_by
                aria-invalid=invalid
                aria-required="true"
                autocomplete=autocomplete
                autocapitalize="none"
                spellcheck="false"
            />
            <button
                class="input-suffix input-button needs-wasm"
                type="button"
                aria-label=name_of_button
                aria-pressed=move || if shown.get() { "true" } else { "false" }
                aria-controls=id
                on:click=move |_| shown.update(|shown| *shown = !*shown)
            >
                {move || if shown.get() { hide_text } else { show_text }}
            </button>
        </div>
    }
    .into_any();
    frame.wrap(control)
}

/// A value that travels with the form unseen.
#[component]
pub fn HiddenField(
    /// The field's name in the form.
    #[prop(into)]
    name: String,
    /// Its value.
    #[prop(into)]
    value: Signal<String>,
) -> impl IntoView {
    view! { <input type="hidden" name=name value=move || value.get() /> }
}
