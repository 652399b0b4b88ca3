//! Modbus, over TCP and as RTU frames inside of TCP (what a serial gateway passes on).
//!
//! A [`Line`] is one address: a device by itself, or a gateway with many on the wire behind it, of
//! which only one can be asked at a time. What stands where in a device is a
//! [`RegisterMap`](domain::devices::register_map::RegisterMap).
//!
//! ```text
//! map --plan--> requests --line--> answers --decode--> readings
//! ```
//!
//! Specification: Modbus Application Protocol V1.1b3, Modbus Messaging on TCP/IP V1.0b.

mod command;
mod connection;
mod decode;
mod line;
mod plan;
mod reason;
mod simulator;
#[cfg(test)]
mod tests;

pub use decode::{decode, encode};
pub use domain::devices::modbus::Framing;
pub use line::{Clock, Failure, Line, Polled, Settings, Unit, Unwritten};
pub use plan::{Read, plan};
pub use simulator::{Simulated, Simulator};
