//! What a building is called, and the phase that it stands in.

use domain::{
    estates::{Building, Phase},
    problem::Flaw,
};
use leptos::prelude::*;

use crate::{
    estates::regions::ChangeBuilding,
    i18n::{locale, td_string, tu_string, use_i18n},
    load::Anew,
    ui::{Card, Choice, FormErrors, HiddenField, SelectField, SubmitRow, TextField},
    words::Complaints,
};

/// The form that changes them, folded.
pub(super) fn facts(building: &Building, phases: Vec<Phase>, anew: Anew) -> AnyView {
    let (i18n, locale) = (use_i18n(), locale());
    let change = ServerAction::<ChangeBuilding>::new();
    anew.after(change);
    let complaints = Complaints::of(change.value());
    let unknown = move |flaw| match flaw {
        Flaw::Unknown => Some(td_string!(locale, regions.unknown).to_owned()),
        _ => None,
    };
    let (id, name) = (building.id.to_string(), building.name.clone());
    let phase = (!phases.is_empty()).then(|| {
        let mut choices = vec![Choice::new("", tu_string!(i18n, regions.no_phase))];
        choices.extend(
            phases
                .into_iter()
                .map(|each| Choice::new(each.id.to_string(), each.name)),
        );
        let here = building.phase.map(|id| id.to_string()).unwrap_or_default();
        view! {
            <SelectField
                name="phase"
                label=tu_string!(i18n, regions.phase)
                hint=tu_string!(i18n, regions.phase_hint)
                choices=Signal::stored(choices)
                value=here
                error=complaints.field("phase", unknown)
            />
        }
    });
    view! {
        <Card title=tu_string!(i18n, regions.building)>
            <details>
                <summary>{tu_string!(i18n, regions.edit)}</summary>
                <ActionForm action=change>
                    <FormErrors message=complaints.whole() />
                    <HiddenField name="building" value=id />
                    <TextField
                        name="name"
                        label=tu_string!(i18n, estates.building_name)
                        value=name
                        error=complaints.plain("name")
                        maxlength=40
                    />
                    {phase}
                    <SubmitRow label=tu_string!(i18n, common.save) pending=change.pending() />
                </ActionForm>
            </details>
        </Card>
    }
    .into_any()
}
