//! What two pages of devices share.

mod password;
pub mod publish;
mod table;

pub(in crate::devices) use password::{Doors, password};
pub use table::device_table;
