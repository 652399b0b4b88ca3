//! What was done to a unit, newest first.

use domain::{UnitId, audit::Entry};
use leptos::prelude::*;

use crate::{
    audit::words as deed_words,
    i18n::{Locale, locale, tu_string, use_i18n},
    routes,
    ui::{Age, Card, Icon, LinkButton},
};

/// The last deeds, and the way to all of them. Nothing where nobody has done anything.
pub(super) fn history(unit: UnitId, entries: Vec<Entry>) -> Option<AnyView> {
    if entries.is_empty() {
        return None;
    }
    let i18n = use_i18n();
    let lines = entries.into_iter().map(line).collect_view();
    let all = format!("{}?subject={unit}", routes::AUDIT);
    let card = view! {
        <Card title=tu_string!(i18n, estates.history)>
            <ul class="lines">{lines}</ul>
            <LinkButton href=all icon=Icon::ShieldCheck>
                {tu_string!(i18n, estates.history_all)}
            </LinkButton>
        </Card>
    };
    Some(card.into_any())
}

fn line(entry: Entry) -> AnyView {
    let locale = locale();
    let comma = if locale == Locale::en { ", " } else { "、" };
    let fields: Vec<&str> = entry
        .fields
        .iter()
        .map(|name| deed_words::field(locale, name).unwrap_or(name))
        .collect();
    let fields = (!fields.is_empty())
        .then(|| view! { <span class="muted">{format!(" {}", fields.join(comma))}</span> });
    view! {
        <li class="row-between">
            <span>{deed_words::deed(locale, entry.deed)} {fields}</span>
            <span class="muted">
                {entry.doer.name} " " <Age at=Some(entry.at.as_millisecond()) />
            </span>
        </li>
    }
    .into_any()
}
