//! The fields in which a role is chosen, and where it holds.

use domain::identity::{RoleKey, RoleRow};
use leptos::prelude::*;

use crate::{
    i18n::{Locale, locale, tu_string, use_i18n},
    identity::{
        staff::{Offer, Site},
        words as room_words,
    },
    ui::{Choice, RadioCards, SelectField, TextField},
    words::Complaints,
};

/// A role's name: Linli's own word for it, or the company's.
pub fn role_name(locale: Locale, key: RoleKey, own: Option<&str>) -> String {
    match (key, own) {
        (RoleKey::BuiltIn(role), _) => room_words::role(locale, role).to_owned(),
        (RoleKey::Own(_), Some(name)) => name.to_owned(),
        (RoleKey::Own(_), None) => room_words::custom(locale).to_owned(),
    }
}

/// Role, reach and last day, as [`domain::identity::GrantForm`] wants them.
pub fn grant_fields(offer: &Offer, complaints: Complaints) -> AnyView {
    let i18n = use_i18n();
    view! {
        {role_and_reach(offer, complaints)}
        <TextField
            name="until"
            kind="date"
            label=tu_string!(i18n, staff.until_field)
            hint=tu_string!(i18n, staff.until_hint)
            error=complaints.plain("until")
            optional=true
        />
    }
    .into_any()
}

/// A role, and where it holds.
pub fn role_and_reach(offer: &Offer, complaints: Complaints) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let role = |row: &RoleRow| {
        let name = role_name(locale, row.key, row.name.as_deref());
        Choice::new(row.key.to_string(), name)
    };
    let roles: Vec<Choice> = offer.roles.iter().map(role).collect();
    let reach = vec![
        Choice::new("places", tu_string!(i18n, staff.reach_places))
            .hint(tu_string!(i18n, staff.reach_places_hint)),
        Choice::new("everywhere", tu_string!(i18n, staff.reach_everywhere))
            .hint(tu_string!(i18n, staff.reach_everywhere_hint)),
    ];
    let sites = offer.sites.iter().map(site).collect_view();
    view! {
        <SelectField
            name="role"
            label=tu_string!(i18n, staff.role)
            choices=Signal::stored(roles)
            error=complaints.plain("role")
        />
        // The places hide, by style alone, while the whole company is chosen.
        <div class="reach">
            <RadioCards
                name="reach"
                label=tu_string!(i18n, staff.reach)
                choices=reach
                value="places"
                error=complaints.plain("places")
            />
            <ul class="reach-places">{sites}</ul>
        </div>
    }
    .into_any()
}

fn tick(value: String, label: String) -> AnyView {
    view! {
        <label class="check">
            <input class="checkbox checkbox-primary" type="checkbox" name="places[]" value=value />
            <span>{label}</span>
        </label>
    }
    .into_any()
}

fn site(site: &Site) -> AnyView {
    let i18n = use_i18n();
    let buildings = (!site.buildings.is_empty()).then(|| {
        let boxes = site
            .buildings
            .iter()
            .map(|(id, name)| view! { <li>{tick(id.to_string(), name.clone())}</li> })
            .collect_view();
        view! {
            <details>
                <summary>{tu_string!(i18n, staff.buildings_of)}</summary>
                <ul class="reach-buildings">{boxes}</ul>
            </details>
        }
    });
    view! {
        <li>
            {tick(site.estate.to_string(), site.name.clone())}
            {buildings}
        </li>
    }
    .into_any()
}
