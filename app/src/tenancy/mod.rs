//! The company itself.

pub mod api;
pub mod pages;
mod parts;
