//! Devices and their points.

pub mod api;
#[cfg(feature = "ssr")]
pub mod model_papers;
pub mod models;
pub mod pages;
pub mod parts;
#[cfg(feature = "ssr")]
pub mod sheet;
pub mod words;

/// Where devices connect to; the server puts it into each request. Without it the usual port is
/// shown.
#[cfg(feature = "ssr")]
#[derive(Debug, Clone)]
pub struct BrokerPlace {
    /// None: by whatever name this site is reached.
    pub host: Option<String>,
    pub port: u16,
    /// What the operator says that browsers call this site, without a trailing slash. None: the name by
    /// which it is reached.
    pub site: Option<String>,
    /// Whether browsers reach it over https.
    pub secure: bool,
}
