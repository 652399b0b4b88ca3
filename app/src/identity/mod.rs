//! Doors into the product, a person's own account, and who may do what.

pub mod api;
pub mod keys;
pub mod pages;
pub mod parts;
pub mod sms;
pub mod staff;
pub mod words;
