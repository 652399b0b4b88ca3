//! A device that was just registered: what it needs to connect, and the wait for its first word.

use std::borrow::Cow;

use domain::{
    devices::{Credentials, DeviceKind, NewPoint, Point, Registered},
    telemetry::course::CourseForm,
};
use leptos::prelude::*;

use super::new::{Ground, HTTP, MODBUS};
use crate::{
    devices::{api::device_view, parts::publish, words as room_words},
    i18n::{locale, tu_string, use_i18n},
    live::{Live, use_live},
    routes,
    telemetry::console::Console,
    ui::{ButtonKind, Card, CopyBox, Icon, LinkButton, Notice, Tone, format},
};

pub(super) fn connected(
    made: Registered,
    kind: Option<DeviceKind>,
    speaks: &str,
    ground: &Ground,
    console: Console,
) -> AnyView {
    let i18n = use_i18n();
    let topic = format!("device/{}/points", made.id);
    let live = use_live(Signal::stored(Some(topic)), console.tenant());
    // The kind's own points are known; a sensor's are asked for.
    let id = made.id;
    let asked = LocalResource::new(move || device_view(id, None, CourseForm::default()));
    let points = Memo::new(move |_| match asked.get() {
        Some(Ok(view)) => view.points.into_iter().map(as_new).collect(),
        _ => kind.map(DeviceKind::points).unwrap_or_default(),
    });
    let how = if speaks == MODBUS {
        view! {
            <Card title=tu_string!(i18n, devices.made)>
                <p class="muted">{tu_string!(i18n, devices.asked_text)}</p>
            </Card>
        }
        .into_any()
    } else {
        credentials(&made, speaks, ground, points)
    };
    let page = routes::device(made.id);
    let another = format!("{}?estate={}", routes::DEVICE_NEW, ground.estate);
    view! {
        <div class="form-page">
            <div class="stack">
                {how}
                <div class="row">
                    <LinkButton href=page kind=ButtonKind::Primary>
                        {tu_string!(i18n, devices.to_page)}
                    </LinkButton>
                    <LinkButton href=another external=true icon=Icon::Plus>
                        {tu_string!(i18n, devices.another)}
                    </LinkButton>
                </div>
            </div>
            {first_word(live, points)}
        </div>
    }
    .into_any()
}

/// What it needs to say something by itself, and a line to try it with.
fn credentials(
    made: &Registered,
    speaks: &str,
    ground: &Ground,
    points: Memo<Vec<NewPoint>>,
) -> AnyView {
    let i18n = use_i18n();
    let Credentials {
        username,
        password,
        topic,
    } = made.credentials.clone();
    let broker = ground.broker.clone();
    let http = speaks == HTTP;
    let of_mqtt = (!http).then(|| {
        view! {
            <CopyBox
                label=tu_string!(i18n, devices.topic)
                value=format!("{topic}/telemetry")
            />
            <CopyBox
                label=tu_string!(i18n, devices.address)
                value=format!("{}:{}", broker.host, broker.port)
            />
        }
    });
    let client_id =
        (!http).then(|| view! { <p class="field-hint">{tu_string!(i18n, devices.client_id)}</p> });
    let (slug, key, secret) = (ground.slug.clone(), made.key.clone(), password.clone());
    let label = tu_string!(i18n, devices.command);
    let speaks = speaks.to_owned();
    let command = move || {
        let payload = points.with(|points| publish::example(points));
        let secret = Some(secret.as_str());
        let text = publish::first_word(&speaks, &broker, &slug, &key, &payload, secret);
        text.map(|text| view! { <CopyBox label=label value=text block=true /> })
    };
    view! {
        <Card title=tu_string!(i18n, devices.made)>
            <Notice tone=Tone::Attention>{tu_string!(i18n, devices.once)}</Notice>
            <div class="credentials">
                <CopyBox label=tu_string!(i18n, devices.username) value=username />
                <CopyBox label=tu_string!(i18n, devices.password) value=password />
                {of_mqtt}
            </div>
            {client_id}
        </Card>
        <Card title=tu_string!(i18n, devices.try_it)>{command}</Card>
    }
    .into_any()
}

fn as_new(point: Point) -> NewPoint {
    NewPoint {
        name: point.name,
        unit: point.unit,
        value_type: point.value_type,
        range: point.range,
    }
}

/// Turns into the values by itself.
fn first_word(live: Live, points: Memo<Vec<NewPoint>>) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let nothing = tu_string!(i18n, devices.not_yet);
    let got = tu_string!(i18n, devices.got);
    let unit_of = move |name: &str| {
        points.with(|points| {
            let point = points.iter().find(|point| point.name == name);
            point.map(|point| point.unit.clone()).unwrap_or_default()
        })
    };
    let values = move || {
        let mut all: Vec<_> = live
            .newest
            .with(|newest| newest.values().cloned().collect());
        all.sort_unstable_by_key(|value| value.point);
        if all.is_empty() {
            return view! {
                <p class="waiting">
                    <span class="waiting-mark" aria-hidden="true"></span>
                    {nothing}
                </p>
            }
            .into_any();
        }
        let rows = all
            .into_iter()
            .map(|value| {
                let unit = unit_of(&value.name);
                let text = room_words::value(locale, &value.name, &value.value, &unit);
                let label =
                    room_words::point(locale, &value.name).map_or(value.name, Cow::into_owned);
                let unit = format::unit_label(&unit).to_owned();
                view! {
                    <li class="row-between">
                        <span>{label}</span>
                        <span class="num first-value">
                            {text} <span class="unit">{unit}</span>
                        </span>
                    </li>
                }
            })
            .collect_view();
        view! {
            <Notice tone=Tone::Good>{got}</Notice>
            <ul class="lines">{rows}</ul>
        }
        .into_any()
    };
    view! {
        <Card title=tu_string!(i18n, devices.first_word)>
            <div aria-live="polite">{values}</div>
        </Card>
    }
    .into_any()
}
