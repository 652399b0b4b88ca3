//! A file to send.

use leptos::prelude::*;

use super::Frame;
use crate::i18n::{tu_string, use_i18n};
use crate::ui::Icon;

/// A drop zone over the browser's own file field, so dropping works without wasm.
/// The form needs `enctype="multipart/form-data"`.
#[component]
pub fn FileField(
    /// The field's name in the form.
    #[prop(into)]
    name: String,
    /// What to choose.
    #[prop(into)]
    label: String,
    /// Endings and types: `.xlsx,.csv`.
    #[prop(optional, into)]
    accept: Option<String>,
    /// A sentence of help.
    #[prop(optional, into)]
    hint: Option<String>,
    /// The server's complaint.
    #[prop(optional, into)]
    error: MaybeProp<String>,
    /// Another id than `field-{name}`, where a page has two forms.
    #[prop(optional, into)]
    id: Option<String>,
) -> impl IntoView {
    let i18n = use_i18n();
    let frame = Frame::new(id, &name, label, hint, error, false);
    let described_by = frame.described_by();
    let invalid = frame.invalid();
    let control = view! {
        <div class="drop">
            {Icon::FileSpreadsheet.view()}
            <span class="drop-words" aria-hidden="true">{tu_string!(i18n, ui.drop_here)}</span>
            <input
                class="drop-input"
                id=frame.id.clone()
                type="file"
                name=name
                accept=accept
                aria-describedby=described_by
                aria-invalid=invalid
                aria-required="true"
            />
        </div>
    }
    .into_any();
    frame.wrap(control)
}
