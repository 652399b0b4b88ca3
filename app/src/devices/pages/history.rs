//! The past of one point as a curve that goes on by itself.

use std::borrow::Cow;

use domain::{
    PointId,
    devices::{Device, Point, ValueType},
    telemetry::Value,
};
use leptos::prelude::*;

use crate::{
    devices::{
        api::{History, Span},
        words,
    },
    i18n::{locale, tu_string, use_i18n},
    live::Live,
    routes,
    ui::{
        Card, FilterChips, LinkItem, Segmented,
        chart::{LineChart, Point as Mark, Series},
        use_now,
    },
};

const HOUR: i64 = 60 * 60 * 1000;
/// A silence shorter than this does not break the line, in milliseconds: a device may well speak
/// only every quarter of an hour.
const SILENCE: i64 = 16 * 60 * 1000;

/// Means as points at the middle of their slots; a silence breaks the line.
fn marks(past: &History, span: Span) -> Vec<Mark> {
    let width = span.hours() * HOUR / i64::from(span.slots());
    let gap = SILENCE.max(3 * width);
    let until = past.to.as_millisecond();
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

pub(super) fn history(
    device: &Device,
    points: &[Point],
    past: History,
    span: Span,
    offset_s: i32,
    live: Live,
) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let drawn = |point: &&Point| point.value_type != ValueType::Text;
    let name_of = |point: &Point| {
        words::point(locale, &point.name).map_or_else(|| point.name.clone(), Cow::into_owned)
    };
    let shown = past.point;
    let chosen = points.iter().find(|point| point.id == shown);
    let label = chosen.map(name_of).unwrap_or_default();
    let unit = chosen.map(|point| point.unit.clone()).unwrap_or_default();
    // What only counts up is drawn near its values; from zero it would be a flat line.
    let register = matches!(unit.as_str(), "kWh" | "m³" | "m3");
    let chips: Vec<_> = points
        .iter()
        .filter(drawn)
        .map(|point| {
            LinkItem::new(
                address(device, point.id, span),
                name_of(point),
                point.id == shown,
            )
        })
        .collect();
    let chips = (chips.len() > 1).then(|| {
        view! { <FilterChips label=tu_string!(i18n, devices.points) items=Signal::stored(chips) /> }
    });
    let spans: Vec<_> = Span::ALL
        .into_iter()
        .map(|each| {
            let name = match each {
                Span::Hour => tu_string!(i18n, devices.span_hour),
                Span::Day => tu_string!(i18n, devices.span_day),
                Span::Week => tu_string!(i18n, devices.span_week),
            };
            LinkItem::new(address(device, shown, each), name, each == span)
        })
        .collect();
    let spans = view! {
        <Segmented label=tu_string!(i18n, devices.span) items=Signal::stored(spans) />
    }
    .into_any();

    let width = span.hours() * HOUR;
    let gap = SILENCE.max(3 * width / i64::from(span.slots()));
    let curve = RwSignal::new(marks(&past, span));
    let end = RwSignal::new(past.to.as_millisecond());
    let moved = live.value(shown);
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
        if let Some((at, value)) = news {
            curve.update(|curve| {
                push(curve, at, value, gap);
                let from = at - width;
                let old = curve.partition_point(|point| point.at < from);
                curve.drain(..old);
            });
            end.update(|end| *end = (*end).max(at));
        }
    });
    let now = use_now();
    // A silence shows at once: the curve's end is where the device was last heard.
    let silent = Memo::new(move |_| {
        let last = curve.with(|curve| curve.last().map(|last| last.at))?;
        (now.get() - last > SILENCE).then_some(last)
    });
    let title = label.clone();
    let series = move || vec![Series::new(label.clone(), curve.get())];
    let empty = Memo::new(move |_| curve.with(Vec::is_empty));
    let none = tu_string!(i18n, devices.no_history);
    view! {
        <Card title=tu_string!(i18n, devices.history) end=spans>
            {chips}
            <LineChart
                id="history"
                label=title
                series=Signal::derive(series)
                span=Signal::derive(move || (end.get() - width, end.get()))
                offset_s=offset_s
                unit=unit
                near=register
                stale_from=silent
                bare=true
            />
            {move || empty.get().then(|| view! { <p class="muted">{none}</p> })}
        </Card>
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
