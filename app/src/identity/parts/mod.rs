//! What two pages of the room share.

mod account;
mod grant_fields;
mod hats;
mod new_login;
mod otp;
mod second_factor;
mod sessions;

pub use account::account;
pub use grant_fields::{grant_fields, role_and_estates, role_name};
pub use new_login::new_login;
pub use otp::{otp_field, otp_if_wanted};
