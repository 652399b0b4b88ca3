//! Estates, buildings, units and the people in them; the roster import.

pub mod api;
pub mod asked;
pub mod buildings;
#[cfg(feature = "ssr")]
pub mod cars;
pub mod claims;
pub mod pages;
pub(crate) mod parts;
pub mod rearranging;
pub mod regions;
pub mod register;
#[cfg(feature = "ssr")]
pub mod slips;
pub mod transfers;
pub mod vehicles;
pub mod words;
