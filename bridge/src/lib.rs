//! What devices say, before anybody knows whether it is true.
//!
//! [`payload`] turns bytes into readings, [`topic`] says whose topic is whose, and [`broker`] is
//! the embedded MQTT broker: it acknowledges a message after its [`broker::Intake`] has stored it.
//! Whatever connects to an address that somebody typed does so through [`dial`].

pub mod broker;
pub mod dial;
pub mod payload;
pub mod topic;
