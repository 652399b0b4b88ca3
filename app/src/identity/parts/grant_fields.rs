//! The fields in which a role is chosen, and where it holds.

use domain::identity::{RoleKey, RoleRow};
use leptos::prelude::*;

use crate::{
    i18n::{Locale, locale, tu_string, use_i18n},
    identity::{
        staff::{Offer, Site},
        words as room_words,
    },
    ui::{Choice, RadioCards, SelectField, TextArea, TextField},
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

/// Role, reach and last day, as [`domain::identity::GrantForm`] wants them, and homes by their
/// addresses.
pub fn grant_fields(offer: &Offer, complaints: Complaints) -> AnyView {
    let i18n = use_i18n();
    view! {
        {role_and_reach(offer, regions_and_sites(offer), complaints)}
        <div class="reach-homes">
            <TextArea
                name="homes"
                label=tu_string!(i18n, staff.homes)
                hint=tu_string!(i18n, staff.homes_hint)
                error=complaints.below("homes")
                rows=3
                optional=true
            />
        </div>
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

/// A role, and whole estates where it holds, as keys want them.
pub fn role_and_estates(offer: &Offer, complaints: Complaints) -> AnyView {
    let estate =
        |site: &Site| view! { <li>{tick(site.estate.to_string(), site.name.clone())}</li> };
    let estates = offer.sites.iter().map(estate).collect_view();
    role_and_reach(offer, estates.into_any(), complaints)
}

fn regions_and_sites(offer: &Offer) -> AnyView {
    let i18n = use_i18n();
    let regions = offer.regions.iter().map(|(id, name)| {
        let label = format!("{} {name}", tu_string!(i18n, regions.region));
        view! { <li>{tick(id.to_string(), label)}</li> }
    });
    let sites = offer.sites.iter().map(site).collect_view();
    view! {
        {regions.collect_view()}
        {sites}
    }
    .into_any()
}

/// A role, and where it holds.
fn role_and_reach(offer: &Offer, places: AnyView, complaints: Complaints) -> AnyView {
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
            <ul class="reach-places">{places}</ul>
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
    let phases = site.phases.iter().map(|(id, name)| (id.to_string(), name));
    let buildings = site.buildings.iter();
    let buildings = buildings.map(|(id, name)| (id.to_string(), name));
    let parts: Vec<(String, &String)> = phases.chain(buildings).collect();
    let buildings = (!parts.is_empty()).then(|| {
        let boxes = parts
            .into_iter()
            .map(|(id, name)| view! { <li>{tick(id, name.clone())}</li> })
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
