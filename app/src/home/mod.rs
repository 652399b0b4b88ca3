//! A resident's own home, on the phone first.

pub mod api;
pub mod pages;
