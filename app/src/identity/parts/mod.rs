//! What several pages of this room share.

mod new_login;

pub use new_login::new_login;
