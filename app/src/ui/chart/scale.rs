//! Axes: where the ticks go.

use crate::ui::format;

/// A vertical axis with round ticks.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axis {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) step: f64,
}

impl Axis {
    /// Covers all values with four to six round steps; from zero unless `near`.
    pub(super) fn new(values: impl Iterator<Item = f64>, near: bool) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.filter(|value| value.is_finite()) {
            low = low.min(value);
            high = high.max(value);
        }
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        if !near {
            low = low.min(0.0);
            high = high.max(0.0);
        }
        if high - low < 1e-9 * high.abs().max(1.0) {
            high = low + low.abs().mul_add(0.1, 1.0);
        }
        // Six digits tell a tick from the next: more would be longer than the margin, and finer than
        // what is measured.
        let finest = 10_f64.powf(low.abs().max(high.abs()).log10().floor() - 5.0);
        let step = round_step(((high - low) / 4.0).max(finest));
        Self {
            low: (low / step).floor() * step,
            high: (high / step - 1e-9).ceil() * step,
            step,
        }
    }

    /// Part of the height above the floor, 0 to 1.
    pub(super) fn part(&self, value: f64) -> f64 {
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    /// Tick values from the floor up.
    pub(super) fn ticks(&self) -> Vec<f64> {
        let mut out = Vec::with_capacity(8);
        let mut value = self.low;
        while value <= self.high + self.step * 0.5 && out.len() < 16 {
            out.push(value);
            value += self.step;
        }
        out
    }

    /// A tick as text, with the decimals that its step needs.
    pub(super) fn label(&self, value: f64) -> String {
        let digits = (0_usize..4)
            .find(|digits| {
                let scaled = self.step * [1.0, 10.0, 100.0, 1000.0].get(*digits).unwrap_or(&1.0);
                (scaled - scaled.round()).abs() < 1e-6
            })
            .unwrap_or(4);
        format::decimal(value, digits)
    }
}

/// The next 1, 2, 2.5 or 5 times a power of ten.
fn round_step(rough: f64) -> f64 {
    let power = 10_f64.powf(rough.log10().floor());
    let part = rough / power;
    let round = [1.0, 2.0, 2.5, 5.0]
        .into_iter()
        .find(|round| part <= round + 1e-9)
        .unwrap_or(10.0);
    round * power
}

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Times for a horizontal axis, in milliseconds, at round local times.
pub(super) fn time_ticks(from: i64, to: i64, offset_s: i32) -> Vec<(i64, String)> {
    const STEPS: [i64; 15] = [
        MINUTE,
        5 * MINUTE,
        10 * MINUTE,
        15 * MINUTE,
        30 * MINUTE,
        HOUR,
        2 * HOUR,
        3 * HOUR,
        6 * HOUR,
        12 * HOUR,
        DAY,
        2 * DAY,
        7 * DAY,
        14 * DAY,
        30 * DAY,
    ];
    let span = (to - from).max(1);
    let step = STEPS
        .into_iter()
        .find(|step| span / step <= 8)
        .unwrap_or(span / 6);
    let offset = i64::from(offset_s) * 1000;
    let mut at = (from + offset).div_euclid(step) * step - offset;
    if at < from {
        at += step;
    }
    let mut out = Vec::with_capacity(10);
    while at <= to && out.len() < 16 {
        let midnight = (at + offset).rem_euclid(DAY) == 0;
        let text = if step >= DAY || (midnight && span > DAY) {
            format::month_day(at, offset_s)
        } else {
            format::hour_minute(at, offset_s)
        };
        out.push((at, text));
        at += step;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round() {
        let axis = Axis::new([36.0, 168.0].into_iter(), false);
        assert_eq!(axis.ticks(), [0.0, 50.0, 100.0, 150.0, 200.0]);
        assert_eq!(axis.label(150.0), "150");
        let axis = Axis::new([412.01, 412.06].into_iter(), true);
        assert!(axis.low > 411.0 && axis.high < 413.0, "{axis:?}");
        assert!(
            axis.ticks().len() >= 3 && axis.ticks().len() <= 7,
            "{axis:?}"
        );
    }

    #[test]
    fn an_axis_stands_without_values() {
        for axis in [
            Axis::new(std::iter::empty(), false),
            Axis::new([5.0].into_iter(), true),
            Axis::new([0.0, 0.0].into_iter(), false),
            Axis::new([f64::NAN].into_iter(), false),
        ] {
            assert!(axis.high > axis.low, "{axis:?}");
            assert!(axis.part(0.5).is_finite());
        }
    }

    #[test]
    fn hours_are_local() {
        // 2026-11-22 00:00 in China.
        let from = 1_795_276_800_000;
        let ticks = time_ticks(from, from + DAY - 1, 8 * 3600);
        let texts: Vec<&str> = ticks.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "00:00", "03:00", "06:00", "09:00", "12:00", "15:00", "18:00", "21:00"
            ]
        );
    }
}
