//! One device: how it is, what it says, what was refused, how to reach it.

use domain::{
    DeviceId, PointId,
    devices::{Device, DeviceState, Point, RefusedCount, Transport, models::ModelKey},
    telemetry::{
        Quality, Value,
        course::{CourseForm, Span},
    },
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::history::history;
use crate::{
    AppError,
    devices::{
        api::{Broker, DeviceView, Tell, broker, device_view},
        parts::{
            Changes, Doors, Hangs, change, hanging, meter, modbus_facts, password, publish, tell,
            telling,
        },
        words as room_words,
    },
    i18n::{locale, tu_string, use_i18n},
    live::{Live, use_live},
    load::{Anew, resource},
    routes,
    telemetry::console::use_console,
    ui::{
        Age, Card, CopyBox, Crumb, Facts, NumCell, PageHead, SkeletonRows, State, StateMark, Table,
        format, use_now,
    },
    words,
};

#[component]
pub fn DevicePage() -> impl IntoView {
    let console = use_console();
    let params = use_params_map();
    let query = use_query_map();
    let id =
        Memo::new(move |_| params.with(|params| params.get("device")?.parse::<DeviceId>().ok()));
    let topic = Signal::derive(move || id.get().map(|id| format!("device/{id}/points")));
    let live = use_live(topic, console.tenant());
    let anew = Anew::new();
    let doors = Doors::new(anew);
    let hanging = Hangs::new(anew);
    let acts = Acts {
        doors,
        hanging,
        changes: Changes::new(anew),
        tell: telling(anew),
    };
    let asked = move || {
        query.with(|query| {
            let point = query
                .get("point")
                .and_then(|point| point.parse::<PointId>().ok());
            let span = query.get("span").and_then(|span| Span::parse(&span));
            let part = CourseForm {
                span: span.unwrap_or_default(),
                from: query.get("from").unwrap_or_default(),
                to: query.get("to").unwrap_or_default(),
            };
            (id.get(), point, part, anew.count())
        })
    };
    let found = resource(asked, move |(id, point, part, _)| async move {
        let id = id.ok_or_else(AppError::not_found)?;
        let view = device_view(id, point, part.clone()).await?;
        let (broker, me) = (broker().await?, console.desk().await?.me);
        Ok::<_, AppError>((view, part, broker, me.slug, me.utc_offset_s))
    });
    view! {
        // The page stays while another span is on its way.
        <Transition fallback=|| view! { <SkeletonRows rows=12 /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok((view, part, broker, slug, offset_s)) => {
                        whole(view, &part, &broker, &slug, offset_s, live, acts)
                    }
                    Err(error) => words::refused(&error, routes::DEVICES),
                }
            })}
        </Transition>
    }
    .into_any()
}

/// What may be done about it, kept outside what is loaded anew.
#[derive(Clone, Copy)]
struct Acts {
    doors: Doors,
    hanging: Hangs,
    changes: Changes,
    tell: ServerAction<Tell>,
}

fn whole(
    view: DeviceView,
    part: &CourseForm,
    broker: &Broker,
    slug: &str,
    offset_s: i32,
    live: Live,
    acts: Acts,
) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let DeviceView {
        device,
        points,
        history: drawn,
        may_edit,
        acts: may_tell,
        commands,
        model,
        instruments,
    } = view;
    // Who is asked shows nobody a password.
    let password = (!matches!(device.transport, Transport::Modbus(_))).then(|| {
        password(
            &device,
            acts.doors,
            may_edit && device.retired_at.is_none(),
            offset_s,
        )
    });
    let hangs = instruments.map(|all| {
        meter(
            &device,
            &points,
            &all,
            may_edit.then_some(acts.hanging),
            offset_s,
        )
    });
    let seen = device.last_seen.map(jiff::Timestamp::as_millisecond);
    let heard = Memo::new(move |_| {
        let moved = live
            .newest
            .with(|newest| newest.values().map(|value| value.ts.as_millisecond()).max());
        seen.max(moved)
    });
    let (now, silenced) = (use_now(), device.state == DeviceState::Offline);
    let rhythm = device.rhythm_s;
    let state = Memo::new(move |_| {
        let age = heard.get().map(|at| (now.get() - at) / 1000);
        DeviceState::of(age, rhythm, silenced && heard.get() == seen)
    });
    let in_use = device.retired_at.is_none();
    let counts = device.unit.is_none() && device.kind.register().is_some();
    let below = (may_edit && in_use && counts).then(|| hanging(device.id));
    let told = tell(&device, &may_tell, commands, acts.tell, offset_s);
    let changes = may_edit.then(|| change(&device, acts.changes, offset_s));
    let mark = if device.retired_at.is_some() {
        view! { <StateMark state=Signal::stored(State::Offline) word=tu_string!(i18n, devices.retired) /> }.into_any()
    } else {
        view! {
            <StateMark
                state=Signal::derive(move || room_words::mark(state.get()))
                word=Signal::derive(move || Some(room_words::state(locale, state.get()).to_owned()))
            />
        }
        .into_any()
    };
    let crumbs = vec![Crumb::new(
        routes::devices(device.estate),
        tu_string!(i18n, devices.title),
    )];
    let chart = drawn.map(|course| history(&device, &points, course, part, offset_s, live));
    let connects = in_use.then(|| connect(&device, &points, broker, slug));
    view! {
        <Title text=device.name.clone() />
        <PageHead title=device.name.clone() crumbs=crumbs mark=mark />
        <div class="grid-main no-top">
            <div class="stack">{chart} {point_table(&points, rhythm, live)}</div>
            <div class="stack">
                {told} {facts(&device, model, slug, heard)} {hangs} {below}
                {refused(&device.refused, offset_s)}
                {connects} {password} {changes}
            </div>
        </div>
    }
    .into_any()
}

fn facts(
    device: &Device,
    model: Option<(ModelKey, String)>,
    slug: &str,
    heard: Memo<Option<i64>>,
) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let own_map = matches!(device.transport, Transport::Modbus(_)) && model.is_none();
    let model = model_line(model, own_map);
    let spoken = match &device.transport {
        Transport::Modbus(modbus) => modbus_facts(modbus),
        Transport::Mqtt {} | Transport::Http {} => {
            let topic = format!("linli/{slug}/{}", device.key);
            view! {
                <dt>{tu_string!(i18n, devices.topic)}</dt>
                <dd>
                    <code>{topic}</code>
                </dd>
            }
            .into_any()
        }
    };
    let place = device.place.clone();
    let place = match (place, device.unit) {
        (Some(place), Some(unit)) => view! { <a href=routes::unit(unit)>{place}</a> }.into_any(),
        (Some(place), None) => place.into_any(),
        (None, _) => {
            view! { <span class="muted">{tu_string!(i18n, common.none)}</span> }.into_any()
        }
    };
    let kind = room_words::kind(locale, device.kind);
    let late_after = DeviceState::online_for_s(device.rhythm_s);
    let rhythm = device.rhythm_s.map_or_else(
        || tu_string!(i18n, devices.rhythm_unknown).to_owned(),
        |seconds| room_words::rhythm(locale, seconds),
    );
    let gateway = device.gateway.clone().map(|(id, name)| {
        view! {
            <dt>{tu_string!(i18n, devices.gateway)}</dt>
            <dd>
                <a href=routes::device(id)>{name}</a>
            </dd>
        }
    });
    let (estate, estate_name) = (routes::estate(device.estate), device.estate_name.clone());
    let key = device.key.clone();
    view! {
        <Card title=tu_string!(i18n, devices.facts)>
            <Facts>
                <dt>{tu_string!(i18n, devices.kind)}</dt>
                <dd>{kind}</dd>
                <dt>{tu_string!(i18n, devices.key)}</dt>
                <dd>
                    <code>{key}</code>
                </dd>
                <dt>{tu_string!(i18n, estates.estate)}</dt>
                <dd>
                    <a href=estate>{estate_name}</a>
                </dd>
                <dt>{tu_string!(i18n, devices.place)}</dt>
                <dd>{place}</dd>
                {model}
                {gateway}
                {spoken}
                <dt>{tu_string!(i18n, devices.last_heard)}</dt>
                <dd>
                    <Age at=heard stale_after_s=late_after />
                </dd>
                <dt>{tu_string!(i18n, devices.rhythm)}</dt>
                <dd>{rhythm}</dd>
            </Facts>
        </Card>
    }
    .into_any()
}

/// The model that it follows, or that its registers are its own.
fn model_line(model: Option<(ModelKey, String)>, own_map: bool) -> AnyView {
    let i18n = use_i18n();
    let model = match model {
        Some((id, name)) => view! { <a href=routes::device_model(&id)>{name}</a> }.into_any(),
        None if own_map => tu_string!(i18n, devices.own_map).into_any(),
        None => return ().into_any(),
    };
    view! {
        <dt>{tu_string!(i18n, devices.model)}</dt>
        <dd>{model}</dd>
    }
    .into_any()
}

fn point_table(points: &[Point], rhythm: Option<u32>, live: Live) -> AnyView {
    let i18n = use_i18n();
    let rows = points
        .iter()
        .cloned()
        .map(|point| point_row(point, rhythm, live))
        .collect_view();
    view! {
        <Card title=tu_string!(i18n, devices.points)>
            <Table caption=tu_string!(i18n, devices.points)>
                <thead>
                    <tr>
                        <th scope="col">{tu_string!(i18n, devices.point)}</th>
                        <th scope="col" class="num-cell">{tu_string!(i18n, devices.newest)}</th>
                        <th scope="col" class="num-cell">{tu_string!(i18n, devices.heard)}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Card>
    }
    .into_any()
}

fn point_row(point: Point, rhythm: Option<u32>, live: Live) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let moved = live.value(point.id);
    let before = (
        point.value.clone(),
        point.ts.map(jiff::Timestamp::as_millisecond),
        point.quality == Some(Quality::Failed),
    );
    // What it said, when that was, and whether it cannot be read any more.
    let shown = Memo::new(move |_| {
        moved.with(|moved| match moved {
            Some(newest) => (
                Some(newest.value.clone()),
                Some(newest.ts.as_millisecond()),
                newest.quality == Quality::Failed,
            ),
            None => before.clone(),
        })
    });
    let failed = Memo::new(move |_| shown.with(|shown| shown.2));
    let why = point
        .unread
        .map(|reason| room_words::refusal(locale, reason).0);
    let unread = move || {
        let word = tu_string!(i18n, devices.unread);
        failed.get().then(|| {
            view! {
                <StateMark state=Signal::stored(State::Attention) word=word />
                {why.map(|why| view! { <span class="under muted">{why}</span> })}
            }
        })
    };
    let (name, unit) = (point.name.clone(), point.unit.clone());
    let text = move || {
        shown.with(|(value, ..)| {
            value.as_ref().map_or_else(
                || "–".to_owned(),
                |value| room_words::value(locale, &name, value, &unit),
            )
        })
    };
    let label = format::unit_label(&point.unit).to_owned();
    let unit = move || {
        let number = shown.with(|(value, ..)| matches!(value, Some(Value::Number(_))));
        (number && !label.is_empty()).then(|| label.clone())
    };
    let at = Signal::derive(move || shown.with(|(_, at, _)| *at));
    let range = room_words::range(locale, point.range).map(|range| {
        let range = tu_string!(i18n, devices.valid, range = range).to_string();
        view! { " · " {range} }
    });
    view! {
        <tr>
            <td>
                {room_words::point(locale, &point.name)} " " {unread}
                <span class="under muted">
                    <code>{point.name.clone()}</code>
                    {range}
                </span>
            </td>
            <NumCell value=Signal::derive(text) unit=Signal::derive(unit) stale=failed />
            <td class="num-cell">
                <Age at=at stale_after_s=DeviceState::online_for_s(rhythm) />
            </td>
        </tr>
    }
    .into_any()
}

/// Readings that were not stored, each reason with what to do about it.
fn refused(counts: &[RefusedCount], offset_s: i32) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    if counts.is_empty() {
        return view! {
            <Card title=tu_string!(i18n, devices.refused)>
                <p class="muted">{tu_string!(i18n, devices.none_refused)}</p>
            </Card>
        }
        .into_any();
    }
    let rows = counts
        .iter()
        .map(|each| {
            let (reason, mend) = room_words::refusal(locale, each.reason);
            let count = format::count(u64::try_from(each.count).unwrap_or_default());
            let last = format::date_time(each.last_at.as_millisecond(), offset_s);
            view! {
                <li class="refusal">
                    <span class="row-between">
                        <strong>{reason}</strong>
                        <span class="num">{tu_string!(i18n, devices.times, n = count)}</span>
                    </span>
                    <p class="muted">{mend}</p>
                    <p class="muted tabular">{tu_string!(i18n, devices.last_time, at = last)}</p>
                </li>
            }
        })
        .collect_view();
    view! {
        <Card title=tu_string!(i18n, devices.refused)>
            <ul class="lines">{rows}</ul>
        </Card>
    }
    .into_any()
}

/// How it says something; nothing for a device that is asked.
fn connect(device: &Device, points: &[Point], broker: &Broker, slug: &str) -> AnyView {
    let i18n = use_i18n();
    let points: Vec<_> = points
        .iter()
        .map(|point| domain::devices::NewPoint {
            name: point.name.clone(),
            unit: point.unit.clone(),
            value_type: point.value_type,
            range: point.range,
        })
        .collect();
    let payload = publish::example(&points);
    let speaks = device.transport.as_str();
    let Some(command) = publish::first_word(speaks, broker, slug, &device.key, &payload, None)
    else {
        return ().into_any();
    };
    view! {
        <Card title=tu_string!(i18n, devices.connect)>
            <p class="muted">{tu_string!(i18n, devices.connect_text)}</p>
            <CopyBox label=tu_string!(i18n, devices.command) value=command block=true />
        </Card>
    }
    .into_any()
}
