//! A question before a dangerous act.

use leptos::prelude::*;

use super::{Button, ButtonKind, Icon};
use crate::i18n::{tu_string, use_i18n};

/// A button that asks before it acts. The question is a `<dialog>` that the browser itself
/// opens and closes (`popovertarget`), so it works without wasm.
///
/// Children are the form that acts, with [`DialogActions`] as its last line. Title and text
/// name the thing and say what will happen.
#[component]
pub fn ConfirmDialog(
    /// Unique in the page.
    #[prop(into)]
    id: String,
    /// The words of the button that asks.
    #[prop(into)]
    trigger: String,
    /// Looks of that button.
    #[prop(default = ButtonKind::Secondary)]
    kind: ButtonKind,
    /// Before its words.
    #[prop(optional)]
    icon: Option<Icon>,
    /// The question, naming the thing.
    #[prop(into)]
    title: String,
    /// What will happen.
    #[prop(into)]
    text: String,
    children: Children,
) -> impl IntoView {
    let title_id = format!("{id}-title");
    let text_id = format!("{id}-text");
    let (labelled_by, described_by) = (title_id.clone(), text_id.clone());
    let target = id.clone();
    view! {
        <Button kind=kind action="button" icon=icon.unwrap_or(Icon::Trash) attr:popovertarget=target>
            {trigger}
        </Button>
        <dialog
            class="dialog"
            id=id
            popover="auto"
            aria-labelledby=labelled_by
            aria-describedby=described_by
        >
            <h2 class="dialog-title" id=title_id>{title}</h2>
            <p class="dialog-text" id=text_id>{text}</p>
            {children()}
        </dialog>
    }
    .into_any()
}

/// Cancel and confirm, inside the form of a [`ConfirmDialog`].
#[component]
pub fn DialogActions(
    /// The dialog's id.
    #[prop(into)]
    dialog: String,
    /// The act, as a verb: "删除 3号楼".
    #[prop(into)]
    confirm: String,
    /// Looks of the confirming button.
    #[prop(default = ButtonKind::Danger)]
    kind: ButtonKind,
    /// While true the act is on its way.
    #[prop(optional, into)]
    pending: Signal<bool>,
) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <div class="dialog-actions">
            <button
                class="btn btn-plain"
                type="button"
                popovertarget=dialog
                popovertargetaction="hide"
                autofocus=true
            >
                {tu_string!(i18n, common.cancel)}
            </button>
            <Button kind=kind pending=pending>
                {confirm}
            </Button>
        </div>
    }
    .into_any()
}
