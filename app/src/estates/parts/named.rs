//! Regions or phases as lines, each with its count and a form that renames it.

use leptos::prelude::*;

use crate::{
    estates::regions::Rename,
    i18n::{locale, td_string, tu_string, use_i18n},
    load::Anew,
    ui::{FormErrors, HiddenField, SubmitRow, TextField},
    words::Complaints,
};

/// A region or a phase.
pub struct Named {
    /// Its id.
    pub place: String,
    pub name: String,
    /// How much lies in it, in words.
    pub holds: String,
}

/// The lines, for whoever may rename them.
pub fn named_lines(all: Vec<Named>, anew: Anew) -> AnyView {
    let lines = all
        .into_iter()
        .map(|named| {
            let form = renaming(&named, anew);
            view! {
                <li>
                    <div class="row-between">
                        <strong>{named.name}</strong>
                        <span class="muted tabular">{named.holds}</span>
                    </div>
                    {form}
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
