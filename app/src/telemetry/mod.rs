//! What meters and sensors said: the console's frame and its dashboard.

pub mod api;
pub mod console;
pub mod pages;
