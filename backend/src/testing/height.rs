//! How much memory a piece of work takes.

use std::{fmt, fs};

/// The memory of this process from a moment on, as Linux counts it; 0 elsewhere. Each test is a
/// process of its own under nextest.
pub(crate) struct Height {
    before_kb: usize,
}

impl Height {
    pub(crate) fn watch() -> Self {
        // Where it may, has Linux take the peak anew from here.
        let _ = fs::write("/proc/self/clear_refs", "5");
        Self {
            before_kb: line_kb("VmRSS"),
        }
    }

    /// How much more that is than before.
    pub(crate) fn more_mb(&self) -> usize {
        most_mb().saturating_sub(self.before_kb / 1024)
    }
}

impl fmt::Display for Height {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = self.before_kb / 1024;
        write!(f, "{} MB at the most, {before} MB before", most_mb())
    }
}

/// The most that it was since [`Height::watch`].
fn most_mb() -> usize {
    line_kb("VmHWM") / 1024
}

fn line_kb(name: &str) -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let words = line.unwrap_or_default().trim_start_matches(':');
    let number = words.split_whitespace().next();
    number
        .and_then(|word| word.parse().ok())
        .unwrap_or_default()
}
