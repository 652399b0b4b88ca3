//! What people agree to, what is held about them, and being forgotten.

pub mod api;
#[cfg(feature = "ssr")]
pub mod notice;
pub mod pages;
pub mod parts;
mod words;
