//! Numbers are the heroes: the figure card, and a number with its unit.

use leptos::prelude::*;

use super::chart::Sparkline;
use super::{Age, Icon, Tone};
use crate::i18n::{tu_string, use_i18n};

/// A number and its small grey unit.
#[component]
pub fn Num(
    /// Ready text, from [`super::format`].
    #[prop(into)]
    value: Signal<String>,
    /// The unit, if any.
    #[prop(optional, into)]
    unit: MaybeProp<String>,
) -> impl IntoView {
    view! {
        <span class="num">
            {move || value.get()}
            {move || unit.get().map(|unit| view! { <span class="unit">{unit}</span> })}
        </span>
    }
}

/// The big-number card.
#[component]
pub fn Figure(
    /// What is counted.
    #[prop(into)]
    label: String,
    /// Beside the label.
    icon: Icon,
    /// Ready text, from [`super::format`]; `None` says that there is no reading.
    #[prop(into)]
    value: Signal<Option<String>>,
    /// After the number: `kW`, `/ 120`.
    #[prop(optional, into)]
    unit: MaybeProp<String>,
    /// A line below the number.
    #[prop(optional, into)]
    sub: MaybeProp<String>,
    /// When the number was read, in milliseconds since 1970.
    #[prop(optional, into)]
    at: Option<Signal<Option<i64>>>,
    /// Seconds after which the number looks old.
    #[prop(default = i64::MAX)]
    stale_after_s: i64,
    /// The recent course; gaps are `None`.
    #[prop(optional, into)]
    spark: Option<Signal<Vec<Option<f64>>>>,
    /// Colour of the card.
    #[prop(optional, into)]
    tone: Signal<Tone>,
    /// Makes the whole card a link.
    #[prop(optional, into)]
    href: Option<String>,
) -> impl IntoView {
    let i18n = use_i18n();
    let none = tu_string!(i18n, ui.no_reading);
    // Alternates between two equal animations, so that each change plays once and only then.
    let beat = Memo::new(move |before: Option<&(Option<String>, u8)>| {
        let now = value.get();
        match before {
            None => (now, 0),
            Some((old, beat)) if *old == now => (now, *beat),
            Some((_, beat)) => (now, if *beat == 1 { 2 } else { 1 }),
        }
    });
    let ticked = move |which: u8| move || beat.with(|(_, beat)| *beat == which);
    let number = move || value.get().unwrap_or_else(|| "–".to_owned());
    let class = move || format!("figure panel {}", tone.get().class());
    let label = match href {
        Some(href) => view! { <a class="figure-link" href=href>{label}</a> }.into_any(),
        None => label.into_any(),
    };
    view! {
        <section class=class>
            <div class="figure-head">
                <h2 class="figure-label">{icon.view()} {label}</h2>
                {at.map(|at| view! { <Age at=at stale_after_s=stale_after_s /> })}
            </div>
            <p class="figure-value" class:tick-a=ticked(1) class:tick-b=ticked(2)>
                <span class="figure-number">{number}</span>
                {move || unit.get().map(|unit| view! { <span class="unit">{unit}</span> })}
                {move || {
                    value.with(Option::is_none).then(|| view! { <span class="sr-only">{none}</span> })
                }}
            </p>
            <div class="figure-foot">
                <p class="figure-sub">{move || sub.get()}</p>
                {spark.map(|points| view! { <Sparkline points=points /> })}
            </div>
        </section>
    }
    .into_any()
}
