//! Estates, buildings, units and the people in them; the roster import.

pub mod api;
pub mod claims;
pub mod pages;
#[cfg(feature = "ssr")]
pub mod slips;
pub mod transfers;
pub mod words;
