//! What two pages of devices share.

mod modbus;
mod password;
pub mod publish;
mod table;

pub use modbus::{modbus_facts, modbus_fields};
pub(in crate::devices) use password::{Doors, password};
pub use table::device_table;
