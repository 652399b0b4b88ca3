//! What the business does: one verb a function, and the SQL.
//!
//! A verb begins a transaction under its asker's scope, loads, authorizes, stores and commits.
//! Only `store.rs` files contain SQL; only [`kernel`] is shared between rooms.

pub mod audit;
pub mod devices;
pub mod estates;
pub mod exports;
pub mod identity;
pub mod kernel;
pub mod notify;
pub mod privacy;
pub mod telemetry;
pub mod tenancy;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod walls;

pub use kernel::{
    cx::{Actor, Cx, Peer, Site},
    error::{Error, Result},
};
