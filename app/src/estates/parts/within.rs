//! The wider place that an estate or a building lies in, to be chosen.

use domain::problem::Flaw;
use leptos::prelude::*;

use crate::{
    i18n::{locale, td_string},
    ui::{Choice, SelectField},
    words::Complaints,
};

/// What the field is called, what choosing does, and what none is called.
pub struct Words {
    pub label: &'static str,
    pub hint: &'static str,
    pub none: &'static str,
}

/// The field `change[name]` for `all`, ids with their names; no field where there is nothing to choose.
pub fn within_field(
    name: &'static str,
    words: Words,
    all: Vec<(String, String)>,
    here: Option<String>,
    complaints: Complaints,
) -> Option<AnyView> {
    if all.is_empty() {
        return None;
    }
    let locale = locale();
    let unknown = move |flaw| match flaw {
        Flaw::Unknown => Some(td_string!(locale, regions.unknown).to_owned()),
        _ => None,
    };
    let all = all.into_iter().map(|(id, name)| Choice::new(id, name));
    let choices: Vec<Choice> = [Choice::new("", words.none)]
        .into_iter()
        .chain(all)
        .collect();
    let view = view! {
        <SelectField
            name=format!("change[{name}]")
            label=words.label
            hint=words.hint
            choices=Signal::stored(choices)
            value=here.unwrap_or_default()
            error=complaints.field(name, unknown)
        />
    };
    Some(view.into_any())
}
