//! One page a file.

mod invite;
mod login;
mod signup;

pub use invite::InvitePage;
pub use login::LoginPage;
pub use signup::SignupPage;
