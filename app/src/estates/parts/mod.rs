//! What several pages of the room share.

mod archiving;
mod cars;
mod floors;
mod named;
mod within;

pub use archiving::{archive_button, archived};
pub use cars::{CarsTold, cars};
pub use floors::floors;
pub use named::{Named, named_lines};
pub use within::{Words, within_field};
