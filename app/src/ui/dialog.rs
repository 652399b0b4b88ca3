//! A question before a dangerous act.

use leptos::{
    prelude::*,
    server_fn::{Http, ServerFn, client::Client, codec::PostUrl, request::ClientReq},
    web_sys,
};

use super::{Button, ButtonKind, FormErrors, HiddenField, Icon};
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
    #[prop(default = Icon::Trash)]
    icon: Icon,
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
        <Button kind=kind action="button" icon=icon attr:popovertarget=target>
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

/// A [`ConfirmDialog`] whose form holds nothing but which thing is meant: what most dangerous acts are.
#[component]
pub fn ConfirmForm<S, P>(
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
    #[prop(default = Icon::Trash)]
    icon: Icon,
    /// The question, naming the thing.
    #[prop(into)]
    title: String,
    /// What will happen.
    #[prop(into)]
    text: String,
    /// The act, as a verb, where the button that asks says it otherwise.
    #[prop(optional, into)]
    confirm: Option<String>,
    /// Looks of the confirming button.
    #[prop(default = ButtonKind::Danger)]
    act: ButtonKind,
    /// What is done.
    action: ServerAction<S>,
    /// Which thing is meant: names and values of hidden fields.
    #[prop(into)]
    fields: Vec<(&'static str, String)>,
    /// Why the last try was refused.
    #[prop(into)]
    refused: Signal<Option<String>>,
) -> impl IntoView
where
    S: ServerFn<Protocol = Http<PostUrl, P>>
        + serde::de::DeserializeOwned
        + Clone
        + Send
        + Sync
        + 'static,
    S::Output: Send + Sync + 'static,
    S::Error: Send + Sync + 'static,
    P: 'static,
    S::Client: Client<S::Error>,
    <<S::Client as Client<S::Error>>::Request as ClientReq<S::Error>>::FormData:
        From<web_sys::FormData>,
{
    let confirm = confirm.unwrap_or_else(|| trigger.clone());
    let hidden = fields
        .into_iter()
        .map(|(name, value)| view! { <HiddenField name=name value=value /> })
        .collect_view();
    let inside = view! {
        <FormErrors message=refused />
        {hidden}
        <DialogActions dialog=id.clone() confirm=confirm kind=act pending=action.pending() />
    }
    .into_any();
    view! {
        <ConfirmDialog id=id trigger=trigger kind=kind icon=icon title=title text=text>
            <ActionForm action=action>{inside}</ActionForm>
        </ConfirmDialog>
    }
    .into_any()
}
