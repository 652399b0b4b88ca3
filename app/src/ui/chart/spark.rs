//! A course without axes, beside a number that has them.

use std::fmt::Write;

use leptos::prelude::*;

/// A small line of the recent course. Decoration: the number beside it says the same.
#[component]
pub fn Sparkline(
    /// Values at equal distances; `None` is a gap.
    #[prop(into)]
    points: Signal<Vec<Option<f64>>>,
) -> impl IntoView {
    let path = Memo::new(move |_| points.with(|points| outline(points)));
    view! {
        <svg
            class="spark"
            viewBox="0 0 100 24"
            preserveAspectRatio="none"
            aria-hidden="true"
            focusable="false"
        >
            <path d=path />
        </svg>
    }
}

fn outline(points: &[Option<f64>]) -> String {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in points.iter().flatten().filter(|value| value.is_finite()) {
        low = low.min(*value);
        high = high.max(*value);
    }
    let mut out = String::with_capacity(points.len() * 10);
    if low > high {
        return out;
    }
    let span = high - low;
    #[allow(clippy::cast_precision_loss, reason = "a few hundred points at most")]
    let step = 100.0 / points.len().saturating_sub(1).max(1) as f64;
    let mut pen_down = false;
    let mut x = 0.0;
    for value in points {
        match value.filter(|value| value.is_finite()) {
            Some(value) => {
                let y = if span > 0.0 {
                    22.0 - (value - low) / span * 20.0
                } else {
                    12.0
                };
                let pen = if pen_down { 'L' } else { 'M' };
                let _ = write!(out, "{pen}{x:.1} {y:.1}");
                pen_down = true;
            }
            None => pen_down = false,
        }
        x += step;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::outline;

    #[test]
    fn gaps_lift_the_pen() {
        assert_eq!(
            outline(&[Some(0.0), Some(1.0), None, Some(1.0), Some(0.0)]),
            "M0.0 22.0L25.0 2.0M75.0 2.0L100.0 22.0"
        );
        assert_eq!(outline(&[Some(3.0), Some(3.0)]), "M0.0 12.0L100.0 12.0");
        assert_eq!(outline(&[None, Some(f64::NAN)]), "");
    }
}
