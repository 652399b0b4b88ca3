//! What two pages of devices share.

mod modbus;
pub mod publish;
mod table;

pub use modbus::{modbus_facts, modbus_fields};
pub use table::device_table;
