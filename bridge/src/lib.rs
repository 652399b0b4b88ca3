//! What devices say, before anybody knows whether it is true.
//!
//! [`payload`] turns bytes into readings, [`topic`] says whose topic is whose, [`rpc`] is what
//! devices are told to do. [`broker`] is the embedded MQTT broker, which acknowledges a message after
//! [`intake::Intake`] has stored it, and [`outside`] reads one that is somebody else's. [`modbus`]
//! asks those that do not speak by themselves, over connections from [`dial`].

pub mod broker;
pub mod dial;
pub mod intake;
pub mod modbus;
pub mod outside;
pub mod payload;
pub mod rpc;
pub mod topic;
mod word;
