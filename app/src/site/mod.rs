//! The hosted site: what the product is.

pub mod pages;
