//! Regions or phases as lines, each with its count, a form that renames it, and a way to remove an empty one.

use domain::Code;
use leptos::prelude::*;

use crate::{
    estates::regions::{RemovePlace, Rename},
    i18n::{locale, td_string, tu_string, use_i18n},
    load::Anew,
    ui::{ButtonKind, ConfirmForm, FormErrors, HiddenField, SubmitRow, TextField},
    words::Complaints,
};

/// A region or a phase.
pub struct Named {
    /// Its id.
    pub place: String,
    pub name: String,
    /// How much lies in it, in words.
    pub holds: String,
    /// Nothing does, so that it can be removed.
    pub empty: bool,
}

/// The lines, for whoever may rename them and remove the empty ones.
pub fn named_lines(all: Vec<Named>, anew: Anew) -> AnyView {
    let lines = all
        .into_iter()
        .map(|named| {
            let form = renaming(&named, anew);
            let remove = named.empty.then(|| removing(&named, anew));
            view! {
                <li>
                    <div class="row-between">
                        <strong>{named.name}</strong>
                        <span class="muted tabular">{named.holds}</span>
                    </div>
                    {form} {remove}
                </li>
            }
        })
        .collect_view();
    view! { <ul class="lines">{lines}</ul> }.into_any()
}

fn renaming(named: &Named, anew: Anew) -> AnyView {
    let i18n = use_i18n();
    let rename = ServerAction::<Rename>::new();
    anew.after(rename);
    let complaints = Complaints::of(rename.value());
    let of = td_string!(locale(), regions.rename_of, name = named.name.clone()).to_string();
    let (place, name) = (named.place.clone(), named.name.clone());
    view! {
        <details>
            <summary aria-label=of>{tu_string!(i18n, regions.rename)}</summary>
            <ActionForm action=rename>
                <FormErrors message=complaints.whole() />
                <HiddenField name="place" value=place.clone() />
                <TextField
                    id=format!("name-{place}")
                    name="name"
                    label=tu_string!(i18n, regions.name)
                    value=name
                    error=complaints.plain("name")
                    maxlength=40
                />
                <SubmitRow label=tu_string!(i18n, common.save) pending=rename.pending() />
            </ActionForm>
        </details>
    }
    .into_any()
}

fn removing(named: &Named, anew: Anew) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let remove = ServerAction::<RemovePlace>::new();
    anew.after(remove);
    let complaints = Complaints::of(remove.value());
    let message = Signal::derive(move || match complaints.code().get() {
        Some(Code::Conflict) => Some(td_string!(locale, regions.still_held).to_owned()),
        _ => complaints.whole().get(),
    });
    view! {
        <ConfirmForm
            id=format!("remove-{}", named.place)
            trigger=tu_string!(i18n, regions.remove)
            kind=ButtonKind::Ghost
            title=td_string!(locale, regions.remove_title, name = named.name.clone())
            text=tu_string!(i18n, regions.remove_text)
            action=remove
            fields=[("place", named.place.clone())]
            refused=message
        />
    }
    .into_any()
}
