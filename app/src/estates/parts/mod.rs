//! What several pages of the room share.

mod floors;
mod named;

pub use floors::floors;
pub use named::{Named, named_lines};
