//! Fields that choose.

use leptos::prelude::*;

use super::Frame;
use crate::i18n::{tu_string, use_i18n};
use crate::ui::Icon;

/// One choice of a [`SelectField`] or [`RadioCards`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
    /// A line of explanation (cards only).
    pub hint: Option<String>,
    /// Beside the label (cards only).
    pub icon: Option<Icon>,
}

impl Choice {
    /// A choice with its value and words.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
            hint: None,
            icon: None,
        }
    }

    /// With a line of explanation.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// With an icon.
    #[must_use]
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }
}

/// One of many, in the browser's own list.
#[component]
pub fn SelectField(
    /// Another id than `field-{name}`, where a page has two forms.
    #[prop(optional, into)]
    id: Option<String>,
    /// The field's name in the form.
    #[prop(into)]
    name: String,
    /// What to choose.
    #[prop(into)]
    label: String,
    /// What there is.
    #[prop(into)]
    choices: Signal<Vec<Choice>>,
    /// A sentence of help.
    #[prop(optional, into)]
    hint: Option<String>,
    /// The server's complaint.
    #[prop(optional, into)]
    error: MaybeProp<String>,
    /// The choice made before; without one the list starts with "choose".
    #[prop(optional, into)]
    value: MaybeProp<String>,
    /// Follows the choice once wasm is there.
    #[prop(optional)]
    bind: Option<RwSignal<String>>,
    /// May be left empty.
    #[prop(optional)]
    optional: bool,
) -> impl IntoView {
    let i18n = use_i18n();
    let choose = tu_string!(i18n, ui.choose);
    let frame = Frame::new(id, &name, label, hint, error, optional);
    let described_by = frame.described_by();
    let invalid = frame.invalid();
    let chosen = move || {
        bind.map(|bind| bind.get_untracked())
            .filter(|text| !text.is_empty())
            .or_else(|| value.get())
    };
    let options = move || {
        let chosen = chosen();
        choices
            .get()
            .into_iter()
            .map(|choice| {
                let selected = chosen.as_deref() == Some(choice.value.as_str());
                view! { <option value=choice.value selected=selected>{choice.label}</option> }
            })
            .collect_view()
    };
    let on_change = move |event: leptos::ev::Event| {
        if let Some(bind) = bind {
            bind.set(event_target_value(&event));
        }
    };
    let control = view! {
        <select
            class="select"
            id=frame.id.clone()
            name=name
            aria-describedby=described_by
            aria-invalid=invalid
            aria-required=(!optional).then_some("true")
            on:change=on_change
        >
            <option value="">{choose}</option>
            {options}
        </select>
    }
    .into_any();
    frame.wrap(control)
}

/// One of a few, each with room for an icon and a line of explanation.
#[component]
pub fn RadioCards(
    /// The field's name in the form.
    #[prop(into)]
    name: String,
    /// What to choose.
    #[prop(into)]
    label: String,
    /// What there is.
    choices: Vec<Choice>,
    /// The choice made before.
    #[prop(optional, into)]
    value: Option<String>,
    /// A sentence of help.
    #[prop(optional, into)]
    hint: Option<String>,
    /// The server's complaint.
    #[prop(optional, into)]
    error: MaybeProp<String>,
    /// Follows the choice once wasm is there.
    #[prop(optional)]
    bind: Option<RwSignal<String>>,
) -> impl IntoView {
    let frame = Frame::new(None, &name, label, hint, error, false);
    let cards = choices
        .into_iter()
        .map(|choice| {
            let checked = value.as_deref() == Some(choice.value.as_str());
            let sent = choice.value.clone();
            view! {
                <label class="radio-card">
                    <input
                        class="radio-card-input"
                        type="radio"
                        name=name.clone()
                        value=choice.value
                        checked=checked
                        on:change=move |_| {
                            if let Some(bind) = bind {
                                bind.set(sent.clone());
                            }
                        }
                    />
                    {choice.icon.map(Icon::view)}
                    <span class="radio-card-words">
                        <span class="radio-card-label">{choice.label}</span>
                        {choice.hint.map(|hint| view! { <span class="radio-card-hint">{hint}</span> })}
                    </span>
                </label>
            }
        })
        .collect_view();
    frame.wrap_group(view! { <div class="radio-cards">{cards}</div> }.into_any())
}

/// Yes or no.
#[component]
pub fn CheckField(
    /// The field's name in the form; sent only when checked.
    #[prop(into)]
    name: String,
    /// What is agreed to.
    #[prop(into)]
    label: String,
    /// What is sent when checked.
    #[prop(default = "true".to_owned(), into)]
    value: String,
    /// Checked before.
    #[prop(optional)]
    checked: bool,
    /// A sentence of help.
    #[prop(optional, into)]
    hint: Option<String>,
    /// The server's complaint.
    #[prop(optional, into)]
    error: MaybeProp<String>,
    /// Follows the box once wasm is there.
    #[prop(optional)]
    bind: Option<RwSignal<bool>>,
) -> impl IntoView {
    let frame = Frame::new(None, &name, label, hint, error, false);
    let described_by = frame.described_by();
    let invalid = frame.invalid();
    let below = frame.below();
    view! {
        <div class="field">
            <label class="check">
                <input
                    class="checkbox checkbox-primary"
                    type="checkbox"
                    id=frame.id
                    name=name
                    value=value
                    checked=checked
                    aria-describedby=described_by
                    aria-invalid=invalid
                    on:change=move |event| {
                        if let Some(bind) = bind {
                            bind.set(event_target_checked(&event));
                        }
                    }
                />
                <span>{frame.label}</span>
            </label>
            {below}
        </div>
    }
    .into_any()
}
