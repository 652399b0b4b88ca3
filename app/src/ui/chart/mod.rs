//! Charts as server-rendered SVG: they stand before wasm arrives and move with signals after.
//!
//! Lines live in a stretched box (`preserveAspectRatio="none"`, strokes do not scale); texts
//! and markers are placed in percent, so they keep their size at every width. Nothing here
//! needs a style attribute. Each chart has a table for those who cannot see it.

mod bars;
mod line;
mod scale;
mod series;
mod spark;

pub use bars::{Bar, BarColumns, BarList};
pub use line::LineChart;
pub use series::{Point, Series};
pub use spark::Sparkline;
