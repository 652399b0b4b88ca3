//! What several pages of the room share.

mod floors;
mod named;
mod within;

pub use floors::floors;
pub use named::{Named, named_lines};
pub use within::{Words, within_field};
