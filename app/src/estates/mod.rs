//! Estates, buildings, units and the people in them; the roster import.

pub mod api;
pub mod pages;
pub mod words;
