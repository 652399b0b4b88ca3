//! What a building is called, and the phase that it stands in.

use domain::estates::{Building, Phase};
use leptos::prelude::*;

use crate::{
    estates::{
        parts::{Words, archive_button, within_field},
        regions::ChangeBuilding,
    },
    i18n::{tu_string, use_i18n},
    load::Anew,
    ui::{Card, FormErrors, HiddenField, SubmitRow, TextField},
    words::Complaints,
};

/// The form that changes them, folded.
pub(super) fn facts(building: &Building, phases: Vec<Phase>, anew: Anew) -> AnyView {
    let i18n = use_i18n();
    let change = ServerAction::<ChangeBuilding>::new();
    anew.after(change);
    let complaints = Complaints::of(change.value());
    let (id, name) = (building.id.to_string(), building.name.clone());
    let archive = archive_button(id.clone(), &name, anew);
    let named = |each: Phase| (each.id.to_string(), each.name);
    let phase = within_field(
        "phase",
        Words {
            label: tu_string!(i18n, regions.phase),
            hint: tu_string!(i18n, regions.phase_hint),
            none: tu_string!(i18n, regions.no_phase),
        },
        phases.into_iter().map(named).collect(),
        building.phase.map(|id| id.to_string()),
        complaints,
    );
    view! {
        <Card title=tu_string!(i18n, regions.building)>
            <details>
                <summary>{tu_string!(i18n, regions.edit)}</summary>
                <ActionForm action=change>
                    <FormErrors message=complaints.whole() />
                    <HiddenField name="building" value=id />
                    <TextField
                        name="change[name]"
                        label=tu_string!(i18n, estates.building_name)
                        value=name
                        error=complaints.plain("name")
                        maxlength=40
                    />
                    {phase}
                    <SubmitRow label=tu_string!(i18n, common.save) pending=change.pending() />
                </ActionForm>
                {archive}
            </details>
        </Card>
    }
    .into_any()
}
