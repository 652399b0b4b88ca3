//! What meters and sensors said: the console's dashboard.

pub mod api;
pub mod pages;
