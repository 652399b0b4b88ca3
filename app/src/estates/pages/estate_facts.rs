//! What an estate is called and lies in, and its phases.

use domain::{
    EstateId,
    estates::{EstateSummary, Phase, Region},
};
use leptos::prelude::*;

use crate::{
    estates::{
        parts::{Named, Words, named_lines, within_field},
        regions::{ChangeEstate, CreatePhase},
    },
    i18n::{tu_string, use_i18n},
    load::Anew,
    ui::{Card, FormErrors, HiddenField, SubmitRow, TextField, format},
    words::Complaints,
};

/// The form that renames the estate. Regions are there where the asker may move it.
pub(super) fn facts(estate: &EstateSummary, regions: Option<Vec<Region>>, anew: Anew) -> AnyView {
    let i18n = use_i18n();
    let change = ServerAction::<ChangeEstate>::new();
    anew.after(change);
    let complaints = Complaints::of(change.value());
    let (id, name) = (estate.id.to_string(), estate.name.clone());
    let named = |each: Region| (each.id.to_string(), each.name);
    let region = within_field(
        "region",
        Words {
            label: tu_string!(i18n, regions.region),
            hint: tu_string!(i18n, regions.region_hint),
            none: tu_string!(i18n, regions.none),
        },
        regions.into_iter().flatten().map(named).collect(),
        estate.region.map(|id| id.to_string()),
        complaints,
    );
    view! {
        <Card title=tu_string!(i18n, regions.estate)>
            <ActionForm action=change>
                <FormErrors message=complaints.whole() />
                <HiddenField name="estate" value=id />
                <TextField
                    id="estate-name"
                    name="change[name]"
                    label=tu_string!(i18n, estates.name)
                    value=name
                    error=complaints.plain("name")
                    maxlength=80
                />
                {region}
                <SubmitRow label=tu_string!(i18n, common.save) pending=change.pending() />
            </ActionForm>
        </Card>
    }
    .into_any()
}

/// The estate's phases, and the form that adds one.
pub(super) fn phases(estate: EstateId, phases: Vec<Phase>, anew: Anew) -> AnyView {
    let i18n = use_i18n();
    let create = ServerAction::<CreatePhase>::new();
    anew.after(create);
    let complaints = Complaints::of(create.value());
    let list = if phases.is_empty() {
        view! { <p class="muted">{tu_string!(i18n, regions.no_phases)}</p> }.into_any()
    } else {
        let named = |phase: Phase| {
            let count = format::count(u64::try_from(phase.buildings).unwrap_or_default());
            Named {
                empty: phase.buildings == 0,
                place: phase.id.to_string(),
                name: phase.name,
                holds: tu_string!(i18n, regions.buildings_count, count = count).to_string(),
            }
        };
        named_lines(phases.into_iter().map(named).collect(), anew)
    };
    view! {
        <Card title=tu_string!(i18n, regions.phases)>
            {list} <ActionForm action=create>
                <FormErrors message=complaints.whole() />
                <HiddenField name="estate" value=estate.to_string() />
                <TextField
                    id="phase-name"
                    name="name"
                    label=tu_string!(i18n, regions.phase_name)
                    placeholder=tu_string!(i18n, regions.phase_example)
                    error=complaints.plain("name")
                    maxlength=40
                />
                <SubmitRow label=tu_string!(i18n, regions.add_phase) pending=create.pending() />
            </ActionForm>
        </Card>
    }
    .into_any()
}
