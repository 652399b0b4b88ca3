//! Form pieces: a label, a hint, the control, and the error beside it.
//!
//! Fields carry the server's value, so a refused form comes back filled in. Native `required`
//! is left out on purpose: the server's answer, in the page's language, is the one message.

mod choice;
mod file;
mod text;
mod text_area;

use leptos::prelude::*;

pub use choice::{CheckField, Choice, RadioCards, SelectField};
pub use file::FileField;
pub use text::{HiddenField, NumberField, PasswordField, TextField};
pub use text_area::TextArea;

use super::{Icon, Notice, Tone};
use crate::i18n::{tu_string, use_i18n};

/// What every field shows around its control.
struct Frame {
    id: String,
    label: String,
    hint: Option<String>,
    error: MaybeProp<String>,
    optional: bool,
}

impl Frame {
    fn new(
        id: Option<String>,
        name: &str,
        label: String,
        hint: Option<String>,
        error: MaybeProp<String>,
        optional: bool,
    ) -> Self {
        Self {
            id: id.unwrap_or_else(|| format!("field-{name}")),
            label,
            hint,
            error,
            optional,
        }
    }

    /// The ids of hint and error, for `aria-describedby`.
    fn described_by(&self) -> Signal<Option<String>> {
        let id = self.id.clone();
        let hint = self.hint.is_some();
        let error = self.error;
        Signal::derive(move || match (hint, error.with(Option::is_some)) {
            (true, true) => Some(format!("{id}-hint {id}-error")),
            (true, false) => Some(format!("{id}-hint")),
            (false, true) => Some(format!("{id}-error")),
            (false, false) => None,
        })
    }

    fn invalid(&self) -> Signal<Option<&'static str>> {
        let error = self.error;
        Signal::derive(move || error.with(Option::is_some).then_some("true"))
    }

    fn below(&self) -> AnyView {
        let hint_id = format!("{}-hint", self.id);
        let error_id = format!("{}-error", self.id);
        let hint = self
            .hint
            .clone()
            .map(|hint| view! { <p class="field-hint" id=hint_id>{hint}</p> });
        let error = self.error;
        view! {
            {hint}
            {move || {
                error
                    .get()
                    .map(|error| {
                        view! {
                            <p class="field-error" id=error_id.clone()>
                                {Icon::CircleAlert.view()}
                                {error}
                            </p>
                        }
                    })
            }}
        }
        .into_any()
    }

    fn label_text(&self) -> AnyView {
        let i18n = use_i18n();
        let optional = self.optional.then(|| {
            view! { <span class="field-optional">{tu_string!(i18n, common.optional)}</span> }
        });
        (self.label.clone(), optional).into_any()
    }

    /// A control with a `<label>`.
    fn wrap(self, control: AnyView) -> AnyView {
        let below = self.below();
        let label = self.label_text();
        view! {
            <div class="field">
                <label class="field-label" for=self.id>
                    {label}
                </label>
                {control}
                {below}
            </div>
        }
        .into_any()
    }

    /// Several controls with a `<legend>`.
    fn wrap_group(self, controls: AnyView) -> AnyView {
        let below = self.below();
        let label = self.label_text();
        let described_by = self.described_by();
        view! {
            <fieldset class="field" id=self.id aria-describedby=described_by>
                <legend class="field-label">{label}</legend>
                {controls}
                {below}
            </fieldset>
        }
        .into_any()
    }
}

/// The answer to a refused form, above its fields: what is wrong in general, and links to the
/// fields that need a change. Takes no room while there is nothing to say.
#[component]
pub fn FormErrors(
    /// What is wrong in general.
    #[prop(optional, into)]
    message: MaybeProp<String>,
    /// Field name (as in the form) and error.
    #[prop(optional, into)]
    fields: Signal<Vec<(String, String)>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let usual = tu_string!(i18n, ui.form_errors);
    move || {
        let fields = fields.get();
        let message = message.get();
        if fields.is_empty() && message.is_none() {
            return None;
        }
        let links = (!fields.is_empty()).then(|| {
            let links = fields
                .into_iter()
                .map(|(name, error)| {
                    view! { <li><a href=format!("#field-{name}")>{error}</a></li> }
                })
                .collect_view();
            view! { <ul>{links}</ul> }
        });
        let view = view! {
            <Notice tone=Tone::Alarm>
                <p>{message.unwrap_or_else(|| usual.to_owned())}</p>
                {links}
            </Notice>
        };
        Some(view)
    }
}

/// Two fields side by side where there is room.
#[component]
pub fn FieldRow(children: Children) -> impl IntoView {
    view! { <div class="field-row">{children()}</div> }
}

/// The end of a form: a way out, and the one main button.
#[component]
pub fn SubmitRow(
    /// The words of the main button.
    #[prop(into)]
    label: String,
    /// Where "cancel" leads; without it there is no cancel.
    #[prop(optional, into)]
    cancel: Option<String>,
    /// While true the form is on its way.
    #[prop(optional, into)]
    pending: Signal<bool>,
    /// Across the whole width, for short forms such as log-in.
    #[prop(optional)]
    wide: bool,
) -> impl IntoView {
    let i18n = use_i18n();
    let class = if wide {
        "submit-row submit-wide"
    } else {
        "submit-row"
    };
    view! {
        <div class=class>
            {cancel
                .map(|href| {
                    view! { <a class="btn btn-plain" href=href>{tu_string!(i18n, common.cancel)}</a> }
                })}
            <super::Button kind=super::ButtonKind::Primary pending=pending>
                {label}
            </super::Button>
        </div>
    }
    .into_any()
}
