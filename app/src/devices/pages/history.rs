//! The past of one point as a curve that goes on by itself, the parts of it, and its file.

use std::borrow::Cow;

use domain::{
    PointId,
    devices::{Device, DeviceState, Point, ValueType},
    telemetry::{
        Value,
        course::{Course, CourseForm, Part, Span},
    },
};
use leptos::prelude::*;
use leptos_router::location::Url;

use crate::{
    devices::{api::History, words},
    i18n::{locale, tu_string, use_i18n},
    live::Live,
    routes,
    ui::{
        Button, ButtonKind, Card, FieldRow, FilterChips, HiddenField, Icon, LinkItem, Segmented,
        TextField,
        chart::{LineChart, Point as Mark, Series},
        use_now,
    },
};

/// A silence shorter than this does not break the line, in milliseconds: a device may well speak
/// only every quarter of an hour.
const SILENCE: i64 = 16 * 60 * 1000;

/// Means as points at the middle of their slots; a silence breaks the line.
fn marks(past: &History, gap: i64) -> Vec<Mark> {
    let width = past.course.grain.millis();
    let until = past.course.to.as_millisecond();
    let mut points: Vec<Mark> = Vec::with_capacity(past.slots.len() + 1);
    for slot in &past.slots {
        let at = (slot.ts.as_millisecond() + width / 2).min(until);
        push(&mut points, at, slot.value, gap);
    }
    points
}

fn push(points: &mut Vec<Mark>, at: i64, value: f64, gap: i64) {
    if let Some(last) = points.last().map(|last| last.at) {
        if at <= last {
            return;
        }
        if at - last > gap {
            points.push(Mark {
                at: last + 1,
                value: None,
            });
        }
    }
    points.push(Mark {
        at,
        value: Some(value),
    });
}

fn address(device: &Device, point: PointId, span: Span) -> String {
    format!(
        "{}?point={point}&span={}",
        routes::device(device.id),
        span.as_str()
    )
}

/// Where one part is looked at, among the same point's.
fn part_address(device: &Device, point: PointId, part: &Part) -> String {
    format!(
        "{}?point={point}&from={}&to={}",
        routes::device(device.id),
        Url::escape(&part.from),
        Url::escape(&part.to)
    )
}

pub(super) fn history(
    device: &Device,
    points: &[Point],
    past: History,
    asked: &CourseForm,
    offset_s: i32,
    live: Live,
) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let drawn = |point: &&Point| point.value_type != ValueType::Text;
    let name_of = |point: &Point| {
        words::point(locale, &point.name).map_or_else(|| point.name.clone(), Cow::into_owned)
    };
    let shown = past.course.point;
    let chosen = points.iter().find(|point| point.id == shown);
    let label = chosen.map(name_of).unwrap_or_default();
    let unit = chosen.map(|point| point.unit.clone()).unwrap_or_default();
    let value_type = chosen.map_or(ValueType::Number, |point| point.value_type);
    // Another point over the same time, where it has such a course.
    let of_point = |point: &Point| {
        if !past.course.live {
            return part_address(device, point.id, &past.course.shown);
        }
        let span = Some(asked.span).filter(|span| span.fits(point.value_type));
        address(device, point.id, span.unwrap_or_default())
    };
    let chips: Vec<_> = points
        .iter()
        .filter(drawn)
        .map(|point| LinkItem::new(of_point(point), name_of(point), point.id == shown))
        .collect();
    let chips = (chips.len() > 1).then(|| {
        view! { <FilterChips label=tu_string!(i18n, devices.points) items=Signal::stored(chips) /> }
    });
    let spans: Vec<_> = Span::ALL
        .into_iter()
        .filter(|span| span.fits(value_type))
        .map(|each| {
            let name = match each {
                Span::Hour => tu_string!(i18n, devices.span_hour),
                Span::Day => tu_string!(i18n, devices.span_day),
                Span::Week => tu_string!(i18n, devices.span_week),
                Span::Month => tu_string!(i18n, devices.span_month),
                Span::Year => tu_string!(i18n, devices.span_year),
            };
            let here = past.course.live && each == asked.span;
            LinkItem::new(address(device, shown, each), name, here)
        })
        .collect();
    let spans = view! {
        <Segmented label=tu_string!(i18n, devices.span) items=Signal::stored(spans) />
    }
    .into_any();
    let (parts, files) = (parts(device, &past.course), files(asked, shown));
    let curve = curve(device, past, (label, unit), offset_s, live);
    view! {
        <Card title=tu_string!(i18n, devices.history) end=spans>
            {chips} {curve} {parts} {files}
        </Card>
    }
    .into_any()
}

fn curve(
    device: &Device,
    past: History,
    (label, unit): (String, String),
    offset_s: i32,
    live: Live,
) -> AnyView {
    let i18n = use_i18n();
    // What only counts up is drawn near its values; from zero it would be a flat line.
    let register = matches!(unit.as_str(), "kWh" | "m³" | "m3");
    let (from, to) = (
        past.course.from.as_millisecond(),
        past.course.to.as_millisecond(),
    );
    // A device that speaks once a day is not silent after an hour.
    let silence = SILENCE.max(DeviceState::online_for_s(device.rhythm_s) * 1000);
    let gap = silence.max(3 * past.course.grain.millis());
    let goes_on = past.course.live;
    let curve = RwSignal::new(marks(&past, gap));
    let end = RwSignal::new(to);
    let moved = live.value(past.course.point);
    Effect::new(move |_| {
        let news = moved.with(|moved| {
            let moved = moved.as_ref()?;
            let value = match moved.value {
                Value::Number(number) => number,
                Value::Bool(on) => f64::from(u8::from(on)),
                Value::Text(_) => return None,
            };
            Some((moved.ts.as_millisecond(), value))
        });
        if let Some((at, value)) = news.filter(|_| goes_on) {
            curve.update(|curve| {
                push(curve, at, value, gap);
                let old = curve.partition_point(|point| point.at < at - (to - from));
                curve.drain(..old);
            });
            end.update(|end| *end = (*end).max(at));
        }
    });
    let now = use_now();
    // A silence shows at once: the curve's end is where the device was last heard.
    let silent = Memo::new(move |_| {
        let last = curve.with(|curve| curve.last().map(|last| last.at))?;
        (goes_on && now.get() - last > gap).then_some(last)
    });
    let title = label.clone();
    let series = move || vec![Series::new(label.clone(), curve.get())];
    let empty = Memo::new(move |_| curve.with(Vec::is_empty));
    let none = tu_string!(i18n, devices.no_history);
    view! {
        <LineChart
            id="history"
            label=title
            series=Signal::derive(series)
            span=Signal::derive(move || (end.get() - (to - from), end.get()))
            offset_s=offset_s
            unit=unit
            near=register
            stale_from=silent
            bare=true
        />
        {move || empty.get().then(|| view! { <p class="muted">{none}</p> })}
    }
    .into_any()
}

/// Ways to a part of what is shown, and to what is before and after it: links, and a form for any
/// other. All of them work before there is a script.
fn parts(device: &Device, course: &Course) -> AnyView {
    let i18n = use_i18n();
    let link = |part: &Part, words: &str| {
        LinkItem::new(part_address(device, course.point, part), words, false)
    };
    let mut items = vec![link(&course.before, tu_string!(i18n, devices.earlier))];
    items.extend(course.parts.iter().map(|part| link(part, &part.label)));
    let after = course.after.as_ref();
    items.extend(after.map(|part| link(part, tu_string!(i18n, devices.later))));
    let shown = course.shown.clone();
    view! {
        <details>
            <summary>{tu_string!(i18n, devices.choose_part)}</summary>
            <FilterChips
                label=tu_string!(i18n, devices.choose_part)
                items=Signal::stored(items)
            />
            <form method="get" action=routes::device(device.id)>
                <HiddenField name="point" value=course.point.to_string() />
                <FieldRow>
                    <TextField
                        name="from"
                        kind="datetime-local"
                        label=tu_string!(i18n, devices.part_from)
                        value=shown.from
                    />
                    <TextField
                        name="to"
                        kind="datetime-local"
                        label=tu_string!(i18n, devices.part_to)
                        value=shown.to
                    />
                </FieldRow>
                <Button kind=ButtonKind::Secondary>{tu_string!(i18n, devices.part_show)}</Button>
            </form>
        </details>
    }
    .into_any()
}

/// What is shown as a file. Posted: that somebody took it along is remembered.
fn files(asked: &CourseForm, point: PointId) -> AnyView {
    let i18n = use_i18n();
    let form = |kind: &'static str, words: &'static str| {
        let asked = asked.clone();
        view! {
            <form method="post" action=routes::HISTORY_EXPORT>
                <HiddenField name="point" value=point.to_string() />
                <HiddenField name="span" value=asked.span.as_str() />
                <HiddenField name="from" value=asked.from />
                <HiddenField name="to" value=asked.to />
                <HiddenField name="kind" value=kind />
                <Button kind=ButtonKind::Ghost icon=Icon::Download>
                    {words}
                </Button>
            </form>
        }
        .into_any()
    };
    view! {
        <div class="row">
            {form("xlsx", tu_string!(i18n, devices.as_xlsx))}
            {form("csv", tu_string!(i18n, devices.as_csv))}
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silence_breaks_the_line_and_time_never_goes_back() {
        let mut line = Vec::new();
        for (at, value) in [
            (0, 1.0),
            (60_000, 2.0),
            (60_000, 9.0),
            (60_000 + SILENCE + 1, 3.0),
        ] {
            push(&mut line, at, value, SILENCE);
        }
        let values: Vec<_> = line.iter().map(|mark| mark.value).collect();
        assert_eq!(values, [Some(1.0), Some(2.0), None, Some(3.0)]);
    }
}
