//! Bars: one a row with its number, or one a column over a time.

use leptos::prelude::*;

use super::scale::Axis;
use crate::ui::{Num, Tone, format};

/// One bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// Its name.
    pub label: String,
    /// Its length; `None` says that there is no reading and draws nothing.
    pub value: Option<f64>,
    /// What it is compared with, drawn as a tick across.
    pub before: Option<f64>,
    /// Colour: `Plain` is the usual green.
    pub tone: Tone,
    /// Where the row leads (lists only).
    pub href: Option<String>,
}

impl Bar {
    /// A bar with its name and length.
    pub fn new(label: impl Into<String>, value: Option<f64>) -> Self {
        Self {
            label: label.into(),
            value,
            before: None,
            tone: Tone::Plain,
            href: None,
        }
    }

    /// With what it is compared with.
    #[must_use]
    pub fn before(mut self, before: Option<f64>) -> Self {
        self.before = before;
        self
    }

    /// With a colour.
    #[must_use]
    pub fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }

    /// With a link on its name.
    #[must_use]
    pub fn href(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }
}

fn percent(part: f64) -> String {
    format!("{:.1}%", part * 100.0)
}

/// Rows of name, bar and number: a list that can be read aloud as it stands.
#[component]
pub fn BarList(
    /// The bars, in the order shown.
    #[prop(into)]
    bars: Signal<Vec<Bar>>,
    /// The unit of all of them.
    #[prop(into)]
    unit: String,
) -> impl IntoView {
    let unit = StoredValue::new(unit);
    let rows = move || {
        bars.with(|bars| {
            let most = bars
                .iter()
                .flat_map(|bar| [bar.value, bar.before])
                .flatten()
                .filter(|value| value.is_finite())
                .fold(0.0, f64::max)
                .max(f64::MIN_POSITIVE)
                * 1.08;
            let part = |value: f64| percent((value / most).clamp(0.0, 1.0));
            bars.iter()
                .map(|bar| row(bar, &unit.get_value(), &part))
                .collect_view()
        })
    };
    view! { <ul class="bar-list">{rows}</ul> }.into_any()
}

fn row(bar: &Bar, unit: &str, part: &dyn Fn(f64) -> String) -> AnyView {
    let number = bar
        .value
        .map_or_else(|| "–".to_owned(), |value| format::number(value, unit));
    let name = match bar.href.clone() {
        Some(href) => view! { <a href=href>{bar.label.clone()}</a> }.into_any(),
        None => bar.label.clone().into_any(),
    };
    let length = part(bar.value.unwrap_or_default());
    let mark = bar.before.map(|before| {
        let x = part(before);
        view! { <line class="bar-before" x1=x.clone() x2=x y1="0" y2="16" /> }
    });
    view! {
        <li class=format!("bar-row {}", bar.tone.class())>
            <span class="bar-name">{name}</span>
            <svg class="bar-track" aria-hidden="true" focusable="false">
                <rect class="bar-floor" x="0" y="3" width="100%" height="10" rx="5" />
                <rect class="bar" x="0" y="3" width=length height="10" rx="5" />
                {mark}
            </svg>
            <Num value=number unit=format::unit_label(unit).to_owned() />
        </li>
    }
    .into_any()
}

/// The letters below the columns, all labels together, for which a phone has room.
const ROOM: usize = 40;

/// Columns over a time, such as twelve months. The one being talked about is set off by `tone`.
#[component]
pub fn BarColumns(
    /// What is shown, for those who cannot see it.
    #[prop(into)]
    label: String,
    /// The columns, oldest first.
    #[prop(into)]
    bars: Signal<Vec<Bar>>,
    /// The unit of all of them.
    #[prop(into)]
    unit: String,
) -> impl IntoView {
    let unit = StoredValue::new(unit);
    let columns = move || {
        bars.with(|bars| {
            let values = bars.iter().flat_map(|bar| [bar.value, bar.before]);
            let axis = Axis::new(values.flatten(), false);
            #[allow(clippy::cast_precision_loss, reason = "a few dozen columns at most")]
            let width = 1.0 / bars.len().max(1) as f64;
            let mut left = 0.0;
            // Of more than a phone has room for, every third stays there, counted from the newest.
            let letters = bars.iter().map(|bar| bar.label.chars().count());
            let crowded = letters.sum::<usize>() > ROOM;
            let newest = bars.len().saturating_sub(1);
            bars.iter()
                .enumerate()
                .map(|(nth, bar)| {
                    let spare = crowded && !(newest - nth).is_multiple_of(3);
                    let height = axis.part(bar.value.unwrap_or_default()) * 0.84;
                    let before = bar.before.map(|before| {
                        let y = percent(0.84 - axis.part(before) * 0.84);
                        view! {
                            <line
                                class="bar-before"
                                x1=percent(left + width * 0.05)
                                x2=percent(left + width * 0.95)
                                y1=y.clone()
                                y2=y
                            />
                        }
                    });
                    let view = view! {
                        <g class=format!("column {}", bar.tone.class())>
                            <rect
                                x=percent(left + width * 0.13)
                                width=percent(width * 0.74)
                                y=percent(0.84 - height)
                                height=percent(height)
                                rx="3"
                            />
                            {before}
                            <text
                                class:spare=spare
                                x=percent(left + width * 0.5)
                                y="98%"
                                text-anchor="middle"
                            >
                                {bar.label.clone()}
                            </text>
                        </g>
                    };
                    left += width;
                    view
                })
                .collect_view()
        })
    };
    let rows = move || {
        bars.get()
            .into_iter()
            .map(|bar| {
                let unit = unit.get_value();
                let number = |value: f64| {
                    let number = format::number(value, &unit);
                    format!("{number} {}", format::unit_label(&unit))
                };
                let value = bar.value.map_or_else(|| "–".to_owned(), number);
                let before = bar.before.map(|before| view! { <td>{number(before)}</td> });
                view! { <tr><th scope="row">{bar.label}</th><td>{value}</td>{before}</tr> }
            })
            .collect_view()
    };
    view! {
        <div class="columns">
            <svg class="columns-plot" aria-hidden="true" focusable="false">
                {columns}
            </svg>
            <div class="sr-only">
                <table>
                    <caption>{label}</caption>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </div>
    }
    .into_any()
}
