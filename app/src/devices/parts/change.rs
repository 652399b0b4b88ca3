//! Changing a device: its name, where it is, where it is asked, and whether it is in use.

use domain::{
    devices::{Device, Transport, modbus::Modbus},
    problem::Flaw,
};
use leptos::prelude::*;

use super::modbus::reach_fields;
use crate::{
    devices::api::ChangeDevice,
    i18n::{locale, td_string, tu_string, use_i18n},
    load::Anew,
    ui::{
        Button, ButtonKind, Card, ConfirmForm, FormErrors, HiddenField, Notice, SubmitRow,
        TextField, Tone, format,
    },
    words::Complaints,
};

/// What may be done about it. One for each form, so that none complains of another.
#[derive(Clone, Copy)]
pub(in crate::devices) struct Changes {
    place: ServerAction<ChangeDevice>,
    asked: ServerAction<ChangeDevice>,
    used: ServerAction<ChangeDevice>,
}

impl Changes {
    /// After any of them the page is loaded anew.
    pub(in crate::devices) fn new(anew: Anew) -> Self {
        let changes = Self {
            place: ServerAction::new(),
            asked: ServerAction::new(),
            used: ServerAction::new(),
        };
        anew.after(changes.place);
        anew.after(changes.asked);
        anew.after(changes.used);
        changes
    }
}

pub(in crate::devices) fn change(device: &Device, changes: Changes, offset_s: i32) -> AnyView {
    let i18n = use_i18n();
    let used = match device.retired_at {
        Some(since) => {
            let at = format::date_time(since.as_millisecond(), offset_s);
            taken_back(device, changes.used, at)
        }
        None => retired(device, changes.used),
    };
    let place = place(device, changes.place);
    let asked = match &device.transport {
        Transport::Modbus(modbus) => Some(asked(device, modbus, changes.asked)),
        Transport::Mqtt {} | Transport::Http {} => None,
    };
    view! {
        <Card title=tu_string!(i18n, devices.change)>{place} {asked} {used}</Card>
    }
    .into_any()
}

fn place(device: &Device, action: ServerAction<ChangeDevice>) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let complaints = Complaints::of(action.value());
    let unit = complaints.field("unit", move |flaw| match flaw {
        Flaw::Unknown => Some(td_string!(locale, devices.change_unit_unknown).to_owned()),
        _ => None,
    });
    let (id, name) = (device.id.to_string(), device.name.clone());
    // Without a unit the place is words of the device's own.
    let address = device.unit.and_then(|_| device.place.clone());
    let address = address.unwrap_or_default();
    view! {
        <ActionForm action=action>
            <FormErrors message=complaints.whole() />
            <HiddenField name="device" value=id />
            <TextField
                name="change[name]"
                label=tu_string!(i18n, devices.name)
                error=complaints.plain("name")
                value=name
                autocomplete="off"
                maxlength=80
            />
            <TextField
                name="change[unit]"
                label=tu_string!(i18n, devices.change_unit)
                hint=tu_string!(i18n, devices.change_unit_hint)
                error=unit
                value=address
                optional=true
                autocomplete="off"
                maxlength=200
            />
            <SubmitRow label=tu_string!(i18n, devices.change_do) pending=action.pending() />
        </ActionForm>
    }
    .into_any()
}

/// Where it is asked: an inverter moves to another address, and its history goes on.
fn asked(device: &Device, modbus: &Modbus, action: ServerAction<ChangeDevice>) -> AnyView {
    let i18n = use_i18n();
    let complaints = Complaints::of(action.value());
    let fields = reach_fields("asked", Some(modbus), complaints, None);
    let id = device.id.to_string();
    // What is wrong with a refused form must not lie folded away.
    let refused = complaints.code();
    view! {
        <details class="below" open=move || refused.get().is_some()>
            <summary>{tu_string!(i18n, devices.change_asked)}</summary>
            <ActionForm action=action>
                <FormErrors message=complaints.whole() />
                <HiddenField name="device" value=id />
                {fields}
                <SubmitRow label=tu_string!(i18n, devices.change_do) pending=action.pending() />
            </ActionForm>
        </details>
    }
    .into_any()
}

fn retired(device: &Device, action: ServerAction<ChangeDevice>) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let (id, name) = (device.id.to_string(), device.name.clone());
    view! {
        <div class="row">
            <ConfirmForm
                id="retire"
                trigger=tu_string!(i18n, devices.retire)
                title=td_string!(locale, devices.retire_title, name = name)
                text=tu_string!(i18n, devices.retire_text)
                action=action
                fields=[("device", id), ("change[retired]", "true".to_owned())]
                refused=Complaints::of(action.value()).whole()
            />
        </div>
    }
    .into_any()
}

fn taken_back(device: &Device, action: ServerAction<ChangeDevice>, at: String) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let complaints = Complaints::of(action.value()).whole();
    let id = device.id.to_string();
    view! {
        <Notice tone=Tone::Attention>
            {td_string!(locale, devices.retired_since, at = at)} " "
            {tu_string!(i18n, devices.take_back_text)}
        </Notice>
        <ActionForm action=action>
            <FormErrors message=complaints />
            <HiddenField name="device" value=id />
            <HiddenField name="change[retired]" value="false" />
            <Button kind=ButtonKind::Secondary pending=action.pending()>
                {tu_string!(i18n, devices.take_back)}
            </Button>
        </ActionForm>
    }
    .into_any()
}
