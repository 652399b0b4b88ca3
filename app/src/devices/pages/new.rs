//! Registration of a device. The answer holds a password that is told only once, so this one
//! form needs wasm; it says so where there is none.

use domain::{
    EstateId, UnitId,
    devices::{DeviceKind, ValueType},
    estates::Unit,
    problem::Flaw,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};

use super::{connected::connected, list::no_estate};
use crate::{
    AppError,
    devices::{
        api::{Broker, Model, Register, broker, models, place},
        parts::{batch, modbus_fields, publish},
        words as room_words,
    },
    i18n::{locale, td_string, tu_string, use_i18n},
    load::resource,
    routes,
    telemetry::console::{Console, use_console},
    ui::{
        Button, ButtonKind, Card, Choice, Crumb, FieldRow, FormErrors, HiddenField, Icon, PageHead,
        RadioCards, SelectField, SkeletonRows, TextField,
    },
    words::{self, Complaints},
};

/// More points than the kind has, at most.
const MORE_POINTS: usize = 5;

/// What the form stands on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Ground {
    pub(super) estate: EstateId,
    pub(super) unit: Option<Unit>,
    pub(super) broker: Broker,
    pub(super) slug: String,
    models: Vec<Model>,
}

/// How the device speaks, as the form sends it.
pub(super) const HTTP: &str = "http";
pub(super) const MODBUS: &str = "modbus";

#[component]
pub fn NewDevicePage() -> impl IntoView {
    let i18n = use_i18n();
    let console = use_console();
    let query = use_query_map();
    let asked = move || {
        let unit = query.with(|query| query.get("unit")?.parse::<UnitId>().ok());
        (unit, console.wanted.get())
    };
    let found = resource(asked, move |(unit, wanted)| async move {
        let (broker, models) = (broker().await?, models().await?);
        // A unit says which estate it is in.
        let unit = match unit {
            Some(unit) => Some(place(unit).await?),
            None => None,
        };
        let desk = console.desk().await?;
        let estate = match &unit {
            Some(unit) => Some(unit.estate),
            None => desk.pick(wanted).map(|estate| estate.id),
        };
        Ok::<_, AppError>(estate.map(|estate| Ground {
            estate,
            unit,
            broker,
            slug: desk.me.slug,
            models,
        }))
    });
    let title = tu_string!(i18n, devices.register_title);
    view! {
        <Title text=title />
        <PageHead
            title=title
            crumbs=vec![Crumb::new(routes::DEVICES, tu_string!(i18n, devices.title))]
        />
        <Suspense fallback=|| view! { <SkeletonRows rows=8 /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok(Some(ground)) => form(ground, console),
                    Ok(None) => no_estate(),
                    Err(error) => words::refused(&error, routes::DEVICE_NEW),
                }
            })}
        </Suspense>
    }
    .into_any()
}

/// The form, and in its place afterwards what the device needs to connect.
fn form(ground: Ground, console: Console) -> AnyView {
    let i18n = use_i18n();
    let register = ServerAction::<Register>::new();
    let kind = RwSignal::new(DeviceKind::WaterMeter.as_str().to_owned());
    let key = RwSignal::new(String::new());
    let speaks = RwSignal::new("mqtt".to_owned());
    let made = Memo::new(move |_| {
        register.value().with(|answer| match answer {
            Some(Ok(made)) => Some(made.id),
            _ => None,
        })
    });
    let answer = move || register.value().get().and_then(Result::ok);
    let draft = {
        let Ground { slug, broker, .. } = ground.clone();
        move || {
            let points = DeviceKind::parse(&kind.get())
                .map(DeviceKind::points)
                .unwrap_or_default();
            let payload = publish::example(&points);
            let key = Some(key.get().trim().to_owned()).filter(|key| !key.is_empty());
            let key = key.unwrap_or_else(|| "b3-main".to_owned());
            speaks.with(|speaks| publish::first_word(speaks, &broker, &slug, &key, &payload, None))
        }
    };
    let asked = Memo::new(move |_| speaks.with(|speaks| speaks == MODBUS));
    let flaw = use_query_map().with_untracked(|query| query.get("flaw"));
    (move || {
        if made.with(Option::is_some) {
            let kind = DeviceKind::parse(&kind.get_untracked());
            return untrack(answer)
                .map(|made| connected(made, kind, &speaks.get_untracked(), &ground, console))
                .into_any();
        }
        let draft = draft.clone();
        let inputs = inputs(register, &ground, kind, key, speaks);
        // A unit has a meter or two; a sheet is for an estate.
        let many = ground
            .unit
            .is_none()
            .then(|| batch(ground.estate, flaw.clone()));
        let beside = move || {
            if asked.get() {
                return view! {
                    <Card title=tu_string!(i18n, devices.after)>
                        <p class="muted">{tu_string!(i18n, devices.asked_text)}</p>
                    </Card>
                }
                .into_any();
            }
            let draft = draft.clone();
            view! {
                <Card title=tu_string!(i18n, devices.after)>
                    <p class="muted">{tu_string!(i18n, devices.after_text)}</p>
                </Card>
                <Card title=tu_string!(i18n, devices.looks_like)>
                    <p class="muted">{tu_string!(i18n, devices.looks_like_text)}</p>
                    <pre class="command" tabindex="0">{draft}</pre>
                </Card>
            }
            .into_any()
        };
        view! {
            <div class="form-page">
                <Card>{inputs}</Card>
                <div class="stack">
                    {beside}
                    {many}
                </div>
            </div>
        }
        .into_any()
    })
    .into_any()
}

fn inputs(
    register: ServerAction<Register>,
    ground: &Ground,
    kind: RwSignal<String>,
    key: RwSignal<String>,
    speaks: RwSignal<String>,
) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let (estate, unit) = (ground.estate, ground.unit.as_ref());
    let complaints = Complaints::of(register.value());
    let key_error = complaints.field("key", move |flaw| match flaw {
        Flaw::Malformed => Some(td_string!(locale, devices.key_malformed).to_owned()),
        Flaw::Taken => Some(td_string!(locale, devices.key_taken).to_owned()),
        _ => None,
    });
    let kinds: Vec<Choice> = DeviceKind::ALL
        .iter()
        .map(|kind| Choice::new(kind.as_str(), room_words::kind(locale, *kind)))
        .collect();
    // The form changes nothing without wasm: its answer would be lost on the way.
    let awake = RwSignal::new(false);
    Effect::new(move |_| awake.set(true));
    let place_field = match unit {
        Some(unit) => fixed_place(unit),
        None => view! {
            <TextField
                name="place"
                label=tu_string!(i18n, devices.place)
                placeholder=tu_string!(i18n, devices.place_example)
                error=complaints.plain("place")
                maxlength=80
                optional=true
                autocomplete="off"
            />
        }
        .into_any(),
    };
    let unit = unit.map(|unit| view! { <HiddenField name="unit" value=unit.id.to_string() /> });
    let kind_error = complaints.field("kind", move |flaw| match flaw {
        Flaw::Ambiguous => Some(td_string!(locale, devices.kind_of_model).to_owned()),
        _ => None,
    });
    let speaking = speaking(speaks, kind, ground.models.clone(), complaints);
    view! {
        <ActionForm action=register>
            <FormErrors message=complaints.whole() />
            <HiddenField name="estate" value=estate.to_string() />
            {unit}
            <TextField
                name="name"
                label=tu_string!(i18n, devices.name)
                hint=tu_string!(i18n, devices.name_hint)
                placeholder=tu_string!(i18n, devices.name_example)
                error=complaints.plain("name")
                maxlength=80
                autocomplete="off"
            />
            <FieldRow>
                <SelectField
                    name="kind"
                    label=tu_string!(i18n, devices.kind)
                    choices=Signal::stored(kinds)
                    error=kind_error
                    value=kind.get_untracked()
                    bind=kind
                />
                {place_field}
            </FieldRow>
            {points(kind, complaints)}
            <TextField
                name="key"
                label=tu_string!(i18n, devices.key)
                hint=tu_string!(i18n, devices.key_hint)
                placeholder="b3-main"
                error=key_error
                bind=key
                maxlength=40
                optional=true
                autocomplete="off"
            />
            {speaking}
            <div class="submit-row">
                <p class="without-wasm">{tu_string!(i18n, devices.needs_wasm)}</p>
                <a class="btn btn-plain" href=routes::DEVICES>
                    {tu_string!(i18n, common.cancel)}
                </a>
                <Button
                    kind=ButtonKind::Primary
                    pending=register.pending()
                    disabled=Signal::derive(move || !awake.get())
                >
                    {tu_string!(i18n, devices.register_do)}
                </Button>
            </div>
        </ActionForm>
    }
    .into_any()
}

/// How the device connects, and what is asked about that.
fn speaking(
    speaks: RwSignal<String>,
    kind: RwSignal<String>,
    models: Vec<Model>,
    complaints: Complaints,
) -> AnyView {
    let i18n = use_i18n();
    let transports = vec![
        Choice::new("mqtt", "MQTT")
            .hint(tu_string!(i18n, devices.mqtt_hint))
            .icon(Icon::Radio),
        Choice::new(HTTP, "HTTP").hint(tu_string!(i18n, devices.http_hint)),
        Choice::new(MODBUS, "Modbus").hint(tu_string!(i18n, devices.modbus_hint)),
    ];
    let asked = Memo::new(move |_| speaks.with(|speaks| speaks == MODBUS));
    let offered = Signal::stored(models.clone());
    let asking = move || {
        if asked.get() {
            modbus_fields(models.clone(), complaints)
        } else {
            spoken_model(kind, offered, complaints)
        }
    };
    view! {
        <RadioCards
            name="says[transport]"
            label=tu_string!(i18n, devices.transport)
            choices=transports
            value=speaks.get_untracked()
            bind=speaks
        />
        {asking}
    }
    .into_any()
}

/// The model of a device that speaks by itself: only where there is one of its kind.
fn spoken_model(
    kind: RwSignal<String>,
    models: Signal<Vec<Model>>,
    complaints: Complaints,
) -> AnyView {
    let i18n = use_i18n();
    let choices = Memo::new(move |_| {
        let kind = kind.get();
        models.with(|models| {
            let fitting = models.iter().filter(|model| model.kind.as_str() == kind);
            let choice = |model: &Model| Choice::new(model.id.clone(), model.name.clone());
            fitting.map(choice).collect::<Vec<_>>()
        })
    });
    (move || {
        choices.with(|choices| !choices.is_empty()).then(|| {
            view! {
                <SelectField
                    name="says[model]"
                    label=tu_string!(i18n, devices.model)
                    hint=tu_string!(i18n, devices.model_hint)
                    choices=choices
                    error=complaints.below("model")
                    optional=true
                />
            }
        })
    })
    .into_any()
}

/// A device that is registered from a unit's page stands in that unit.
fn fixed_place(unit: &Unit) -> AnyView {
    let i18n = use_i18n();
    let href = routes::unit(unit.id);
    view! {
        <div class="field">
            <span class="field-label">{tu_string!(i18n, devices.place)}</span>
            <p class="fixed">
                <a href=href>{unit.address()}</a>
            </p>
            <HiddenField name="place" value="" />
        </div>
    }
    .into_any()
}

/// What a sensor measures is said here; the other kinds bring their points along.
fn points(kind: RwSignal<String>, complaints: Complaints) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let rows = RwSignal::new(1_usize);
    let error = complaints.field("points", move |flaw| {
        Some(
            match flaw {
                Flaw::Required => td_string!(locale, devices.points_required),
                Flaw::Taken => td_string!(locale, devices.points_taken),
                _ => td_string!(locale, devices.points_malformed),
            }
            .to_owned(),
        )
    });
    let types: Vec<Choice> = ValueType::ALL
        .iter()
        .map(|each| Choice::new(each.as_str(), room_words::value_type(locale, *each)))
        .collect();
    let types = Signal::stored(types);
    let row = move |index: usize| {
        view! {
            <div class="point-row">
                <TextField
                    name=format!("says[points][{index}][name]")
                    label=tu_string!(i18n, devices.point_name)
                    placeholder="temperature_c"
                    maxlength=40
                    autocomplete="off"
                />
                <TextField
                    name=format!("says[points][{index}][unit]")
                    label=tu_string!(i18n, devices.point_unit)
                    placeholder="℃"
                    maxlength=16
                    autocomplete="off"
                />
                <SelectField
                    name=format!("says[points][{index}][type]")
                    label=tu_string!(i18n, devices.point_type)
                    choices=types
                    value=ValueType::Number.as_str()
                />
            </div>
        }
    };
    let sensor = Memo::new(move |_| kind.with(|kind| kind == DeviceKind::Sensor.as_str()));
    (move || {
        sensor.get().then(|| {
            view! {
                <fieldset class="field">
                    <legend class="field-label">{tu_string!(i18n, devices.points)}</legend>
                    <p class="field-hint">{tu_string!(i18n, devices.points_hint)}</p>
                    <For
                        each=move || 0..rows.get()
                        key=|index| *index
                        children=row
                    />
                    {move || {
                        error.get().map(|error| {
                            view! {
                                <p class="field-error">
                                    {Icon::CircleAlert.view()}
                                    {error}
                                </p>
                            }
                        })
                    }}
                    {move || {
                        (rows.get() < MORE_POINTS).then(|| {
                            view! {
                                <Button
                                    kind=ButtonKind::Ghost
                                    action="button"
                                    icon=Icon::Plus
                                    on:click=move |_| rows.update(|rows| *rows += 1)
                                >
                                    {tu_string!(i18n, devices.point_add)}
                                </Button>
                            }
                        })
                    }}
                </fieldset>
            }
        })
    })
    .into_any()
}
