//! Telling people something outside of the pages.
//!
//! Where no channel is configured, nothing that needs one is offered: a letter that nobody carries
//! must not look as if it were on its way.

use std::{fmt, pin::Pin, sync::Arc};

/// A message for one person. Neither address nor text is ever printed.
#[derive(Clone)]
pub struct Letter {
    pub to: String,
    pub subject: String,
    pub text: String,
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Letter(…)")
    }
}

/// A letter that was not taken, and why: for the log, without the address.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Undelivered(pub String);

/// What an attempt to hand a letter over comes to.
pub type Handing<'a> = Pin<Box<dyn Future<Output = Result<(), Undelivered>> + Send + 'a>>;

/// A way by which letters go.
pub trait Channel: fmt::Debug + Send + Sync {
    /// Hands a letter over. That it was taken does not mean that it has arrived.
    fn send<'a>(&'a self, letter: &'a Letter) -> Handing<'a>;
}

/// The ways that this installation has.
#[derive(Debug, Clone, Default)]
pub struct Channels {
    pub mail: Option<Arc<dyn Channel>>,
    /// To phones; `to` is a number in E.164, and there is no subject.
    pub sms: Option<Arc<dyn Channel>>,
    /// What links in letters begin with: scheme and authority, without a trailing slash.
    pub public_url: String,
}
