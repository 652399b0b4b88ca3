//! Values over time.

use leptos::prelude::*;

use super::scale::{Axis, time_ticks};
use super::series::{HEIGHT, Series, WIDTH, area_path, line_path};
use crate::i18n::{tu_string, use_i18n};
use crate::ui::format;

const TABLE_ROWS: usize = 48;

/// What the parts of a chart share.
#[derive(Clone, Copy)]
struct Frame {
    series: Signal<Vec<Series>>,
    span: Signal<(i64, i64)>,
    axis: Memo<Axis>,
}

impl Frame {
    fn x(self, at: i64) -> f64 {
        let (from, to) = self.span.get();
        #[allow(clippy::cast_precision_loss, reason = "spans are far below 2^52 ms")]
        let part = (at - from) as f64 / (to - from).max(1) as f64;
        part.clamp(0.0, 1.0)
    }

    fn y(self, value: f64) -> f64 {
        1.0 - self.axis.with(|axis| axis.part(value))
    }

    fn inside(self, at: i64) -> bool {
        let (from, to) = self.span.get();
        (from..=to).contains(&at)
    }

    fn runs(self, index: usize) -> Vec<Vec<(f64, f64)>> {
        let mut runs = vec![Vec::new()];
        self.series.with(|series| {
            let Some(series) = series.get(index) else {
                return;
            };
            for point in &series.points {
                match point.value.filter(|value| value.is_finite()) {
                    Some(value) if self.inside(point.at) => {
                        let place = (self.x(point.at) * WIDTH, self.y(value) * HEIGHT);
                        if let Some(run) = runs.last_mut() {
                            run.push(place);
                        }
                    }
                    Some(_) => {}
                    None => runs.push(Vec::new()),
                }
            }
        });
        runs.retain(|run| !run.is_empty());
        runs
    }

    fn last(self, index: usize) -> Option<(i64, f64)> {
        self.series.with(|series| {
            let points = &series.get(index)?.points;
            let last = points.iter().rev().find(|point| point.value.is_some())?;
            last.value.map(|value| (last.at, value))
        })
    }
}

fn percent(part: f64) -> String {
    format!("{:.2}%", part * 100.0)
}

/// Lines over time with a legend, round axes, the newest point, and a crosshair that reads
/// values once wasm is there.
#[component]
pub fn LineChart(
    /// Unique in the page.
    #[prop(into)]
    id: String,
    /// What is shown: the heading and, for those who cannot see it, the table's caption.
    #[prop(into)]
    label: String,
    /// The lines; the first is the one being talked about.
    #[prop(into)]
    series: Signal<Vec<Series>>,
    /// Left and right end in milliseconds since 1970.
    #[prop(into)]
    span: Signal<(i64, i64)>,
    /// Offset of local time from UTC in seconds.
    offset_s: i32,
    /// Unit of the values.
    #[prop(into)]
    unit: String,
    /// Keep the axis near the values instead of from zero: for meter registers.
    #[prop(optional)]
    near: bool,
    /// From when on the newest value is old, in milliseconds: hatched until the right end.
    #[prop(optional, into)]
    stale_from: Signal<Option<i64>>,
    /// Hide the heading line where the card around it has one.
    #[prop(optional)]
    bare: bool,
) -> impl IntoView {
    let axis = Memo::new(move |_| {
        series.with(|series| {
            let values = series.iter().flat_map(|series| &series.points);
            Axis::new(values.filter_map(|point| point.value), near)
        })
    });
    let frame = Frame { series, span, axis };
    let unit = StoredValue::new(unit);
    let pointed = RwSignal::new(None::<f64>);
    let plot = plot(frame, &id, stale_from, pointed);
    view! {
        <figure class="chart">
            {head(frame, (!bare).then_some(label.clone()), unit, offset_s, pointed)}
            <div class="chart-grid">
                {value_axis(frame)}
                {plot}
                {time_axis(frame, offset_s)}
            </div>
            {table(frame, label, unit, offset_s)}
        </figure>
    }
    .into_any()
}

fn number_with_unit(value: f64, unit: &str) -> String {
    format!(
        "{} {}",
        format::number(value, unit),
        format::unit_label(unit)
    )
}

/// Heading, legend, and on the right the unit or what the crosshair reads.
fn head(
    frame: Frame,
    label: Option<String>,
    unit: StoredValue<String>,
    offset_s: i32,
    pointed: RwSignal<Option<f64>>,
) -> AnyView {
    let names = Memo::new(move |_| {
        frame.series.with(|all| {
            all.iter()
                .map(|series| (series.label.clone(), series.compare))
                .collect::<Vec<_>>()
        })
    });
    let legend = move || {
        names
            .get()
            .into_iter()
            .enumerate()
            .map(|(index, (name, compare))| {
                let class = line_class(index, compare);
                view! {
                    <span class="legend">
                        <svg class="legend-mark" viewBox="0 0 16 4" aria-hidden="true">
                            <path class=class d="M0 2h16" />
                        </svg>
                        {name}
                    </span>
                }
            })
            .collect_view()
    };
    let reading = move || {
        let part = pointed.get()?;
        let (from, to) = frame.span.get();
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            reason = "spans are far below 2^52 ms"
        )]
        let at = from + ((to - from) as f64 * part) as i64;
        let values = frame.series.with(|all| {
            all.iter()
                .filter_map(|series| series.nearest(at))
                .collect::<Vec<_>>()
        });
        let (first, _) = values.first()?;
        let texts = values
            .iter()
            .map(|(_, value)| unit.with_value(|unit| number_with_unit(*value, unit)))
            .collect::<Vec<_>>()
            .join(" · ");
        Some(format!("{}  {texts}", format::date_time(*first, offset_s)))
    };
    view! {
        <figcaption class="chart-head">
            {label.map(|label| view! { <span class="chart-title">{label}</span> })}
            {legend}
            <span class="chart-reading num">
                {move || {
                    reading().unwrap_or_else(|| unit.with_value(|unit| format::unit_label(unit).to_owned()))
                }}
            </span>
        </figcaption>
    }
    .into_any()
}

fn line_class(index: usize, compare: bool) -> String {
    if compare {
        "line line-compare".to_owned()
    } else {
        format!("line series-{}", index % 6 + 1)
    }
}

fn grid(frame: Frame) -> AnyView {
    let lines = move || {
        let ticks = frame.axis.with(Axis::ticks);
        ticks
            .into_iter()
            .map(|tick| {
                let y = percent(frame.y(tick));
                view! { <line class="grid" x1="0" x2="100%" y1=y.clone() y2=y /> }
            })
            .collect_view()
    };
    lines.into_any()
}

/// The moving part: the newest point of the first line with a line down to its time.
fn newest(frame: Frame) -> AnyView {
    let mark = move || {
        let (at, value) = frame.last(0).filter(|(at, _)| frame.inside(*at))?;
        let (x, y) = (percent(frame.x(at)), percent(frame.y(value)));
        let view = view! {
            <line class="now-line" x1=x.clone() x2=x.clone() y1="0" y2="100%" />
            <circle class="now-halo" cx=x.clone() cy=y.clone() r="8" />
            <circle class="now-dot" cx=x cy=y r="3.5" />
        };
        Some(view)
    };
    mark.into_any()
}

fn plot(
    frame: Frame,
    id: &str,
    stale_from: Signal<Option<i64>>,
    pointed: RwSignal<Option<f64>>,
) -> AnyView {
    let hatch = format!("{id}-hatch");
    let hatch_fill = format!("url(#{hatch})");
    let shapes = Memo::new(move |_| {
        frame.series.with(|all| {
            all.iter()
                .map(|series| series.compare)
                .collect::<Vec<bool>>()
        })
    });
    let lines = move || {
        let shapes = shapes.get();
        shapes
            .into_iter()
            .enumerate()
            // The first line is drawn last, on top.
            .rev()
            .map(|(index, compare)| {
                let area = (index == 0).then(|| {
                    view! { <path class="area series-1" d=move || area_path(&frame.runs(index)) /> }
                });
                view! {
                    {area}
                    <path class=line_class(index, compare) d=move || line_path(&frame.runs(index)) />
                }
            })
            .collect_view()
    };
    let stale = move || {
        let from = frame.x(stale_from.get()?);
        let view = view! {
            <rect
                class="stale-part"
                x=percent(from)
                y="0"
                width=percent(1.0 - from)
                height="100%"
                fill=hatch_fill.clone()
            />
        };
        Some(view)
    };
    let cross = move || {
        pointed.get().map(|part| {
            let x = percent(part);
            view! { <line class="cross" x1=x.clone() x2=x y1="0" y2="100%" /> }
        })
    };
    let on_move = move |event: leptos::ev::PointerEvent| {
        let target: leptos::web_sys::Element = event_target(&event);
        let width = target.client_width();
        if width > 0 {
            pointed.set(Some(
                (f64::from(event.offset_x()) / f64::from(width)).clamp(0.0, 1.0),
            ));
        }
    };
    view! {
        <div class="chart-plot">
            <svg class="chart-svg" aria-hidden="true" focusable="false">
                <defs>
                    <pattern
                        id=hatch
                        width="8"
                        height="8"
                        patternUnits="userSpaceOnUse"
                        patternTransform="rotate(45)"
                    >
                        <line class="hatch" x1="0" x2="0" y1="0" y2="8" />
                    </pattern>
                </defs>
                {grid(frame)}
                {stale}
                <svg
                    width="100%"
                    height="100%"
                    viewBox=format!("0 0 {WIDTH} {HEIGHT}")
                    preserveAspectRatio="none"
                >
                    {lines}
                </svg>
                {newest(frame)}
                {cross}
            </svg>
            <div
                class="chart-touch"
                on:pointermove=on_move
                on:pointerdown=on_move
                on:pointerleave=move |_| pointed.set(None)
            ></div>
        </div>
    }
    .into_any()
}

fn value_axis(frame: Frame) -> AnyView {
    let texts = move || {
        let axis = frame.axis.get();
        axis.ticks()
            .into_iter()
            .map(|tick| {
                view! {
                    <text x="100%" y=percent(frame.y(tick)) dy="0.35em" text-anchor="end">
                        {axis.label(tick)}
                    </text>
                }
            })
            .collect_view()
    };
    view! {
        <svg class="chart-values" aria-hidden="true" focusable="false">
            {texts}
        </svg>
    }
    .into_any()
}

fn time_axis(frame: Frame, offset_s: i32) -> AnyView {
    let texts = move || {
        let (from, to) = frame.span.get();
        time_ticks(from, to, offset_s)
            .into_iter()
            .enumerate()
            .map(|(index, (at, text))| {
                let class = if index % 2 == 1 { "minor" } else { "" };
                view! {
                    <text class=class x=percent(frame.x(at)) y="14" text-anchor="middle">
                        {text}
                    </text>
                }
            })
            .collect_view()
    };
    view! {
        <svg class="chart-times" aria-hidden="true" focusable="false">
            {texts}
        </svg>
    }
    .into_any()
}

/// The same in rows: at most [`TABLE_ROWS`], evenly taken. It follows the span, not each
/// live value, or a screen reader would never get to its end.
fn table(frame: Frame, label: String, unit: StoredValue<String>, offset_s: i32) -> AnyView {
    let i18n = use_i18n();
    let time = tu_string!(i18n, ui.time);
    let none = tu_string!(i18n, ui.no_reading);
    let body = move || {
        let _ = frame.span.get();
        frame.series.with_untracked(|all| {
            let names = all
                .iter()
                .map(|series| view! { <th scope="col">{series.label.clone()}</th> })
                .collect_view();
            let first = all.first().map(|series| series.points.as_slice());
            let points = first.unwrap_or_default();
            let stride = points.len().div_ceil(TABLE_ROWS).max(1);
            let rows = points
                .iter()
                .step_by(stride)
                .map(|point| {
                    let cells = all
                        .iter()
                        .enumerate()
                        .map(|(index, series)| {
                            let value = if index == 0 {
                                point.value
                            } else {
                                series.nearest(point.at).map(|(_, value)| value)
                            };
                            let text = value.map_or_else(
                                || none.to_owned(),
                                |value| unit.with_value(|unit| number_with_unit(value, unit)),
                            );
                            view! { <td>{text}</td> }
                        })
                        .collect_view();
                    view! {
                        <tr>
                            <th scope="row">{format::date_time(point.at, offset_s)}</th>
                            {cells}
                        </tr>
                    }
                })
                .collect_view();
            view! {
                <thead>
                    <tr>
                        <th scope="col">{time}</th>
                        {names}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            }
        })
    };
    view! {
        // A table cannot be cut to a pixel itself.
        <div class="sr-only">
            <table>
                <caption>{label}</caption>
                {body}
            </table>
        </div>
    }
    .into_any()
}
