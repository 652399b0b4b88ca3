//! What devices say, before anybody knows whether it is true.
//!
//! [`payload`] turns bytes into readings, [`topic`] says whose topic is whose, [`rpc`] is what
//! devices are told to do, and [`broker`] is the embedded MQTT broker: it acknowledges a message
//! after its [`broker::Intake`] has stored it.

pub mod broker;
pub mod payload;
pub mod rpc;
pub mod topic;
