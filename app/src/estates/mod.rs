//! Estates, buildings, units and the people in them; the roster import.

pub mod api;
pub mod buildings;
pub mod claims;
pub mod pages;
pub(crate) mod parts;
pub mod regions;
pub mod register;
#[cfg(feature = "ssr")]
pub mod slips;
pub mod transfers;
pub mod words;
