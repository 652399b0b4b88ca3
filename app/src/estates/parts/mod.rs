//! What several pages of the room share.

mod floors;

pub use floors::floors;
