//! Doors into the product, and who may do what behind them.

pub mod api;
pub mod pages;
mod parts;
pub mod staff;
pub mod words;
