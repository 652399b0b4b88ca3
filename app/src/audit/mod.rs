//! Who did what, when and from where.

pub mod api;
pub mod pages;
pub mod words;
