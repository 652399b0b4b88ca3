//! How a Modbus device is asked: the part of the form, and what its page says of it.

use domain::devices::modbus::{DEFAULT_EVERY_S, Framing, Modbus, PORT};
use leptos::prelude::*;

use crate::{
    devices::api::{Model, OWN_MAP},
    i18n::{tu_string, use_i18n},
    ui::{Choice, FieldRow, SelectField, TextArea, TextField},
    words::Complaints,
};

/// The fields of [`ModbusFields`](crate::devices::api::ModbusFields).
pub fn modbus_fields(models: Vec<Model>, complaints: Complaints) -> AnyView {
    let i18n = use_i18n();
    let first = models.iter().find(|model| model.asked);
    let first = first.map(|model| model.id.clone());
    let model = RwSignal::new(first.clone().unwrap_or_else(|| OWN_MAP.to_owned()));
    let models = models
        .into_iter()
        .filter(|model| model.asked)
        .map(|model| Choice::new(model.id, model.name))
        .chain([Choice::new(OWN_MAP, tu_string!(i18n, devices.own_map))]);
    let map_error = complaints.below("transport.modbus.map");
    let own = Memo::new(move |_| model.with(|model| model == OWN_MAP));
    let own_map = move || {
        own.get().then(|| {
            view! {
                <TextArea
                    name="says[modbus][own]"
                    label=tu_string!(i18n, devices.own_map)
                    hint=tu_string!(i18n, devices.own_map_hint)
                    rows=8
                    error=map_error
                />
            }
        })
    };
    let choices = Signal::stored(models.collect::<Vec<_>>());
    let model_error = Signal::derive(move || map_error.get().filter(|_| !own.get()));
    let which = view! {
        <SelectField
            name="says[modbus][model]"
            label=tu_string!(i18n, devices.model)
            choices=choices
            error=model_error
            value=model.get_untracked()
            bind=model
        />
    }
    .into_any();
    view! {
        <fieldset class="field">
            <legend class="field-label">{tu_string!(i18n, devices.asked)}</legend>
            {reach_fields("says[modbus]", None, complaints, Some(which))}
            {own_map}
        </fieldset>
    }
    .into_any()
}

/// Where and how often a device is asked: what stands below `form` in the names of fields. Without `now`
/// blank is what is usual. `last` stands beside the last field.
pub(super) fn reach_fields(
    form: &str,
    now: Option<&Modbus>,
    complaints: Complaints,
    last: Option<AnyView>,
) -> AnyView {
    let i18n = use_i18n();
    let framings = [
        ("tcp", tu_string!(i18n, devices.framing_tcp)),
        ("rtu_over_tcp", tu_string!(i18n, devices.framing_rtu)),
    ];
    let framings = framings.map(|(value, label)| Choice::new(value, label));
    let framing = match now.map(|now| now.framing) {
        Some(Framing::RtuOverTcp) => "rtu_over_tcp",
        Some(Framing::Tcp) | None => "tcp",
    };
    let name = |field: &str| format!("{form}[{field}]");
    // All but the host is usual where nothing is said.
    let number = |field: &str, label, hint, usual: u32, is: fn(&Modbus) -> u32, digits: u32| {
        view! {
            <TextField
                name=name(field)
                label=label
                hint=hint
                placeholder=usual.to_string()
                error=complaints.plain(format!("transport.modbus.{field}"))
                value=now.map(|now| is(now).to_string()).unwrap_or_default()
                inputmode="numeric"
                maxlength=digits
                optional=now.is_none()
                autocomplete="off"
            />
        }
        .into_any()
    };
    let port = number(
        "port",
        tu_string!(i18n, devices.port),
        tu_string!(i18n, devices.port_hint),
        PORT.into(),
        |now| now.port.into(),
        5,
    );
    let unit_id = number(
        "unit_id",
        tu_string!(i18n, devices.unit_id),
        tu_string!(i18n, devices.unit_id_hint),
        1,
        |now| now.unit_id.into(),
        3,
    );
    let every_s = number(
        "every_s",
        tu_string!(i18n, devices.every_s),
        tu_string!(i18n, devices.every_s_hint),
        DEFAULT_EVERY_S,
        |now| now.every_s,
        5,
    );
    let (host, framed) = (name("host"), name("framing"));
    let host_now = now.map(|now| now.host.clone()).unwrap_or_default();
    view! {
        <FieldRow>
            <TextField
                name=host
                label=tu_string!(i18n, devices.host)
                hint=tu_string!(i18n, devices.host_hint)
                placeholder="meters.example.com"
                error=complaints.plain("transport.modbus.host")
                value=host_now
                maxlength=253
                autocomplete="off"
            />
            {port}
        </FieldRow>
        <FieldRow>{unit_id} {every_s}</FieldRow>
        <FieldRow>
            <SelectField
                name=framed
                label=tu_string!(i18n, devices.framing)
                choices=Signal::stored(framings.to_vec())
                value=framing
            />
            {last}
        </FieldRow>
    }
    .into_any()
}

/// Lines of a device's facts: where it is asked, and how often.
pub fn modbus_facts(modbus: &Modbus) -> AnyView {
    let i18n = use_i18n();
    let host = if modbus.host.contains(':') {
        format!("[{}]", modbus.host)
    } else {
        modbus.host.clone()
    };
    let at = format!("{host}:{}", modbus.port);
    let framing = match modbus.framing {
        Framing::Tcp => tu_string!(i18n, devices.framing_tcp),
        Framing::RtuOverTcp => tu_string!(i18n, devices.framing_rtu),
    };
    view! {
        <dt>{tu_string!(i18n, devices.asked_at)}</dt>
        <dd>
            <code>{at}</code>
        </dd>
        <dt>{tu_string!(i18n, devices.framing)}</dt>
        <dd>{framing}</dd>
        <dt>{tu_string!(i18n, devices.unit_id)}</dt>
        <dd>{modbus.unit_id}</dd>
        <dt>{tu_string!(i18n, devices.asked)}</dt>
        <dd>{tu_string!(i18n, devices.each_s, n = modbus.every_s)}</dd>
    }
    .into_any()
}
