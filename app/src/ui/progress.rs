//! Long work.

use leptos::prelude::*;

/// How far a piece of work has come; without a value it only says that it goes on.
#[component]
pub fn ProgressBar(
    /// What is being done.
    #[prop(into)]
    label: String,
    /// Part done, 0 to 1.
    #[prop(into)]
    done: Signal<Option<f64>>,
    /// Beside the bar: `312 / 460`.
    #[prop(optional, into)]
    text: MaybeProp<String>,
) -> impl IntoView {
    view! {
        <div class="progress-row">
            <div class="progress-words">
                <span>{label.clone()}</span>
                <span class="num" aria-live="polite">{move || text.get()}</span>
            </div>
            <progress
                class="progress progress-primary"
                aria-label=label
                max="1"
                value=move || done.get().map(|done| format!("{:.3}", done.clamp(0.0, 1.0)))
            ></progress>
        </div>
    }
    .into_any()
}
