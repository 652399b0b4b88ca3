//! The cars of whoever lives in a unit.

use domain::{
    UnitId,
    estates::Vehicle,
    problem::{Code, Flaw},
};
use leptos::prelude::*;

use crate::{
    estates::vehicles::{AddVehicle, RemoveVehicle},
    i18n::{locale, td_string, tu_string, use_i18n},
    load::Anew,
    ui::{Card, ConfirmForm, FieldRow, FormErrors, HiddenField, SubmitRow, TextField},
    words::Complaints,
};

/// `adds` is whether the asker writes cars down, and takes them off.
pub(super) fn vehicles(unit: UnitId, vehicles: Vec<Vehicle>, adds: bool, anew: Anew) -> AnyView {
    let i18n = use_i18n();
    let none = vehicles
        .is_empty()
        .then(|| view! { <p class="muted">{tu_string!(i18n, estates.no_cars)}</p> });
    let lines = vehicles
        .into_iter()
        .map(|vehicle| line(vehicle, adds, anew))
        .collect_view();
    view! {
        <Card title=tu_string!(i18n, estates.cars)>
            {none} <ul class="lines">{lines}</ul> {adds.then(|| form(unit, anew))}
        </Card>
    }
    .into_any()
}

fn line(vehicle: Vehicle, adds: bool, anew: Anew) -> AnyView {
    let Vehicle { id, plate, about } = vehicle;
    let take_off = adds.then(|| removal(id.to_string(), &plate, anew));
    view! {
        <li class="row-between">
            <span>
                <span class="tabular">{plate}</span>
                " "
                <span class="muted">{about}</span>
            </span>
            {take_off}
        </li>
    }
    .into_any()
}

fn removal(id: String, plate: &str, anew: Anew) -> AnyView {
    let i18n = use_i18n();
    let remove = ServerAction::<RemoveVehicle>::new();
    anew.after(remove);
    let title = tu_string!(i18n, estates.car_remove_title, plate = plate.to_owned()).to_string();
    view! {
        <ConfirmForm
            id=format!("remove-{id}")
            trigger=tu_string!(i18n, estates.car_remove)
            title=title
            text=tu_string!(i18n, estates.car_remove_text)
            action=remove
            fields=[("vehicle", id)]
            refused=Complaints::of(remove.value()).whole()
        />
    }
    .into_any()
}

fn form(unit: UnitId, anew: Anew) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let add = ServerAction::<AddVehicle>::new();
    anew.after(add);
    // Once a car is in, there is room for the next one.
    let typed = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    Effect::new(move |_| {
        if add.value().with(|answer| matches!(answer, Some(Ok(())))) {
            typed.0.set(String::new());
            typed.1.set(String::new());
        }
    });
    let complaints = Complaints::of(add.value());
    let plate = complaints.field("plate", move |flaw| match flaw {
        Flaw::Malformed => Some(td_string!(locale, estates.plate_wrong).to_owned()),
        Flaw::Taken => Some(td_string!(locale, estates.plate_taken).to_owned()),
        _ => None,
    });
    let (whole, code) = (complaints.whole(), complaints.code());
    // A conflict that names no field: whoever lived there has left in the meantime.
    let refused = Signal::derive(move || match code.get() {
        Some(Code::Conflict) if plate.get().is_none() => {
            Some(td_string!(locale, estates.car_nobody).to_owned())
        }
        _ => whole.get(),
    });
    view! {
        <ActionForm action=add>
            <FormErrors message=refused />
            <HiddenField name="unit" value=unit.to_string() />
            <FieldRow>
                <TextField
                    name="plate"
                    label=tu_string!(i18n, estates.plate)
                    error=plate
                    bind=typed.0
                    autocomplete="off"
                    placeholder="沪A·12345"
                    maxlength=12
                />
                <TextField
                    name="about"
                    id="car-about"
                    label=tu_string!(i18n, estates.car_about)
                    error=complaints.plain("about")
                    bind=typed.1
                    autocomplete="off"
                    optional=true
                    maxlength=40
                />
            </FieldRow>
            <SubmitRow label=tu_string!(i18n, estates.car_add) pending=add.pending() />
        </ActionForm>
    }
    .into_any()
}
