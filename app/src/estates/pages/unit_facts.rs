//! What the register says of a unit, and the form that changes it.

use domain::{
    UnitId,
    estates::{Area, Occupancy, Unit, UnitUse},
    problem::Flaw,
};
use leptos::prelude::*;

use crate::{
    estates::{buildings::ChangeUnit, words as room_words},
    i18n::{locale, td_string, tu_string, use_i18n},
    load::Anew,
    ui::{
        Card, Choice, Facts, FieldRow, FormErrors, HiddenField, NumberField, SelectField,
        SubmitRow, TextField,
    },
    words::Complaints,
};

/// The card with all of it; the form lies folded below.
pub(super) fn facts(unit: &Unit, edits: bool, anew: Anew) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let row = |term: &'static str, value: Option<String>| {
        value.map(|value| view! { <dt>{term}</dt> <dd>{value}</dd> })
    };
    let area = |area: Option<Area>| area.map(|area| format!("{area} m²"));
    let occupancy = unit
        .occupancy
        .map(|state| room_words::occupancy(locale, state).to_owned());
    let floor = match (&unit.floor_label, unit.true_floor) {
        (Some(label), Some(number)) if *label != number.to_string() => Some(format!(
            "{label} ({})",
            td_string!(locale, buildings.true_floor, number = number)
        )),
        (Some(label), _) => Some(label.clone()),
        (None, number) => number.map(|number| number.to_string()),
    };
    let purpose = room_words::unit_use(locale, unit.use_).to_owned();
    let rows = (
        row(tu_string!(i18n, estates.occupancy), occupancy),
        row(tu_string!(i18n, buildings.purpose), Some(purpose)),
        row(tu_string!(i18n, estates.area), area(unit.area)),
        row(tu_string!(i18n, estates.inner_area), area(unit.inner_area)),
        row(tu_string!(i18n, estates.floor), floor),
        row(
            tu_string!(i18n, buildings.fee_start),
            unit.fee_start.map(|day| day.to_string()),
        ),
    );
    let form = edits.then(|| {
        view! {
            <details class="below">
                <summary>{tu_string!(i18n, buildings.edit)}</summary>
                {form(unit, anew)}
            </details>
        }
    });
    view! {
        <Card title=tu_string!(i18n, estates.unit)>
            <Facts>{rows}</Facts>
            {form}
        </Card>
    }
    .into_any()
}

fn field(name: &str) -> String {
    format!("facts[{name}]")
}

fn form(unit: &Unit, anew: Anew) -> AnyView {
    let i18n = use_i18n();
    let change = ServerAction::<ChangeUnit>::new();
    anew.after(change);
    let complaints = Complaints::of(change.value());
    let id: UnitId = unit.id;
    let fields = (
        states(unit, complaints),
        places(unit, complaints),
        sizes(unit, complaints),
    );
    view! {
        <ActionForm action=change>
            <FormErrors message=complaints.whole() />
            <HiddenField name="unit" value=id.to_string() />
            {fields}
            <SubmitRow label=tu_string!(i18n, buildings.save) pending=change.pending() />
        </ActionForm>
    }
    .into_any()
}

fn states(unit: &Unit, complaints: Complaints) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let states: Vec<Choice> = Occupancy::ALL
        .iter()
        .map(|state| Choice::new(state.as_str(), room_words::occupancy(locale, *state)))
        .collect();
    let uses: Vec<Choice> = UnitUse::ALL
        .iter()
        .map(|each| Choice::new(each.as_str(), room_words::unit_use(locale, *each)))
        .collect();
    let fee_start = complaints.field("fee_start", move |flaw| match flaw {
        Flaw::OutOfRange => Some(td_string!(locale, buildings.fee_start_wrong).to_owned()),
        _ => None,
    });
    let state = unit.occupancy.map(Occupancy::as_str).unwrap_or_default();
    let purpose = unit.use_.as_str();
    view! {
        <FieldRow>
            <SelectField
                name=field("occupancy")
                label=tu_string!(i18n, estates.occupancy)
                choices=Signal::stored(states)
                error=complaints.plain("occupancy")
                value=state
                optional=true
            />
            <SelectField
                name=field("use")
                label=tu_string!(i18n, buildings.purpose)
                choices=Signal::stored(uses)
                error=complaints.plain("use")
                value=purpose
            />
        </FieldRow>
        <TextField
            name=field("fee_start")
            kind="date"
            label=tu_string!(i18n, buildings.fee_start)
            error=fee_start
            value=unit.fee_start.map(|day| day.to_string()).unwrap_or_default()
            optional=true
        />
    }
    .into_any()
}

fn places(unit: &Unit, complaints: Complaints) -> AnyView {
    let i18n = use_i18n();
    let label = unit.floor_label.clone().unwrap_or_default();
    let number = unit.true_floor.map(|number| number.to_string());
    let number = number.unwrap_or_default();
    view! {
        <TextField
            id="change-unit"
            name=field("unit")
            label=tu_string!(i18n, buildings.unit)
            error=complaints.plain("unit")
            value=unit.unit.clone()
            autocomplete="off"
            maxlength=20
        />
        <FieldRow>
            <TextField
                name=field("floor_label")
                label=tu_string!(i18n, buildings.floor_label)
                hint=tu_string!(i18n, buildings.floor_label_hint)
                error=complaints.plain("floor_label")
                value=label
                optional=true
                autocomplete="off"
                maxlength=20
            />
            <TextField
                name=field("true_floor")
                label=tu_string!(i18n, buildings.true_floor_field)
                hint=tu_string!(i18n, buildings.true_floor_hint)
                error=complaints.plain("true_floor")
                value=number
                optional=true
                autocomplete="off"
                maxlength=4
            />
        </FieldRow>
    }
    .into_any()
}

fn sizes(unit: &Unit, complaints: Complaints) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let inner = complaints.field("inner_area_m2", move |flaw| match flaw {
        Flaw::OutOfRange => Some(td_string!(locale, buildings.inner_area_wrong).to_owned()),
        _ => None,
    });
    let typed = |area: Option<Area>| area.map(|area| area.to_string()).unwrap_or_default();
    let (gross, inside) = (typed(unit.area), typed(unit.inner_area));
    view! {
        <FieldRow>
            <NumberField
                name=field("area_m2")
                label=tu_string!(i18n, estates.area)
                unit="m²"
                error=complaints.plain("area_m2")
                value=gross
                optional=true
            />
            <NumberField
                name=field("inner_area_m2")
                label=tu_string!(i18n, estates.inner_area)
                unit="m²"
                error=inner
                value=inside
                optional=true
            />
        </FieldRow>
    }
    .into_any()
}
