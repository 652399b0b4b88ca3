//! Devices and their points.

pub mod api;
pub mod pages;
pub mod parts;
pub mod words;

/// The port that devices connect to; the server puts it into each request. Without it the usual
/// one is shown.
#[cfg(feature = "ssr")]
#[derive(Debug, Clone, Copy)]
pub struct BrokerPort(pub u16);
