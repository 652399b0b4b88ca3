//! What two pages of the room share.

mod grant_fields;
mod new_login;

pub use grant_fields::{grant_fields, role_name};
pub use new_login::new_login;
