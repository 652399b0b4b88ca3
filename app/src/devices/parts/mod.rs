//! What two pages of devices share.

mod alive;
mod batch;
mod change;
mod hanging;
mod meter;
mod modbus;
mod model_tables;
mod password;
pub mod publish;
mod table;
mod tell;

pub use alive::{Alive, Index, alive, by_device, moved};
#[cfg(feature = "ssr")]
pub use batch::WORKBOOK;
pub(in crate::devices) use batch::batch;
pub(in crate::devices) use change::{Changes, change};
pub(in crate::devices) use hanging::hanging;
pub(in crate::devices) use meter::{Hangs, meter};
pub use modbus::{modbus_facts, modbus_fields};
pub(in crate::devices) use model_tables::model_tables;
pub(in crate::devices) use password::{Doors, password};
pub use table::device_table;
pub use tell::{Told, act_button};
pub(in crate::devices) use tell::{tell, telling};
