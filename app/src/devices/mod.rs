//! Devices and their points.

pub mod api;
pub mod pages;
