//! A resident's own home, on the phone first.

pub mod api;
pub mod at_home;
pub mod pages;
pub mod parts;
mod today;
mod words;
