//! Lines as data, and as SVG paths.

use std::fmt::Write;

/// The stretched box that lines are drawn in.
pub(super) const WIDTH: f64 = 1000.0;
pub(super) const HEIGHT: f64 = 400.0;
/// Lines with more points than this are drawn straight: a curve would not be seen.
const CURVE_LIMIT: usize = 400;

/// A value at a time; `None` breaks the line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Milliseconds since 1970, UTC.
    pub at: i64,
    /// The value, or a gap.
    pub value: Option<f64>,
}

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its name in the legend.
    pub label: String,
    /// Oldest first.
    pub points: Vec<Point>,
    /// Thin, grey and dashed: what the first line is compared with.
    pub compare: bool,
}

impl Series {
    /// A line in the colour of its place.
    pub fn new(label: impl Into<String>, points: Vec<Point>) -> Self {
        Self {
            label: label.into(),
            points,
            compare: false,
        }
    }

    /// A dashed line to compare with. Its times are shifted into the chart's span by the caller.
    pub fn compare(label: impl Into<String>, points: Vec<Point>) -> Self {
        Self {
            compare: true,
            ..Self::new(label, points)
        }
    }

    /// The value nearest to a time, if it is no gap.
    pub(super) fn nearest(&self, at: i64) -> Option<(i64, f64)> {
        let after = self.points.partition_point(|point| point.at < at);
        let near = [after.checked_sub(1), Some(after)]
            .into_iter()
            .flatten()
            .filter_map(|index| self.points.get(index))
            .min_by_key(|point| (point.at - at).abs())?;
        near.value.map(|value| (near.at, value))
    }
}

/// Appends a run of points, as a monotone curve (no overshoot: the line never shows a value
/// that was not there) where it is short enough to be seen.
fn push_line(out: &mut String, run: &[(f64, f64)]) {
    let Some((x, y)) = run.first() else { return };
    let _ = write!(out, "M{x:.1} {y:.1}");
    if run.len() == 1 {
        // A lone point is a short dash, or it would not be seen.
        let _ = write!(out, "h1");
        return;
    }
    let slope = |a: &(f64, f64), b: &(f64, f64)| {
        let run = b.0 - a.0;
        if run > 0.0 { (b.1 - a.1) / run } else { 0.0 }
    };
    let slopes: Vec<f64> = run
        .iter()
        .zip(run.iter().skip(1))
        .map(|(a, b)| slope(a, b))
        .collect();
    let tangent = |index: usize| -> f64 {
        let before = index.checked_sub(1).and_then(|index| slopes.get(index));
        match (before, slopes.get(index)) {
            (Some(a), Some(b)) if a * b > 0.0 => 2.0 * a * b / (a + b),
            (Some(_), Some(_)) | (None, None) => 0.0,
            (Some(only), None) | (None, Some(only)) => *only,
        }
    };
    for (index, (a, b)) in run.iter().zip(run.iter().skip(1)).enumerate() {
        if run.len() > CURVE_LIMIT {
            let _ = write!(out, "L{:.1} {:.1}", b.0, b.1);
        } else {
            let third = (b.0 - a.0) / 3.0;
            let _ = write!(
                out,
                "C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}",
                a.0 + third,
                tangent(index).mul_add(third, a.1),
                b.0 - third,
                tangent(index + 1).mul_add(-third, b.1),
                b.0,
                b.1
            );
        }
    }
}

pub(super) fn line_path(runs: &[Vec<(f64, f64)>]) -> String {
    let mut out = String::new();
    for run in runs {
        push_line(&mut out, run);
    }
    out
}

pub(super) fn area_path(runs: &[Vec<(f64, f64)>]) -> String {
    let mut out = String::new();
    for run in runs {
        if let (Some(first), Some(last)) = (run.first(), run.last()) {
            push_line(&mut out, run);
            let _ = write!(out, "L{:.1} {HEIGHT}L{:.1} {HEIGHT}z", last.0, first.0);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_goes_through_its_points_without_overshoot() {
        let mut out = String::new();
        push_line(&mut out, &[(0.0, 10.0), (10.0, 0.0), (20.0, 10.0)]);
        assert!(out.starts_with("M0.0 10.0C"), "{out}");
        assert!(out.contains(" 10.0 0.0C"), "{out}");
        assert!(out.ends_with(" 20.0 10.0"), "{out}");
        assert!(!out.contains('-'), "below the lowest point: {out}");
    }

    #[test]
    fn the_nearest_value_is_found_and_a_gap_is_none() {
        let point = |at, value| Point { at, value };
        let series = Series::new(
            "a",
            vec![point(0, Some(1.0)), point(10, None), point(20, Some(3.0))],
        );
        assert_eq!(series.nearest(-5), Some((0, 1.0)));
        assert_eq!(series.nearest(9), None);
        assert_eq!(series.nearest(99), Some((20, 3.0)));
    }
}
