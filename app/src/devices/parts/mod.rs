//! What two pages of devices share.

pub mod publish;
mod table;

pub use table::device_table;
