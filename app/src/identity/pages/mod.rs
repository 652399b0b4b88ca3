//! One page a file.

mod account;
mod forgot;
mod invite;
mod join;
mod keys;
mod login;
mod login_sms;
mod member;
mod reset;
mod roles;
mod signup;
mod staff;

pub use account::AccountPage;
pub use forgot::ForgotPage;
pub use invite::InvitePage;
pub use join::JoinPage;
pub use keys::KeysPage;
pub use login::LoginPage;
pub use login_sms::LoginSmsPage;
pub use member::MemberPage;
pub use reset::ResetPage;
pub use roles::RolesPage;
pub use signup::SignupPage;
pub use staff::StaffPage;
