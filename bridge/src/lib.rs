//! What devices say, before anybody knows whether it is true.
//!
//! [`payload`] turns bytes into readings, [`topic`] says whose topic is whose, [`rpc`] is what
//! devices are told to do, and [`broker`] is the embedded MQTT broker: it acknowledges a message
//! after its [`broker::Intake`] has stored it. [`modbus`] asks those that do not speak by
//! themselves, over connections from [`dial`].

pub mod broker;
pub mod dial;
pub mod modbus;
pub mod payload;
pub mod rpc;
pub mod topic;
